"""`nasapi data`: the tables that others publish, on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from nasapi import data
from nasapi.cli.console import resumable, show, show_json, show_message, show_pairs, show_table
from nasapi.cli.numbers import Number
from nasapi.data.download import Progress
from nasapi.errors import CorruptData


@click.group("data", no_args_is_help=True)
def command() -> None:
    """Fetch, import and verify the tables of benchmarks that others publish.

    They are kept in one folder, which NASAPI_DATA sets; what is there once works without a network.
    """


@command.command("list")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tables(name: str | None, as_json: bool) -> None:
    """List the tables, or say all that is known of the table NAME."""
    pairs = data.sources() if name is None else [(data.source(name), "")]
    here = {table.name: data.place_of(table).exists() for table, _ in pairs}
    if as_json:
        show_json([table._asdict() | {"here": here[table.name], "plugin": owner} for table, owner in pairs])
    elif name is not None:
        table = pairs[0][0]
        known = {key: value for key, value in table._asdict().items() if key != "importer"}
        shown = known | {
            "urls": "\n".join(table.urls),
            "files": "\n".join(table.files),
            "benchmarks": "\n".join(table.benchmarks),
            "size": None if table.size is None else f"{table.size:,} bytes",
            "sha256": table.sha256 or "not recorded: a download cannot be verified",
            "here": str(data.path(table.name)) if here[table.name] else data.how_to_get(table),
        }
        receipt = {f"receipt: {key}": value for key, value in data.receipt(table.name).items()}
        if several := receipt.get("receipt: files"):
            receipt["receipt: files"] = "\n".join(" ".join(map(str, each.values())) for each in several)
        show_pairs(shown | receipt)
    else:
        rows = [
            (
                table.name,
                "yes" if here[table.name] else "no",
                f"{table.size / 1e6:,.1f}" if table.size is not None else None,
                table.title,
                table.licence,
                owner,
            )
            for table, owner in pairs
        ]
        show_table(("table", "here", "MB", "title", "licence", "plugin"), rows, right=("MB",))


@command.command("get")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--again", is_flag=True, help="Replace a table that is here.")
@click.option(
    "--timeout",
    default=30.0,
    show_default=True,
    type=Number(0, 86_400, min_open=True),
    help="Seconds of silence after which to connect anew.",
)
def get(names: tuple[str, ...], again: bool, timeout: float) -> None:
    """Download tables, check them and convert them; a download that broke off goes on."""
    from nasapi.data.contents import rows_in_words  # which takes numpy

    for name in names:
        data.source(name)
    for name in names:
        with resumable("what was downloaded is kept, and goes on with"), _bar(name) as progress:
            table = data.get(name, again=again, progress=progress, timeout=timeout)
        show(f"{name}: {rows_in_words(table)} in {table.path}")


@command.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def import_(name: str, file: Path) -> None:
    """Convert FILE, the official file or folder of table NAME, which you have already.

    `nasapi data list NAME` says which files a table is made of, where these are several.
    """
    from nasapi.data.contents import rows_in_words  # which takes numpy

    data.source(name)
    if file.is_file() or file.is_dir():
        show_message(f"{name}: reading {str(file)!r}; the largest take minutes, and nothing is kept until all is read.")
    before = "the table that was here is as it was" if data.available(name) else f"no table {name} is here"
    with resumable(f"nothing was kept of the file, and {before}. It is read from its beginning by"):
        table = data.import_file(name, file)
    show(f"{name}: {rows_in_words(table)} in {table.path}")


@command.command("verify")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def verify(names: tuple[str, ...]) -> int:
    """Read tables wholly and compare them with what was written; by default all that are here.

    The status is 1 if one is damaged.
    """
    chosen = names or tuple(table.name for table, _ in data.sources() if data.available(table.name))
    damaged = 0
    for name in chosen:
        try:
            receipt = data.verify(name)
        except CorruptData as error:
            damaged += 1
            show(f"{name}: damaged: {error}")
        else:
            origin = "official file verified" if receipt.get("verified") else "official file not verifiable"
            show(f"{name}: ok, {origin}")
    if not chosen:
        show(f"No table is in {data.folder()}.")
    return int(damaged > 0)


@command.command("path")
@click.argument("name", required=False)
def path(name: str | None) -> None:
    """Print the folder of all tables, or where the table NAME is."""
    show(str(data.folder() if name is None else data.open_table(name).path))


@contextmanager
def _bar(name: str) -> Iterator[Progress | None]:
    """A bar with the remaining time on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=None)
        yield lambda here, total: bar.update(task, completed=here, total=total)
