"""`nasapi plugins`: every installed plugin, and whether it is usable."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import click

from nasapi.cli.console import show_json, show_table
from nasapi.cli.main import COMMANDS
from nasapi.cli.plugin_verbs import plugin_verbs
from nasapi.data.registry import sources
from nasapi.plugins.hooks import KINDS
from nasapi.plugins.manager import Plugin, manager
from nasapi.plugins.offers import reproductions
from nasapi.words import counted

_PLURALS = {"strategy": "strategies"}


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> int:
    """Say which plugins are installed, what they offer and what is wrong with them.

    Exits with status 1 if any plugin is broken or two claim one id. NASAPI_BLOCK_PLUGINS names plugins to leave out,
    separated by commas; NASAPI_STRICT_PLUGINS=1 makes a broken plugin an error of every command.
    """
    plugins = [*manager().plugins]
    for read in (sources, reproductions, partial(plugin_verbs, COMMANDS)):
        read()
    problems = [_problem(plugin, plugins) for plugin in plugins]
    if as_json:
        show_json([_described(plugin, problem) for plugin, problem in zip(plugins, problems, strict=True)])
    else:
        rows = [
            (plugin.name, plugin.version, _counts(plugin), problem or "ok")
            for plugin, problem in zip(plugins, problems, strict=True)
        ]
        show_table(("plugin", "version", "offers", "state"), rows)
    return int(any(problems))


def _problem(plugin: Plugin, plugins: list[Plugin]) -> str | None:
    """What is wrong with a plugin: that it cannot be used, or that another offers one of its ids too."""
    if plugin.error is not None:
        return f"left out: {plugin.error}"
    if wrong := [
        f"its {what} are left out: {why}" for (name, what), why in manager().problems.items() if name == plugin.name
    ]:
        return "; ".join(wrong)
    own = Counter((entry.kind, entry.id) for entry in plugin.entries)
    for (kind, name), count in own.items():
        if count > 1:
            return f"it offers {kind} {name!r} twice"
        for other in plugins:
            if other is not plugin and any((entry.kind, entry.id) == (kind, name) for entry in other.entries):
                return f"{kind} {name!r} is offered by {other.name} too"
    return None


def _counts(plugin: Plugin) -> str:
    counts = Counter(entry.kind for entry in plugin.entries)
    words = [counted(counts[kind], kind, _PLURALS.get(kind, f"{kind}s")) for kind in KINDS if counts[kind]]
    return ", ".join(words) or "hooks only"


def _described(plugin: Plugin, problem: str | None) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "version": plugin.version,
        "entries": [{"kind": entry.kind, "id": entry.id, "summary": entry.summary} for entry in plugin.entries],
        "problem": problem,
    }
