"""What the networks of DARTS are made of in torch: the operations of an edge, and how a cell takes its inputs."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def operation(name: str, channels: int, stride: int) -> nn.Module:
    """The operation of an edge, which keeps the channels; a stride of 2 halves the side, rounded up."""
    if name == "skip_connect":
        return nn.Identity() if stride == 1 else FactorizedReduction(channels, channels)
    if name == "max_pool_3x3":
        return nn.MaxPool2d(3, stride, padding=1)
    if name == "avg_pool_3x3":
        return nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)
    kernel = int(name[-1])
    if name.startswith("dil_conv"):
        return nn.Sequential(*separable(channels, kernel, stride, dilation=2))
    return nn.Sequential(*separable(channels, kernel, stride), *separable(channels, kernel, 1))


def separable(channels: int, kernel: int, stride: int, dilation: int = 1) -> list[nn.Module]:
    """ReLU, a convolution of each channel alone, a 1x1 convolution, batch norm."""
    padding = dilation * (kernel // 2)
    return [
        nn.ReLU(),
        nn.Conv2d(channels, channels, kernel, stride, padding, dilation, groups=channels, bias=False),
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.BatchNorm2d(channels),
    ]


def pointwise(inputs: int, outputs: int) -> nn.Sequential:
    """ReLU, 1x1 convolution, batch norm."""
    return nn.Sequential(nn.ReLU(), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


class FactorizedReduction(nn.Module):
    """Halves the side, rounded up: two 1x1 convolutions, of the even and of the odd pixels, side by side."""

    def __init__(self, inputs: int, outputs: int):
        """From `inputs` to `outputs` channels, of which the even pixels give half, rounded up."""
        super().__init__()
        self.even = nn.Conv2d(inputs, outputs - outputs // 2, 1, stride=2, bias=False)
        self.odd = nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False) if outputs > 1 else None
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, features: Tensor) -> Tensor:
        """Features of half the side; beyond the last row and column of an odd side there are zeros."""
        features = functional.relu(features)
        parts = [self.even(features)]
        if self.odd is not None:
            rest = features[:, :, 1:, 1:]
            height, width = features.shape[2] % 2, features.shape[3] % 2
            parts.append(self.odd(functional.pad(rest, (0, width, 0, height)) if height or width else rest))
        normed: Tensor = self.norm(torch.cat(parts, dim=1))
        return normed


def drop_path(features: Tensor, share: float) -> Tensor:
    """Features with those of a share of the images made zero and the others scaled up, from torch's generator.

    Larsson, Maire & Shakhnarovich, FractalNet, ICLR 2017, as DARTS takes it: one draw an image and edge.
    """
    kept = features.new_empty(len(features), 1, 1, 1).bernoulli_(1 - share)
    return features * kept / (1 - share)


def auxiliary_head(inputs: int, classes: int, stem: str) -> nn.Sequential:
    """The classifier beside the network that its training adds: it pools to 2 x 2 pixels and ends in 768 features.

    The one for ImageNet has no second batch norm: the published networks were trained without it.
    """
    pooling = nn.AvgPool2d(5, stride=3 if stem == "cifar" else 2, count_include_pad=False)
    second: list[nn.Module] = [nn.Conv2d(128, 768, 2, bias=False)]
    if stem == "cifar":
        second.append(nn.BatchNorm2d(768))
    return nn.Sequential(
        nn.ReLU(),
        pooling,
        nn.Conv2d(inputs, 128, 1, bias=False),
        nn.BatchNorm2d(128),
        nn.ReLU(),
        *second,
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(768, classes),
    )
