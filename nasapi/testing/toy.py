"""The toy space: 22 cells of three edges with a table made by formula; the template of a plugin and the kit's proof."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.errors import InvalidArchitecture, near
from nasapi.fidelity import Fidelity
from nasapi.graphs import Graphs
from nasapi.metric import Metric
from nasapi.problem import Problem
from nasapi.reference import Anchor, Reference
from nasapi.space import Code, Codes, SearchSpace
from nasapi.tables.objective import TableObjective
from nasapi.words import quoted

NONE, SKIP, CONV = range(3)
_LINKS = np.zeros((5, 5), np.bool_)
_LINKS[[0, 0, 1, 2, 3], [1, 2, 3, 4, 4]] = True


ANCHORS = tuple(
    Anchor("conv|skip|none", metric, value, "the formula of the toy by hand", fidelity=level)
    for metric, value, level in (
        ("valid_accuracy", 65.0, 16),
        ("valid_accuracy", 32.5, 1),
        ("test_accuracy", 64.5, 16),
        ("params", 0.0, 16),
        ("cost", 16.0, 16),
    )
) + tuple(
    Anchor("conv|skip|skip", metric, value, "the formula of the toy by hand", fidelity=level)
    for metric, value, level in (
        ("valid_accuracy", 80.0, 16),
        ("valid_accuracy", 40.0, 1),
        ("test_accuracy", 79.5, 16),
        ("params", 100.0, 16),
        ("cost", 32.0, 16),
    )
)
"""Values of the toy that were reckoned without its table."""


class Toy(SearchSpace):
    """Cells of two nodes after the input: edges 0>1, 0>2 and 1>2, each none, skip or conv; node 2 must be reached."""

    id = "toy"
    cardinalities = (3, 3, 3)
    operations = ("input", "output", "none", "skip", "conv")
    zeros = ("none",)
    skips = ("skip",)
    size = 22
    identities = {"code": 22, "network": 14}
    edges = ("none", "skip", "conv")
    reads_graphs = True

    def graphs(self, codes: Codes) -> Graphs:
        """Nodes are the input, the three edges and the output; the links between them never change."""
        n = len(codes)
        ops = np.column_stack([np.zeros(n, np.int64), codes + 2, np.ones(n, np.int64)])
        return Graphs(ops.astype(np.int64), np.repeat(_LINKS[None], n, axis=0), self.operations)

    def from_graphs(self, graphs: Graphs) -> Codes:
        """(n, 3): the operations between input and output of graphs with just those links; -1 for all others."""
        self._readable(graphs, 5)
        codes = graphs.ops[:, 1:4] - 2
        good = (graphs.ops[:, [0, 4]] == [0, 1]).all(axis=1) & (graphs.adjacency == _LINKS).all(axis=(1, 2))
        return np.where((good & self.valid(codes))[:, None], codes, -1)

    def format(self, code: Code) -> str:
        """Three operations between bars, `conv|skip|none`."""
        return "|".join(self.edges[op] for op in code)

    def parse(self, text: str) -> Code:
        """The code of three operations between bars."""
        words = text.split("|")
        if len(words) != len(self.cardinalities):
            raise InvalidArchitecture(
                f"{quoted(text)} has {len(words)} operations; a toy cell has 3, as in 'conv|skip|none'."
            )
        for word in words:
            if word not in self.edges:
                raise InvalidArchitecture(
                    f"{quoted(text)} names an unknown operation {quoted(word)} at position {text.index(word)}. "
                    f"{near(word, self.edges)}"
                )
        return np.array([self.edges.index(word) for word in words])

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """Cells whose output is reached from the input."""
        joined = (codes[:, 1] != NONE) | ((codes[:, 0] != NONE) & (codes[:, 2] != NONE))
        return np.asarray(super().valid(codes) & joined)

    def canonical(self, codes: Codes) -> Codes:
        """The cells with an edge to or from a dead node 1 dropped."""
        result = codes.copy()
        dead = (codes[:, 0] == NONE) | (codes[:, 2] == NONE)
        result[dead[:, None] & np.array([True, False, True])] = NONE
        return result


class ToyObjective(TableObjective):
    """A formula of the network as a table: three runs at 1, 4 and 16 epochs, validation and test accuracy."""

    def __init__(self) -> None:
        """Make the table of all 27 codes."""
        space = Toy()
        codes = np.concatenate(list(SearchSpace.enumerate(_Cube())))
        network = space.canonical(codes)
        quality = 60 + 9 * (network == CONV).sum(axis=1) + 2 * (network == SKIP).sum(axis=1) + network @ [1, 3, 2]
        level = np.array([0.5, 0.8, 1.0])[None, :, None]
        run = np.array([-0.3, 0.0, 0.3])[None, None, :] * (1 + network[:, :1, None])
        valid = quality[:, None, None] * level + run
        seconds = (1 + (network == CONV).sum(axis=1))[:, None] * np.array([1.0, 4.0, 16.0])
        percent, made = (0.0, 100.0), "derived: by a formula of the network"
        columns: dict[Metric, NDArray[Any]] = {
            Metric("valid_accuracy", "max", "%", "valid", percent, "made-up accuracy", made): valid,
            Metric("test_accuracy", "max", "%", "test", percent, "the same less half a point", made): valid - 0.5,
            Metric("params", "min", "count", "none", None, "a hundred for each convolution", made): np.repeat(
                (network == CONV).sum(axis=1)[:, None] * 100.0, 3, axis=1
            ),
        }
        super().__init__(
            space,
            _row,
            columns,
            seconds,
            fidelity=Fidelity("epochs", (1, 4, 16)),
            identity="network",
        )


def _row(codes: Codes) -> NDArray[np.int64]:
    """(n,): the place of each code among all 27."""
    return np.asarray(codes @ np.array([9, 3, 1]))


class _Cube(Toy):
    """All 27 codes, reached or not, in order."""

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """Every code in range."""
        return SearchSpace.valid(self, codes)


def toy_v1() -> Benchmark:
    """The highest validation accuracy in 10 trials."""
    objective = ToyObjective()
    space = objective.space
    best = float(objective.evaluate(np.concatenate(list(space.enumerate())))["valid_accuracy"].max())
    return Benchmark(
        id="toy/formula-v1",
        problem=Problem(space, (objective.metric("valid_accuracy"),), Budget(10), objective.fidelity),
        objective=objective,
        report_metrics=("test_accuracy", "params"),
        reference=Reference(
            {"valid_accuracy": best},
            source="a formula in nasapi.testing.toy",
            licence="Apache-2.0",
            anchors=ANCHORS,
        ),
        description="A made-up table of 22 cells, for trying things out; it says nothing about any method.",
    )
