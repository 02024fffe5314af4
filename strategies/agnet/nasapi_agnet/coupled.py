"""The surrogate of the paper: a network on what the generator writes, trained together with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from attrs import define
from nasapi_encoders.torch_state import build, one_thread
from torch import Tensor, nn

from nasapi_agnet.surrogate import Matrix, Surrogate


class Predictor(nn.Module):
    """Four hidden layers as wide as the input (Lukasik, Jung & Keuper, 2022, section 3.2)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        hidden: list[nn.Module] = []
        for _ in range(4):
            hidden += [nn.Linear(inputs, inputs), nn.ReLU()]
        self.layers = nn.Sequential(*hidden, nn.Linear(inputs, outputs))

    def forward(self, written: Tensor) -> Tensor:
        """(B, outputs) from (B, inputs)."""
        result: Tensor = self.layers(written)
        return result


@define(eq=False)
class Coupled(Surrogate):
    """A predictor that the generator's retraining fits; it has no spread.

    Its input is a code's genes as the decoder writes them: one-hot in value, so that it scores the architecture that
    was drawn and not the logits it was drawn from, and with the gradient of the decoder's probabilities (the
    straight-through estimator of Bengio, Léonard & Courville, 2013), so that it can shape the generator.
    """

    network: Predictor

    @classmethod
    def made(cls, inputs: int, outputs: int, generator: torch.Generator) -> Coupled:
        """A predictor with fresh weights from `generator`."""
        return cls(build(lambda: Predictor(inputs, outputs), generator))

    def fit(self, features: Matrix, targets: Matrix, rng: np.random.Generator) -> None:
        """Nothing: the predictor learns while the generator is retrained."""

    def predict(self, features: Matrix) -> tuple[Matrix, Matrix]:
        """(m, t) expectations of one-hot genes, and zeros."""
        with one_thread(), torch.no_grad():
            mean = self.network(torch.as_tensor(features, dtype=torch.float32)).numpy().astype(np.float64)
        return mean, np.zeros_like(mean)


def written(logits: Tensor, codes: Tensor, cardinalities: Sequence[int], backprop: bool) -> Tensor:
    """(B, sum of cardinalities): one-hot genes; with `backprop`, carrying the gradient of the probabilities."""
    exact = nn.functional.one_hot(codes, logits.shape[2]).float()
    if backprop:
        probabilities = torch.softmax(logits, 2)
        exact = exact + probabilities - probabilities.detach()
    return torch.cat([exact[:, gene, :size] for gene, size in enumerate(cardinalities)], 1)
