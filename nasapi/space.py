"""The search space: every architecture a fixed-length vector of small integers, and what can be done with it."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasapi.argument_checks import array_of, read_only
from nasapi.codes import FEW
from nasapi.codes import Code as Code
from nasapi.codes import Codes as Codes
from nasapi.errors import InvalidArchitecture, NotAvailable
from nasapi.graphs import Graphs
from nasapi.space_notations import NotatedSpace
from nasapi.trial import Architecture

if TYPE_CHECKING:
    import networkx as nx

_MUTATIONS = 64  # drawings of a change for each row before all its neighbours are listed
_DRAWINGS = 6400  # in a row that give no valid code before a sample is given up


class SearchSpace(NotatedSpace, checked=True):
    """A set of architectures, each named by a code: gene j takes the values 0 .. cardinalities[j] - 1.

    Three methods are abstract; all others work as inherited and are overridden for speed or where the space's own rule
    differs. Methods take and give whole batches; none changes its arguments. A batch gives what its rows give one by
    one. Whatever draws takes its randomness from `rng` alone: the same state gives the same codes. Each draw moves
    `rng` on. No method touches the global random state. What a method gives is the caller's own: writing into it
    changes nothing else. An array that is an attribute of a space cannot be written to: whoever has the space shares
    it. Another process gives the same codes, graphs and strings.

    Every public method, an author's too, checks its arguments: one named `codes` or `code` is an integer array of its
    shape with each gene in its range before the method sees it, `rng` a Generator, `n` a whole number.
    InvalidArchitecture or InvalidOption says what was wrong. Whether a code keeps the space's further rules is asked of
    `valid` or `require`.
    """

    id: str
    """The name under which the space is found, "nb201"; with the options that make it another, "nb101[vertices=5]"."""
    cardinalities: tuple[int, ...]
    """How many values each gene takes."""
    operations: tuple[str, ...]
    """The labels of the nodes in `graphs`, `inputs` and `outputs` among them."""
    inputs: tuple[str, ...] = ("input",)
    """The operations that mark where data enters a graph."""
    outputs: tuple[str, ...] = ("output",)
    """The operations that mark where data leaves a graph."""
    zeros: tuple[str, ...] = ()
    """The operations whose result is zero: a path through one carries nothing."""
    skips: tuple[str, ...] = ()
    """The operations that hand on what they get: a path through one is the path without it."""
    size: int | None = None
    """How many valid codes there are; None where nobody has counted."""
    identities: Mapping[str, int] = {}
    """How many architectures there are at each level of identity: as codes, as networks, as the literature counts."""
    parent: SearchSpace | None = None
    """The larger space whose codes, graphs and notations these are, where a table lists a part of it; else None."""
    builder: ClassVar[str | None] = None
    """`module:function` that turns a code into a `torch.nn.Module`; None where the space cannot build networks.

    What a builder makes gives (n, classes): a row of logits for each image, node or word. Torch's global generator
    alone decides its weights. Building one touches no other random state. Codes of one network have equally many
    parameters, by `none='zero'` where the builder has that argument. `torch.export` follows what a network does, for
    any number of images. `nasapi.networks.build` calls the builder, with a code that is valid and with keywords; see
    `nasapi.networks.example_inputs` for what a network says that it takes.
    """
    graphs_omit: ClassVar[str] = ""
    """What of a network `graphs` leaves out, in words, so that two networks may have one graph; empty where nothing."""
    reads_graphs: ClassVar[bool] = False
    """Whether the space has `from_graphs`, which strategies need that generate graphs."""

    @abstractmethod
    def graphs(self, codes: Codes) -> Graphs:
        """The architectures as graphs, all padded to the same number of nodes, whatever the batch.

        Codes of different networks have different graphs, unless `graphs_omit` says what they leave out.
        """

    @property
    def whole(self) -> SearchSpace:
        """The parent, or where there is none the space itself: whose weights, forms and counts fit these codes."""
        return self if self.parent is None else self.parent.whole

    @property
    def family(self) -> str:
        """The plain id of the whole: "nb101" for `nb101`, for `nb101[vertices=5]` and for `nb101-30k`."""
        return self.whole.id.partition("[")[0]

    def from_graphs(self, graphs: Graphs) -> Codes:
        """(n, d): a code of the network that each graph is, whose graph it gives back; -1 in every gene for no network.

        So `valid` says which rows were read, and a batch keeps its rows. Graphs have the space's operations and as many
        nodes as `graphs` pads to. What `graphs` does not tell apart may be read as any of its codes. An optional
        capability, as `reads_graphs` says; raises NotAvailable where the space does not have it.
        """
        raise NotAvailable(
            f"{self.id} does not read graphs back into codes; a space that does has `reads_graphs` and `from_graphs`."
        )

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): which rows are architectures of the space; by default, those with every gene in its range.

        A gene out of its range makes a row invalid, never an error.
        """
        if len(codes) == 1 and self._d <= FEW:
            return np.array([self._inside(codes.tolist()[0])])
        return np.asarray(~self._outside(codes).any(axis=1))

    def canonical(self, codes: Codes) -> Codes:
        """The same networks, each by its one code: dead parts removed, isomorphs merged.

        A projection: canonical codes are valid and their own canonical form.
        """
        return codes.copy()

    def sample(self, n: int, rng: np.random.Generator) -> Codes:
        """(n, d): codes drawn independently and uniformly from the valid ones.

        A sample of 0 codes is empty.
        """
        found: list[Codes] = [np.empty((0, self._d), np.int64)]
        missing, rounds = n, 0
        first = self.cardinalities[0]
        equal = self.cardinalities.count(first) == self._d  # one bound draws the same numbers in half the time
        free = type(self).valid is SearchSpace.valid
        while missing > 0:
            drawn = rng.integers(0, first if equal else self.cardinalities, size=(max(missing, 32), self._d))
            kept = drawn[:missing] if free else drawn[self.valid(drawn)][:missing]
            found.append(kept)
            missing -= len(kept)
            rounds = 0 if len(kept) else rounds + 1
            if rounds == _DRAWINGS:
                raise InvalidArchitecture(
                    f"{self.id} has too few valid codes to find one by drawing genes; give it its own `sample`."
                )
        return np.concatenate(found)

    def mutate(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): for each row one of its neighbours, drawn uniformly; a row without neighbours stays as it is.

        A mutant stands in its parent's row. As inherited it draws from what `neighbors` gives, a space's own too.
        """
        if type(self).neighbors is not SearchSpace.neighbors:
            return self._among_neighbors(codes.copy(), np.arange(len(codes)), rng)
        genes, steps = self._changes
        if len(codes) == 1 and len(genes):
            return self._mutant(codes, genes, steps, rng)
        result = codes.copy()
        open_rows = np.arange(len(codes) if len(genes) else 0)
        for _ in range(_MUTATIONS):
            if not len(open_rows):
                return result
            drawn = rng.integers(0, len(genes), size=len(open_rows))
            changed = codes[open_rows]
            self._step(changed, np.arange(len(changed)), genes[drawn], steps[drawn])
            good = self.valid(changed)
            result[open_rows[good]] = changed[good]
            open_rows = open_rows[~good]
        return self._among_neighbors(result, open_rows, rng)  # rows with few neighbours among many changes

    def _among_neighbors(self, codes: Codes, rows: NDArray[np.int64], rng: np.random.Generator) -> Codes:
        """The codes themselves, with one of its neighbours in the place of each of the rows that has any."""
        for row in rows:
            choices = self.neighbors(codes[row])
            if len(choices):
                codes[row] = choices[rng.integers(0, len(choices))]
        return codes

    def _mutant(
        self, codes: Codes, genes: NDArray[np.int64], steps: NDArray[np.int64], rng: np.random.Generator
    ) -> Codes:
        """What `mutate` gives for one row, (1, d), with the same draws and without its arrays."""
        free = type(self).valid is SearchSpace.valid
        for _ in range(_MUTATIONS):
            drawn = rng.integers(0, len(genes))
            gene, result = genes[drawn], codes.copy()
            result[0, gene] = (int(codes[0, gene]) + int(steps[drawn])) % self.cardinalities[gene]
            if free or self.valid(result)[0]:
                return result
        choices = self.neighbors(codes[0])
        return choices[[rng.integers(0, len(choices))]] if len(choices) else codes.copy()

    def crossover(self, a: Codes, b: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): a valid child of each pair of rows, each gene from either parent with equal chance.

        A pair that yields no valid child in many draws gives the first parent.
        """
        result = a.copy()
        open_rows = np.arange(len(a))
        for _ in range(_MUTATIONS):
            if not len(open_rows):
                break
            first = rng.random((len(open_rows), self._d)) < 0.5
            child = np.where(first, a[open_rows], b[open_rows])
            good = self.valid(child)
            result[open_rows[good]] = child[good]
            open_rows = open_rows[~good]
        return result

    def neighbors(self, code: Code) -> Codes:
        """(m, d): every valid code one step away; by default a step changes one gene to another value.

        No neighbour is given twice. A code is not its own neighbour. Where steps are single genes, every step can be
        taken back.
        """
        genes, steps = self._changes
        result = np.repeat(np.asarray(code)[None], len(genes), axis=0)
        self._step(result, np.arange(len(genes)), genes, steps)
        return result[self.valid(result)]

    def enumerate(self, batch: int = 65536) -> Iterator[Codes]:
        """Every valid code once, `batch` candidates at a time; see `size` before you start.

        By default in lexicographic order; a space with an official order keeps to that.
        """
        total = 1
        for cardinality in self.cardinalities:
            total *= cardinality
        for start in range(0, total, batch):
            rest = np.arange(start, min(start + batch, total))
            codes = np.empty((len(rest), self._d), np.int64)
            for gene in range(self._d - 1, -1, -1):
                rest, codes[:, gene] = np.divmod(rest, self.cardinalities[gene])
            kept = codes[self.valid(codes)]
            if len(kept):
                yield kept

    def to_networkx(self, code: Code) -> nx.DiGraph[int]:
        """One architecture as a networkx graph whose nodes carry their operation's name as `op`."""
        import networkx as nx

        graphs = self.graphs(np.asarray(code)[None])
        graph: nx.DiGraph[int] = nx.DiGraph()
        for node, op in enumerate(graphs.ops[0]):
            if op >= 0:
                graph.add_node(node, op=self.operations[op])
        graph.add_edges_from(zip(*map(np.ndarray.tolist, np.nonzero(graphs.adjacency[0])), strict=True))
        return graph

    def picture(self, code: Code) -> nx.DiGraph[int]:
        """One architecture as the literature draws it: nodes and edges carry the text to show as `label`.

        By default the graph of `to_networkx` with each node's operation; a space whose cells have their operations on
        the edges labels the edges instead.
        """
        graph = self.to_networkx(code)
        for _, data in graph.nodes(data=True):
            data["label"] = data["op"]
        return graph

    def require(self, codes: ArrayLike) -> Codes:
        """The codes as an (n, d) integer array, if every row is valid.

        Raises InvalidArchitecture that names the first bad row and, where one gene is out of range, gene and value.
        """
        array = self._shaped(codes)
        good = self.valid(array)
        if good.all():
            return array
        self._demand_inside(array)
        row = int(np.flatnonzero(~good)[0])
        raise InvalidArchitecture(f"Row {row} is no architecture of {self.id}: {array[row].tolist()} breaks its rules.")

    def architectures(self, codes: Codes) -> list[Architecture]:
        """The rows as the hashable values that trials carry."""
        return [Architecture(self.id, tuple(row)) for row in codes.tolist()]

    def codes(self, architectures: Iterable[Architecture]) -> Codes:
        """(n, d): the codes of architectures; undoes `architectures`."""
        given = list(architectures)
        for architecture in given:
            if not isinstance(architecture, Architecture) or architecture.space != self.id:
                raise InvalidArchitecture(f"{architecture!r:.120} is no architecture of {self.id}.")
        rows: Sequence[tuple[int, ...]] = [architecture.code for architecture in given]
        if not rows:
            return np.empty((0, self._d), np.int64)
        return self.admitted(array_of(rows, f"{self.id} takes codes of {self._d} genes"))

    def __repr__(self) -> str:
        return f"<search space {self.id}: {self._d} genes>"

    def _readable(self, graphs: Graphs, nodes: int) -> None:
        """Raise InvalidArchitecture unless graphs have the space's operations and are padded to `nodes` nodes."""
        if tuple(graphs.labels) != tuple(self.operations) or graphs.ops.shape[1] != nodes:
            raise InvalidArchitecture(
                f"{self.id} reads graphs of {nodes} nodes with its own operations, not of {graphs.ops.shape[1]} nodes "
                f"with {', '.join(graphs.labels)}."
            )

    @property
    def _changes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All single-gene changes as (genes, steps), a step being how far the value moves round its range."""
        return _changes(tuple(self.cardinalities))

    def _step(self, codes: Codes, rows: NDArray[np.int64], genes: NDArray[np.int64], steps: NDArray[np.int64]) -> None:
        """Move one gene of each row round its range; `codes` belongs to the caller and is changed."""
        codes[rows, genes] = (codes[rows, genes] + steps) % np.asarray(self.cardinalities)[genes]


@functools.lru_cache(maxsize=64)
def _changes(cardinalities: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All single-gene changes as genes and steps."""
    other = np.asarray(cardinalities) - 1
    genes = np.repeat(np.arange(len(cardinalities)), other)
    steps = np.arange(len(genes)) - np.repeat(np.cumsum(other) - other, other) + 1
    return read_only(genes), read_only(steps)
