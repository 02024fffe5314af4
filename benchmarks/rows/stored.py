"""A run in a store, written and read, beside the same bytes in a file; and a study with and without a store."""

from __future__ import annotations

import functools
import itertools
import os
import tempfile
import zlib
from contextlib import ExitStack
from pathlib import Path

from attrs import evolve
from timing import Row, Work

import nasapi
from nasapi.storage import BenchmarkSummary, Store, StrategySummary

BENCHMARK = "toy/formula-v1[budget=192]"
BYTES = 3_900
"""Of a run of 192 trials."""


def folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="nasapi-bench-"))


def store_with_room(seeds: int) -> Store:
    summary = BenchmarkSummary.of(nasapi.load_benchmark(BENCHMARK))
    return Store.prepare(folder() / "s", [summary], [StrategySummary("random")], range(seeds))


def write(n: int) -> Work:
    """A transaction each, kept on the disk."""
    store, history = store_with_room(20_000), nasapi.run(BENCHMARK, "random", seed=0)
    seeds = itertools.cycle(range(20_000))
    holding = ExitStack()
    holding.enter_context(store.writing())

    def record() -> ExitStack:
        store.record(evolve(history, seed=next(seeds)))
        return holding  # as long as it is there, the shard is this process's

    return record


def write_by_hand(n: int) -> Work:
    """A file to which the bytes and their checksum are added, kept on the disk."""
    data = os.urandom(BYTES)
    file = open(folder() / "runs", "ab", buffering=0)

    def record() -> None:
        file.write(zlib.crc32(data).to_bytes(4, "little") + data)
        os.fsync(file.fileno())

    return record


def read(n: int) -> Work:
    store = store_with_room(1)
    store.record(nasapi.run(BENCHMARK, "random", seed=0))
    return lambda: store.read(BENCHMARK, "random", 0)


def read_by_hand(n: int) -> Work:
    """The bytes, held against their checksum."""
    data = os.urandom(BYTES)
    place = folder() / "run"
    place.write_bytes(zlib.crc32(data).to_bytes(4, "little") + data)
    file = open(place, "rb", buffering=0)

    def look() -> bool:
        found = os.pread(file.fileno(), BYTES + 4, 0)
        return zlib.crc32(found[4:]) == int.from_bytes(found[:4], "little")

    return look


def study(n: int, stored: bool) -> Work:
    """Three strategies, `n` seeds each."""
    names = itertools.count()
    place = folder()

    def run() -> object:
        store = place / f"{next(names)}" if stored else None
        strategies = ["random", "local-search", "evolution"]
        return nasapi.Study([BENCHMARK], strategies, seeds=n, store=store).run(backend="inline")

    return run


ROWS = [
    Row("a run written", write, "ms", limit=write_by_hand, goal=0.2),
    Row("a run read", read, "ms", limit=read_by_hand, goal=0.1),
    Row("a study of 15 runs in memory", functools.partial(study, stored=False), "ms", n=5, each=False),
    Row("a study of 15 runs in a store", functools.partial(study, stored=True), "ms", n=5, each=False),
]
