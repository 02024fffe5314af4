"""`nasapi merge`: one store of several, its runs in the grid's order."""

from __future__ import annotations

from pathlib import Path

import click

from nasapi.cli.console import show, show_message
from nasapi.words import counted


@click.command("merge")
@click.argument("stores", nargs=-1, required=True, metavar="STORE...", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The store to write, where nothing is yet.",
)
@click.option("--skip-damaged", is_flag=True, help="Leave out runs that cannot be read, and say which they are.")
def command(stores: tuple[Path, ...], output: Path, skip_damaged: bool) -> None:
    """Write the runs of each STORE into one new store: by benchmark, strategy and seed, in one file.

    The stores must go together, as those of one study on several machines do. A run that several hold must be the same
    in all of them.
    """
    from nasapi.storage import merge

    merged = merge(stores, output, skip_damaged=skip_damaged)
    for sentence in merged.damaged:
        show_message(f"nasapi: left out: {sentence}")
    show(f"{counted(merged.runs, 'run is', 'runs are')} in {output}.")
