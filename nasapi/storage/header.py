"""The header of a store: which benchmarks, strategies and seeds it has room for, with a grammar for every field."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

from attrs import evolve, field, frozen

from nasapi.errors import CorruptData, InvalidOption, StoreError
from nasapi.safety.grammar import MOST_BYTES, Record, Shape, anything, choice, listed, read_json, text, whole
from nasapi.specs import Spec
from nasapi.storage.schema import columns_of
from nasapi.storage.summary import SPEC, SUMMARY, SUMMARY_LATER, BenchmarkSummary, StrategySummary, same_origin
from nasapi.tables.layout import digest
from nasapi.version import VERSION

Offered = BenchmarkSummary | StrategySummary
SCHEMA = 2
"""The version of the layout that docs/storage.md describes; 1 was never released."""


@frozen
class Header:
    """What a store, or one shard of it, says of itself."""

    batch: int
    seeds: tuple[int, ...] = ()
    benchmarks: Mapping[str, BenchmarkSummary] = field(factory=dict)
    """By spec, in the order they were added."""
    strategies: Mapping[str, StrategySummary] = field(factory=dict)
    """By spec, in the order they were added."""
    nasapi: str = VERSION
    """The version that made the store."""

    @classmethod
    def read(cls, about: object, sha256: object, shard: str) -> Self:
        """The header that `written` gave; raises CorruptData where it is damaged or cannot be."""
        if not isinstance(about, str) or len(about) > MOST_BYTES:
            raise CorruptData(f"The header of store {shard!r} is no text of at most {MOST_BYTES:,} characters.")
        read = read_json(about, f"The header of store {shard!r}")
        if not isinstance(read, dict) or not {"schema", "kind"} <= read.keys():
            raise CorruptData(f"{shard!r} is not a nasapi store: its header says neither kind nor schema.")
        if read["kind"] != "study" or read["schema"] != SCHEMA:
            raise CorruptData(
                f"{shard!r} holds a {read['kind']!r:.80} of layout {read['schema']!r:.80}; this nasapi reads a 'study' "
                f"of layout {SCHEMA}."
            )
        if sha256 != digest(read):
            raise CorruptData(f"The header of store {shard!r} is not what was written: its SHA-256 differs.")
        read = _HEADER(read, f"The header of store {shard!r}")
        return cls(
            batch=read["batch"],
            seeds=read["seeds"],
            benchmarks={entry["spec"]: _summary(entry, shard) for entry in read["benchmarks"]},
            strategies={entry["spec"]: StrategySummary(**entry) for entry in read["strategies"]},
            nasapi=read["nasapi"],
        )

    def written(self) -> tuple[str, str]:
        """The header as JSON, and the SHA-256 that shows a flipped bit in it."""
        header = {
            "schema": SCHEMA,
            "kind": "study",
            "nasapi": self.nasapi,
            "batch": self.batch,
            "seeds": list(self.seeds),
            "benchmarks": [{**summary.to_json(), "columns": _layout(summary)} for summary in self.benchmarks.values()],
            "strategies": [
                {"spec": summary.spec, "offered_by": summary.offered_by} for summary in self.strategies.values()
            ],
        }
        return json.dumps(header, separators=(",", ":"), allow_nan=False), digest(header)

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
        new_benchmarks, new_strategies = dict(self.benchmarks), dict(self.strategies)
        for benchmark in benchmarks:
            known = new_benchmarks.setdefault(benchmark.spec, benchmark)
            if different := known.differs(benchmark):
                raise StoreError(
                    f"{str(store)!r} holds runs on a {benchmark.spec!r} with other {', '.join(different)}; "
                    "choose another store."
                )
            _same_code(store, "Benchmark", known, benchmark)
        for strategy in strategies:
            _same_code(store, "Strategy", new_strategies.setdefault(strategy.spec, strategy), strategy)
        have = set(self.seeds)
        more = [seed for seed in seeds if seed not in have]
        return evolve(self, seeds=(*self.seeds, *more), benchmarks=new_benchmarks, strategies=new_strategies)

    def joined(self, other: Header, store: str | os.PathLike[str]) -> Self:
        """The header of two shards or stores read as one; raises StoreError where they do not go together."""
        if self == other:
            return self
        several = (tuple(other.benchmarks.values()), tuple(other.strategies.values()))
        return self.grown(store, *several, other.seeds, other.batch)

    def unlike(self, other: Header) -> str:
        """What another store has that does not go with this one, such as "batch 4, not 1"; empty where all does."""
        if other.batch != self.batch:
            return f"batch {other.batch}, not {self.batch}"
        for spec, benchmark in other.benchmarks.items():
            if different := self.benchmarks.get(spec, benchmark).differs(benchmark):
                return f"runs on a {spec!r} with other {', '.join(different)}"
        offered: tuple[Offered, ...] = (*other.benchmarks.values(), *other.strategies.values())
        for new in offered:
            old = (self.benchmarks if isinstance(new, BenchmarkSummary) else self.strategies).get(new.spec, new)
            if not _is_same_code(old, new):
                there, here = (f"{one.offered_by or 'unrecorded':.80}" for one in (new, old))
                return f"a {new.spec!r} of other code ({there}, not {here})"
        return ""


def _layout(summary: BenchmarkSummary) -> list[list[Any]]:
    """The columns of a benchmark's runs for readers of other languages: name, type, numbers a trial, unit, meaning."""
    return [[each.name, each.dtype, each.width, each.unit, each.description] for each in columns_of(summary)]


def _distinct(shape: Shape) -> Shape:
    """A list of entries with specs of their own."""
    return listed(shape, key=lambda entry: entry["spec"])


_HEADER = Record(
    {
        "schema": choice(SCHEMA),
        "kind": choice("study"),
        "nasapi": text(),
        "batch": whole(1, 1 << 31),
        "seeds": listed(whole(), most=1_000_000, key=int),
        "benchmarks": _distinct(Record({**SUMMARY, "columns": anything}, SUMMARY_LATER)),
        "strategies": _distinct(Record({"spec": SPEC, "offered_by": text()})),
    }
)


def _summary(entry: Mapping[str, Any], shard: str) -> BenchmarkSummary:
    try:
        summary = BenchmarkSummary.from_json(entry)
    except InvalidOption as error:  # a budget below 0, a constraint that nothing keeps, levels that do not rise
        raise CorruptData(f"The header of store {shard!r} has a benchmark that cannot be: {error}") from error
    if entry["columns"] != _layout(summary):
        raise CorruptData(
            f"The header of store {shard!r} names other columns for {summary.spec!r} than its goals and metrics have."
        )
    return summary


def _same_code(
    store: str | os.PathLike[str],
    kind: str,
    old: Offered,
    new: Offered,
) -> None:
    if _is_same_code(old, new):
        return
    if old.offered_by.startswith("sha256:") and new.offered_by.startswith("sha256:"):
        file = _file(new) or "The module it is in"
        copy = f"a copy of the file under another name, {_file(new)[:-3]}2.py" if _file(new) else "another class"
        raise StoreError(
            f"{file} changed since the runs of {kind.lower()} {new.spec!r} in {str(store)!r} were made, with which "
            f"others would not be comparable: choose another store, or to have both in this one run {copy}."
        )
    raise StoreError(
        f"{kind} {new.spec!r} in {str(store)!r} came from {old.offered_by or 'code that was not recorded'} and "
        f"is {new.offered_by or 'code that is not recorded'} here; its runs would not be comparable: "
        "choose another store."
    )


def _is_same_code(old: Offered, new: Offered) -> bool:
    unrecorded = isinstance(new, BenchmarkSummary) and not old.offered_by and _file(new)
    return bool(same_origin(old.offered_by, new.offered_by) or unrecorded)


def _file(summary: Offered) -> str:
    """The Python file that a spec names; empty where it names none."""
    file = Spec.parse(summary.spec).id.rpartition(":")[0]
    return file if file.endswith(".py") else ""
