"""What the programs that measure have in common: where they write, numbers they take, and refusals in a sentence."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from claims.kept import RESULTS
from nasapi.errors import NasapiError


def reader(description: str | None, default: Path | None = RESULTS) -> argparse.ArgumentParser:
    """A reader of the command line that knows `--into FOLDER`, by default benchmarks/results."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    help_text = "where to write what is found, in place of the repository"
    parser.add_argument("--into", type=folder, default=default, metavar="FOLDER", help=help_text)
    return parser


def folder(text: str) -> Path:
    """A folder that is there, or can be made; refused before anything is computed."""
    place = Path(text)
    there = next(each for each in (place, *place.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} is no folder that can be written to; name another.")
    return place


def whole(least: int) -> Callable[[str], int]:
    """Reads a whole number from `least` on."""

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} on.")
        return int(text)

    return number


def seconds(text: str) -> float:
    """Seconds, above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0.")
    return number


def end(main: Callable[[], int | None]) -> NoReturn:
    """Run a program and exit with what it gives; 2 where it refuses, with the reason on stderr."""
    try:
        sys.exit(main())
    except (NasapiError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
