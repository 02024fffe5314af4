"""`nasapi digest`: one number for all that the runs in stores are."""

from __future__ import annotations

from pathlib import Path

import click

from nasapi.cli.console import show


@click.command("digest")
@click.argument("stores", nargs=-1, required=True, metavar="STORE...", type=click.Path(path_type=Path))
def command(stores: tuple[Path, ...]) -> None:
    """Print the SHA-256 of what the runs in each STORE are, all stores as one.

    It is the same for any number of workers, processes and machines, any order and any interruption, for wall-clock
    seconds are left out. Every run is checked on the way, and a run of which two files or stores hold different ones is
    refused by name.
    """
    from nasapi.storage import digest

    show(digest(stores))
