"""The size search space of NATS-Bench: five layer widths, each one of eight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.graphs import Graphs
from nasapi.notation import Notation
from nasapi.space import Code, Codes, SearchSpace
from nasapi_natssize.isomorphism import canonical
from nasapi_natssize.notations import CHANNELS, LAYERS, WIDTHS, format_widths, parse_widths


class NATSSize(SearchSpace, checked=True):
    """The 32,768 networks of the size space of NATS-Bench (Dong et al., TPAMI 2021, section 3.2).

    Genes are the channels after the stem with its cell, the first reduction, the second cell, the second reduction and
    the third cell. All cells have one fixed topology. No two codes are one network.
    """

    id = "natssize"
    cardinalities = (len(WIDTHS),) * LAYERS
    operations = ("input", "output", *map(str, WIDTHS))
    size = numbered = len(WIDTHS) ** LAYERS
    identities = {"code": 32_768, "network": 32_768}
    builder = "nasapi_natssize.build:build"

    def graphs(self, codes: Codes) -> Graphs:
        """A chain: input, the five layers with their widths as operations, output; (n, 7) and (n, 7, 7)."""
        n = len(codes)
        ops = np.empty((n, LAYERS + 2), np.int64)
        ops[:, 0], ops[:, 1:-1], ops[:, -1] = 0, codes + 2, 1
        chain = np.eye(LAYERS + 2, k=1, dtype=np.bool_)
        return Graphs(ops, np.repeat(chain[None], n, axis=0), self.operations)

    def format(self, code: Code) -> str:
        """The channels of the five layers as the papers write them, `8:16:24:32:64`."""
        return format_widths(code)

    def parse(self, text: str) -> Code:
        """The code of such a text; raises InvalidArchitecture with the position at which it goes wrong."""
        return parse_widths(text)

    @property
    def notations(self) -> Mapping[str, Notation]:
        """The papers' string, the official number, the code, and the list of channels in JSON."""
        return {**super().notations, "json": CHANNELS}

    def canonical(self, codes: Codes) -> Codes:
        """The codes themselves: no two are one network."""
        return canonical(codes)

    def widths(self, codes: Codes) -> NDArray[np.int64]:
        """(n, 5): the channels of the five layers."""
        return np.array(WIDTHS)[codes]

    def index(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): positions of valid codes in the official list, which is lexicographic."""
        return np.asarray(codes @ _WEIGHTS, np.int64)

    def codes_at(self, indices: NDArray[np.integer[Any]]) -> Codes:
        """(n, 5): the codes at positions of the official list; undoes `index`."""
        return np.asarray(indices[:, None] // _WEIGHTS % len(WIDTHS))


_WEIGHTS = len(WIDTHS) ** np.arange(LAYERS - 1, -1, -1)
