"""Builds a network of NATS-Bench's size space in torch: the published cell with the widths of a code."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from nasapi_nb201.build import CONV_3X3, SKIP, Cell, Reduction, stem_of
from torch import Tensor, nn

from nasapi import options as option
from nasapi.networks import Classes, Inputs, Side, Stem, require_side
from nasapi.space import Code
from nasapi_natssize.space import NATSSize

CELL = (CONV_3X3, CONV_3X3, CONV_3X3, SKIP, CONV_3X3, CONV_3X3)
"""The cell of all networks: 3x3 convolutions on every edge but the one from its input to its output, a skip."""


@option.checked
def build(
    code: Code,
    *,
    cells: Annotated[
        int, option.count(help="Cells in each of the three stages; the first changes the width.", most=1_000)
    ] = 1,
    classes: Classes = 10,
    inputs: Inputs = 3,
    side: Side = 32,
    stem: Stem = "cifar",
) -> nn.Module:
    """The network of five widths, untrained, in training mode: images (n, inputs, side, side) to logits (n, classes).

    Dong et al., NATS-Bench, TPAMI 2021, section 3.2; the defaults are theirs. Where a cell changes the width, its skip
    is a 1x1 convolution with batch norm. Any side works: a reduction halves it and rounds up. Weights are drawn from
    torch's global generator, as in any module.

    Raises InvalidArchitecture for a code outside the space, InvalidOption for an option outside its range.
    """
    require_side(side, stem)
    space = NATSSize()
    widths = space.widths(space.require(np.asarray(code)[None]))[0].tolist()
    return Network(widths, cells=cells, classes=classes, inputs=inputs, stem=stem)


class Network(nn.Module):
    """Stem, three stages of cells with a residual reduction before the second and third, classifier."""

    def __init__(self, widths: list[int], *, cells: int, classes: int, inputs: int, stem: str):
        """Stack the cell in five `widths`: first stage, reduction, second stage, reduction, third stage."""
        super().__init__()
        self.stem = stem_of(stem, inputs, widths[0])
        stages: list[nn.Module] = []
        before = widths[0]
        for layer, width in enumerate(widths):
            if layer % 2:
                stages.append(Reduction(before, width))
            else:
                stages.append(Cell(list(CELL), width, before))
                stages += [Cell(list(CELL), width) for _ in range(cells - 1)]
            before = width
        self.stages = nn.Sequential(*stages)
        self.last = nn.Sequential(nn.BatchNorm2d(before), nn.ReLU())
        self.classifier = nn.Linear(before, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes)."""
        features: Tensor = self.last(self.stages(self.stem(images)))
        logits: Tensor = self.classifier(features.mean(dim=(2, 3)))
        return logits
