"""The search for robust cells of Jung, Lukasik & Keuper (ICLR 2023, section 4.2) run again beside what they published.

They search for clean accuracy or for accuracy under FGSM with epsilon 1/255, with 100 runs a strategy, and give the
mean of what was found under every attack at 1/255 and on CIFAR-10-C. Their number of queries is not in the sources this
was written from. It shows in their random search: the best of N distinct evaluated cells has an expected clean accuracy
of 94.19 % and an expected FGSM accuracy of 67.30 % for N = 300, and they report 94.22 and 67.25; drawn from the 15,625
codes instead, where simple cells come up more often, 94.22 would take more than 500. So strategies draw 300 trials from
the 6,466 evaluated cells here.

Their clean accuracy is not the one in their files, whose best is 94.6 at cell 13714: 94.68 is the best test accuracy in
NAS-Bench-201 itself (seed 888, cell 6111), and cell 6111 has what their local search reports under attack. "valid" is a
search for NAS-Bench-201's own validation accuracy, whose best cell is 6111 too, beside what they report for clean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import attrs
import numpy as np
from attrs import frozen
from nasapi_nb201.objectives import objective as training
from nasapi_nb201.space import NB201
from nasapi_report.stats.agreement import Agreement, agreement, verdicts, worded
from nasapi_report.stats.intervals import Estimate, mean_interval
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.errors import InvalidOption
from nasapi.history import History
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi.running import Progress, Study
from nasapi.space import Codes
from nasapi_robustness.collection import Robustness
from nasapi_robustness.measure import CLEAN_ACCURACY, MEAN_CORRUPTION, Measure
from nasapi_robustness.names import ATTACKS
from nasapi_robustness.objective import searching
from nasapi_robustness.published import BUDGET, METRICS, OPTIMUM, PUBLISHED, STRATEGIES, robust_nas
from nasapi_robustness.source import ROBUSTNESS

MEASURES = (CLEAN_ACCURACY, *(Measure(attack, 1.0) for attack in ATTACKS), MEAN_CORRUPTION)
"""The columns of the table, in the order of `METRICS`."""
_FGSM = Measure("fgsm", 1.0)
GOALS: Mapping[str, tuple[Measure, ...]] = {
    "clean": (CLEAN_ACCURACY,),
    "fgsm": (_FGSM,),
    "valid": (),
    "both": (CLEAN_ACCURACY, _FGSM),
}
"""What is searched for; nothing stands for the validation accuracy of NAS-Bench-201."""
BESIDE = {"clean": "clean", "fgsm": "fgsm", "valid": "clean"}
"""The published search that each goal stands beside."""
OURS = ("agnet",)
"""Strategies that the paper did not run: the last slide asks what they find, and rows of them are marked ours."""
OWN = "ours"

_PUBLISHED_RUNS = 100
_ROUNDED = 0.05  # copies of the data set with three decimals differ from the original by up to this, in percent


class EvaluatedCells(NB201):
    """NAS-Bench-201 drawn as its 6,466 evaluated cells: uniformly over classes, which are also what counts as one."""

    def sample(self, n: int, rng: np.random.Generator) -> Codes:
        """(n, 6): evaluated cells, each as likely."""
        return self.codes_at(rng.choice(self._evaluated, n))

    def canonical(self, codes: Codes) -> Codes:
        """The evaluated cell of each code's class."""
        return self.codes_at(self.string_classes(codes)).astype(codes.dtype)

    @cached_property
    def _evaluated(self) -> NDArray[np.int64]:
        return np.unique(self.string_classes(self.codes_at(np.arange(self.size))))


@frozen
class Line:
    """One number of the table: ours, theirs, and what to make of it."""

    searched: str
    """One of `GOALS`; empty for the optimum, which nothing searched for."""
    strategy: str
    measure: str
    ours: Estimate
    published: float | None
    verdict: str
    """"holds", "better by" or "short by" how many points, or that runs are too few: `nasapi_report.stats.agreement`.

    "ours" where nothing was published.
    """


def search_again(
    robustness: Robustness,
    *,
    goals: Sequence[str] = tuple(GOALS),
    strategies: Sequence[str] = STRATEGIES,
    runs: int = 100,
    budget: int = BUDGET,
    jobs: int = 1,
    store: Path | None = None,
    progress: Progress | None = None,
) -> list[Line]:
    """The table, the optimum first: for each goal and strategy a line a measure, with 95 % intervals over the runs.

    `goals` are some of `GOALS`, and `strategies` those of the published table by their ids here, and of `OURS`, which
    alone search for "both": clean accuracy and that under FGSM. Of a search for both, what it found is the query with
    the smallest sum of ranks, as in AG-Net's paper. Raises InvalidOption for another data set, goal or strategy, or
    fewer than two runs.
    """
    if robustness.dataset != "cifar10":
        raise InvalidOption(f"The published table is of 'cifar10', not of {robustness.dataset!r}.")
    for name, known in [
        *((name, tuple(GOALS)) for name in goals),
        *((name, (*STRATEGIES, *OURS)) for name in strategies),
    ]:
        if name not in known:
            raise InvalidOption(f"The table has no {name!r}; it has {', '.join(known)}.")
    if runs < 2:
        raise InvalidOption(f"An interval needs at least 2 runs, not {runs!r}.")
    values = {measure.name: robustness.values(measure) for measure in MEASURES}
    lines = [_line("", OPTIMUM, measure, np.array([values[measure.name].max()])) for measure in MEASURES]
    for searched in goals:
        taken = [name for name in strategies if searched != "both" or name in OURS]
        if not taken:
            continue
        benchmark = _benchmark(robustness, searched, budget)
        place = None if store is None else store / searched
        study = Study([benchmark], taken, runs, place).run(jobs=jobs, progress=progress)
        for strategy in taken:
            chosen = np.array([history.codes[found_query(history)] for history in study.histories(strategy=strategy)])
            found = robustness.rows(chosen)
            lines += [_line(searched, strategy, measure, values[measure.name][found]) for measure in MEASURES]
    return _with_verdicts(lines)


def found_query(history: History) -> int:
    """The query that a run found: the incumbent, or of several goals the first with the smallest sum of ranks."""
    if len(history.values) == 1:
        return int(history.incumbent())
    return smallest_ranks(list(history.values.values()))


def smallest_ranks(columns: Sequence[NDArray[np.float64]]) -> int:
    """The first row with the smallest sum of ranks, of columns (n,) in which more is better."""
    return int(np.sum([(column[None] > column[:, None]).sum(axis=1) for column in columns], axis=0).argmin())


def run(
    *,
    strategies: Sequence[str],
    benchmarks: Sequence[str],
    seeds: int,
    jobs: int,
    store: Path,
    as_json: bool,
) -> None:
    """Print the table for `nasapi reproduce robust-nas`; `benchmarks` are some of `GOALS`, and empty stands for all."""
    from nasapi_report.words import interval

    from nasapi.cli.console import show, show_json, show_table
    from nasapi.cli.progress import study_progress
    from nasapi.plugins import entries

    here = {entry.id for entry, _ in entries("strategy")}
    with study_progress() as progress:
        lines = search_again(
            Robustness.open("cifar10"),
            goals=benchmarks or tuple(GOALS),
            strategies=strategies or (*STRATEGIES, *(name for name in OURS if name in here)),
            runs=seeds,
            jobs=jobs,
            store=store,
            progress=progress,
        )
    if as_json:
        show_json([attrs.asdict(line) for line in lines])
        return
    item = robust_nas()
    show(f"{item.title}\nPublished: {item.source}.\n{item.notes}")
    columns = ("searched", "strategy", "measure", "published", f"ours, {seeds} seeds [95% interval]", "verdict")
    rows = [
        (
            line.searched or "-",
            line.strategy,
            line.measure,
            "-" if line.published is None else f"{line.published:.2f}",
            f"{line.ours.value:.2f}" if line.strategy == OPTIMUM else interval(line.ours, 2),
            line.verdict,
        )
        for line in lines
    ]
    show_table(columns, rows, right=columns[3:5])


def _benchmark(robustness: Robustness, searched: str, budget: int) -> Benchmark:
    goals = GOALS[searched]
    values = searching(goals, robustness) if goals else training(robustness.dataset, epochs=200)
    metrics = tuple(values.metric(name) for name in ([goal.name for goal in goals] or ["valid_accuracy"]))
    return Benchmark(
        id=f"nb201/robust-nas-{searched}-v1",
        problem=Problem(EvaluatedCells(), metrics, Budget(budget)),
        objective=values,
        reference=Reference(
            point={goal.name: 0.0 for goal in goals} if len(goals) > 1 else {}, source=ROBUSTNESS.citation
        ),
    )


def _line(searched: str, strategy: str, measure: Measure, values: NDArray[np.float64]) -> tuple[Line, Agreement | None]:
    """A line without its verdict, and how it compares with the published; None for the one exact number."""
    ours = mean_interval(values)
    row = PUBLISHED.get((BESIDE.get(searched, ""), strategy))
    if row is None:
        return Line(searched, strategy, measure.name, ours, None, OWN), None
    published = row[METRICS.index(measure.name)]
    if strategy == OPTIMUM:
        apart = ours.value - published
        verdict = (
            "holds" if abs(apart) <= _ROUNDED + 1e-9 else f"{'better' if apart > 0 else 'short'} by {abs(apart):.2f}"
        )
        return Line(searched, strategy, measure.name, ours, published, verdict), None
    found = agreement(values, published, runs=_PUBLISHED_RUNS, rounding=_ROUNDED)
    return Line(searched, strategy, measure.name, ours, published, ""), found


def _with_verdicts(lines: Sequence[tuple[Line, Agreement | None]]) -> list[Line]:
    """The lines with their verdicts, corrected over the whole table."""
    compared = [found for _, found in lines if found is not None]
    words = iter(verdicts(compared, ["max"] * len(compared)))
    return [line if found is None else attrs.evolve(line, verdict=worded(found, next(words))) for line, found in lines]
