"""What it takes to run a report's study again: the command, the versions, the seeds and where the numbers come from."""

from __future__ import annotations

import platform
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from itertools import pairwise

from nasapi.errors import UntrustedId
from nasapi.plugins import Kind, require_registered
from nasapi.words import seeds_option
from nasapi_report.analysis import Analysis

_PACKAGES = ("nasapi", "numpy", "scipy", "matplotlib", "zarr")
_AGAIN = "runs/again"
_PLUGIN = re.compile(r"nasapi-[a-z0-9-]+")
_Part = tuple[tuple[int, ...], int]  # seeds and batch


def command(analyses: Sequence[Analysis], strategies: Sequence[str], *, trusted: bool = True) -> str:
    """The `nasapi bench` commands that make these runs, a line for each grid of benchmarks, strategies and seeds.

    Several go into one store, so that a report of it is of all runs again. Where a store that is not `trusted` names
    what no plugin registers, the lines are comments under a sentence that says so: to run them is to run its code.
    """
    rows: dict[tuple[str, _Part], list[str]] = {}
    for analysis in analyses:
        made = {row.strategy: row.histories for row in analysis.runs}
        for name in (name for name in strategies if name in made):
            seeds = tuple(sorted(history.seed for history in made[name]))
            batch = max(history.batch for history in made[name])
            rows.setdefault((analysis.record.spec, (seeds, batch)), []).append(name)
    grids: dict[tuple[_Part, tuple[str, ...]], list[str]] = {}
    for (benchmark, part), names in rows.items():
        grids.setdefault((part, tuple(names)), []).append(benchmark)
    store = ["--store", _AGAIN] if len(grids) > 1 else []
    lines = [_bench(benchmarks, names, part, store) for (part, names), benchmarks in grids.items()]
    if not trusted and (why := _unregistered(analyses, strategies)):
        lines = [f"# {line}" for line in (why, *lines)]
    return "\n".join(lines)


def _unregistered(analyses: Sequence[Analysis], strategies: Sequence[str]) -> str:
    """A sentence on the first benchmark or strategy that no plugin registers; empty where there is none."""
    named: list[tuple[Kind, str]] = [("benchmark", analysis.record.spec) for analysis in analyses]
    try:
        for kind, name in [*named, *(("strategy", name) for name in strategies)]:
            require_registered(kind, name)
    except UntrustedId as error:
        return str(error)
    return ""


def _bench(benchmarks: Sequence[str], strategies: Sequence[str], part: _Part, store: Sequence[str]) -> str:
    """One command with its seeds as the command line takes them: 30 from 0 on, or 10-19, or 0,3,7-9."""
    seeds, batch = part
    words = ["nasapi", "bench", *benchmarks]
    for name in strategies:
        words += ["-s", name]
    words += ["--seeds", str(len(seeds)) if seeds[-1] + 1 == len(seeds) else seeds_option(seeds)]
    if batch != 1:
        words += ["--batch", str(batch)]
    return shlex.join([*words, *store])


def seeds_text(seeds: Sequence[int]) -> str:
    """Seeds as "0 to 29", or one by one where they have gaps."""
    ordered = sorted(seeds)
    if len(ordered) > 2 and all(b - a == 1 for a, b in pairwise(ordered)):
        return f"{ordered[0]} to {ordered[-1]}"
    return ", ".join(map(str, ordered))


def versions(analyses: Sequence[Analysis], offered_by: Mapping[str, str]) -> list[tuple[str, str]]:
    """(name, version) of what made the runs, as recorded, and as installed here of what that stands on.

    `offered_by` has each strategy's, by its spec. A file that one is in has its SHA-256 for a version.
    """
    recorded = {**offered_by, **{analysis.record.spec: analysis.record.offered_by for analysis in analyses}}
    files = [(spec, text.partition(" ")[0]) for spec, text in recorded.items() if text.startswith("sha256:")]
    owners = dict.fromkeys(text for text in recorded.values() if not text.startswith("sha256:"))
    exact = [text for text in owners if not any(other.startswith(f"{text} (") for other in owners)]
    found = [(name, version) for name, _, version in (text.partition(" ") for text in exact) if version] + files
    beneath = [*_beneath(name for name, _ in found), *_PACKAGES]
    found += [(name, metadata.version(name)) for name in beneath if name not in dict(found)]
    return [*found, ("Python", platform.python_version()), ("system", f"{platform.system()} {platform.machine()}")]


def _beneath(distributions: Iterable[str]) -> list[str]:
    """The plugins that these need, and theirs, such as that of a table's space: those that are installed."""
    found: list[str] = []
    waiting = [(name, False) for name in distributions]
    while waiting:
        name, beneath = waiting.pop(0)
        if name in found or not _PLUGIN.fullmatch(name):
            continue
        try:
            needs = metadata.requires(name) or ()
        except metadata.PackageNotFoundError:
            continue
        found += [name] if beneath else []
        waiting += [(re.split(r"[^\w.-]", need)[0], True) for need in needs if "extra ==" not in need]
    return found
