"""Resolving: ids become what they stand for, a class or function that makes the object, and its preset arguments."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from nasapi.errors import NasapiError, PluginError, UnknownId, near
from nasapi.plugins.hooks import Entry, Kind
from nasapi.plugins.manager import find
from nasapi.plugins.modules import module_of
from nasapi.plugins.targets import class_of, gives_kind, require_kind, unwrapped
from nasapi.safety.fences import Fence


def target_of(kind: Kind, name: str) -> tuple[Any, dict[str, Any]]:
    """What an id stands for, and what it is preset with: an entry's target, or `module:name` of a module or file."""
    if ":" in name:
        module_name, _, attribute = name.rpartition(":")
        found, preset = unwrapped(kind, name, _attribute(kind, module_of(module_name), module_name, attribute))
        require_kind(kind, name, found)
        return found, preset
    if name.endswith(".py"):
        offered = [f"{name}:{one}" for one in _fitting(kind, module_of(name))]
        written = " or ".join(map(repr, offered)) if offered else f"{name}:Name; no {kind} is defined there"
        raise UnknownId(f"{name!r} is a file; name the {kind} in it: {written}.")
    return target_of_entry(find(kind, name))


def target_of_entry(entry: Entry) -> tuple[Any, dict[str, Any]]:
    """What an entry stands for, imported now, and the arguments that it is preset with."""
    kind, name = entry.kind, entry.id
    module_name, _, attribute = entry.target.partition(":")
    with Fence(NasapiError) as fence:
        module = importlib.import_module(module_name)
    if fence.error is not None:
        raise PluginError(
            f"{kind.capitalize()} {name!r} cannot be imported from {module_name}: {fence.reason}"
        ) from fence.error
    found, preset = unwrapped(kind, name, _attribute(kind, module, module_name, attribute))
    return found, {**preset, **entry.arguments}


def _attribute(kind: Kind, module: Any, module_name: str, attribute: str) -> Any:
    try:
        return getattr(module, attribute)
    except AttributeError:
        known = _fitting(kind, module)
        hint = near(attribute, known) if known else f"No {kind} is defined there."
        raise PluginError(f"{module_name!r} has no {attribute!r}. {hint}") from None


def _fitting(kind: Kind, module: Any) -> list[str]:
    """The names of a module's own that can be an entry: classes of the kind, and functions that say they give one."""
    wanted = class_of(kind)
    package = module.__name__.partition(".")[0]
    own = {
        key: value
        for key, value in vars(module).items()
        if not key.startswith("_") and str(getattr(value, "__module__", "")).partition(".")[0] == package
    }
    return [
        key
        for key, value in own.items()
        if (inspect.isclass(value) and issubclass(value, wanted) and not inspect.isabstract(value))
        or (inspect.isfunction(value) and gives_kind(value, kind))
    ]
