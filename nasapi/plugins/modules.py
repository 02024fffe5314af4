"""Modules that a person names in an id: by dotted name, or a Python file by path."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

from nasapi.errors import NasapiError, PluginError, UnknownId
from nasapi.plugins.hooks import Kind
from nasapi.plugins.targets import kinds_of
from nasapi.safety.fences import NAMED_FILE, Fence


def module_of(name: str) -> Any:
    """A module by dotted name, or a Python file by path."""
    if not name.endswith(".py"):
        if "/" in name or name.startswith(".") or not name:
            raise UnknownId(f"{name!r} is neither a Python file, whose name ends in '.py', nor a module's dotted name.")
        with Fence(NasapiError) as fence:
            return importlib.import_module(name)
        if isinstance(fence.error, (ImportError, ValueError)):  # ValueError from a name such as "a..b"
            raise UnknownId(f"Cannot import {name!r}: {fence.error}") from fence.error
        raise PluginError(f"{name!r} cannot be imported: {fence.reason}") from fence.error
    path = Path(name).resolve()
    if not path.is_file():
        raise UnknownId(f"There is no file {name!r}.")
    module_name = f"{NAMED_FILE}{path.stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    with Fence() as fence:
        spec.loader.exec_module(module)
    if fence.error is not None:
        raise PluginError(f"{name!r} cannot be imported: {fence.reason}") from fence.error
    return module


def kinds_at(name: str) -> list[Kind]:
    """The kinds that `module:name` can be loaded as: that of a class, or of what a function says it gives."""
    module_name, _, attribute = name.rpartition(":")
    target = getattr(module_of(module_name), attribute, None)
    return kinds_of(getattr(target, "func", target))
