"""The encoding by functional paths: how often each sequence of operations that do something leads to the output."""

from __future__ import annotations

from numbers import Integral
from typing import Annotated

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.encoder import Encoder
from nasapi.errors import InvalidOption
from nasapi.graphs import Graphs
from nasapi.space import Codes, SearchSpace

_SAMPLE = 4096  # architectures whose sequences are counted
_CELLS = 2**22  # numbers held at once for a chunk of rows
_ROOT = -1  # where a sequence begins: nothing stands before it


@frozen
class _Step:
    """The sequences of one length that are followed."""

    before: NDArray[np.int64]
    """(s,): the place among the sequences one shorter of what stands before the last label."""
    label: NDArray[np.int64]
    """(s,): the last label."""


class FunctionalPath(Encoder):
    """A count for each sequence of operations, from an input to an output, that is not zero by construction.

    The path encoding (White, Neiswanger & Savani, "BANANAS", AAAI 2021, section 4) with three changes: a path through
    one of the space's `zeros` is no path, its `skips` are left out of the sequence, and paths of one sequence are
    counted. Two networks that differ in dead edges alone, or in where a skip stands, get one encoding. Sequences are
    those of a fixed sample of the space, the most frequent first: those of a rare architecture are left out.
    """

    def __init__(
        self,
        space: SearchSpace,
        *,
        limit: Annotated[int, option.count(help="Sequences of each length, at most; the most frequent.")] = 128,
        longest: Annotated[int, option.count(help="Operations of a sequence, at most.")] = 8,
    ):
        """Keep at most `limit` sequences of each length, and none of more than `longest` operations."""
        for name, value in (("limit", limit), ("longest", longest)):
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
                raise InvalidOption(f"`{name}` of functional-path is a whole number from 1, not {value!r}.")
        self.space = space
        labels = space.operations
        silent = {*space.zeros, *space.skips, *space.outputs}
        self._inputs = _places(labels, space.inputs)
        self._outputs = _places(labels, space.outputs)
        self._skips = _places(labels, space.skips)
        self._spoken = np.array([name not in silent for name in labels])
        self._steps = self._followed(limit, longest)
        self.dim = (sum(len(step.label) for step in self._steps),)

    def encode(self, codes: Codes) -> NDArray[np.float32]:
        """(n, paths): counts; raises InvalidArchitecture for codes outside the space."""
        graphs = self.space.graphs(self.space.require(codes))
        links = _without(graphs, self._skips)
        widest = max(len(step.label) for step in self._steps)
        rows = max(1, _CELLS // (graphs.ops.shape[1] * widest))
        chunks = [self._counts(graphs.ops[i : i + rows], links[i : i + rows]) for i in range(0, len(codes), rows)]
        return np.concatenate(chunks) if chunks else np.empty((0, *self.dim), np.float32)

    def _counts(self, ops: NDArray[np.int64], links: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, paths): all sequences at once, one more label at a time."""
        into = np.ascontiguousarray(links.transpose(0, 2, 1))
        ends = np.isin(ops, self._outputs)[:, None, :].astype(np.float32)
        found = []
        standing: NDArray[np.float32] | None = None  # (n, v, s): paths up to this node that spell a sequence
        for step in self._steps:
            here = ops[:, :, None] == step.label
            standing = here.astype(np.float32) if standing is None else (into @ standing)[:, :, step.before] * here
            found.append((ends @ (into @ standing))[:, 0])
        return np.concatenate(found, axis=1)

    def _followed(self, limit: int, longest: int) -> list[_Step]:
        """The sequences that occur in the sample, a step for each length, the most frequent ones first."""
        graphs = self.space.graphs(self.space.canonical(self.space.sample(_SAMPLE, np.random.default_rng(0))))
        links = _without(graphs, self._skips)
        labels = len(graphs.labels)
        graph, node = np.nonzero(np.isin(graphs.ops, self._inputs))
        before = np.full(len(graph), _ROOT)
        steps: list[_Step] = []
        spoken = (graphs.ops >= 0) & self._spoken[graphs.ops] & ~np.isin(graphs.ops, self._inputs)
        while len(graph):
            named = (before + 1) * labels + graphs.ops[graph, node]
            names, place, counts = np.unique(named, return_inverse=True, return_counts=True)
            kept = np.sort(np.argsort(-counts, kind="stable")[:limit])
            steps.append(_Step(names[kept] // labels - 1, names[kept] % labels))
            position = np.full(len(names), -1)
            position[kept] = np.arange(len(kept))
            place = position[place]
            graph, node, place = graph[place >= 0], node[place >= 0], place[place >= 0]
            row, target = np.nonzero((links[graph, node] > 0) & spoken[graph])
            reached = np.unique(np.column_stack([graph[row], target, place[row]]), axis=0)
            graph, node, before = reached.T
            if len(steps) > longest:
                break
        if not steps:
            raise InvalidOption(f"No graph of {self.space.id} has a node of {self.space.inputs}.")
        return steps


def _places(labels: tuple[str, ...], names: tuple[str, ...]) -> NDArray[np.int64]:
    return np.array([labels.index(name) for name in names], np.int64)


def _without(graphs: Graphs, skips: NDArray[np.int64]) -> NDArray[np.float32]:
    """(n, v, v): how many ways lead from node to node once every skip is replaced by links past it."""
    links = graphs.adjacency.astype(np.float32)
    for node in range(graphs.ops.shape[1]):
        rows = np.flatnonzero(np.isin(graphs.ops[:, node], skips))
        if len(rows):
            past = links[rows, :, node, None] * links[rows, None, node, :]
            links[rows] += past
            links[rows, :, node] = links[rows, node, :] = 0
    return links
