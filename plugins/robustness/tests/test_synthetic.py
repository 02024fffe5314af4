"""Measures, rankings, benchmarks and readers on made-up numbers whose results can be computed beside them."""

from __future__ import annotations

import csv
import inspect
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_nb201.counts import NETWORKS
from nasapi_nb201.space import NB201
from nasapi_robustness import correlations, distributions, nasapi_entries, ranking
from nasapi_robustness.anchors import ANCHORS
from nasapi_robustness.benchmark import BUDGET, GOALS, benchmark
from nasapi_robustness.collection import GRID, REFERENCE, Robustness
from nasapi_robustness.commands import command
from nasapi_robustness.confidence import confidence_curves
from nasapi_robustness.measure import (
    CLEAN_ACCURACY,
    MEAN_ADVERSARIAL,
    MEAN_CORRUPTION,
    POOLED_ADVERSARIAL,
    REPORTED,
    Measure,
)
from nasapi_robustness.names import ATTACKS, CORRUPTIONS, KEYS, SEVERITIES
from nasapi_robustness.objective import objective, searching
from nasapi_robustness.published import METRICS, OPTIMUM, PUBLISHED
from nasapi_robustness.reader import PublishedFiles
from nasapi_robustness.reproduction import MEASURES, _line, search_again

from nasapi.budget import Budget
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.tables import Column, Table, write_table

SPACE = NB201()
CELLS = np.unique(SPACE.string_classes(SPACE.codes_at(np.arange(15_625))))
SHARED = (0.1, 0.5, 1.0, 2.0, 3.0, 4.0, 8.0)
EPSILONS = {"fgsm": (*SHARED[:6], 5.0, 6.0, 7.0, 8.0, 255.0), "pgd": SHARED, "apgd": SHARED, "square": SHARED}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a table of uniform accuracies of every attack and corruption on CIFAR-10."""
    rng = np.random.default_rng(0)
    shapes = {"clean": (), **{name: (len(values),) for name, values in EPSILONS.items()}}
    shapes |= {name: (5,) for name in CORRUPTIONS}
    columns = {"cells": Column(CELLS, "official index")}
    for key, shape in shapes.items():
        values = np.round(rng.uniform(0, 100, (len(CELLS), *shape)), 2)
        columns[f"cifar10_{key}_accuracy"] = Column(values, key, "%", "test")
    place = tmp_path_factory.mktemp("data")
    write_table(
        place / "robustness.zarr",
        columns,
        packed=False,
        space="nb201",
        epsilons={k: list(v) for k, v in EPSILONS.items()},
    )
    return place


@pytest.fixture(scope="module")
def opened(folder: Path) -> Robustness:
    return Robustness(Table(folder / "robustness.zarr"), "cifar10")


@pytest.fixture
def made(folder: Path, opened: Robustness, monkeypatch: pytest.MonkeyPatch) -> Robustness:
    """The made-up accuracies, which are where nasapi looks for the published ones."""
    monkeypatch.setenv("NASAPI_DATA", str(folder))
    return opened


def test_every_measure_is_what_it_says(made: Robustness) -> None:
    assert GRID == SHARED and tuple(SEVERITIES) == (1, 2, 3, 4, 5)
    assert made.evaluated == tuple(KEYS) and {name: made.epsilons(name) for name in ATTACKS} == EPSILONS
    columns = {name: made.accuracy(name) for name in ATTACKS}
    grid = np.stack([columns[name][:, [EPSILONS[name].index(each) for each in SHARED]] for name in ATTACKS])
    corrupted = np.stack([made.accuracy(name) for name in CORRUPTIONS])
    errors = (100 - corrupted).sum(axis=2)
    base = errors[:, made.rows(SPACE.parse(REFERENCE)[None])]
    wanted = {
        Measure(): made.accuracy("clean"),
        Measure("fgsm", 255): columns["fgsm"][:, 10],
        Measure("square", 0.5): columns["square"][:, 1],
        Measure("apgd", aggregate="mean"): grid[2].mean(axis=1),
        MEAN_ADVERSARIAL: grid.mean(axis=(0, 2)),
        POOLED_ADVERSARIAL: np.concatenate(list(columns.values()), axis=1).mean(axis=1),
        Measure("all", aggregate="worst"): grid.min(axis=0).mean(axis=1),
        Measure("all", 3, aggregate="worst"): grid[:, :, 4].min(axis=0),
        Measure("all", 3, aggregate="mean"): grid[:, :, 4].mean(axis=0),
        Measure("snow", severity=2): made.accuracy("snow")[:, 1],
        Measure("snow", aggregate="mean"): made.accuracy("snow").mean(axis=1),
        MEAN_CORRUPTION: corrupted.mean(axis=(0, 2)),
        Measure("corruptions", severity=5, aggregate="mean"): corrupted[:, :, 4].mean(axis=0),
        Measure("corruptions", aggregate="mce"): 100 * (errors / base).mean(axis=0),
    }
    for measure, values in wanted.items():
        np.testing.assert_allclose(made.values(measure), values, err_msg=measure.name)
        assert made.offers(measure)
    assert made.values(Measure("corruptions", aggregate="mce"))[made.rows(SPACE.parse(REFERENCE)[None])] == 100
    with pytest.raises(NotAvailable, match="no confidence of 'clean' on CIFAR-10"):
        made.confidence("clean")
    with pytest.raises(NotAvailable, match="There are no confidences on CIFAR-10"):
        confidence_curves(made)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (8 / 255, "looks like 8/255, which is written 8"),
        (3.04 / 255, "looks like 3/255, which is written 3"),
        (3.06 / 255, "8/255 is written 8"),  # farther than a hundredth of it and two hundredths
        (0.999, "looks like 255/255, which is written 255"),
        (9.0, "8/255 is written 8"),
    ],
)
def test_an_epsilon_near_a_published_one_over_255_is_taken_for_it(made: Robustness, given: float, hint: str) -> None:
    with pytest.raises(InvalidOption, match=f"wanted one of 0.1, 0.5, .*, 255, in units of 1/255: .*{hint}"):
        made.values(Measure("fgsm", given))


def test_an_objective_takes_one_strength_or_the_mean(made: Robustness) -> None:
    names = {
        "mean_pgd_accuracy": {"attack": "pgd"},
        "pgd_2_accuracy": {"attack": "pgd", "epsilon": 2.0},
        "fog_2_accuracy": {"attack": "fog", "severity": 2},
    }
    for name, options in names.items():
        found = objective(**options)
        assert (found.metrics[0].name, found.metrics[0].split) == (name, "none")
        assert {metric.split for metric in found.metrics[1:]} == {"test"}
    found = searching((Measure("pgd", 1.0),), made)
    every = SPACE.codes_at(np.arange(50))
    values = found.evaluate(every)
    np.testing.assert_array_equal(values["pgd_1_accuracy"], made.accuracy("pgd")[made.rows(every), 2])
    assert found.identity == "code" and "CIFAR-10 (Jung, Lukasik & Keuper, ICLR 2023)" in found.description
    assert [parameter.default for parameter in inspect.signature(objective).parameters.values()] == [
        *("cifar10", "clean", None, None, None, REFERENCE)
    ]


def test_tasks_are_the_attacks_at_one_step_of_a_pixel_and_the_means() -> None:
    assert BUDGET == 192
    assert GOALS == {
        **{f"{attack}1": (Measure(attack, 1.0),) for attack in ATTACKS},
        "corruptions": (MEAN_CORRUPTION,),
        "robust": (CLEAN_ACCURACY, MEAN_ADVERSARIAL),
    }
    offered = [entry.id for entry in nasapi_entries()]
    assert offered == ["nb201/robustness", *(f"nb201/cifar10-{task}-v1" for task in GOALS)]


@pytest.mark.parametrize("task", ["pgd1", "robust"])
def test_a_task_is_a_search_of_192_trials_for_its_best(made: Robustness, task: str) -> None:
    found = benchmark(task)
    names = [measure.name for measure in GOALS[task]]
    assert (found.id, found.problem.budget) == (f"nb201/cifar10-{task}-v1", Budget(192))
    assert [goal.name for goal in found.problem.goals] == names
    assert found.reference.optima == {measure.name: made.values(measure).max() for measure in GOALS[task]}
    point = {"clean_accuracy": 10.0, "mean_adversarial_accuracy": 0.0} if task == "robust" else {}
    assert found.reference.point == point
    assert "ICLR 2023" in found.reference.source and found.reference.licence == "not stated by the authors"
    assert found.reference.anchors == ANCHORS[task]
    assert found.report_metrics == tuple(measure.name for measure in REPORTED if measure.name not in names)
    assert {metric.name for metric in found.objective.metrics} == {*names, *(measure.name for measure in REPORTED)}
    assert found.description.startswith("CIFAR-10: ") and found.description.endswith("on test images as published.")


ROUNDED = {"two decimals of a table and three of a fraction": 0.0501, "a mean of many": 0.006, "three decimals": 0.005}


@cache
def loaded(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("anchor", [one for some in ANCHORS.values() for one in some], ids=lambda one: one.metric)
def test_published_cells_have_their_values_in_the_files(published_folder: Path, anchor: Any) -> None:
    cell = str(int(SPACE.string_classes(SPACE.parse(anchor.architecture)[None])[0]))
    listed = loaded(published_folder / "meta.json")["epsilons"]

    def values(key: str) -> Any:
        content = loaded(published_folder / "cifar10" / f"{KEYS[key]}_accuracy.json")
        return np.array(content["cifar10"][KEYS[key]]["accuracy"][cell]) * 100

    def at(attack: str, *strengths: float) -> Any:
        there = [round(each, 3) for each in listed[ATTACKS[attack]]]
        return np.array([values(attack)[there.index(each)] for each in strengths])

    attack = anchor.metric.partition("_")[0]
    if attack in ATTACKS:
        found = at(attack, 1.0)[0]
    elif attack == "clean":
        found = values("clean")
    elif anchor.metric == "mean_adversarial_accuracy":
        found = np.mean([at(name, *SHARED) for name in ATTACKS])
    else:
        found = np.mean([values(name) for name in CORRUPTIONS])
    assert abs(float(found) - anchor.value) <= anchor.tolerance
    assert anchor.tolerance in ROUNDED.values()


def test_cells_are_ranked_by_value_and_then_by_index(made: Robustness) -> None:
    values = made.values(POOLED_ADVERSARIAL)
    one, five = ranking.best(made, "pooled"), ranking.best(made, "pooled", 5)
    assert len(one.index) == 1 and one.index[0] == five.index[0] == CELLS[values.argmax()]
    np.testing.assert_array_equal(five.values["pooled"], np.sort(values)[::-1][:5])
    sizes = NETWORKS["cifar10"].params(made.codes)
    least = ranking.best(made, "clean", 10_000, float(sizes.min()))
    assert len(least.index) == (sizes == sizes.min()).sum() > 1
    assert list(ranking.offered(made)) == ["clean", "adversarial", "pooled", "corruption"]
    accuracies = ["clean_accuracy", "mean_adversarial_accuracy", "pooled_adversarial_accuracy"]
    assert list(five.columns) == [
        "index",
        "architecture",
        "params",
        "cell_params",
        *accuracies,
        "mean_corruption_accuracy",
    ]
    assert five.rows[0][:4] == (int(five.index[0]), five.architecture[0], five.params[0], five.cell_params[0])


def test_the_matrix_has_each_attack_at_four_strengths_and_all_means(made: Robustness) -> None:
    found = correlations.measures(made)
    names = ["clean_accuracy", *(f"{attack}_{e:g}_accuracy" for attack in ATTACKS for e in (0.1, 1.0, 3.0, 8.0))]
    names += ["mean_adversarial_accuracy", *(f"mean_{name}_accuracy" for name in CORRUPTIONS)]
    assert [measure.name for measure in found] == [*names, "mean_corruption_accuracy"]


def test_scores_are_listed_of_the_cells_that_have_one_and_drawn_of_no_more_than_there_are(made: Robustness) -> None:
    scores = np.full((2, len(CELLS)), np.nan)
    scores[0, [3, 9]], scores[1, 9] = (1.5, 2.5), 7.0
    lines = correlations.computed_rows(made, {"one": scores[0], "other": scores[1]})
    assert [line[0] for line in lines] == [SPACE.format(made.codes[row]) for row in (3, 9)]
    assert [line[1] for line in lines] == [1.5, 2.5] and lines[1][2] == 7.0
    assert len(correlations.computed_proxies(made, [], len(CELLS), 0)) == 0
    with pytest.raises(InvalidOption, match="6,466 cells were evaluated, fewer than the 6,467 of the sample"):
        correlations.computed_proxies(made, [], len(CELLS) + 1, 0)


def test_kendall_needs_two_columns_that_vary() -> None:
    nan = np.nan
    assert np.isnan(correlations.kendall(np.array([nan, 1.0]), np.array([1.0, nan])))
    assert np.isnan(correlations.kendall(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, nan])))
    assert np.isnan(correlations.kendall(np.array([1.0, 2.0]), np.array([3.0, 3.0])))
    assert correlations.kendall(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])) == pytest.approx(1 / 3)


def test_distributions_are_of_clean_images_attacks_and_corruptions(made: Robustness) -> None:
    found = distributions.distributions(made)
    assert [each.key for each in found] == list(KEYS)
    assert found[0].strengths == (0.0,) and found[1].strengths == EPSILONS["fgsm"]
    assert found[-1].strengths == (1.0, 2.0, 3.0, 4.0, 5.0)
    assert distributions.QUANTILES == (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
    assert distributions.COLUMNS[2:] == ("mean", "minimum", "5%", "25%", "median", "75%", "95%", "maximum")


def lines_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.mark.usefixtures("made")
def test_the_best_and_the_top_are_printed_as_they_are_written(tmp_path: Path) -> None:
    shown = CliRunner().invoke(command, ["best", "-o", str(tmp_path)], catch_exceptions=False).output.splitlines()
    written = lines_of(tmp_path / "cifar10-best.csv")
    assert shown[0].split()[:5] == ["best", "by", "index", "architecture", "params"]
    assert [line.split()[:2] for line in shown[1:5]] == [[row["best by"], row["index"]] for row in written]
    assert len({len(line) for line in shown[:5]}) == 1  # numbers end below one another
    assert shown[-2:] == [str(tmp_path / f"cifar10-best.{kind}") for kind in ("csv", "svg")]
    shown = (
        CliRunner().invoke(command, ["top", "-n", "3", "-o", str(tmp_path)], catch_exceptions=False).output.splitlines()
    )
    written = lines_of(tmp_path / "cifar10-top-adversarial.csv")
    assert len(written) == 3 and max(float(row["params"]) for row in written) <= 500_000
    assert shown[0].split()[0] == "index" and len({len(line) for line in shown[:4]}) == 1
    assert shown[4:] == [str(tmp_path / f"cifar10-top-adversarial.{kind}") for kind in ("csv", "svg", "png")]


@pytest.mark.parametrize(
    ("apart", "verdict"),
    [(0.05, "holds"), (-0.05, "holds"), (0.06, "better by 0.06"), (-0.08, "short by 0.08"), (0.0, "holds")],
)
def test_an_optimum_holds_within_the_rounding_of_three_decimals(apart: float, verdict: str) -> None:
    for measure, published in zip(MEASURES, PUBLISHED["", OPTIMUM], strict=True):
        line, compared = _line("", OPTIMUM, measure, np.array([published + apart]))
        assert (line.verdict, line.published, line.measure, compared) == (verdict, published, measure.name, None)


def test_a_search_stands_beside_the_published_one_of_its_goal() -> None:
    values = np.linspace(60, 70, 20)
    for searched, beside in (("clean", "clean"), ("fgsm", "fgsm"), ("valid", "clean")):
        for at, measure in enumerate(MEASURES):
            line, compared = _line(searched, "random", measure, values)
            assert (line.searched, line.published) == (searched, PUBLISHED[beside, "random"][at])
            assert compared is not None and line.ours.value == pytest.approx(65)
    line, compared = _line("both", "agnet", MEASURES[0], values)
    assert (line.verdict, line.published, compared) == ("ours", None, None)
    assert [measure.name for measure in MEASURES] == list(METRICS)
    defaults = {name: one.default for name, one in inspect.signature(search_again).parameters.items()}
    assert (defaults["runs"], defaults["budget"], defaults["jobs"]) == (100, 300, 1)  # as in the paper


def files(folder: Path, **contents: Any) -> PublishedFiles:
    """The published layout of two cells of CIFAR-10, by key and measure."""
    found = {}
    for name, content in contents.items():
        key, _, measure = name.partition("__")
        path = folder / f"{name}.json"
        path.write_text(json.dumps({"cifar10": {KEYS[key]: {measure: content}}}))
        found["cifar10", key, measure] = path
    return PublishedFiles(np.array([3, 7]), {"fgsm": (1.0, 2.0)}, found)


def counts(right: int, of: int = 10_000) -> list[list[int]]:
    found = np.zeros((10, 10), int)
    found[4, 4], found[2, 9] = right, of - right
    return found.tolist()


def test_values_are_read_by_cell(tmp_path: Path) -> None:
    found = files(
        tmp_path,
        clean__accuracy={"7": 1.0, "3": 0.0},
        fgsm__accuracy={"3": [0.5, 0.25], "7": [0.1, 0]},
        fog__confidence={"3": [0.5] * 5, "7": [1] * 5},
        fgsm__confidence={"3": {"a": [0, 1], "b": [0.5, 0.5]}, "7": {"b": [0, 0], "a": [1, 1]}},
        snow__cm={"3": [counts(1)] * 5, "7": [counts(2)] * 5},
    )
    assert found.accuracy("cifar10", "clean").tolist() == [0.0, 1.0]
    assert found.accuracy("cifar10", "fgsm").tolist() == [[0.5, 0.25], [0.1, 0.0]]
    assert found.confidence("cifar10", "fog")["mean"].tolist() == [[0.5] * 5, [1.0] * 5]
    assert {name: values.tolist() for name, values in found.confidence("cifar10", "fgsm").items()} == {
        "a": [[0.0, 1.0], [1.0, 1.0]],
        "b": [[0.5, 0.5], [0.0, 0.0]],
    }
    matrices = found.confusion("cifar10", "snow")
    assert matrices.shape == (2, 5, 10, 10) and matrices[1, 0, 4, 4] == 2 and matrices[1, 0, 2, 9] == 9998


@pytest.mark.parametrize("apart", [0, 9, 11])
def test_a_matrix_agrees_with_the_accuracy_to_a_thousandth(tmp_path: Path, apart: int) -> None:
    found = files(
        tmp_path, clean__accuracy={"3": 0.9, "7": 0.8}, clean__cm={"3": counts(9000), "7": counts(8000 + apart)}
    )
    if apart <= 10:
        assert found.confusion("cifar10", "clean").shape == (2, 10, 10)
    else:
        with pytest.raises(CorruptData, match=r"cell 7 has 0\.001 another accuracy by its matrix"):
            found.confusion("cifar10", "clean")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"3": 0.1}, "it covers 1 cells, not 2, and lacks cell 7"),
        ({"3": 0.1, "7": 0.2, "9": 0.3}, "has a cell '9' that meta.json does not name"),
        ([0.1, 0.2], "it covers 0 cells, not 2, and lacks cell 3"),
        ({"3": 0.1, "7": -0.1}, "cell 7 has a value outside 0 to 1"),
        ({"3": 1.01, "7": 0.1}, "cell 3 has a value outside 0 to 1"),
        ({"3": 0.1, "7": [0.1]}, r"cell 7 has shape \(1,\); wanted numbers of shape \(\)"),
        ({"3": 0.1, "7": None}, "cell 7 (is None|has a value that is no finite number)"),
    ],
)
def test_a_wrong_accuracy_is_named_by_its_cell(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(CorruptData, match=words):
        files(tmp_path, clean__accuracy=content).accuracy("cifar10", "clean")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (counts(1, 9_999), "its matrices count different numbers of images"),
        (np.where(np.array(counts(1)) == 1, -1, counts(1)).tolist(), "numbers that are no counts of images"),
        ((np.array(counts(1)) + 0.5).tolist(), "numbers that are no counts of images"),
    ],
)
def test_a_wrong_matrix_is_named(tmp_path: Path, changed: Any, words: str) -> None:
    with pytest.raises(CorruptData, match=words):
        files(tmp_path, clean__cm={"3": counts(1), "7": changed}).confusion("cifar10", "clean")
