"""The search space of NAS-Bench-NLP: recurrent cells of linear, elementwise and activation nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, permutations
from numbers import Integral
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi.graphs import Graphs
from nasapi.notation import Notation
from nasapi.plugins import Spec
from nasapi.space import Code, Codes, SearchSpace
from nasapi_nlp.attempts import first_good
from nasapi_nlp.cells import BLEND, FEWEST, LINEAR, MOST, OPERATIONS, Cells, X, is_cell, join, split
from nasapi_nlp.edits import edits, mixed, tried
from nasapi_nlp.generator import generate
from nasapi_nlp.isomorphism import canonical
from nasapi_nlp.notations import json_notation
from nasapi_nlp.reading import read_cells
from nasapi_nlp.recipes import format_recipe, parse_recipe
from nasapi_nlp.uniform import Uniform

if TYPE_CHECKING:
    import networkx as nx

_DRAWS = 64  # rounds of edits or children drawn before all edits are listed, or the first parent is given


class NLP(SearchSpace):
    """Recurrent cells (Klyuchnikov et al., "NAS-Bench-NLP", 2020): graphs from x and previous to new hidden states.

    A code has four genes for each of 25 nodes – an operation, 0 for an absent node, and up to three sources – and one
    for each of three hidden states: which node computes it. Sources are 0 none, 1 x, 2 to 4 h_prev_0 to h_prev_2, then
    the nodes before, so no code has a cycle. Nodes stand in any topological order; `canonical` chooses one. The
    inputs of a blend, gate * a + (1 - gate) * b, are gate, a, b; all others stand in rising order.
    """

    id = "nlp"
    inputs = ("x", "h_prev_0", "h_prev_1", "h_prev_2")
    outputs = ("h_new_0", "h_new_1", "h_new_2")
    operations = (*inputs, *outputs, *OPERATIONS)
    builder = "nasapi_nlp.build:build"
    reads_graphs = True
    graphs_omit = "which source of a blend is its gate"
    nodes: int
    states: int
    draw: str
    _uniform: Uniform

    def __init__(
        self,
        nodes: Annotated[int, option.count(help="Nodes of a cell, at most.", least=2, most=25)] = 25,
        states: Annotated[int, option.count(help="Hidden states, at most.", most=3)] = 3,
        draw: Annotated[
            str,
            option.choice(
                help="Samples are uniform over the valid codes, or by the procedure of NAS-Bench-NLP.",
                among=("uniform", "generator"),
            ),
        ] = "uniform",
    ):
        """Cells of at most `nodes` nodes, 2 to 25, and `states` hidden states, 1 to 3.

        `draw` says what `sample` draws from: "uniform" over the valid codes, or "generator", by the procedure that
        NAS-Bench-NLP was sampled with.
        """
        if isinstance(nodes, bool) or not isinstance(nodes, Integral) or not 2 <= nodes <= 25:
            raise InvalidOption(f"A cell of nlp has at most 2 to 25 nodes, not {nodes!r}.")
        if isinstance(states, bool) or not isinstance(states, Integral) or not 1 <= states <= min(3, nodes):
            raise InvalidOption(f"A cell of nlp has at most 1 to 3 hidden states, each a node, not {states!r}.")
        if draw not in ("uniform", "generator"):
            raise InvalidOption(f"nlp draws 'uniform' or by the 'generator', not {draw!r}.")
        self.nodes, self.states, self.draw = nodes, states, _ = int(nodes), int(states), draw
        unusual = {"nodes": nodes} if nodes != 25 else {}  # how they are drawn makes no other architectures
        self.id = str(Spec("nlp", unusual | ({"states": states} if states != 3 else {})))
        base = 2 + states
        self.cardinalities = (
            *(gene for node in range(nodes) for gene in (len(OPERATIONS) + 1, *(base + node,) * 3)),
            *(nodes + 1,) * states,
        )
        self._uniform = Uniform(nodes, states)
        self.size = FULL if (nodes, states) == (25, 3) else self._uniform.size
        self.identities = {"code": self.size}

    def graphs(self, codes: Codes) -> Graphs:
        """The input x and the previous hidden states of the cell, its nodes, the new hidden states, padding.

        Which input of a blend is its gate is not in the graph.
        """
        cells = split(codes, self.nodes)
        n, base, ends = len(cells), 2 + self.states, self.states
        there = cells.hidden > 0
        first = np.where(np.concatenate([np.ones((n, 1), np.bool_), there], axis=1), np.arange(1 + ends), -1)
        middle = np.where(cells.ops > 0, cells.ops + len(self.inputs) + len(self.outputs) - 1, -1)
        last = np.where(there, len(self.inputs) + np.arange(ends), -1)
        ops = np.concatenate([first, middle, last], axis=1)
        v = ops.shape[1]
        links = np.zeros((n, v + 1, v + 1), np.bool_)  # source s is vertex s - 1; vertex v takes what is not there
        every = np.arange(n)[:, None]
        for at in range(3):
            sources = cells.inputs[:, :, at]
            links[every, np.where(sources > 0, sources - 1, v), base - 1 + np.arange(self.nodes)] = True
        links[every, np.where(there, cells.hidden + base - 2, v), v - ends + np.arange(ends)] = True
        links = links[:, :v, :v]
        order = np.argsort(ops < 0, axis=1, kind="stable")
        return Graphs(
            ops[every, order], links[every[:, :, None], order[:, :, None], order[:, None, :]], self.operations
        )

    def from_graphs(self, graphs: Graphs) -> Codes:
        """(n, d): the cells of graphs that are built as `graphs` builds them; -1 for all others.

        The sources of a blend, whose order a graph does not have, are taken as they stand: the first is the gate.
        """
        self._readable(graphs, 1 + 2 * self.states + self.nodes)
        cells, fits = read_cells(graphs, self.nodes, self.states)
        codes = join(cells)
        fits[fits] = NLP.valid(self, codes[fits])
        return np.where(fits[:, None], codes, -1)

    def format(self, code: Code) -> str:
        """The recipe as JSON, nodes in the order of the code, named `node_i` or `h_new_i`."""
        return format_recipe(split(np.asarray(code)[None], self.nodes))

    def parse(self, text: str) -> Code:
        """The code of a recipe whose nodes have any names and stand in any order; their order is kept where it can."""
        return np.asarray(join(parse_recipe(text, self.nodes, self.states))[0])

    @property
    def notations(self) -> Mapping[str, Notation]:
        """The recipe, the code, and the recipe in JSON or as Python prints it."""
        return {**super().notations, "json": json_notation(self.parse, self.format)}

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): genes in range, every hidden state computed, every node and input used, inputs as operations need."""
        good = np.asarray(super().valid(codes))
        good[good] = is_cell(split(codes[good], self.nodes))
        return good

    def canonical(self, codes: Codes) -> Codes:
        """The same networks with their nodes in one order: isomorphic cells, and only they, get the same code."""
        return join(canonical(split(codes, self.nodes)))

    def sample(self, n: int, rng: np.random.Generator) -> Codes:
        """(n, d): codes drawn independently; uniformly from the valid ones, or by the generator, as `draw` says."""
        if self.draw == "generator":
            return generate(n, self.nodes, self.states, rng)
        return join(self._uniform.sample(n, rng))

    def neighbors(self, code: Code) -> Codes:
        """(m, d): every valid code one edit away, as `nasapi_nlp.edits` lists them, in lexicographic order."""
        found = join(edits(split(np.asarray(code, np.int64)[None], self.nodes)))
        rows = found.astype(np.uint8).view(f"V{found.shape[1]}").ravel()  # compared as bytes
        return np.asarray(found[np.unique(rows, return_index=True)[1]])

    def mutate(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): each row after a valid edit, drawn uniformly from those of `nasapi_nlp.edits` that change it.

        A neighbour that several edits lead to is drawn as many times as often. A row without any stays as it is.
        """
        result = np.array(codes, np.int64)
        cells = split(codes, self.nodes)
        for row in first_good(result, lambda rows: tried(cells[rows], rng), _DRAWS):  # has hardly a neighbour, or none
            around = join(edits(split(result[row][None], self.nodes)))
            if len(around):
                result[row] = around[rng.integers(len(around))]
        return result

    def crossover(self, a: Codes, b: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): a child of each pair with the hidden states of one parent and each node of either, dead ones removed.

        A pair that yields no valid child in 64 or more draws gives the first parent.
        """
        result = np.array(a, np.int64)
        first, second = split(a, self.nodes), split(b, self.nodes)

        def attempt(rows: NDArray[np.int64]) -> tuple[Cells, NDArray[np.bool_]]:
            children = mixed(first[rows], second[rows], rng)
            return children, is_cell(children)

        first_good(result, attempt, _DRAWS)
        return result

    def enumerate(self, batch: int = 65536) -> Iterator[Codes]:
        """Every valid code once, in lexicographic order; only small variants have an end in sight."""
        waiting: list[list[int]] = []
        for code in self._completed([]):
            waiting.append(code)
            if len(waiting) == batch:
                yield from self._kept(waiting)
                waiting = []
        yield from self._kept(waiting)

    def picture(self, code: Code) -> nx.DiGraph[int]:
        """The cell with each node's operation; the inputs of a blend, gate * a + (1 - gate) * b, say which they are."""
        graph = self.to_networkx(code)
        for _, data in graph.nodes(data=True):
            data["label"] = data["op"]
        cell = split(np.asarray(code)[None], self.nodes)
        states = int((cell.hidden[0] > 0).sum())
        for node in np.flatnonzero(cell.ops[0] == BLEND).tolist():
            for role, source in zip(("gate", "a", "b"), cell.inputs[0, node].tolist(), strict=True):
                tail = source - 1 if source < cell.base else source - cell.base + 1 + states
                graph.edges[tail, 1 + states + node]["label"] = role
        return graph

    def _completed(self, genes: list[int]) -> Iterator[list[int]]:
        """Every way to complete a prefix of whole nodes, in lexicographic order."""
        node = len(genes) // 4
        if node:
            rest = [0] * (4 * (self.nodes - node))
            hidden = [
                (*some, *[0] * (self.states - states))
                for states in range(1, min(self.states, node) + 1)
                for some in permutations(range(1, node + 1), states)
            ]
            for some in sorted(hidden):
                yield [*genes, *rest, *some]
        if node < self.nodes:
            for op in range(1, len(OPERATIONS) + 1):
                sources = range(X if op == LINEAR else X + 1, 2 + self.states + node)
                choose = permutations if op == BLEND else combinations
                taken = [
                    (*some, *[0] * (3 - number))
                    for number in range(int(FEWEST[op]), int(MOST[op]) + 1)
                    for some in choose(sources, number)
                ]
                for some in sorted(taken):
                    yield from self._completed([*genes, op, *some])

    def _kept(self, candidates: list[list[int]]) -> Iterator[Codes]:
        codes: NDArray[Any] = np.array(candidates, np.int64).reshape(-1, len(self.cardinalities))
        codes = codes[self.valid(codes)]
        if len(codes):
            yield codes[np.lexsort(codes.T[::-1])]


FULL = 14759035011943404033961931111428082890332906893845971901466198012124342672690633511069
"""How many valid codes the whole space has, by `nasapi_nlp.uniform`; a test counts them again."""
