"""The sequences of operations that graphs of a sample spell, where all that could be spelled are too many to list."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.graphs import Graphs


@frozen(eq=False)
class _Step:
    """The sequences of one length that are followed, in the order of their beginnings and last operations."""

    before: NDArray[np.int64]
    """(s,): the place among those one shorter of what stands before the last operation."""
    label: NDArray[np.int64]
    """(s,): the last operation, or for the first step the input."""
    names: NDArray[np.int64]
    """(s,): both as one number, rising."""
    columns: NDArray[np.int64]
    """(c,): the places of those that are columns, for paths that end there."""


class PresentPaths:
    """Up to `most` sequences that the graphs of a sample spell from an input to an output, the most frequent ones.

    At each length no more than `most` beginnings are followed, again the most frequent; ties go to the first in the
    order of inputs and operations.
    """

    def __init__(self, graphs: Graphs, inputs: list[int], operations: list[int], outputs: list[int], most: int):
        """Follow the paths of `graphs`, whose labels are given by their numbers."""
        self._inputs, self._operations, self._outputs = inputs, operations, outputs
        self._labels = labels = len(graphs.labels)
        found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []  # before, label, ending graphs
        graph, node = np.nonzero(np.isin(graphs.ops, inputs))
        place = np.zeros(len(graph), np.int64)
        inner = np.isin(graphs.ops, operations)
        ends = _ends(graphs.ops, graphs.adjacency, outputs)
        while len(graph):
            named = place * labels + graphs.ops[graph, node]
            names, place = np.unique(named, return_inverse=True)
            kept = _most_frequent(place, graph, len(names), most)
            position = np.full(len(names), -1)
            position[kept] = np.arange(len(kept))
            place = position[place]
            followed = np.flatnonzero(place >= 0)
            graph, node, place = graph[followed], node[followed], place[followed]
            ending = np.flatnonzero(ends[graph, node])
            times = _graphs_of(place[ending], graph[ending], len(kept))
            found.append((names[kept] // labels, names[kept] % labels, times))
            graph, node, place = _onward(graphs.adjacency, inner, graph, node, place)
        often = np.concatenate([times for _, _, times in found])
        chosen = np.zeros(len(often), np.bool_)
        chosen[np.argsort(-often, kind="stable")[:most]] = True
        chosen &= often > 0
        parts = np.split(chosen, np.cumsum([len(times) for _, _, times in found])[:-1])
        self._steps = [
            _Step(before, label, before * labels + label, np.flatnonzero(part))
            for (before, label, _), part in zip(found, parts, strict=True)
        ]
        while self._steps and not len(self._steps[-1].columns):
            self._steps.pop()

    def __len__(self) -> int:
        return sum(len(step.columns) for step in self._steps)

    @property
    def widest(self) -> int:
        """The most sequences that are followed at once."""
        return max(len(step.label) for step in self._steps)

    @property
    def sequences(self) -> list[tuple[int, ...]]:
        """The labels of each column, the input's first."""
        found: list[tuple[int, ...]] = []
        spelled: list[tuple[int, ...]] = [()]
        for step in self._steps:
            spelled = [
                (*spelled[before], label)
                for before, label in zip(step.before.tolist(), step.label.tolist(), strict=True)
            ]
            found += [spelled[place] for place in step.columns]
        return found

    def bits(self, ops: NDArray[np.int64], adjacency: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(n, columns): which sequences a path of each graph spells."""
        ends, inner = _ends(ops, adjacency, self._outputs), np.isin(ops, self._operations)
        graph, node = np.nonzero(np.isin(ops, self._inputs))
        place = np.zeros(len(graph), np.int64)
        found = []
        for step in self._steps:
            named = place * self._labels + ops[graph, node]
            place = np.minimum(np.searchsorted(step.names, named), len(step.names) - 1)
            followed = np.flatnonzero(step.names[place] == named)
            graph, node, place = graph[followed], node[followed], place[followed]
            ending = np.flatnonzero(ends[graph, node])
            spelled = np.zeros((len(ops), len(step.names)), np.bool_)
            spelled[graph[ending], place[ending]] = True
            found.append(spelled[:, step.columns])
            graph, node, place = _onward(adjacency, inner, graph, node, place)
        return np.concatenate(found, axis=1)


def _ends(ops: NDArray[np.int64], adjacency: NDArray[np.bool_], outputs: list[int]) -> NDArray[np.bool_]:
    """(n, v): which nodes have an edge to an output."""
    return np.asarray((adjacency & np.isin(ops, outputs)[:, None, :]).any(axis=2))


def _onward(
    adjacency: NDArray[np.bool_],
    inner: NDArray[np.bool_],
    graph: NDArray[np.int64],
    node: NDArray[np.int64],
    place: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Graphs, nodes and places of what beginnings reach over an edge to an operation, each once, in rising order."""
    row, target = np.nonzero(adjacency[graph, node] & inner[graph])
    nodes, places = adjacency.shape[1], int(place.max(initial=0)) + 1
    reached = np.unique((graph[row] * nodes + target) * places + place[row])
    return reached // places // nodes, reached // places % nodes, reached % places


def _most_frequent(place: NDArray[np.int64], graph: NDArray[np.int64], count: int, most: int) -> NDArray[np.int64]:
    """(at most `most`,): the places, rising, of the names that stand in the most graphs."""
    times = _graphs_of(place, graph, count)
    return np.sort(np.argsort(-times, kind="stable")[:most])


def _graphs_of(place: NDArray[np.int64], graph: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """(count,): in how many graphs each name stands."""
    pairs = np.unique(np.column_stack([place, graph]), axis=0)
    return np.bincount(pairs[:, 0], minlength=count)
