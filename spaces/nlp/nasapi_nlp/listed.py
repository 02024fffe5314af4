"""The space of a table's networks alone, with those that are most alike as neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.graphs import Graphs
from nasapi.space import Code, Codes
from nasapi_nlp.cells import is_cell, join, split
from nasapi_nlp.edits import mixed
from nasapi_nlp.features import counted
from nasapi_nlp.space import NLP

NEAREST = 8
"""How many networks each one is linked to, besides those that link to it."""
_CHUNK = 1024
_DRAWS = 16


class ListedNLP(NLP):
    """The networks that a table lists, each by its canonical code, and no others.

    Sampling is uniform over the networks. Almost none of a random sample of cells is one edit away from another, so
    neighbours are the listed networks that are most alike: the eight at the least Euclidean distance between
    the counts of `nasapi_nlp.features.counted`, ties in the order of codes, and every network that has this one
    among its eight. A strategy thus never meets a network without a value.
    """

    def __init__(self, cells: Codes):
        """The space of the networks of `cells`, one canonical code a row, each once."""
        super().__init__()
        cells = np.asarray(cells, np.int64)
        keys = self._keys(cells)
        self._order = np.argsort(keys)
        self._listed, self._known = cells[self._order], keys[self._order]
        self.size = len(cells)
        self.identities = {"code": len(cells), "network": len(cells)}

    def rows(self, codes: Codes) -> NDArray[np.integer[Any]]:
        """(n,): the row of `cells` that holds each code; -1 where none does."""
        places = self._places(codes)
        return np.where(places >= 0, self._order[places], -1)

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): which rows are the canonical code of a listed network."""
        codes = np.asarray(codes)
        good = np.asarray(((codes >= 0) & (codes < np.asarray(self.cardinalities))).all(axis=1))
        good[good] = self._places(codes[good]) >= 0
        return good

    def from_graphs(self, graphs: Graphs) -> Codes:
        """(n, d): the canonical code of each graph's network; -1 where the list does not have it."""
        codes = super().from_graphs(graphs)
        read = codes[:, 0] >= 0
        codes[read] = self.canonical(codes[read])
        codes[~self.valid(codes)] = -1
        return codes

    def parse(self, text: str) -> Code:
        """The canonical code of a recipe, whether it is listed or not, so that all orders of its nodes are known."""
        return np.asarray(self.canonical(super().parse(text)[None])[0])

    def sample(self, n: int, rng: np.random.Generator) -> Codes:
        """(n, d): networks drawn independently and uniformly from the list."""
        return np.asarray(self._listed[rng.integers(0, len(self._listed), size=n)])

    def neighbors(self, code: Code) -> Codes:
        """(m, d): the listed networks most alike, in either direction."""
        starts, others = self._links
        place = int(self._places(np.asarray(code)[None])[0])
        return np.asarray(self._listed[others[starts[place] : starts[place + 1]]])

    def mutate(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): for each row one of its neighbours, drawn uniformly; a row without neighbours stays as it is."""
        starts, others = self._links
        own = self._places(codes)
        count = starts[own + 1] - starts[own]
        drawn = starts[own] + rng.integers(0, np.maximum(count, 1))
        return np.asarray(self._listed[np.where(count > 0, np.append(others, 0)[drawn], own)])

    def crossover(self, a: Codes, b: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): the listed network most like a child of each pair that is neither parent; the first if there is none.

        A pair that yields no valid child in 16 draws gives the first parent.
        """
        result, left = np.array(a, np.int64), np.arange(len(a))
        own = np.stack([self._places(a), self._places(b)], axis=1)
        for _ in range(_DRAWS):
            if not len(left) or len(self._listed) < 3:
                break
            child = mixed(split(np.asarray(a)[left], self.nodes), split(np.asarray(b)[left], self.nodes), rng)
            good = is_cell(child)
            if good.any():
                apart = _squares(counted(split(join(child)[good], self.nodes)), self._features)
                np.put_along_axis(apart, own[left[good]], np.inf, axis=1)
                result[left[good]] = self._listed[apart.argmin(axis=1)]
            left = left[~good]
        return result

    def enumerate(self, batch: int = 65536) -> Iterator[Codes]:
        """Every listed network once, in lexicographic order of codes."""
        for start in range(0, len(self._listed), batch):
            yield self._listed[start : start + batch].copy()

    def _keys(self, codes: Codes) -> NDArray[Any]:
        """(n,): codes whose genes are in range as strings of bytes, which sort as the codes do."""
        return np.ascontiguousarray(codes, np.uint8).view(f"V{codes.shape[1]}").ravel()

    def _places(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): where codes stand in the list; -1 where they do not."""
        wanted = self._keys(np.asarray(codes))
        places = np.minimum(np.searchsorted(self._known, wanted), len(self._known) - 1)
        return np.where(self._known[places] == wanted, places, -1)

    @cached_property
    def _features(self) -> NDArray[np.float64]:
        return counted(split(self._listed, self.nodes))

    @cached_property
    def _links(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Neighbours of all networks: those of network i stand at starts[i] to starts[i + 1] of the second array."""
        n, pairs = len(self._listed), [np.empty((0, 2), np.int64)]
        nearest = min(NEAREST, n - 1)
        for start in range(0, n, _CHUNK):
            own = np.arange(start, min(start + _CHUNK, n))
            apart = _squares(self._features[own], self._features)
            apart[np.arange(len(own)), own] = np.inf
            near = np.argsort(apart, axis=1, kind="stable")[:, :nearest]
            linked = np.column_stack([np.repeat(own, nearest), near.ravel()])
            pairs += [linked, linked[:, ::-1]]
        links = np.unique(np.concatenate(pairs), axis=0)
        return np.searchsorted(links[:, 0], np.arange(n + 1)), links[:, 1]


def _squares(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(len(a), len(b)): squared distances; exact, since counts are whole numbers."""
    return np.asarray((a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T)
