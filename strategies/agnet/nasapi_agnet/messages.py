"""Messages along and against the edges of a batch of growing graphs: line 3 of algorithm 3."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi_agnet.parameters import Array, Parameters, Shapes

STATE = 32
"""Numbers of a node's state, half of them for each direction of the edges."""
HALF = STATE // 2
MESSAGE = ("message", "message_bias", "sums", "sums_bias", "own", "own_bias")
"""A layer's weights, by direction: of the messages, and of the unit for their sum and for its own state."""
UNIT: Any = np.r_[0 : 2 * HALF, 3 * HALF : 4 * HALF]
"""Where the parts of the unit's own weights stand among the columns."""


class Joined:
    """A layer of messages with its recurrent unit as one matrix for [sum of h_j, n h_i, h_i], by direction.

    A message j>i is W [h_j, h_i] + b. The sum over a node's n edges is W [sum of h_j, n h_i] + n b, and the unit's own
    weights are linear in that sum. Columns are the unit's reset and update gates, and both parts of its new state.
    """

    def __init__(self, w: Parameters, layer: int):
        self.parts = [w[f"layers.{layer}.{name}"] for name in MESSAGE]
        message, message_bias, sums, sums_bias, own, own_bias = self.parts
        self.weight = np.zeros((2, 3 * HALF, 4 * HALF), message.dtype)
        self.weight[:, : 2 * HALF, : 3 * HALF] = (sums @ message).swapaxes(1, 2)
        self.weight[:, 2 * HALF :, UNIT] = own.swapaxes(1, 2)
        self.each = np.zeros((2, 1, 4 * HALF), message.dtype)  # what every edge adds
        self.each[:, 0, : 3 * HALF] = (sums @ message_bias[:, :, None])[:, :, 0]
        self.bias = np.zeros((2, 1, 4 * HALF), message.dtype)
        self.bias[:, 0, : 3 * HALF] = sums_bias
        self.bias[:, 0, UNIT] += own_bias


class Round:
    """One round of messages over a batch, with what its gradient needs."""

    def __init__(self, joined: Joined, gather: Array, degree: Array, h: Array):
        shape = h.shape
        self.gather, self.degree, self.before = gather, degree, h.reshape(2, -1, HALF)
        self.seen = (gather @ h).reshape(2, -1, 3 * HALF)
        sums: Array = np.matmul(self.seen, joined.weight)
        sums += degree * joined.each + joined.bias
        self.gates = sigmoid(sums[:, :, : 2 * HALF])
        self.own = sums[:, :, 3 * HALF :]
        self.new = np.tanh(sums[:, :, 2 * HALF : 3 * HALF] + self.gates[:, :, :HALF] * self.own)
        self.after = (self.new + self.gates[:, :, HALF:] * (self.before - self.new)).reshape(shape)


class Growing:
    """The edges of a batch of graphs that grow together, as the matrices that gather what a node's messages need."""

    def __init__(self, batch: int, nodes: int):
        self._gather = np.zeros((2, batch, nodes, 3, nodes), np.float32)  # a node's [sum of h_j, n h_i, h_i] from all h
        self._gather[:, :, np.arange(nodes), 2, np.arange(nodes)] = 1.0
        self._degree = np.zeros((2, batch, nodes), np.float32)
        self._size = 1

    def grow(self, links: NDArray[np.bool_]) -> None:
        """Add a node with edges from the earlier ones where `links` (B, n) is true."""
        t, earlier = self._size, np.arange(self._size + 1)
        self._gather[0, :, t, 0, :t] = links
        self._gather[1, :, :t, 0, t] = links
        self._degree[0, :, t] = links.sum(axis=1)
        self._degree[1, :, :t] += links
        self._gather[:, :, earlier, 1, earlier] = self._degree[:, :, : t + 1]
        self._size += 1

    def gather(self) -> tuple[Array, Array]:
        """(2, B, 3 n, n) and (2, B n, 1): the matrices and the numbers of edges."""
        n = self._size
        gather = np.ascontiguousarray(self._gather[:, :, :n, :, :n])
        return gather.reshape(2, -1, 3 * n, n), self._degree[:, :, :n].reshape(2, -1, 1)


def layer_shapes(layer: int) -> Shapes:
    """The shapes of a layer's weights, by name."""
    sizes = ((STATE, STATE), (STATE,), (3 * HALF, STATE), (3 * HALF,), (3 * HALF, HALF), (3 * HALF,))
    return {f"layers.{layer}.{name}": (2, *size) for name, size in zip(MESSAGE, sizes, strict=True)}


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x))."""
    chance: Array = np.float32(0.5) * np.tanh(np.float32(0.5) * x) + np.float32(0.5)
    return chance
