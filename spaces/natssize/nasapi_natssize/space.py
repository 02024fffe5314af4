"""The size search space of NATS-Bench: five layer widths, each one of eight."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidArchitecture, near
from nasapi.graphs import Graphs
from nasapi.space import Code, Codes, SearchSpace

WIDTHS = (8, 16, 24, 32, 40, 48, 56, 64)
"""The channels that a layer can have; a gene is a position in this list."""
LAYERS = 5


class NATSSize(SearchSpace):
    """The 32,768 networks of the size space of NATS-Bench (Dong et al., TPAMI 2021, section 3.2).

    Genes are the channels after the stem with its cell, the first reduction, the second cell, the second reduction and
    the third cell. All cells have one fixed topology. No two codes are one network.
    """

    id = "natssize"
    cardinalities = (len(WIDTHS),) * LAYERS
    operations = ("input", "output", *map(str, WIDTHS))
    size = len(WIDTHS) ** LAYERS
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
        return ":".join(str(WIDTHS[gene]) for gene in code)

    def parse(self, text: str) -> Code:
        """The code of such a text; raises InvalidArchitecture with the position at which it goes wrong."""
        code: list[int] = []
        position = 0
        for word in text.split(":"):
            if word not in self.operations[2:]:
                raise InvalidArchitecture(
                    f"{text!r} has the width {word!r} at position {position}. {near(word, self.operations[2:])}"
                )
            code.append(self.operations.index(word) - 2)
            position += len(word) + 1
        if len(code) != LAYERS:
            raise InvalidArchitecture(
                f"{text!r} has {len(code)} widths up to position {len(text)}; wanted {LAYERS}, as in '8:16:24:32:64'."
            )
        return np.array(code)

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
