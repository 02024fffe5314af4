"""Numbers of workers side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import report_sources as sources
from attrs import define, evolve
from nasapi_report import write_report
from nasapi_report.clocks import by_workers
from nasapi_report.measure import places
from nasapi_report.overall_page import overall_verdict
from nasapi_report.study_analysis import analyse_study
from nasapi_report.words import ABSENT

import nasapi
from nasapi.history import Clock


@pytest.fixture(scope="module")
def source() -> sources.Source:
    benchmarks = [nasapi.load_benchmark("toy/formula-v1", budget=24, workers=workers) for workers in (8, 1)]
    return sources.study(benchmarks, sources.THREE[:2], seeds=4)


def test_the_table_has_a_row_a_strategy_and_number_of_workers(source: sources.Source) -> None:
    analyses = analyse_study(source).analyses
    tables = {one.record.workers: by_workers(one, analyses, "toy") for one in analyses}
    assert tables[1] is None
    table = tables[8]
    assert table is not None
    assert [row[1] for row in table.rows] == ["1", "8", "1", "8"]
    for slow, fast in zip(table.keys[::2], table.keys[1::2], strict=True):
        assert (slow[4], slow[5]) == (1.0, pytest.approx(1.0))
        assert fast[4] == pytest.approx(slow[3] / fast[3])
        assert 2 < fast[4] <= 8
        assert fast[5] == pytest.approx(fast[4] * slow[5] / 8, rel=0.3)


def test_a_report_shows_it_with_curves_by_simulated_time(source: sources.Source, tmp_path: Path) -> None:
    write_report(source, tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert page.count("<h3>Numbers of workers</h3>") == 1
    assert "simulated seconds of evaluation with 8 workers" in page
    assert list((tmp_path / "report" / "tables").glob("*-workers.tex"))


def test_trials_at_lower_levels_count_for_their_share() -> None:
    history = nasapi.run(nasapi.load_benchmark("toy/formula-v1", budget=3), Levels, seed=0)
    trials = places(history, "trials")
    assert len(history) > 3
    np.testing.assert_allclose(trials, np.cumsum(np.where(history.fidelity < 0, 16, history.fidelity)) / 16)
    plain = nasapi.run("toy/formula-v1", "random", seed=0)
    assert places(plain, "trials").tolist() == list(range(1, 11))


@define(eq=False)
class Levels(nasapi.Strategy):
    """Random architectures at random levels."""

    supports = frozenset({"fidelity"})

    def ask(self, n: int) -> list[Any]:
        trials = self.problem.trials(self.problem.space.sample(n, self.rng))
        return [evolve(trial, fidelity=int(self.rng.choice([1, 4, 16]))) for trial in trials]

    def tell(self, results: Any) -> None:
        pass


def test_benchmarks_that_differ_in_more_than_workers_are_not_compared() -> None:
    benchmarks = [nasapi.load_benchmark("toy/formula-v1", budget=8 * workers, workers=workers) for workers in (1, 2)]
    analyses = analyse_study(sources.study(benchmarks, sources.THREE[:1], seeds=2)).analyses
    assert all(by_workers(one, analyses, "toy") is None for one in analyses)


def timed(workers: int, last: float, ends: list[float]) -> tuple[Any, list[nasapi.History]]:
    """Three runs by hand whose last trial gives `last`, and whose evaluations of 10 seconds end at `ends`."""
    benchmark = nasapi.load_benchmark("toy/formula-v1", budget=4, workers=workers)
    end = np.array(ends)
    runs = [
        evolve(
            nasapi.run(benchmark, sources.THREE[0], seed=seed),
            values={"valid_accuracy": np.array([50.0, 60.0, 70.0, last])},
            cost=np.full(4, 10.0),
            clock=None if workers == 1 else Clock(end - 10, end, np.arange(4)),
        )
        for seed in range(3)
    ]
    return benchmark, runs


def test_speed_business_and_the_time_to_the_worst_mean_are_by_the_clock() -> None:
    (one, few), (two, many) = timed(1, 80.0, [10, 20, 30, 40]), timed(2, 90.0, [10, 10, 20, 25])
    source = sources.Source((two, one), ("draws",), (0, 1, 2), (*few, *many))
    analyses = analyse_study(source).analyses
    table = by_workers(analyses[0], analyses, "toy")
    assert table is not None
    assert table.keys == (
        ("draws", 1, pytest.approx(80.0), 40.0, 1.0, 1.0, 40.0),
        ("draws", 2, pytest.approx(90.0), 25.0, 1.6, pytest.approx(0.8), 25.0),
    )
    assert [row[1:2] + row[3:] for row in table.rows] == [
        ("1", "40 s", "1", "100%", "40 s"),
        ("2", "25 s", "1.6", "80%", "25 s"),
    ]
    assert table.headings[2] == "mean validation accuracy (%) [95%]"
    assert table.headings[-1].startswith("time to 80")
    assert "how many times as fast" in table.caption


def test_a_mean_that_fewer_than_half_of_the_runs_reach_has_no_time() -> None:
    one, few = timed(1, 80.0, [10, 20, 30, 40])
    two, many = timed(2, 99.0, [10, 10, 20, 25])
    many = [*many[:1], *(evolve(run, values={"valid_accuracy": np.full(4, 60.0)}) for run in many[1:])]
    analyses = analyse_study(sources.Source((two, one), ("draws",), (0, 1, 2), (*few, *many))).analyses
    table = by_workers(analyses[0], analyses, "toy")
    assert table is not None
    assert [row[2] for row in table.keys] == [80.0, 73.0]
    assert [row[-1] for row in table.keys] == [40.0, np.inf]
    assert table.rows[1][-1] == ABSENT


def test_one_benchmark_with_several_settings_is_one_benchmark() -> None:
    settings = [nasapi.load_benchmark("toy/formula-v1", budget=8, workers=workers) for workers in (1, 2)]
    strategies = sources.THREE[:2]
    assert analyse_study(sources.study(settings, strategies=strategies, seeds=4)).overall is None
    found = analyse_study(sources.study([*settings, sources.toy("toy/other-v1")], strategies=strategies, seeds=4))
    assert found.overall is not None
    assert [task.weight for task in found.overall.tasks] == [0.25, 0.25, 0.5]
    assert all(
        sentence.startswith("Over 2 benchmarks of 1 space, in 3 settings ") for sentence in overall_verdict(found)
    )
