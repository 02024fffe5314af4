"""The permutation control: whether a strategy finds the best architecture by what it learns, or by where it looks.

Values are permuted among the networks of a table, anew for each run, so that there is nothing to learn. A strategy that
still asks for the really best architecture, more often than uniform draws do, owes that to its features, its
candidates or its order, and a win on the real table is no evidence of learning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from attrs import frozen
from nasapi_report.counted_controls import Counted, read_controls, write_controls
from nasapi_report.stats.intervals import Estimate, proportion_interval
from nasapi_report.stats.paired import ALPHA, holm
from numpy.typing import NDArray

from nasapi import load_benchmark, load_strategy, run
from nasapi.benchmark import Benchmark
from nasapi.errors import InterfaceError, InvalidOption, NotAvailable
from nasapi.files import is_folder, require_place
from nasapi.objective import Columns, Objective, Wrapped
from nasapi.plugins import Spec, entries
from nasapi.reference import Reference
from nasapi.safety.fences import Fence
from nasapi.space import Codes, SearchSpace

MOST = 2_000_000
"""The most codes that a space may have to be permuted."""


class Permuted(Wrapped):
    """Another objective whose values were handed round among the networks of its space."""

    def __init__(self, objective: Objective, networks: Codes, order: NDArray[np.int64]):
        """Give network i, a row of `networks` (m, d), the values of network order[i]."""
        super().__init__(objective)
        self.identity = "network"
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

    @classmethod
    def of(cls, counted: Counted, p: float) -> Control:
        """The shares of what was counted, with its corrected p."""
        n = len(counted.seeds)
        shown, hidden = proportion_interval(counted.real, n), proportion_interval(counted.permuted, n)
        return cls(counted.benchmark, counted.strategy, counted.trials, n, shown, hidden, counted.chance, p)

    @property
    def sentence(self) -> str:
        """What follows for a win of this strategy on this table."""
        if self.p < ALPHA:
            return "looks there anyway: finding the best network here is structure, not learning"
        return "is not shown to find the best network more often than chance where there is nothing to learn"


def control(
    benchmarks: Sequence[str],
    strategies: Sequence[str],
    seeds: Sequence[int],
    trials: int = 32,
    store: Path | None = None,
    progress: Callable[[Counted], None] | None = None,
) -> list[Control]:
    """The control of each strategy on each benchmark, after so many trials.

    What `store`, a file, holds of the same strategy, table, trials and seeds is not run again, and each pair is added
    to it once it is counted, so that an interrupted control goes on where it stopped. Raises NotAvailable for a space
    that cannot be listed, InvalidOption for a benchmark of several goals or with constraints, or fewer than two seeds.
    A pair that is named twice is one row.
    """
    if len(seeds) < 2:
        raise InvalidOption(f"A control needs at least 2 seeds, not {len(seeds)}.")
    for spec in benchmarks:
        if "budget" in Spec.parse(spec).options:
            raise InvalidOption(f"The budget of a control is its trials; leave it out of {spec!r} and give those.")
    if store is not None:
        require_place(store, is_folder, "The file of controls")  # before hours of runs
    kept = {} if store is None else {row.key: row for row in read_controls(store)}
    tables = [_Table(load_benchmark(spec, budget=float(trials))) for spec in benchmarks]
    made = [load_strategy(spec) for spec in strategies]
    for table in tables:
        require_permutable(table.benchmark)
    found: dict[Any, Counted] = {}
    for table in tables:
        for strategy in made:
            row = Counted(_without_budget(table.benchmark.spec), strategy.spec, trials, tuple(seeds))
            if row.key not in kept:
                kept[row.key] = table.counted(row, strategy)
                if store is not None:
                    kept |= {other.key: other for other in read_controls(store)}  # what others counted meanwhile
                    write_controls(store, list(kept.values()))
            found[row.key] = kept[row.key]
            if progress is not None:
                progress(kept[row.key])
    return corrected(list(found.values()))


def _without_budget(spec: str) -> str:
    """A benchmark's spec without its budget, which a control sets to its own number of trials."""
    read = Spec.parse(spec)
    return str(Spec(read.id, {name: value for name, value in read.options.items() if name != "budget"}))


def corrected(counted: Sequence[Counted]) -> list[Control]:
    """The controls of what was counted, their p corrected by Holm over all of them."""
    adjusted = holm([row.p for row in counted]).tolist() if counted else []
    return [Control.of(row, p) for row, p in zip(counted, adjusted, strict=True)]


def every_table() -> tuple[list[str], list[str]]:
    """The ids of all benchmarks that are here and can be permuted, and a sentence for each that cannot."""
    found, left_out = [], []
    for name in sorted({entry.id for entry, _ in entries("benchmark")}):
        try:
            require_permutable(load_benchmark(name))
            found.append(name)
        except (NotAvailable, InvalidOption) as error:
            left_out.append(f"{name} is left out: {error}")
    return found, left_out


def require_permutable(benchmark: Benchmark) -> None:
    """Raise NotAvailable where there is no table to list, InvalidOption where there is no one goal without limits."""
    space: SearchSpace = benchmark.problem.space
    if len(benchmark.problem.goals) != 1 or benchmark.problem.constraints:
        raise InvalidOption(f"A control is of one goal without constraints, which {benchmark.id} has not.")
    if space.size is None or space.size > MOST:
        size = "an unknown number of codes" if space.size is None else f"{space.size:,} codes"
        raise NotAvailable(f"{benchmark.id} cannot be permuted: its space has {size}; at most {MOST:,} are listed.")
    if not benchmark.objective.deterministic:
        raise NotAvailable(
            f"{benchmark.id} cannot be permuted: its values are measured when they are asked for, and a control asks "
            f"for all {space.size:,}; choose a benchmark with a table."
        )


def networks_of(benchmark: Benchmark) -> Codes:
    """(m, d): every distinct network of the benchmark's space; raises NotAvailable where it cannot be listed."""
    require_permutable(benchmark)
    space = benchmark.problem.space
    return np.unique(space.canonical(np.concatenate(list(space.enumerate()))), axis=0)


@frozen(eq=False, slots=False)
class _Table:
    """One benchmark with its networks, which are listed once they are needed."""

    benchmark: Benchmark

    @cached_property
    def networks(self) -> Codes:
        return networks_of(self.benchmark)

    @cached_property
    def optima(self) -> set[tuple[int, ...]]:
        """The networks with the best value of the one goal."""
        goal = self.benchmark.problem.goals[0]
        losses = np.empty(0)
        with Fence(InterfaceError) as fence:
            losses = goal.sign * self.benchmark.look_up(self.networks, [goal.name])[goal.name]
        if fence.error is not None or np.isnan(losses).all():
            why = fence.reason or f"{goal.name} is NaN for every network"
            raise InvalidOption(
                f"{self.benchmark.id} cannot be permuted, for its values cannot be had at once: {why}. Mend its "
                "objective, or name another benchmark."
            )
        return set(map(tuple, self.networks[losses == np.nanmin(losses)].tolist()))

    @cached_property
    def codes_of_best(self) -> tuple[int, int]:
        """How many codes there are, and how many of them are of the best networks."""
        space = self.benchmark.problem.space
        codes = space.canonical(np.concatenate(list(space.enumerate())))
        return len(codes), sum(code in self.optima for code in map(tuple, codes.tolist()))

    def counted(self, row: Counted, strategy: object) -> Counted:
        """The row with its counts."""
        real, hidden = 0, 0
        for seed in row.seeds:
            real += self._asked(self.benchmark, strategy, seed)
            hidden += self._asked(self._permuted(seed), strategy, seed)
        return attrs.evolve(row, real=real, permuted=hidden, chance=self._chance(row.trials))

    def _permuted(self, seed: int) -> Benchmark:
        order = np.random.default_rng([seed, len(self.networks)]).permutation(len(self.networks))
        objective = Permuted(self.benchmark.objective, self.networks, order)
        reference = Reference(source=self.benchmark.reference.source)
        return attrs.evolve(self.benchmark, objective=objective, reference=reference)

    def _asked(self, benchmark: Benchmark, strategy: object, seed: int) -> bool:
        history = run(benchmark, strategy, seed=seed)  # type: ignore[arg-type]
        asked = benchmark.problem.space.canonical(history.codes)
        return not self.optima.isdisjoint(map(tuple, asked.tolist()))

    def _chance(self, trials: int) -> float:
        """How often different uniform draws meet the best: a network may have more codes than others, or fewer."""
        codes, own = self.codes_of_best
        return max(1.0 - _miss(len(self.networks), len(self.optima), trials), 1.0 - _miss(codes, own, trials))


def _miss(networks: int, best: int, trials: int) -> float:
    """The chance that so many different uniform draws miss all of the best."""
    drawn = np.arange(min(trials, networks))
    return float(np.prod(np.maximum(networks - best - drawn, 0) / (networks - drawn)))
