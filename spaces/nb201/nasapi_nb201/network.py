"""Builds the network of a NAS-Bench-201 cell in torch: stem, three stages of five cells, reductions, classifier."""

from __future__ import annotations

from numbers import Integral
from typing import Literal

import torch
from torch import Tensor, nn

from nasapi.errors import InvalidOption
from nasapi.space import Code
from nasapi_nb201.notations import EDGES, OPERATIONS
from nasapi_nb201.space import NB201

NONE, SKIP, CONV_1X1, CONV_3X3, POOL = range(len(OPERATIONS))
_NODES = 4


def build(
    code: Code,
    *,
    classes: int = 10,
    channels: int = 16,
    cells: int = 5,
    none: Literal["trained", "zero"] = "trained",
) -> nn.Module:
    """The network of one cell, untrained, in training mode: images (n, 3, side, side) to logits (n, classes).

    Dong & Yang, NAS-Bench-201, ICLR 2020, section 2.1: `cells` cells a stage, with `channels`, twice and four times as
    many channels; its own are 5 and 16. Any even side from 4 pixels goes.

    `none` says what an edge without operation means. "trained" is the benchmark's network: `none` gives zeros, and a
    convolution of zeros gives its batch norm's shift, so that every convolution of the code is there and parameters
    equal the published count. "zero" is the meaning that `NB201.canonical` takes: edges from a node that nothing
    reaches, and edges to one from which nothing goes on, are left out. Raises InvalidArchitecture for a code outside
    the space, InvalidOption for an option outside its range. Weights are drawn from torch's global generator, as in any
    module.
    """
    for name, value in {"classes": classes, "channels": channels, "cells": cells}.items():
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
            raise InvalidOption(f"`{name}` is a whole number from 1, not {value!r}.")
    if none not in ("trained", "zero"):
        raise InvalidOption(f"`none` is 'trained' or 'zero', not {none!r}.")
    genes = NB201().require([list(code)])[0].tolist()
    return Network(_alive(genes) if none == "zero" else genes, classes, channels, cells)


class Network(nn.Module):
    """Stem, three stages of equal cells with a residual reduction before the second and third, classifier."""

    def __init__(self, genes: list[int], classes: int, channels: int, cells: int):
        """Stack the cell of six `genes`."""
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        stages: list[nn.Module] = []
        for stage in range(3):
            width = channels * 2**stage
            if stage:
                stages.append(Reduction(width // 2))
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

    def __init__(self, genes: list[int], channels: int):
        """Make the operations of the six edges; `none` needs no module."""
        super().__init__()
        self.edges = nn.ModuleDict(
            {
                f"{tail}>{head}": _operation(gene, channels)
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
            total = terms[0] if terms else torch.zeros_like(features)
            for term in terms[1:]:
                total = total + term
            nodes.append(total)
        return nodes[-1]


class Reduction(nn.Module):
    """The residual block that halves the images and doubles the channels."""

    def __init__(self, channels: int):
        """From `channels` to twice as many."""
        super().__init__()
        self.block = nn.Sequential(
            _convolution(channels, 2 * channels, 3, stride=2),
            _convolution(2 * channels, 2 * channels, 3),
        )
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(channels, 2 * channels, 1, bias=False))

    def forward(self, features: Tensor) -> Tensor:
        """The block's output added to the pooled input."""
        total: Tensor = self.block(features) + self.shortcut(features)
        return total


def _operation(gene: int, channels: int) -> nn.Module:
    if gene == SKIP:
        return nn.Identity()
    if gene == POOL:
        return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return _convolution(channels, channels, {CONV_1X1: 1, CONV_3X3: 3}[gene])


def _convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Module:
    """ReLU, convolution without bias, batch norm."""
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


def _alive(genes: list[int]) -> list[int]:
    """The genes with every edge that is on no path from input to output made `none`."""
    edges = [edge for edge, gene in zip(EDGES, genes, strict=True) if gene != NONE]
    reached, needed = {0}, {_NODES - 1}
    for tail, head in sorted(edges, key=lambda edge: edge[1]):
        if tail in reached:
            reached.add(head)
    for tail, head in sorted(edges, reverse=True):
        if head in needed:
            needed.add(tail)
    alive = [tail in reached and head in needed for tail, head in EDGES]
    return [gene if keep else NONE for gene, keep in zip(genes, alive, strict=True)]
