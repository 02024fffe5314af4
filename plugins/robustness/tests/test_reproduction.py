"""The published search run again: its space, its table and its verdicts."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from nasapi_report.stats.intervals import Estimate
from nasapi_report.words import interval
from nasapi_robustness import ranking
from nasapi_robustness.collection import Robustness
from nasapi_robustness.measure import MEAN_ADVERSARIAL, POOLED_ADVERSARIAL, Measure
from nasapi_robustness.published import METRICS, OPTIMUM, PUBLISHED, robust_nas
from nasapi_robustness.reproduction import MEASURES, OWN, EvaluatedCells, _benchmark, found_query, run, search_again

import nasapi
from nasapi.errors import InvalidOption
from nasapi.plugins import reproductions


def test_evaluated_cells_are_drawn_alike() -> None:
    space = EvaluatedCells()
    codes = space.sample(64_660, np.random.default_rng(0))
    np.testing.assert_array_equal(space.canonical(codes), codes)
    _, counts = np.unique(space.index(codes), return_counts=True)
    assert len(counts) > 6450
    assert counts.var() == pytest.approx(10, rel=0.1)  # of a Poisson law with mean 10


def test_codes_of_one_class_are_one_network_there() -> None:
    space = EvaluatedCells()
    every = space.codes_at(np.arange(15_625))
    assert len(np.unique(space.canonical(every), axis=0)) == 6466


def test_the_table_has_a_line_for_each_number_with_an_interval(cifar10: Robustness) -> None:
    lines = search_again(cifar10, goals=("fgsm", "valid"), strategies=("random",), runs=8, budget=20)
    assert len(lines) == 3 * len(MEASURES)
    optimum, fgsm = lines[: len(MEASURES)], lines[len(MEASURES) : 2 * len(MEASURES)]
    assert [line.verdict for line in optimum] == ["short by 0.08", *["holds"] * 5]
    for line in fgsm:
        assert line.ours.low < line.ours.value < line.ours.high
    assert fgsm[1].published == PUBLISHED["fgsm", "random"][1]
    assert fgsm[1].ours.value < optimum[1].ours.value
    assert fgsm[1].verdict == "too few runs to say"  # eight runs, whose interval is three points wide


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategies": ("evolution",)}, "The table has no 'evolution'; it has bananas, local-search, random, agnet"),
        ({"goals": ("pgd",)}, "The table has no 'pgd'; it has clean, fgsm, valid, both"),
        ({"runs": 1}, "An interval needs at least 2 runs, not 1"),
    ],
)
def test_what_the_table_does_not_have_is_refused(options: dict[str, object], message: str, cifar10: Robustness) -> None:
    with pytest.raises(InvalidOption, match=message):
        search_again(cifar10, **options)  # type: ignore[arg-type]


def test_another_data_set_is_refused(made_up: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    with pytest.raises(InvalidOption, match="The published table is of 'cifar10', not of 'imagenet16-120'"):
        search_again(Robustness.open("imagenet16-120"))


def test_the_published_rows_are_named_as_the_measures_are() -> None:
    assert tuple(measure.name for measure in MEASURES) == METRICS
    (offered,) = [item for item, _ in reproductions() if item.name == "robust-nas"]
    assert offered == robust_nas()
    assert len(offered.rows) == 7 * len(METRICS)


@pytest.mark.usefixtures("imported")
def test_the_printed_table_resumes_from_its_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"strategies": ("random",), "benchmarks": ("valid",), "seeds": 2, "jobs": 1, "store": tmp_path}
    run(**given, as_json=False)
    shown, progress = capsys.readouterr()
    rows = [row.split() for row in shown.splitlines() if row.startswith("valid ")]
    wanted = zip(METRICS, PUBLISHED["clean", "random"], strict=True)
    assert [row[:4] for row in rows] == [["valid", "random", name, f"{value:.2f}"] for name, value in wanted]
    assert progress.startswith("2 runs to do.\n")
    run(**given, as_json=True)
    lines = [(line["strategy"], Estimate(**line["ours"])) for line in json.loads(capsys.readouterr().out)]
    ours = [f"{found.value:.2f}" if name == OPTIMUM else interval(found, 2) for name, found in lines]
    assert len(ours) == 2 * len(METRICS)
    assert all(f"  {cell}  " in row for row, cell in zip(shown.splitlines()[-len(ours) :], ours, strict=True))


def test_agnet_searches_for_clean_fgsm_and_both_and_is_marked_ours(cifar10: Robustness, tmp_path: Path) -> None:
    pytest.importorskip("nasapi_agnet", reason="these rows are of agnet")
    options = {"strategies": ("random", "agnet"), "runs": 2, "budget": 8, "store": tmp_path}
    lines = search_again(cifar10, goals=("clean", "both"), **options)  # type: ignore[arg-type]
    ours = [line for line in lines if line.verdict == "ours"]
    assert {(line.searched, line.strategy) for line in ours} == {("clean", "agnet"), ("both", "agnet")}
    assert all(line.published is None for line in ours)
    assert ("both", "random") not in {(line.searched, line.strategy) for line in lines}


def test_a_printed_row_that_was_not_published_has_a_dash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], imported: object
) -> None:
    pytest.importorskip("nasapi_agnet", reason="the row is of agnet")
    monkeypatch.setattr("nasapi_robustness.reproduction.search_again", partial(search_again, budget=8))
    run(strategies=("agnet",), benchmarks=("clean",), seeds=2, jobs=1, store=None, as_json=False)
    rows = [row.split() for row in capsys.readouterr().out.splitlines() if row.startswith("clean ")]
    assert len(rows) == len(METRICS) and all([row[1], row[3], row[-1]] == ["agnet", "-", OWN] for row in rows)


def test_the_benchmark_of_a_search_names_who_attacked(cifar10: Robustness) -> None:
    assert "Neural Architecture Design and Robustness: A Dataset" in _benchmark(cifar10, "both", 12).reference.source


def test_what_a_search_for_both_found_has_the_smallest_sum_of_ranks(cifar10: Robustness) -> None:
    pytest.importorskip("nasapi_moo", reason="nsga2 searches for two goals")
    history = nasapi.run(_benchmark(cifar10, "both", 12), nasapi.load_strategy("nsga2"), seed=0)
    columns = np.stack(list(history.values.values()))
    ranks = [sum((other > one).sum() for other, one in zip(columns, column, strict=True)) for column in columns.T]
    assert ranks[found_query(history)] == min(ranks)


def test_the_two_grids_have_different_best_cells(cifar10: Robustness) -> None:
    def best(measure: Measure) -> int:
        return int(cifar10.cells[cifar10.values(measure).argmax()])

    assert (best(MEAN_ADVERSARIAL), best(POOLED_ADVERSARIAL)) == (9890, 6118)
    best_of = [round(float(cifar10.values(one).max()), 2) for one in (MEAN_ADVERSARIAL, POOLED_ADVERSARIAL)]
    assert best_of == [43.98, 43.47]
    pooled = cifar10.values(POOLED_ADVERSARIAL)
    columns = [cifar10.accuracy(attack) for attack in ("fgsm", "pgd", "apgd", "square")]
    assert [column.shape[1] for column in columns] == [11, 7, 7, 7]
    np.testing.assert_allclose(pooled, sum(column.sum(axis=1) for column in columns) / 32)


def test_the_limit_of_the_paper_counts_the_cell(cifar10: Robustness) -> None:
    found = ranking.best(cifar10, "pooled", 10_000, cell_params=4672)
    weights = (found.codes == 3).sum(axis=1) * 2336 + (found.codes == 2).sum(axis=1) * 288
    np.testing.assert_array_equal(found.cell_params, weights)
    assert found.cell_params.max() == 4672
    with pytest.raises(InvalidOption, match="No cell has at most -1 parameters itself"):
        ranking.best(cifar10, "pooled", cell_params=-1)


def test_the_published_numbers_add_up_to_the_totals_of_their_columns() -> None:
    totals = np.sum(list(PUBLISHED.values()), axis=0)
    assert totals == pytest.approx([658.71, 463.52, 321.22, 174.05, 486.21, 393.12])
    assert (np.array(list(PUBLISHED.values())) <= PUBLISHED["", OPTIMUM]).all()
    rows = robust_nas().rows
    assert len(rows) == 6 * len(PUBLISHED)
    assert {row.trials for row in rows} == {300}
    assert [row.metric for row in rows] == [*METRICS] * len(PUBLISHED)
    assert {(row.benchmark, row.strategy) for row in rows} == set(PUBLISHED)
