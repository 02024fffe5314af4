"""Plugins: found by pip entry points, described by hooks, loaded when asked for, each unable to harm another."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from types import FunctionType, ModuleType
from typing import NamedTuple, TypeVar

import pluggy

from nasapi.errors import InvalidOption, PluginError, UnknownId, near, with_article
from nasapi.plugins import hooks
from nasapi.plugins.entry_points import Point, normal_name, points
from nasapi.plugins.hook_results import checked_entry, read
from nasapi.plugins.hooks import KINDS, Entry, Kind
from nasapi.safety.fences import Fence
from nasapi.words import say

Made = TypeVar("Made")
_NO_HOOK = (str, tuple, dict, type, ModuleType)
GROUP = "nasapi.v1"
"""The entry-point group of plugins for this major version of the interface."""


class Plugin(NamedTuple):
    """One installed plugin: its distribution, what it offers, or why it cannot be used."""

    name: str
    """The distribution's name; with the entry point's after a colon where a distribution has several."""
    version: str
    entries: tuple[Entry, ...]
    error: str | None = None


class PluginManager(pluggy.PluginManager):
    """Loads every entry point of the group in its own try; a broken plugin is named and left out."""

    def __init__(self) -> None:
        super().__init__("nasapi")
        self.add_hookspecs(hooks)
        self.plugins: list[Plugin] = []
        self.problems: dict[tuple[str, str], str] = {}
        """What is wrong with what plugins offer beside entries, by plugin and what it is: tables, commands…"""

    def load_setuptools_entrypoints(self, group: str, name: str | None = None) -> int:
        """Load the entry points of `group`, all or those called `name`; gives how many plugins are usable.

        pluggy's own method stops at the first that fails to import and takes a second one of the same name for the
        first; this one does neither.
        """
        blocked = {part.strip() for part in os.environ.get("NASAPI_BLOCK_PLUGINS", "").split(",") if part.strip()}
        strict = os.environ.get("NASAPI_STRICT_PLUGINS") == "1"
        for plugin_name, version, point in entry_points_of(group):
            if (name is not None and point.name != name) or blocked & {plugin_name, plugin_name.partition(":")[0]}:
                continue
            plugin = self._load(plugin_name, version, point, group)
            self.plugins.append(plugin)
            if plugin.error is not None:
                if strict:
                    raise PluginError(f"Plugin {plugin.name} {plugin.version} cannot be used: {plugin.error}")
                say(f"plugin {plugin.name} {plugin.version} is left out: {plugin.error}")
        return sum(plugin.error is None for plugin in self.plugins)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """As pluggy does, which takes long over names of a module that cannot be a hook's."""
        if isinstance(plugin, ModuleType):
            value = vars(plugin).get(name)
            if isinstance(value, _NO_HOOK) or (type(value) is FunctionType and not vars(value)):
                return None
        return super().parse_hookimpl_opts(plugin, name)

    def _load(self, name: str, version: str, point: Point, group: str) -> Plugin:
        if point.group != group:
            return Plugin(name, version, (), f"it is made for {point.group}, and this is {group}; install its match")
        entries: tuple[Entry, ...] = ()
        problem: str | None = None
        with Fence() as fence:
            module = point.load()
            self.register(module, name)
            offer = getattr(module, "nasapi_entries", tuple)
            entries, problem = read(offer, "nasapi_entries", checked_entry)
        problem = problem or fence.reason or None
        if problem is not None and self.has_plugin(name):
            self.unregister(name=name)
        return Plugin(name, version, entries, problem)


def entry_points_of(group: str) -> Iterable[tuple[str, str, Point]]:
    """Name, version and entry point of all plugins of any major version, ordered by name, each distribution once."""
    found: dict[tuple[str, str, str], tuple[str, Point]] = {}
    for name, version, point in points(group.rpartition(".v")[0] + ".v"):
        found.setdefault((normal_name(name), point.group, point.name), (version, point))
    per_dist = [dist for dist, _, _ in found]
    for (dist_name, _, point_name), (version, point) in sorted(found.items()):
        yield dist_name if per_dist.count(dist_name) == 1 else f"{dist_name}:{point_name}", version, point


@functools.cache
def manager() -> PluginManager:
    """The manager with every installed plugin loaded; made at the first call."""
    found = PluginManager()
    found.load_setuptools_entrypoints(GROUP)
    return found


def entries(kind: Kind | None = None) -> list[tuple[Entry, Plugin]]:
    """All usable entries with the plugin that offers each, of one kind or of all, ordered by kind and id.

    Raises InvalidOption for what is no kind.
    """
    if kind is not None and kind not in KINDS:
        raise InvalidOption(f"No kind {kind!r:.80} of entry. {near(str(kind), KINDS)}")
    found = [(entry, plugin) for plugin in manager().plugins for entry in plugin.entries]
    return sorted(
        (pair for pair in found if kind in (None, pair[0].kind)),
        key=lambda pair: (KINDS.index(pair[0].kind), pair[0].id),
    )


def find(kind: Kind, name: str) -> Entry:
    """The entry of that kind and id; raises UnknownId with near matches, PluginError where two plugins claim it."""
    found = [(entry, plugin) for entry, plugin in entries(kind) if entry.id == name]
    if not found:
        known = [entry.id for entry, _ in entries(kind)]
        others = [other for other in KINDS if other != kind and any(entry.id == name for entry, _ in entries(other))]
        hint = f"There is {with_article(others[0])} of that name. " if others else ""
        raise UnknownId(f"No {kind} {name!r}. {hint}{near(name, known)}")
    if len(found) > 1:
        owners = " and ".join(plugin.name for _, plugin in found)
        raise PluginError(
            f"{kind.capitalize()} {name!r} is offered by {owners}; uninstall one, or name it in NASAPI_BLOCK_PLUGINS."
        )
    return found[0][0]
