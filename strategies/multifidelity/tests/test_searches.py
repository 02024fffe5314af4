"""What the strategies do: who is promoted, what is asked while results are awaited, what the strategy inside hears."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from pkgutil import resolve_name

import attrs
import nasapi_multifidelity
import numpy as np
import pytest
from attrs import define, field
from nasapi_multifidelity.halving import Hyperband
from nasapi_multifidelity.proposers import Inner, Uniform
from own_strategies import NOTING

import nasapi
from nasapi import Benchmark, Budget, History, Result, Strategy, Trial
from nasapi.errors import InvalidOption
from nasapi.testing.pair import pair_v1
from nasapi.testing.problems import constrained, plain, two_goals, without_fidelity

SPECS = ["successive-halving", "hyperband", "asha", "bohb"]
Makes = Callable[..., Benchmark]
PLAIN = """
import nasapi
from attrs import define

@define(eq=False)
class Plain(nasapi.Strategy):
    def ask(self, n):
        return self.problem.trials(self.problem.space.sample(n, self.rng))
    def tell(self, results):
        pass
"""


def at_levels(history: History) -> list[tuple[int, int, float]]:
    """Level, number of trials and greatest loss of each stretch of trials at one level."""
    levels = np.where(history.fidelity < 0, 81, history.fidelity)
    starts = [0, *(np.flatnonzero(np.diff(levels)) + 1).tolist(), len(levels)]
    return [(int(levels[a]), b - a, float(history.values["loss"][a:b].max())) for a, b in pairwise(starts)]


@pytest.mark.parametrize("batch", [1, 7])
def test_hyperband_runs_the_published_brackets_one_after_another(make_graded: Makes, batch: int) -> None:
    history = nasapi.run(make_graded(1902), "hyperband", seed=3, batch=batch)
    assert [(level, n) for level, n, _ in at_levels(history)] == [
        *((1, 81), (3, 27), (9, 9), (27, 3), (81, 1)),
        *((3, 34), (9, 11), (27, 3), (81, 1)),
        *((9, 15), (27, 5), (81, 1)),
        *((27, 8), (81, 2 + 5)),
    ]


@pytest.mark.parametrize("spec", SPECS)
def test_the_best_of_a_level_go_on(make_graded: Makes, spec: str) -> None:
    """On a benchmark on which the order at each level is that at the highest, the best that began reaches it."""
    history = nasapi.run(make_graded(405), spec, seed=0, batch=3)
    levels, codes = history.fidelity, [tuple(code) for code in history.codes.tolist()]
    quality = history.values["loss"] - 484 * (1 - np.where(levels < 0, 81, levels) / 81)
    tops = {codes[row] for row in np.flatnonzero(levels < 0)}
    began = np.flatnonzero(levels == 1)
    if spec == "asha":  # which does not wait: what reached the highest is among the best third of its time
        assert quality[levels < 0].max() <= np.quantile(quality[began], 0.34)
    else:
        assert codes[began[np.argmin(quality[began])]] in tops


def test_halving_leaves_one_of_as_many_as_began(make_graded: Makes) -> None:
    history = nasapi.run(make_graded(810), "successive-halving", seed=1)
    assert Counter(history.fidelity.tolist()) == {1: 162, 3: 54, 9: 18, 27: 6, -1: 2}
    history = nasapi.run(make_graded(252), "successive-halving[architectures=10,skip=2]", seed=1)
    assert history.fidelity.tolist()[:14] == [9] * 10 + [27] * 3 + [-1]


def test_asha_promotes_what_is_among_the_best_third_of_its_level_and_nothing_else_can_be(make_graded: Makes) -> None:
    history = nasapi.run(make_graded(900), "asha", seed=0)
    levels = [1, 3, 9, 27, 81]
    received: dict[int, list[float]] = {level: [] for level in levels}
    promoted: dict[int, list[float]] = {level: [] for level in levels}
    last: dict[tuple[int, ...], float] = {}
    for code, level, loss in zip(map(tuple, history.codes), history.fidelity, history.values["loss"], strict=True):
        level = 81 if level < 0 else int(level)
        best = {at: sorted(received[at])[: len(received[at]) // 3] for at in levels[:-1]}
        open_levels = [at for at in levels[:-1] if set(best[at]) - set(promoted[at])]
        if level == 1:
            assert not open_levels
        else:
            below = levels[levels.index(level) - 1]
            assert below == max(open_levels)
            assert last[code] in best[below]
            promoted[below].append(last[code])
        received[level].append(loss)
        last[code] = loss
    assert received[81]


@pytest.mark.parametrize("spec", SPECS)
def test_eight_workers_are_never_without_a_trial(make_graded: Makes, spec: str) -> None:
    benchmark, rng = make_graded(1000), np.random.default_rng(1)
    strategy = nasapi.load_strategy(spec)(benchmark.problem, np.random.default_rng(0))
    training = [trial for _ in range(8) for trial in strategy.ask(1)]
    trained = []
    for _ in range(300):
        assert len(training) == 8
        trained.append(training.pop(rng.integers(8)))  # whoever is done first is told of first
        strategy.tell(benchmark.evaluate(trained[-1:]))
        training += strategy.ask(1)
    assert any(trial.fidelity is None for trial in trained)
    assert len({(trial.arch, trial.fidelity) for trial in trained}) == len(trained)


@pytest.mark.parametrize("spec", SPECS)
def test_eight_workers_of_a_run_are_busy_and_spend_no_more_than_the_budget(make_graded: Makes, spec: str) -> None:
    history = nasapi.run(make_graded(1400), spec, seed=0, workers=8)
    assert 1200 < history.cost.sum() <= 1400
    moments = np.linspace(0.5, 100.5, 21)[:, None]
    busy = ((history.start <= moments) & (moments < history.end)).sum(axis=1)
    assert (busy == 8).all()
    assert (history.fidelity < 0).any()


@pytest.mark.parametrize("spec", SPECS)
def test_no_more_is_spent_than_the_budget(make_graded: Makes, spec: str) -> None:
    history = nasapi.run(make_graded(1000), spec, seed=0, batch=5)
    assert 800 < history.cost.sum() <= 1000
    assert history.ended == "budget"


@pytest.mark.parametrize("spec", SPECS)
def test_what_fails_goes_on_nowhere(spec: str) -> None:
    benchmark = plain()
    strategy = nasapi.load_strategy(spec)(benchmark.problem, np.random.default_rng(0))
    trials: list[Trial] = []
    while len(trials) < 60 and (asked := strategy.ask(4)):
        trials += asked
        strategy.tell([Result(trial, {}, 1.0, "out of memory") for trial in asked])
    began = {trial.arch for trial in trials}
    assert len(trials) == len(began) == 22


@pytest.mark.parametrize("spec", SPECS)
def test_a_problem_without_fidelity_is_searched_at_its_only_level(spec: str) -> None:
    history = nasapi.run(without_fidelity(), spec, seed=0)
    assert set(history.fidelity.tolist()) == {-1}
    assert len(history) == 22


@define(eq=False)
class Recorder(Strategy):
    """Asks random architectures and keeps what it hears."""

    received: list[Result] = field(factory=list, init=False)

    def ask(self, n: int) -> list[Trial]:
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results: Sequence[Result]) -> None:
        self.received += results


def test_a_strategy_inside_receives_each_architecture_once_at_its_highest_level(make_graded: Makes) -> None:
    benchmark, rng = make_graded(1000), np.random.default_rng(0)
    recorder = Recorder(benchmark.problem, rng)
    strategy = Hyperband(benchmark.problem, rng)
    strategy._proposer = Inner(recorder, Uniform(benchmark.problem, rng))
    delivered: list[Result] = []
    while len(delivered) < 122:
        results = benchmark.evaluate(strategy.ask(1))
        strategy.tell(results)
        delivered += results
    received = Counter(result.values["loss"] for result in recorder.received)
    highest = {result.trial.note: result.values["loss"] for result in delivered if result.trial.note[0] == 0}
    assert received == Counter(highest.values())
    assert all(result.trial.note is None for result in recorder.received)


def test_a_strategy_inside_that_must_wait_is_stood_in_for(make_graded: Makes) -> None:
    history = nasapi.run(make_graded(405), "hyperband[strategy=evolution[population=10]]", seed=0)
    assert Counter(history.fidelity.tolist()) == {1: 81, 3: 27, 9: 9, 27: 3, -1: 1}


@pytest.mark.parametrize("name", SPECS[:3])
def test_the_strategy_inside_is_told_once_of_each_of_its_own_trials(name: str, tmp_path: Path) -> None:
    (tmp_path / "noting.py").write_text(NOTING)
    spec = f"{name}[strategy='{tmp_path / 'noting.py'}:Noting']"
    for seed in range(3):
        assert len(nasapi.run(attrs.evolve(pair_v1(), workers=4), spec, seed=seed))


@pytest.mark.parametrize("spec", ["hyperband", "asha", "successive-halving"])
def test_a_strategy_inside_that_does_not_fit_is_refused(spec: str, tmp_path: Path) -> None:
    file = tmp_path / "plain.py"
    file.write_text(PLAIN)
    with pytest.raises(InvalidOption, match=f"`{spec}` cannot wrap .*, which does not support constraints"):
        nasapi.run(constrained(), f"{spec}[strategy={file}:Plain]", seed=0)
    with pytest.raises(InvalidOption, match="does not support multi-objective"):
        nasapi.run(two_goals(), spec, seed=0)


@pytest.mark.parametrize("spec", ["asha", "successive-halving"])
def test_more_levels_than_there_are_cannot_be_left_out(spec: str) -> None:
    with pytest.raises(InvalidOption, match=r"`skip` leaves out 3 of the levels \(1, 4, 16\); give at most 2"):
        nasapi.run(plain(), f"{spec}[skip=3]", seed=0)


def test_levels_are_a_third_apart_and_none_is_left_out_by_default(make_graded: Makes) -> None:
    for spec in SPECS:
        strategy = nasapi.load_strategy(spec)(make_graded(500).problem, np.random.default_rng(0))
        assert strategy._levels == (1, 3, 9, 27, 81)
        assert strategy.eta == 3
    twice = nasapi.load_strategy("hyperband[eta=9]")(make_graded(500).problem, np.random.default_rng(0))
    assert twice._levels == (1, 9, 81)


def test_what_is_published_says_how_it_departs() -> None:
    papers = [resolve_name(entry.paper) for entry in nasapi_multifidelity.nasapi_entries() if entry.paper]
    assert len(papers) == 4
    assert all(paper.departures for paper in papers)


def test_bohb_begins_with_better_architectures_once_it_has_a_model() -> None:
    benchmark = attrs.evolve(pair_v1(), problem=attrs.evolve(pair_v1().problem, budget=Budget(16)))
    begun = {}
    for spec in ("bohb", "hyperband"):
        runs = [nasapi.run(benchmark, spec, seed=seed) for seed in range(3)]
        begun[spec] = np.mean([run.values["valid_accuracy"][run.fidelity == 4][4:].mean() for run in runs])
    assert begun["bohb"] > begun["hyperband"] + 2
