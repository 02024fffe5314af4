"""The parts of a run one by one: observers, times, values, workers on a clock, and the names that it records."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest
from attrs import define, field
from stores import Drawing

import nasapi
from nasapi.benchmark import Benchmark
from nasapi.errors import InterfaceError, InvalidOption
from nasapi.objective import Columns
from nasapi.plugins.origins import origin_of
from nasapi.problem import Budget
from nasapi.running.identity import strategy_summaries
from nasapi.running.loop import made_benchmark, made_strategy
from nasapi.storage.summary import StrategySummary
from nasapi.testing.search import ToySearch
from nasapi.testing.toy import ToyObjective, toy_v1

EVENTS = ("nasapi_run_started", "nasapi_result", "nasapi_run_finished")


@pytest.mark.parametrize("event", EVENTS)
def test_an_observer_is_dropped_at_whatever_it_raises_and_others_hear_on(
    event: str, capsys: pytest.CaptureFixture[str]
) -> None:
    events: list[str] = []

    def observer(name: str, raises: bool) -> Any:
        def listener(event_name: str) -> Callable[..., None]:
            def listen(**_: Any) -> None:
                events.append(f"{name} {event_name}")
                if raises and event_name == event:
                    raise OSError("no room")

            return listen

        facts = {event_name: staticmethod(listener(event_name)) for event_name in EVENTS}
        return type("Observer", (), {"name": name, **facts})()

    benchmark = attrs.evolve(toy_v1(), problem=attrs.evolve(toy_v1().problem, budget=Budget(2)))
    nasapi.run(benchmark, Drawing, seed=0, observers=[observer("one", True), observer("other", False)])
    whole = ["nasapi_run_started", "nasapi_result", "nasapi_result", "nasapi_run_finished"]
    assert [event_name for event_name in events if event_name.startswith("other")] == [
        f"other {event_name}" for event_name in whole
    ]
    assert [event_name for event_name in events if event_name.startswith("one")] == [
        f"one {event_name}" for event_name in whole[: whole.index(event) + 1]
    ]
    assert capsys.readouterr().err == "nasapi: observer one is dropped for this run: OSError: no room\n"


def test_an_observer_that_cannot_even_be_looked_at_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    class Closed:
        @property
        def nasapi_result(self) -> Any:
            raise ValueError("closed")

    assert len(nasapi.run(toy_v1(), Drawing, seed=0, observers=[Closed()])) == 10
    assert capsys.readouterr().err == "nasapi: observer Closed is dropped for this run: ValueError: closed\n"


def test_a_strategys_seconds_are_a_part_of_the_time_that_its_run_takes() -> None:
    start = time.perf_counter()
    history = nasapi.run("toy/formula-v1", ToySearch, seed=0, batch=3)
    assert 0 < history.seconds.sum() < time.perf_counter() - start
    assert len(set(history.seconds[:3])) == 1  # of one batch


@pytest.mark.parametrize("method", ["ask", "tell"])
def test_what_a_strategy_takes_to_ask_and_to_be_told_is_its_time(method: str) -> None:
    def slowly(self: Any, given: Any) -> Any:
        time.sleep(0.01)
        return getattr(ToySearch, method)(self, given)

    history = nasapi.run("toy/formula-v1[budget=2]", type("Slow", (ToySearch,), {method: slowly}), seed=0)
    assert (history.seconds >= 0.01).all()


@define(eq=False)
class Recording(ToySearch):
    """Keeps the names of the values that it is told."""

    names: set[str] = field(factory=set, init=False)

    def tell(self, results: Any) -> None:
        self.names |= {name for result in results for name in result.values}
        super().tell(results)


class Leaks(Benchmark):
    """Gives more values than its goals."""

    def evaluate(self, trials: Any, seed: Any = None) -> Any:
        found = super().evaluate(trials, seed)
        return [attrs.evolve(result, values={"test_accuracy": 1.0, **result.values}) for result in found]


def test_a_strategy_is_told_of_goals_alone_whatever_a_benchmark_gives() -> None:
    toy = toy_v1()
    leaks = Leaks(**{each.alias: getattr(toy, each.alias) for each in attrs.fields(Benchmark) if each.init})
    made: list[Recording] = []

    def making(problem: Any, rng: Any) -> Recording:
        made.append(Recording(problem, rng))
        return made[0]

    history = nasapi.run(leaks, making, seed=0)
    assert made[0].names == {"valid_accuracy"} == set(history.values)
    plain = nasapi.run(toy, Recording, seed=0)
    np.testing.assert_array_equal(history.values["valid_accuracy"], plain.values["valid_accuracy"])


@pytest.mark.parametrize("what", ["values", "cost", "error", "trial"])
def test_of_several_results_the_first_that_a_strategy_changes_is_named(what: str) -> None:
    @define(eq=False)
    class Changes(ToySearch):
        def tell(self, results: Any) -> None:
            for result in results[1:]:
                if what == "values":
                    dict.__setitem__(result.values, "valid_accuracy", 1.0)
                else:
                    other = {"cost": 7.0, "error": "no", "trial": results[0].trial}[what]
                    object.__setattr__(result, what, other)

    word = {"values": "'valid_accuracy'", "trial": "the architecture"}.get(what, f"the {what}")
    with pytest.raises(InterfaceError, match=rf"changed {word} of trial 1 in `tell`"):
        nasapi.run("toy/formula-v1", Changes, seed=3, batch=4)


class Alike(ToyObjective):
    """Every evaluation takes a second."""

    def evaluate(self, codes: Any, fidelity: int | None = None, noise: Any = None) -> Columns:
        return {**super().evaluate(codes, fidelity, noise), "cost": np.ones(len(codes))}


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_so_many_workers_begin_at_once_and_go_on_as_they_become_free(workers: int) -> None:
    benchmark = attrs.evolve(toy_v1(), objective=Alike(), workers=workers)
    history = nasapi.run(benchmark, ToySearch, seed=0, batch=workers)
    assert history.start.tolist() == [float(row // workers) for row in range(10)]
    assert history.end.tolist() == [float(row // workers) + 1 for row in range(10)]
    assert history.order.tolist() == list(range(10))


def test_a_run_takes_no_strategy_or_benchmark_of_another_kind() -> None:
    made = ToySearch(toy_v1().problem, np.random.default_rng(0))
    for strategy in (made, 3, None):
        with pytest.raises(InvalidOption, match=r"A strategy is a spec such as 'random', or a class"):
            made_strategy(strategy)  # type: ignore[arg-type]
    for benchmark in (toy_v1, 3, None):
        with pytest.raises(InvalidOption, match=r"A benchmark is a spec such as 'toy/formula-v1' or a Benchmark"):
            made_benchmark(benchmark)  # type: ignore[arg-type]


def test_a_spec_that_a_store_has_stays_whatever_else_is_the_same() -> None:
    maker = nasapi.load_strategy("nasapi.testing.search:ToySearch")
    twin = f"{maker.spec}[explore=0.5]"
    origin = origin_of(maker)
    for known, recorded in (
        ([], maker.spec),
        ([twin], twin),
        ([twin, maker.spec], maker.spec),
        ([maker.spec, twin], maker.spec),
        ([f"{maker.spec}[explore=0.25]"], maker.spec),
    ):
        found = strategy_summaries([maker], [StrategySummary(spec, origin) for spec in known])
        assert found[maker.spec].spec == recorded


@pytest.mark.parametrize("isolate", [False, True])
@pytest.mark.parametrize("made", [None, 3, ToySearch])
def test_what_makes_no_strategy_is_refused_in_a_sentence(made: object, isolate: bool) -> None:
    def forgetful(problem: object, rng: object) -> object:
        return made

    with pytest.raises(
        InterfaceError, match=r"What makes strategy 'forgetful' gave .*; it is a class derived from nasapi"
    ):
        nasapi.run(toy_v1(), forgetful, seed=0, isolate=isolate)  # type: ignore[arg-type]
