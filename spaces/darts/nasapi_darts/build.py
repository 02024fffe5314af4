"""Builds the networks of DARTS in torch: the skeletons for CIFAR and for ImageNet, with what their training adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi.space import Code
from nasapi_darts.genotype import cells_of
from nasapi_darts.layers import FactorizedReduction, auxiliary_head, drop_path, operation, pointwise
from nasapi_darts.skeletons import SKELETONS
from nasapi_darts.space import DARTS

Edges = list[list[tuple[str, int]]]
"""A cell: for each intermediate node the operation and the input of its two edges."""


@option.checked
def build(
    code: Code,
    *,
    channels: Annotated[
        int | None,
        option.count(None, help="Channels of the first cells' nodes; 36 and 48 as published."),
    ] = None,
    cells: Annotated[int | None, option.count(None, help="Cells in all; 20 and 14 as published.", most=1_000)] = None,
    classes: Annotated[
        int | None, option.count(None, help="Outputs of the classifier; 10 and 1000 as published.")
    ] = None,
    inputs: Annotated[int, option.count(help="Channels of the images.")] = 3,
    side: Annotated[
        int | None, option.count(None, help="Height and width of images; 32 and 224 as published.", least=4)
    ] = None,
    stem: Annotated[
        str,
        option.choice(
            help="The skeleton: CIFAR's begins with one 3x3 convolution, ImageNet's with three of stride 2.",
            among=("cifar", "imagenet"),
        ),
    ] = "cifar",
    auxiliary: Annotated[
        bool, option.flag(help="Whether there is a second classifier at two thirds, whose logits training mode adds.")
    ] = False,
    drop_path: Annotated[
        float, option.number(help="The share of images for which training mode drops an edge.", least=0, below=1)
    ] = 0.0,
) -> nn.Module:
    """The network of two cells, untrained, in training mode: images (n, inputs, side, side) to logits (n, classes).

    Liu, Simonyan & Yang, DARTS, ICLR 2019, section 3.3 and appendix A.2; the defaults are theirs. Reduction cells stand
    at one and two thirds of the depth. Poolings have no batch norm, as in the published code's final networks. Any side
    works, from 4 and, for ImageNet, 32: a reduction halves it and rounds up. The network's `drop_path` may be changed
    as training goes on; the published recipe raises it from 0 to 0.2.

    With `auxiliary`, training mode gives a pair of logits; the head takes images of 29 to 40 pixels a side, for
    ImageNet 193 to 256. Weights are drawn from torch's global generator, as in any module. Raises InvalidArchitecture
    for a code outside the space, InvalidOption for an option outside its range.
    """
    skeleton = SKELETONS[stem]
    side = skeleton.side if side is None else side
    if side < skeleton.least_side:
        raise InvalidOption(f"`side` is a whole number from {skeleton.least_side} with the stem {stem!r}, not {side}.")
    low, high = skeleton.auxiliary_sides
    if auxiliary and not low <= side <= high:
        raise InvalidOption(f"The auxiliary head of {stem!r} takes a `side` from {low} to {high}, not {side}.")
    if auxiliary and (cells or skeleton.cells) < 2:
        raise InvalidOption(
            f"The auxiliary head stands behind a second reduction; `cells` is from 2 with it, not {cells}."
        )
    genes = np.asarray(code)
    nodes = next((n for n in range(1, 5) if 2 * (3 * n - 1) == genes.size), 4)
    normal, reduction = cells_of(DARTS(nodes).require(genes[None])[0], nodes)
    return Network(
        normal,
        reduction,
        channels=channels or skeleton.channels,
        cells=cells or skeleton.cells,
        classes=classes or skeleton.classes,
        images=(inputs, side),
        stem=stem,
        auxiliary=auxiliary,
        drop_path=drop_path,
    )


def settled(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with the skeleton's values in the place of None."""
    known = SKELETONS.get(arguments["stem"])
    return {name: getattr(known, name, None) if value is None else value for name, value in arguments.items()}


class Network(nn.Module):
    """Stem, normal cells with reduction cells at one and two thirds, classifier, and perhaps an auxiliary one."""

    def __init__(
        self,
        normal: Edges,
        reduction: Edges,
        *,
        channels: int,
        cells: int,
        classes: int,
        images: tuple[int, int],
        stem: str,
        auxiliary: bool,
        drop_path: float,
    ):
        """Stack `cells` cells; `images` are their channels and their side."""
        super().__init__()
        self.images, self.drop_path = images, drop_path
        self.stems = _stems(stem, images[0], channels)
        before_last = last = 3 * channels if stem == "cifar" else channels
        reduced = stem == "imagenet"
        reductions = {cells // 3, 2 * cells // 3}
        self.cells = nn.ModuleList()
        self.auxiliary: nn.Module | None = None
        self.branch = 2 * cells // 3
        for place in range(cells):
            reduces = place in reductions
            channels *= 2 if reduces else 1
            self.cells.append(Cell(reduction if reduces else normal, before_last, last, channels, reduces, reduced))
            before_last, last, reduced = last, len(normal) * channels, reduces
            if auxiliary and place == self.branch:
                self.auxiliary = auxiliary_head(last, classes, stem)
        self.classifier = nn.Linear(last, classes)

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Logits (n, classes); in training mode, where there is an auxiliary head, its logits beside them."""
        first = self.stems[0](images)
        second = self.stems[1](first) if len(self.stems) > 1 else first
        beside: Tensor | None = None
        for place, cell in enumerate(self.cells):
            first, second = second, cell(first, second, self.drop_path if self.training else 0.0)
            if self.auxiliary is not None and self.training and place == self.branch:
                beside = self.auxiliary(second)
        logits: Tensor = self.classifier(second.mean(dim=(2, 3)))
        return logits if beside is None else (logits, beside)

    def example(self, n: int) -> tuple[Tensor, ...]:
        """Images (n, inputs, side, side), always the same."""
        inputs, side = self.images
        return (torch.rand(n, inputs, side, side, generator=torch.Generator().manual_seed(0)),)


class Cell(nn.Module):
    """Two inputs brought to one width, nodes that add two edges each, and their concatenation."""

    def __init__(self, nodes: Edges, before_last: int, last: int, channels: int, reduces: bool, reduced: bool):
        """A cell after one that `reduced`, whose own edges from the inputs have stride 2 where it `reduces`."""
        super().__init__()
        self.first = FactorizedReduction(before_last, channels) if reduced else pointwise(before_last, channels)
        self.second = pointwise(last, channels)
        self.sources = [[source for _, source in node] for node in nodes]
        self.edges = nn.ModuleList(
            nn.ModuleList(operation(name, channels, 2 if reduces and source < 2 else 1) for name, source in node)
            for node in nodes
        )

    def forward(self, before_last: Tensor, last: Tensor, dropped: float) -> Tensor:
        """The nodes side by side, after `dropped` of the paths through edges were dropped, which no identity is."""
        states = [self.first(before_last), self.second(last)]
        for sources, edges in zip(self.sources, self.edges, strict=True):
            terms = []
            for source, edge in zip(sources, cast(nn.ModuleList, edges), strict=True):
                term = edge(states[source])
                terms.append(drop_path(term, dropped) if dropped and not isinstance(edge, nn.Identity) else term)
            states.append(terms[0] + terms[1])
        return torch.cat(states[2:], dim=1)


def _stems(stem: str, inputs: int, channels: int) -> nn.ModuleList:
    """The layers to the inputs of the first cell: one for both, or one for each, the second from the first's."""
    if stem == "cifar":
        width = 3 * channels
        return nn.ModuleList([nn.Sequential(nn.Conv2d(inputs, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))])
    half = max(channels // 2, 1)
    first = nn.Sequential(*_strided(inputs, half), nn.ReLU(), *_strided(half, channels))
    return nn.ModuleList([first, nn.Sequential(nn.ReLU(), *_strided(channels, channels))])


def _strided(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, 2, padding=1, bias=False), nn.BatchNorm2d(outputs)]
