"""The permutation control: whether a strategy finds the best architecture by what it learns, or by where it looks.

Values are permuted among the networks of a table, anew for each run, so that there is nothing to learn. A strategy that
still asks for the really best architecture, more often than uniform draws do, owes that to its features, its
candidates or its order, and a win on the real table is no evidence of learning.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from attrs import frozen
from nasapi_report.stats.intervals import Estimate, proportion_interval
from nasapi_report.stats.paired import holm
from numpy.typing import NDArray

from nasapi import load_benchmark, load_strategy, run
from nasapi.benchmark import Benchmark, Reference
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.objective import Columns, Objective
from nasapi.space import Codes, SearchSpace

MOST = 2_000_000
"""The most codes that a space may have to be permuted."""
LEVEL = 0.05


class Permuted(Objective):
    """Another objective whose values were handed round among the networks of its space."""

    def __init__(self, objective: Objective, networks: Codes, order: NDArray[np.int64]):
        """Give network i, a row of `networks` (m, d), the values of network order[i]."""
        self.objective, self.space, self.metrics = objective, objective.space, objective.metrics
        self.fidelity, self.missing, self.identity = objective.fidelity, objective.missing, "network"
        self.stochastic = objective.stochastic
        self._networks, self._order = networks, order
        self._rows = {code: row for row, code in enumerate(map(tuple, networks.tolist()))}

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The columns of the networks whose values these have."""
        rows = [self._rows[code] for code in map(tuple, self.space.canonical(codes).tolist())]
        return self.objective.evaluate(self._networks[self._order[rows]], fidelity, noise)


@frozen
class Control:
    """How often one strategy asked for a table's best network, on the table and on permuted ones."""

    benchmark: str
    strategy: str
    trials: int
    seeds: int
    real: Estimate
    """The share of runs on the table, with an exact 95 % interval."""
    permuted: Estimate
    """The share of runs on permuted tables."""
    chance: float
    """The share that as many different uniform draws have, of networks or of codes, whichever is larger."""
    p: float
    """Of the exact binomial test that `permuted` is no more than `chance`, corrected by Holm over all rows."""

    @property
    def sentence(self) -> str:
        """What follows for a win of this strategy on this table."""
        if self.p <= LEVEL:
            return "looks there anyway: finding the best network here is structure, not learning"
        return "finds the best network no more often than chance where there is nothing to learn"


def control(
    benchmarks: Sequence[str], strategies: Sequence[str], seeds: Sequence[int], trials: int = 32
) -> list[Control]:
    """The control of each strategy on each benchmark, after so many trials.

    Raises NotAvailable for a space that cannot be listed, InvalidOption for a benchmark of several goals or without a
    known optimum, or fewer than two seeds.
    """
    if len(seeds) < 2:
        raise InvalidOption(f"A control needs at least 2 seeds, not {len(seeds)}.")
    tables = [load_benchmark(spec, budget=float(trials)) for spec in benchmarks]
    made = [load_strategy(spec) for spec in strategies]
    listed = [networks_of(table) for table in tables]
    best = [_best(table, networks) for table, networks in zip(tables, listed, strict=True)]
    found = []
    for table, networks, optima in zip(tables, listed, best, strict=True):
        chance = _chance(table, networks, optima, trials)
        for strategy in made:
            real, hidden = 0, 0
            for seed in seeds:
                real += _asked(table, strategy, seed, optima)
                order = np.random.default_rng([seed, len(networks)]).permutation(len(networks))
                objective = Permuted(table.objective, networks, order)
                reference = Reference(source=table.reference.source)
                hidden += _asked(attrs.evolve(table, objective=objective, reference=reference), strategy, seed, optima)
            n = len(seeds)
            shown, permuted = proportion_interval(real, n), proportion_interval(hidden, n)
            p = _at_least(hidden, n, chance)
            found.append(Control(table.id, strategy.spec, trials, n, shown, permuted, chance, p))
    adjusted = holm([row.p for row in found]).tolist() if found else []
    return [attrs.evolve(row, p=p) for row, p in zip(found, adjusted, strict=True)]


def networks_of(benchmark: Benchmark) -> Codes:
    """(m, d): every distinct network of the benchmark's space; raises NotAvailable where it cannot be listed."""
    space: SearchSpace = benchmark.problem.space
    if space.size is None or space.size > MOST:
        size = "an unknown number of codes" if space.size is None else f"{space.size:,} codes"
        raise NotAvailable(f"{benchmark.id} cannot be permuted: its space has {size}; at most {MOST:,} are listed.")
    codes = np.concatenate(list(space.enumerate()))
    return np.unique(space.canonical(codes), axis=0)


def _best(benchmark: Benchmark, networks: Codes) -> set[tuple[int, ...]]:
    """The networks with the best value of the one goal."""
    if len(benchmark.problem.goals) != 1 or benchmark.problem.constraints:
        raise InvalidOption(f"A control is of one goal without constraints, which {benchmark.id} has not.")
    goal = benchmark.problem.goals[0]
    losses = goal.sign * benchmark.objective.evaluate(networks, None, None)[goal.name]
    return set(map(tuple, networks[losses == np.nanmin(losses)].tolist()))


def _asked(benchmark: Benchmark, strategy: object, seed: int, optima: set[tuple[int, ...]]) -> bool:
    history = run(benchmark, strategy, seed=seed)  # type: ignore[arg-type]
    return not optima.isdisjoint(map(tuple, benchmark.problem.space.canonical(history.codes).tolist()))


def _chance(benchmark: Benchmark, networks: Codes, optima: set[tuple[int, ...]], trials: int) -> float:
    """How often different uniform draws meet the best: a network may have more codes than others, or fewer."""
    space = benchmark.problem.space
    codes = space.canonical(np.concatenate(list(space.enumerate())))
    own = sum(code in optima for code in map(tuple, codes.tolist()))
    return max(1.0 - _miss(len(networks), len(optima), trials), 1.0 - _miss(len(codes), own, trials))


def _miss(networks: int, best: int, trials: int) -> float:
    """The chance that so many different uniform draws miss all of the best."""
    drawn = np.arange(min(trials, networks))
    return float(np.prod(np.maximum(networks - best - drawn, 0) / (networks - drawn)))


def _at_least(count: int, n: int, share: float) -> float:
    """The chance of so many or more successes of n."""
    from scipy.special import bdtrc

    return 1.0 if count == 0 else float(bdtrc(count - 1, n, share))
