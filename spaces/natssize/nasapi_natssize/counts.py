"""Parameters and multiply-additions of the networks, by counting their layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@frozen
class NetworkCounts:
    """The networks of the size space (NATS-Bench, section 3.2): stem, three cells, reductions between, classifier.

    A convolution has no bias and is followed by a batch norm with a scale and a shift for each channel, except the
    1x1 convolution on the shortcut of a reduction. A cell has 3x3 convolutions on five of its six edges and a skip from
    its input to its output, which is a 1x1 convolution with batch norm where the widths differ.
    """

    classes: int = field()
    side: int = field()
    """Height and width of the images in pixels."""
    cells: int = field(default=1)
    """Cells in each of the three stages."""
    inputs: int = field(default=3)

    def params(self, widths: Numbers) -> NDArray[np.float64]:
        """(n,): trainable numbers of networks with (n, 5) widths."""
        total = 2 * widths[:, -1] + (widths[:, -1] + 1) * self.classes  # the last batch norm, and the classifier
        for weights, normed, _ in self._convolutions(widths):
            total = total + weights + 2 * normed
        return np.asarray(total, np.float64)

    def multiply_additions(self, widths: Numbers) -> NDArray[np.float64]:
        """(n,): multiply-additions of one image in convolutions and classifier, as `nasapi.networks.count` has them.

        Batch norms, poolings, sums and biases are not counted.
        """
        total = widths[:, -1] * self.classes
        for weights, _, pixels in self._convolutions(widths):
            total = total + weights * pixels
        return np.asarray(total, np.float64)

    def benchmark_flops(self, widths: Numbers) -> NDArray[np.float64]:
        """(n,): what the benchmark calls FLOPs in its topology space: the classifier's biases are counted."""
        return self.multiply_additions(widths) + self.classes

    def _convolutions(self, widths: Numbers) -> Iterator[tuple[Numbers, Numbers, int]]:
        """The convolutions in groups: weights, channels of their batch norms, pixels of what they give."""
        stem, first, second, third, fourth = widths.T
        whole, quarter, sixteenth = ((-(-self.side // 2**stage)) ** 2 for stage in range(3))  # a side rounds up
        yield 9 * self.inputs * stem, stem, whole
        for before, after, pixels in ((stem, stem, whole), (first, second, quarter), (third, fourth, sixteenth)):
            yield (self.cells - 1) * 5 * 9 * after * after, (self.cells - 1) * 5 * after, pixels
            yield 2 * 9 * before * after, 2 * after, pixels
            yield 3 * 9 * after * after, 3 * after, pixels
            differ = (before != after).astype(np.int64)
            yield differ * before * after, differ * after, pixels
        for before, after, pixels in ((stem, first, quarter), (second, third, sixteenth)):
            yield 9 * before * after + 9 * after * after, 2 * after, pixels
            yield before * after, 0 * after, pixels


NETWORKS = {
    "cifar10": NetworkCounts(classes=10, side=32),
    "cifar100": NetworkCounts(classes=100, side=32),
    "imagenet16-120": NetworkCounts(classes=120, side=16),
}
"""The network of each data set."""
