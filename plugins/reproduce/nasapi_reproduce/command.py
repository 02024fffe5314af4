"""`nasapi reproduce`: runs the rows of a published table and prints ours beside theirs."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from nasapi.cli.console import show, tell
from nasapi.plugins import Published

NOT_RERUN = "published, not rerun"


@click.command("reproduce")
@click.argument("name", required=False)
@click.option("-s", "--strategy", "strategies", multiple=True, help="Only its rows; repeatable.")
@click.option("-b", "--benchmark", "benchmarks", multiple=True, help="Only its rows; repeatable.")
@click.option("--seeds", default=30, show_default=True, type=click.IntRange(min=2), help="Searches of each row.")
@click.option("-j", "--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Worker processes.")
@click.option("--store", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept; is gone on with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reproduce(
    name: str | None,
    strategies: tuple[str, ...],
    benchmarks: tuple[str, ...],
    seeds: int,
    jobs: int,
    store: Path | None,
    as_json: bool,
) -> None:
    """Run the published table NAME again, and say of each number whether it holds; without NAME, list the tables.

    Runs that the store holds are not done again, so an interrupted reproduction goes on where it stopped. Rows whose
    table is not here are skipped, with a sentence on standard error that says how to get it.
    """
    from nasapi_report.words import interval

    from nasapi.cli.console import show_json, show_table
    from nasapi_reproduce.comparison import chosen, compare, find, reproductions, runnable

    if name is None:
        found = reproductions().values()
        show_table(("name", "title", "rows"), [(item.name, item.title, len(item.rows)) for item in found])
        return
    item = find(name)
    store = store or Path("runs") / f"reproduce-{name}"
    if item.run:
        module, _, function = item.run.partition(":")
        run = getattr(importlib.import_module(module), function)
        run(strategies=strategies, benchmarks=benchmarks, seeds=seeds, jobs=jobs, store=store, as_json=as_json)
        return
    picked = chosen(item.rows, strategies, benchmarks)
    rows, skipped = runnable(picked)
    for sentence in skipped:
        tell(sentence)
    outcomes = compare(rows, store, seeds, jobs)
    told = [row for row in picked if not row.strategy]
    if as_json:
        show_json(
            [
                {
                    **outcome.row._asdict(),
                    "mean": outcome.ours.value,
                    "low": outcome.ours.low,
                    "high": outcome.ours.high,
                }
                | {"verdict": outcome.verdict}
                for outcome in outcomes
            ]
            + [{**row._asdict(), "mean": None, "low": None, "high": None, "verdict": NOT_RERUN} for row in told]
        )
        return
    show(f"{item.title}\nPublished: {item.source}.")
    if item.notes:
        show(item.notes)
    columns = (
        "method",
        "strategy",
        "benchmark",
        "trials",
        "published",
        f"ours, {seeds} seeds [95% interval]",
        "verdict",
    )
    show_table(
        columns,
        [
            (
                outcome.row.label or outcome.row.strategy,
                outcome.row.strategy,
                outcome.row.benchmark,
                outcome.row.trials,
                _published(outcome.row),
                interval(outcome.ours, 3),
                outcome.verdict,
            )
            for outcome in outcomes
        ]
        + [(row.label, "-", row.benchmark, row.trials or "-", _published(row), "-", NOT_RERUN) for row in told],
        right=columns[3:6],
    )


@click.command("control")
@click.argument("benchmarks", nargs=-1, required=True)
@click.option("-s", "--strategy", "strategies", multiple=True, required=True, help="A strategy; repeatable.")
@click.option("--seeds", default=30, show_default=True, type=click.IntRange(min=2), help="Runs of each.")
@click.option("--trials", default=32, show_default=True, type=click.IntRange(min=1), help="Trials of a run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def control(benchmarks: tuple[str, ...], strategies: tuple[str, ...], seeds: int, trials: int, as_json: bool) -> None:
    """Permute a table's values among its networks, and say which strategies still ask for its best network.

    What a strategy finds where there is nothing to learn it owes to where it looks; a win on the table itself is then
    no evidence of learning.
    """
    from attrs import asdict
    from nasapi_report.words import interval

    from nasapi.cli.console import show_json, show_table
    from nasapi_reproduce.control import control as controlled

    rows = controlled(benchmarks, strategies, range(seeds), trials)
    if as_json:
        show_json([asdict(row) | {"sentence": row.sentence} for row in rows])
        return
    columns = ("benchmark", "strategy", "finds it", "finds it permuted", "chance", "what follows")
    show_table(
        columns,
        [
            (
                row.benchmark,
                row.strategy,
                interval(row.real, 2),
                interval(row.permuted, 2),
                f"{row.chance:.3f}",
                row.sentence,
            )
            for row in rows
        ],
        right=columns[2:5],
    )


def _published(row: Published) -> str:
    return f"{row.value:.2f}" + (f" ± {row.error:.2f}" if row.error else "")
