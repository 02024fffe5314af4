"""Parts of the space: the architectures of one list and no others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nasapi.space import Code, Codes
from nasapi_darts.cells import Ints, split
from nasapi_darts.space import DARTS

NEAREST = 8
"""How many of the nearest others are an architecture's neighbours, at least."""
_DRAWS = 64  # children drawn for a pair before the first parent is given


class ListedDARTS(DARTS):
    """The architectures of a list and no others, so that a strategy never meets one without a value.

    Sampling is uniform over the list. A list of some hundred among 1.08e18 has next to no two that are one change
    apart, so neighbours are the nearest: for each architecture the eight others with which it shares most edges
    (earlier ones of the list first), and all that have it among their eight.
    """

    def __init__(self, codes: Codes):
        """The space of `codes`, each once."""
        super().__init__()
        self._listed = np.unique(np.asarray(codes, np.int64), axis=0)
        self.size = len(self._listed)
        self.identities = {"code": self.size, "network": len(np.unique(super().canonical(self._listed), axis=0))}

    def rows(self, codes: Codes) -> Ints:
        """(n,): where codes stand in the list, which is in lexicographic order; -1 where they do not."""
        keys = _keys(codes)
        places = np.minimum(np.searchsorted(self._known, keys), len(self._known) - 1)
        return np.where(self._known[places] == keys, self._order[places], -1)

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): which rows are in the list."""
        good = super().valid(codes)
        good[good] = self.rows(codes[good]) >= 0
        return good

    def canonical(self, codes: Codes) -> Codes:
        """For each row the first code of the list that is the same network."""
        return self._listed[self._networks[self.rows(codes)]].astype(codes.dtype)

    def sample(self, n: int, rng: np.random.Generator) -> Codes:
        """(n, d): architectures drawn independently and uniformly from the list."""
        return np.asarray(self._listed[rng.integers(0, len(self._listed), size=n)])

    def neighbors(self, code: Code) -> Codes:
        """(m, d): the nearest architectures of the list, eight or more."""
        return np.asarray(self._listed[self._near[self.rows(np.asarray(code)[None])[0]]])

    def mutate(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): for each row one of its neighbours, drawn uniformly; a list of one has none."""
        near = self._near[self.rows(codes)]
        count = near.sum(axis=1)
        chosen = (rng.random(len(codes)) * count).astype(np.int64)
        order = np.argsort(~near, axis=1, kind="stable")  # neighbours first
        found = self._listed[order[np.arange(len(codes)), chosen]]
        return np.where(count[:, None] > 0, found, codes)

    def crossover(self, a: Codes, b: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): of children mixed gene by gene the first that is listed; the parent in `a` where none is."""
        result, left = np.array(a, np.int64), np.arange(len(a))
        for _ in range(_DRAWS):
            child = np.where(rng.random((len(left), a.shape[1])) < 0.5, a[left], b[left])
            good = self.valid(child)
            result[left[good]] = child[good]
            left = left[~good]
        return result

    def enumerate(self, batch: int = 65536) -> Iterator[Codes]:
        """Every listed architecture once, in lexicographic order."""
        for start in range(0, len(self._listed), batch):
            yield self._listed[start : start + batch].copy()

    @cached_property
    def _order(self) -> Ints:
        return np.argsort(_keys(self._listed))

    @cached_property
    def _known(self) -> NDArray[np.void]:
        return _keys(self._listed)[self._order]

    @cached_property
    def _networks(self) -> Ints:
        """(size,): the first row of the same network."""
        _, first, same = np.unique(super().canonical(self._listed), axis=0, return_index=True, return_inverse=True)
        return np.asarray(first[same.ravel()])

    @cached_property
    def _near(self) -> NDArray[np.bool_]:
        """(size, size): which architectures are neighbours."""
        sources, operations = split(self._listed, self.nodes)
        edges = (sources * 7 + operations).reshape(len(self._listed), -1, 2)
        shared = sum(
            (edges[:, None, :, own] == edges[None, :, :, other]).sum(axis=2) for own in (0, 1) for other in (0, 1)
        )
        distance = -np.asarray(shared)
        np.fill_diagonal(distance, 1)
        nearest = np.argsort(distance, axis=1, kind="stable")[:, : min(NEAREST, len(distance) - 1)]
        near = np.zeros(distance.shape, np.bool_)
        np.put_along_axis(near, nearest, True, axis=1)
        return near | near.T


def _keys(codes: Codes) -> NDArray[np.void]:
    """(n,): each row's genes as one sortable string of bytes."""
    bytes_ = np.ascontiguousarray(codes, np.uint8)
    return bytes_.view(f"S{bytes_.shape[1]}").ravel() if len(bytes_) else np.empty(0, f"S{bytes_.shape[1]}")
