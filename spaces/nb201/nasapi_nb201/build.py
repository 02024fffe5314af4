"""Builds the network of a NAS-Bench-201 cell in torch: stem, three stages of cells, reductions, classifier."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import numpy as np
from torch import Tensor, nn

from nasapi import options as option
from nasapi.networks import Classes, Inputs, Side, Stem, require_side
from nasapi.space import Code
from nasapi_nb201.notations import EDGES, OPERATIONS
from nasapi_nb201.space import NB201

NONE, SKIP, CONV_1X1, CONV_3X3, POOL = range(len(OPERATIONS))
_NODES = 4


@option.checked
def build(
    code: Code,
    *,
    channels: Annotated[
        int, option.count(help="Channels of the first stage; the next two have 2 and 4 times as many.")
    ] = 16,
    cells: Annotated[int, option.count(help="Cells in each of the three stages.", most=1_000)] = 5,
    classes: Classes = 10,
    inputs: Inputs = 3,
    side: Side = 32,
    stem: Stem = "cifar",
    none: Annotated[
        str,
        option.choice(
            help="Whether a convolution of nothing is there, as published, or is zero, as in `canonical`.",
            among=("trained", "zero"),
        ),
    ] = "trained",
    reduction: Annotated[
        str,
        option.choice(
            help="A residual block as published, or its shortcut alone, which leaves more to the cells.",
            among=("residual", "light"),
        ),
    ] = "residual",
) -> nn.Module:
    """The network of one cell, untrained, in training mode: images (n, inputs, side, side) to logits (n, classes).

    Dong & Yang, NAS-Bench-201, ICLR 2020, section 2.1; the defaults are theirs. Any side works: a reduction halves it
    and rounds up, and its shortcut averages what pixels there are.

    `none` says what an edge without operation means. "trained" is the benchmark's network: `none` gives zeros, and a
    convolution of zeros gives its batch norm's shift, so that every convolution of the code is there and parameters
    equal the published count. "zero" is the meaning that `NB201.canonical` takes, and builds the cell of the canonical
    code: what is on no path from input to output is left out, and all codes of one network are one module. Weights are
    drawn from torch's global generator, as in any module.

    Raises InvalidArchitecture for a code outside the space, InvalidOption for an option outside its range.
    """
    require_side(side, stem)
    codes = _space().require(np.asarray(code)[None])
    genes = (_space().canonical(codes) if none == "zero" else codes)[0].tolist()
    return Network(
        genes,
        channels=channels,
        cells=cells,
        classes=classes,
        inputs=inputs,
        stem=stem,
        residual=reduction == "residual",
    )


@cache
def _space() -> NB201:
    return NB201()


class Network(nn.Module):
    """Stem, three stages of equal cells with a reduction before the second and third, classifier."""

    def __init__(
        self,
        genes: list[int],
        *,
        channels: int,
        cells: int,
        classes: int,
        inputs: int,
        stem: str,
        residual: bool,
    ):
        """Stack the cell of six `genes`."""
        super().__init__()
        self.stem = stem_of(stem, inputs, channels)
        stages: list[nn.Module] = []
        for stage in range(3):
            width = channels * 2**stage
            if stage:
                stages.append(Reduction(width // 2, width, residual))
            stages += [Cell(genes, width) for _ in range(cells)]
        self.stages = nn.Sequential(*stages)
        self.last = nn.Sequential(nn.BatchNorm2d(4 * channels), nn.ReLU())
        self.classifier = nn.Linear(4 * channels, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes)."""
        features: Tensor = self.last(self.stages(self.stem(images)))
        logits: Tensor = self.classifier(features.mean(dim=(2, 3)))
        return logits


class Cell(nn.Module):
    """Four nodes, each the sum of operations on the nodes before it."""

    def __init__(self, genes: list[int], channels: int, inputs: int | None = None):
        """Make the operations of the six edges; `none` needs no module. `inputs` channels, else as many, come in."""
        super().__init__()
        before = channels if inputs is None else inputs
        self.channels = channels
        self.edges = nn.ModuleDict(
            {
                f"{tail}>{head}": _operation(gene, channels if tail else before, channels)
                for gene, (tail, head) in zip(genes, EDGES, strict=True)
                if gene != NONE
            }
        )

    def forward(self, features: Tensor) -> Tensor:
        """The last node; zeros where no edge leads to a node."""
        nodes = [features]
        for head in range(1, _NODES):
            name = [f"{tail}>{head}" for tail in range(head)]
            terms = [self.edges[edge](nodes[tail]) for tail, edge in enumerate(name) if edge in self.edges]
            total = terms[0] if terms else features.new_zeros(features.shape[0], self.channels, *features.shape[2:])
            for term in terms[1:]:
                total = total + term
            nodes.append(total)
        return nodes[-1]


class Reduction(nn.Module):
    """The block that halves the side, rounded up, and widens: residual, or its shortcut alone."""

    def __init__(self, inputs: int, outputs: int, residual: bool = True):
        """From `inputs` to `outputs` channels."""
        super().__init__()
        self.block = (
            nn.Sequential(_convolution(inputs, outputs, 3, stride=2), _convolution(outputs, outputs, 3))
            if residual
            else None
        )
        # rounding up, as the convolution of stride 2 does; a window at the edge averages the pixels that are there
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, ceil_mode=True), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, features: Tensor) -> Tensor:
        """The block's output added to the pooled input."""
        pooled: Tensor = self.shortcut(features)
        return pooled if self.block is None else self.block(features) + pooled


def stem_of(stem: str, inputs: int, channels: int) -> nn.Sequential:
    """The layers from images to the first cell: one 3x3 convolution, or two of stride 2 that quarter the side."""
    if stem == "cifar":
        return nn.Sequential(nn.Conv2d(inputs, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))
    half = max(channels // 2, 1)
    return nn.Sequential(
        nn.Conv2d(inputs, half, 3, 2, padding=1, bias=False),
        nn.BatchNorm2d(half),
        nn.ReLU(),
        nn.Conv2d(half, channels, 3, 2, padding=1, bias=False),
        nn.BatchNorm2d(channels),
    )


def _operation(gene: int, inputs: int, outputs: int) -> nn.Module:
    if gene == SKIP and inputs == outputs:
        return nn.Identity()
    if gene == SKIP:
        return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
    if gene == POOL:
        pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        return pool if inputs == outputs else nn.Sequential(_convolution(inputs, outputs, 1), pool)
    return _convolution(inputs, outputs, {CONV_1X1: 1, CONV_3X3: 3}[gene])


def _convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Module:
    """ReLU, convolution without bias, batch norm."""
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )
