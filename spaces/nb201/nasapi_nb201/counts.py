"""Parameters and FLOPs of the network that stacks a cell, by counting its layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.space import Codes

_KERNELS = {2: 1, 3: 3}  # operations with weights, by gene value: side of the kernel
_WIDTHS = (16, 32, 64)  # channels of the three stages
_CELLS = 5  # cells a stage


@frozen
class Network:
    """The networks of NAS-Bench-201 (section 2.1): stem, three stages of five cells, reductions between, classifier.

    A convolution has no bias and is followed by a batch norm with a scale and a shift for each channel; the shortcut of
    a reduction is an average pooling and a 1x1 convolution without batch norm.
    """

    classes: int = field()
    side: int = field()
    """Height and width of the images in pixels."""

    def params(self, codes: Codes) -> NDArray[np.float64]:
        """(n,): trainable numbers."""
        total = np.full(len(codes), self._fixed_params, np.float64)
        for op, kernel in _KERNELS.items():
            total += _places(codes, op) * sum(_CELLS * _convolution(c, c, kernel) + _CELLS * 2 * c for c in _WIDTHS)
        return total

    def flops(self, codes: Codes) -> NDArray[np.float64]:
        """(n,): multiply-additions of one image in convolutions and the classifier, its bias included.

        That is what the benchmark calls FLOPs; batch norms, poolings and sums are not counted.
        """
        total = np.full(len(codes), self._fixed_flops, np.float64)
        for op, kernel in _KERNELS.items():
            cells = sum(_CELLS * _convolution(c, c, kernel) * self._pixels(c) for c in _WIDTHS)
            total += _places(codes, op) * cells
        return total

    @property
    def _fixed_params(self) -> int:
        """All but the cells: stem, reductions, last batch norm, classifier."""
        stem = _convolution(3, _WIDTHS[0], 3) + 2 * _WIDTHS[0]
        reductions = sum(_reduction(c) + 4 * 2 * c for c in _WIDTHS[:-1])  # two batch norms of 2c channels
        return stem + reductions + 2 * _WIDTHS[-1] + self._classifier

    @property
    def _fixed_flops(self) -> int:
        stem = _convolution(3, _WIDTHS[0], 3) * self._pixels(_WIDTHS[0])
        reductions = sum(_reduction(c) * self._pixels(2 * c) for c in _WIDTHS[:-1])
        return stem + reductions + self._classifier

    @property
    def _classifier(self) -> int:
        return (_WIDTHS[-1] + 1) * self.classes

    def _pixels(self, channels: int) -> int:
        """The area of the images in the stage with so many channels: a reduction halves the side."""
        return (self.side * _WIDTHS[0] // channels) ** 2


NETWORKS = {
    "cifar10": Network(classes=10, side=32),
    "cifar100": Network(classes=100, side=32),
    "imagenet16-120": Network(classes=120, side=16),
}
"""The network of each data set."""


def _convolution(inputs: int, outputs: int, kernel: int) -> int:
    """Weights of a convolution, which are also its multiply-additions a pixel."""
    return inputs * outputs * kernel**2


def _reduction(channels: int) -> int:
    """Weights of the residual block that doubles the channels."""
    double = 2 * channels
    return _convolution(channels, double, 3) + _convolution(double, double, 3) + _convolution(channels, double, 1)


def _places(codes: Codes, op: int) -> NDArray[np.integer[Any]]:
    """(n,): on how many edges an operation is."""
    return np.asarray((codes == op).sum(axis=1))
