"""Adam over the weights of modules, without torch's compiler."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim.adam import adam


class Adam:
    """torch.optim.Adam(fused=True), bit for bit (Kingma & Ba, "Adam", ICLR 2015).

    To make torch's own imports its compiler, some 800 modules and as much time as `import torch` itself, in each
    process that trains. What it calls for a step is the same function.
    """

    rate: float
    """Of the next step."""

    def __init__(self, weights: Iterable[nn.Parameter], rate: float, betas: tuple[float, float] = (0.9, 0.999)):
        """Take the weights of a model; their moments begin at 0."""
        self.rate, self.betas = rate, betas
        self._weights = list(weights)
        self._means = [torch.zeros_like(weight) for weight in self._weights]
        self._squares = [torch.zeros_like(weight) for weight in self._weights]
        self._steps = [torch.zeros((), dtype=torch.float32) for _ in self._weights]

    def step(self, loss: Tensor, longest: float = float("inf")) -> None:
        """Move the weights against the gradient of `loss`, shortened to the norm `longest` where it is longer.

        A weight that `loss` does not depend on stays, and its moments with it.
        """
        for weight in self._weights:
            weight.grad = None
        loss.backward()
        if longest < float("inf"):
            nn.utils.clip_grad_norm_(self._weights, longest)
        moved = [row for row, weight in enumerate(self._weights) if weight.grad is not None]
        with torch.no_grad():
            adam(
                [self._weights[row] for row in moved],
                [grad for weight in self._weights if (grad := weight.grad) is not None],
                [self._means[row] for row in moved],
                [self._squares[row] for row in moved],
                [],
                [self._steps[row] for row in moved],
                fused=True,
                amsgrad=False,
                beta1=self.betas[0],
                beta2=self.betas[1],
                lr=self.rate,
                weight_decay=0.0,
                eps=1e-8,
                maximize=False,
            )
