"""BOHB: Hyperband's brackets on architectures that a model of good and bad ones proposes."""

from __future__ import annotations

from attrs import define

from nasapi import options as option
from nasapi_multifidelity.densities import Densities
from nasapi_multifidelity.halving import BracketSearch
from nasapi_multifidelity.proposers import Proposer
from nasapi_multifidelity.schedule import Levels, brackets


@define(eq=False)
class BOHB(BracketSearch):
    """Hyperband whose architectures come from kernel densities of what did well and badly at the highest level known.

    Falkner, Klein & Hutter, "BOHB: robust and efficient hyperparameter optimization at scale", ICML 2018, algorithms 1
    and 2. Defaults are the paper's.
    """

    good: float = option.share(0.15, "The share of a level's results that is good: the paper's q.")
    random: float = option.share(1 / 3, "The share of uniform draws, whatever the model says: the paper's rho.")
    samples: int = option.count(64, "How many draws the best is taken of: the paper's N_s.")
    points: int | None = option.count(
        None, "How many results a density needs: the paper's N_min, by default one more than genes."
    )
    least: float = option.number(1e-3, "The smallest bandwidth.", above=0, below=1)

    def _made(self) -> Proposer:
        points = self.points or len(self.problem.space.cardinalities) + 1
        return Densities(
            self.problem,
            self.rng,
            good=self.good,
            random=self.random,
            samples=self.samples,
            points=points,
            least=self.least,
        )

    def _bracket(self, number: int) -> tuple[int, Levels]:
        found = brackets(self._levels)
        return found[number % len(found)]
