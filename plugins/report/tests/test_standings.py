"""Standings after given numbers of trials, from real small studies."""

import json
import re
from pathlib import Path

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_report.commands.standings import _below
from nasapi_report.standings import Standings, standings
from nasapi_report.stats.intervals import mean_interval, reach_of
from nasapi_report.stats.signs import mean_test
from stores import Drawing, Short, several_goals

from nasapi import Study, load_benchmark
from nasapi.benchmark import Reference
from nasapi.cli.main import cli
from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError, UnknownId
from nasapi.problem import Budget, Constraint
from nasapi.running import run
from nasapi.storage import Store
from nasapi.testing.toy import ToyObjective, toy_v1


def kept(path: Path, *strategies, seeds=3, benchmark=None, batch=1) -> Store:
    """A store with a study on the toy benchmark in it."""
    benchmarks = [toy_v1() if benchmark is None else benchmark]
    Study(benchmarks, strategies or [Drawing], seeds, path, batch).run(backend="inline")
    return Store(path)


def only(*stores, at=(), metric=None) -> Standings:
    """The standings of stores that hold runs on one benchmark."""
    (table,) = standings(stores, at, metric)
    return table


def constrained(upper: float):
    """The toy benchmark where only cells of few parameters are feasible."""
    made = toy_v1()
    problem = attrs.evolve(made.problem, constraints=(Constraint("params", upper=upper),))
    return attrs.evolve(made, problem=problem, reference=Reference())


@pytest.fixture
def show(tmp_path, monkeypatch):
    """Run the verb in a working folder; gives what it prints."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        result = CliRunner().invoke(cli, ["standings", *arguments], standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return result.stdout

    return call


def test_a_row_has_mean_and_interval_after_each_number_of_trials(tmp_path):
    table = only(kept(tmp_path / "s.zarr", seeds=5), at=(10, 2))
    curves = np.stack([run(toy_v1(), Drawing, seed=seed).curve() for seed in range(5)])
    (row,) = table.rows
    assert table.at == (2, 10)
    assert row.seeds == (0, 1, 2, 3, 4)
    for mean, last in zip(row.means, (2, 10), strict=True):
        low, high = reach_of(list(curves[:, :last]))
        assert mean == mean_interval(curves[:, last - 1], reach=(low, max(high, 99.0)))


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
    assert np.isnan(columns["optimal"][0]) and columns["optimal"][1] == table.rows[0].optimal.value


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
        found = only(store, at=(number,)).rows[0].optimal
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
    assert (short.counts, short.optimal) == ((3, 0), None)


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


def test_runs_of_few_trials_have_no_value_after_more_seconds_than_those_took(tmp_path, show):
    store = kept(tmp_path / "s.zarr", benchmark=load_benchmark("toy/formula-v1", budget=4))
    kept(tmp_path / "t.zarr", Short, benchmark=load_benchmark("toy/formula-v1", budget=400, unit="seconds"))
    longest = max(store.read("toy/formula-v1[budget=4]", "Drawing", seed).cost.sum() for seed in range(3))
    assert longest < 300
    printed = show("s.zarr", "t.zarr", "--at-seconds", "300").splitlines()
    assert printed[0].endswith("after so many simulated seconds")
    assert any(line.startswith("Drawing") and "ended at" in line for line in printed)
    with pytest.raises(InvalidOption, match="--at and --at-seconds were both given"):
        show("s.zarr", "--at", "2", "--at-seconds", "3")


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
    ends = [run(toy_v1(), Drawing, seed=seed).curve("test_accuracy")[-1] for seed in range(3)]
    assert table.rows[0].means[0].value == pytest.approx(np.mean(ends))
    assert table.rows[0].optimal is None


def test_noisy_values_are_called_so_and_have_no_optimum(tmp_path):
    table = only(kept(tmp_path / "s.zarr", benchmark=load_benchmark("toy/formula-v1", noise=True)))
    assert "noisy values" in table.measure.note
    assert table.rows[0].optimal is None


def test_several_goals_are_shown_as_hypervolume(tmp_path):
    pytest.importorskip("moocore", reason="hypervolumes need moocore")
    store = kept(tmp_path / "s.zarr", benchmark=several_goals())
    assert only(store).measure.name == "hypervolume"
    with pytest.raises(InvalidOption, match="several goals, so that a run ends with a front"):
        standings([store], metric="params")


def test_a_seed_that_two_stores_hold_is_refused(tmp_path):
    stores = [kept(tmp_path / "a.zarr"), kept(tmp_path / "b.zarr", seeds=[2])]
    with pytest.raises(StoreError, match=r"Seed 2 of 'Drawing' on 'toy/formula-v1' is in '.*a\.zarr' and again in"):
        standings(stores)


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


def test_an_unknown_metric_is_refused_with_near_names(tmp_path):
    with pytest.raises(UnknownId, match=r"recorded no 'test_acuracy'\. Did you mean 'test_accuracy'"):
        standings([kept(tmp_path / "s.zarr")], metric="test_acuracy")


def test_a_metric_whose_data_were_not_there_says_how_to_get_it(tmp_path):
    objective = ToyObjective()
    objective.missing = {"latency": "measure it"}
    benchmark = attrs.evolve(toy_v1(), objective=objective, report_metrics=("latency",))
    with pytest.raises(NotAvailable, match="'latency' was not here when toy/formula-v1 was run: measure it"):
        standings([kept(tmp_path / "s.zarr", benchmark=benchmark)], metric="latency")


def test_a_store_without_runs_is_refused(tmp_path):
    Store.prepare(tmp_path / "s.zarr", [], [], [0])
    with pytest.raises(NotAvailable, match=r"There are no runs yet in '.*s\.zarr'\."):
        standings([Store(tmp_path / "s.zarr")])


def test_the_table_names_the_measure_and_the_columns(show, tmp_path):
    kept(tmp_path / "s.zarr", Short, Drawing, seeds=30)
    lines = show("s.zarr", "--at", "3", "--at", "10").splitlines()
    assert lines[0] == "toy/formula-v1: validation accuracy (%) after so many trials"
    assert lines[1].split("  ")[0] == "strategy"
    assert [word for word in lines[1].split() if word.isdigit()] == ["3", "10"]
    assert lines[2].startswith("Drawing ")
    assert re.search(r" 92\.6 \[90\.5, 94\.6\] ", lines[2])
    assert lines[1].split()[4] == "p"
    short, drawing = only(Store(tmp_path / "s.zarr"), at=(3, 10)).rows[::-1]
    apart = [drawing.finals[seed] - short.finals[seed] for seed in range(30)]
    assert (short.against_best, drawing.against_best) == (mean_test(np.array(apart)), None)


def test_the_budget_is_a_column_where_no_number_is_given(show, tmp_path):
    kept(tmp_path / "s.zarr")
    title, heads, row = show("s.zarr").splitlines()
    assert title.endswith("at the end of runs")
    assert heads.split()[:4] == ["strategy", "budget", "seeds", "end"]
    assert row.split()[:3] == ["Drawing", "10", "trials"]


def test_a_row_whose_budget_ended_says_where_and_what_is_comparable(show, tmp_path, capsys):
    kept(tmp_path / "a.zarr", benchmark=load_benchmark("toy/formula-v1", budget=4))
    kept(tmp_path / "b.zarr", Short)
    for arguments in (["--at", "10"], []):
        result = CliRunner().invoke(cli, ["standings", "a.zarr", "b.zarr", *arguments])
        assert ("ended at 4" in result.stdout) == bool(arguments)
        assert "budgets differ; all rows can be compared after up to 4 trials: --at 4." in result.stderr
    assert "compared" not in CliRunner().invoke(cli, ["standings", "a.zarr", "b.zarr", "--at", "4"]).stderr


def test_markdown_is_one_table_of_all_benchmarks(show, tmp_path):
    kept(tmp_path / "a.zarr")
    kept(tmp_path / "b.zarr", benchmark=attrs.evolve(toy_v1(), id="toy/b-v1", spec="toy/b-v1"))
    lines = show("a.zarr", "b.zarr", "--at", "10", "--markdown").splitlines()
    assert lines[0] == "| data set | strategy | seeds | 10 | at optimum | own time a trial |"
    assert lines[1] == "|---|---|---|---|---|---|"
    assert [line.split(" | ")[:3] for line in lines[2:]] == [
        ["| toy/formula-v1", "`Drawing`", "3"],
        ["| toy/b-v1", "`Drawing`", "3"],
    ]


def test_json_has_every_number(show, tmp_path):
    kept(tmp_path / "s.zarr", seeds=1)
    (table,) = json.loads(show("s.zarr", "--at", "10", "--json"))
    assert (table["benchmark"], table["goal"], table["optimum"]) == ("toy/formula-v1", "max", 99.0)
    (row,) = table["standings"]
    assert row["seeds"] == [0]
    assert row["at"][0]["mean"] == run(toy_v1(), Drawing, seed=0).curve()[-1]
    assert row["at"][0]["low"] is None


def test_json_has_what_a_row_is_of_and_how_sure_it_is(show, tmp_path):
    kept(tmp_path / "s.zarr", Short, Drawing, seeds=8)
    (told,) = json.loads(show("s.zarr", "--at", "1", "--at", "10", "--json"))
    table = only(Store(tmp_path / "s.zarr"), at=(1, 10))
    assert (told["measure"], told["unit"], told["note"], told["comparable_at"]) == ("valid_accuracy", "%", "", None)
    for row, shown in zip(table.rows, told["standings"], strict=True):
        assert (shown["strategy"], shown["budget"], shown["budget_unit"], shown["batch"]) == (
            row.strategy,
            10,
            "trials",
            1,
        )
        assert [(at["trials"], at["runs"]) for at in shown["at"]] == [(1, 8), (10, 8)]
        assert [at["mean"] for at in shown["at"]] == [mean.value for mean in row.means]
        assert [at["high"] for at in shown["at"]] == [mean.high for mean in row.means]
        assert shown["at_optimum"] == {"share": row.optimal.value, "low": row.optimal.low, "high": row.optimal.high}
        assert (shown["p_against_best"], shown["seconds_a_trial"]) == (row.against_best, row.seconds)


def test_what_runs_are_judged_by_is_said_beside_the_table_and_not_beside_json(show, tmp_path):
    kept(tmp_path / "s.zarr", seeds=2, benchmark=load_benchmark("toy/formula-v1", noise=True))
    note = "Runs saw noisy values, which are shown: a lucky draw counts."
    said = {
        way: CliRunner().invoke(cli, ["standings", "s.zarr", *way]).stderr for way in ((), ("--markdown",), ("--json",))
    }
    assert [note in words for words in said.values()] == [True, True, False]
    kept(tmp_path / "plain.zarr", seeds=2)
    assert CliRunner().invoke(cli, ["standings", "plain.zarr"]).stderr == ""


def test_no_plugin_of_the_benchmark_is_needed(show, tmp_path):
    gone = attrs.evolve(toy_v1(), id="gone/x-v1", spec="gone/x-v1[budget=7]")
    gone = attrs.evolve(gone, problem=attrs.evolve(gone.problem, budget=Budget(7)))
    kept(tmp_path / "s.zarr", benchmark=gone)
    assert show("s.zarr").startswith("gone/x-v1: ")


def test_what_is_no_store_is_refused(show, tmp_path):
    with pytest.raises(NotAvailable, match=r"There is no store at 'none\.zarr'"):
        show("none.zarr")
    (tmp_path / "shard-0000.sqlite").write_text("{}")
    with pytest.raises(CorruptData, match="is not a nasapi store"):
        show(".")


def test_json_and_markdown_exclude_each_other(show):
    with pytest.raises(InvalidOption, match="--json and --markdown were both given"):
        show("s.zarr", "--json", "--markdown")


@pytest.mark.parametrize(
    ("end", "shown"),
    [(2487.9999, 2487), (2.9999999999999996, 2), (0.12345678, 0.1234), (0.0, 0), (4, 4), (1e20, 1e20)],
)
def test_an_end_of_runs_is_shown_by_a_number_that_is_not_above_it(end, shown):
    below = _below(end)
    assert below <= end and below == pytest.approx(shown, rel=1e-9)
