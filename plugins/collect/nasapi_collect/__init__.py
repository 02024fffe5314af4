"""Tables of one's own as a nasapi plugin: networks trained, attacked, corrupted and scored by one recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import hookimpl

if TYPE_CHECKING:
    import click

__version__ = "0.1.0"


@hookimpl
def nasapi_commands(group: click.Group) -> None:
    """The verb `collect`."""
    from nasapi.cli.lazy import LazyCommand

    sentence = "Make a table of your own: `nasapi collect RECIPE.toml -o FOLDER`."
    group.add_command(LazyCommand("collect", "nasapi_collect.commands:command", sentence))
