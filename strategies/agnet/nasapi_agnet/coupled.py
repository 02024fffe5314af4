"""The surrogate of the paper: a network on what the generator writes, trained together with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import torch
from attrs import define
from nasapi_encoders.torch_state import build, one_thread
from nasapi_toolkit.models.model import Features, Model, Vector
from torch import Tensor, nn


class Predictor(nn.Module):
    """Four hidden layers as wide as the input (Lukasik, Jung & Keuper, 2022, section 3.2)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        hidden: list[nn.Module] = []
        for _ in range(4):
            hidden += [nn.Linear(inputs, inputs), nn.ReLU()]
        self.layers = nn.Sequential(*hidden, nn.Linear(inputs, outputs))

    @classmethod
    def made(cls, inputs: int, outputs: int, generator: torch.Generator) -> Self:
        """One with fresh weights from `generator`."""
        return build(lambda: cls(inputs, outputs), generator)

    def forward(self, written: Tensor) -> Tensor:
        """(B, outputs) from (B, inputs)."""
        result: Tensor = self.layers(written)
        return result


@define(eq=False)
class Coupled(Model):
    """One output of a predictor that the generator's retraining fits; it has no spread.

    Its input is a code's genes as the decoder writes them: one-hot in value, so that it scores the architecture that
    was drawn and not the logits it was drawn from, and with the gradient of the decoder's probabilities (the
    straight-through estimator of Bengio, Léonard & Courville, 2013), so that it can shape the generator.
    """

    network: Predictor
    column: int
    """Which of the network's outputs."""

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Nothing: the predictor learns while the generator is retrained."""

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations of one-hot genes, and zeros."""
        with one_thread(), torch.no_grad():
            mean = self.network(torch.as_tensor(features, dtype=torch.float32))[:, self.column].numpy()
        return mean.astype(np.float64), np.zeros(len(mean))


def written(logits: Tensor, codes: Tensor, cardinalities: Sequence[int], backprop: bool) -> Tensor:
    """(B, sum of cardinalities): one-hot genes; with `backprop`, carrying the gradient of the probabilities."""
    exact = nn.functional.one_hot(codes, logits.shape[2]).float()
    if backprop:
        probabilities = torch.softmax(logits, 2)
        exact = exact + probabilities - probabilities.detach()
    return torch.cat([exact[:, gene, :size] for gene, size in enumerate(cardinalities)], 1)
