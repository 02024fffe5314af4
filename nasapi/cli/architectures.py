"""The ways in which a person names architectures on the command line: text in any notation, numbers, or a sample."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click
import numpy as np

from nasapi.errors import InvalidArchitecture, InvalidOption
from nasapi.notation import named
from nasapi.space import Codes, SearchSpace


def architecture_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command with ARCH and the options --notation, --index, --sample and --seed."""
    decorators: list[Callable[[Callable[..., Any]], Callable[..., Any]]] = [
        click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of --sample."),
        click.option("--sample", default=0, type=click.IntRange(min=0), metavar="N", help="N drawn uniformly."),
        click.option("--notation", metavar="NAME", help="How ARCH is written; `nasapi info SPACE` lists the names."),
        click.option("--index", "indices", multiple=True, type=int, help="One by its official number; repeatable."),
        click.argument("architectures", nargs=-1, metavar="[ARCH]..."),
    ]
    for decorate in decorators:
        function = decorate(function)
    return function


def chosen(
    space: SearchSpace, texts: Sequence[str], indices: Sequence[int], sample: int, seed: int, notation: str | None
) -> Codes:
    """(n, d): the architectures that were named, in the order texts, indices, sample; `-` reads texts from stdin.

    Raises InvalidArchitecture for a text or an index that is none, InvalidOption where nothing was named or the
    space has no official numbers or no such notation.
    """
    if notation is not None:
        named(notation, space.notations, space.id)
    lines = [line.strip() for line in sys.stdin] if "-" in texts else []
    written = [text for text in texts if text != "-"] + [line for line in lines if line]
    rows = [space.read(text, notation)[None] for text in written]
    if indices:
        rows.append(_numbered(space, indices))
    if sample:
        rows.append(space.sample(sample, np.random.default_rng(seed)))
    if not rows:
        raise InvalidOption(
            f"No architecture of {space.id} was named; give its string, such as {_example(space)!r}, or --sample 1."
        )
    return np.concatenate(rows)


def _numbered(space: SearchSpace, indices: Sequence[int]) -> Codes:
    if space.numbered is None:
        others = ", ".join(name for name in space.notations if name != "string")
        raise InvalidOption(
            f"{space.id} has no official numbers; name architectures by their strings, or without --index in another "
            f"notation: {others}."
        )
    for index in indices:  # before numpy, which has no whole numbers beyond 64 bits
        if not 0 <= index < space.numbered:
            last = space.numbered - 1
            raise InvalidArchitecture(f"{space.id} has no architecture number {index}; they go from 0 to {last}.")
    return space.codes_at(np.array(indices))


def _example(space: SearchSpace) -> str:
    return space.format(space.sample(1, np.random.default_rng(0))[0])
