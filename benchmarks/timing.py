"""Rows: things that are timed, each beside its limit and its peers; and how several pieces of work take turns."""

from __future__ import annotations

import cProfile
import importlib.util
import pstats
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
from attrs import Factory, define, frozen

Work = Callable[[], object]
"""What is timed: once a call."""
Prepare = Callable[[int], Work]
"""Gets everything ready, for so many things, and gives the work on them."""

LEAST_SECONDS = 0.02
"""CPU seconds that a sample takes at least: short work is called several times."""
FEWEST, MOST = 5, 40
"""How many samples are taken of a work, as time allows; three where one takes very long."""
SCALES = {"s": 1.0, "ms": 1e3, "us": 1e6}


@frozen
class Row:
    """One thing that is timed: our work, and beside it the limit, and what others take for the same."""

    name: str
    now: Prepare
    """Our own work."""
    unit: str
    """Seconds, "s", "ms" or "us", of CPU time of this process and its children; of others the work gives the number."""
    limit: Prepare | None = None
    """A tight loop, or the same work by hand."""
    peers: Mapping[str, Prepare] = Factory(dict)
    """Other packages; one that is not installed raises ImportError."""
    n: int = 1
    """How many things the work is on."""
    quick: int = 1
    """How many, where each row is only run once to see that it runs."""
    each: bool = True
    """Whether the number is that of one of the `n` things rather than of all."""
    goal: float | None = None
    """What it should take at most, in the unit."""
    heavy: bool = False
    """Whether it takes minutes, and is measured only where it is named."""
    where: Callable[[Work], dict[str, float]] | None = None
    """Gives the shares of what the time goes to; by default those of the modules in a profile."""

    def works(self, n: int) -> dict[str, Prepare]:
        """Everything there is to prepare, by its name."""
        limit = {} if self.limit is None else {"limit": self.limit}
        return {"now": self.now, **limit, **self.peers}


@define
class Sampler:
    """A work that is ready, and how often it is called for a sample."""

    work: Work
    unit: str
    things: int
    """By how many a call's number is divided."""
    calls: int = 1

    def settle(self) -> None:
        """Call the work until it is warm, and see how often it has to be called."""
        self.sample()
        spent = self.sample()[1]
        if self.unit in SCALES:
            self.calls = int(np.clip(LEAST_SECONDS / max(spent, 1e-7), 1, 100_000))

    def sample(self) -> tuple[float, float]:
        """One number in the unit, and the CPU seconds that it took."""
        result: object = None
        start = cpu_seconds()
        for _ in range(self.calls):
            result = self.work()
        spent = cpu_seconds() - start
        if self.unit not in SCALES:
            return float(result), spent  # type: ignore[arg-type]
        return SCALES[self.unit] * spent / self.calls / self.things, spent


def cpu_seconds() -> float:
    """CPU seconds of this process and of the children it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def sampler(row: Row, prepare: Prepare, n: int) -> Sampler:
    """A work of a row, ready for `n` things."""
    return Sampler(prepare(n), row.unit, n if row.each else 1)


def take_turns(samples: Mapping[str, Callable[[], tuple[float, float]]], seconds: float) -> dict[str, list[float]]:
    """Samples of several works, one of each a turn, in an order that is turned round each time.

    There are turns until they have taken `seconds` of CPU time, but at least 5 (3 where a turn takes a third of the
    seconds) and at most 40.
    """
    found: dict[str, list[float]] = {name: [] for name in samples}
    spent = 0.0
    for turn in range(MOST):
        for name in list(samples)[:: 1 if turn % 2 else -1]:
            number, took = samples[name]()
            found[name].append(number)
            spent += took
        fewest = 3 if spent / (turn + 1) > seconds / 3 else FEWEST
        if turn + 1 >= fewest and spent > seconds:
            break
    return found


def median_with_interval(values: Iterable[float], level: float = 0.95) -> tuple[float, float, float]:
    """The median, and a bootstrap interval for it."""
    given = np.asarray(list(values))
    rng = np.random.default_rng(0)
    medians = np.median(given[rng.integers(len(given), size=(4000, len(given)))], axis=1)
    low, high = np.quantile(medians, [(1 - level) / 2, (1 + level) / 2])
    return float(np.median(given)), float(low), float(high)


def profiled(work: Work, calls: int) -> dict[str, float]:
    """The share of each module in the time of so many calls of a work, as cProfile sees it; the five largest.

    What is written in C counts for the module that calls it.
    """
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(calls):
        work()
    profile.disable()
    spent: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file != "~":
            spent[_module(file)] += own
        for (caller, _, _), (_, _, inside, _) in callers.items() if file == "~" else ():
            spent[_module(caller)] += inside
    total = sum(spent.values()) or 1.0
    return {name: own / total for name, own in spent.most_common(5)}


def _module(file: str) -> str:
    """The name of a file's module: a package of others is one, a file of ours is itself."""
    parts = Path(file).with_suffix("").parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    ours = [at for at, part in enumerate(parts) if part.startswith("nasapi")]
    return ".".join(parts[ours[-1] :]) if ours else parts[-1]


def all_rows(folder: Path) -> dict[str, Row]:
    """The rows of every module of a folder, by their names, in the order of files."""
    rows: dict[str, Row] = {}
    for path in sorted(folder.glob("*.py")):
        name = f"rows.{path.stem}"
        if name not in sys.modules:
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None and spec.loader is not None
            sys.modules[name] = module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        for row in sys.modules[name].ROWS:
            assert row.name not in rows, f"two rows have the name {row.name!r}"
            rows[row.name] = row
    return rows
