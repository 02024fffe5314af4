"""The command standings: its tables, its JSON, and what it refuses."""

import json
import re

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_report.stats.signs import mean_test
from standing_stores import kept, only
from stores import Drawing, Short

from nasapi import load_benchmark
from nasapi.budget import Budget
from nasapi.cli.main import cli
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.running import run
from nasapi.storage import Store
from nasapi.testing.toy import toy_v1


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


def test_runs_of_few_trials_have_no_value_after_more_seconds_than_those_took(tmp_path, show):
    store = kept(tmp_path / "s.zarr", benchmark=load_benchmark("toy/formula-v1", budget=4))
    kept(tmp_path / "t.zarr", Short, benchmark=load_benchmark("toy/formula-v1", budget=400, unit="seconds"))
    longest = max(store.read("toy/formula-v1[budget=4]", "Drawing", seed).cost.sum() for seed in range(3))
    assert longest < 300
    printed = show("s.zarr", "t.zarr", "--at-seconds", "300").splitlines()
    assert printed[0].endswith("after so many simulated seconds")
    assert any(line.startswith("Drawing") and "ended at" in line for line in printed)
    messages = CliRunner().invoke(cli, ["standings", "s.zarr", "t.zarr", "--at-seconds", "300"]).stderr
    (most,) = re.findall(r"can be compared after up to ([\d.]+) seconds: --at-seconds \1\.$", messages, re.M)
    shortest = min(store.read("toy/formula-v1[budget=4]", "Drawing", seed).elapsed[-1] for seed in range(3))
    assert float(most) <= shortest < float(most) + 1
    with pytest.raises(InvalidOption, match="--at and --at-seconds were both given"):
        show("s.zarr", "--at", "2", "--at-seconds", "3")


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
    apart = [drawing.final_values[seed] - short.final_values[seed] for seed in range(30)]
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
        assert ("corrects it for every pair and every test of its page" in result.stderr) != bool(arguments)
    for arguments in (["--at", "4"], ["--at", "10", "--json"]):
        assert CliRunner().invoke(cli, ["standings", "a.zarr", "b.zarr", *arguments]).stderr.count("compared") == 0


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
    (parsed,) = json.loads(show("s.zarr", "--at", "1", "--at", "10", "--json"))
    table = only(Store(tmp_path / "s.zarr"), at=(1, 10))
    assert (parsed["measure"], parsed["unit"], parsed["note"], parsed["comparable_at"]) == (
        "valid_accuracy",
        "%",
        "",
        None,
    )
    for row, shown in zip(table.rows, parsed["standings"], strict=True):
        assert (shown["strategy"], shown["budget"], shown["budget_unit"], shown["batch"]) == (
            row.strategy,
            10,
            "trials",
            1,
        )
        assert [(at["trials"], at["runs"]) for at in shown["at"]] == [(1, 8), (10, 8)]
        assert [at["mean"] for at in shown["at"]] == [mean.value for mean in row.means]
        assert [at["high"] for at in shown["at"]] == [mean.high for mean in row.means]
        assert shown["at_optimum"] == {
            "share": row.share_at_optimum.value,
            "low": row.share_at_optimum.low,
            "high": row.share_at_optimum.high,
        }
        assert (shown["p_against_best"], shown["seconds_a_trial"]) == (row.against_best, row.seconds)


def test_what_runs_are_compared_by_is_reported_beside_the_table_and_not_beside_json(show, tmp_path):
    kept(tmp_path / "s.zarr", seeds=2, benchmark=load_benchmark("toy/formula-v1", noise=True))
    note = "Runs saw noisy values, which are shown: a lucky draw counts."
    outputs = {
        way: CliRunner().invoke(cli, ["standings", "s.zarr", *way]).stderr for way in ((), ("--markdown",), ("--json",))
    }
    assert [note in words for words in outputs.values()] == [True, True, False]
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
