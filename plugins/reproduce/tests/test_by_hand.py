"""Numbers of the published tables by their column totals, and effects and controls against formulas by hand."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve
from click.testing import CliRunner
from nasapi_report.counted_controls import Counted
from nasapi_report.stats.intervals import mean_interval, proportion_interval
from nasapi_reproduce import ablations
from nasapi_reproduce.ablations import LEVEL, Effect, Part, effects
from nasapi_reproduce.command import control as control_command
from nasapi_reproduce.command import reproduce
from nasapi_reproduce.comparison import chosen, find, runnable
from nasapi_reproduce.control import Control, _miss, _Table, corrected, require_permutable
from nasapi_reproduce.graph import IMPLIED
from scipy.stats import binomtest, hypergeom

import nasapi
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.plugins import Published
from nasapi.testing import problems

TOY = "toy/formula-v1"
TOTALS = {
    "nb201": {
        "nb201/cifar10-v1": [9, 823.61, 0, 1514, 90],
        "nb201/cifar100-v1": [9, 659.13, 0, 1514, 90],
        "nb201/imagenet16-120-v1": [9, 418.51, 0, 1514, 90],
        "nb201/cifar10-v1 test_accuracy": [8, 753.92, 0, 1364, 80],
        "nb201/cifar100-v1 test_accuracy": [8, 585.59, 0, 1364, 80],
        "nb201/imagenet16-120-v1 test_accuracy": [8, 371.68, 0, 1364, 80],
    },
    "nb101": {
        "nb101/cifar10-v1": [10, 946.49, 0, 1728, 100],
        "nb101/cifar10-v1 test_accuracy": [13, 1222.12, 0, 2728, 130],
        "nb101/cifar10-test-v1": [12, 1127.8, 0, 2728, 120],
    },
    "nb301": {
        "darts/nb301-xgb-0.9-v1": [8, 757.9, 0.92, 1536, 400],
        "darts/nb301-xgb-v1": [8, 757.9, 0.92, 1536, 400],
        "darts/mlp-v1": [8, 757.9, 0.92, 1536, 400],
    },
    "nlp": {"nlp/surrogate-v1": [7, 670.4, 0, 2128, 700]},
}
"""Of each column of a printed table: its rows, and the sums of values, deviations, trials and averaged runs."""


@pytest.mark.parametrize("name", TOTALS)
def test_the_published_numbers_add_up_to_the_totals_of_their_columns(name: str) -> None:
    assert all(row.label for row in find(name).rows)
    found: dict[str, list[float]] = {}
    for row in find(name).rows:
        column = f"{row.benchmark.partition('[')[0]} {row.metric}".strip()
        numbers = (1, row.value, row.error or 0, row.trials, row.runs)
        found[column] = [a + b for a, b in zip(found.get(column, [0] * 5), numbers, strict=True)]
    assert {column: [round(total, 2) for total in totals] for column, totals in found.items()} == TOTALS[name]


@pytest.mark.parametrize(("name", "implied"), IMPLIED)
def test_rows_on_graphs_hold_five_strategies_to_what_is_exact(name: str, implied: tuple[float, ...]) -> None:
    short, long, tested, line = implied
    rows = [row for row in find("graph").rows if row.benchmark == f"graph/{name}-v1"]
    assert {row.runs for row in rows} == {0}, "exact, not a mean of searches"
    goal, test = [row for row in rows if not row.metric], [row for row in rows if row.metric]
    assert len({row.strategy for row in goal}) == len({row.strategy for row in test}) == 5
    assert sorted((row.value, row.trials) for row in goal) == sorted([(short, 40), (long, 200), *[(long, 40)] * 4])
    assert sorted((row.value, row.trials) for row in test) == sorted([(tested, 40), *[(line, 40)] * 5])


def test_nothing_published_is_above_the_optimum_of_its_column_on_validation() -> None:
    for name in ("nb201", "nb101"):
        rows = [row for row in find(name).rows if not row.metric and "test" not in row.benchmark]
        best = {row.benchmark.partition("[")[0]: row.value for row in rows if row.label == "optimum"}
        assert all(row.value <= best[row.benchmark.partition("[")[0]] for row in rows)
        assert best


def test_an_effect_is_the_mean_of_paired_differences_where_more_is_better(tmp_path) -> None:
    part = Part("climbing", "local-search", "random", "draws")
    (effect,), _ = effects([part], [TOY], 8, tmp_path, trials=10)
    runs = {
        name: np.array(
            [nasapi.run(nasapi.load_benchmark(TOY, budget=10), name, seed=seed).curve()[-1] for seed in range(8)]
        )
        for name in ("local-search", "random")
    }
    assert (effect.part, effect.benchmark) == ("climbing", TOY)
    assert effect.whole == mean_interval(runs["local-search"])
    assert effect.without == mean_interval(runs["random"])
    assert effect.difference == mean_interval(runs["local-search"] - runs["random"])
    found, _ = effects([part, Part("b", "random", "local-search", "climbs")], [TOY], 8, tmp_path, trials=10)
    assert found[1].difference.value == pytest.approx(-effect.difference.value)
    assert [each.p for each in found] == pytest.approx([min(1.0, 2 * effect.p)] * 2)  # Holm, of two equal p


def test_a_table_that_no_part_fits_is_left_out() -> None:
    found, left_out = effects([Part("a part", "nosuch", "random", "draws")], [TOY], 2, None)
    assert not found
    assert [sentence.partition(":")[0] for sentence in left_out] == [f"a part is left out on {TOY}"]


def test_an_effect_on_a_loss_is_turned_round() -> None:
    part = Part("a", "x", "y", "z")
    effect = ablations._effect(part, TOY, np.array([1.0, 2.0, 1.5]), np.array([2.0, 3.0, 3.5]), -1.0)
    assert effect.difference.value == pytest.approx(4 / 3)
    assert effect.whole.value == pytest.approx(1.5)


def test_the_border_of_a_difference_is_five_percent() -> None:
    nothing = mean_interval(np.zeros(3))
    made = [Effect("a", "t", nothing, nothing, nothing, p).makes_a_difference for p in (0.049, 0.05, 0.051)]
    assert made == [True, True, False]
    assert LEVEL == 0.05


def test_the_ablations_are_printed_with_their_intervals_and_a_sentence(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(ablations, "PARTS", (Part("climbing", "local-search", "random", "draws"),))
    monkeypatch.setattr(ablations, "TABLES", (TOY, "nosuch/table-v1"))
    monkeypatch.setattr(ablations, "load_benchmark", _but_one)
    given = ["ablations", "--seeds", "3", "--store", str(tmp_path)]
    ran = CliRunner().invoke(reproduce, given, catch_exceptions=False)
    assert "nosuch/table-v1 is left out: it is not here" in ran.stderr
    assert "difference, 3 seeds [95% interval]" in ran.stdout
    line = next(line for line in ran.stdout.splitlines() if line.strip().startswith("climbing") and TOY in line)
    assert line.split() == ["climbing", TOY, "99.000", "99.000", "0.000", "1.000"]  # 96 trials find the best of 22
    assert "climbing makes no difference that these runs show on any of 1 tables." in ran.stdout
    ran = CliRunner().invoke(reproduce, [*given, "-b", "toy/formula-v9"])
    assert "No ablation is of 'toy/formula-v9'" in str(ran.exception)


def _but_one(spec: str, **options: float) -> nasapi.Benchmark:
    if spec.startswith("nosuch"):
        raise NotAvailable("it is not here.")
    return nasapi.load_benchmark(spec, **options)


@pytest.mark.parametrize(("networks", "best", "trials"), [(14, 1, 6), (22, 3, 5), (10, 4, 7), (5, 1, 9)])
def test_chance_is_that_of_drawing_without_repetition(networks: int, best: int, trials: int) -> None:
    drawn = min(trials, networks)
    assert _miss(networks, best, trials) == pytest.approx(hypergeom(networks, best, drawn).pmf(0))


def test_the_chance_of_a_table_is_of_networks_or_of_codes_whichever_is_larger() -> None:
    table = _Table(nasapi.load_benchmark(TOY))
    codes, own = table.codes_of_best
    assert (codes, len(table.networks), len(table.optima)) == (22, 14, 1)
    assert table._chance(6) == pytest.approx(max(6 / 14, 1 - hypergeom(22, own, 6).pmf(0)))


def test_a_control_has_shares_intervals_and_p_corrected_over_all_rows() -> None:
    counted = [
        Counted(TOY, "a", 6, tuple(range(20)), real=18, permuted=15, chance=0.3),
        Counted(TOY, "b", 6, tuple(range(20)), real=9, permuted=7, chance=0.3),
    ]
    raw = [binomtest(row.permuted, 20, row.chance, alternative="greater").pvalue for row in counted]
    first, second = corrected(counted)
    assert (first.p, second.p) == (pytest.approx(2 * raw[0]), pytest.approx(raw[1]))
    assert (first.real, first.permuted) == (proportion_interval(18, 20), proportion_interval(15, 20))
    assert (first.seeds, first.trials, first.chance) == (20, 6, 0.3)
    assert "structure" in first.sentence and "not shown" in second.sentence
    at_the_border = Control(TOY, "c", 6, 20, first.real, first.permuted, 0.3, 0.05)
    assert "structure" not in at_the_border.sentence
    assert "structure" in evolve(at_the_border, p=0.0499).sentence
    assert corrected([]) == []


def test_a_control_is_printed_with_shares_and_what_follows() -> None:
    ran = CliRunner().invoke(control_command, [TOY, "-s", "random", "--seeds", "4", "--trials", "6"])
    line = next(line for line in ran.output.splitlines() if line.strip().startswith(TOY))
    assert "random" in line
    assert "0.429" in line  # 6 of 14 networks
    assert line.count("[") == 2


def test_what_has_several_goals_or_a_constraint_is_not_permuted() -> None:
    for made in (problems.two_goals(), problems.constrained()):
        with pytest.raises(InvalidOption, match=r"is of one goal without constraints, which .* has not"):
            require_permutable(made)


def test_rows_without_a_strategy_are_not_run_and_not_missed() -> None:
    rows = (Published(TOY, "", 0, 99.0), Published(TOY, "random", 6, 91.0))
    assert runnable(rows) == ((rows[1],), ())
    assert runnable(rows[:1]) == ((), ())


def test_rows_of_a_metric_that_a_table_lacks_are_skipped_with_how_to_get_it(monkeypatch, tmp_path) -> None:
    pytest.importorskip("nasapi_nb201", reason="its test accuracies are not here")
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    goal, test = (Published("nb201/cifar10-v1", "random", 6, 91.0, metric=name) for name in ("", "test_accuracy"))
    left, (skipped,) = runnable((goal, test))
    assert left == (goal,)
    assert skipped.startswith("Rows on 'nb201/cifar10-v1' of test_accuracy are skipped: Table 'nb201' ")
    absent = Published("nb101/cifar10-v1", "random", 6, 91.0, metric="test_accuracy")
    with pytest.raises(NotAvailable, match="No row can be run: Table 'nb101' "):
        runnable((absent,))


def test_a_benchmark_is_named_with_its_options_or_without() -> None:
    rows = (Published("toy/formula-v1[budget=3]", "random", 3, 90.0), Published("toy/formula-v1", "random", 6, 91.0))
    assert chosen(rows, [], ["toy/formula-v1"]) == rows
    assert chosen(rows, [], ["toy/formula-v1[budget=3]"]) == rows[:1]
