"""The surrogate of AG-Net: a perceptron on the scores that the generator gives."""

from __future__ import annotations

import numpy as np
from attrs import define, field

from nasapi_agnet.parameters import Array, Parameters, Shapes, linear

HIDDEN = 4
"""Hidden layers, each as wide as the input."""


@define(eq=False)
class Predictor:
    """Values of (B, inputs) scores; after every layer but the last the `condition`, if any, is put beside again."""

    condition: Array
    """(c,): further inputs beside the scores; empty for none."""
    weights: Parameters
    _inputs: list[Array] = field(init=False, factory=list)
    """What each layer saw last."""

    @classmethod
    def fresh(cls, inputs: int, outputs: int, condition: Array, rng: np.random.Generator) -> Predictor:
        """One with weights from `rng`."""
        shapes = shapes_of(inputs, outputs, len(condition))
        fan = {name: shapes[name.replace("bias", "weight")][1] for name in shapes}
        return cls(condition, Parameters.fresh(shapes, fan, rng))

    def __call__(self, scores: Array) -> Array:
        """(B, outputs)."""
        w, hidden, self._inputs = self.weights, scores, []
        for layer in range(HIDDEN):
            self._inputs.append(self._beside(hidden))
            hidden = np.maximum(self._inputs[-1] @ w[f"{layer}.weight"].T + w[f"{layer}.bias"], 0)
        self._inputs.append(self._beside(hidden))
        return self._inputs[-1] @ w["out.weight"].T + w["out.bias"]

    def gradient(self, upstream: Array) -> tuple[Array, Parameters]:
        """How a loss grows with the scores seen last and with the weights, given how it grows with the values."""
        w, grown = self.weights, Parameters.zeros(self.weights.shapes)
        for layer in ("out", *map(str, range(HIDDEN - 1, -1, -1))):
            inputs = self._inputs[HIDDEN if layer == "out" else int(layer)]
            grown[f"{layer}.weight"][:], grown[f"{layer}.bias"][:] = upstream.T @ inputs, upstream.sum(axis=0)
            upstream = upstream @ w[f"{layer}.weight"]
            if layer != "0":
                upstream = upstream * (inputs > 0)
            upstream = upstream[:, : upstream.shape[1] - len(self.condition)]
        return upstream, grown

    def _beside(self, hidden: Array) -> Array:
        if not len(self.condition):
            return hidden
        return np.concatenate([hidden, np.broadcast_to(self.condition, (len(hidden), len(self.condition)))], axis=1)


def shapes_of(inputs: int, outputs: int, condition: int) -> Shapes:
    """The shapes of a surrogate's weights, by name; hidden layers are as wide as scores and condition."""
    width = inputs + condition
    shapes = linear("0", width, width)
    for layer in range(1, HIDDEN):
        shapes |= linear(str(layer), width + condition, width)
    return {**shapes, **linear("out", width + condition, outputs)}
