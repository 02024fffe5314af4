"""`nasapi report`: the comparison of a study's strategies, as one page and as files."""

from __future__ import annotations

from pathlib import Path

import click

from nasapi.cli.console import show, tell


@click.command("report")
@click.argument("store", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write, which is made; by default report/ and the store's name.",
)
def command(store: Path, output: Path | None) -> None:
    """Compare the strategies of the study in STORE: an HTML page with its figures and tables as files beside it."""
    from nasapi.running import Study
    from nasapi_report import write_report
    from nasapi_report.analysis import unregistered_in

    folder = output or Path("report") / store.resolve().stem
    study = Study.open(store)
    write_report(study, folder)
    for sentence in dict.fromkeys(filter(None, map(unregistered_in, study.benchmarks))):
        tell(f"nasapi: {sentence}")
    show(str(folder / "index.html"))
