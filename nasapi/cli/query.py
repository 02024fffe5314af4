"""`nasapi query`: what an objective says of architectures."""

from __future__ import annotations

import time

import click

from nasapi.benchmark import Benchmark
from nasapi.cli.architectures import ArchitectureOptions, architecture_options
from nasapi.cli.console import show_csv, show_json, show_message, show_table
from nasapi.cli.selection_options import SelectionOptions, selection_options
from nasapi.errors import InvalidOption
from nasapi.notation import named
from nasapi.objective import Objective
from nasapi.plugins.loading import benchmark_or_objective
from nasapi.space import Codes
from nasapi.tables.selection import Selection, every_code, query

_TRIED, _QUICK, _LONG = 2, 0.02, 60.0  # architectures tried, and seconds: of one that is looked up, of a long wait


@click.command("query")
@click.argument("source", metavar="BENCHMARK|OBJECTIVE")
@architecture_options
@click.option("--write", "written", metavar="NAME", help="The notation to print architectures in.")
@selection_options
@click.option("--fidelity", type=int, help="A lower level, such as fewer epochs; by default the highest.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), show_default="table")
@click.option("--csv", "as_csv", is_flag=True, help="As --format csv.")
@click.option("--json", "as_json", is_flag=True, help="As --format json.")
def command(
    source: str,
    architectures: ArchitectureOptions,
    written: str | None,
    selection: SelectionOptions,
    fidelity: int | None,
    form: str | None,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Look architectures up: every metric of each ARCH, its expected value over training seeds, and its cost.

    ARCH is the literature's own string of the space, or another of its notations, which --notation names where several
    could read it; `-` reads one a line from standard input. With --top or --where and none named, every architecture of
    the space is looked at.
    """
    forms = sorted({word for word in (form, "csv" * as_csv, "json" * as_json) if word})
    if len(forms) > 1:
        raise InvalidOption(f"Answers are printed in one form, not as {' and '.join(forms)}; give one.")
    asked = benchmark_or_objective(source)
    space = asked.problem.space if isinstance(asked, Benchmark) else asked.space
    if written is not None:
        named(written, space.notations, space.id)
    if selection.of_all(architectures.named):
        codes = every_code(space)
        _tell_duration(asked.objective if isinstance(asked, Benchmark) else asked, codes, fidelity)
    else:
        codes = architectures.of(space)
    if architectures.sample:
        selection.note_repeats(codes)
    _show(selection.of(query(asked, codes, fidelity)), written, forms[0] if forms else "table")


def _tell_duration(objective: Objective, codes: Codes, fidelity: int | None) -> None:
    """Say on stderr how long all architectures take, where they are computed rather than looked up."""
    seconds = 0.0
    for row in codes[:_TRIED, None]:  # the first may load a library or a table
        start = time.perf_counter()
        objective.evaluate(row, objective.level(fidelity), None)
        seconds = time.perf_counter() - start
        if seconds < _QUICK:
            return
    if (most := seconds * len(codes)) > _LONG:
        show_message(
            f"All {len(codes):,} architectures are computed, which takes {most / 60:,.0f} minutes at most; --sample N "
            "asks some alone."
        )


def _show(found: Selection, written: str | None, form: str) -> None:
    """Print the rows in one of three forms, and on stderr why values are missing."""
    columns = found.to_dict()
    for name in found.columns:
        if name != "cost" and found.metric(name).unit == "count":
            columns[name] = [int(value) if value.is_integer() else value for value in columns[name]]
    if written is not None:
        columns["architecture"] = [found.objective.space.write(code, written) for code in found.codes]
    rows = list(zip(*columns.values(), strict=True))
    if form == "csv":
        show_csv(list(columns), rows)
    elif form == "json":
        show_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        heads = {
            name: f"{name} [{unit}]" if (unit := found.metric(name).shown_unit) else name for name in found.columns
        }
        show_table(["architecture", *heads.values()], rows, right=list(heads.values()))
        lacking: dict[str, list[str]] = {}
        for name, how in found.objective.missing.items():
            if name != "fidelity":  # which who asks for a level is told
                lacking.setdefault(how, []).append(name)
        for how, names in lacking.items():
            show_message(f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not here: {how}")
        for name, why in found.objective.failures.items():
            if any(value != value for value in columns[name]):
                show_message(f"{name} lacks in some rows: {why}")
