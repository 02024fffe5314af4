"""The path encoding: which sequences of operations lead from an input to an output."""

from __future__ import annotations

from itertools import pairwise, product
from numbers import Integral
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.encoder import Encoder
from nasapi.encodings.present import PresentPaths
from nasapi.errors import InvalidOption
from nasapi.graphs import Graphs
from nasapi.space import Codes, SearchSpace

_MOST = 4096  # bits without a limit
_SAMPLE = 2048  # architectures whose graphs say how long paths are
_CELLS = 2**22  # numbers held at once for a chunk of rows


class Path(Encoder):
    """A bit for each input and sequence of operations, set where a path through the graph spells it.

    Sequences are ordered by length, then by input, then lexicographically in the order of `space.operations`. Their
    shortest and longest length are those in the union of the graphs of a fixed sample of the space; longer and shorter
    ones of a rare architecture are left out. In a deep space, where not even the sequences of the shortest length can
    all have a bit, the bits are those of the sequences that the sample spells, the most frequent. Only paths from a
    node marked as input to one marked as output count, so dead nodes leave no trace, and isomorphic graphs have one
    encoding.
    White, Neiswanger & Savani, "BANANAS", AAAI 2021, section 4; truncation: White, Neiswanger, Nolen & Savani, "A study
    on encodings for neural architecture search", NeurIPS 2020, section 3.
    """

    def __init__(
        self,
        space: SearchSpace,
        *,
        limit: Annotated[int | None, option.count(None, "The first so many sequences, the shortest.")] = None,
    ):
        """Keep the first `limit` sequences; by default all, but not more than 4,096."""
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, Integral) or limit < 1):
            raise InvalidOption(f"`limit` is a whole number of paths from 1, or none for all, not {limit!r}.")
        self.space = space
        ends = {*space.inputs, *space.outputs}
        self._operations = [index for index, name in enumerate(space.operations) if name not in ends]
        self._inputs = [space.operations.index(name) for name in space.inputs]
        self._outputs = [space.operations.index(name) for name in space.outputs]
        self._shortest, longest = self._lengths()
        self._sizes: list[int] = []
        """How many sequences of each length, from 0 on, are followed; the last length may be cut short."""
        room = _MOST if limit is None else limit
        self._present: PresentPaths | None = None
        """The sequences of a deep space; None where sequences are counted through."""
        if len(self._inputs) * len(self._operations) ** self._shortest > room:
            ends_of = (self._inputs, self._operations, self._outputs)
            self._present = PresentPaths(self._sampled(), *ends_of, room)
            self.dim = (len(self._present),)
            return
        for length in range(longest + 1):
            size = len(self._inputs) * len(self._operations) ** length
            counted = length >= self._shortest
            self._sizes.append(min(size, room) if counted else size)
            room -= self._sizes[-1] if counted else 0
        for length in reversed(range(self._shortest)):  # prefixes of kept ones alone
            self._sizes[length] = -(-self._sizes[length + 1] // max(len(self._operations), 1))
        self.dim = (sum(self._sizes[self._shortest :]),)

    def encode(self, codes: Codes) -> NDArray[np.uint8]:
        """(n, paths): bits; raises InvalidArchitecture for codes outside the space."""
        graphs = self.space.graphs(self.space.require(codes))
        widest, bits = (
            (max(self._sizes), self._bits) if self._present is None else (self._present.widest, self._present.bits)
        )
        rows = max(1, _CELLS // (graphs.ops.shape[1] * widest))
        chunks = [bits(graphs.ops[i : i + rows], graphs.adjacency[i : i + rows]) for i in range(0, len(codes), rows)]
        return np.concatenate(chunks).astype(np.uint8) if chunks else np.empty((0, *self.dim), np.uint8)

    @property
    def paths(self) -> list[tuple[str, ...]]:
        """What each bit stands for: the input's label, then the operations on the way to an output."""
        names = self.space.operations
        if self._present is not None:
            return [tuple(names[label] for label in sequence) for sequence in self._present.sequences]
        inner = [names[index] for index in self._operations]
        return [
            (start, *middle)
            for length, size in enumerate(self._sizes)
            if length >= self._shortest
            for _, (start, *middle) in zip(range(size), product(self.space.inputs, *[inner] * length), strict=False)
        ]

    def _bits(self, ops: NDArray[np.int64], adjacency: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(n, paths): all paths at once, one more node at a time."""
        n, v = ops.shape
        inner = ops[:, :, None, None] == np.array(self._operations)
        into = adjacency.transpose(0, 2, 1).astype(np.float32)
        ends = np.isin(ops, self._outputs)[:, None, :].astype(np.float32)
        standing = ops[:, :, None] == np.array(self._inputs)  # (n, v, sequences): spelled by a path up to this node
        found = []
        for length, (size, following) in enumerate(pairwise([*self._sizes, 0])):
            arriving = into @ standing[:, :, :size].astype(np.float32) > 0
            if length >= self._shortest:
                found.append((ends @ arriving.astype(np.float32))[:, 0] > 0)
            prefixes = -(-following // len(self._operations))
            standing = (arriving[:, :, :prefixes, None] & inner).reshape(n, v, -1)
        return np.concatenate(found, axis=1)

    def _sampled(self) -> Graphs:
        """The graphs of a fixed sample."""
        return self.space.graphs(self.space.sample(_SAMPLE, np.random.default_rng(0)))

    def _lengths(self) -> tuple[int, int]:
        """The fewest and the most operations on a path in the union of a sample's graphs."""
        graphs = self._sampled()
        joined = graphs.adjacency.any(axis=0)
        standing, inner, ends = (
            _somewhere(graphs, labels) for labels in (self._inputs, self._operations, self._outputs)
        )
        lengths = []
        for length in range(graphs.ops.shape[1]):
            arriving = standing @ joined
            if (arriving & ends).any():
                lengths.append(length)
            standing = arriving & inner
        if not lengths:
            raise InvalidOption(
                f"No graph of {self.space.id} has a path from {self.space.inputs} to {self.space.outputs}."
            )
        return lengths[0], lengths[-1]


def truncated_path(
    space: SearchSpace, *, limit: Annotated[int, option.count(help="The first so many sequences, the shortest.")] = 40
) -> Path:
    """The path encoding cut to its first `limit` sequences, the shortest ones."""
    return Path(space, limit=limit)


def _somewhere(graphs: Graphs, labels: list[int]) -> NDArray[Any]:
    """(v,): which nodes have one of the labels in some graph."""
    return np.asarray(np.isin(graphs.ops, labels).any(axis=0))
