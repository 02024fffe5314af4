"""The cells of DARTS as the generator writes them: one cell at a time, the other held as it is."""

from __future__ import annotations

import numpy as np
from nasapi_toolkit.unseen import Unseen
from numpy.typing import NDArray

from nasapi.budget import Budget
from nasapi.graphs import Graphs
from nasapi.space import Codes, SearchSpace
from nasapi_agnet.forms import Form, LabelledGraphs, slots

_LABELS = (
    "output",
    "input",
    "input_1",
    "identity",
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
)
"""The authors' labels for NAS-Bench-301; no cell has `identity`."""
_INPUTS = (1, 2)
_FIRST = 4  # the first label that is an operation of the space
_DRAWS = 64  # times that samples are drawn for want of new ones
_TRIALS = 192  # of the paper, where a budget is not of trials


class CellForm(Form):
    """A cell of two inputs, two nodes for each intermediate node, and the output: eleven nodes of eleven labels.

    First a reduction cell is drawn, and normal cells are searched beside it; from half of the budget on the best normal
    cell is held, and reduction cells are searched. One generator writes both, and all that was evaluated stays in the
    data, each by the cell that was searched at the time.
    """

    layers = 4
    inputs = 2
    names = _LABELS

    def __init__(self, space: SearchSpace):
        """The form of `space`, whose graphs are two cells side by side."""
        self.space = space
        width = int(space.graphs(space.sample(1, np.random.default_rng(0))).ops.shape[1])
        self.nodes, self._half = width // 2, len(space.cardinalities) // 2
        self._pairs = (self.nodes - 3) // 2
        self._op = np.array([space.operations.index(name) for name in _LABELS[_FIRST:]])
        self._label = np.zeros(len(space.operations), np.int64)
        self._label[self._op] = np.arange(_FIRST, len(_LABELS))
        for cell in range(2):
            for at, label in enumerate(_INPUTS):
                self._label[space.operations.index(space.inputs[2 * cell + at])] = label
        self.cell = 0
        """Which cell is searched: the normal one, 0, then the reduction cell, 1."""
        self._held: Codes = np.empty((0, 2 * self._half), np.int64)
        self._reductions: set[tuple[int, ...]] = set()

    def draw(self, unseen: Unseen, n: int, rng: np.random.Generator) -> Codes:
        """(m, d): cells beside the one that is held, at first one that is drawn here."""
        if not len(self._held):
            self._held = self.space.sample(1, rng)
        found = self._held[:0]
        for _ in range(_DRAWS):
            if len(found) < n:
                codes = self._beside(self.space.sample(n, rng))
                found = np.concatenate([found, unseen.take(codes, n - len(found))])
        return found

    def advance(self, ranked: Codes, budget: Budget) -> None:
        """Hold the best normal cell once half as many trials have succeeded as the budget allows."""
        limit = _TRIALS if budget.unit == "seconds" else budget.limit
        if not self.cell and len(ranked) > limit / 2:
            self.cell, self._held = 1, ranked[:1]

    def write(self, codes: Codes) -> LabelledGraphs:
        """Each architecture by the cell that was searched when it was read."""
        graphs = self.space.graphs(codes)
        reduction = np.array([tuple(code) in self._reductions for code in codes.tolist()], np.bool_)
        labels, edges = (
            np.where(reduction[:, None], *parts[::-1])
            for parts in zip(*(self._written(graphs, cell) for cell in range(2)), strict=True)
        )
        return LabelledGraphs(labels, edges)

    def read(self, graphs: LabelledGraphs, logits: NDArray[np.float32]) -> Codes:
        """The cell with the other one beside it; -1 where a node has no two parents or another label than it may.

        Of more than two parents those with the largest sum of log-probabilities of their edges are kept.
        """
        n, labels = len(graphs), graphs.labels
        matrix = np.zeros((n, self.nodes, self.nodes))
        targets, sources = np.tril_indices(self.nodes, -1)
        matrix[:, sources, targets] = -np.logaddexp(0, -logits.astype(np.float64))
        merged = self._merge
        likely = merged @ matrix @ merged.T
        there = merged @ graphs.adjacency.astype(np.float64) @ merged.T > 0
        fits = (labels[:, 0] == _INPUTS[0]) & (labels[:, 1] == _INPUTS[1]) & (labels[:, 2:-1] >= _FIRST).all(axis=1)
        parents = np.zeros((n, self._pairs, 2), np.int64)
        for at in range(self._pairs):
            earlier = slice(0, at + 2)
            scored = np.where(there[:, earlier, at + 2], likely[:, earlier, at + 2], -np.inf)
            fits &= np.isfinite(scored).sum(axis=1) >= 2
            parents[:, at] = np.sort(np.argsort(-scored, axis=1, kind="stable")[:, :2], axis=1)
        codes = np.full((n, 2 * self._half), -1, np.int64)
        rows = np.flatnonzero(fits)
        codes[rows] = self._codes(labels[rows, 2:-1], parents[rows])
        if self.cell:
            self._reductions.update(map(tuple, codes[rows].tolist()))
        return codes

    @property
    def _merge(self) -> NDArray[np.float64]:
        """(2 + pairs, L): the nodes of each input and of each intermediate node."""
        merged = np.zeros((2 + self._pairs, self.nodes))
        merged[0, 0] = merged[1, 1] = 1
        for at in range(self._pairs):
            merged[2 + at, 2 + 2 * at : 4 + 2 * at] = 1
        return merged

    def _written(self, graphs: Graphs, cell: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        own = slice(cell * self.nodes, (cell + 1) * self.nodes)
        return self._label[graphs.ops[:, own]], slots(graphs.adjacency[:, own, own])

    def _codes(self, labels: NDArray[np.int64], parents: NDArray[np.int64]) -> Codes:
        """(n, d): the codes of cells with these operations (n, edges) and parents (n, pairs, 2)."""
        n, own = len(labels), slice(self.cell * self.nodes, (self.cell + 1) * self.nodes)
        other = self.space.graphs(np.repeat(self._held, n, axis=0))
        block = np.zeros((n, self.nodes, self.nodes), np.bool_)
        block[:, :, 2:-1] = self._merge.astype(np.bool_)[parents.reshape(n, 2 * self._pairs)].swapaxes(1, 2)
        block[:, 2:-1, -1] = True
        ops, adjacency = other.ops.copy(), other.adjacency.copy()
        ops[:, own][:, 2:-1] = self._op[labels - _FIRST]
        adjacency[:, own, own] = block
        return self.space.from_graphs(Graphs(ops, adjacency, other.labels))

    def _beside(self, codes: Codes) -> Codes:
        """The codes with the cell that is held in place of their own."""
        result, held = codes.copy(), slice(self._half, None) if not self.cell else slice(0, self._half)
        result[:, held] = self._held[:, held]
        if self.cell:
            self._reductions.update(map(tuple, result.tolist()))
        return result
