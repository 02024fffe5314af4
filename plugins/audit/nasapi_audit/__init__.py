"""The plugin `audit` of nasapi: compares another package's answers with ours and names each disagreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import hookimpl

if TYPE_CHECKING:
    import click

__version__ = "0.1.0"


@hookimpl
def nasapi_commands(group: click.Group) -> None:
    """Add the verb `nasapi audit`."""
    from nasapi.cli.lazy import LazyCommand

    sentence = "Compare SOURCE's answers with those of OBJECTIVE and name each disagreement."
    group.add_command(LazyCommand("audit", "nasapi_audit.command:command", sentence))
