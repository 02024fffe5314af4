"""Where a report's runs come from, and whether what its records name may be loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidOption, NasapiError, UntrustedId
from nasapi.history import History
from nasapi.plugins import Spec, entries, load_benchmark, require_registered
from nasapi.storage import BenchmarkSummary


class Source(Protocol):
    """Where a report's runs come from: a study, a store, or anything with these four.

    More is used where there is more: a method `benchmark` that gives the benchmark of a spec (`loader_of`), of a
    strategy its `spec` (`names_of`) and `offered_by`, or a mapping `offered_by` of all (`offered_by`). What a record
    names is loaded only if an installed plugin registers it, or the source has `trusted` set: a study of benchmarks
    that a person named.
    """

    @property
    def benchmarks(self) -> Sequence[Benchmark | BenchmarkSummary]:
        """The benchmarks that were run, or what was recorded of them."""

    @property
    def strategies(self) -> Sequence[Any]:
        """The strategies that were run: their specs, or anything that has one as `spec`."""

    @property
    def seeds(self) -> Sequence[int]:
        """The seeds that were asked for."""

    def histories(self, *, benchmark: str, strategy: str) -> Iterable[History]:
        """The finished runs of one strategy on the benchmark with that spec, in any order."""


def is_trusted(source: Source) -> bool:
    """Whether a person named what a source holds: it says so, or gives the benchmarks themselves and no records."""
    return bool(getattr(source, "trusted", False)) or all(isinstance(given, Benchmark) for given in source.benchmarks)


def names_of(source: Source) -> list[str]:
    """The specs of the strategies that were run, in order."""
    return [str(getattr(strategy, "spec", strategy)) for strategy in source.strategies]


def loader_of(source: Source) -> Callable[[str], Benchmark]:
    """What gives the benchmark of a spec: the source itself where it has them already, as a study does."""
    load: Callable[[str], Benchmark] = getattr(source, "benchmark", load_benchmark)
    return load


def offered_by(source: Source) -> dict[str, str]:
    """What each strategy's code came from, by its spec: as recorded, else as installed; empty if not known."""
    recorded = dict(getattr(source, "offered_by", {}))
    recorded |= {one.spec: one.offered_by for one in source.strategies if hasattr(one, "offered_by")}
    return {name: recorded[name] if name in recorded else _installed_owner(name) for name in names_of(source)}


def _installed_owner(strategy: str) -> str:
    try:
        name = Spec.parse(strategy).id
    except InvalidOption:  # a name that a store gives
        return ""
    owners = [f"{plugin.name} {plugin.version}" for entry, plugin in entries("strategy") if entry.id == name]
    return owners[0] if len(owners) == 1 else ""


def unregistered_in(record: BenchmarkSummary) -> str:
    """A sentence on the first id of a record that no plugin registers; empty where there is none."""
    try:
        require_registered("benchmark", record.spec)
        require_registered("space", record.space)
    except UntrustedId as error:
        return str(error)
    return ""


def installed(record: BenchmarkSummary, load: Callable[[str], Benchmark]) -> Benchmark | None:
    """The benchmark that a record tells of, None where it cannot be loaded here or is another by now."""
    try:
        benchmark = load(record.spec)
    except NasapiError:
        return None
    changed = {"space", "genes", "goals", "optima"} & set(record.differs(BenchmarkSummary.of(benchmark)))
    return None if changed else benchmark
