"""SGD with Nesterov momentum over all weights as one vector, which costs small networks a tenth of the usual loop."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nasapi.errors import InvalidOption


class FlatSGD:
    """The optimiser of one network; its weights and gradients become views of two vectors.

    Sutskever et al., ICML 2013, as torch.optim.SGD(nesterov=True) writes it: g + decay w; v = momentum v + g;
    w - rate (g + momentum v).
    """

    def __init__(self, network: nn.Module, momentum: float, decay: float):
        """Take the weights of `network` over; raises InvalidOption where it has none."""
        weights = [weight for weight in network.parameters() if weight.requires_grad]
        if not weights:
            raise InvalidOption("A network to train has weights that require gradients; this one has none.")
        self.weights = torch.cat([weight.detach().reshape(-1) for weight in weights])
        self.gradients = torch.zeros_like(self.weights)
        self.velocity = torch.zeros_like(self.weights)
        self.momentum, self.decay = momentum, decay
        start = 0
        for weight in weights:
            end = start + weight.numel()
            weight.data = self.weights[start:end].view(weight.shape)
            weight.grad = self.gradients[start:end].view(weight.shape)
            start = end

    def step(self, loss: Tensor, rate: float) -> None:
        """Move the weights by the gradient of `loss`; those that it does not depend on by their decay alone."""
        self.gradients.zero_()
        if loss.requires_grad:
            loss.backward()
        with torch.no_grad():
            slope = self.gradients.add_(self.weights, alpha=self.decay)
            self.velocity.mul_(self.momentum).add_(slope)
            self.weights.add_(slope.add_(self.velocity, alpha=self.momentum), alpha=-rate)
