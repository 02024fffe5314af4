"""The registry of downloadable tables: what plugins say through the hook `nasapi_tables`."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nasapi.errors import NotAvailable, PluginError, UnknownId, how_to_install, near
from nasapi.plugins.hooks import TableSource
from nasapi.plugins.offers import answers
from nasapi.safety.fences import Fence

__all__ = ["TableSource", "importer_of", "source", "sources"]

_NAME = re.compile(r"[a-z0-9][\w.-]*")
_TUPLES = ("urls", "files", "benchmarks")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def sources() -> list[tuple[TableSource, str]]:
    """Every table that plugins name, with the plugin's name, in the order of the tables' names.

    A plugin that raises, or gives something else than table sources, is left out with a line on stderr.
    """
    return sorted(answers("nasapi_tables", _checked, "tables"), key=lambda pair: pair[0].name)


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
    importer: Any = None
    with Fence() as fence:
        importer = getattr(importlib.import_module(module_name), attribute)
        if not callable(importer):
            raise TypeError(f"{table.importer!r} is no function")
    if isinstance(fence.error, ImportError):
        how = f"Install it with {how_to_install(table.requires)}." if table.requires else "Reinstall its plugin."
        raise NotAvailable(f"Table {table.name!r} cannot be converted here: {fence.error}. {how}") from fence.error
    if fence.error is not None:
        raise PluginError(f"Table {table.name!r} cannot be converted: {fence.reason}.") from fence.error
    return importer  # type: ignore[no-any-return]


def _checked(table: object) -> TableSource:
    if not isinstance(table, TableSource):
        raise TypeError(f"nasapi_tables gave {table!r:.80}; wanted TableSource(name, title, contents, importer, …)")
    for field in ("name", "title", "contents", "importer", "lacks", "page", "licence", "citation", "requires"):
        text = getattr(table, field)
        if not isinstance(text, str) or not all(c.isprintable() or c == "\n" for c in text) or len(text) > 10_000:
            raise TypeError(f"the {field} of table {table.name!r:.80} is no text that can be shown: {text!r:.80}")
    if not _NAME.fullmatch(table.name):
        raise ValueError(f"the table name {table.name!r} is not made of small letters, digits, '-', '_' and '.'")
    if not re.fullmatch(r"[\w.]+:\w+", table.importer):
        raise ValueError(f"the importer {table.importer!r} of {table.name!r} is not of the form 'package.module:name'")
    if table.sha256 is not None and not (isinstance(table.sha256, str) and _SHA256.fullmatch(table.sha256)):
        raise ValueError(f"the SHA-256 {table.sha256!r} of {table.name!r} is not 64 small hexadecimal digits")
    for field in _TUPLES:
        several = getattr(table, field)
        if isinstance(several, str):
            raise TypeError(f"the {field} of {table.name!r} are one string; wanted a tuple of them")
        if not isinstance(several, (tuple, list)) or not all(isinstance(one, str) for one in several):
            raise TypeError(f"the {field} of {table.name!r} are {several!r:.80}; wanted a tuple of strings")
    if odd := [name for name in table.files if name in ("", ".", "..") or Path(name).name != name]:
        raise ValueError(f"the file {odd[0]!r:.80} of {table.name!r} is no name of a file in a folder")
    if table.size is not None and (isinstance(table.size, bool) or not isinstance(table.size, int) or table.size < 0):
        raise TypeError(f"the size of {table.name!r} is {table.size!r:.80}; wanted a number of bytes, or None")
    for field in ("unpack", "other_forms"):
        if not isinstance(flag := getattr(table, field), bool):
            raise TypeError(f"`{field}` of {table.name!r} is {flag!r:.80}; wanted True or False")
    return table._replace(urls=tuple(table.urls), files=tuple(table.files), benchmarks=tuple(table.benchmarks))
