"""Origins: which distribution offers an entry, and which text of a strategy's code was run."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import inspect
import json
import sys
from pathlib import Path

from nasapi.plugins.hooks import Kind
from nasapi.plugins.manager import Plugin, entries
from nasapi.plugins.specs import parse_spec
from nasapi.strategy import MakesStrategy, spec_of


def owner_of(kind: Kind, spec: str) -> str:
    """The distribution that offers an entry and its version, "nasapi-nb201 0.1.0"; empty where none does."""
    plugin = _offering(kind, spec)
    return f"{plugin.name} {plugin.version}" if plugin else ""


def origin_of(maker: MakesStrategy) -> str:
    """Where a strategy's code is from: its distribution, or else the SHA-256 of its file.

    A distribution that is installed editable has the version of whatever its files say, so a digest of them is added.
    """
    target = getattr(maker, "target", maker)
    plugin = _offering("strategy", spec_of(maker))
    try:
        if plugin is None:
            file = inspect.getsourcefile(target)
            return f"sha256:{hashlib.sha256(Path(file).read_bytes()).hexdigest()}" if file else ""
        added = f" (edited {_digest(target.__module__)[:8]})" if _editable(plugin.name.partition(":")[0]) else ""
    except (TypeError, OSError):
        added = ""
    return f"{plugin.name} {plugin.version}{added}" if plugin else ""


def _offering(kind: Kind, spec: str) -> Plugin | None:
    name = parse_spec(spec)[0]
    plugins = [plugin for entry, plugin in entries(kind) if entry.id == name]
    return plugins[0] if len(plugins) == 1 else None


@functools.cache
def _editable(distribution: str) -> bool:
    """Whether a distribution's modules are files that its author edits (PEP 610, PEP 660)."""
    try:
        written = json.loads(importlib.metadata.distribution(distribution).read_text("direct_url.json") or "{}")
        return written.get("dir_info", {}).get("editable") is True
    except (importlib.metadata.PackageNotFoundError, ValueError, AttributeError):
        return False


@functools.cache
def _digest(module: str) -> str:
    """SHA-256 of all Python files of the package that a module is in, read once in a process."""
    top = getattr(sys.modules.get(module.partition(".")[0]), "__file__", None)
    file = Path(top or inspect.getfile(sys.modules[module]))
    files = sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]
    told = hashlib.sha256()
    for one in files:
        told.update(f"{one.relative_to(file.parent).as_posix()}\0{one.stat().st_size}\0".encode())
        told.update(one.read_bytes())
    return told.hexdigest()
