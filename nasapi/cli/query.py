"""`nasapi query`: what an objective says of architectures."""

from __future__ import annotations

import click

from nasapi.cli.architectures import architecture_options, chosen
from nasapi.cli.console import show_csv, show_json, show_table, tell
from nasapi.notation import named
from nasapi.plugins.loading import objective_of


@click.command("query")
@click.argument("source", metavar="BENCHMARK|OBJECTIVE")
@architecture_options
@click.option("--write", "written", metavar="NAME", help="The notation to print architectures in.")
@click.option("--fidelity", type=int, help="A lower level, such as fewer epochs; by default the highest.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def command(
    source: str,
    architectures: tuple[str, ...],
    indices: tuple[int, ...],
    sample: int,
    seed: int,
    notation: str | None,
    written: str | None,
    fidelity: int | None,
    form: str,
) -> None:
    """Look architectures up: every metric of each ARCH, its expected value over training seeds, and its cost.

    ARCH is the literature's own string of the space, or another of its notations, which --notation names where several
    could read it; `-` reads one a line from standard input.
    """
    objective = objective_of(source)
    space = objective.space
    codes = chosen(space, architectures, indices, sample, seed, notation)
    if written is not None:
        named(written, space.notations, space.id)
    columns = objective.evaluate(codes, objective.level(fidelity), None)
    names = [metric.name for metric in objective.metrics] + ["cost"]
    values = [columns[name].tolist() for name in names]
    texts = [space.format(code) if written is None else space.write(code, written) for code in codes]
    rows = list(zip(texts, *values, strict=True))
    if form == "csv":
        show_csv(["architecture", *names], rows)
    elif form == "json":
        show_json([dict(zip(["architecture", *names], row, strict=True)) for row in rows])
    else:
        units = {metric.name: metric.unit for metric in objective.metrics if metric.unit} | {"cost": "s"}
        heads = [f"{name} [{units[name]}]" if name in units else name for name in names]
        show_table(["architecture", *heads], rows, right=heads)
        for name, how in objective.missing.items():
            tell(f"{name} is not here: {how}")
        for name, why in objective.failures.items():
            if any(value != value for value in columns[name].tolist()):
                tell(f"{name} lacks in some rows: {why}")
