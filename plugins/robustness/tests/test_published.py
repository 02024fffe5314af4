"""The real data set on CIFAR-10 through the whole plugin: known values, classes, objectives, benchmarks, the kit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nasapi_nb201.space import NB201
from nasapi_robustness import TASKS
from nasapi_robustness.collection import GRID, Robustness
from nasapi_robustness.measure import MEAN_ADVERSARIAL, MEAN_CORRUPTION, REPORTED, Measure
from nasapi_robustness.names import ATTACKS, CORRUPTIONS
from nasapi_robustness.objective import objective

import nasapi
from nasapi.errors import InvalidOption
from nasapi.testing import check_entry, check_plugin

SPACE = NB201()
EVERY = SPACE.codes_at(np.arange(15_625))
ID = np.array([13_433])


def test_architecture_13433_has_the_accuracies_of_the_authors_example(cifar10: Robustness) -> None:
    row = cifar10.rows(SPACE.codes_at(ID))
    assert cifar10.values(Measure())[row] == pytest.approx(89.3)
    assert cifar10.values(Measure("pgd", 1.0))[row] == pytest.approx(33.6)


def test_every_code_has_the_values_of_its_class(cifar10: Robustness) -> None:
    rows = cifar10.rows(EVERY)
    np.testing.assert_array_equal(cifar10.cells[rows], SPACE.string_classes(EVERY))
    assert len(cifar10.cells) == 6466


def test_attacks_have_the_published_epsilons(cifar10: Robustness) -> None:
    assert cifar10.epsilons("fgsm") == (0.1, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 255)
    assert {cifar10.epsilons(name) for name in ("pgd", "apgd", "square")} == {(0.1, 0.5, 1, 2, 3, 4, 8)}


def test_confusion_matrices_agree_with_the_clean_accuracies(cifar10: Robustness) -> None:
    counts = cifar10.confusion("clean")
    assert counts.shape == (6466, 10, 10)
    right = np.trace(counts, axis1=1, axis2=2) / 100
    np.testing.assert_allclose(right, cifar10.accuracy("clean"), atol=0.051)  # three decimals of a fraction


def test_optima_are_the_published_ones_up_to_rounding(cifar10: Robustness) -> None:
    """Jung et al., table 2; their clean accuracy is not the data set's."""
    published = {"fgsm": 69.24, "pgd": 58.85, "apgd": 54.02, "square": 73.61}
    for attack, best in published.items():
        assert cifar10.values(Measure(attack, 1.0)).max() == pytest.approx(best, abs=0.0501)
    assert cifar10.values(MEAN_CORRUPTION).max() == pytest.approx(58.55, abs=0.006)


def test_means_and_worst_cases_are_over_the_common_grid(cifar10: Robustness) -> None:
    grid = np.stack([[cifar10.values(Measure(a, e)) for e in GRID] for a in ATTACKS])
    np.testing.assert_allclose(cifar10.values(MEAN_ADVERSARIAL), grid.mean(axis=(0, 1)))
    np.testing.assert_allclose(cifar10.values(Measure("all", aggregate="worst")), grid.min(axis=0).mean(axis=0))
    np.testing.assert_allclose(cifar10.values(Measure("all", 1.0, aggregate="worst")), grid[:, 2].min(axis=0))
    np.testing.assert_allclose(cifar10.values(Measure("all", 1.0, aggregate="mean")), grid[:, 2].mean(axis=0))
    np.testing.assert_allclose(cifar10.values(Measure("pgd", aggregate="mean")), grid[1].mean(axis=0))


def test_corruption_measures_follow_their_definitions(cifar10: Robustness) -> None:
    accuracy = np.stack([cifar10.accuracy(name) for name in CORRUPTIONS])
    np.testing.assert_allclose(cifar10.values(MEAN_CORRUPTION), accuracy.mean(axis=(0, 2)))
    third = cifar10.values(Measure("corruptions", severity=3, aggregate="mean"))
    np.testing.assert_allclose(third, accuracy[:, :, 2].mean(axis=0))
    np.testing.assert_allclose(cifar10.values(Measure("fog", severity=5)), accuracy[CORRUPTIONS.index("fog"), :, 4])
    error = (100 - accuracy).sum(axis=2)
    base = error[:, cifar10.rows(SPACE.codes_at(ID))]
    found = cifar10.values(Measure("corruptions", aggregate="mce"), SPACE.format(SPACE.codes_at(ID)[0]))
    np.testing.assert_allclose(found, 100 * (error / base).mean(axis=0))


def test_the_reference_cell_has_a_corruption_error_of_100(cifar10: Robustness) -> None:
    found = objective(attack="corruptions", aggregate="mce")
    resnet = SPACE.parse("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|")
    assert found.evaluate(resnet[None])["mean_corruption_error"] == pytest.approx(100)
    assert found.metrics[0].goal == "min"


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("epsilon", "hint"),
    [(8 / 255, "0.0313725 looks like 8/255, which is written 8"), (0.031, "is written 8"), (16, "8/255 is written 8")],
)
def test_an_epsilon_in_the_wrong_unit_is_named_with_what_was_meant(epsilon: float, hint: str) -> None:
    wanted = rf"'pgd' was not evaluated with epsilon .*; wanted one of 0\.1, 0\.5, 1, .*8, in units of 1/255: .*{hint}"
    with pytest.raises(InvalidOption, match=wanted):
        objective(attack="pgd", epsilon=epsilon)


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "clean_accuracy"),
        ({"attack": "fgsm"}, "mean_fgsm_accuracy"),
        ({"attack": "fgsm", "epsilon": 255}, "fgsm_255_accuracy"),
        ({"attack": "all", "epsilon": 1}, "mean_adversarial_1_accuracy"),
        ({"attack": "fog"}, "mean_fog_accuracy"),
        ({"attack": "fog", "severity": 1}, "fog_1_accuracy"),
        ({"attack": "corruptions", "severity": 1}, "mean_corruption_1_accuracy"),
    ],
)
def test_without_an_aggregate_one_strength_is_taken_or_the_mean(options: dict[str, Any], name: str) -> None:
    assert nasapi.load_objective("nb201/robustness", **options).metrics[0].name == name


@pytest.mark.usefixtures("imported")
def test_a_reference_that_is_no_cell_is_refused() -> None:
    with pytest.raises(InvalidOption, match="The reference of a corruption error is no cell of nb201"):
        objective(attack="corruptions", aggregate="mce", reference="resnet")


@pytest.mark.usefixtures("imported")
def test_what_is_searched_for_is_no_test_metric_and_everything_reported_is() -> None:
    for task in TASKS:
        benchmark = nasapi.load_benchmark(f"nb201/cifar10-{task}-v1")
        goals = [goal.name for goal in benchmark.problem.goals]
        splits = {metric.name: metric.split for metric in benchmark.objective.metrics}
        assert {splits[name] for name in goals} == {"none"}
        assert {splits[name] for name in benchmark.report_metrics} == {"test"}
        assert {*goals, *benchmark.report_metrics} >= {measure.name for measure in REPORTED}
        assert "searched on as published" in benchmark.problem.goals[0].description


@pytest.mark.usefixtures("imported")
def test_local_search_finds_robust_cells_and_reports_what_else_they_bear() -> None:
    benchmark = nasapi.load_benchmark("nb201/cifar10-fgsm1-v1")
    history = nasapi.run(benchmark, nasapi.load_strategy("local-search"), seed=0)
    assert history.regret()[-1] < 2
    assert 0 < history.curve("apgd_1_accuracy")[-1] < history.curve("fgsm_1_accuracy")[-1]


@pytest.mark.usefixtures("imported")
def test_two_goals_have_optima_and_a_reference_point() -> None:
    reference = nasapi.load_benchmark("nb201/cifar10-robust-v1").reference
    assert reference.optima == pytest.approx({"clean_accuracy": 94.6, "mean_adversarial_accuracy": 43.975})
    assert reference.point == {"clean_accuracy": 10.0, "mean_adversarial_accuracy": 0.0}


def test_the_cost_is_the_training_of_the_evaluated_cell(cifar10: Robustness) -> None:
    seconds = nasapi.load_objective("nb201/cifar10").evaluate(cifar10.codes)["train_seconds"]
    found = objective(attack="fgsm", epsilon=1).evaluate(EVERY)["cost"]
    np.testing.assert_allclose(found, seconds[cifar10.rows(EVERY)])


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    "options", [{}, {"attack": "all", "aggregate": "worst"}, {"attack": "corruptions", "aggregate": "mce"}], ids=str
)
def test_objectives_conform(options: dict[str, str]) -> None:
    report = check_entry("objective", "nb201/robustness", options)
    assert report.ok, report


def test_the_plugin_and_all_its_entries_conform(imported: Path) -> None:
    reports = check_plugin("nasapi-robustness")
    assert len(reports) == 2 + len(TASKS)
    for report in reports:
        assert report.ok, report
        assert report.counts["passed"] > 4
