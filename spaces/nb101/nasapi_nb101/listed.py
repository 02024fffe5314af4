"""Parts of the space: the networks of one table, the rows they stand in, and a space of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi.space import Code, Codes
from nasapi.spaces import ListedSpace
from nasapi_nb101.cells import split
from nasapi_nb101.hashes import graph_hashes
from nasapi_nb101.space import NB101
from nasapi_nb101.tables import LISTED, opened

TableFolder = Annotated[
    str | None, option.text(None, "The folder of a table, in place of the one that is fetched or imported.")
]
"""The option of whatever reads a table."""


class NetworkRows:
    """The rows of a table by network: called with valid codes it gives (n,) rows, -1 where a network is not listed."""

    def __init__(self, space: NB101, cells: Codes):
        """Index `cells`, one canonical code a row."""
        self._space = space
        keys = space.numbers(cells).astype(np.int32)
        self._order = np.argsort(keys).astype(np.int32)
        self._keys = keys[self._order]

    def __call__(self, codes: Codes) -> NDArray[np.integer[Any]]:
        """(n,): the row of each code's network, by binary search among the keys."""
        keys = self._space.keys(codes).astype(np.int32)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[places] == keys, self._order[places], -1)


Draw = Literal["networks", "codes"]
"""What a sample is uniform over: the networks of a table, or the codes of the space."""
DrawOption = Annotated[
    Draw, option.choice(help="What samples are uniform over: the table's networks, or codes.", among=get_args(Draw))
]


class TabledNB101(NB101):
    """The whole space, sampled uniformly over a table's networks, or over codes as the literature does.

    Published searches draw each entry of the matrix and each operation and reject what is no cell, which is uniform
    over codes. Most codes stand for small networks: one draw in ten is the bare edge from input to output, and one in
    300 has seven live vertices, as 85 % of the networks have. Uniform draws of networks are what a list suggests.
    """

    def __init__(self, cells: Codes, hashes: Callable[[], NDArray[np.uint8]] | None = None, draw: Draw = "networks"):
        """The space that draws from `cells`, one canonical code a row; `hashes` gives theirs, (n, 16), where known.

        Raises InvalidOption for a `draw` that is none.
        """
        super().__init__()
        if draw not in get_args(Draw):
            raise InvalidOption(f"nb101 draws 'networks' or 'codes', not {draw!r}.")
        self._cells, self._digests, self.draw = cells, hashes, draw

    @cached_property
    def rows(self) -> NetworkRows:
        """The rows of the table by network."""
        return NetworkRows(self, self._cells)

    def row(self, codes: Codes) -> NDArray[np.integer[Any]]:
        """(n,): the row of each code's network in the table, -1 where it is not there; the first call indexes it."""
        return self.rows(codes)

    def sample(self, n: int, rng: np.random.Generator) -> Codes:
        """(n, d): canonical codes of networks drawn independently and uniformly from the table, or any codes."""
        if self.draw == "codes":
            return super().sample(n, rng)
        return self._cells[rng.integers(0, len(self._cells), size=n)].astype(np.int64)

    def of_hash(self, text: str) -> Code:
        """(26,): the network of the table with an official hash.

        Where the table has no hashes, the first call takes them of all its networks: up to 20 seconds.
        """
        return self._listed_hash(text, self._cells, self._hashes)

    @cached_property
    def _hashes(self) -> NDArray[np.uint8]:
        """(n, 16): those of the table's networks."""
        return graph_hashes(*split(self._cells, self.vertices)) if self._digests is None else self._digests()

    @cached_property
    def _enumeration(self) -> Codes:
        """(n, 26): the table's networks, which are all, in the order of the enumeration."""
        return self._in_order(self._cells) if len(self._cells) == self.numbered else super()._enumeration


def listed(cells: Codes) -> ListedSpace:
    """The space `nb101-30k` of the networks of `cells`, one canonical code a row, each once."""
    return ListedSpace(TabledNB101(cells), cells, id=LISTED)


def nb101_30k(table: TableFolder = None) -> ListedSpace:
    """The space of the 30,001 networks of the table in the folder `table`, or of `nb101-30k`."""
    return listed(opened(table, LISTED)["cell"])
