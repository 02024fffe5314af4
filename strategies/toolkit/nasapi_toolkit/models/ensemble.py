"""An ensemble of narrow, deep networks trained side by side in numpy: the predictor of BANANAS."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi import options as option
from nasapi_toolkit.models.adam import Adam
from nasapi_toolkit.models.model import Features, Model, Vector

_BATCH = 32
_MOMENTS = (0.9, 0.99)
_EPSILON = 1e-7

Arrays = list[NDArray[np.float32]]
"""One stack of matrices for each layer."""


@define(eq=False)
class Ensemble(Model):
    """Networks of `layers` hidden layers of `width` units with ReLU, by absolute error.

    White, Neiswanger & Savani, "BANANAS", AAAI 2021, section 5 and appendix: 5 networks of 10 layers and 20 units, Adam
    with step 0.01 and moments 0.9 and 0.99, 150 epochs in batches of 32; what they disagree by is the spread. No
    library has the absolute error for a network of this kind, and a thousand steps of five tiny networks are quickest
    as one stack of matrices.
    """

    joint = True

    members: int = option.count(5, "How many networks there are.")
    layers: int = option.count(10, "How many hidden layers a network has.")
    width: int = option.count(20, "Units of each hidden layer.")
    epochs: int = option.count(150, "Passes over the observations.")
    rate: float = option.positive(0.01, "Step of Adam.")
    _weights: Arrays = field(init=False, factory=list)
    """A stack (members, inputs, outputs) for each layer."""
    _biases: Arrays = field(init=False, factory=list)
    """A stack (members, 1, outputs) for each layer."""

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Train all members from fresh weights, each on its own order of the rows."""
        inputs, expected = np.asarray(features, np.float32), np.asarray(targets, np.float32)
        sizes = [inputs.shape[1], *[self.width] * self.layers, 1]
        flat, views = _parameters(self.members, sizes, rng)
        slope = np.zeros_like(flat)
        slopes = _views(slope, self.members, sizes)
        optimiser = Adam(flat, rate=self.rate, moments=_MOMENTS, epsilon=_EPSILON)
        self._weights, self._biases = views
        for _ in range(self.epochs):
            order = rng.permuted(np.tile(np.arange(len(inputs)), (self.members, 1)), axis=1)
            for start in range(0, len(inputs), _BATCH):
                rows = order[:, start : start + _BATCH]
                self._backward(inputs[rows], expected[rows], slopes)
                optimiser.step(slope)

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """The mean and the deviation of the members."""
        each = self._each(features)
        return each.mean(axis=0), each.std(axis=0)

    def draw(self, features: Features, rng: np.random.Generator) -> Vector:
        """What one member predicts."""
        return np.asarray(self._each(features)[rng.integers(self.members)])

    def _each(self, features: Features) -> NDArray[np.float64]:
        """(members, m): what each member predicts."""
        return self._forward(np.asarray(features, np.float32)[None])[-1][:, :, 0].astype(np.float64)

    def _forward(self, inputs: NDArray[np.float32]) -> Arrays:
        """What each layer gives, inputs first, (members, m, units)."""
        values = [inputs]
        for weights, biases in zip(self._weights[:-1], self._biases[:-1], strict=True):
            values.append(np.maximum(values[-1] @ weights + biases, 0))
        values.append(values[-1] @ self._weights[-1] + self._biases[-1])
        return values

    def _backward(
        self, inputs: NDArray[np.float32], expected: NDArray[np.float32], slopes: tuple[Arrays, Arrays]
    ) -> None:
        """Write the slopes of the mean absolute error of each member's batch, (members, b, f) and (members, b)."""
        values = self._forward(inputs)
        back = np.sign(values[-1] - expected[:, :, None]) / np.float32(expected.shape[1])
        for layer in range(len(self._weights) - 1, -1, -1):
            np.matmul(values[layer].transpose(0, 2, 1), back, out=slopes[0][layer])
            np.sum(back, axis=1, keepdims=True, out=slopes[1][layer])
            if layer:
                back = (back @ self._weights[layer].transpose(0, 2, 1)) * (values[layer] > 0)


def _parameters(
    members: int, sizes: Sequence[int], rng: np.random.Generator
) -> tuple[NDArray[np.float32], tuple[Arrays, Arrays]]:
    """All parameters as one vector and as views of it: weights by Glorot & Bengio 2010, biases 0."""
    flat = np.zeros(members * sum((a + 1) * b for a, b in pairwise(sizes)), np.float32)
    weights, biases = _views(flat, members, sizes)
    for stack in weights:
        bound = np.sqrt(6 / (stack.shape[1] + stack.shape[2]))
        stack[...] = rng.uniform(-bound, bound, stack.shape)
    return flat, (weights, biases)


def _views(flat: NDArray[np.float32], members: int, sizes: Sequence[int]) -> tuple[Arrays, Arrays]:
    weights, biases, at = [], [], 0
    for a, b in pairwise(sizes):
        weights.append(flat[at : at + members * a * b].reshape(members, a, b))
        at += members * a * b
        biases.append(flat[at : at + members * b].reshape(members, 1, b))
        at += members * b
    return weights, biases
