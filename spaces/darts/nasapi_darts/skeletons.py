"""The published skeletons of DARTS, and by a rule without torch how large their networks are."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.space import Codes
from nasapi_darts.cells import OPERATIONS, split

_SKIP = OPERATIONS.index("skip_connect")
_KERNELS = np.array([int(name[-1]) if "conv" in name else 0 for name in OPERATIONS])
_TIMES = np.array([2 if name.startswith("sep") else int(name.startswith("dil")) for name in OPERATIONS])


@frozen
class Skeleton:
    """How cells are stacked (Liu, Simonyan & Yang, ICLR 2019, section 3.3)."""

    channels: int
    cells: int
    classes: int
    side: int
    least_side: int
    auxiliary_sides: tuple[int, int]
    """For which sides the auxiliary head ends in the one pixel that its classifier takes."""


SKELETONS = {
    "cifar": Skeleton(36, 20, 10, 32, 4, (29, 40)),
    "imagenet": Skeleton(48, 14, 1000, 224, 32, (193, 256)),
}
"""The published ones, by stem."""


def sizes(
    codes: Codes,
    *,
    stem: str = "cifar",
    channels: int | None = None,
    cells: int | None = None,
    classes: int | None = None,
    inputs: int = 3,
    side: int | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) trainable numbers and (n,) multiply-additions of one image, both without the auxiliary head.

    Multiply-additions are those of convolutions and of the classifier, as `nasapi.networks.count` has them.
    """
    skeleton = SKELETONS[stem]
    width, depth = channels or skeleton.channels, cells or skeleton.cells
    side, outputs = side or skeleton.side, classes or skeleton.classes
    nodes = (len(np.asarray(codes)[0]) // 2 + 1) // 3
    chosen, sources = split(codes, nodes)[::-1]
    layers = _stem(stem, inputs, width, side)
    before_last = last = 3 * width if stem == "cifar" else width
    side = side if stem == "cifar" else _half(_half(_half(side)))
    params, flops = np.full((2, len(codes)), 0, np.int64)
    for weights, normed, pixels in layers:
        params += weights + 2 * normed
        flops += weights * pixels
    for place in range(depth):
        reduces = place in (depth // 3, 2 * depth // 3)
        width *= 2 if reduces else 1
        taken = (before_last + last) * width
        after = _half(side) if reduces else side
        edges, norms = _edges(chosen[:, int(reduces)], sources[:, int(reduces)], width, reduces)
        params += taken + 4 * width + edges + 2 * norms
        flops += taken * side**2 + edges * after**2
        before_last, last, side = last, nodes * width, after
    return params + (last + 1) * outputs, flops + last * outputs


def _stem(stem: str, inputs: int, width: int, side: int) -> list[tuple[int, int, int]]:
    """The convolutions before the first cell: weights, channels with a batch norm, pixels."""
    if stem == "cifar":
        return [(9 * inputs * 3 * width, 3 * width, side**2)]
    half, once = max(width // 2, 1), _half(side)
    twice = _half(once)
    thrice = _half(twice)
    return [
        (9 * inputs * half, half, once**2),
        (9 * half * width, width, twice**2),
        (9 * width * width, width, thrice**2),
    ]


def _edges(
    chosen: NDArray[np.int64], sources: NDArray[np.int64], width: int, reduces: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) weights of all edges of one cell and (n,) channels of their batch norms; chosen is (n, nodes, 2)."""
    times, kernels = _TIMES[chosen], _KERNELS[chosen]
    weights = times * (width * kernels**2 + width**2)
    normed = times * width
    if reduces:  # a skip that halves the side is two convolutions of half the channels
        strided = (chosen == _SKIP) & (sources < 2)
        weights, normed = weights + strided * width**2, normed + strided * width
    return weights.sum(axis=(1, 2)), normed.sum(axis=(1, 2))


def _half(side: int) -> int:
    return -(-side // 2)
