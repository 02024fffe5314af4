"""A graph isomorphism network as surrogate, over dense batches in numpy: the predictor of NPENAS."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi_toolkit.models.adam import Adam
from nasapi_toolkit.models.model import Features, Model, Vector

_CHUNK = 4096

Array = NDArray[np.float32]
"""Single precision, as all of the network is."""
Layers = list[tuple[Array, Array]]
"""Weights (inputs, outputs) and biases (outputs,) of each linear map."""


@define(eq=False)
class GraphNetwork(Model):
    """Sums over neighbours, forwards and backwards, then the mean over nodes and two linear layers; no spread.

    Wei, Niu, Tang, Wang & Liang, "NPENAS: Neural predictor guided evolution for neural architecture search", IEEE TNNLS
    2022, section III: a graph isomorphism network (Xu et al., ICLR 2019, eq. 4.1) of 3 layers of 32 units, squared
    error, Adam with step 0.005. It reads the encoder `dense-graph`. A fit is thousands of steps of a tiny network, of
    which a library for large ones would spend most outside the arithmetic: hence the slopes by hand.
    """

    layers: int = option.count(3, "How many times neighbours are summed.")
    width: int = option.count(32, "Units of a node's state, and of the layer after the mean.")
    epochs: int = option.count(100, "Passes over the observations.")
    rate: float = option.positive(0.005, "Step of Adam.")
    batch: int = option.count(64, "How many graphs a step learns from; the paper has 16.")
    cosine: bool = option.flag(False, "Whether the step falls to 0 along a cosine over the epochs, as in the paper.")
    decay: float = option.number(0.0, "Weight of the squared weights in the loss, halved; the paper has 1e-4.", least=0)
    _nodes: int = field(init=False, default=0)
    _labels: int = field(init=False, default=0)
    _maps: Layers = field(init=False, factory=list)
    """Two maps for each layer, then the two after the mean."""

    def expect(self, shape: tuple[int, ...]) -> None:
        """Take the numbers of nodes and labels; raises InvalidOption for features that are no graphs."""
        if len(shape) != 2 or shape[1] <= shape[0]:
            raise InvalidOption(
                f"The model 'gnn' reads graphs, not features of shape {shape}; it needs (nodes, operations + nodes), "
                "which encoder=dense-graph gives of one code."
            )
        self._nodes, self._labels = shape[0], shape[1] - shape[0]

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Train from fresh weights, in batches, on a new order of the rows in each epoch."""
        sizes = self._sizes()
        flat = np.zeros(sum((a + 1) * b for a, b in sizes), np.float32)
        slope = np.zeros_like(flat)
        self._maps, slopes = _views(flat, sizes), _views(slope, sizes)
        for (weights, _), (inward, _) in zip(self._maps, sizes, strict=True):  # Kaiming's uniform
            bound = np.sqrt(3 / inward)
            weights[...] = rng.uniform(-bound, bound, weights.shape)
        optimiser = Adam(flat, rate=self.rate)
        inputs, links, there = self._parts(features)
        expected = np.asarray(targets, np.float32)
        for epoch in range(self.epochs):
            if self.cosine:
                optimiser.rate = self.rate * (1 + np.cos(np.pi * epoch / self.epochs)) / 2
            order = rng.permutation(len(expected))
            for start in range(0, len(expected), self.batch):
                rows = order[start : start + self.batch]
                self._backward(inputs[rows], links[rows], there[rows], expected[rows], slopes)
                if self.decay:
                    for (weights, _), (steep, _) in zip(self._maps, slopes, strict=True):
                        steep += np.float32(self.decay) * weights
                optimiser.step(slope)

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and zeros."""
        chunks = [features[start : start + _CHUNK] for start in range(0, len(features), _CHUNK)]
        mean = np.concatenate([self._forward(*self._parts(chunk))[-1][:, 0] for chunk in chunks])
        return mean.astype(np.float64), np.zeros(len(mean))

    def _sizes(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each map."""
        sizes = []
        for layer in range(self.layers):
            inputs = self.width if layer else self._labels
            sizes += [(3 * inputs, self.width), (self.width, self.width)]
        return [*sizes, (self.width, self.width), (self.width, 1)]

    def _parts(self, features: Features) -> tuple[Array, Array, Array]:
        """What the first layer reads (n, nodes, 3 labels), links (n, nodes, nodes), which nodes are (n, nodes, 1)."""
        rows = np.asarray(features, np.float32).reshape(len(features), self._nodes, -1)
        states, links = rows[:, :, : self._labels], np.ascontiguousarray(rows[:, :, self._labels :])
        return _gathered(states, links), links, states.sum(axis=2, keepdims=True)

    def _forward(self, inputs: Array, links: Array, there: Array) -> list[Array]:
        """What each map reads, a node or a graph a row, in order; then (n, 1) predictions."""
        present = there.reshape(-1, 1)
        values = [inputs.reshape(len(present), -1)]
        for layer in range(self.layers):
            for weights, biases in self._maps[2 * layer : 2 * layer + 2]:
                values.append(np.maximum(values[-1] @ weights + biases, 0))
            values[-1] *= present
            states = values[-1].reshape(*there.shape[:2], self.width)
            if layer + 1 < self.layers:
                values.append(_gathered(states, links).reshape(len(present), -1))
        values.append(states.sum(axis=1) / there.sum(axis=1))
        (weights, biases), (final, shift) = self._maps[-2:]
        values.append(np.maximum(values[-1] @ weights + biases, 0))
        return [*values, values[-1] @ final + shift]

    def _backward(self, inputs: Array, links: Array, there: Array, expected: Array, slopes: Layers) -> None:
        """Write the slopes of the mean squared error over the batch."""
        values = self._forward(inputs, links, there)
        back = (values.pop() - expected[:, None]) * np.float32(2 / len(expected))
        back = _through(self._maps[-1], values[-1], back, slopes[-1]) * (values.pop() > 0)
        back = _through(self._maps[-2], values.pop(), back, slopes[-2])
        back = np.repeat(back / there.sum(axis=1), self._nodes, axis=0)
        for layer in range(self.layers - 1, -1, -1):
            back = back * (values.pop() > 0)
            back = _through(self._maps[2 * layer + 1], values[-1], back, slopes[2 * layer + 1]) * (values.pop() > 0)
            back = _through(self._maps[2 * layer], values.pop(), back, slopes[2 * layer])
            if layer:
                own, ahead, behind = np.split(back.reshape(*there.shape[:2], -1), 3, axis=2)
                back = (own + links.transpose(0, 2, 1) @ ahead + links @ behind).reshape(-1, self.width)


def _gathered(states: Array, links: Array) -> Array:
    """(n, nodes, 3 u): each node's states, the sum of its followers' and that of its inputs'."""
    return np.concatenate([states, links @ states, links.transpose(0, 2, 1) @ states], axis=2)


def _through(layer: tuple[Array, Array], read: Array, back: Array, slopes: tuple[Array, Array]) -> Array:
    """Write the slopes of a linear map that read `read`, and give those of what it read."""
    np.matmul(read.T, back, out=slopes[0])
    np.sum(back, axis=0, out=slopes[1])
    return back @ layer[0].T


def _views(flat: Array, sizes: list[tuple[int, int]]) -> Layers:
    views, at = [], 0
    for a, b in sizes:
        views.append((flat[at : at + a * b].reshape(a, b), flat[at + a * b : at + (a + 1) * b]))
        at += (a + 1) * b
    return views
