"""The guard: a strategy that evaluates its run's own objective is noticed, whatever door it takes; others are not."""

from __future__ import annotations

import gc
import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from attrs import define, evolve, field

import nasapi
from nasapi.benchmark import Benchmark
from nasapi.errors import InterfaceError
from nasapi.guard import Guard, Sighting, at_work, forward_sightings
from nasapi.metric import Metric
from nasapi.objective import Joined, Objective
from nasapi.testing.search import ToySearch
from nasapi.testing.toy import Toy, ToyObjective, toy_v1

CODES = np.array([[2, 2, 2], [0, 1, 0], [1, 2, 1]])
GUARDED, NUMBERS = "guarded ", itertools.count()
"""What the benchmarks of guarded runs are described as, each with a number of its own."""


@define(eq=False)
class Peeking(ToySearch):
    """Does something beside what it should, in its third `ask` or `tell` or when it is made."""

    peek: Any = field(kw_only=True)
    where: str = field(kw_only=True, default="ask")
    calls: dict = field(factory=lambda: {"ask": 0, "tell": 0, "made": 0}, init=False)

    def __attrs_post_init__(self):
        self._do("made", 1)

    def ask(self, n):
        self._do("ask", 3)
        return super().ask(n)

    def tell(self, results):
        self._do("tell", 3)
        super().tell(results)

    def _do(self, what, call):
        self.calls[what] += 1
        if self.where == what and self.calls[what] == call:
            self.peek()


def peeking(peek, where="ask"):
    def made(problem, rng):
        return Peeking(problem, rng, peek=peek, where=where)

    return made


def guarded() -> Benchmark:
    """That of the run, found among all objects; those of runs before it may be there still."""
    found = [item for item in gc.get_objects() if type(item) is Benchmark and item.description.startswith(GUARDED)]
    return max(found, key=lambda item: int(item.description.removeprefix(GUARDED)))


def by_the_garbage_collector():
    found = guarded()
    found.evaluate(found.problem.trials(CODES))


def by_its_objective():
    guarded().objective.evaluate(CODES)


def by_looking_up():
    guarded().look_up(CODES, ["test_accuracy"])


def by_loading_it_again():
    found = nasapi.load_benchmark("toy/formula-v1")
    found.evaluate(found.problem.trials(CODES), 3)


def at_a_lower_level():
    ToyObjective().evaluate(CODES, 4)


def in_a_joined_one():
    class Other(Objective):
        space = Toy()
        metrics = (Metric("beauty", "max"),)

        def evaluate(self, codes, fidelity=None, noise=None):
            return {"beauty": np.ones(len(codes)), "cost": np.zeros(len(codes))}

    Joined([Other(), ToyObjective()]).evaluate(codes=CODES)


VALUES = {tuple(code): row for row, code in enumerate(np.concatenate([*Toy().enumerate()]).tolist())}
COLUMNS = ToyObjective().evaluate(np.array([*VALUES]))


class Copied(Objective):
    """The toy's values in a class that has nothing else of it."""

    space = Toy()
    metrics = ToyObjective().metrics

    def evaluate(self, codes, fidelity=None, noise=None):
        return {name: column[[VALUES[tuple(code)] for code in codes.tolist()]] for name, column in COLUMNS.items()}


def by_a_copy():
    Copied().evaluate(CODES)


def quietly():
    try:
        ToyObjective().evaluate(CODES)
    except BaseException:
        pass


def in_a_thread():
    thread = threading.Thread(target=by_loading_it_again)
    thread.start()
    thread.join()


def in_a_pool_in_a_thread():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(in_a_thread).result()


def in_a_run_of_its_own():
    nasapi.run("toy/formula-v1", "random", seed=0)


def in_another_context():
    import contextvars

    contextvars.Context().run(by_loading_it_again)


DOORS = [
    *(by_the_garbage_collector, by_its_objective, by_looking_up, by_loading_it_again, at_a_lower_level),
    *(in_a_joined_one, by_a_copy, quietly, in_a_thread, in_a_pool_in_a_thread, in_a_run_of_its_own, in_another_context),
]


@pytest.fixture
def toy() -> Benchmark:
    return evolve(toy_v1(), description=f"{GUARDED}{next(NUMBERS)}")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("where", ["ask", "tell", "made"])
def test_an_evaluation_of_the_runs_objective_by_its_strategy_is_noticed_and_named(toy, door, where):
    with pytest.raises(InterfaceError, match=r"'made' evaluated the objective of its run, .+ line \d+\); every query"):
        nasapi.run(toy, peeking(door, where), seed=0)


def test_what_is_named_is_the_method_the_file_and_the_line(toy):
    with pytest.raises(InterfaceError, match=r"by itself in `tell` \(test_guard\.py, line \d+\)"):
        nasapi.run(toy, peeking(by_loading_it_again, "tell"), seed=0)


class AnotherTask(ToyObjective):
    """The same metrics with other values: another data set."""

    def evaluate(self, codes, fidelity=None, noise=None):
        found = super().evaluate(codes, fidelity, noise)
        return {**found, "valid_accuracy": found["valid_accuracy"] / 2}


class Proxy(Objective):
    """A metric that is no goal of the run."""

    space = Toy()
    metrics = (Metric("flops", "min"),)

    def evaluate(self, codes, fidelity=None, noise=None):
        return {"flops": codes.sum(axis=1) * 1.0, "cost": np.zeros(len(codes))}


def another_run():
    nasapi.run("nb201/cifar10-v1[budget=3]", "random", seed=0)


@pytest.mark.parametrize(
    "use",
    [lambda: AnotherTask().evaluate(CODES), lambda: Proxy().evaluate(CODES), another_run, lambda: Toy().graphs(CODES)],
)
def test_objectives_that_are_not_the_runs_may_be_used(toy, use):
    if use is another_run:
        pytest.importorskip("nasapi_nb201", reason="the other run is on its table")
    plain = nasapi.run(toy, peeking(lambda: None), seed=0)
    used = nasapi.run(toy, peeking(use), seed=0)
    np.testing.assert_array_equal(plain.codes, used.codes)


def test_runs_in_threads_do_not_blame_each_other():
    inside, others = threading.Event(), threading.Event()

    def wait():
        inside.set()
        assert others.wait(30)

    with ThreadPoolExecutor(4) as pool:
        waiting = pool.submit(nasapi.run, toy_v1(), peeking(wait), seed=0)
        assert inside.wait(30)
        runs = [pool.submit(nasapi.run, "toy/formula-v1", "random", seed=seed) for seed in range(6)]
        loaded = [pool.submit(by_loading_it_again) for _ in range(3)]
        done = [future.result() for future in (*runs, *loaded)]
        others.set()
        assert len(waiting.result()) == len(done[0]) == 10


def test_a_caller_in_the_same_thread_may_evaluate_between_runs(toy):
    nasapi.run(toy, ToySearch, seed=0)
    assert len(toy.evaluate(toy.problem.trials(CODES))) == 3


def test_an_observer_may_evaluate_and_a_strategy_that_takes_its_benchmark_may_not(toy):
    class Lends:
        benchmark = None

        def nasapi_run_started(self, benchmark):
            Lends.benchmark = benchmark

        def nasapi_result(self, result):
            Lends.benchmark.evaluate([result.trial])

    lends = Lends()
    lends.nasapi_run_started = lambda benchmark, strategy, seed: setattr(Lends, "benchmark", benchmark)
    assert len(nasapi.run(toy, ToySearch, seed=0, observers=[lends])) == 10
    take = peeking(lambda: Lends.benchmark.objective.evaluate(CODES))
    with pytest.raises(InterfaceError, match="every query is counted"):
        nasapi.run(toy, take, seed=0, observers=[lends])


def test_starting_a_thread_is_as_before_once_runs_are_over(toy):
    start = threading.Thread.start
    during, first, second = [], threading.Event(), threading.Event()

    def look():
        during.append(threading.Thread.start)
        first.set()
        assert second.wait(30)

    with ThreadPoolExecutor(1) as pool:
        outlived = pool.submit(nasapi.run, toy_v1(), peeking(look), seed=0)
        assert first.wait(30)
        nasapi.run(toy, ToySearch, seed=0)  # begins later, ends first
        another = Guard(toy.problem, "another")
        another.__enter__()
        second.set()
        outlived.result()
        assert threading.Thread.start is not start  # one is still on
        another.__exit__()
    assert during != [start]
    assert threading.Thread.start is start


def test_a_strategy_that_raises_leaves_no_guard_behind(toy):
    def fail():
        raise ZeroDivisionError

    start = threading.Thread.start
    with pytest.raises(ZeroDivisionError):
        nasapi.run(toy, peeking(fail), seed=0)
    assert threading.Thread.start is start
    assert len(toy.evaluate(toy.problem.trials(CODES))) == 3
    assert len(nasapi.run(toy, ToySearch, seed=0)) == 10


def test_what_was_seen_in_another_process_is_compared_by_the_guard_of_the_run():
    problem = toy_v1().problem
    elsewhere = Guard(problem, "made")
    for objective in (ToyObjective(), AnotherTask(), Proxy()):
        elsewhere.enter("`ask`")
        objective.evaluate(CODES)
        elsewhere.leave()
    taken = json.loads(json.dumps(elsewhere.take_sightings()))
    assert [(sighting["objective"].rpartition(".")[2], len(sighting["codes"])) for sighting in taken] == [
        ("ToyObjective", len(CODES[:8])),
        ("AnotherTask", len(CODES[:8])),
    ]
    assert elsewhere.take_sightings() == []
    here = Guard(problem, "made", ToyObjective())
    here.enter("`ask`")
    forward_sightings(taken[1:])
    here.require_no_sighting()  # of another task
    forward_sightings(taken)
    here.leave()
    forward_sightings(taken)  # nobody is at work
    with pytest.raises(InterfaceError, match=r"'made' evaluated .* of its run, .*ToyObjective, by itself in"):
        here.require_no_sighting()
    assert here.sightings == []
    elsewhere.sightings = [Sighting("`ask`", "toy", **{key: taken[0][key] for key in ("codes", "values")})]
    elsewhere.require_no_sighting()  # it has no objective to judge by


def test_an_objective_is_recognised_by_eight_rows() -> None:
    guard = Guard(toy_v1().problem, "made", ToyObjective())
    guard.enter("`ask`")
    Copied().evaluate(np.array([*VALUES]))
    guard.leave()
    assert [len(sighting.codes) for sighting in guard.sightings] == [8]


def test_an_objective_that_tells_nothing_of_some_codes_is_looked_at_again_with_others():
    class Choosy(ToyObjective):
        """One that evaluates no codes that begin with 0."""

        def evaluate(self, codes, fidelity=None, noise=None):
            if (codes[:, 0] == 0).any():
                raise ValueError("none of these")
            return super().evaluate(codes, fidelity, noise)

    guard, choosy = Guard(toy_v1().problem, "made", ToyObjective()), Choosy()
    guard.enter("`ask`")
    with pytest.raises(ValueError, match="none of these"):
        choosy.evaluate(np.zeros((2, 3), np.int64))
    guard.require_no_sighting()
    choosy.evaluate(np.ones((2, 3), np.int64))
    guard.leave()
    with pytest.raises(InterfaceError, match="Choosy"):
        guard.require_no_sighting()


def test_a_guard_within_another_gives_the_thread_back_to_it():
    problem = toy_v1().problem
    outer, inner = Guard(problem, "outer"), Guard(problem, "inner")
    assert not at_work()
    outer.enter("`ask`")
    inner.enter("`tell`")
    ToyObjective().evaluate(CODES)
    inner.leave()
    assert at_work()
    AnotherTask().evaluate(CODES)
    outer.leave()
    assert not at_work()
    assert [len(outer.sightings), len(inner.sightings)] == [2, 1]
    assert (outer.sightings[0].place[:6], inner.sightings[0].place[:6]) == ("`ask` ", "`tell`")
    outer.close()
    outer.enter("`ask`")
    Third().evaluate(CODES)
    outer.leave()
    assert len(outer.sightings) == 2


class Third(ToyObjective):
    """A third object that may be of the run."""


def test_another_task_that_is_equal_in_places_is_no_sighting_of_the_run_s_own() -> None:
    """Accuracies on forty images are multiples of 2.5 %, and often equal by chance."""

    class Coarse(ToyObjective):
        def __init__(self, differs: int):
            super().__init__()
            self.differs = differs

        def evaluate(self, codes, fidelity=None, noise=None):
            found = super().evaluate(codes, fidelity, noise)
            other = np.asarray(codes)[:, 0] == self.differs
            found["valid_accuracy"] = np.where(other, found["valid_accuracy"] / 2, found["valid_accuracy"])
            return found

    for differs, seen in ((1, False), (7, True)):  # no gene is 7: the same values everywhere
        guard = Guard(toy_v1().problem, "made", ToyObjective())
        guard.enter("`ask`")
        Coarse(differs).evaluate(CODES)
        guard.leave()
        if seen:
            with pytest.raises(InterfaceError, match="evaluated the objective of its run"):
                guard.require_no_sighting()
        else:
            guard.require_no_sighting()
