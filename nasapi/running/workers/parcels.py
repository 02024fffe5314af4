"""Parcels: how benchmarks and strategies reach other processes, by their spec where that gives the same there."""

from __future__ import annotations

import functools
import pickle
import sys
from collections.abc import Iterable
from typing import Any, Literal

import cloudpickle
from attrs import frozen

from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidOption, NasapiError
from nasapi.plugins.loading import load_benchmark, load_strategy
from nasapi.running.portable import portable_strategy
from nasapi.safety.fences import Fence
from nasapi.storage.summary import BenchmarkSummary
from nasapi.strategy import MakesStrategy


@frozen
class Parcel:
    """A benchmark or strategy on its way to a run: a spec to load, its bytes, or for this process the thing itself."""

    kind: Literal["benchmark", "strategy"]
    name: str
    contents: Any
    """A str is a spec, bytes are a pickle, and anything else is the thing."""

    def open(self) -> Any:
        """The thing; raises InvalidOption where this process cannot import what it is made of."""
        if isinstance(self.contents, str):
            return _loaded(self.contents) if self.kind == "benchmark" else load_strategy(self.contents)
        if not isinstance(self.contents, bytes):
            return self.contents
        with Fence() as fence:
            return pickle.loads(self.contents)
        raise InvalidOption(
            f"Worker processes cannot import {self.kind} {self.name!r}: {fence.reason}. Define it in a module or a "
            "file that they can import, or run the study with backend 'inline'."
        )


def pack_benchmark(benchmark: Benchmark, name: str = "") -> Parcel:
    """The benchmark for another process, recorded as `name`; raises InvalidOption where it cannot be sent."""
    name, portable = name or benchmark.spec, portable_benchmark(benchmark)
    if isinstance(portable, str):
        return Parcel("benchmark", name, portable)
    parts = (type(benchmark), type(benchmark.objective), type(benchmark.problem.space))
    return Parcel("benchmark", name, _pickled("benchmark", name, benchmark, parts))


def pack_strategy(maker: MakesStrategy, name: str) -> Parcel:
    """The strategy for another process; raises InvalidOption where it cannot be sent."""
    portable = portable_strategy(maker)
    if isinstance(portable, str):
        return Parcel("strategy", name, portable)
    parts = (maker, getattr(maker, "target", maker))
    return Parcel("strategy", name, _pickled("strategy", name, maker, parts))


def portable_benchmark(benchmark: Benchmark) -> str | Benchmark:
    """The benchmark's spec if it was loaded by that or loading it gives the same, else the benchmark."""
    if benchmark.loaded:
        return benchmark.spec
    with Fence():
        again = _loaded(benchmark.spec)
        same = BenchmarkSummary.of(again) == BenchmarkSummary.of(benchmark)
        if same and type(again.objective) is type(benchmark.objective):
            return benchmark.spec
    return benchmark


@functools.lru_cache(maxsize=8)
def _loaded(spec: str) -> Benchmark:
    """The benchmark, loaded once in each process."""
    return load_benchmark(spec)


def _pickled(kind: str, name: str, thing: object, parts: Iterable[object]) -> bytes:
    """The thing's bytes, with the code of classes from modules that no other process finds."""
    names = {getattr(part, "__module__", None) for part in parts} - {None, "__main__"}
    strangers = [sys.modules[module] for module in names if module in sys.modules and not _importable(str(module))]
    for module in strangers:
        cloudpickle.register_pickle_by_value(module)
    try:
        with Fence(NasapiError) as fence:
            return bytes(cloudpickle.dumps(thing))
    finally:
        for module in strangers:
            cloudpickle.unregister_pickle_by_value(module)
    raise InvalidOption(
        f"{kind.capitalize()} {name!r} cannot be sent to a worker process: {fence.reason}. Leave open files, locks and "
        "the like out of it, or run the study with backend 'inline'."
    )


def _importable(name: str) -> bool:
    """Whether another process with the same path would import the module that is loaded here under this name."""
    place: Any = None
    found = None
    parts = name.split(".")
    for number in range(1, len(parts) + 1):
        whole = ".".join(parts[:number])
        found = next((spec for finder in sys.meta_path if (spec := finder.find_spec(whole, place)) is not None), None)
        if found is None:
            return False
        place = found.submodule_search_locations
    return found is not None and found.origin == getattr(sys.modules[name], "__file__", None)
