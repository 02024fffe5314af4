"""Stores that somebody tampered with: any field of the header, under a digest that fits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
from stores import Drawing

from nasapi.running.loop import run
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
    renamed(path, "spec", strategy, "strategies")
    return renamed(path, "spec", spec)


def renamed(store: Path, key: str, value: Any, part: str = "benchmarks") -> Path:
    """The store with one field of its first benchmark or strategy changed."""

    def change(header: dict[str, Any]) -> None:
        header[part][0][key] = value

    return changed(store, change)


def changed(store: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The store with its header changed, and a digest that fits."""
    file = store / "zarr.json"
    content = json.loads(file.read_text())
    change(content["attributes"]["nasapi"])
    content["attributes"]["sha256"] = digest(content["attributes"]["nasapi"])
    file.write_text(json.dumps(content))
    return store
