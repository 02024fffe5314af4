"""The arguments of a space's builder as options of a command line, each under its own name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import click

from nasapi.options import Described

_KEY = "nasapi.builder"
_PREFIX = "builder_"
notation_option = click.option(
    "--notation", metavar="NAME", help="How ARCH is written; `nasapi info SPACE` lists the names."
)
"""Decorates a command that takes an architecture."""


class BuilderCommand(click.Command):
    """A command whose first word is a space, and which has the arguments of that space's builder as options.

    They are there once an architecture or `--help` follows the space, for then its builder is looked at.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with the options that the builder has."""
        words = self._words(ctx, args)
        if words and (len(words) > 1 or self._always):
            ctx.meta[_KEY] = _options(words[0], {name for one in self.params for name in one.opts})
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own, followed by the builder's."""
        return [*super().get_params(ctx), *ctx.meta.get(_KEY, ())]

    @property
    def _always(self) -> bool:
        """Whether the command is about networks alone."""
        return any(one.name == "architecture" and one.required for one in self.params)

    def _words(self, ctx: click.Context, args: Sequence[str]) -> list[str]:
        """The words that are no options and no values of options; all that the builder has take a value."""
        alone = {name for one in super().get_params(ctx) if getattr(one, "is_flag", False) for name in one.opts}
        words: list[str] = []
        skip = False
        for place, word in enumerate(args):
            if word == "--":
                return [*words, *args[place + 1 :]]
            if skip:
                skip = False
            elif word.startswith("-") and word != "-":
                skip = "=" not in word and word not in alone
            else:
                words.append(word)
        return words


def arguments_in(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the builder among what a command was called with: those that were given."""
    from nasapi.specs import read_value

    return {
        name.removeprefix(_PREFIX): read_value(value)
        for name, value in given.items()
        if name.startswith(_PREFIX) and value is not None
    }


def _options(space: str, taken: set[str]) -> list[click.Parameter]:
    """An option for each argument of the builder, but for names that the command has already."""
    from nasapi.errors import NasapiError
    from nasapi.networks import arguments_of
    from nasapi.plugins.loading import load_space

    try:
        described = arguments_of(load_space(space))
    except NasapiError:
        return []  # the command itself says what is wrong with the space
    return [
        click.Option([flag, _PREFIX + name], metavar="VALUE", help=_help(one))
        for name, one in described.items()
        for flag in [f"--{name.replace('_', '-')}"]
        if flag not in taken
    ]


def _help(one: Described) -> str:
    needed = one.default is inspect.Parameter.empty
    words = ", ".join(filter(None, (one.words, "needed" if needed else f"default {one.default}")))
    return f"{one.help} {words[:1].upper()}{words[1:]}."
