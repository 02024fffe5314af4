"""What `nasapi bench` says of a study: what it cannot stop early, its leaderboards, which runs repeated themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from nasapi.cli.console import show, show_table
from nasapi.errors import how_to_install
from nasapi.words import counted, shortened

if TYPE_CHECKING:
    from nasapi.benchmark import Benchmark
    from nasapi.running.study import Study


def without_levels(benchmarks: Sequence[Benchmark], strategies: Sequence[str]) -> list[str]:
    """A sentence for each benchmark of a single level on which strategies run that live by stopping trials early."""
    from nasapi.plugins.loading import load_strategy

    stopping = [name for name in strategies if "fidelity" in load_strategy(name).target.supports]
    lines = []
    for item in benchmarks if stopping else ():
        fidelity = item.problem.fidelity
        if fidelity is None or len(fidelity.levels) == 1:
            lines.append(
                f"nasapi: {item.spec} has no lower levels of fidelity, so {' and '.join(stopping)} can stop nothing "
                "early there: each trial is a full evaluation, as in random search." + _how_to_get_levels(item)
            )
    return lines


def _how_to_get_levels(item: Benchmark) -> str:
    """What the objective says of lower levels that are elsewhere, as a sentence after another."""
    how = item.objective.missing.get("fidelity", "")
    return f" {how[:1].upper()}{how[1:]}" if how else ""


def show_leaderboards(study: Study) -> None:
    """Print for each benchmark a line a strategy, best first; with intervals and a verdict where nasapi-report is."""
    try:
        from nasapi_report.terminal import show_leaderboards as show_all
    except ImportError:
        from nasapi.running.leaderboard import leaderboards

        for board in leaderboards(study):
            show(f"\n{board.benchmark}: {board.metric} at the end of a run")
            rows = [(row.strategy, row.mean, row.sd, row.best, row.runs) for row in board.rows]
            show_table(("strategy", "mean", "sd", "best", "runs"), rows, right=("mean", "sd", "best", "runs"))
        show(f"Intervals and a verdict come with nasapi-report: {how_to_install('nasapi-report')}")
        return
    show_all(study)


def ended_early(study: Study) -> list[str]:
    """A sentence for each strategy some of whose runs ended before their budget was spent."""
    from nasapi.history import STOPPED_EARLY

    lines = []
    for item in study.benchmarks:
        for strategy in study.strategies:
            runs = study.histories(item.spec, strategy)
            for reason, words in STOPPED_EARLY.items():
                ended = [run for run in runs if run.ended == reason]
                if ended:
                    trials = _from_to(map(len, ended))
                    charged = _from_to(float(run.charged.sum()) for run in ended)
                    spent = charged if charged == trials else f"{trials} trials, {charged}"
                    lines.append(
                        f"nasapi: {len(ended)} of {counted(len(runs), 'run', 'runs')} of {strategy} on {item.spec} "
                        "stopped early, after "
                        f"{spent} of {item.budget}: {words}."
                    )
    return lines


def failed_evaluations(study: Study) -> list[str]:
    """A sentence for each benchmark on which evaluations failed: how many, and what the first said."""
    lines = []
    for item in study.benchmarks:
        runs = [run for strategy in study.strategies for run in study.histories(item.spec, strategy)]
        errors = [run.errors[row] for run in runs for row in sorted(run.errors)]
        if errors:
            trials = sum(map(len, runs))
            lines.append(
                f"nasapi: {len(errors):,} of {counted(trials, 'evaluation', 'evaluations')} on {item.spec} failed, the "
                f"first with {shortened(errors[0], 200)}; each was charged, and its strategy told."
            )
    return lines


def _from_to(numbers: Iterable[float]) -> str:
    """The least and the most of some numbers, or the one that they all are."""
    ordered = sorted(numbers)
    least, most = f"{ordered[0]:,.6g}", f"{ordered[-1]:,.6g}"
    return least if least == most else f"{least} to {most}"
