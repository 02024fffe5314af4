"""The number of linear regions of a thin network, as TE-NAS counts them: Chen et al., ICLR 2021, section 3.2."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from nasapi.errors import InvalidOption
from nasapi_proxies.scores import NAN, patterns, reached

SIDE = 3
"""Pixels of the side of an input; it has one channel."""
INPUTS = 3_000
BATCH = 1_000
REPEATS = 3
"""Networks, each with weights of its own, whose counts are averaged."""


class ThinNetwork(nn.Module):
    """One cell of one channel without a stem, followed by batch norm and ReLU."""

    def __init__(self, cell: nn.Module):
        """Draw weights as He et al., ICCV 2015, by fan-in, from torch's global generator."""
        super().__init__()
        self.cell = cell
        self.last = nn.Sequential(nn.BatchNorm2d(1), nn.ReLU())
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Features (n, 1, side, side)."""
        features: Tensor = self.last(self.cell(images))
        return features


def count(network: nn.Module, inputs: Tensor) -> float:
    """How many patterns of active ReLUs (n, 1, 3, 3) inputs reach.

    NaN where all inputs share one, and where the output depends on no input.
    """
    rows = []
    with patterns(network.train()) as codes, torch.no_grad():
        for part in torch.split(inputs, BATCH):
            codes.clear()
            network(part)
            rows.append(torch.cat(codes, 1).numpy())
    found = len(np.unique(np.packbits(np.concatenate(rows), axis=1), axis=0))
    return float(found) if found > 1 and reached(network, inputs) else NAN


def crops(images: Tensor, seed: int) -> Tensor:
    """(3000, 1, 3, 3): random crops of a random channel of (n, channels, height, width) images."""
    draws = np.random.default_rng(seed)
    n, channels, height, width = images.shape
    if min(height, width) < SIDE:
        raise InvalidOption(f"Linear regions are counted on crops of {SIDE} x {SIDE} of images of at least that size.")
    rows, planes = draws.integers(n, size=INPUTS), draws.integers(channels, size=INPUTS)
    tops, lefts = draws.integers(height - SIDE + 1, size=INPUTS), draws.integers(width - SIDE + 1, size=INPUTS)
    steps = np.arange(SIDE)
    down, right = tops[:, None, None] + steps[:, None], lefts[:, None, None] + steps
    return images[rows[:, None, None], planes[:, None, None], down, right][:, None]
