"""Published numbers run again: studies that resume, and a verdict on each number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from attrs import frozen
from nasapi_report.stats.intervals import Estimate, mean_interval

from nasapi import Study, load_benchmark
from nasapi.errors import InvalidOption, NotAvailable, near
from nasapi.plugins import Published, Reproduction
from nasapi.plugins import reproductions as offered
from nasapi.running import Progress

_ROUNDING = 0.005
"""How far two published decimals may be from the number that was rounded."""


@frozen
class Outcome:
    """A published number beside ours."""

    row: Published
    ours: Estimate
    goal: str
    """Which way is better, "min" or "max"."""

    @property
    def verdict(self) -> str:
        """Whether it "holds" within both intervals and its rounding, or ours is "better", or "short by" how much."""
        slack = max(self.row.error, _ROUNDING)
        low, high = (self.ours.low, self.ours.high) if np.isfinite(self.ours.low) else (self.ours.value,) * 2
        sign = 1 if self.goal == "max" else -1
        if low - slack <= self.row.value <= high + slack:
            return "holds"
        gap = sign * (self.ours.value - self.row.value)
        return "better" if gap > 0 else f"short by {-gap:.2f}"


def reproductions() -> dict[str, Reproduction]:
    """Every table that plugins offer, by name; raises InvalidOption where two have one name."""
    found: dict[str, Reproduction] = {}
    for item, _ in offered():
        if item.name in found:
            raise InvalidOption(f"Reproduction {item.name!r} is offered by two plugins; uninstall one.")
        found[item.name] = item
    return dict(sorted(found.items()))


def find(name: str) -> Reproduction:
    """The reproduction of that name; raises InvalidOption with near matches for none."""
    known = reproductions()
    if name not in known:
        raise InvalidOption(f"There is no reproduction {name!r}. {near(name, known)}")
    return known[name]


def chosen(rows: Sequence[Published], strategies: Sequence[str], benchmarks: Sequence[str]) -> tuple[Published, ...]:
    """The rows of those strategies and benchmarks, all for none named; raises InvalidOption where none is left."""
    for wanted, known in (
        (strategies, {row.strategy for row in rows}),
        (benchmarks, {row.benchmark for row in rows}),
    ):
        for name in wanted:
            if name not in known:
                raise InvalidOption(f"No row is of {name!r}. {near(name, known)}")
    left = tuple(
        row
        for row in rows
        if (not strategies or row.strategy in strategies) and (not benchmarks or row.benchmark in benchmarks)
    )
    if not left:
        raise InvalidOption("No row is of both a strategy and a benchmark that were named.")
    return left


def runnable(rows: Sequence[Published]) -> tuple[tuple[Published, ...], tuple[str, ...]]:
    """The rows whose table is here, and for each other benchmark a sentence that says how to get its table.

    Raises NotAvailable where no row can be run.
    """
    missing: dict[str, str] = {}
    for spec in dict.fromkeys(row.benchmark for row in rows):
        try:
            load_benchmark(spec)
        except NotAvailable as error:
            missing[spec] = str(error)
    left = tuple(row for row in rows if row.benchmark not in missing)
    if not left:
        raise NotAvailable(f"No row can be run: {' '.join(dict.fromkeys(missing.values()))}")
    return left, tuple(f"Rows on {spec!r} are skipped: {why}" for spec, why in missing.items())


def compare(
    rows: Sequence[Published], store: Path, seeds: int, jobs: int = 1, progress: Progress | None = None
) -> Iterator[Outcome]:
    """Run what is missing in `store` and give each row's outcome, those of one benchmark and length of run together.

    A strategy's runs on a benchmark are as long as its longest row, and shorter rows are read off them. A study is kept
    for each benchmark and length, so an interrupted reproduction goes on where it stopped.
    """
    longest: dict[tuple[str, str], int] = {}
    for row in rows:
        pair = row.benchmark, row.strategy
        longest[pair] = max(row.trials, longest.get(pair, 0))
    groups: dict[tuple[str, int], list[Published]] = {}
    for row in rows:
        groups.setdefault((row.benchmark, longest[row.benchmark, row.strategy]), []).append(row)
    for (spec, trials), members in groups.items():
        benchmark = load_benchmark(spec, budget=float(trials))
        strategies = list(dict.fromkeys(row.strategy for row in members))
        place = store / f"{spec.replace('/', '-')}-{trials}.zarr"
        study = Study([benchmark], strategies, seeds, place).run(jobs=jobs, progress=progress)
        for row in members:
            goal = benchmark.problem.goals[0]
            metric = benchmark.objective.metric(row.metric) if row.metric else goal
            curves = [history.curve(metric.name) for history in study.histories(strategy=row.strategy)]
            finals = np.array([curve[min(row.trials, len(curve)) - 1] for curve in curves])
            yield Outcome(row, mean_interval(finals), metric.goal)
