"""A verb whose module is imported when the verb is used: `nasapi --help` needs no more than its name and a sentence."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from nasapi.errors import PluginError


class LazyCommand(click.Command):
    """The command at `target`, "package.module:name", under its name and with a sentence for `--help`.

    The sentence is the first of the command's own help.
    """

    def __init__(self, name: str, target: str, sentence: str):
        super().__init__(name, short_help=sentence)
        self.target = target

    def load(self) -> click.Command:
        """The command itself; raises PluginError where it cannot be imported or is none."""
        module, _, name = self.target.partition(":")
        try:
            found = getattr(import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise PluginError(
                f"The verb {self.name!r} cannot be imported from {self.target}: {type(error).__name__}: {error}."
            ) from error
        if not isinstance(found, click.Command):
            raise PluginError(f"The verb {self.name!r} is {found!r:.80} of {self.target}, which is no click command.")
        return found

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """That of the command itself, which click goes on with."""
        return self.load().make_context(*arguments, **settings)
