"""The rules of a plugin as a whole: its names, its start-up, and the entries it offers."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys

from attrs import frozen

from nasapi.plugins.entry_options import BENCHMARK_OPTIONS, options_of_entry
from nasapi.plugins.entry_points import Point, normal_name
from nasapi.plugins.hooks import KINDS, Entry
from nasapi.testing.rules import Broken, Skipped, demand, rule


@frozen(eq=False)
class PluginCase:
    """A distribution's entry point in the group of plugins."""

    distribution: str
    point: Point

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What its hook gives."""
        module = importlib.import_module(self.point.module)
        return tuple(getattr(module, "nasapi_entries", tuple)())


@rule("plugin/names", "The distribution `nasapi-x` has the entry point `x` and the package `nasapi_x`.")
def names(case: PluginCase) -> None:
    """Distribution, entry point and package share one name."""
    if case.distribution == "nasapi":
        raise Skipped("the core's own entries")
    point = case.point.name
    wanted = (f"nasapi-{point.replace('_', '-')}", f"nasapi_{point.replace('-', '_')}")
    found = (normal_name(case.distribution), case.point.module.partition(".")[0])
    what = f"entry point {point!r} is of distribution {found[0]!r} and package {found[1]!r}"
    demand(found == wanted, f"{what}, not {wanted[0]!r} and {wanted[1]!r}", point)


@rule("plugin/light", "The module of this hook imports neither numpy nor torch: start-up stays quick.")
def light(case: PluginCase) -> None:
    """In a fresh interpreter, the entry module imports no numpy and no torch."""
    script = f"import sys, {case.point.module}; print(*({{'numpy', 'torch'}} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    demand(done.returncode == 0, f"it does not import: {done.stderr.strip().rpartition(chr(10))[2]}", case.point.module)
    demand(not done.stdout.strip(), f"it imports {done.stdout.strip()}", case.point.module)


@rule("plugin/entries", "Each is an Entry of a known kind, with a summary.")
def entries(case: PluginCase) -> None:
    """The hook gives entries of known kinds that say what they are."""
    for entry in case.entries:
        fine = isinstance(entry, Entry) and entry.kind in KINDS
        demand(fine, f"nasapi_entries gave {entry!r:.80}")
        demand(entry.summary.strip(), f"{entry.kind} {entry.id!r} has no summary", entry.id)


@rule("plugin/ids", "No two entries of a kind share an id.")
def ids(case: PluginCase) -> None:
    """Ids are distinct."""
    seen: set[tuple[str, str]] = set()
    for entry in case.entries:
        demand((entry.kind, entry.id) not in seen, f"{entry.kind} {entry.id!r} is offered twice", entry.id)
        seen.add((entry.kind, entry.id))


@rule("plugin/targets", "Every target can be imported, and what it names be made.")
def targets(case: PluginCase) -> None:
    """The module of each target has what the target names."""
    for entry in case.entries:
        module, _, name = entry.target.partition(":")
        try:
            found = getattr(importlib.import_module(module), name)
        except Exception as error:
            what = f"{entry.kind} {entry.id!r} cannot be loaded: {type(error).__name__}: {error}"
            raise Broken(what, entry.target) from error
        what = f"{entry.kind} {entry.id!r} is {type(found).__name__}, not a class or function"
        demand(callable(found), what, entry.target)


@rule("plugin/kit", "What the kit gives it are options that it takes.")
def kit(case: PluginCase) -> None:
    """The names in `kit` are among the options of the target."""
    for entry in case.entries:
        if not entry.kit:
            continue
        known = {*options_of_entry(entry), *(BENCHMARK_OPTIONS if entry.kind == "benchmark" else ())}
        for name in entry.kit:
            demand(name in known, f"{entry.kind} {entry.id!r} has no option {name!r} for the kit to give", name)
