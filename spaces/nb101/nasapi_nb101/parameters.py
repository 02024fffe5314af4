"""Trainable parameters and multiply-additions of a cell's network, by the rule that built it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi_nb101.cells import Adjacency, Operations

_Number = Any  # whole numbers or arrays of them
STEM, STACKS, MODULES, CLASSES = 128, 3, 3, 10
_KERNEL_AREAS = np.array([9, 1, 0])  # convolution 3x3, convolution 1x1, max pooling


def vertex_channels(adjacency: Adjacency, channels: int) -> NDArray[np.int64]:
    """(n, v - 2): the width of each inner vertex in modules that give `channels` channels; 0 where it is dead.

    The output's channels are shared out among the inner vertices that feed it, one more each to the first ones where
    they do not divide; any other vertex is as wide as the widest that it feeds (Ying et al. 2019, section 2).
    Cells must be pruned.
    """
    last = adjacency[:, 1:-1, -1]
    feeding = last.sum(axis=1, keepdims=True)
    share, rest = np.divmod(channels, np.maximum(feeding, 1))
    widths = np.where(last, share + (np.cumsum(last, axis=1) <= rest), 0)
    for vertex in range(widths.shape[1] - 2, -1, -1):
        fed = np.where(adjacency[:, vertex + 1, 1:-1], widths, 0).max(axis=1)
        widths[:, vertex] = np.where(last[:, vertex], widths[:, vertex], fed)
    return np.asarray(widths)


def trainable_parameters(
    adjacency: Adjacency,
    operations: Operations,
    *,
    channels: int = STEM,
    cells: int = MODULES,
    classes: int = CLASSES,
    inputs: int = 3,
) -> NDArray[np.int64]:
    """(n,): weights of convolutions, of the classifier, and scale and shift of every batch norm; for pruned cells."""
    total = np.full(len(adjacency), 9 * inputs * channels + 2 * channels)
    for _, weights, normed in _modules(adjacency, operations, channels, cells):
        total += weights + 2 * normed
    return total + ((channels << STACKS - 1) + 1) * classes


def multiply_additions(
    adjacency: Adjacency,
    operations: Operations,
    *,
    channels: int = STEM,
    cells: int = MODULES,
    classes: int = CLASSES,
    inputs: int = 3,
    side: int = 32,
) -> NDArray[np.int64]:
    """(n,): of one image in convolutions and the classifier, as `nasapi.networks.count` has them; for pruned cells."""
    total = np.full(len(adjacency), 9 * inputs * channels * side**2)
    for stack, weights, _ in _modules(adjacency, operations, channels, cells):
        total += weights * (-(-side // 2**stack)) ** 2  # a pooling halves the side and rounds up
    return total + (channels << STACKS - 1) * classes


def _modules(
    adjacency: Adjacency, operations: Operations, channels: int, cells: int
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """Of each module its stack, the weights of its convolutions, and the channels that have a batch norm, both (n,)."""
    before = channels
    areas = _KERNEL_AREAS[operations]
    from_input, through = adjacency[:, 0, 1:-1], adjacency[:, 0, -1]
    for stack in range(STACKS):
        width = channels << stack
        widths = vertex_channels(adjacency, width)
        inside = (areas * widths * widths).sum(axis=1)
        normed = np.where(areas > 0, widths, 0).sum(axis=1) + np.where(from_input, widths, 0).sum(axis=1)
        for _ in range(cells):
            projected = np.where(from_input, widths, 0).sum(axis=1) + through * width
            yield stack, inside + before * projected, normed + through * width
            before = width
