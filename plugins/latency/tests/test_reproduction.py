"""The published search run again: what a line says, which setting it is, the commands and the figures."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_latency.command import _row, command, figure4, installed_agnet, reproduce
from nasapi_latency.importer import NAMES, import_official
from nasapi_latency.published import PUBLISHED, hardware
from nasapi_latency.reproduction import (
    LIMITS,
    Line,
    best_dataset,
    hardware_benchmark,
    hardware_table,
    summarised,
    with_verdicts,
)
from nasapi_latency.sources import OFFICIAL
from nasapi_nb201.space import NB201
from nasapi_report.stats.agreement import agreement
from nasapi_report.stats.intervals import Estimate, mean_interval

import nasapi
from nasapi.data import place_of
from nasapi.errors import InvalidOption, NotAvailable, StoreError

pytest.importorskip("nasapi_moo", reason="the strategies for several goals are not installed")


@pytest.fixture
def official(no_table):
    """The official table is imported, with latencies made up: the number of convolutions."""
    space = NB201()
    codes = space.codes_at(np.arange(15_625))
    column = (1.0 + (codes == 3).sum(axis=1)).tolist()
    cells = {"config": [{"arch_str": string} for string in space.official_strings], **dict.fromkeys(NAMES, column)}
    file = no_table / "official.pickle"
    file.write_bytes(pickle.dumps({"nasbench201": dict.fromkeys(("cifar10", "cifar100", "ImageNet16-120"), cells)}))
    import_official(file, place_of(OFFICIAL))


def line(values: list[float], published: tuple[float, float] | None) -> Line:
    compared = None if published is None else agreement(np.array(values), published[0], runs=10, rounding=0.05)
    shown = mean_interval(np.array(values))
    return Line(
        limit=2.0,
        joint=0,
        strategy="agnet",
        accuracy=shown,
        feasible=Estimate(0.3, 0.2, 0.4),
        found=1.0,
        published=published,
        agreement=compared,
    )


def test_verdicts_compare_runs_with_a_mean_of_ten() -> None:
    runs = np.random.default_rng(0).normal(0, 0.3, 30)
    runs -= runs.mean()
    lines = [line([value + run for run in runs], (39.7, 0.29)) for value in (39.72, 40.3, 39.0)]
    assert [one.verdict for one in with_verdicts([*lines, line([39.0, 39.1], None)])] == [
        "holds",
        "better by 0.60",
        "short by 0.70",
        "",
    ]


def test_a_single_number_is_compared_with_what_was_printed_to_three_decimals() -> None:
    lines = [
        Line(
            limit=2.0,
            joint=0,
            strategy="optimum",
            accuracy=Estimate(value, np.nan, np.nan),
            feasible=Estimate(1, 1, 1),
            found=1.0,
            published=(40.6, 1.0),
        )
        for value in (40.65, 40.66, 40.0)
    ]
    found = with_verdicts(lines)
    assert [one.verdict for one in found] == ["holds", "better by 0.06", "short by 0.60"]
    assert _row(found[2], published=True) == ["2", "", "optimum", "40.00", "1.00", "", "40.6 / 1.00", "short by 0.60"]


def verdict_of(histories: list[nasapi.History], joint: int = 0) -> str:
    (judged,) = with_verdicts([summarised(histories, 2.0, joint, (39.7, 0.29))])
    return judged.verdict


@pytest.mark.usefixtures("table")
def test_no_runs_or_one_with_a_feasible_query_say_nothing_of_a_published_mean() -> None:
    some, none = (
        nasapi.load_benchmark("nb201/cifar10-edgegpu-v1", limit=limit, joint=0, budget=20) for limit in (6.0, 0.1)
    )
    runs = [nasapi.run(some, "random", seed=seed) for seed in range(30)]
    without = [nasapi.run(none, "random", seed=seed) for seed in range(30)]
    assert verdict_of(without) == "nothing feasible"
    assert verdict_of([runs[0], *without[1:]]) == "too few runs to say"
    assert verdict_of(runs).startswith("better by "), "these are accuracies on CIFAR-10"
    assert verdict_of(runs, joint=1) == "another quantity"


@pytest.mark.usefixtures("table")
def test_a_line_is_the_best_feasible_query_and_the_share_of_feasible_queries() -> None:
    benchmark = hardware_benchmark("cifar10", "edgegpu", 4.0, 0)
    runs = [nasapi.run(benchmark, nasapi.load_strategy("random"), seed=seed) for seed in range(3)]
    found = summarised(runs, 4.0, 0, (89.0, 0.3))
    best = [run.values["valid_accuracy"][run.values["latency"] <= 4].max() for run in runs]
    share = [(run.values["latency"] <= 4).mean() for run in runs]
    assert found.agreement == agreement(np.array(best), 89.0, runs=10, rounding=0.05)
    assert found.accuracy.value == pytest.approx(np.mean(best))
    assert found.feasible.value == pytest.approx(np.mean(share))
    assert found.found == 1.0


@pytest.mark.usefixtures("table")
def test_a_limit_that_nothing_keeps_gives_lines_without_accuracy() -> None:
    optimum, random = hardware_table("cifar10", limits=[0.1], strategies={1: ["random"]}, seeds=2)
    assert np.isnan(optimum.accuracy.value) and np.isnan(random.accuracy.value)
    assert (random.feasible.value, random.found, optimum.feasible.value, optimum.found) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.usefixtures("table")
def test_random_search_is_feasible_as_often_as_the_space() -> None:
    optimum, random = hardware_table("cifar10", limits=[6.0], strategies={0: ["random"]}, seeds=10)
    assert optimum.feasible.value == pytest.approx(0.7168)
    assert (optimum.found, random.found, optimum.joint, random.joint) == (1.0, 1.0, 0, 0)
    assert random.feasible.value == pytest.approx(0.7168, abs=0.03)


@pytest.mark.usefixtures("table")
def test_a_cell_that_takes_just_as_long_as_the_limit_is_feasible(published) -> None:
    fastest = float(published["edgegpu_latency"].min())
    optimum, _ = hardware_table("cifar10", limits=[fastest], strategies={0: ["random"]}, seeds=2)
    assert (optimum.feasible.value, optimum.found) == (pytest.approx(1 / 15_625), 1.0)


@pytest.mark.usefixtures("table")
def test_cifar10_is_not_the_published_setting_and_says_so() -> None:
    assert best_dataset() == "cifar10"
    shown = CliRunner().invoke(command, ["table", "--limit", "2", "--joint", "0", "-s", "random", "--seeds", "2"])
    assert shown.exit_code == 0
    assert "This is not the published setting" in shown.output
    assert "verdict" not in shown.output
    head, optimum, random = (row.split() for row in shown.stdout.splitlines()[2:])
    assert optimum == ["2", "optimum", "89.04", "0.05"]
    assert (head[-1], random[:3], random[-1]) == ("one", ["2", "0", "random"], "100%")


@pytest.mark.usefixtures("official")
def test_with_the_official_table_the_published_setting_is_run_beside_its_numbers() -> None:
    assert best_dataset() == "imagenet16-120"
    shown = CliRunner().invoke(command, ["table", "--limit", "2", "-s", "random", "--seeds", "2", "--json"])
    lines = json.loads(shown.stdout)
    assert [line for line in shown.stderr.splitlines() if "to do" in line] == ["2 runs to do."] * 2
    published = {(row["strategy"], row["joint"]): row["published"] for row in lines}
    assert published == {("optimum", 0): [40.6, 1.0], ("random", 0): [37.2, 0.05], ("random", 1): None}
    assert all(bool(row["verdict"]) == (row["published"] is not None) for row in lines)


@pytest.mark.usefixtures("official")
def test_a_strategy_with_options_is_not_the_published_one() -> None:
    _, line = hardware_table("imagenet16-120", limits=[2.0], strategies={0: ["random[distinct=code]"]}, seeds=2)
    assert (line.published, line.verdict) == (None, "")


@pytest.mark.usefixtures("no_table")
def test_without_any_table_the_command_that_gets_it_is_named() -> None:
    with pytest.raises(NotAvailable, match="nasapi data import hw-nas-bench"):
        best_dataset()


@pytest.mark.usefixtures("table")
def test_runs_are_kept_and_gone_on_with(tmp_path) -> None:
    given = {"limits": [4.0], "strategies": {0: ["random"]}, "store": tmp_path}
    first = hardware_table("cifar10", seeds=2, **given)
    received = []
    again = hardware_table("cifar10", seeds=2, progress=lambda done, total, run: received.append(run), **given)
    assert again[1] == first[1]
    assert received == [None]


def test_the_published_numbers_are_offered_to_reproduce() -> None:
    offered = hardware()
    searches = [row for row in offered.rows if row.strategy]
    assert len(searches) == len(PUBLISHED) - 4, "every method but the optimum, at four limits"
    assert [row.value for row in offered.rows if row.metric == "feasible queries, %"] == [
        100 * share for (_, method), (_, share) in PUBLISHED.items() if method != "optimum"
    ]
    assert [row.label for row in offered.rows if "optimum" in row.label] == [
        f"optimum within {limit} ms" for limit in (2, 4, 6, 8)
    ]
    assert offered.rows[0].benchmark == "nb201/imagenet16-120-edgegpu-v1[joint=0,limit=2]"


@pytest.mark.usefixtures("table")
def test_reproduce_runs_the_table_of_the_strategies_named(tmp_path, capsys, monkeypatch) -> None:
    assert sorted({limit for limit, _ in PUBLISHED}) == list(LIMITS)
    monkeypatch.setattr("nasapi_latency.reproduction.LIMITS", (4.0,))
    reproduce(strategies=("random",), benchmarks=(), seeds=2, jobs=1, store=tmp_path, as_json=False)
    shown = capsys.readouterr()
    assert shown.out.count("random") == 2
    assert shown.err.count("2 runs to do.") == 2
    with pytest.raises(InvalidOption, match="'hardware' has its own benchmarks"):
        reproduce(strategies=(), benchmarks=("nb201/cifar10-v1",), seeds=2, jobs=1, store=tmp_path, as_json=False)


@pytest.mark.usefixtures("table")
def test_figure_4_is_a_table_on_the_pixel_3_and_what_agnet_alone_generates(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("nasapi_latency.published.LIMITS_OF_FIGURE_4", (5.0,))
    figure4(strategies=("random",), benchmarks=(), seeds=2, jobs=1, store=tmp_path, as_json=False)
    shown = capsys.readouterr().out
    assert "within a latency on the Pixel 3" in shown and "Candidates" not in shown
    assert [row.split()[:3] for row in shown.splitlines() if "random" in row] == [
        ["5", "0", "random"],
        ["5", "1", "random"],
    ]
    with pytest.raises(InvalidOption, match="'figure4' has its own benchmarks"):
        figure4(strategies=(), benchmarks=("nb201/cifar10-v1",), seeds=2, jobs=1, store=tmp_path, as_json=False)


def test_the_published_strategy_is_run_by_default_where_it_is_installed() -> None:
    pytest.importorskip("nasapi_agnet", reason="agnet comes with nasapi-agnet")
    assert installed_agnet() == ("agnet",)


def test_one_run_is_too_few() -> None:
    with pytest.raises(InvalidOption, match="needs at least 2 runs, not 1"):
        hardware_table("cifar10", seeds=1)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("limit", ["4", "inf", "0.1"])
def test_figures_are_written_whatever_the_limit(limit, tmp_path) -> None:
    given = ["figures", "--limit", limit, "-s", "random", "-s", "nsga2", "--seeds", "2", "-o", str(tmp_path)]
    shown = CliRunner().invoke(command, given)
    assert shown.exit_code == 0, shown.output
    assert sorted(path.name for path in tmp_path.glob("[!.]*")) == [
        "hardware-front.png",
        "hardware-front.svg",
        "hardware-progress.png",
        "hardware-progress.svg",
    ]
    assert "Black: the exact Pareto front. Lines: what half of 2 runs of each strategy attained." in shown.output


@pytest.mark.usefixtures("table")
def test_a_folder_that_cannot_be_written_is_refused_before_any_run(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    many = ["figures", "-s", "random", "--seeds", "1000", "-o", str(tmp_path / "file" / "figures")]
    shown = CliRunner().invoke(command, many)
    assert isinstance(shown.exception, StoreError)
    assert "cannot be written: Not a directory. Name another folder." in str(shown.exception)


def test_the_published_numbers_add_up_to_the_totals_of_their_columns() -> None:
    found: dict[str, list[float]] = {}
    for (limit, method), numbers in PUBLISHED.items():
        found[method] = [a + b for a, b in zip(found.get(method, [0, 0, 0]), (limit, *numbers), strict=True)]
    assert {method: [round(total, 2) for total in totals] for method, totals in found.items()} == {
        "optimum": [20, 178.6, 4],
        "agnet joint=0": [20, 174.1, 2.2],
        "agnet joint=1": [20, 173.6, 2.52],
        "random joint=0": [20, 169.5, 1.99],
    }
    best = {limit: accuracy for (limit, method), (accuracy, _) in PUBLISHED.items() if method == "optimum"}
    assert all(accuracy <= best[limit] and 0 < share <= 1 for (limit, _), (accuracy, share) in PUBLISHED.items())
