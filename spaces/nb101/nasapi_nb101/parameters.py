"""How many trainable parameters a cell's network has, by the rule that built it."""

from __future__ import annotations

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


def trainable_parameters(adjacency: Adjacency, operations: Operations) -> NDArray[np.int64]:
    """(n,): weights of convolutions, of the classifier, and scale and shift of every batch norm; for pruned cells."""
    total = np.full(len(adjacency), _convolution(9, 3, STEM))
    before = STEM
    for stack in range(STACKS):
        channels = STEM << stack
        widths = vertex_channels(adjacency, channels)
        areas = _KERNEL_AREAS[operations]
        inside = np.where(areas > 0, _convolution(areas, widths, widths), 0).sum(axis=1)
        for _ in range(MODULES):
            projected = np.where(adjacency[:, 0, 1:-1], _convolution(1, before, widths), 0).sum(axis=1)
            total += inside + projected + adjacency[:, 0, -1] * _convolution(1, before, channels)
            before = channels
    return total + before * CLASSES + CLASSES


def _convolution(area: _Number, incoming: _Number, outgoing: _Number) -> _Number:
    """Weights of a convolution without bias, and the two numbers a channel of its batch norm."""
    return area * incoming * outgoing + 2 * outgoing
