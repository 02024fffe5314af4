"""Kernel densities over codes of categories, and BOHB's draws by two of them."""

from __future__ import annotations

from collections import defaultdict
from math import inf

import numpy as np
from attrs import define, field
from nasapi_toolkit.unseen import Unseen
from numpy.typing import NDArray

from nasapi import Codes, Problem, Result, Trial
from nasapi.ranking import Key
from nasapi_multifidelity.proposers import Proposer

Floats = NDArray[np.float64]


@define(eq=False)
class Density:
    """A product kernel density over codes: Aitchison & Aitken, Biometrika 63(3), 1976.

    A gene's kernel is 1 - h at its own value and h / (c - 1) at each of the c - 1 others. Bandwidths are the normal
    reference rule's, 1.06 s n^(-1 / (4 + d)), s the standard deviation of the gene's values, not below `least` and not
    above (c - 1) / c, at which the kernel is uniform.
    """

    codes: Codes
    """(n, d): at least one row."""
    cardinalities: NDArray[np.int64]
    """(d,)"""
    least: float
    bandwidths: Floats = field(init=False)
    """(d,)"""

    def __attrs_post_init__(self) -> None:
        n, d = self.codes.shape
        rule = 1.06 * self.codes.std(axis=0) * n ** (-1 / (4 + d))
        self.bandwidths = np.minimum(np.maximum(rule, self.least), 1 - 1 / self.cardinalities)

    def log(self, codes: Codes) -> Floats:
        """(m,): the logarithm of the density at each code."""
        total = np.zeros((len(codes), len(self.codes)))
        for gene, (h, c) in enumerate(zip(self.bandwidths, self.cardinalities, strict=True)):
            if c > 1:
                same = codes[:, gene, None] == self.codes[None, :, gene]
                total += np.where(same, np.log1p(-h), np.log(h / (c - 1)))
        return np.asarray(np.logaddexp.reduce(total, axis=1) - np.log(len(self.codes)))

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """(n, d): rows of the density's own codes, each gene drawn anew among all its values with probability h."""
        rows = self.codes[rng.integers(len(self.codes), size=n)]
        anew = rng.random(rows.shape) < self.bandwidths
        return np.where(anew, rng.integers(self.cardinalities, size=rows.shape), rows)


@define(eq=False)
class Densities(Proposer):
    """Draws from the density of the good ones, of which the one is taken that bad ones have least.

    Falkner, Klein & Hutter, ICML 2018, algorithm 2 and equations 2 and 3, with the kernels of the authors' code.
    """

    problem: Problem
    rng: np.random.Generator
    good: float
    random: float
    samples: int
    points: int
    least: float
    _unseen: Unseen = field(init=False)
    _codes: dict[float, list[tuple[int, ...]]] = field(init=False, factory=lambda: defaultdict(list))
    _keys: dict[float, list[Key]] = field(init=False, factory=lambda: defaultdict(list))
    _fitted: tuple[Density, Density] | None = field(init=False, default=None)
    _stale: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self._unseen = Unseen(self.problem.space)

    def propose(self, n: int) -> list[Trial]:
        """`n` architectures, none twice; fewer once the space is used up."""
        found = self.problem.space.codes([])
        for _ in range(n):
            code = self._modelled() if self.rng.random() >= self.random else None  # alg. 2, l. 1
            found = np.concatenate([found, self._unseen.draw(1, self.rng) if code is None else code])
        return self.problem.trials(found)

    def observe(self, trial: Trial, key: Key) -> None:
        """Keep it with the results of its level; failures are the worst."""
        level = inf if trial.fidelity is None else trial.fidelity
        self._codes[level].append(trial.arch.code)
        self._keys[level].append(key)
        self._stale = True

    def settle(self, proposal: Trial, result: Result) -> None:
        """The densities have it already."""

    def _modelled(self) -> Codes | None:
        """(1, d): the draw whose density among the good is greatest to that among the bad; None without a model."""
        if self._stale:
            self._fitted, self._stale = self._fit(), False
        if self._fitted is None:  # alg. 2, l. 3
            return None
        good, bad = self._fitted
        drawn = good.draw(self.samples, self.rng)
        drawn = self._unseen.new(drawn[self.problem.space.valid(drawn)])
        if not len(drawn):
            return None
        best = np.argmax(good.log(drawn) - bad.log(drawn))
        return self._unseen.take(drawn[best : best + 1], 1)

    def _fit(self) -> tuple[Density, Density] | None:
        """The densities of the highest level that has enough results: alg. 2, l. 2, and equation 3."""
        enough = [level for level, known in self._codes.items() if len(known) >= self.points + 2]
        if not enough:
            return None
        level = max(enough)
        n = len(self._codes[level])
        ranked = sorted(range(n), key=self._keys[level].__getitem__)
        codes = np.array(self._codes[level], np.int64)[ranked]
        n_good = max(self.points, int(self.good * n))
        n_bad = max(self.points, n - n_good)
        cardinalities = np.array(self.problem.space.cardinalities, np.int64)
        good, bad = (Density(rows, cardinalities, self.least) for rows in (codes[:n_good], codes[n - n_bad :]))
        return good, bad
