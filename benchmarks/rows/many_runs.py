"""A store of very many runs, really made and read: time, size and memory.

The store stays in the folder for temporary files, for the rows that read it are measured in processes of their own.
"""

from __future__ import annotations

import functools
import itertools
import shutil
import tempfile
from pathlib import Path

from attrs import evolve
from fresh import megabytes
from timing import Row, Work

import nasapi
from nasapi.history import History
from nasapi.storage import BenchmarkSummary, Store, StrategySummary, digest
from nasapi.storage.store import GROUP

TASKS = ("cifar10", "cifar100", "imagenet16-120")
STRATEGIES = ("random", "local-search", "evolution", "reinforce")
DISTINCT = 30
"""Runs that are really done for each benchmark; the others are these under other names and seeds."""
MANY = 100_000
READ = """
from nasapi.storage import Store
store = Store({place!r})
for key in store.keys():
    store.read(*key)
"""


def place(n: int) -> Path:
    return Path(tempfile.gettempdir()) / f"nasapi-bench-{n}-runs"


@functools.cache
def histories(n: int) -> list[History]:
    """As many runs of 100 trials."""
    done = {}
    for task in TASKS:
        benchmark = nasapi.load_benchmark(f"nb201/{task}-v1[budget=100]")
        done[benchmark.spec] = [nasapi.run(benchmark, "evolution", seed=seed) for seed in range(DISTINCT)]
    return [
        evolve(runs[(seed + number) % DISTINCT], strategy=strategy, seed=seed)
        for seed in range(n // (len(TASKS) * len(STRATEGIES)))
        for runs in done.values()
        for number, strategy in enumerate(STRATEGIES)
    ]


def prepared(at: Path, n: int) -> Store:
    """An empty store for them."""
    shutil.rmtree(at, ignore_errors=True)
    summaries = [BenchmarkSummary.of(nasapi.load_benchmark(f"nb201/{task}-v1[budget=100]")) for task in TASKS]
    seeds = range(n // (len(TASKS) * len(STRATEGIES)))
    return Store.prepare(at, summaries, list(map(StrategySummary, STRATEGIES)), seeds)


def filled(n: int) -> Path:
    """The store with all of them; made where it is not there."""
    at = place(n)
    try:
        if len(Store(at).keys()) == len(histories(n)):
            return at
    except Exception:  # none, or one that was not finished
        pass
    written(n)()
    return at


def written(n: int) -> Work:
    """All of them in groups, as `nasapi merge` writes them."""
    runs = histories(n)

    def write() -> None:
        store = prepared(place(n), n)
        with store.writing():
            for at in range(0, len(runs), GROUP):
                store.record(*runs[at : at + GROUP])

    return write


def one_by_one(n: int) -> Work:
    """Runs as studies write them, the disk made to keep each."""
    runs = histories(n)
    names = itertools.count()
    folder = Path(tempfile.mkdtemp(prefix="nasapi-bench-"))

    def write() -> None:
        store = prepared(folder / f"{next(names)}", n)
        with store.writing():
            for run in runs:
                store.record(run)

    return write


def read(n: int) -> Work:
    """Every run, each byte checked."""
    at = filled(n)

    def look() -> None:
        store = Store(at)
        for key in store.keys():
            store.read(*key)

    return look


def standings(n: int) -> Work:
    from nasapi_report.standings import standings as stand

    at = filled(n)
    return lambda: stand([Store(at)], (10, 100))


def digested(n: int) -> Work:
    at = filled(n)
    return lambda: digest([at])


def size(n: int) -> Work:
    at = filled(n)
    return lambda: sum(path.stat().st_size for path in at.iterdir()) / 1e6


def files(n: int) -> Work:
    at = filled(n)
    return lambda: float(len(list(at.iterdir())))


def memory(n: int) -> Work:
    return megabytes(READ.format(place=str(filled(n))))


large = functools.partial(Row, n=MANY, quick=120, each=False, heavy=True)
ROWS = [
    Row("a run written, of 1,200", one_by_one, "us", n=1200, quick=24, goal=200),
    large("100,000 runs written in groups", written, "s", goal=60),
    large("100,000 runs read", read, "s", goal=15),
    large("100,000 runs: standings", standings, "s", goal=20),
    large("100,000 runs: digest", digested, "s"),
    large("100,000 runs: size", size, "MB", goal=500),
    large("100,000 runs: files", files, "files", goal=100),
    large("100,000 runs: memory of reading", memory, "MB", limit=lambda n: megabytes("import nasapi.storage")),
]
