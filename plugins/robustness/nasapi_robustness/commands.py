"""`nasapi robustness`: the analyses of the data set as commands; each writes CSV and figures into a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nasapi.cli.console import show, show_message
from nasapi.cli.numbers import Number
from nasapi_robustness.names import CORRUPTIONS, DATASETS

if TYPE_CHECKING:
    from nasapi_robustness.figures import FigureFiles

Command = TypeVar("Command", bound=Callable[..., Any])
_BY = ("clean", "adversarial", "pooled", "corruption")
_DRAWN = 100  # rows of a figure that can still be read


def _writable(context: click.Context, parameter: click.Parameter, folder: Path) -> Path:
    """The folder, if it can be written, which is asked before anything is computed."""
    from nasapi.files import require_folder

    require_folder(folder)
    return folder


def common(function: Command) -> Command:
    """Decorate an analysis with the options of all: the data set and the folder."""
    dataset = click.option(
        "--dataset", type=click.Choice(list(DATASETS)), default="cifar10", show_default=True, help="Of which images."
    )
    output = click.option(
        "-o",
        "--output",
        default="robustness",
        show_default=True,
        type=click.Path(file_okay=False, path_type=Path),
        callback=_writable,
        help="The folder to write to; it is made.",
    )
    return dataset(output(function))


@click.group("robustness", no_args_is_help=True)
def command() -> None:
    """Analyse how all NAS-Bench-201 cells bear attacks and corruptions.

    The published data must be here: `nasapi data import robustness FOLDER`.
    """


@command.command("distributions")
@common
def distributions(dataset: str, output: Path) -> None:
    """How accuracies are distributed over all cells, by attack and epsilon and by corruption and severity."""
    from nasapi_robustness import distributions as analysis
    from nasapi_robustness.collection import Robustness

    robustness = Robustness.open(dataset)
    found = analysis.distributions(robustness)
    files = {f"{dataset}-distributions.csv": _csv(analysis.COLUMNS, analysis.rows(found))}
    files |= _images(analysis.attack_figure(found, dataset))
    if set(robustness.evaluated) & set(CORRUPTIONS):
        files |= _images(analysis.corruption_figure(found, dataset))
    else:
        show_message(f"There are no corruptions on {dataset} in the table.")
    _write(output, files)


@command.command("confidence")
@common
def confidence(dataset: str, output: Path) -> None:
    """How sure cells are of their predictions as attacks grow, where confidences were imported."""
    from nasapi_robustness import confidence as analysis
    from nasapi_robustness.collection import Robustness

    curves = analysis.confidence_curves(Robustness.open(dataset))
    table = {f"{dataset}-confidence.csv": _csv(analysis.COLUMNS, analysis.rows(curves))}
    _write(output, table | _images(analysis.confidence_figure(curves, dataset)))


@command.command("correlations")
@click.option(
    "--proxies",
    type=click.Path(path_type=Path),
    help="An .npz of training-free proxies: idx, and columns <dataset>_<proxy>, a row a cell.",
)
@click.option("--compute", multiple=True, help="A score of nasapi-proxies to compute here, naswot; repeatable.")
@click.option("--sample", type=click.IntRange(min=3), show_default="100", help="With --compute, of how many cells.")
@click.option("--seed", type=click.IntRange(min=0), show_default="0", help="With --compute, which cells.")
@common
def correlations(
    dataset: str, output: Path, proxies: Path | None, compute: tuple[str, ...], sample: int | None, seed: int | None
) -> None:
    """Kendall's tau between all measures, and of training-free proxies with each: from a file, or computed here."""
    from nasapi.errors import InvalidOption
    from nasapi_robustness import correlations as analysis
    from nasapi_robustness.collection import Robustness

    if not compute and (sample is not None or seed is not None):
        raise InvalidOption("--sample and --seed draw the cells of --compute; give that too, or leave them out.")
    sample = 100 if sample is None else sample
    robustness = Robustness.open(dataset)
    given = {} if proxies is None else analysis.read_proxies(proxies, robustness)
    own = analysis.computed_proxies(robustness, compute, sample, seed or 0)
    found = {f"{dataset}-correlations": analysis.between_measures(robustness)}
    if given or own:
        both = {**given, **{f"{name}, {sample} cells": values for name, values in own.items()}}
        found[f"{dataset}-proxies"] = analysis.of_proxies(robustness, both)
    files: dict[str, str | bytes] = {}
    if own:
        files[f"{dataset}-computed-proxies.csv"] = _csv(("cell", *own), analysis.computed_rows(robustness, own))
    for name, matrix in found.items():
        files[f"{name}.csv"] = _csv(*analysis.table(matrix))
        files |= _images(analysis.correlation_figure(name, matrix))
    _write(output, files)


@command.command("best")
@common
def best(dataset: str, output: Path) -> None:
    """The best cell by clean, mean adversarial (both grids) and mean corruption accuracy, drawn."""
    from nasapi_robustness import ranking
    from nasapi_robustness.collection import Robustness

    robustness = Robustness.open(dataset)
    found = [(f"best {by}", ranking.best(robustness, by)) for by in ranking.offered(robustness)]
    columns = ("best by", *found[0][1].columns)
    rows = [(heading.removeprefix("best "), *cells.rows[0]) for heading, cells in found]
    drawn = ranking.sheet(robustness, found)
    _write(output, {f"{dataset}-best.csv": _csv(columns, rows), f"{dataset}-best.svg": drawn}, (columns, rows, 3))


@command.command("neighbours")
@click.option("--by", type=click.Choice(_BY), default="clean", show_default=True, help="What the cell is the best in.")
@common
def neighbours(dataset: str, output: Path, by: str) -> None:
    """What changing one operation of the best cell does."""
    from nasapi_robustness import ranking
    from nasapi_robustness.collection import Robustness

    robustness = Robustness.open(dataset)
    centre = ranking.best(robustness, by)
    around = ranking.neighbours(robustness, centre.codes[0])
    name = f"{dataset}-neighbours-{by}"
    table = {f"{name}.csv": _csv(around.columns, [*centre.rows, *around.rows])}
    _write(output, table | _images(ranking.neighbour_figure(name, centre, around)))


@command.command("top")
@click.option("--by", type=click.Choice(_BY), default="adversarial", show_default=True, help="What they are ranked by.")
@click.option(
    "--params",
    type=Number(),
    help="The most parameters a network may have.  [default: 500000, none with --cell-params]",
)
@click.option(
    "--cell-params",
    type=Number(min=0),
    help="The most that one cell of the first stage may have itself: 2336 a 3x3 convolution, 288 a 1x1.",
)
@click.option(
    "-n",
    "--count",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many cells; the figure has the first 100.",
)
@common
def top(dataset: str, output: Path, by: str, params: float | None, cell_params: float | None, count: int) -> None:
    """The best cells under a limit of parameters, of the network or as in the paper of the cell itself."""
    from nasapi_robustness import ranking
    from nasapi_robustness.collection import Robustness

    if params is None and cell_params is None:
        params = 500_000.0
    robustness = Robustness.open(dataset)
    found = ranking.best(robustness, by, count, params, cell_params)
    drawn = found if count <= _DRAWN else ranking.best(robustness, by, _DRAWN, params, cell_params)
    name = f"{dataset}-top-{by}"
    files = {f"{name}.csv": _csv(found.columns, found.rows)} | _images(ranking.top_figure(name, drawn, by))
    _write(output, files, (found.columns, found.rows, 2))


def _csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str | bytes:
    from nasapi_report.formats import to_csv

    return to_csv(columns, rows)


def _images(figure: FigureFiles) -> dict[str, str | bytes]:
    """A figure as files by their names."""
    return {f"{figure.name}.svg": figure.svg, f"{figure.name}.png": figure.png}


def _write(
    folder: Path,
    files: Mapping[str, str | bytes],
    table: tuple[Sequence[str], Sequence[Sequence[object]], int] | None = None,
) -> None:
    """Write files, and then print a table, whose columns from a number on are of numbers, and the files' names.

    All are there before anything is printed, for who reads the output may leave early.
    """
    from nasapi.cli.console import show_table
    from nasapi.files import write_outputs

    places = write_outputs(folder, files)
    if table is not None:
        columns, rows, numbers = table
        show_table(columns, rows, right=columns[numbers:])
    for place in places:
        show(str(place))
