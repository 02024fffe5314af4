"""Published numbers run again: studies that resume, and a verdict on each number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from attrs import frozen
from nasapi_report.stats.agreement import Agreement, Words, agreement, verdicts, worded
from nasapi_report.stats.intervals import Estimate, mean_interval

from nasapi import Study, load_benchmark
from nasapi.errors import InvalidOption, NotAvailable, near
from nasapi.plugins import Published, Reproduction, paper_of
from nasapi.plugins import reproductions as offered
from nasapi.running import Progress


@frozen
class Outcome:
    """A published number beside ours."""

    row: Published
    ours: Estimate
    agreement: Agreement
    verdict: str
    """Of a published algorithm: "holds", "better by" or "short by" how much, or "too few runs to say".

    Of a strategy that is nobody's but ours, and on a table that stands in for another, how far apart the numbers are.
    """


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
    """The rows of those strategies and benchmarks, all for none named; raises InvalidOption where none is left.

    A benchmark is named with its options or without.
    """
    for kind, wanted, known in (
        ("strategy", strategies, {row.strategy for row in rows} - {""}),
        ("benchmark", benchmarks, {name for row in rows for name in (row.benchmark, _bare(row))} - {""}),
    ):
        for name in wanted:
            if name not in known:
                hint = near(name, known) if known else f"No row of this table names a {kind}; ask for all of them."
                raise InvalidOption(f"No row is of {name!r}. {hint}")
    left = tuple(
        row
        for row in rows
        if (not strategies or row.strategy in strategies)
        and (not benchmarks or {row.benchmark, _bare(row)} & set(benchmarks))
    )
    if not left:
        raise InvalidOption("No row is of both a strategy and a benchmark that were named.")
    return left


def _bare(row: Published) -> str:
    """The benchmark without its options."""
    return row.benchmark.partition("[")[0]


def runnable(rows: Sequence[Published]) -> tuple[tuple[Published, ...], tuple[str, ...]]:
    """The rows that can be run here, and for each table or column that is missing a sentence that says how to get it.

    Rows without a strategy are left out in silence: they are printed as published. Raises NotAvailable where rows have
    strategies and none of them can be run.
    """
    wanted = [row for row in rows if row.strategy]
    missing: dict[tuple[str, str], str] = {}
    for spec in dict.fromkeys(row.benchmark for row in wanted):
        try:
            lacks = load_benchmark(spec).objective.missing
        except NotAvailable as error:
            missing[spec, ""] = str(error)
            continue
        missing |= {(spec, name): how for name, how in lacks.items()}
    left = tuple(row for row in wanted if not {(row.benchmark, ""), (row.benchmark, row.metric)} & missing.keys())
    lost = dict.fromkeys((row.benchmark, row.metric) for row in wanted if row not in left)
    reasons = {pair: missing.get((pair[0], ""), missing.get(pair, "")) for pair in lost}
    if wanted and not left:
        raise NotAvailable(f"No row can be run: {' '.join(dict.fromkeys(reasons.values()))}")
    sentences = (
        f"Rows on {spec!r}{f' of {metric}' if metric else ''} are skipped: {why}"
        for (spec, metric), why in reasons.items()
    )
    return left, tuple(dict.fromkeys(sentences))


def compare(
    rows: Sequence[Published], store: Path, seeds: int, jobs: int = 1, progress: Progress | None = None
) -> list[Outcome]:
    """Run what is missing in `store` and give the rows' outcomes, those of one benchmark and length of run together.

    A strategy's runs on a benchmark are as long as its longest row, and shorter rows are read off them. A study is kept
    for each benchmark and length, so an interrupted reproduction goes on where it stopped. That a row differs is
    corrected over all rows.
    """
    longest: dict[tuple[str, str], int] = {}
    for row in rows:
        pair = row.benchmark, row.strategy
        longest[pair] = max(row.trials, longest.get(pair, 0))
    groups: dict[tuple[str, int], list[Published]] = {}
    for row in rows:
        groups.setdefault((row.benchmark, longest[row.benchmark, row.strategy]), []).append(row)
    found: list[tuple[Published, Estimate, Agreement, Literal["min", "max"]]] = []
    for (spec, trials), members in groups.items():
        benchmark = load_benchmark(spec, budget=float(trials))
        strategies = list(dict.fromkeys(row.strategy for row in members))
        place = store / f"{spec.replace('/', '-')}-{trials}"
        study = Study([benchmark], strategies, seeds, place).run(jobs=jobs, progress=progress)
        for row in members:
            metric = benchmark.objective.metric(row.metric) if row.metric else benchmark.problem.goals[0]
            curves = [history.curve(metric.name) for history in study.histories(strategy=row.strategy)]
            finals = np.array([curve[min(row.trials, len(curve)) - 1] for curve in curves])
            near_by = agreement(finals, row.value, runs=row.runs, spread=row.error or None)
            found.append((row, mean_interval(finals), near_by, metric.goal))
    words = verdicts([one[2] for one in found], [one[3] for one in found]) if found else []
    return [
        Outcome(row, ours, near_by, _verdict(row, near_by, word))
        for (row, ours, near_by, _), word in zip(found, words, strict=True)
    ]


def _verdict(row: Published, found: Agreement, word: Words) -> str:
    difference = found.difference
    apart = f"{difference.value:+.2f} [{difference.low:+.2f}, {difference.high:+.2f}]"
    if row.instead:
        return f"{row.instead}, {apart}"
    if paper_of(row.strategy) is None:
        return f"ours, {apart}"
    return worded(found, word)
