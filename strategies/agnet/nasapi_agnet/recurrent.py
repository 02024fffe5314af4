"""Recurrent cells as the generator writes them: four inputs, the nodes, and one output for all new hidden states."""

from __future__ import annotations

import numpy as np
from nasapi_toolkit.unseen import Unseen
from numpy.typing import NDArray

from nasapi.errors import NotAvailable
from nasapi.graphs import Graphs
from nasapi.space import Codes, SearchSpace
from nasapi_agnet.forms import INPUT, OUTPUT, Form, LabelledGraphs, slots

_LABELS = (
    "output",
    "input",
    "activation_sigm",
    "activation_tanh",
    "activation_leaky_relu",
    "elementwise_sum",
    "elementwise_prod",
    "linear",
    "blend",
)
_INPUTS = 4  # x and three previous hidden states, whether a cell has them or not
_MOST = 8  # operations, so that there are fewer than 14 nodes with inputs and output
_EDGES = 42
_DRAWS = 64  # times that samples are drawn for want of small ones


class RecurrentForm(Form):
    """NAS-Bench-NLP: 26 nodes of nine labels. Only cells of fewer than 14 nodes are learned and drawn.

    A graph does not say which new hidden state a node computes, nor which source of a blend is its gate: both go by the
    order of the nodes.
    """

    nodes = 26
    names = _LABELS

    def __init__(self, space: SearchSpace):
        """The form of `space`."""
        self.space = space
        self._states = len(space.outputs)
        self._op = np.array([space.operations.index(name) for name in _LABELS[2:]])
        self._label = np.zeros(len(space.operations), np.int64)
        self._label[self._op] = np.arange(2, len(_LABELS))
        self._ends = np.array([space.operations.index(name) for name in space.outputs])
        self._begins = np.array([space.operations.index(name) for name in space.inputs])

    def fits(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): which cells have at most eight operations."""
        graphs = self.space.graphs(codes)
        return np.asarray((graphs.mask & (self._label[graphs.ops] > 0)).sum(axis=1) <= _MOST)

    def draw(self, unseen: Unseen, n: int, rng: np.random.Generator) -> Codes:
        """(m, d): draws of the space that are small enough; fewer where it has hardly any."""
        found = self.space.codes([])
        for _ in range(_DRAWS):
            if len(found) < n:
                codes = self.space.sample(4 * n, rng)
                found = np.concatenate([found, unseen.take(codes[self.fits(codes)], n - len(found))])
        if n and not len(found) and not unseen.taken:
            raise NotAvailable(
                f"AG-Net as published knows cells of at most {_MOST} operations, and {self.space.id} draws none; "
                "load it with draw='generator', by which NAS-Bench-NLP was drawn."
            )
        return found

    def write(self, codes: Codes) -> LabelledGraphs:
        """The cells with all inputs, and their new hidden states as one node."""
        graphs = self.space.graphs(codes)
        n, v = graphs.ops.shape
        middle = graphs.mask & (self._label[graphs.ops] > 0)
        ends = graphs.mask & np.isin(graphs.ops, self._ends)
        count = middle.sum(axis=1)
        place = np.where(middle, _INPUTS - 1 + np.cumsum(middle, axis=1), np.arange(v))
        place = np.where(ends, _INPUTS + count[:, None], place)
        labels = np.full((n, self.nodes), OUTPUT)
        labels[:, :_INPUTS] = INPUT
        rows, vertices = np.nonzero(middle)
        labels[rows, place[rows, vertices]] = self._label[graphs.ops[rows, vertices]]
        rows, sources, targets = np.nonzero(graphs.adjacency)
        adjacency = np.zeros((n, self.nodes, self.nodes), np.bool_)
        adjacency[rows, place[rows, sources], place[rows, targets]] = True
        return LabelledGraphs(labels, slots(adjacency))

    def read(self, graphs: LabelledGraphs, logits: NDArray[np.float32]) -> Codes:
        """The cells whose nodes feed the output as new hidden states; edges between inputs are passed over.

        Of more than three that feed the output the last one and the two of the likeliest edges are kept.
        """
        n, end = len(graphs), graphs.kept.sum(axis=1) - 1
        every, labels, links = np.arange(n), graphs.labels, graphs.adjacency.copy()
        links[:, :, :_INPUTS] = False
        fits = (labels[:, :_INPUTS] == INPUT).all(axis=1) & (end > _INPUTS) & (end <= _INPUTS + _MOST)
        end = np.clip(end, _INPUTS + 1, self.nodes - 1)
        inner = (np.arange(self.nodes) >= _INPUTS) & (np.arange(self.nodes) < end[:, None])
        fits &= (~inner | (labels > INPUT)).all(axis=1) & (links.sum(axis=(1, 2)) <= _EDGES)
        into = links[every, :, end]
        fits &= into[every, end - 1] & ~into[:, :_INPUTS].any(axis=1)
        likely = np.zeros((n, self.nodes, self.nodes), np.float32)
        targets, sources = np.tril_indices(self.nodes, -1)
        likely[:, sources, targets] = logits
        order = np.where(into, likely[every, :, end], -np.inf)
        order[every, end - 1] = np.inf
        feeds = into & (np.argsort(np.argsort(-order, axis=1, kind="stable"), axis=1) < self._states)
        codes = np.full((n, len(self.space.cardinalities)), -1, np.int64)
        for states in range(1, self._states + 1):
            for count in range(1, _MOST + 1):
                rows = np.flatnonzero(fits & (feeds.sum(axis=1) == states) & (end == _INPUTS + count))
                if len(rows):
                    found = self._graphs(labels[rows], links[rows], feeds[rows], states, count)
                    unused = ~np.any(links[rows, 1 + states : _INPUTS], axis=(1, 2))  # what the cell does not have
                    codes[rows] = np.where(unused[:, None], self.space.from_graphs(found), -1)
        return codes

    def _graphs(
        self,
        labels: NDArray[np.int64],
        links: NDArray[np.bool_],
        feeds: NDArray[np.bool_],
        states: int,
        count: int,
    ) -> Graphs:
        """The space's graphs of cells with as many `states` and `count` operations."""
        n, first = len(labels), 1 + states
        v = self.space.graphs(self.space.sample(1, np.random.default_rng(0))).ops.shape[1]
        ops, adjacency = np.full((n, v), -1), np.zeros((n, v, v), np.bool_)
        inner, last = slice(_INPUTS, _INPUTS + count), first + count
        ops[:, :first] = self._begins[:first]
        ops[:, first:last] = self._op[labels[:, inner] - 2]
        ops[:, last : last + states] = self._ends[:states]
        adjacency[:, :first, first:last] = links[:, :first, inner]
        adjacency[:, first:last, first:last] = links[:, inner, inner]
        rows, nodes = np.nonzero(feeds)
        state = (np.cumsum(feeds, axis=1) - 1)[rows, nodes]
        adjacency[rows, nodes - _INPUTS + first, last + state] = True
        return Graphs(ops, adjacency, self.space.operations)
