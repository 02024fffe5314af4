"""The header of a store: which benchmarks, strategies and seeds it has room for, and in which folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import zarr
from attrs import evolve, field, frozen
from zarr.storage import LocalStore

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError
from nasapi.safety.grammar import MOST_BYTES, Record, Shape, anything, choice, listed, plain_name, refused, text, whole
from nasapi.storage.summary import SPEC, SUMMARY, BenchmarkSummary, StrategySummary
from nasapi.tables.layout import digest, folder_name
from nasapi.version import VERSION

SCHEMA = 1
"""The version of the layout that docs/storage.md describes."""

TIMINGS = "timings"
"""The group beside the benchmarks' that holds what is not repeatable."""


@frozen
class Header:
    """What a store says of itself, in the attributes of its root."""

    batch: int
    seeds: tuple[int, ...] = ()
    benchmarks: Mapping[str, BenchmarkSummary] = field(factory=dict)
    """By folder."""
    strategies: Mapping[str, StrategySummary] = field(factory=dict)
    """By folder, within each benchmark's."""
    nasapi: str = VERSION
    """The version that made the store."""

    @classmethod
    def read(cls, store: Path) -> Self:
        """The header of the store at `store`; raises NotAvailable where there is none, CorruptData if it is damaged."""
        if not (store / "zarr.json").exists():
            raise NotAvailable(f"There is no store at {str(store)!r}.")
        if (size := (store / "zarr.json").stat().st_size) > MOST_BYTES:
            raise CorruptData(f"The header of store {str(store)!r} has {size:,} bytes; wanted {MOST_BYTES:,} at most.")
        try:
            attributes: dict[str, Any] = zarr.open_group(LocalStore(store, read_only=True), mode="r").attrs.asdict()
            written = attributes["nasapi"]
            schema, kind = written["schema"], written["kind"]
        except Exception as error:
            raise CorruptData(f"{str(store)!r} is not a nasapi store: {type(error).__name__}: {error}") from error
        if kind != "study" or schema != SCHEMA:
            raise CorruptData(
                f"{str(store)!r} holds a {kind!r} of layout {schema!r}; this nasapi reads a 'study' of layout {SCHEMA}."
            )
        if attributes.get("sha256") != digest(written):
            raise CorruptData(f"The header of store {str(store)!r} is not what was written: its SHA-256 differs.")
        written = _HEADER(written, f"The header of store {str(store)!r}")
        return cls(
            batch=written["batch"],
            seeds=tuple(written["seeds"]),
            benchmarks={entry["folder"]: _summary(entry, store) for entry in written["benchmarks"]},
            strategies={
                entry["folder"]: StrategySummary(entry["spec"], entry["offered_by"]) for entry in written["strategies"]
            },
            nasapi=written["nasapi"],
        )

    def write(self, store: Path) -> None:
        """Replace the header of the store at `store`, or begin a store there."""
        header = {
            "schema": SCHEMA,
            "kind": "study",
            "nasapi": self.nasapi,
            "batch": self.batch,
            "seeds": list(self.seeds),
            "benchmarks": [{"folder": folder, **summary.to_json()} for folder, summary in self.benchmarks.items()],
            "strategies": [
                {"folder": folder, "spec": summary.spec, "offered_by": summary.offered_by}
                for folder, summary in self.strategies.items()
            ],
        }
        attributes: Any = {"nasapi": header, "sha256": digest(header)}
        if (store / "zarr.json").exists():
            zarr.open_group(LocalStore(store), mode="r+").attrs.put(attributes)
        else:
            zarr.create_group(LocalStore(store), attributes=attributes)

    def grown(
        self,
        store: str | os.PathLike[str],
        benchmarks: Sequence[BenchmarkSummary],
        strategies: Sequence[StrategySummary],
        seeds: Sequence[int],
        batch: int,
    ) -> Self:
        """The header with room for more; raises StoreError where what it has does not go with what is wanted."""
        if batch != self.batch:
            raise StoreError(
                f"{str(store)!r} holds runs with batch {self.batch}, not {batch}; "
                f"give batch={self.batch} or choose another store."
            )
        known = {summary.spec: summary for summary in self.benchmarks.values()}
        new_benchmarks, new_strategies = dict(self.benchmarks), dict(self.strategies)
        for benchmark in benchmarks:
            if benchmark.spec not in known:
                new_benchmarks[folder_name(benchmark.spec, {TIMINGS, "zarr.json", *new_benchmarks})] = benchmark
            elif different := known[benchmark.spec].differs(benchmark):
                raise StoreError(
                    f"{str(store)!r} holds runs on a {benchmark.spec!r} with other {', '.join(different)}; "
                    "choose another store."
                )
            else:
                _same_code(store, "Benchmark", known[benchmark.spec], benchmark)
        named = {summary.spec: summary for summary in self.strategies.values()}
        for strategy in strategies:
            if strategy.spec not in named:
                new_strategies[folder_name(strategy.spec, {"zarr.json", *new_strategies})] = strategy
            else:
                _same_code(store, "Strategy", named[strategy.spec], strategy)
        more = [seed for seed in seeds if seed not in set(self.seeds)]
        return evolve(self, seeds=(*self.seeds, *more), benchmarks=new_benchmarks, strategies=new_strategies)


def _folder(value: Any, where: str) -> str:
    """A folder of a store: a plain name that is none of the store's own."""
    name = plain_name(value, where)
    if name in (TIMINGS, "zarr.json"):
        refused(where, name, "another name than the store's own files have")
    return name


def _by(name: str) -> Callable[[Any], Any]:
    return lambda entry: entry[name].lower() if name == "folder" else entry[name]


def _distinct(shape: Shape, most: int) -> Shape:
    """A list of entries with folders and specs of their own, whatever the file system makes of capitals."""
    folders, specs = listed(shape, 0, most, _by("folder")), listed(anything, 0, most, _by("spec"))
    return lambda value, where: specs(folders(value, where), where)


_HEADER = Record(
    {
        "schema": choice(SCHEMA),
        "kind": choice("study"),
        "nasapi": text(100),
        "batch": whole(1, 1 << 31),
        "seeds": listed(whole(), 0, 1_000_000, int),
        "benchmarks": _distinct(Record({"folder": _folder, **SUMMARY}), 10_000),
        "strategies": _distinct(Record({"folder": _folder, "spec": SPEC, "offered_by": text(500)}), 10_000),
    }
)


def _summary(entry: Mapping[str, Any], store: Path) -> BenchmarkSummary:
    try:
        return BenchmarkSummary.from_json(entry)
    except InvalidOption as error:  # a budget below 0, a constraint that nothing keeps, levels that do not rise
        raise CorruptData(f"The header of store {str(store)!r} has a benchmark that cannot be: {error}") from error


def _same_code(
    store: str | os.PathLike[str],
    kind: str,
    old: BenchmarkSummary | StrategySummary,
    new: BenchmarkSummary | StrategySummary,
) -> None:
    if old.offered_by != new.offered_by:
        raise StoreError(
            f"{kind} {new.spec!r} in {str(store)!r} came from {old.offered_by or 'code that was not recorded'} and "
            f"is {new.offered_by or 'code that is not recorded'} here; its runs would not be comparable: "
            "choose another store."
        )
