"""The listed space: the architectures that a table has values for, of a larger space, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve
from numpy.typing import ArrayLike, NDArray

from nasapi.argument_checks import read_only
from nasapi.errors import InvalidArchitecture, InvalidOption
from nasapi.graphs import Graphs
from nasapi.notation import Notation
from nasapi.space import Code, Codes, SearchSpace
from nasapi.spaces.rows import Rows
from nasapi.words import quoted

if TYPE_CHECKING:
    import networkx as nx

NEAREST = 8
"""How many neighbours an architecture has at least, where the list is long enough."""
_DRAWS = 64  # children drawn for a pair before the first parent is given

Features = Callable[[Codes], NDArray[Any]]


class ListedSpace(SearchSpace, checked=True):
    """The architectures of a list, so that a strategy never meets one without a value.

    Codes, graphs, notations and networks are the parent's. A listed code is an architecture; any other spelling of its
    network is read as the listed one. Sampling is uniform over the list. Neighbours are the listed architectures one
    step of the parent away, and where these are fewer than eight the nearest others up to eight: those whose features
    are at the least Euclidean distance, the earlier in the list first. A code may thus be a neighbour of one that is
    none of its own.
    """

    parent: SearchSpace
    """The space that the listed architectures are of."""

    def __init__(self, parent: SearchSpace, codes: Codes, *, id: str, features: Features | None = None):
        """The space `id` of `codes`, (size, d) valid codes of `parent`, each once, in the order of the table's rows.

        `features` gives numbers, (n, f), of which distances are taken; by default a bit for each gene and value of the
        canonical code. Raises InvalidArchitecture for a row that is no architecture of the parent.
        """
        self.parent = parent
        self.id = id
        self.cardinalities, self.operations = parent.cardinalities, parent.operations
        self.inputs, self.outputs = parent.inputs, parent.outputs
        self.zeros, self.skips = parent.zeros, parent.skips
        self.numbered = parent.numbered
        self.listed = read_only(np.array(parent.require(codes), np.int64))
        """(size, d): the architectures, a row each, in the order they were given; read-only."""
        self._rows = Rows(self.listed)
        if self._rows.twice is not None:
            raise InvalidOption(f"The list of {id} has row {self._rows.twice} twice; give each code once.")
        self.size = len(self.listed)
        networks, first, which = np.unique(
            parent.canonical(self.listed), axis=0, return_index=True, return_inverse=True
        )
        self._network_codes, self._network_rows = Rows(networks), read_only(first)
        self._first_of_network = read_only(first[which.ravel()])
        self.identities = {"code": self.size, "network": len(networks)}
        self._features = features or self._one_hot
        self._neighbor_rows: dict[int, NDArray[np.int64]] = {}

    @property
    def builder(self) -> str | None:  # type: ignore[override]
        """The parent's."""
        return self.parent.builder

    @property
    def graphs_omit(self) -> str:  # type: ignore[override]
        """The parent's."""
        return self.parent.graphs_omit

    @property
    def reads_graphs(self) -> bool:  # type: ignore[override]
        """The parent's."""
        return self.parent.reads_graphs

    def rows(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): the row of the list that each code is, -1 where it is none; other spellings are none."""
        return self._rows.of(np.asarray(codes))

    def networks(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): the first row of the list with the network of each code of the parent, -1 where there is none."""
        places = self._network_codes.of(self.parent.canonical(codes))
        return np.where(places >= 0, self._network_rows[places], -1)

    def graphs(self, codes: Codes) -> Graphs:
        """The parent's graphs."""
        return self.parent.graphs(codes)

    def from_graphs(self, graphs: Graphs) -> Codes:
        """(n, d): the listed code of each graph's network; -1 where none is listed."""
        codes = self.parent.from_graphs(graphs)
        read = np.flatnonzero(self.parent.valid(codes))
        exact = self.rows(codes[read])
        rows = np.where(exact >= 0, exact, self.networks(codes[read]))
        found = np.full_like(codes, -1)
        found[read[rows >= 0]] = self.listed[rows[rows >= 0]]
        return found

    def picture(self, code: Code) -> nx.DiGraph[int]:
        """The parent's picture."""
        return self.parent.picture(code)

    def format(self, code: Code) -> str:
        """The parent's string."""
        return self.parent.format(code)

    def parse(self, text: str) -> Code:
        """The listed code that `text` names, however its network is spelled.

        Raises InvalidArchitecture for what is no architecture of the parent, or one that is not listed.
        """
        return self._listed_one(self.parent.parse(text))

    @property
    def notations(self) -> Mapping[str, Notation]:
        """The parent's, each read as the listed code of the network."""
        return {
            name: evolve(notation, read=partial(self._read, notation))
            for name, notation in self.parent.notations.items()
        }

    def index(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): the parent's official numbers."""
        return self.parent.index(codes)

    def codes_at(self, indices: NDArray[np.int64]) -> Codes:
        """(n, d): the listed codes of the parent's official numbers; raises InvalidArchitecture for others."""
        return self.resolved(self.parent.codes_at(indices))

    def resolved(self, codes: Codes) -> Codes:
        """(n, d): the listed code of each code of the parent: itself where it is listed, else the first of its network.

        Raises InvalidArchitecture that names the first which is not listed.
        """
        exact = self.rows(codes)
        rows = np.where(exact >= 0, exact, self.networks(codes))
        if (rows < 0).any():
            raise self._unlisted(quoted(self.parent.format(codes[int(np.flatnonzero(rows < 0)[0])])))
        return self.listed[rows].copy()

    def require(self, codes: ArrayLike) -> Codes:
        """The codes, if every row is listed; says of another whether it is an architecture of the parent at all."""
        array = self.parent.require(codes)
        missing = np.flatnonzero(self.rows(array) < 0)
        if not missing.size:
            return array
        row = int(missing[0])
        listed = self.networks(array[row : row + 1])[0]
        if listed >= 0:
            raise InvalidArchitecture(
                f"Row {row} spells a network that {self.id} lists otherwise; write {self.listed[listed].tolist()}, "
                "which `resolved` gives."
            )
        raise self._unlisted(f"Row {row}, {quoted(self.parent.format(array[row]))},")

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): which rows are listed."""
        return self._rows.of(codes) >= 0

    def canonical(self, codes: Codes) -> Codes:
        """For each listed code the first of the list that is the same network."""
        return np.asarray(self.listed[self._first_of_network[self.rows(codes)]].astype(codes.dtype))

    def sample(self, n: int, rng: np.random.Generator) -> Codes:
        """(n, d): architectures drawn independently and uniformly from the list."""
        return np.asarray(self.listed[rng.integers(0, len(self.listed), size=n)])

    def neighbors(self, code: Code) -> Codes:
        """(m, d): the listed architectures one step of the parent away, filled up with the nearest."""
        return self.listed[self._rows_around(int(self.rows(np.asarray(code)[None])[0]))].copy()

    def mutate(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): for each row one of its neighbours, drawn uniformly; the one row of a list of one stays as it is."""
        places = rng.random(len(codes))
        rows = [
            around[int(place * len(around))] if len(around := self._rows_around(row)) else row
            for row, place in zip(self.rows(codes).tolist(), places.tolist(), strict=True)
        ]
        return self.listed[rows].astype(codes.dtype).reshape(codes.shape)

    def crossover(self, a: Codes, b: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): of the parent space's children of each pair the first whose network is listed and neither parent's.

        Where 64 draws give none, the listed architecture nearest to the last child that is neither parent.
        """
        result, left = np.array(a), np.arange(len(a))
        parents = np.stack([self._first_of_network[self.rows(one)] for one in (a, b)])
        for _ in range(_DRAWS):
            if not len(left):
                return result
            child = self.parent.crossover(a[left], b[left], rng)
            rows = self.networks(child)
            good = (rows >= 0) & (self._first_of_network[rows] != parents[:, left]).all(axis=0)
            result[left[good]] = self.listed[rows[good]]
            left, child = left[~good], child[~good]
        for row, code in zip(left.tolist(), child, strict=True):
            near = self._nearest(code, {int(self.rows(one[row][None])[0]) for one in (a, b)}, 1)
            result[row] = self.listed[near[0]] if len(near) else a[row]
        return result

    def enumerate(self, batch: int = 65536) -> Iterator[Codes]:
        """Every listed architecture once, in the order of the list."""
        for start in range(0, len(self.listed), batch):
            yield self.listed[start : start + batch].copy()

    def _read(self, notation: Notation, text: str) -> Code:
        return self._listed_one(notation.read(text))

    def _listed_one(self, code: Code) -> Code:
        """The listed code of an architecture of the parent."""
        return np.asarray(self.resolved(self.parent.require(np.asarray(code)[None]))[0])

    def _rows_around(self, row: int) -> NDArray[np.int64]:
        """(m,): the rows around a row, remembered."""
        if row not in self._neighbor_rows:
            steps = self.networks(self.parent.neighbors(self.listed[row]))
            found = np.unique(steps[(steps >= 0) & (self._first_of_network[steps] != self._first_of_network[row])])
            missing = min(NEAREST, len(self.listed) - 1) - len(found)
            if missing > 0:
                near = self._nearest(self.listed[row], {row, *found.tolist()}, missing)
                found = np.sort(np.concatenate([found, near]))
            self._neighbor_rows[row] = read_only(found)
        return self._neighbor_rows[row]

    def _nearest(self, code: Code, without: set[int], n: int) -> NDArray[np.int64]:
        """(at most n,): the rows nearest to a code of the parent, the nearest first, equals as they are listed."""
        here = np.asarray(self._features(self.parent.canonical(code[None])), np.float32)
        apart = ((self._listed_features - here) ** 2).sum(axis=1)
        apart[list(without)] = np.inf
        n = min(n, len(self.listed) - len(without))
        if n < 1:
            return np.empty(0, np.int64)
        bound = np.partition(apart, n - 1)[n - 1]
        rows = np.flatnonzero(apart <= bound)
        return rows[np.argsort(apart[rows], kind="stable")][:n]

    @cached_property
    def _listed_features(self) -> NDArray[np.float32]:
        """(size, f): the features of the list."""
        return read_only(np.asarray(self._features(self.parent.canonical(self.listed)), np.float32))

    def _one_hot(self, codes: Codes) -> NDArray[np.float32]:
        columns = [codes[:, [gene]] == np.arange(values) for gene, values in enumerate(self.cardinalities)]
        return np.concatenate(columns, axis=1).astype(np.float32)

    def _unlisted(self, what: str) -> InvalidArchitecture:
        noun = "network" if self.identities["network"] == self.size else "architecture"
        noun += "" if self.size == 1 else "s"
        return InvalidArchitecture(
            f"{what} is an architecture of {self.parent.id}, but not among the {self.size:,} {noun} of {self.id}."
        )
