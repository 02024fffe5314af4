"""`nasapi report`: the comparison of a study's strategies, as one page and as files."""

from __future__ import annotations

from pathlib import Path

import click

from nasapi.cli.console import show, show_message


@click.command("report")
@click.argument("stores", nargs=-1, required=True, metavar="STORE...", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write, which is made; by default report/ and the stores' names.",
)
@click.option("--trusted", is_flag=True, help="The stores are your own: load the files and modules that they name.")
def command(stores: tuple[Path, ...], output: Path | None, trusted: bool) -> None:
    """Compare the strategies of the study in STORE: an HTML page with its figures and tables as files beside it.

    Several stores are read as one study; a run that two of them hold must be the same in both.
    """
    from nasapi.running import Study
    from nasapi_report import write_report
    from nasapi_report.source import unregistered_in

    folder = output or Path("report") / "+".join(store.resolve().name.removesuffix(".zarr") for store in stores)[:100]
    study = Study.open(*stores, trusted=trusted)
    write_report(study, folder)
    for sentence in [] if trusted else dict.fromkeys(filter(None, map(unregistered_in, study.benchmarks))):
        show_message(f"nasapi: {sentence}")
    show(str(folder / "index.html"))
