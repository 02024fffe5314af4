"""What trials are charged: equivalents of the highest fidelity, seconds once for an epoch, networks once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from attrs import define, evolve, field

import nasapi
from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.errors import InvalidOption
from nasapi.fidelity import Fidelity
from nasapi.noise import row_noise
from nasapi.objective import Columns
from nasapi.running.meter import Meter
from nasapi.strategy import Strategy
from nasapi.testing.toy import ToyObjective, toy_v1
from nasapi.trial import Architecture, Result, Trial

A, B, C = (2, 2, 2), (0, 1, 0), (1, 2, 1)


@define(eq=False)
class Scripted(Strategy):
    """Asks for given architectures at given levels, then for nothing."""

    script: Any = field(kw_only=True)
    supports = frozenset({"fidelity"})

    def ask(self, n: int) -> list[Trial]:
        asked, self.script = self.script[:n], self.script[n:]
        return [Trial(Architecture("toy", code), level) for code, level in asked]

    def tell(self, results: Any) -> None:
        pass


def scripted(*script: Any) -> Any:
    return lambda problem, rng: Scripted(problem, rng, script=list(script))


def toy(limit: float, unit: Any = "trials", *, resumes: bool = False, noise: bool = False) -> Benchmark:
    objective = ToyObjective()
    objective.fidelity = Fidelity("epochs", (1, 4, 16), resumes)
    problem = evolve(toy_v1().problem, budget=Budget(limit, unit), fidelity=objective.fidelity)
    return evolve(toy_v1(), problem=problem, objective=objective, noise=noise)


def charged(benchmark: Benchmark, *script: Any, batch: int = 1) -> nasapi.History:
    return nasapi.run(benchmark, scripted(*script), seed=0, batch=batch)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_trial_at_a_lower_level_counts_for_its_share(batch: int) -> None:
    history = charged(toy(2), (A, 1), (A, 4), (B, 1), (A, 16), (C, None), batch=batch)
    assert history.charged.tolist() == [1 / 16, 4 / 16, 1 / 16, 1.0]
    assert history.ended == "budget"


def test_twenty_seven_shares_of_four_in_108_are_one_trial_exactly() -> None:
    objective = ToyObjective()
    objective.fidelity = Fidelity("epochs", (4, 36, 108))
    problem = evolve(toy_v1().problem, budget=Budget(1), fidelity=objective.fidelity)
    history = charged(evolve(toy_v1(), problem=problem, objective=objective), *[(A, 4)] * 40)
    assert len(history) == 27


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_levels_that_resume_are_charged_what_they_add(batch: int) -> None:
    script = [(A, 1), (B, 4), (A, 4), (A, 16), (A, 16), (A, 4)]
    history = charged(toy(100, resumes=True), *script, batch=batch)
    assert (16 * history.charged).tolist() == [1, 4, 3, 12, 16, 4]
    seconds = charged(toy(10_000, "seconds", resumes=True), *script, batch=batch)
    assert seconds.cost.tolist() == history.cost.tolist() == [4.0, 4.0, 16.0, 64.0, 64.0, 16.0]
    assert seconds.charged.tolist() == [4.0, 4.0, 12.0, 48.0, 64.0, 16.0]
    assert seconds.elapsed.tolist() == np.cumsum(seconds.charged).tolist() == history.elapsed.tolist()


def test_seconds_of_levels_that_do_not_resume_are_charged_whole() -> None:
    history = charged(toy(10_000, "seconds"), (A, 1), (A, 4), (A, 16))
    assert history.charged.tolist() == history.cost.tolist() == [4.0, 16.0, 64.0]


class Dying(ToyObjective):
    """Fails at four epochs."""

    def evaluate(self, codes: Any, fidelity: int | None = None, noise: Any = None) -> Columns:
        found = dict(super().evaluate(codes, fidelity, noise))
        if fidelity == 4:
            found["valid_accuracy"] = np.full(len(codes), np.nan)
        return found


def test_nothing_goes_on_from_an_evaluation_that_failed() -> None:
    benchmark = toy(100, resumes=True)
    objective = Dying()
    objective.fidelity = benchmark.problem.fidelity
    history = charged(evolve(benchmark, objective=objective), (A, 1), (A, 4), (A, 16))
    assert (16 * history.charged).tolist() == [1, 3, 15]


def test_a_network_is_charged_once_whatever_the_level() -> None:
    history = charged(toy(3, "unique"), (A, 1), (A, 16), (B, None), (B, 1), (C, 4), (A, None))
    assert history.charged.tolist() == [1.0, 0.0, 1.0, 0.0, 1.0]


def test_a_run_at_full_fidelity_has_nothing_to_keep_of_its_charges() -> None:
    history = charged(toy(3), (A, None), (B, 16), (A, None))
    assert history.charged.tolist() == [1.0] * 3
    assert history.plain_charges and history.clock is None


def test_a_run_with_lower_levels_is_the_same_from_a_store_isolated_and_resumed(tmp_path: Any) -> None:
    benchmark = nasapi.load_benchmark("toy/formula-v1", budget=4)
    whole = nasapi.run(benchmark, Cheap, seed=1)
    part = nasapi.run(nasapi.load_benchmark("toy/formula-v1", budget=2), Cheap, seed=1)
    study = nasapi.Study([benchmark], [Cheap], [1], tmp_path / "store").run(backend="inline")
    [stored] = nasapi.Study.open(tmp_path / "store").histories()
    again = nasapi.run(benchmark, Cheap, seed=1, resume=part)
    isolated = nasapi.run(benchmark, Cheap, seed=1, isolate=True)
    assert len(set(whole.fidelity.tolist())) == 3
    for other in (stored, again, isolated, *study.histories()):
        for name in ("codes", "fidelity", "charged", "start", "end", "order"):
            np.testing.assert_array_equal(getattr(other, name), getattr(whole, name))


@define(eq=False)
class Cheap(Strategy):
    """Random architectures at random levels."""

    supports = frozenset({"fidelity"})

    def ask(self, n: int) -> list[Trial]:
        codes = self.problem.space.sample(n, self.rng)
        return [evolve(t, fidelity=int(self.rng.choice([1, 4, 16]))) for t in self.problem.trials(codes)]

    def tell(self, results: Any) -> None:
        pass


def test_one_draw_of_noise_follows_a_training_through_all_levels() -> None:
    benchmark = toy(100, noise=True)
    codes = np.concatenate(list(benchmark.problem.space.enumerate()))
    seen = {
        level: [r.values["valid_accuracy"] for r in benchmark.evaluate(benchmark.problem.trials(codes, level), 5)]
        for level in (1, 4, None)
    }
    network = benchmark.problem.space.canonical(codes)
    drawn = (row_noise(5, network) % np.uint64(3)).astype(int)
    run = np.array([-0.3, 0.0, 0.3])[drawn] * (1 + network[:, 0])
    for level, share in ((1, 0.5), (4, 0.8), (None, 1.0)):
        means = benchmark.objective.evaluate(codes, level)["valid_accuracy"]
        np.testing.assert_allclose(np.array(seen[level]) - means, run, atol=1e-9, err_msg=str(share))


def test_noise_belongs_to_codes_where_values_do() -> None:
    benchmark = toy(100, noise=True)
    codes = np.array([(0, 1, 0), (0, 1, 2), (0, 1, 1)])
    by_network = [r.values for r in benchmark.evaluate(benchmark.problem.trials(codes), 1)]
    assert by_network[0] == by_network[1] == by_network[2]
    benchmark.objective.identity = "code"
    drawn = [
        tuple(r.values["valid_accuracy"] for r in benchmark.evaluate(benchmark.problem.trials(codes), seed))
        for seed in range(20)
    ]
    assert any(len(set(values)) > 1 for values in drawn)


def test_a_budget_of_networks_ends_after_fifty_trials_for_each() -> None:
    benchmark = nasapi.load_benchmark("toy/formula-v1", budget=100, unit="unique")
    history = nasapi.run(benchmark, Cheap, seed=1, batch=50)
    assert (history.ended, len(history)) == ("repeats", 5000)


def test_levels_are_whole_numbers_from_1() -> None:
    with pytest.raises(InvalidOption, match=r"whole numbers from 1, not \(0, 4\)"):
        Fidelity("epochs", (0, 4))


@pytest.mark.parametrize(("limit", "unit"), [(7, "trials"), (2, "unique"), (400.0, "seconds")])
def test_a_batch_is_charged_as_its_trials_are_one_by_one(limit: float, unit: Any) -> None:
    benchmark = toy(limit, unit)
    trials = [Trial(Architecture("toy", code), level) for code in (A, B, A, C) for level in (None, 16, 4, None)]
    results = benchmark.evaluate(trials)
    whole, single = Meter(benchmark.problem), Meter(benchmark.problem)
    at_once = whole.charge(results)
    one_by_one = [charge for result in results if not single.over for charge in single.charge([result])]
    assert (at_once, whole.over, whole.plain_charges, whole.room) == (
        one_by_one,
        True,
        single.plain_charges,
        single.room,
    )
    assert 0 < len(at_once) < len(results)


@pytest.mark.parametrize(
    ("budget", "most"),
    [
        (Budget(5, "unique"), 1_000),
        (Budget(100, "unique"), 5_000),
        (Budget(10, "seconds"), 50_000),
        (Budget(2_000, "seconds"), 100_000),
    ],
)
def test_free_trials_and_repeats_do_not_go_on_for_ever(budget: Budget, most: int) -> None:
    meter = Meter(evolve(toy_v1().problem, budget=budget))
    assert [meter.exhausted(trials) for trials in (most - 1, most)] == [False, True]
    assert not Meter(evolve(toy_v1().problem, budget=Budget(5))).exhausted(10**9)


def test_the_room_is_how_many_more_trials_may_be_asked() -> None:
    def results(*levels: int | None) -> list[Result]:
        return [Result(Trial(Architecture("toy", A), level), {}, 5.0) for level in levels]

    meter = Meter(toy(2).problem)
    assert meter.room == 2
    meter.charge(results(1))
    assert (meter.room, meter.plain_charges) == (2, False)
    meter.charge(results(None))
    assert meter.room == 1
    assert len(meter.charge(results(4, 16))) == 1
    assert (meter.room, meter.over) == (0, True)
    seconds = Meter(toy(10, "seconds").problem)
    assert seconds.room == float("inf")
    assert seconds.charge(results(None, None, 1)) == [(5.0, 5.0), (5.0, 5.0)]
    assert (seconds.room, seconds.plain_charges) == (0, True)
    networks = Meter(toy(3, "unique").problem)
    assert networks.charge(results(None, None)) == [(1, 5.0), (0, 5.0)]
    assert (networks.room, networks.over) == (2, False)
