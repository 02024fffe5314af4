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
from nasapi_report.study_analysis import analyse_study

import nasapi


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
