"""Identity: which specs name one strategy or benchmark, however a path is spelt and whether or not defaults are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import attrs

from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidOption, NasapiError
from nasapi.options import described
from nasapi.plugins.entry_options import options_of
from nasapi.plugins.origins import origin_of, owner_of
from nasapi.specs import Spec
from nasapi.storage.summary import BenchmarkSummary, StrategySummary, same_origin
from nasapi.strategy import MakesStrategy, StrategyFactory, spec_of

Summary = TypeVar("Summary", BenchmarkSummary, StrategySummary)
_OF_EVERY_BENCHMARK = ("budget", "unit", "noise", "workers")


def strategy_summaries(
    makers: Sequence[MakesStrategy], known: Iterable[StrategySummary] = ()
) -> dict[str, StrategySummary]:
    """What a study records of each strategy, by the spec it was given as.

    A strategy that `known`, those of a store, have under another spec is recorded under that one. It is the same where
    its id is, or the name in files of one content or at one place, and every option has the same value, given or by
    default. Raises InvalidOption for two that are the same.
    """
    found: dict[str, StrategySummary] = {}
    for maker in makers:
        given = StrategySummary(spec_of(maker), origin_of(maker))
        found[given.spec] = _settled("strategy", given, found, known, partial(_same_strategy, maker))
    return found


def benchmark_summaries(
    benchmarks: Sequence[Benchmark], known: Iterable[BenchmarkSummary] = ()
) -> dict[str, BenchmarkSummary]:
    """What a study records of each benchmark, by the spec it was given as; as `strategy_summaries`."""
    found: dict[str, BenchmarkSummary] = {}
    for benchmark in benchmarks:
        given = BenchmarkSummary.of(benchmark, owner_of("benchmark", benchmark.spec))
        found[given.spec] = _settled("benchmark", given, found, known, _same_benchmark)
    return found


def _settled(kind: str, given: Summary, before: Mapping[str, Summary], known: Iterable[Summary], same: Any) -> Summary:
    """The summary under the spec that it is recorded by."""
    for spec, other in before.items():
        if same(given, attrs.evolve(other, spec=spec)):
            raise InvalidOption(f"{spec!r} and {given.spec!r} are one {kind}, which would be run twice; give it once.")
    known = list(known)
    if any(one.spec == given.spec for one in known):
        return given
    taken = {other.spec for other in before.values()}
    twins = (one.spec for one in known if one.spec not in taken and same(given, one))
    return attrs.evolve(given, spec=next(twins, given.spec))


def _same_strategy(maker: MakesStrategy, one: StrategySummary, other: StrategySummary) -> bool:
    if not _same_name(one, other):
        return False
    defaults = {}
    if isinstance(maker, StrategyFactory):
        given = Spec.parse(one.spec).options
        preset = {name: value for name, value in maker.options.items() if name not in given}
        defaults = {option.name: option.default for option in described(maker.target, preset, skip=2)}
    return _same_options(one.spec, other.spec, defaults)


def _same_benchmark(one: BenchmarkSummary, other: BenchmarkSummary) -> bool:
    """Whether two are the same; what every benchmark takes, such as its budget, is compared as what it comes to."""
    if not _same_name(one, other) or attrs.evolve(one, spec="").differs(attrs.evolve(other, spec="")):
        return False
    try:
        defaults = {name: option.default for name, option in options_of("benchmark", Spec.parse(one.spec).id).items()}
    except NasapiError:  # made by hand, so that its id says nothing of options
        defaults = {}
    return _same_options(one.spec, other.spec, defaults, _OF_EVERY_BENCHMARK)


def _same_name(one: Summary, other: Summary) -> bool:
    """Whether both have one id, or one name in files that have the same content or are the same file."""
    try:
        first, second = Spec.parse(one.spec).id, Spec.parse(other.spec).id
    except InvalidOption:  # a name that somebody wrote into a file
        return False
    if first == second:
        return True
    (file, _, name), (other_file, _, other_name) = first.rpartition(":"), second.rpartition(":")
    if name != other_name or not (file.endswith(".py") and other_file.endswith(".py")):
        return False
    recorded = bool(one.offered_by and other.offered_by)
    return (recorded and same_origin(one.offered_by, other.offered_by)) or os.path.realpath(file) == os.path.realpath(
        other_file
    )


def _same_options(one: str, other: str, defaults: Mapping[str, Any], but: Sequence[str] = ()) -> bool:
    first, second = ({**defaults, **Spec.parse(spec).options} for spec in (one, other))
    names = (first.keys() | second.keys()) - set(but)
    return all(name in first and name in second and _equal(first[name], second[name]) for name in names)


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
