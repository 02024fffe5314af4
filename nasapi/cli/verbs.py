"""The verbs that plugins add to the command line, each plugin asked on its own so that none can harm another."""

from __future__ import annotations

from collections.abc import Container

import click

from nasapi.plugins import manager
from nasapi.words import say


def plugin_verbs(taken: Container[str]) -> dict[str, click.Command]:
    """The commands that plugins add, by verb; a verb that is `taken`, or added before, is left out with a line."""
    verbs: dict[str, click.Command] = {}
    owners: dict[str, str] = {}
    for implementation in manager().hook.nasapi_commands.get_hookimpls():
        group = click.Group("nasapi")
        owner = implementation.plugin_name
        try:
            implementation.function(group)
        except (Exception, SystemExit) as error:
            _leave_out(f"the commands of {owner} are", f"{type(error).__name__}: {error}")
            continue
        for verb, command in group.commands.items():
            if verb in taken or verb in verbs:
                _leave_out(
                    f"the command {verb!r} of {owner} is", f"there is one from {owners.get(verb, 'nasapi')} already"
                )
                continue
            verbs[verb], owners[verb] = command, owner
    return verbs


def _leave_out(what: str, why: str) -> None:
    say(f"{what} left out: {why}")
