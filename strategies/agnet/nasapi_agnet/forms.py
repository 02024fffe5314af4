"""How the generator writes architectures: every space as graphs of L nodes with K labels, and back into codes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Literal

import numpy as np
from attrs import frozen
from nasapi_toolkit.unseen import Unseen
from numpy.typing import NDArray

from nasapi.budget import Budget
from nasapi.graphs import Graphs
from nasapi.space import Codes, SearchSpace

OUTPUT, INPUT = 0, 1
"""The first two labels of every space; a cell of fewer than L nodes is padded with outputs."""
LABELS: Mapping[str, tuple[str, ...]] = {
    "nb101": ("output", "input", "conv1x1-bn-relu", "conv3x3-bn-relu", "maxpool3x3"),
    "nb201": ("output", "input", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3", "skip_connect", "none"),
}
"""The order of the labels in the authors' code; any other space's are its output, its input, and its operations."""


@frozen(eq=False)
class LabelledGraphs:
    """A batch of graphs as the generator learns and draws them."""

    labels: NDArray[np.int64]
    """(n, L): the label of each node; node 0 is an input, and what follows the first output is padding."""
    edges: NDArray[np.bool_]
    """(n, L (L - 1) / 2): which edges there are, by target and then by source."""

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice | NDArray[np.int64] | NDArray[np.bool_]) -> LabelledGraphs:
        return LabelledGraphs(self.labels[rows], self.edges[rows])

    @property
    def adjacency(self) -> NDArray[np.bool_]:
        """(n, L, L): the edges as matrices, with nothing where either end is padding."""
        n, nodes = self.labels.shape
        targets, sources = np.tril_indices(nodes, -1)
        kept = self.kept
        matrix = np.zeros((n, nodes, nodes), np.bool_)
        matrix[:, sources, targets] = self.edges & kept[:, sources] & kept[:, targets]
        return matrix

    @property
    def kept(self) -> NDArray[np.bool_]:
        """(n, L): the nodes up to the first output; the last node counts as one."""
        ends = self.labels == OUTPUT
        ends[:, 0], ends[:, -1] = False, True
        within: NDArray[np.bool_] = np.arange(self.labels.shape[1]) <= ends.argmax(axis=1)[:, None]
        return within


def slots(adjacency: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n, L (L - 1) / 2): the possible edges of (n, L, L) matrices, by target and then by source."""
    targets, sources = np.tril_indices(adjacency.shape[1], -1)
    return adjacency[:, sources, targets]


class Form(ABC):
    """The graphs by which the generator knows a space's architectures."""

    space: SearchSpace
    nodes: int
    """L."""
    names: tuple[str, ...]
    """The labels, the output and the input first."""
    layers: int = 2
    """Rounds of messages a step."""
    inputs: int = 1
    """How many nodes are inputs of the cell; the edges between them are given."""
    distinct: Literal["code", "network"] = "code"
    """What the authors' code draws at most once: a code, or a network whatever its code."""

    @property
    def labels(self) -> int:
        """K."""
        return len(self.names)

    @property
    def width(self) -> int:
        """How many scores the generator gives: L K + L (L - 1) / 2."""
        return self.nodes * self.labels + self.nodes * (self.nodes - 1) // 2

    @abstractmethod
    def write(self, codes: Codes) -> LabelledGraphs:
        """The graphs of codes that `fits` takes, what the generator learns."""

    @abstractmethod
    def read(self, graphs: LabelledGraphs, logits: NDArray[np.float32]) -> Codes:
        """(n, d): the codes of drawn graphs, -1 where one is no architecture.

        `logits` (n, E) are those that the edges were drawn with.
        """

    def draw(self, unseen: Unseen, n: int, rng: np.random.Generator) -> Codes:
        """(m, d): uniform draws of what was not asked for before; fewer where there is no more."""
        return unseen.draw(n, rng)

    def advance(self, ranked: Codes, budget: Budget) -> None:  # noqa: B027 - most forms have nothing to do
        """Take the observations, the best first, before a round."""

    def fits(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): which architectures the generator's graphs are large enough for."""
        return np.ones(len(codes), np.bool_)


class PlainForm(Form):
    """The graphs of a space with one input and one output, as they are, padding labelled as outputs.

    NAS-Bench-201: eight nodes of seven labels, `none` among them, with links that never change and are drawn all the
    same. NAS-Bench-101: the cell without its dead vertices, up to seven nodes of five labels.
    """

    def __init__(self, space: SearchSpace):
        """The form of `space`, whose graphs have the input first."""
        self.space = space
        self.names = LABELS.get(space.family, (*space.outputs, *space.inputs, *_rest(space)))
        self._order = np.array([space.operations.index(name) for name in self.names])
        self._label = np.argsort(self._order)
        self.nodes = int(space.graphs(space.sample(1, np.random.default_rng(0))).ops.shape[1])
        if space.family == "nb101":
            self.distinct = "network"

    def write(self, codes: Codes) -> LabelledGraphs:
        """The graphs of `space.graphs`."""
        graphs = self.space.graphs(codes)
        return LabelledGraphs(np.where(graphs.mask, self._label[graphs.ops], OUTPUT), slots(graphs.adjacency))

    def read(self, graphs: LabelledGraphs, logits: NDArray[np.float32]) -> Codes:
        """The codes of `space.from_graphs`."""
        labels = graphs.labels.copy()
        labels[:, 0], labels[:, -1] = INPUT, OUTPUT
        ops = np.where(graphs.kept, self._order[labels], -1)
        return self.space.from_graphs(Graphs(ops, graphs.adjacency, self.space.operations))


def _rest(space: SearchSpace) -> tuple[str, ...]:
    return tuple(name for name in space.operations if name not in (*space.inputs, *space.outputs))
