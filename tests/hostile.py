"""Stores that somebody tampered with: any field of the header, under a digest that fits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
from stores import Drawing, select
from stores import change as replace

from nasapi.running.loop import run
from nasapi.storage.rows import FIELDS, Row
from nasapi.storage.store import Store
from nasapi.storage.summary import BenchmarkSummary, StrategySummary
from nasapi.tables.layout import digest
from nasapi.testing.toy import toy_v1

TOY_SPEC = "toy/formula-v1"


def store_named(path: Path, spec: str, strategy: str = "Drawing") -> Path:
    """A store with one run of the toy benchmark, which says of benchmark and strategy that they are these."""
    benchmark = attrs.evolve(toy_v1(), spec=TOY_SPEC)
    store = Store.prepare(path, [BenchmarkSummary.of(benchmark)], [StrategySummary("Drawing")], [0])
    store.record(run(benchmark, Drawing, seed=0))
    store.close()
    renamed(path, "spec", strategy, "strategies")
    return renamed(path, "spec", spec)


def renamed(store: Path, key: str, value: Any, part: str = "benchmarks") -> Path:
    """The store with one field of its first benchmark or strategy changed, its runs with it."""

    def change(header: dict[str, Any]) -> None:
        header[part][0][key] = value

    if key == "spec":
        forge(store, {"benchmarks": "benchmark", "strategies": "strategy"}[part], value)
    return changed(store, change)


def forge(store: Path, field: str, value: object) -> None:
    """Change a field of every run, under checksums that fit."""
    for database in sorted(store.glob("*.sqlite")):
        crcs = 0
        for number, *found in select(database, f"SELECT id, {', '.join(FIELDS)} FROM runs"):
            crc = Row(**dict(zip(FIELDS, found, strict=True)) | {field: value}).checksum
            crcs ^= crc
            replace(database, f"UPDATE runs SET {field} = ?, crc = ? WHERE id = ?", value, crc, number)
        replace(database, "UPDATE ledger SET crcs = ?", crcs)


def changed(store: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The store with its header changed, and a digest that fits."""
    for database in sorted(store.glob("*.sqlite")):
        header = json.loads(str(select(database, "SELECT about FROM header")[0][0]))
        change(header)
        replace(database, "UPDATE header SET about = ?, sha256 = ?", json.dumps(header), digest(header))
    return store
