"""The ways in which a person names architectures on the command line: text in any notation, numbers, or a sample."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
import numpy as np
from attrs import frozen

from nasapi.cli.arguments import notation_option
from nasapi.cli.gathered_options import gathered
from nasapi.errors import InvalidArchitecture, InvalidOption
from nasapi.notation import named
from nasapi.space import Codes, SearchSpace


@frozen
class ArchitectureOptions:
    """What was named with ARCH and the options --notation, --index, --sample and --seed."""

    texts: tuple[str, ...] = ()
    indices: tuple[int, ...] = ()
    sample: int = 0
    seed: int | None = None
    notation: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.seed is not None and not self.sample:
            raise InvalidOption("--seed is that of --sample; give --sample N too.")
        if self.notation is not None and not self.texts:
            raise InvalidOption("--notation says how an ARCH is written; name one, or leave it out.")

    @property
    def named(self) -> bool:
        """Whether any architecture was named."""
        return bool(self.texts or self.indices or self.sample)

    def of(self, space: SearchSpace) -> Codes:
        """(n, d): the architectures that were named, in the order texts, indices, sample; `-` reads texts from stdin.

        Raises InvalidArchitecture for a text or an index that is none, InvalidOption where nothing was named or the
        space has no official numbers or no such notation.
        """
        if self.notation is not None:
            named(self.notation, space.notations, space.id)
        lines = [line.strip() for line in sys.stdin] if "-" in self.texts else []
        written = [text for text in self.texts if text != "-"] + [line for line in lines if line]
        rows = [space.read(text, self.notation)[None] for text in written]
        if self.indices:
            rows.append(_numbered(space, self.indices))
        if self.sample:
            rows.append(space.sample(self.sample, np.random.default_rng(self.seed or 0)))
        if not rows:
            raise InvalidOption(
                f"No architecture of {space.id} was named; give its string, such as {_example(space)!r}, or --sample 1."
            )
        return np.concatenate(rows)


architecture_options = gathered(
    "architectures",
    ArchitectureOptions,
    click.argument("texts", nargs=-1, metavar="[ARCH]..."),
    click.option("--index", "indices", multiple=True, type=int, help="One by its official number; repeatable."),
    notation_option,
    click.option("--sample", default=0, type=click.IntRange(min=0), metavar="N", help="N drawn uniformly."),
    click.option("--seed", show_default="0", type=click.IntRange(min=0), help="Seed of --sample."),
)
"""Decorates a command with ARCH and its options, given to it as `architectures`."""


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
