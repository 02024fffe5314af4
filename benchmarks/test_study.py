"""What it takes to keep runs: a study with and without its store, recording one run, reading one back."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import define, evolve, field

import nasapi
from nasapi.running.loop import run
from nasapi.running.study import Study
from nasapi.storage.store import Store
from nasapi.storage.summary import BenchmarkSummary, StrategySummary
from nasapi.trial import Result, Trial

BENCHMARK = "toy/formula-v1[budget=192]"


@define(eq=False)
class Drawing(nasapi.Strategy):
    """Random search."""

    name: str = field(default="a", kw_only=True)

    def ask(self, n: int) -> list[Trial]:
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results: Sequence[Result]) -> None:
        pass


def store_with_room(path: Path, seeds: int) -> Store:
    summary = BenchmarkSummary.of(nasapi.load_benchmark(BENCHMARK))
    return Store.prepare(path, [summary], [StrategySummary("Drawing")], range(seeds))


@pytest.mark.parametrize("stored", [False, True], ids=["in memory", "in a store"])
def test_study_of_three_strategies(benchmark, tmp_path, stored):
    """15 runs of 192 trials."""
    names = itertools.count()
    strategies = [type(name, (Drawing,), {"__module__": __name__}) for name in ("One", "Two", "Three")]

    def study():
        store = tmp_path / f"{next(names)}" if stored else None
        return Study([BENCHMARK], strategies, seeds=5, store=store).run()

    assert len(benchmark.pedantic(study, rounds=5, warmup_rounds=1).histories()) == 15


def test_recording_a_run(benchmark, tmp_path):
    """192 trials, a transaction."""
    store = store_with_room(tmp_path / "s", 100)
    history = run(nasapi.load_benchmark(BENCHMARK), Drawing, seed=0)
    seeds = itertools.cycle(range(100))
    with store.writing():
        benchmark(lambda: store.record(evolve(history, seed=next(seeds))))
    assert store.read(BENCHMARK, "Drawing", 0).codes.tolist() == history.codes.tolist()


def test_reading_a_run(benchmark, tmp_path):
    """192 trials, each byte checked."""
    store = store_with_room(tmp_path / "s", 1)
    store.record(run(nasapi.load_benchmark(BENCHMARK), Drawing, seed=0))
    assert len(benchmark(store.read, BENCHMARK, "Drawing", 0)) == 192
