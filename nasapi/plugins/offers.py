"""Offers: what all installed plugins answer to a hook, those left out that answer wrongly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from nasapi.plugins.hook_results import checked_reproduction, read
from nasapi.plugins.hooks import Reproduction
from nasapi.plugins.manager import manager
from nasapi.words import say

Item = TypeVar("Item")


def answers(hook: str, check: Callable[[Any], Item], what: str) -> list[tuple[Item, str]]:
    """Every plugin's checked answer to a hook without arguments: items, each with the plugin's name.

    A plugin whose answer is wrong is left out, with a line on stderr that says so of `what` it offers.
    """
    found: list[tuple[Item, str]] = []
    for implementation in getattr(manager().hook, hook).get_hookimpls():
        items, problem = read(implementation.function, hook, check)
        complain(implementation.plugin_name, what, problem)
        found += [(item, implementation.plugin_name) for item in items]
    return found


def complain(plugin: str, what: str, problem: str | None) -> None:
    """Keep what is wrong with a plugin's answer for `nasapi plugins`, and say it on stderr unless it is known."""
    problems = manager().problems
    if problem is None:
        problems.pop((plugin, what), None)
    elif problems.get((plugin, what)) != problem:
        problems[plugin, what] = problem
        say(f"the {what} of {plugin} are left out: {problem}")


def reproductions() -> list[tuple[Reproduction, str]]:
    """Every table of published numbers that plugins offer, with the plugin's name."""
    return answers("nasapi_reproductions", checked_reproduction, "reproductions")
