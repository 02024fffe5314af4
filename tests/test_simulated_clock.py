"""Runs on a clock with several workers: order, times and charges, and what stays the same whatever happens."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import define, evolve, field
from hostile import forge

import nasapi
from nasapi.benchmark import Benchmark
from nasapi.budget import Budget, Unit
from nasapi.errors import CorruptData, InterfaceError, InvalidOption, StudyError
from nasapi.history import History
from nasapi.objective import Columns
from nasapi.storage.schema import TIMES
from nasapi.strategy import Strategy
from nasapi.testing.pair import pair_v1
from nasapi.testing.search import ToySearch
from nasapi.testing.toy import ToyObjective, toy_v1
from nasapi.trial import Trial

COLUMNS = ("codes", "fidelity", "cost", "charged", "start", "end", "order")


def benchmark(limit: float = 60, unit: Unit = "trials", workers: int = 8) -> Benchmark:
    made = pair_v1()
    return evolve(made, problem=evolve(made.problem, budget=Budget(limit, unit)), workers=workers)


def same(one: History, other: History) -> None:
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    np.testing.assert_array_equal(one.values["valid_accuracy"], other.values["valid_accuracy"])


def most_at_once(history: History) -> int:
    """How many trials were being evaluated at the busiest moment; one that ends when another begins is over."""
    moments = sorted([(end, -1) for end in history.end] + [(start, 1) for start in history.start])
    return int(np.cumsum([change for _, change in moments]).max())


class Alike(ToyObjective):
    """Every evaluation takes a second."""

    def evaluate(self, codes: Any, fidelity: int | None = None, noise: Any = None) -> Columns:
        return {**super().evaluate(codes, fidelity, noise), "cost": np.ones(len(codes))}


@define(eq=False)
class Levels(ToySearch):
    """Random levels."""

    def ask(self, n: int) -> list[Trial]:
        return [evolve(trial, fidelity=int(self.rng.choice([1, 4, 16]))) for trial in super().ask(n)]


@define(eq=False)
class Generations(Strategy):
    """Five random architectures at a time, and nothing before all five are heard of."""

    left: int = field(default=5, init=False)
    out: int = field(default=0, init=False)

    def ask(self, n: int) -> list[Trial]:
        asked = self.problem.trials(self.problem.space.sample(min(n, self.left), self.rng))
        self.left -= len(asked)
        self.out += len(asked)
        return asked

    def tell(self, results: Any) -> None:
        self.out -= len(results)
        if self.out == self.left == 0:
            self.left = 5


@pytest.mark.parametrize(("unit", "limit"), [("trials", 60), ("seconds", 3000), ("unique", 40)])
@pytest.mark.parametrize("workers", [2, 8, 100])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("strategy", [ToySearch, Levels])
def test_times_and_charges_are_possible(unit: Unit, limit: float, workers: int, batch: int, strategy: Any) -> None:
    history = nasapi.run(benchmark(limit, unit, workers), strategy, seed=3, batch=batch)
    assert len(history) > 20
    assert (np.diff(history.end) >= 0).all()
    assert (history.end >= history.start).all()
    assert most_at_once(history) <= workers
    assert history.charged.sum() <= limit
    assert sorted(history.order.tolist()) == list(range(len(history)))
    if unit == "trials" and strategy is ToySearch:
        assert len(history) == limit
    np.testing.assert_allclose(history.end - history.start, history.cost)


def test_a_worker_is_idle_only_where_nothing_is_asked_for() -> None:
    history = nasapi.run(benchmark(200), ToySearch, seed=1)
    starts = np.sort(history.start)
    assert (starts[:8] == 0).all()
    assert set(starts[8:]) <= set(history.end)
    busy = history.cost.sum() / (8 * history.end[-1])
    assert busy > 0.9


def test_one_worker_is_a_run_as_ever() -> None:
    one = benchmark(workers=1)
    plain = nasapi.run(one, ToySearch, seed=5, batch=4)
    same(plain, nasapi.run(one, ToySearch, seed=5, batch=4, workers=1))
    same(plain, nasapi.run(benchmark(workers=8), ToySearch, seed=5, batch=4, workers=1))
    assert plain.clock is None
    np.testing.assert_array_equal(plain.end, np.cumsum(plain.cost))


def test_a_run_is_the_same_again_isolated_and_from_a_store(tmp_path: Any) -> None:
    made = benchmark()
    first = nasapi.run(made, Levels, seed=2, batch=2)
    same(first, nasapi.run(made, Levels, seed=2, batch=2))
    same(first, nasapi.run(made, Levels, seed=2, batch=2, isolate=True))
    nasapi.Study([made], [Levels], [2], tmp_path / "store", batch=2).run(backend="inline")
    [stored] = nasapi.Study.open(tmp_path / "store").histories()
    same(first, stored)
    assert (stored.workers, stored.unit) == (8, "trials")


@pytest.mark.parametrize("kept", [0, 1, 17, 59])
def test_a_run_that_was_cut_anywhere_goes_on_as_if_it_had_not_been(kept: int) -> None:
    whole = nasapi.run(benchmark(), ToySearch, seed=4)
    part = evolve(
        whole,
        **{name: getattr(whole, name)[:kept] for name in ("codes", "fidelity", "cost", "seconds")},
        values={name: column[:kept] for name, column in whole.values.items()},
        clock=evolve(whole.clock, **{name: getattr(whole.clock, name)[:kept] for name in ("start", "end", "order")}),
    )
    same(whole, nasapi.run(benchmark(), ToySearch, seed=4, resume=part))
    if kept:
        with pytest.raises(InterfaceError, match="Cannot resume: trial"):
            nasapi.run(benchmark(), ToySearch, seed=5, resume=part)


def test_a_strategy_that_waits_for_its_generation_is_waited_for() -> None:
    history = nasapi.run(benchmark(30), Generations, seed=0)
    assert (len(history), history.ended) == (30, "budget")
    assert most_at_once(history) == 5


def test_results_of_one_moment_are_reported_together() -> None:
    received: list[int] = []

    class Listening(ToySearch):
        def tell(self, results: Any) -> None:
            received.append(len(results))
            super().tell(results)

    made = evolve(toy_v1(), objective=Alike(), workers=5)
    together = nasapi.run(made, Listening, seed=0, batch=5)
    assert received == [5, 5]
    alone = nasapi.run(made, ToySearch, seed=0, batch=5, workers=1)
    np.testing.assert_array_equal(together.codes, alone.codes)
    assert together.end.tolist() == [1.0] * 5 + [2.0] * 5


def test_more_workers_end_sooner_for_the_same_cost() -> None:
    ends = {workers: nasapi.run(benchmark(100, workers=workers), ToySearch, seed=6).end[-1] for workers in (1, 4, 16)}
    assert ends[1] > 3 * ends[4] > 9 * ends[16]


def test_workers_are_an_option_of_every_benchmark() -> None:
    loaded = nasapi.load_benchmark("toy/formula-v1", workers=3)
    assert (loaded.workers, loaded.spec) == (3, "toy/formula-v1[workers=3]")
    history = nasapi.run("toy/formula-v1", ToySearch, seed=0, workers=3)
    assert (history.benchmark, history.workers) == ("toy/formula-v1[workers=3]", 3)
    same(history, nasapi.run("toy/formula-v1[workers=3]", ToySearch, seed=0))


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, 1_000_001])
def test_a_number_of_workers_that_cannot_be_is_refused(workers: Any) -> None:
    with pytest.raises(InvalidOption, match=r"A run has 1 to 1,000,000 workers, not"):
        nasapi.run("toy/formula-v1", ToySearch, seed=0, workers=workers)


def test_workers_where_costs_are_not_known_are_refused() -> None:
    objective = ToyObjective()
    objective.missing = {"cost": "nobody timed it."}
    with pytest.raises(InvalidOption, match=r"cannot have 2 workers: what its trials cost is not known.*nobody timed"):
        evolve(toy_v1(), objective=objective, workers=2)


def test_a_level_goes_on_only_from_what_has_ended() -> None:
    made = benchmark(1000, "seconds", workers=2)
    fidelity = evolve(made.problem.fidelity, resumes=True)
    made.objective.fidelity = fidelity
    made = evolve(made, problem=evolve(made.problem, fidelity=fidelity))

    class Same(Strategy):
        supports = frozenset({"fidelity"})
        script = [1, 4, 16]

        def ask(self, n: int) -> list[Trial]:
            asked, self.script = self.script[:n], self.script[n:]
            return [self.problem.trials(np.array([(2, 2, 2, 2, 2, 2)]), level)[0] for level in asked]

        def tell(self, results: Any) -> None:
            pass

    history = nasapi.run(made, Same, seed=0)
    assert dict(zip(history.fidelity.tolist(), history.charged.tolist(), strict=True)) == {1: 4.0, 4: 16.0, -1: 60.0}


@pytest.mark.parametrize(
    ("name", "value"), [("start", np.nan), ("end", -1.0), ("charged", -1.0), ("order", 7), ("end", np.inf)]
)
def test_a_stored_clock_that_no_run_can_have_is_refused(tmp_path: Path, name: str, value: float) -> None:
    nasapi.Study([benchmark(6)], [ToySearch], [0], tmp_path / "store").run(backend="inline")
    [history] = nasapi.Study.open(tmp_path / "store").histories()
    columns = {column: np.array(getattr(history, column)) for column in TIMES}
    columns[name][2] = value
    forge(tmp_path / "store", "clock", zlib.compress(b"".join(column.tobytes() for column in columns.values())))
    with pytest.raises(CorruptData, match="its clock tells times that no run can have"):
        nasapi.Study.open(tmp_path / "store").histories()


def test_a_stored_clock_of_another_length_is_refused(tmp_path: Path) -> None:
    nasapi.Study([benchmark(6)], [ToySearch], [0], tmp_path / "store").run(backend="inline")
    forge(tmp_path / "store", "clock", zlib.compress(b"0" * 32 * 5))
    with pytest.raises(CorruptData, match="its clock is not the 192 bytes that its trials need"):
        nasapi.Study.open(tmp_path / "store").histories()


class Endless(ToyObjective):
    """Evaluations that last as long as a float can tell."""

    def evaluate(self, codes: Any, fidelity: int | None = None, noise: Any = None) -> Columns:
        return {**super().evaluate(codes, fidelity, noise), "cost": np.full(len(codes), 1e308)}


@pytest.mark.parametrize("workers", [1, 2])
def test_costs_that_no_clock_can_add_up_are_refused_before_anything_is_recorded(tmp_path: Path, workers: int) -> None:
    made = evolve(toy_v1(), objective=Endless(), workers=workers)
    study = nasapi.Study([made], [ToySearch], [0], tmp_path / "s")
    with pytest.raises(
        StudyError, match=r"gave cost 1e\+308 for row 0, .* 0 or more and at most 1e\+100, in every row\. R"
    ):
        study.run(backend="inline")
    assert not study.histories()
