"""Origins: which distribution offers an entry, and which text of a strategy's code was run."""

from __future__ import annotations

import functools
import hashlib
import inspect
import io
import json
import sys
import tokenize
from pathlib import Path
from typing import TypeGuard

import attrs

from nasapi.errors import InvalidOption
from nasapi.plugins.hooks import Entry, Kind
from nasapi.plugins.manager import Plugin, entries
from nasapi.specs import Spec
from nasapi.strategy import MakesStrategy, Strategy, StrategyFactory, recorded_spec, spec_of


def owner_of(kind: Kind, spec: str | Spec) -> str:
    """The distribution that offers an entry and its version, "nasapi-nb201 0.1.0", or the digests of a file it names.

    Empty where neither is.
    """
    file, plugin = Spec.parse(spec).id.rpartition(":")[0], _offering(kind, spec)
    if file.endswith(".py") and Path(file).is_file():
        return _of_file(Path(file))
    return f"{plugin.name} {plugin.version}" if plugin else ""


def origin_of(maker: MakesStrategy) -> str:
    """Where a strategy's code is from: its distribution, or else the SHA-256 of its file and of the code in it.

    A distribution that is installed editable has the version of whatever its files say, so a digest of them is added.
    """
    target = getattr(maker, "target", maker)
    plugin = _offering("strategy", spec_of(maker))
    try:
        if plugin is None:
            file = inspect.getsourcefile(target)
            return _of_file(Path(file)) if file else ""
        added = f" (edited {_digest(target.__module__)[:8]})" if _editable(plugin.name.partition(":")[0]) else ""
    except (TypeError, OSError):
        added = ""
    return f"{plugin.name} {plugin.version}{added}" if plugin else ""


def registered(maker: MakesStrategy) -> MakesStrategy:
    """What makes a strategy, named by its id where a plugin registers it: a class, a class configured, a partial of it.

    A class that several ids stand for has the name of that which presets nothing, and else of that which presets most
    of the options given. Raises InvalidOption for a partial that adds arguments by their place.
    """
    if isinstance(maker, functools.partial) and _is_strategy(maker.func):
        if maker.args:
            raise InvalidOption(f"{maker!r:.120} adds arguments by their place; name them, or use `configured`.")
        maker = maker.func.configured(**maker.keywords)
    factory = maker.configured() if _is_strategy(maker) else maker
    if not isinstance(factory, StrategyFactory) or Spec.parse(factory.spec).id != factory.target.__name__:
        return maker
    named = {entry.id: entry.arguments for entry, _ in entries("strategy") if _stands_for(entry, factory.target)}
    fitting = [name for name, preset in named.items() if preset.items() <= factory.options.items()]
    if not fitting:
        return maker
    name = min(fitting, key=lambda name: (len(named[name]) > 0, -len(named[name]), name))
    given = {key: value for key, value in factory.options.items() if key not in named[name]}
    return attrs.evolve(factory, spec=str(recorded_spec(name, given)))


def _of_file(file: Path) -> str:
    """The SHA-256 of a Python file, and that of its code, which comments and blank lines do not change."""
    content = file.read_bytes()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING)
    try:
        tokens = [(each.type, each.string) for each in tokenize.tokenize(io.BytesIO(content).readline)]
    except (tokenize.TokenError, SyntaxError):
        return digest
    code = "\0".join(f"{tokenize.tok_name[kind]} {text}" for kind, text in tokens if kind not in silent)
    return f"{digest} code:{hashlib.sha256(code.encode()).hexdigest()}"


def _is_strategy(maker: object) -> TypeGuard[type[Strategy]]:
    return isinstance(maker, type) and issubclass(maker, Strategy)


def _stands_for(entry: Entry, target: type) -> bool:
    """Whether an entry's target is this class, which then is imported already."""
    module, _, name = entry.target.partition(":")
    return getattr(sys.modules.get(module), name, None) is target


def _offering(kind: Kind, spec: str | Spec) -> Plugin | None:
    name = Spec.parse(spec).id
    plugins = [plugin for entry, plugin in entries(kind) if entry.id == name]
    return plugins[0] if len(plugins) == 1 else None


@functools.cache
def _editable(distribution: str) -> bool:
    """Whether a distribution's modules are files that its author edits (PEP 610, PEP 660)."""
    import importlib.metadata

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
    digest = hashlib.sha256()
    for one in files:
        digest.update(f"{one.relative_to(file.parent).as_posix()}\0{one.stat().st_size}\0".encode())
        digest.update(one.read_bytes())
    return digest.hexdigest()
