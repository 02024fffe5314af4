"""`nasapi standings`: how the strategies in stores stand after so many trials, or simulated seconds."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasapi.cli.console import show, show_json, show_message, show_table
from nasapi.cli.numbers import Number
from nasapi.errors import InvalidOption
from nasapi.words import counted

if TYPE_CHECKING:
    from nasapi_report.standings import Standing, Standings
    from nasapi_report.stats.intervals import Estimate


@click.command("standings")
@click.argument("stores", nargs=-1, required=True, metavar="STORE...", type=click.Path(path_type=Path))
@click.option(
    "--at",
    multiple=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Show what runs held after N trials; repeatable. By default: at their end.",
)
@click.option(
    "--at-seconds",
    "seconds",
    multiple=True,
    type=Number(min=0, min_open=True),
    metavar="S",
    help="Show what runs held after S simulated seconds of evaluation; repeatable.",
)
@click.option("--metric", metavar="NAME", help="A metric of the incumbent that runs recorded, such as test_accuracy.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print one table as GitHub shows it.")
def command(
    stores: tuple[Path, ...],
    at: tuple[int, ...],
    seconds: tuple[float, ...],
    metric: str | None,
    as_json: bool,
    markdown: bool,
) -> None:
    """Show how strategies stand after so many trials or seconds: a line a strategy, best first at the last N.

    Runs are read from each STORE that `nasapi bench` filled; seeds of one strategy in several stores count together,
    and no plugin is needed.

    Cells are means over all runs with 95 % intervals. A run that ended before N trials since its strategy asked for
    no more trials, or for nothing new, counts with what it had. A run whose budget ended before N does not count, nor
    does one that had found nothing feasible; as a mean over the others would be of those that did well, the cell then
    says only how many runs have a value. "p" is of a test, at the last N, that the mean is that of the best; it is
    corrected for all rows shown, and so smaller than in a report, which corrects for every pair and every test of its
    page. With --at-seconds a run has what it had been told of by that time on the simulated
    clock; that is how to compare strategies whose trials differ in cost. The last column is the strategy's own time.
    """
    if at and seconds:
        raise InvalidOption("--at and --at-seconds were both given; choose one.")
    if as_json and markdown:
        raise InvalidOption("--json and --markdown were both given; choose one.")
    from nasapi.storage import Store
    from nasapi_report.standings import standings

    found = standings([Store(path) for path in stores], seconds or at, metric, by="seconds" if seconds else "trials")
    if as_json:
        show_json([_plain(table) for table in found])
    elif markdown:
        _show_markdown(found)
    else:
        for number, table in enumerate(found):
            if number:
                show()
            _show(table)
    if _has_p_values(found) and not as_json:
        show_message(
            "p is corrected for the rows shown; a report corrects it for every pair and every test of its page, where "
            "it is larger."
        )
    for table in found:
        if table.measure.note and not as_json:
            show_message(f"{table.benchmark}: {table.measure.note}")
        if table.comparable and not as_json:
            most, option = _below(table.comparable), "--at-seconds" if table.by == "seconds" else "--at"
            show_message(
                f"{table.benchmark}: budgets differ; all rows can be compared after up to {_number(most)} {table.by}: "
                f"{option} {most:.15g}."
            )


def _show(table: Standings) -> None:
    """Print one benchmark's standings under a line that says what the numbers are."""
    unit = f" ({table.measure.unit})" if table.measure.unit else ""
    when = (
        "at the end of runs"
        if table.at == (None,)
        else f"after so many {'simulated seconds' if table.by == 'seconds' else 'trials'}"
    )
    show(f"{table.benchmark}: {table.measure.title}{unit} {when}")
    heads, rows = _heads([table]), _rows(table, [table])
    show_table(heads, rows, right=[head for head in heads if head not in ("strategy", "budget")])


def _show_markdown(tables: Sequence[Standings]) -> None:
    """Print all standings as one table."""
    heads = ["data set", *_heads(tables)]
    show(f"| {' | '.join(heads)} |")
    show("|---" * len(heads) + "|")
    for table in tables:
        for strategy, *cells in _rows(table, tables):
            line = [cell.replace("|", r"\|") for cell in (table.benchmark, f"`{strategy}`", *cells)]
            show(f"| {' | '.join(line)} |")


def _heads(tables: Sequence[Standings]) -> list[str]:
    """The headings that these standings need in one table."""
    numbers = ["end" if number is None else _number(number) for number in tables[0].at]
    budget = ["budget"] if _shows_budgets(tables) else []
    return [
        "strategy",
        *budget,
        "seeds",
        *numbers,
        *(["p"] if _has_p_values(tables) else []),
        *(["at optimum"] if _knows_optima(tables) else []),
        "own time a trial",
    ]


def _rows(table: Standings, tables: Sequence[Standings]) -> list[list[str]]:
    """One benchmark's rows for a table of `tables`, as text."""
    from nasapi_report.words import ABSENT, decimals, format_duration, interval, share

    means = [mean for row in table.rows for mean in row.means if mean.high > mean.low]
    means.sort(key=lambda mean: mean.high - mean.low)
    digits = decimals(means[len(means) // 4 :][:1])  # not the narrowest of all, which would give every cell its digits
    rows = []
    for row in table.rows:
        cells = [
            interval(mean, digits) if mean.value == mean.value else _without_mean(row, number, count)
            for number, mean, count in zip(table.at, row.means, row.counts, strict=True)
        ]
        budget = [str(row.setting)] if _shows_budgets(tables) else []
        optimal = (
            [share(row.share_at_optimum.value) if row.share_at_optimum else ABSENT] if _knows_optima(tables) else []
        )
        p_values = [_p(row.against_best)] if _has_p_values(tables) else []
        own = format_duration(row.seconds)
        rows.append([row.strategy, *budget, str(len(row.seeds)), *cells, *p_values, *optimal, own])
    return rows


def _number(number: float) -> str:
    return f"{number:,.15g}"


def _below(end: float) -> float:
    """An end of runs as a number that reads as it is and is not above it: whole, or four digits where it is below 1."""
    step = 10.0 ** min(floor(log10(end)) - 3, 0) if 0 < end < 1 else 1.0
    return floor(end / step) * step


def _without_mean(row: Standing, number: float | None, count: int) -> str:
    """What a cell says where not every run has a value: that budgets ended before, or how many have one."""
    if number is not None and row.given is not None and row.given < number and not count:
        return f"ended at {_number(_below(row.given))}"
    return f"{count} of {counted(len(row.seeds), 'run', 'runs')}"


def _shows_budgets(tables: Sequence[Standings]) -> bool:
    """Whether rows differ in their settings, or are given at an end that depends on them."""
    return tables[0].at == (None,) or len({row.setting for table in tables for row in table.rows}) > 1


def _knows_optima(tables: Sequence[Standings]) -> bool:
    return any(table.measure.optimum is not None for table in tables)


def _has_p_values(tables: Sequence[Standings]) -> bool:
    return any(row.against_best is not None for table in tables for row in table.rows)


def _p(p: float | None) -> str:
    from nasapi_report.words import ABSENT, probability_cell

    return ABSENT if p is None else probability_cell(p)


def _plain(table: Standings) -> dict[str, Any]:
    """Standings as JSON has them: whole numbers of decimals, and each interval's ends."""
    measure = table.measure
    return {
        "benchmark": table.benchmark,
        "measure": measure.name,
        "unit": measure.unit,
        "goal": "min" if measure.sign > 0 else "max",
        "optimum": measure.optimum,
        "note": measure.note,
        "comparable_at": table.comparable,
        "standings": [
            {
                "strategy": row.strategy,
                "budget": row.setting.budget.limit,
                "budget_unit": row.setting.budget.unit,
                "batch": row.setting.batch,
                "workers": row.setting.workers,
                "seeds": row.seeds,
                "at": [
                    {table.by: number, "runs": count, **_estimate(mean, "mean")}
                    for number, count, mean in zip(table.at, row.counts, row.means, strict=True)
                ],
                "at_optimum": _estimate(row.share_at_optimum, "share") if row.share_at_optimum else None,
                "p_against_best": row.against_best,
                "seconds_a_trial": row.seconds,
            }
            for row in table.rows
        ],
    }


def _estimate(found: Estimate, name: str) -> dict[str, float]:
    return {name: found.value, "low": found.low, "high": found.high}
