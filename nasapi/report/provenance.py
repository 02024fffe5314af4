"""What it takes to run a report's study again: the command, the versions, the seeds and where the numbers come from."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Sequence
from importlib import metadata
from itertools import pairwise

from nasapi.report.analysis import Analysis

_PACKAGES = ("nasapi", "numpy", "scipy", "matplotlib", "zarr")


def command(analyses: Sequence[Analysis], strategies: Sequence[str]) -> str:
    """The `nasapi bench` command that makes these runs."""
    words = ["nasapi", "bench", *(analysis.record.spec for analysis in analyses)]
    for name in strategies:
        words += ["-s", name]
    seeds = sorted({seed for analysis in analyses for seed in analysis.seeds})
    words += ["--seeds", str(len(seeds)) if seeds == list(range(len(seeds))) else ",".join(map(str, seeds))]
    batches = {history.batch for analysis in analyses for row in analysis.runs for history in row.histories}
    if batches - {1}:
        words += ["--batch", str(max(batches))]
    return shlex.join(words)


def seeds_text(seeds: Sequence[int]) -> str:
    """Seeds as "0 to 29", or one by one where they have gaps."""
    ordered = sorted(seeds)
    if len(ordered) > 2 and all(b - a == 1 for a, b in pairwise(ordered)):
        return f"{ordered[0]} to {ordered[-1]}"
    return ", ".join(map(str, ordered))


def versions(analyses: Sequence[Analysis], offered: Sequence[str]) -> list[tuple[str, str]]:
    """(name, version) of what made the runs, as recorded, and of what made this report."""
    recorded = dict.fromkeys([*offered, *(analysis.record.offered_by for analysis in analyses)])
    exact = [text for text in recorded if not any(other.startswith(f"{text} (") for other in recorded)]
    found = [(name, version) for name, _, version in (text.partition(" ") for text in exact) if version]
    found += [(name, metadata.version(name)) for name in _PACKAGES if name not in dict(found)]
    return [*found, ("Python", platform.python_version()), ("system", f"{platform.system()} {platform.machine()}")]
