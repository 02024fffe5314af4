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
    """(c,): what is known besides the scores; empty for nothing."""
    weights: Parameters
    _seen: list[Array] = field(init=False, factory=list)
    """What each layer saw last."""

    @classmethod
    def fresh(cls, inputs: int, outputs: int, condition: Array, rng: np.random.Generator) -> Predictor:
        """One with weights from `rng`."""
        shapes = shapes_of(inputs, outputs, len(condition))
        fan = {name: shapes[name.replace("bias", "weight")][1] for name in shapes}
        return cls(condition, Parameters.fresh(shapes, fan, rng))

    def __call__(self, scores: Array) -> Array:
        """(B, outputs)."""
        w, hidden, self._seen = self.weights, scores, []
        for layer in range(HIDDEN):
            self._seen.append(self._beside(hidden))
            hidden = np.maximum(self._seen[-1] @ w[f"{layer}.weight"].T + w[f"{layer}.bias"], 0)
        self._seen.append(self._beside(hidden))
        return self._seen[-1] @ w["out.weight"].T + w["out.bias"]

    def gradient(self, wanted: Array) -> tuple[Array, Parameters]:
        """How a loss grows with the scores seen last and with the weights, given how it grows with the values."""
        w, grown = self.weights, Parameters.zeros(self.weights.shapes)
        for layer in ("out", *map(str, range(HIDDEN - 1, -1, -1))):
            seen = self._seen[HIDDEN if layer == "out" else int(layer)]
            grown[f"{layer}.weight"][:], grown[f"{layer}.bias"][:] = wanted.T @ seen, wanted.sum(axis=0)
            wanted = wanted @ w[f"{layer}.weight"]
            if layer != "0":
                wanted = wanted * (seen > 0)
            wanted = wanted[:, : wanted.shape[1] - len(self.condition)]
        return wanted, grown

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
