"""A graph isomorphism network as surrogate: the predictor of NPENAS, over dense batches in torch."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import define, field
from nasapi_baselines.options import at_least_one

from nasapi.errors import InvalidOption, NotAvailable
from nasapi_surrogate.models import Features, Model, Vector

_BATCH = 32


@define(eq=False)
class GraphNetwork(Model):
    """Sums over neighbours, forwards and backwards, then the mean over nodes and two linear layers; no spread.

    Wei, Niu, Tang, Wang & Liang, "NPENAS: Neural predictor guided evolution for neural architecture search", IEEE TNNLS
    2022, section III: a graph isomorphism network (Xu et al., ICLR 2019, eq. 4.1) of 3 layers of 32 units, squared
    error, Adam with step 0.005. It reads the encoder `dense-graph`.
    """

    layers: int = field(default=3, kw_only=True, validator=at_least_one)
    width: int = field(default=32, kw_only=True, validator=at_least_one)
    epochs: int = field(default=100, kw_only=True, validator=at_least_one)
    rate: float = field(default=0.005, kw_only=True)
    _nodes: int = field(init=False, default=0)
    _labels: int = field(init=False, default=0)
    _weights: list[Any] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        _torch()

    def expect(self, shape: tuple[int, ...]) -> None:
        """Take the numbers of nodes and labels; raises InvalidOption for features that are no graphs."""
        if len(shape) != 2 or shape[1] <= shape[0]:
            raise InvalidOption(
                f"The model 'gnn' reads graphs, not features of shape {shape}; use encoder=dense-graph."
            )
        self._nodes, self._labels = shape[0], shape[1] - shape[0]

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Train from fresh weights, in batches of 32 drawn by a generator that `rng` seeds."""
        torch = _torch()
        random = torch.Generator().manual_seed(int(rng.integers(2**63)))
        self._weights = self._fresh(random)
        optimiser = torch.optim.Adam(self._weights, lr=self.rate)
        rows, wanted = self._tensor(features), torch.as_tensor(targets, dtype=torch.float32)
        for _ in range(self.epochs):
            for batch in torch.randperm(len(rows), generator=random).split(_BATCH):
                optimiser.zero_grad()
                torch.nn.functional.mse_loss(self._forward(rows[batch]), wanted[batch]).backward()
                optimiser.step()

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and zeros."""
        with _torch().no_grad():
            chunks = [self._forward(rows).numpy() for rows in self._tensor(features).split(4096)]
        mean = np.concatenate(chunks).astype(np.float64)
        return mean, np.zeros(len(mean))

    def _tensor(self, features: Features) -> Any:
        """(n, nodes, labels + nodes)."""
        rows = np.array(features, np.float32).reshape(len(features), self._nodes, -1)
        return _torch().from_numpy(rows)

    def _fresh(self, random: Any) -> list[Any]:
        """Weights and biases of each layer's two maps, then of the two linear layers, Kaiming's uniform."""
        torch = _torch()
        sizes = []
        for layer in range(self.layers):
            inputs = self._labels if layer == 0 else self.width
            sizes += [(3 * inputs, self.width), (self.width, self.width)]
        sizes += [(self.width, self.width), (self.width, 1)]
        made = []
        for a, b in sizes:
            weight = (torch.rand(a, b, generator=random) * 2 - 1) * (3 / a) ** 0.5
            made += [weight.requires_grad_(), torch.zeros(b, requires_grad=True)]
        return made

    def _forward(self, rows: Any) -> Any:
        """(n,) predictions for (n, nodes, labels + nodes)."""
        torch = _torch()
        states, links = rows[:, :, : self._labels], rows[:, :, self._labels :]
        there = states.sum(2, keepdim=True)
        maps = iter(zip(self._weights[::2], self._weights[1::2], strict=True))
        for _ in range(self.layers):
            states = torch.cat([states, links @ states, links.transpose(1, 2) @ states], 2)
            for weight, bias in (next(maps), next(maps)):
                states = torch.relu(states @ weight + bias)
            states = states * there
        pooled = states.sum(1) / there.sum(1)
        (weight, bias), (last, shift) = next(maps), next(maps)
        return (torch.relu(pooled @ weight + bias) @ last + shift)[:, 0]


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise NotAvailable("The model 'gnn' needs torch; install nasapi-surrogate[torch].") from error
    return torch
