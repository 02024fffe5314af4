"""Builds the network of a NAS-Bench-101 cell in torch: stem, three stacks of modules, classifier."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from torch import Tensor, nn

from nasapi import options as option
from nasapi.networks import Classes, Inputs, Side, Stem, require_side
from nasapi.space import Code
from nasapi_nb101.cells import split
from nasapi_nb101.parameters import MODULES, STACKS, STEM, vertex_channels
from nasapi_nb101.space import NB101

_EVERY_EDGE = 21


@option.checked
def build(
    code: Code,
    *,
    channels: Annotated[
        int, option.count(help="Channels of the first stack; the next two have 2 and 4 times as many.", least=5)
    ] = STEM,
    cells: Annotated[
        int, option.count(help="Modules in each of the three stacks, all of the one cell.", most=1_000)
    ] = MODULES,
    classes: Classes = 10,
    inputs: Inputs = 3,
    side: Side = 32,
    stem: Stem = "cifar",
) -> nn.Module:
    """The network of one cell, untrained, in training mode: images (n, inputs, side, side) to logits (n, classes).

    Ying et al., NAS-Bench-101, ICML 2019, section 2; the defaults are theirs. The cell is built in its canonical form,
    without dead vertices: where channels do not divide among the output's sources, the order of the vertices says which
    gets one more, and the published networks had that order. Any side works: a pooling halves it and rounds up. Weights
    are drawn from torch's global generator, as in any module.

    Raises InvalidArchitecture for a code outside the space, InvalidOption for an option outside its range.
    """
    require_side(side, stem)
    genes = np.asarray(code)
    vertices = next((v for v in range(2, 8) if v * (v - 1) // 2 + v - 2 == genes.size), 7)
    space = NB101(vertices, _EVERY_EDGE)  # a space of its own says whether there are too many
    codes = space.canonical(space.require(genes[None]))
    adjacency, operations = split(codes, vertices)
    return Network(
        adjacency[0],
        operations[0].tolist(),
        channels=channels,
        cells=cells,
        classes=classes,
        inputs=inputs,
        stem=stem,
    )


class Network(nn.Module):
    """Stem, three stacks of equal modules with a pooling before the second and third, classifier."""

    def __init__(
        self,
        adjacency: np.ndarray,
        operations: list[int],
        *,
        channels: int,
        cells: int,
        classes: int,
        inputs: int,
        stem: str,
    ):
        """Stack the pruned cell of an adjacency matrix (v, v) and the operations of its inner vertices."""
        super().__init__()
        self.stem = _stem(stem, inputs, channels)
        layers: list[nn.Module] = []
        before = channels
        for stack in range(STACKS):
            width = channels << stack
            if stack:
                layers.append(nn.MaxPool2d(2, ceil_mode=True))
            for _ in range(cells):
                layers.append(Module(adjacency, operations, before, width))
                before = width
        self.stacks = nn.Sequential(*layers)
        self.classifier = nn.Linear(before, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes)."""
        features: Tensor = self.stacks(self.stem(images))
        logits: Tensor = self.classifier(features.mean(dim=(2, 3)))
        return logits


class Module(nn.Module):
    """The cell: a vertex applies its operation to the sum of its inputs; the output concatenates what feeds it."""

    def __init__(self, adjacency: np.ndarray, operations: list[int], inputs: int, outputs: int):
        """From `inputs` to `outputs` channels."""
        super().__init__()
        widths = vertex_channels(adjacency[None], outputs)[0].tolist()
        self.last = len(adjacency) - 1
        self.sources = {
            vertex: [source for source in range(1, vertex) if adjacency[source, vertex]]
            for vertex in range(1, self.last + 1)
            if adjacency[:, vertex].any()
        }
        self.projections = nn.ModuleDict(
            {
                str(vertex): _convolution(inputs, outputs if vertex == self.last else widths[vertex - 1], 1)
                for vertex in self.sources
                if adjacency[0, vertex]
            }
        )
        self.widths = {vertex: widths[vertex - 1] for vertex in self.sources if vertex != self.last}
        self.operations = nn.ModuleDict(
            {str(vertex): _operation(operations[vertex - 1], width) for vertex, width in self.widths.items()}
        )

    def forward(self, features: Tensor) -> Tensor:
        """The concatenated vertices that feed the output, plus the projected input where an edge leads there."""
        made: dict[int, Tensor] = {}
        for vertex, width in self.widths.items():
            terms = [made[source][:, :width] for source in self.sources[vertex]]  # the first channels of a wider one
            if str(vertex) in self.projections:
                terms.append(self.projections[str(vertex)](features))
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            made[vertex] = self.operations[str(vertex)](total)
        feeding = [made[source] for source in self.sources[self.last]]
        last = str(self.last)
        through: Tensor | None = self.projections[last](features) if last in self.projections else None
        if not feeding:
            assert through is not None
            return through
        joined = torch.cat(feeding, dim=1)
        return joined if through is None else joined + through


def _stem(stem: str, inputs: int, channels: int) -> nn.Sequential:
    """One 3x3 convolution, or two of stride 2 that quarter the side."""
    if stem == "cifar":
        return _convolution(inputs, channels, 3)
    half = max(channels // 2, 1)
    return nn.Sequential(_convolution(inputs, half, 3, stride=2), _convolution(half, channels, 3, stride=2))


def _operation(operation: int, channels: int) -> nn.Module:
    if operation == 2:
        return nn.MaxPool2d(3, stride=1, padding=1)
    return _convolution(channels, channels, (3, 1)[operation])


def _convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Convolution without bias, batch norm with the published epsilon and momentum, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-5, momentum=0.003),  # tensorflow's momentum 0.997
        nn.ReLU(),
    )
