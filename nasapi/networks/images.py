"""The options that builders of networks of images have in common."""

from __future__ import annotations

from typing import Annotated

from nasapi import options as option
from nasapi.errors import InvalidOption

_LEAST_SIDE = {"cifar": 4, "imagenet": 16}

Classes = Annotated[int, option.count(help="Outputs of the classifier.")]
Inputs = Annotated[int, option.count(help="Channels of the images.")]
Side = Annotated[int, option.count(help="Height and width of images; from 16 with the imagenet stem.", least=4)]
Stem = Annotated[
    str,
    option.choice(
        help="A 3x3 convolution as published, or two of stride 2 for large images.", among=tuple(_LEAST_SIDE)
    ),
]


def require_side(side: int, stem: str) -> None:
    """Raise InvalidOption for a side that the stem leaves nothing of."""
    if side < _LEAST_SIDE[stem]:
        raise InvalidOption(f"`side` is a whole number from {_LEAST_SIDE[stem]} with the stem {stem!r}, not {side}.")
