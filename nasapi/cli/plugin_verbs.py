"""The verbs that plugins add to the command line, each plugin asked on its own so that none can harm another."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from functools import partial

import click

from nasapi.plugins.hook_results import read
from nasapi.plugins.manager import manager
from nasapi.plugins.offers import complain
from nasapi.words import say

_VERB = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")


def plugin_verbs(taken: Container[str]) -> dict[str, click.Command]:
    """The commands that plugins add, by verb; a verb that is `taken`, or added before, is left out with a line."""
    verbs: dict[str, click.Command] = {}
    owners: dict[str, str] = {}
    for implementation in manager().hook.nasapi_commands.get_hookimpls():
        owner = implementation.plugin_name
        commands, problem = read(partial(_added, implementation.function), "nasapi_commands", _checked)
        complain(owner, "commands", problem)
        for verb, command in commands:
            if verb in taken or verb in verbs:
                _leave_out(
                    f"the command {verb!r} of {owner} is", f"there is one from {owners.get(verb, 'nasapi')} already"
                )
                continue
            verbs[verb], owners[verb] = command, owner
    return verbs


def _added(function: Callable[..., object]) -> list[tuple[object, object]]:
    """What a plugin adds to a group of its own."""
    group = click.Group("nasapi")
    function(group)
    return list(group.commands.items())


def _checked(pair: tuple[object, object]) -> tuple[str, click.Command]:
    verb, command = pair
    if not isinstance(verb, str) or not _VERB.fullmatch(verb):
        raise ValueError(f"the verb {verb!r:.80} is not made of small letters, digits, '-' and '_'")
    if not isinstance(command, click.Command):
        raise TypeError(f"the verb {verb!r} is {command!r:.80}, which is no click command")
    command.get_short_help_str(70)  # what `nasapi --help` asks
    return verb, command


def _leave_out(what: str, why: str) -> None:
    say(f"{what} left out: {why}")
