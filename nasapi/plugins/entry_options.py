"""The options that an entry takes, and the check of those that are given."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nasapi.errors import InvalidOption, PluginError, near
from nasapi.plugins.hooks import Entry, Kind
from nasapi.plugins.resolving import target_of, target_of_entry

if TYPE_CHECKING:
    from nasapi.options import Described

BENCHMARK_OPTIONS = ("budget", "unit", "noise", "workers")
"""The options of every benchmark, beside its own."""


def options_of(kind: Kind, name: str) -> dict[str, Described]:
    """The options that an entry takes, by name, with what may be given, defaults and help.

    An entry's own arguments are defaults of a strategy, and fixed for every other kind.
    """
    return _options(kind, *target_of(kind, name))


def options_of_entry(entry: Entry) -> dict[str, Described]:
    """What `options_of` gives, of an entry whether or not its plugin is among those that were found."""
    return _options(entry.kind, *target_of_entry(entry))


def _options(kind: Kind, target: Any, preset: Mapping[str, Any]) -> dict[str, Described]:
    """The options that may be given, those of a strategy with the values it is preset to as defaults."""
    from nasapi.options import described

    skip = {"encoder": 1, "strategy": 2}.get(kind, 0)
    known = {one.name: one for one in described(target, preset if kind == "strategy" else None, skip=skip)}
    return known if kind == "strategy" else {name: one for name, one in known.items() if name not in preset}


def check_options(kind: Kind, name: str, target: Any, preset: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Raise InvalidOption for an option that the target has not or lacks, PluginError for a preset that it has not."""
    if unknown := preset.keys() - _options(kind, target, {}).keys():
        raise PluginError(f"{kind.capitalize()} {name!r} is preset with {min(unknown)!r}, which {target!r} has not.")
    known = _options(kind, target, preset)
    names = [*known, *(BENCHMARK_OPTIONS if kind == "benchmark" else ())]
    for option in given:
        if option not in known:
            hint = near(option, names) if names else "It takes none."
            raise InvalidOption(f"{kind.capitalize()} {name!r} has no option {option!r}. {hint}")
    for parameter in known.values():
        if parameter.default is inspect.Parameter.empty and parameter.name not in given:
            raise InvalidOption(f"{kind.capitalize()} {name!r} needs option {parameter.name!r}.")
