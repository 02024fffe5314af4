"""`nasapi picture`: an architecture as SVG."""

from __future__ import annotations

from pathlib import Path

import click

from nasapi.cli.architectures import ArchitectureOptions, architecture_options
from nasapi.cli.console import show
from nasapi.errors import InvalidOption
from nasapi.files.places import is_folder, require_place
from nasapi.files.replacing import write_whole
from nasapi.plugins.loading import load_space


@click.command("picture")
@click.argument("space")
@architecture_options
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The SVG file to write.")
def command(
    space: str,
    architectures: ArchitectureOptions,
    output: Path | None,
) -> None:
    """Make pictures of architectures of SPACE as the literature draws them, one SVG file each.

    Without --output the SVG goes to standard output. Several are numbered: cell-0.svg, cell-1.svg and so on.
    """
    from nasapi.pictures.cell import render_svg

    found = load_space(space)
    codes = architectures.of(found)
    if output is not None and output.suffix.lower() != ".svg":
        raise InvalidOption(f"{str(output)!r} is not the name of an SVG file; end it in '.svg'.")
    if output is None and len(codes) > 1:
        raise InvalidOption(f"{len(codes)} pictures need a place to go; give --output cell.svg.")
    places = [] if output is None else _places(output, len(codes))
    for place in places:
        require_place(place, _foreign)
    for number, code in enumerate(codes):
        picture = render_svg(found.picture(code), found.format(code))
        if output is None:
            show(picture)
            return
        write_whole(places[number], picture, _foreign)
    for place in places:  # once all are there, for who reads the output may leave early
        show(str(place))


def _places(output: Path, count: int) -> list[Path]:
    """The files of so many pictures."""
    return [output] if count == 1 else [output.with_stem(f"{output.stem}-{number}") for number in range(count)]


def _foreign(path: Path) -> str | None:
    """Why a file is not to be replaced: it is no picture that this verb made."""
    from nasapi.pictures.cell import OURS

    if (reason := is_folder(path)) is not None:
        return reason
    with path.open(encoding="utf-8", errors="replace") as file:
        ours = OURS.match(file.read(1000))
    return None if ours else "is there and is no picture of an architecture; name another file, or move it away"
