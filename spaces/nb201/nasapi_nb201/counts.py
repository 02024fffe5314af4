"""Parameters and multiply-additions of the network that stacks a cell, by counting its layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.space import Codes

_KERNELS = {2: 1, 3: 3}  # operations with weights, by gene value: side of the kernel
_STAGES = 3


@frozen
class NetworkCounts:
    """The networks of NAS-Bench-201 (section 2.1): stem, three stages of cells, reductions between, classifier.

    A convolution has no bias and is followed by a batch norm with a scale and a shift for each channel; the shortcut of
    a reduction is an average pooling and a 1x1 convolution without batch norm. Every convolution of a code is counted;
    for networks in which `none` is zero give canonical codes. Fields are arguments of `nasapi_nb201.build`.
    """

    classes: int = field()
    side: int = field()
    """Height and width of the images in pixels."""
    channels: int = field(default=16)
    cells: int = field(default=5)
    inputs: int = field(default=3)
    reduction: str = field(default="residual")

    def params(self, codes: Codes) -> NDArray[np.float64]:
        """(n,): trainable numbers."""
        total = np.full(len(codes), self._fixed_params, np.float64)
        for op, kernel in _KERNELS.items():
            total += _places(codes, op) * sum(self.cells * (_convolution(c, c, kernel) + 2 * c) for c in self._widths)
        return total

    def cell_params(self, codes: Codes) -> NDArray[np.float64]:
        """(n,): trainable numbers of one cell of the first stage, its batch norms included."""
        c = self.channels
        counted = [_places(codes, op) * (_convolution(c, c, kernel) + 2 * c) for op, kernel in _KERNELS.items()]
        return np.asarray(np.sum(counted, axis=0), np.float64)

    def multiply_additions(self, codes: Codes) -> NDArray[np.float64]:
        """(n,): multiply-additions of one image in convolutions and classifier, as `nasapi.networks.count` has them.

        Batch norms, poolings, sums and biases are not counted.
        """
        total = np.full(len(codes), self._fixed_additions, np.float64)
        for op, kernel in _KERNELS.items():
            cells = sum(
                self.cells * _convolution(c, c, kernel) * self._pixels(stage) for stage, c in enumerate(self._widths)
            )
            total += _places(codes, op) * cells
        return total

    def benchmark_flops(self, codes: Codes) -> NDArray[np.float64]:
        """(n,): what the benchmark publishes as FLOPs: the multiply-additions and the classifier's biases."""
        return self.multiply_additions(codes) + self.classes

    @property
    def _widths(self) -> tuple[int, ...]:
        """The channels of the stages."""
        return tuple(self.channels << stage for stage in range(_STAGES))

    @property
    def _fixed_params(self) -> int:
        """All but the cells: stem, reductions, last batch norm, classifier."""
        stem = _convolution(self.inputs, self.channels, 3) + 2 * self.channels
        normed = 8 if self.reduction == "residual" else 0  # two batch norms of twice the channels
        reductions = sum(self._reduction(c) + normed * c for c in self._widths[:-1])
        return stem + reductions + 2 * self._widths[-1] + (self._widths[-1] + 1) * self.classes

    @property
    def _fixed_additions(self) -> int:
        stem = _convolution(self.inputs, self.channels, 3) * self._pixels(0)
        reductions = sum(self._reduction(c) * self._pixels(stage) for stage, c in enumerate(self._widths[:-1], 1))
        return stem + reductions + self._widths[-1] * self.classes

    def _reduction(self, channels: int) -> int:
        """Weights of the block that doubles the channels: a residual block, or its shortcut alone."""
        double = 2 * channels
        shortcut = _convolution(channels, double, 1)
        if self.reduction == "light":
            return shortcut
        return _convolution(channels, double, 3) + _convolution(double, double, 3) + shortcut

    def _pixels(self, stage: int) -> int:
        """The area of the images in a stage: a reduction halves the side, rounded up."""
        side: int = -(-self.side // 2**stage)
        return side * side


NETWORKS = {
    "cifar10": NetworkCounts(classes=10, side=32),
    "cifar100": NetworkCounts(classes=100, side=32),
    "imagenet16-120": NetworkCounts(classes=120, side=16),
}
"""The network of each data set."""


def _convolution(inputs: int, outputs: int, kernel: int) -> int:
    """Weights of a convolution, which are also its multiply-additions a pixel."""
    return inputs * outputs * kernel**2


def _places(codes: Codes, op: int) -> NDArray[np.integer[Any]]:
    """(n,): on how many edges an operation is."""
    return np.asarray((codes == op).sum(axis=1))
