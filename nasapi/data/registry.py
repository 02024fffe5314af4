"""The registry of downloadable tables: what plugins say through the hook `nasapi_tables`."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pluggy

from nasapi.errors import NotAvailable, PluginError, UnknownId, near
from nasapi.hooks import TableSource
from nasapi.plugins import manager
from nasapi.words import say

__all__ = ["TableSource", "importer_of", "source", "sources"]

_NAME = re.compile(r"[a-z0-9][\w.-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def sources() -> list[tuple[TableSource, str]]:
    """Every table that plugins name, with the plugin's name, in the order of the tables' names.

    A plugin that raises, or gives something else than table sources, is left out with a line on stderr.
    """
    found: list[tuple[TableSource, str]] = []
    for implementation in manager().hook.nasapi_tables.get_hookimpls():
        try:
            found += [(_checked(each), implementation.plugin_name) for each in _given(implementation)]
        except (Exception, SystemExit) as error:
            say(f"the tables of {implementation.plugin_name} are left out: {type(error).__name__}: {error}")
    return sorted(found, key=lambda pair: pair[0].name)


def source(name: str) -> TableSource:
    """The table of that name; raises UnknownId with near matches, PluginError where two plugins name it."""
    everything = sources()
    found = [(each, owner) for each, owner in everything if each.name == name]
    if not found:
        raise UnknownId(f"No table {name!r}. {near(name, (each.name for each, _ in everything))}")
    if len(found) > 1:
        owners = " and ".join(owner for _, owner in found)
        raise PluginError(f"Table {name!r} is named by {owners}; uninstall one, or name it in NASAPI_BLOCK_PLUGINS.")
    return found[0][0]


def importer_of(table: TableSource) -> Callable[[Path, Path], Any]:
    """The function that converts the official file.

    Raises NotAvailable where a package that it needs is not installed, PluginError where it is no function.
    """
    module_name, _, attribute = table.importer.partition(":")
    try:
        importer = getattr(importlib.import_module(module_name), attribute)
    except ImportError as error:
        how = f"Install it with `pip install '{table.requires}'`." if table.requires else "Reinstall its plugin."
        raise NotAvailable(f"Table {table.name!r} cannot be converted here: {error}. {how}") from error
    except AttributeError as error:
        raise PluginError(f"Table {table.name!r} cannot be converted: {error}.") from error
    return importer  # type: ignore[no-any-return]


def _given(implementation: pluggy.HookImpl) -> Iterable[object]:
    return implementation.function()  # type: ignore[return-value]


def _checked(table: object) -> TableSource:
    if not isinstance(table, TableSource):
        raise TypeError(f"nasapi_tables gave {table!r:.80}; wanted TableSource(name, title, holds, importer, …)")
    if not _NAME.fullmatch(table.name):
        raise ValueError(f"the table name {table.name!r} is not made of small letters, digits, '-', '_' and '.'")
    if not re.fullmatch(r"[\w.]+:\w+", table.importer):
        raise ValueError(f"the importer {table.importer!r} of {table.name!r} is not of the form 'package.module:name'")
    if table.sha256 is not None and not _SHA256.fullmatch(table.sha256):
        raise ValueError(f"the SHA-256 {table.sha256!r} of {table.name!r} is not 64 small hexadecimal digits")
    if isinstance(table.urls, str):
        raise TypeError(f"the urls of {table.name!r} are one string; wanted a tuple of them")
    return table
