"""A store of very many runs, really made and read: `python benchmarks/store_of_many_runs.py --runs 100000` prints JSON.

Each row is a process of its own, so that its memory is its own. A tenth of the runs is recorded one by one, as studies
do, with the disk made to keep each; the others in groups, as `nasapi merge` writes them.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from attrs import evolve

import nasapi
from nasapi.history import History
from nasapi.storage import BenchmarkSummary, Store, StrategySummary, digest
from nasapi.storage.store import GROUP

TASKS = ("cifar10", "cifar100", "imagenet16-120")
STRATEGIES = ("random", "local-search", "evolution", "reinforce")
DISTINCT = 30
"""Runs that are really done for each benchmark; the others are these under other names and seeds."""


def write(place: Path, runs: int) -> dict[str, float]:
    """Record the runs."""
    benchmarks = [nasapi.load_benchmark(f"nb201/{task}-v1[budget=100]") for task in TASKS]
    seeds = runs // (len(TASKS) * len(STRATEGIES))
    summaries = [BenchmarkSummary.of(benchmark) for benchmark in benchmarks]
    store = Store.prepare(place, summaries, list(map(StrategySummary, STRATEGIES)), range(seeds))
    done: dict[str, list[History]] = {}
    for benchmark in benchmarks:
        done[benchmark.spec] = [nasapi.run(benchmark, "evolution", seed=seed) for seed in range(DISTINCT)]
    wanted = [
        evolve(done[benchmark.spec][(seed + number) % DISTINCT], strategy=strategy, seed=seed)
        for seed in range(seeds)
        for benchmark in benchmarks
        for number, strategy in enumerate(STRATEGIES)
    ]
    single = wanted[: len(wanted) // 10]
    grouped = wanted[len(single) :]
    with store.writing():
        alone = _timed(lambda: [store.record(history) for history in single])
        many = _timed(lambda: [store.record(*grouped[at : at + GROUP]) for at in range(0, len(grouped), GROUP)])
    files = list(place.iterdir())
    return {
        "runs": len(wanted),
        "files": len(files),
        "MB": sum(path.stat().st_size for path in files) / 1e6,
        "bytes a run": sum(path.stat().st_size for path in files) / len(wanted),
        "write, each synced: CPU us a run": 1e6 * alone[0] / len(single),
        "write, each synced: wall us a run": 1e6 * alone[1] / len(single),
        "write in groups: CPU us a run": 1e6 * many[0] / len(grouped),
        "write in groups: wall us a run": 1e6 * many[1] / len(grouped),
    }


def read(place: Path) -> dict[str, float]:
    """Read every run, each byte checked."""
    opened = _timed(lambda: Store(place))
    store = Store(place)
    keys = store.keys()
    cpu, wall = _timed(lambda: [len(store.read(*key)) for key in keys])
    return {
        "open: CPU s": opened[0],
        "read: CPU s": cpu,
        "read: wall s": wall,
        "read: CPU us a run": 1e6 * cpu / len(keys),
    }


def stand(place: Path) -> dict[str, float]:
    """Say how the strategies stand."""
    from nasapi_report.standings import standings

    cpu, wall = _timed(lambda: standings([Store(place)], (10, 100)))
    return {"standings: CPU s": cpu, "standings: wall s": wall}


def digested(place: Path) -> dict[str, float]:
    """The content digest."""
    cpu, wall = _timed(lambda: digest([place]))
    return {"digest: CPU s": cpu, "digest: wall s": wall}


STEPS: dict[str, Callable[[Path], dict[str, float]]] = {"read": read, "standings": stand, "digest": digested}


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """The CPU and wall seconds of some work."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    """Do one step, or all of them in processes of their own."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--runs", type=int, default=100_000)
    reader.add_argument("--place", type=Path, help="a folder for the store, which stays; by default a temporary one")
    reader.add_argument("--step", choices=["write", *STEPS], help="one step on the store at --place")
    given = reader.parse_args()
    if given.step:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found = write(given.place, given.runs) if given.step == "write" else STEPS[given.step](given.place)
        found[f"{given.step}: MB of memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        found[f"{given.step}: MB of memory before"] = before / 1e3
        print(json.dumps(found))
        return
    whole: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = given.place or Path(folder) / "store"
        for step in ("write", *STEPS):
            words = [sys.executable, __file__, "--step", step, "--place", str(place), "--runs", str(given.runs)]
            whole |= json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    print(json.dumps(whole, indent=2))


if __name__ == "__main__":
    main()
