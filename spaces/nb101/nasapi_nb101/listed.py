"""Parts of the space: the networks of one table, the rows they stand in, and a space of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidArchitecture
from nasapi.graphs import Graphs
from nasapi.space import Code, Codes
from nasapi_nb101.space import NB101

_CHUNK = 2048
_DRAWS = 64  # children drawn for a pair before the first parent is given


class NetworkRows:
    """The rows of a table by network: called with valid codes it gives (n,) rows, -1 where a network is not listed."""

    def __init__(self, space: NB101, cells: Codes):
        """Index `cells`, one canonical code a row."""
        self._space = space
        keys = space.keys(cells.astype(np.int64))
        self._order = np.argsort(keys)
        self._keys = keys[self._order]

    def __call__(self, codes: Codes) -> NDArray[np.integer[Any]]:
        """(n,): the row of each code's network, by binary search among the keys."""
        keys = self._space.keys(codes)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[places] == keys, self._order[places], -1)


class TabledNB101(NB101):
    """The whole space, sampled uniformly over a table's networks instead of over codes.

    Most codes stand for small networks: one draw in ten is the bare edge from input to output, and one in 300 has seven
    live vertices, as 85 % of the networks have. Studies on NAS-Bench-101 draw from its list, and so does this.
    """

    def __init__(self, cells: Codes, hashes: NDArray[np.uint8] | None = None):
        """The space that draws from `cells`, one canonical code a row; `hashes`, (n, 16), are theirs where known."""
        super().__init__()
        self._cells, self._digests = cells, hashes
        self.rows = NetworkRows(self, cells)

    def sample(self, n: int, rng: np.random.Generator) -> Codes:
        """(n, d): canonical codes of networks drawn independently and uniformly from the table."""
        return self._cells[rng.integers(0, len(self._cells), size=n)].astype(np.int64)

    def of_hash(self, text: str) -> Code:
        """(26,): the network of the table with an official hash.

        Where the table has no hashes, all networks are hashed until it is found, which takes up to 20 seconds.
        """
        if self._digests is None:
            return self._hashed(text, self._cells)
        rows = np.flatnonzero((self._digests == np.frombuffer(bytes.fromhex(text), np.uint8)).all(axis=1))
        if not len(rows):
            raise InvalidArchitecture(f"No network of {self.id} has the hash {text!r}.")
        return np.asarray(self._cells[rows[0]], np.int64)

    @cached_property
    def _enumeration(self) -> Codes:
        """(n, 26): the table's networks, which are all, in the order of the enumeration."""
        return self._in_order(self._cells) if len(self._cells) == self.numbered else self.networks().astype(np.int8)


class ListedNB101(NB101):
    """The networks of NAS-Bench-101 that a table lists, each by its canonical code, and no others.

    Sampling is uniform over the networks. Two networks are neighbours if one gene of either's canonical code can be
    changed to give the other, once dead parts are removed; in a sparse list some have none. So a strategy never meets
    a network without a value.
    """

    def __init__(self, cells: Codes):
        """The space of the networks of `cells`, one canonical code a row, each once."""
        super().__init__()
        cells = np.asarray(cells, np.int64)
        numbers = self._numbers(cells)
        self._listed, self._known = cells[np.argsort(numbers)], np.sort(numbers)
        self.rows = NetworkRows(self, cells)
        self.size = len(cells)
        self.identities = {"code": len(cells), "network": len(cells)}

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): which rows are the canonical code of a listed network."""
        good = super().valid(codes)
        good[good] = self._places(codes[good]) >= 0
        return good

    def from_graphs(self, graphs: Graphs) -> Codes:
        """(n, d): the canonical code of each graph's network; -1 where the list does not have it."""
        codes = super().from_graphs(graphs)
        read = codes[:, 0] >= 0
        codes[read] = self.canonical(codes[read])
        codes[~self.valid(codes)] = -1
        return codes

    def sample(self, n: int, rng: np.random.Generator) -> Codes:
        """(n, d): networks drawn independently and uniformly from the list."""
        return np.asarray(self._listed[rng.integers(0, len(self._listed), size=n)])

    def neighbors(self, code: Code) -> Codes:
        """(m, d): the listed networks one change away in either direction."""
        starts, places = self._links
        place = int(self._places(np.asarray(code)[None])[0])
        return np.asarray(self._listed[places[starts[place] : starts[place + 1]]])

    def mutate(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): for each row one of its neighbours, drawn uniformly; a row without neighbours stays as it is."""
        starts, places = self._links
        own = self._places(codes)
        count = starts[own + 1] - starts[own]
        drawn = starts[own] + rng.integers(0, np.maximum(count, 1))
        chosen = np.where(count > 0, np.append(places, 0)[drawn], own)
        return np.asarray(self._listed[chosen])

    def crossover(self, a: Codes, b: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): of networks mixed from both parents the first that is listed; the parent in `a` where none is."""
        result, left = np.array(a, np.int64), np.arange(len(a))
        for _ in range(_DRAWS):
            if not len(left):
                break
            child = np.where(rng.random((len(left), a.shape[1])) < 0.5, a[left], b[left])
            good = NB101.valid(self, child)
            child[good] = self.canonical(child[good])
            good[good] = self._places(child[good]) >= 0
            result[left[good]] = child[good]
            left = left[~good]
        return result

    def enumerate(self, batch: int = 65536) -> Iterator[Codes]:
        """Every listed network once, in lexicographic order of codes."""
        for start in range(0, len(self._listed), batch):
            yield self._listed[start : start + batch].copy()

    def _places(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): where canonical codes stand in the list; -1 where they do not."""
        listed, wanted = self._known, self._numbers(codes)
        places = np.minimum(np.searchsorted(listed, wanted), len(listed) - 1)
        return np.where(listed[places] == wanted, places, -1)

    @cached_property
    def _links(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Neighbours of all networks: those of network i stand at starts[i] to starts[i + 1] of the second array."""
        genes, steps = self._changes
        pairs = [np.empty((0, 2), np.int64)]
        for start in range(0, len(self._listed), _CHUNK):
            own = np.repeat(np.arange(start, min(start + _CHUNK, len(self._listed))), len(genes))
            changed = self._listed[own]
            every = np.arange(len(own))
            self._step(changed, every, np.resize(genes, len(own)), np.resize(steps, len(own)))
            good = NB101.valid(self, changed)
            other = self._places(self.canonical(changed[good]))
            linked = np.column_stack([own[good], other])[(other >= 0) & (other != own[good])]
            pairs += [linked, linked[:, ::-1]]
        links = np.unique(np.concatenate(pairs), axis=0)
        return np.searchsorted(links[:, 0], np.arange(len(self._listed) + 1)), links[:, 1]
