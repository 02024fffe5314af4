"""The numbers of a report: what is measured, of which runs, and what is missing."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from nasapi_report import write_report
from nasapi_report.analysis import analyse
from nasapi_report.measure import Measure, measure_of, run_curve
from nasapi_report.notes import notes
from nasapi_report.study_analysis import analyse_study
from nasapi_report.verdict import verdict

from nasapi import Result, Strategy, Trial, run
from nasapi.storage import BenchmarkSummary

needs_moocore = pytest.mark.skipif(importlib.util.find_spec("moocore") is None, reason="moocore is not installed")


def test_the_leading_set_is_ordered_by_mean_and_never_without_the_best() -> None:
    found = sources.analysis_of(sources.toy(), seeds=10)
    means = [row.mean.value for row in found.runs]
    assert means == sorted(means, reverse=True)
    assert found.runs[0].strategy in found.leading


def test_noisy_runs_are_compared_by_expected_values() -> None:
    benchmark = sources.toy(noise=True)
    found = sources.analysis_of(benchmark, seeds=5)
    for row in found.runs:
        for history, curve in zip(row.histories, row.curves, strict=True):
            last = history.codes[[history.incumbent()]]
            assert curve[-1] == benchmark.look_up(last, ["valid_accuracy"])["valid_accuracy"][0]
    assert found.measure.gap(np.concatenate(found.runs[0].curves)).min() >= 0
    assert any("expected value" in note for note in notes(found))


@pytest.mark.parametrize(
    ("sign", "optimum", "bounds", "limits"),
    [
        (-1, None, None, (-np.inf, np.inf)),
        (-1, 99.0, None, (-np.inf, 99.0)),
        (1, 3.0, None, (3.0, np.inf)),
        (-1, 99.0, (0.0, 100.0), (0.0, 99.0)),
        (1, 3.0, (0.0, 100.0), (3.0, 100.0)),
        (1, None, (0.0, 100.0), (0.0, 100.0)),
    ],
)
def test_no_mean_is_beyond_the_bounds_or_better_than_the_optimum(sign, optimum, bounds, limits) -> None:
    assert Measure("accuracy", "accuracy", "%", sign, optimum, bounds=bounds).limits == limits


def test_noisy_runs_without_their_plugin_are_compared_by_what_they_saw() -> None:
    record = evolve(BenchmarkSummary.of(sources.toy(noise=True)), id="gone/away-v1")
    measure = measure_of(record, None, [])
    assert measure.optimum is None
    assert "plugin with the expected ones is not installed" in measure.note


def test_a_record_is_loaded_where_a_plugin_registers_it_and_never_else() -> None:
    source = sources.study([sources.toy()], seeds=2)
    (known,) = analyse(evolve(source, benchmarks=(BenchmarkSummary.of(sources.toy()),)))
    assert known.benchmark is not None and known.benchmark.spec == "toy/formula-v1"
    assert known.unregistered == ""
    gone = evolve(BenchmarkSummary.of(sources.toy()), id="gone/away-v1", spec="gone/away-v1")
    runs = tuple(evolve(run, benchmark="gone/away-v1") for run in source.runs)
    loaded: list[str] = []

    class Recorded(sources.Source):
        benchmark = staticmethod(loaded.append)

    (unknown,) = analyse(Recorded((gone,), source.strategies, source.seeds, runs))
    assert (unknown.benchmark, loaded) == (None, [])
    assert "gone/away-v1" in unknown.unregistered


def test_a_run_that_found_nothing_feasible_has_no_final_value() -> None:
    found = sources.analysis_of(sources.constrained(upper=-1.0), seeds=3)
    assert all(not row.final_values for row in found.runs)
    assert verdict(found) == ["No run found anything feasible."]


class Lowest(Strategy):
    """Asks at the lowest level alone."""

    supports = frozenset({"fidelity"})

    def ask(self, n: int) -> list[Trial]:
        return self.problem.trials(self.problem.space.sample(n, self.rng), self.problem.fidelity.levels[0])

    def tell(self, results: Sequence[Result]) -> None:
        pass


def test_runs_that_never_reached_the_highest_level_are_not_called_infeasible() -> None:
    low = sources.toy(budget=1)
    runs = tuple(run(low, Lowest, seed=seed) for seed in range(2))
    found = analyse_study(sources.Source((low,), (runs[0].strategy,), (0, 1), runs)).analyses[0]
    assert verdict(found) == ["No run has a value: no evaluation at the highest fidelity was made, or none succeeded."]


def test_where_nothing_is_feasible_the_least_violation_is_reported() -> None:
    found = sources.analysis_of(sources.constrained(upper=-1.0), seeds=3)
    least = {row.strategy: min(history.values["params"].min() + 1 for history in row.histories) for row in found.runs}
    violation_notes = [note for note in notes(found) if note.startswith("Where nothing feasible was found")]
    assert len(violation_notes) == 1
    assert all(f"{name} by {value:.4g}" in violation_notes[0] for name, value in least.items())
    assert not any("which flatters it" in note for note in notes(found))


def test_no_violation_is_reported_where_something_is_feasible_or_nothing_is_constrained() -> None:
    for benchmark in (sources.constrained(), sources.toy()):
        assert not any("broken least" in note for note in notes(sources.analysis_of(benchmark, seeds=3)))


def test_constraints_show_how_much_was_feasible() -> None:
    found = sources.analysis_of(sources.constrained(), seeds=4)
    for row in found.runs:
        kept = np.concatenate([history.values["params"] <= 100 for history in row.histories])
        assert row.feasible is not None
        assert row.feasible.value == kept.mean()
    assert any("best possible value is not known" in note for note in notes(found))


@needs_moocore
def test_several_goals_are_compared_by_hypervolume() -> None:
    benchmark = sources.two_goals()
    source = sources.study([benchmark], seeds=3)
    measure = measure_of(BenchmarkSummary.of(benchmark), benchmark, list(source.runs))
    for history in source.runs:
        curve = run_curve(measure, benchmark, history)
        points = np.unique(history.losses[history.front()], axis=0)  # by rising loss of accuracy, falling parameters
        right = 400.0
        lefts = np.append(points[1:, 0], -50.0)
        area = float(((lefts - points[:, 0]) * (right - points[:, 1])).clip(min=0).sum())
        assert curve[-1] == pytest.approx(area / ((benchmark.reference.optima["valid_accuracy"] - 50.0) * 400.0))
        assert (np.diff(curve) >= -1e-12).all()


@needs_moocore
def test_a_missing_reference_point_is_reported_to_be_taken_from_the_runs() -> None:
    found = sources.analysis_of(sources.two_goals(point=False), seeds=2)
    assert any("gives no reference point" in note for note in notes(found))
    losses = np.concatenate([history.losses for row in found.runs for history in row.histories])
    assert found.measure.reference == tuple(losses[np.isfinite(losses).all(axis=1)].max(axis=0))


def test_without_moocore_several_goals_fall_back_to_the_first_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "moocore" else found(name, *rest)
    )
    analysis = sources.analysis_of(sources.two_goals(), seeds=2)
    assert analysis.measure.name == "valid_accuracy"
    assert any("pip install 'nasapi[hypervolume]'" in note for note in notes(analysis))


def test_a_missing_test_accuracy_is_reported_and_not_replaced(tmp_path: Path) -> None:
    benchmark = sources.toy()
    benchmark.objective.metrics = tuple(m for m in benchmark.objective.metrics if m.name != "test_accuracy")
    benchmark.objective.missing = {"test_accuracy": "bring the official file with `nasapi data import`."}
    inner = benchmark.objective.evaluate
    object.__setattr__(
        benchmark.objective, "evaluate", lambda *a: {k: v for k, v in inner(*a).items() if k[:4] != "test"}
    )
    text = (write_report(sources.study([benchmark], seeds=2), tmp_path / "report") / "index.html").read_text()
    assert "No test accuracy here: bring the official file with `nasapi data import`." in text
    assert "test accuracy (%)" not in text


def test_runs_that_are_not_there_are_counted() -> None:
    source = sources.study([sources.toy()], seeds=4)
    partial = evolve(source, runs=tuple(run for run in source.runs if (run.strategy, run.seed) != ("climbs", 2)))
    found = analyse(partial)[0]
    assert found.absent == (("climbs", 2),)
    assert any(note == "1 run of climbs is not there (seed 2)." for note in notes(found))
    fewer = evolve(source, runs=tuple(run for run in source.runs if run.strategy != "climbs" or run.seed == 3))
    assert "3 runs of climbs are not there (seeds 0 to 2)." in notes(analyse(fewer)[0])
