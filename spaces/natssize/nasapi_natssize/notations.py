"""How networks of the size space are written: channels between colons, or as a list."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from nasapi.errors import InvalidArchitecture, near
from nasapi.notation import Notation, literal
from nasapi.space import Code
from nasapi.words import quoted

WIDTHS = (8, 16, 24, 32, 40, 48, 56, 64)
"""The channels that a layer can have; a gene is a position in this list."""
LAYERS = 5

_NAMES = tuple(map(str, WIDTHS))


def format_widths(code: Iterable[int]) -> str:
    """The channels of the five layers as the papers write them, `8:16:24:32:64`."""
    return ":".join(_NAMES[gene] for gene in code)


def parse_widths(text: str) -> Code:
    """The code of such a text; raises InvalidArchitecture with the position at which it goes wrong."""
    code: list[int] = []
    position = 0
    for word in text.split(":"):
        if word not in _NAMES:
            raise InvalidArchitecture(
                f"{quoted(text)} has the width {quoted(word)} at position {position}. {near(word, _NAMES)}"
            )
        code.append(_NAMES.index(word))
        position += len(word) + 1
    if len(code) != LAYERS:
        raise InvalidArchitecture(
            f"{quoted(text)} has {len(code)} widths up to position {len(text)}; wanted {LAYERS}, as in '8:16:24:32:64'."
        )
    return np.array(code)


def _read_channels(text: str) -> Code:
    given = literal(text)
    if isinstance(given, dict):
        given = given.get("channels")  # a configuration of nats_bench, whose other fields every network shares
        given = given.split(":") if isinstance(given, str) else given
    if not isinstance(given, (list, tuple)):
        raise InvalidArchitecture(f"{quoted(text)} lists no channels of {LAYERS} layers, such as [8, 16, 24, 32, 64].")
    return parse_widths(":".join(map(str, given)))


CHANNELS = Notation(
    "the list of channels, or a dictionary with them as 'channels', as nats_bench gives a network's configuration",
    _read_channels,
    lambda code: str([WIDTHS[gene] for gene in code]),
    r"[\[({].*[\])}]",
)
