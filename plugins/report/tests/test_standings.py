"""Standings after given numbers of trials, from real small studies."""

import attrs
import numpy as np
import pytest
from nasapi_report.commands.standings import _below, _rows
from nasapi_report.held_values import _last_two
from nasapi_report.standings import standings
from nasapi_report.stats.intervals import NOTHING, Estimate, mean_interval, reach_of
from standing_stores import kept, only
from stores import Drawing, Failing, Short, several_goals

from nasapi import Study, load_benchmark
from nasapi.constraint import Constraint
from nasapi.errors import InvalidOption, NotAvailable, StoreError, UnknownId
from nasapi.reference import Reference
from nasapi.running import run
from nasapi.storage import Store
from nasapi.testing.toy import ToyObjective, toy_v1


def constrained(upper: float):
    """The toy benchmark where only cells of few parameters are feasible."""
    made = toy_v1()
    problem = attrs.evolve(made.problem, constraints=(Constraint("params", upper=upper),))
    return attrs.evolve(made, problem=problem, reference=Reference())


def test_a_row_has_mean_and_interval_after_each_number_of_trials(tmp_path):
    table = only(kept(tmp_path / "s.zarr", seeds=12), at=(10, 2))
    curves = np.stack([run(toy_v1(), Drawing, seed=seed).curve() for seed in range(12)])
    (row,) = table.rows
    assert table.at == (2, 10)
    assert row.seeds == tuple(range(12))
    for mean, last in zip(row.means, (2, 10), strict=True):
        low, high = reach_of(list(curves[:, :last]))
        assert mean == mean_interval(curves[:, last - 1], reach=(low, max(high, 99.0)))


def test_an_interval_ends_at_the_optimum(tmp_path):
    benchmark = load_benchmark("toy/formula-v1", budget=14)
    (row,) = only(kept(tmp_path / "s.zarr", seeds=4, benchmark=benchmark), at=(14,)).rows
    ends = np.array([run(benchmark, Drawing, seed=seed).curve()[-1] for seed in range(4)])
    assert mean_interval(ends).high > 99
    assert row.means == (mean_interval(ends, within=(0.0, 99.0)),)


def test_without_numbers_the_end_of_runs_is_shown(tmp_path):
    table = only(kept(tmp_path / "s.zarr"))
    assert table.at == (None,)
    assert table.rows[0].means[0].value == np.mean([run(toy_v1(), Drawing, seed=seed).curve()[-1] for seed in range(3)])


def test_the_columns_have_a_row_a_strategy_and_number(tmp_path):
    table = only(kept(tmp_path / "s.zarr", Short, Drawing), at=(1, 10))
    columns = table.to_dict()
    assert columns["strategy"] == ["Drawing", "Drawing", "Short", "Short"]
    assert columns["trials"] == [1, 10, 1, 10]
    assert columns["mean"] == [mean.value for row in table.rows for mean in row.means]
    share = columns["at_optimum"]
    assert np.isnan(share[0]) and share[1] == table.rows[0].share_at_optimum.value


def test_the_best_at_the_last_number_stand_first(tmp_path):
    table = only(kept(tmp_path / "s.zarr", Short, Drawing), at=(1, 10))
    assert [row.strategy for row in table.rows] == ["Drawing", "Short"]


def test_a_goal_to_minimise_is_best_where_it_is_least(tmp_path):
    made = toy_v1()
    problem = attrs.evolve(made.problem, goals=(made.objective.metric("params"),))
    cheap = attrs.evolve(made, problem=problem, reference=Reference())
    table = only(kept(tmp_path / "s.zarr", Short, Drawing, benchmark=cheap, seeds=20))
    assert [row.strategy for row in table.rows] == ["Drawing", "Short"]
    assert table.rows[0].means[0].value < table.rows[1].means[0].value


def test_the_share_of_runs_at_the_optimum_is_of_the_last_number(tmp_path):
    store = kept(tmp_path / "s.zarr", seeds=20)
    ends = np.array([run(toy_v1(), Drawing, seed=seed).curve() for seed in range(20)])
    for number in (1, 10):
        found = only(store, at=(number,)).rows[0].share_at_optimum
        assert found is not None
        assert found.value == (ends[:, number - 1] == 99).mean()


def test_the_own_seconds_of_a_strategy_are_a_mean_over_runs(tmp_path):
    store = kept(tmp_path / "s.zarr")
    own = [store.read("toy/formula-v1", "Drawing", seed).seconds.mean() for seed in range(3)]
    assert only(store).rows[0].seconds == pytest.approx(np.mean(own))


def test_a_run_that_its_strategy_ended_keeps_what_it_had(tmp_path):
    table = only(kept(tmp_path / "s.zarr", Short), at=(3, 10))
    assert table.rows[0].means[0] == table.rows[0].means[1]


def test_a_run_whose_budget_ended_before_has_no_value(tmp_path):
    stores = [
        kept(tmp_path / "short.zarr", benchmark=load_benchmark("toy/formula-v1", budget=4)),
        kept(tmp_path / "long.zarr", Short, benchmark=load_benchmark("toy/formula-v1", budget=8)),
    ]
    long, short = only(*stores, at=(4, 8)).rows
    assert (long.strategy, str(long.setting), str(short.setting)) == ("Short", "8 trials", "4 trials")
    assert np.isfinite(short.means[0].value)
    assert np.isnan(short.means[1].value)
    assert (short.counts, short.share_at_optimum) == ((3, 0), None)


def test_after_so_many_seconds_a_run_has_what_had_ended_by_then(tmp_path):
    timed = load_benchmark("toy/formula-v1", budget=300, unit="seconds")
    store = kept(tmp_path / "s.zarr", benchmark=timed, seeds=10)
    (table,) = standings([store], (100, 300), by="seconds")
    histories = [store.read(timed.spec, "Drawing", seed) for seed in range(10)]
    for place, seconds in enumerate((100, 300)):
        held = [history.curve()[history.cost.cumsum() <= seconds][-1] for history in histories]
        assert table.rows[0].means[place].value == pytest.approx(np.mean(held))
    assert table.comparable is None
    assert table.to_dict()["seconds"] == [100, 300]
    with pytest.raises(InvalidOption, match="No run goes on for 301 seconds; the longest has 300"):
        standings([store], (301,), by="seconds")


def test_a_part_of_the_runs_gives_no_mean(tmp_path):
    timed = load_benchmark("toy/formula-v1", budget=200, unit="seconds")
    store = kept(tmp_path / "s.zarr", benchmark=timed, seeds=10)
    lengths = [len(store.read(timed.spec, "Drawing", seed)) for seed in range(10)]
    (row,) = only(store, at=(max(lengths),)).rows
    assert row.counts == (lengths.count(max(lengths)),)
    assert np.isnan(row.means[0].value)


def test_a_run_that_found_nothing_feasible_has_no_value(tmp_path):
    table = only(kept(tmp_path / "s.zarr", benchmark=constrained(0.0), seeds=10), at=(1, 10))
    first = [run(constrained(0.0), Drawing, seed=seed).violation[0] == 0 for seed in range(10)]
    assert table.rows[0].counts[0] == sum(first) < 10


def test_seeds_of_several_stores_count_together(tmp_path):
    parts = [kept(tmp_path / "a.zarr", seeds=[0, 1]), kept(tmp_path / "b.zarr", seeds=[2, 3])]
    whole = kept(tmp_path / "c.zarr", seeds=4)
    assert only(*parts).rows[0].means == only(whole).rows[0].means


def test_batches_are_rows_of_their_own(tmp_path):
    stores = [kept(tmp_path / "a.zarr"), kept(tmp_path / "b.zarr", batch=5)]
    assert {str(row.setting) for row in only(*stores).rows} == {"10 trials", "10 trials, batch 5"}


def test_numbers_of_workers_are_rows_of_their_own(tmp_path):
    several = [load_benchmark("toy/formula-v1", workers=workers) for workers in (1, 4)]
    Study(several, [Drawing], 2, tmp_path / "s.zarr").run(backend="inline")
    assert {str(row.setting) for row in only(Store(tmp_path / "s.zarr")).rows} == {"10 trials", "10 trials, 4 workers"}


def test_a_report_metric_is_shown_instead(tmp_path):
    table = only(kept(tmp_path / "s.zarr"), metric="test_accuracy")
    assert table.measure.limits == (0.0, 100.0)
    ends = [run(toy_v1(), Drawing, seed=seed).curve("test_accuracy")[-1] for seed in range(3)]
    assert table.rows[0].means[0].value == pytest.approx(np.mean(ends))
    assert table.rows[0].share_at_optimum is None


def test_noisy_values_are_called_so_and_have_no_optimum(tmp_path):
    table = only(kept(tmp_path / "s.zarr", benchmark=load_benchmark("toy/formula-v1", noise=True)))
    assert "noisy values" in table.measure.note
    assert table.rows[0].share_at_optimum is None


def test_several_goals_are_shown_as_hypervolume(tmp_path):
    pytest.importorskip("moocore", reason="hypervolumes need moocore")
    store = kept(tmp_path / "s.zarr", benchmark=several_goals())
    assert only(store).measure.name == "hypervolume"
    with pytest.raises(InvalidOption, match="several goals, so that a run ends with a front"):
        standings([store], metric="params")


def test_a_run_that_two_stores_hold_counts_once(tmp_path):
    stores = [kept(tmp_path / "a.zarr"), kept(tmp_path / "b.zarr", seeds=[2, 3])]
    (row,) = only(*stores).rows
    assert row.seeds == (0, 1, 2, 3)
    assert row.final_values == only(kept(tmp_path / "c.zarr", seeds=4)).rows[0].final_values


def test_a_run_of_which_two_stores_hold_different_ones_is_refused(tmp_path):
    other = attrs.evolve(toy_v1(), objective=Failing())
    stores = [kept(tmp_path / "a.zarr"), kept(tmp_path / "b.zarr", seeds=[2], benchmark=other)]
    with pytest.raises(StoreError, match=r"Seed 2 of 'Drawing' on 'toy/formula-v1' is in '.*a\.zarr' and differs in"):
        standings(stores)


def test_a_notebook_shows_standings_as_a_table(tmp_path):
    shown = only(kept(tmp_path / "s.zarr"), at=(1, 10))._repr_html_()
    assert "<caption>toy/formula-v1: validation accuracy after so many trials" in shown
    assert shown.count("<td>Drawing</td>") == 2


def test_runs_of_other_code_make_no_common_mean(tmp_path):
    stores = []
    for seed, text in enumerate(("", "    other = 1\n")):
        (tmp_path / "mine.py").write_text(f"from stores import Drawing\nclass Mine(Drawing):\n    pass\n{text}")
        stores.append(kept(tmp_path / f"{seed}.zarr", f"{tmp_path}/mine.py:Mine", seeds=[seed]))
    with pytest.raises(StoreError, match=r"of other code \(sha256:\w+ code:\w+\) than those in"):
        standings(stores)


def test_another_benchmark_of_the_same_name_is_refused(tmp_path):
    stores = [kept(tmp_path / "a.zarr"), kept(tmp_path / "b.zarr", benchmark=constrained(100.0), seeds=[7])]
    with pytest.raises(StoreError, match="'toy/formula-v1' with other constraints, optima than the stores before it"):
        standings(stores)


def test_a_number_beyond_every_run_is_refused(tmp_path):
    with pytest.raises(InvalidOption, match=r"No run goes on for 96 trials; the longest has 10\."):
        standings([kept(tmp_path / "s.zarr")], at=[5, 96])


def test_what_is_no_store_is_refused():
    with pytest.raises(InvalidOption, match=r"Standings are of stores, such as nasapi\.Store\(.*\), not of 'runs/a'"):
        standings(["runs/a"])


def test_an_unknown_metric_is_refused_with_near_names(tmp_path):
    with pytest.raises(UnknownId, match=r"recorded no 'test_acuracy'\. Did you mean 'test_accuracy'"):
        standings([kept(tmp_path / "s.zarr")], metric="test_acuracy")


def test_a_metric_whose_data_were_not_there_says_how_to_get_it(tmp_path):
    objective = ToyObjective()
    objective.missing = {"latency": "measure it"}
    benchmark = attrs.evolve(toy_v1(), objective=objective, report_metrics=("latency",))
    with pytest.raises(NotAvailable, match="'latency' was not here when toy/formula-v1 was run: measure it"):
        standings([kept(tmp_path / "s.zarr", benchmark=benchmark)], metric="latency")


@pytest.mark.parametrize(
    ("curve", "ends"), [([np.nan, 1, 2, 3, 2, 2], [3, 2]), ([1, 3, 3], [1, 3]), ([4, 4], [4]), ([np.nan], [])]
)
def test_a_curve_ends_with_its_last_value_and_the_last_other_one(curve, ends):
    assert _last_two(np.array(curve, float)).tolist() == ends


def test_a_store_without_runs_is_refused(tmp_path):
    Store.prepare(tmp_path / "s.zarr", [], [], [0])
    with pytest.raises(NotAvailable, match=r"There are no runs yet in '.*s\.zarr'\."):
        standings([Store(tmp_path / "s.zarr")])


def test_cells_have_the_digits_of_an_interval_that_a_quarter_of_them_are_narrower_than(tmp_path):
    table = only(kept(tmp_path / "s.zarr", seeds=2))
    halves = [2e-4, 2e-3, 2e-2, 2e-1, 2.0, 2.0, 2.0, 2.0]
    means = [Estimate(50.0, 50 - half, 50 + half) for half in halves[::-1]] + [Estimate(50.0, np.nan, np.nan), NOTHING]
    shown = attrs.evolve(table, rows=tuple(attrs.evolve(table.rows[0], means=(mean,)) for mean in means))
    cells = [row[3] for row in _rows(shown, [shown])]
    assert cells[5:] == [
        "50.000 [49.980, 50.020]",
        "50.000 [49.998, 50.002]",
        "50.000 [50.000, 50.000]",
        "50.000",
        "2 of 2 runs",
    ]


@pytest.mark.parametrize(
    ("end", "shown"),
    [(2487.9999, 2487), (2.9999999999999996, 2), (0.12345678, 0.1234), (0.0, 0), (4, 4), (1e20, 1e20)],
)
def test_an_end_of_runs_is_shown_by_a_number_that_is_not_above_it(end, shown):
    below = _below(end)
    assert below <= end and below == pytest.approx(shown, rel=1e-9)
