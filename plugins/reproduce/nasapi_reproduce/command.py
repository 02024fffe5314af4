"""`nasapi reproduce`: runs the rows of a published table and prints ours beside theirs."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from nasapi.cli.console import resumable, show, show_message
from nasapi.plugins import Published, Reproduction

if TYPE_CHECKING:
    from nasapi_reproduce.comparison import Outcome

NOT_RERUN = "published, not rerun"
NOT_HERE = "published, its table is not here"


@click.command("reproduce")
@click.argument("name", required=False)
@click.option("-s", "--strategy", "strategies", multiple=True, help="Only its rows; repeatable.")
@click.option("-b", "--benchmark", "benchmarks", multiple=True, help="Only its rows; repeatable.")
@click.option("--seeds", default=30, show_default=True, type=click.IntRange(min=2), help="Searches of each row.")
@click.option("-j", "--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Worker processes.")
@click.option("--store", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept; is gone on with.")
@click.option("--published", is_flag=True, help="Print the rows as they were published, and run nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def reproduce(
    context: click.Context,
    name: str | None,
    strategies: tuple[str, ...],
    benchmarks: tuple[str, ...],
    seeds: int,
    jobs: int,
    store: Path | None,
    published: bool,
    as_json: bool,
) -> None:
    """Run the published table NAME again, and say of each number whether it holds; without NAME, list the tables.

    Runs that the store holds are not done again, so an interrupted reproduction goes on where it stopped. Rows whose
    table is not here are printed as published, with a sentence on standard error that says how to get it.
    """
    from nasapi.cli.progress import study_progress
    from nasapi.errors import InvalidOption, NotAvailable
    from nasapi_reproduce.comparison import chosen, compare, find, reproductions, runnable

    if name is None:
        typed = [one for one in context.params if context.get_parameter_source(one) is ParameterSource.COMMANDLINE]
        if set(typed) - {"as_json"}:
            raise InvalidOption("Name the table to run again; `nasapi reproduce` alone lists them.")
        _list(list(reproductions().values()), as_json)
        return
    item = find(name)
    store = store or Path("runs") / f"reproduce-{name}"
    if item.run and not (published and item.searches):
        module, _, function = item.run.partition(":")
        run = getattr(importlib.import_module(module), function)
        with resumable(f"runs that ended are in {str(store)!r}, and it goes on by"):
            run(strategies=strategies, benchmarks=benchmarks, seeds=seeds, jobs=jobs, store=store, as_json=as_json)
        _tell_missing(item, as_json)
        return
    picked = chosen(item.rows, strategies, benchmarks) if item.rows else ()
    if published:
        if not item.rows:
            show_message(f"{name} has no rows of published numbers; without --published it runs its searches.")
        _print(item, [], [(row, NOT_RERUN) for row in picked], seeds, as_json)
        return
    try:
        rows, skipped = runnable(picked)
    except NotAvailable:
        _print(item, [], [(row, NOT_HERE if row.strategy else NOT_RERUN) for row in picked], seeds, as_json)
        raise
    for sentence in skipped:
        show_message(sentence)
    with resumable(f"runs that ended are in {str(store)!r}, and it goes on by"):
        with study_progress() as progress:
            outcomes = compare(rows, store, seeds, jobs, progress)
    done = set(rows)
    rest = [(row, NOT_HERE if row.strategy else NOT_RERUN) for row in picked if row not in done]
    _print(item, outcomes, rest, seeds, as_json)


def _list(found: Sequence[Reproduction], as_json: bool) -> None:
    """The tables that there are."""
    from nasapi.cli.console import show_json, show_table

    columns, rows = ("name", "title", "rows"), [(item.name, item.title, len(item.rows) or None) for item in found]
    if as_json:
        show_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    show_table(columns, rows)


def _print(
    item: Reproduction, outcomes: Sequence[Outcome], rest: Sequence[tuple[Published, str]], seeds: int, as_json: bool
) -> None:
    """The rows that were run again with their verdicts, then those that were not, with why."""
    from nasapi_report.words import interval

    from nasapi.cli.console import show_json, show_table

    if as_json:
        ours = [
            {**row.row._asdict(), "mean": row.ours.value, "low": row.ours.low, "high": row.ours.high}
            | {"verdict": row.verdict}
            for row in outcomes
        ]
        nothing = {"mean": None, "low": None, "high": None}
        show_json(ours + [{**row._asdict(), **nothing, "verdict": why} for row, why in rest])
        _tell_missing(item, as_json)
        return
    show(f"{item.title}\nPublished: {item.source}.")
    if item.notes:
        show(item.notes)
    lines = [(row.row, interval(row.ours, 3), row.verdict) for row in outcomes]
    lines += [(row, "-", why) for row, why in rest]
    columns = ["method", "strategy", "benchmark", "trials", "metric", "published"]
    cells: list[list[object]] = [[*_words(row), _published(row), ours, verdict] for row, ours, verdict in lines]
    if outcomes:
        columns.append(f"ours, {seeds} seeds [95% interval]")
    else:
        cells = [[*row[:6], row[7]] for row in cells]
    if cells:
        show_table([*columns, "verdict"], cells, right=[columns[3], *columns[5:]])
    _tell_missing(item, as_json)


def _words(row: Published) -> list[object]:
    """What a row is of: method, strategy, benchmark, trials, metric."""
    known = (row.label or row.strategy, row.strategy, row.benchmark, row.trials)
    return [*(word or "-" for word in known), row.metric or "goal"]


def _tell_missing(item: Reproduction, as_json: bool) -> None:
    for sentence in item.missing:
        (show_message if as_json else show)(f"Missing: {sentence}")


@click.command("control")
@click.argument("benchmarks", nargs=-1)
@click.option("--every", is_flag=True, help="Every benchmark that is here and can be permuted.")
@click.option("-s", "--strategy", "strategies", multiple=True, required=True, help="A strategy; repeatable.")
@click.option("--seeds", default=30, show_default=True, type=click.IntRange(min=2), help="Runs of each.")
@click.option("--trials", default=32, show_default=True, type=click.IntRange(min=1), help="Trials of a run.")
@click.option(
    "--store", type=click.Path(dir_okay=False, path_type=Path), help="A file of what was counted; is gone on with."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def control(
    benchmarks: tuple[str, ...],
    every: bool,
    strategies: tuple[str, ...],
    seeds: int,
    trials: int,
    store: Path | None,
    as_json: bool,
) -> None:
    """Permute a table's values among its networks, and say which strategies still ask for its best network.

    What a strategy finds where there is nothing to learn it owes to where it looks; a win on the table itself is then
    no evidence of learning. With --store, what is counted is not counted again.
    """
    from attrs import asdict
    from nasapi_report.words import interval

    from nasapi.cli.console import show_json, show_table
    from nasapi.errors import InvalidOption
    from nasapi_reproduce.control import control as controlled
    from nasapi_reproduce.control import every_table

    if every == bool(benchmarks):
        raise InvalidOption("A control is of benchmarks that are named, or of all with --every; give one of the two.")
    if every:
        named, left_out = every_table()
        benchmarks = tuple(named)
        for sentence in left_out:
            show_message(sentence)
    place = f"what was counted is in {str(store)!r}, and it goes on by"
    with resumable(place if store else "nothing was kept without --store; again"):
        rows = controlled(benchmarks, strategies, range(seeds), trials, store)
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
