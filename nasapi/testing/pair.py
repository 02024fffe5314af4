"""Two toy cells, one after the other: 484 architectures, so that a search gets beyond its first random ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.errors import InvalidArchitecture
from nasapi.graphs import Graphs
from nasapi.objective import Columns, Objective
from nasapi.problem import Problem
from nasapi.reference import Anchor, Reference
from nasapi.space import Code, Codes, SearchSpace
from nasapi.testing.toy import Toy, ToyObjective

ANCHORS = (
    Anchor("conv|skip|none+conv|skip|skip", "valid_accuracy", 72.5, "the formula of the toy by hand"),
    Anchor("conv|skip|none+conv|skip|skip", "test_accuracy", 72.0, "the formula of the toy by hand"),
    Anchor("conv|skip|none+conv|skip|skip", "cost", 24.0, "the formula of the toy by hand"),
)
"""Means of values of the toy that were reckoned without its table."""


class Pair(SearchSpace):
    """A toy cell whose output is the input of another."""

    id = "toy-pair"
    cardinalities = 2 * Toy.cardinalities
    operations = Toy.operations
    zeros = Toy.zeros
    skips = Toy.skips
    size = 484
    identities = {"code": 484, "network": 196}
    cell = Toy()

    def graphs(self, codes: Codes) -> Graphs:
        """The nodes of the one, then those of the other."""
        one, other = map(self.cell.graphs, halves(codes))
        v = one.ops.shape[1]
        links = np.zeros((len(codes), 2 * v, 2 * v), np.bool_)
        links[:, :v, :v], links[:, v:, v:] = one.adjacency, other.adjacency
        links[:, v - 1, v] = True
        return Graphs(np.concatenate([one.ops, other.ops], axis=1), links, self.operations)

    def format(self, code: Code) -> str:
        """Two toy cells with a plus sign between, `conv|skip|none+none|conv|none`."""
        return "+".join(map(self.cell.format, np.split(np.asarray(code), 2)))

    def parse(self, text: str) -> Code:
        """The code of two toy cells with a plus sign between."""
        cells = text.split("+")
        if len(cells) != 2:
            raise InvalidArchitecture(f"{text!r} is not two toy cells with a plus sign between.")
        return np.concatenate(list(map(self.cell.parse, cells)))

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """Both cells are valid."""
        inside = super().valid(codes)
        inside[inside] = np.logical_and(*map(self.cell.valid, halves(np.asarray(codes)[inside])))
        return inside

    def canonical(self, codes: Codes) -> Codes:
        """Both cells are canonical."""
        return np.concatenate(list(map(self.cell.canonical, halves(codes))), axis=1)


class PairObjective(Objective):
    """Means of the two cells' values, and of their costs."""

    def __init__(self) -> None:
        """Make the table of one cell."""
        self.space, self.cell = Pair(), ToyObjective()
        self.metrics, self.fidelity = self.cell.metrics, self.cell.fidelity
        self.identity, self.stochastic = self.cell.identity, self.cell.stochastic

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """Of each column the mean over the cells, both with the same noise."""
        one, other = (self.cell.evaluate(half, fidelity, noise) for half in halves(self.space.require(codes)))
        return {name: (one[name] + other[name]) / 2 for name in one}


def halves(codes: Codes) -> tuple[Codes, Codes]:
    """The first and the second cells."""
    return codes[:, :3], codes[:, 3:]


def pair_v1() -> Benchmark:
    """The highest validation accuracy in 100 trials."""
    objective = PairObjective()
    problem = Problem(objective.space, (objective.metric("valid_accuracy"),), Budget(100), objective.fidelity)
    return Benchmark(
        id="toy-pair/formula-v1",
        problem=problem,
        objective=objective,
        report_metrics=("test_accuracy", "params"),
        reference=Reference(anchors=ANCHORS),
        description="Pairs of made-up cells, on which the conformance kit plays strategies.",
    )
