"""Published numbers run again: verdicts, resuming, choosing rows, and the command."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_reproduce.command import reproduce
from nasapi_reproduce.comparison import chosen, compare, find, reproductions, runnable
from nasapi_reproduce.graph import IMPLIED, LONG, TRIALS

import nasapi
from nasapi.cli.main import cli
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.plugins import Published, Reproduction, hookimpl, manager

ROWS = (
    Published("toy/formula-v1", "random", 6, 91.0, label="random search"),
    Published("toy/formula-v1", "random", 10, 91.0),
    Published("toy/formula-v1", "local-search", 10, 200.0),
)


class Offers:
    """A plugin with one small table."""

    @hookimpl
    def nasapi_reproductions(self):
        return [Reproduction("small", "The toy space", "nobody", ROWS, notes="Made up.")]


@pytest.fixture
def offered():
    manager().register(Offers(), "offers")
    yield
    manager().unregister(name="offers")


def test_each_row_is_read_off_runs_as_long_as_its_strategys_longest(tmp_path):
    first, second, _ = compare(ROWS, tmp_path, seeds=5)
    whole = (
        nasapi.Study([nasapi.load_benchmark("toy/formula-v1", budget=10)], ["random"], 5)
        .run(backend="inline")
        .histories()
    )
    for outcome in (first, second):
        assert outcome.ours.value == pytest.approx(np.mean([run.curve()[outcome.row.trials - 1] for run in whole]))
    assert [path.name for path in tmp_path.iterdir()] == ["toy-formula-v1-10"]


def test_what_the_store_has_is_not_run_again(tmp_path):
    done = []
    first = [outcome.ours for outcome in compare(ROWS, tmp_path, seeds=4)]
    again = list(compare(ROWS, tmp_path, seeds=4, progress=lambda *given: done.append(given)))
    assert [outcome.ours for outcome in again] == first
    assert all(history is None for _, _, history in done)


def test_rows_are_chosen_by_strategy_and_benchmark():
    assert len(chosen(ROWS, ["random"], [])) == 2
    assert chosen(ROWS, [], ["toy/formula-v1"]) == ROWS


def test_a_strategy_without_a_row_is_refused():
    with pytest.raises(InvalidOption, match=r"No row is of 'ramdom'. Did you mean 'random'\?"):
        chosen(ROWS, ["ramdom"], [])


def test_a_strategy_of_a_table_that_names_none_is_refused_in_a_whole_sentence():
    rows = (Published("toy/formula-v1", "", 10, 99.0),)
    for name in ("random", ""):
        with pytest.raises(InvalidOption, match=r"No row of this table names a strategy; ask for all of them\."):
            chosen(rows, [name], [])


def test_strategies_and_benchmarks_without_a_common_row_are_refused():
    rows = (*ROWS, Published("nb201/cifar10-v1", "agnet", 96, 91.55))
    with pytest.raises(InvalidOption, match="No row is of both"):
        chosen(rows, ["agnet"], ["toy/formula-v1"])


def test_the_published_tables_name_benchmarks_and_strategies_with_ids():
    rows = [row for item in reproductions().values() for row in item.rows]
    assert {"nb201/cifar10-v1", "nb101/cifar10-v1"} <= {row.benchmark for row in rows}
    assert all(
        0 < row.value < 100 and (row.trials > 0 or not row.strategy) for row in rows if row.benchmark[:2] == "nb"
    )


def test_an_unknown_table_is_named_with_the_nearest():
    with pytest.raises(InvalidOption, match=r"There is no reproduction 'nb21'. Did you mean .*'nb201'"):
        find("nb21")


def test_a_table_of_two_plugins_is_refused(offered):
    manager().register(Offers(), "offers-too")
    try:
        with pytest.raises(InvalidOption, match="Reproduction 'small' is offered by two plugins; uninstall one"):
            reproductions()
    finally:
        manager().unregister(name="offers-too")


def test_the_command_prints_ours_beside_theirs(offered, tmp_path):
    ran = CliRunner().invoke(reproduce, ["small", "--seeds", "3", "--store", str(tmp_path)], catch_exceptions=False)
    title, source, notes, head, *rows = ran.stdout.splitlines()
    assert (title, source, notes) == ("The toy space", "Published: nobody.", "Made up.")
    assert "ours, 3 seeds [95% interval]" in head
    last = rows[2].split()
    assert last[:6] == ["local-search", "local-search", "toy/formula-v1", "10", "goal", "200.00"]
    assert [len(number.strip("[,]").partition(".")[2]) for number in last[6:9]] == [3, 3, 3]
    assert last[9:11] == ["short", "by"]
    assert rows[0].split()[:2] == ["random", "search"]


def test_the_command_gives_json(offered, tmp_path):
    given = ["small", "-s", "local-search", "--seeds", "3", "--store", str(tmp_path), "--json"]
    found = json.loads(CliRunner().invoke(reproduce, given, catch_exceptions=False).stdout)
    assert [row["value"] for row in found] == [200.0]
    assert found[0]["verdict"].startswith("short by")


def test_the_command_lists_the_tables(offered):
    assert "small" in CliRunner().invoke(cli, ["reproduce"], catch_exceptions=False).output
    listed = json.loads(CliRunner().invoke(cli, ["reproduce", "--json"], catch_exceptions=False).stdout)
    assert {"name": "small", "title": "The toy space", "rows": 3} in listed


@pytest.mark.parametrize("option", [("-s", "random"), ("--published",), ("--seeds", "5"), ("--store", "x", "--json")])
def test_options_of_a_table_that_is_not_named_are_refused(option):
    raised = CliRunner().invoke(cli, ["reproduce", *option]).exception
    assert "Name the table to run again; `nasapi reproduce` alone lists them" in str(raised)


class OffersItsOwn:
    """A plugin whose table runs and prints itself."""

    @hookimpl
    def nasapi_reproductions(self):
        return [Reproduction("own", "Its own", "nobody", (), run="builtins:print", missing=("a part.",))]


def test_a_table_that_runs_itself_is_called_with_the_options(monkeypatch, tmp_path):
    received = {}
    monkeypatch.setattr("builtins.print", lambda **options: received.update(options))
    manager().register(OffersItsOwn(), "own")
    try:
        ran = CliRunner().invoke(reproduce, ["own", "-s", "random", "--seeds", "4", "--store", str(tmp_path)])
    finally:
        manager().unregister(name="own")
    wanted = {"strategies": ("random",), "benchmarks": (), "seeds": 4, "jobs": 1, "store": tmp_path, "as_json": False}
    assert received == wanted
    assert ran.output == "Missing: a part.\n"


ABSENT = Published("nb101/cifar10-v1", "random", 6, 91.0)


class OffersHalf:
    """A plugin with a table of one row that can be run and one that cannot."""

    @hookimpl
    def nasapi_reproductions(self):
        return [Reproduction("half", "Half", "nobody", (ROWS[0], ABSENT))]


@pytest.fixture
def half(monkeypatch, tmp_path):
    """That plugin, where no table has been downloaded."""
    pytest.importorskip("nasapi_nb101", reason="nasapi-nb101 has the benchmark whose table is absent")
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "empty"))
    manager().register(OffersHalf(), "half")
    yield
    manager().unregister(name="half")


def test_rows_without_their_table_are_skipped_with_a_sentence(half):
    left, skipped = runnable((ROWS[0], ABSENT))
    assert left == (ROWS[0],)
    assert len(skipped) == 1
    assert skipped[0].startswith("Rows on 'nb101/cifar10-v1' are skipped: Table 'nb101' (NAS-Bench-101) is not here;")
    assert "nasapi data get nb101" in skipped[0]


def test_without_any_table_one_sentence_says_how_to_get_it(half):
    with pytest.raises(NotAvailable, match=r"No row can be run: Table 'nb101' .* run `nasapi data get nb101`"):
        runnable((ABSENT,))


def test_the_command_runs_what_it_can(half, tmp_path):
    given = ["half", "--seeds", "3", "--store", str(tmp_path / "store"), "--json"]
    ran = CliRunner().invoke(reproduce, given, catch_exceptions=False)
    rows = {row["benchmark"]: row for row in json.loads(ran.stdout)}
    assert rows["toy/formula-v1"]["mean"] > 0
    assert rows["nb101/cifar10-v1"]["mean"] is None
    assert rows["nb101/cifar10-v1"]["verdict"] == "published, its table is not here"
    assert "Rows on 'nb101/cifar10-v1' are skipped" in ran.stderr


def test_the_test_accuracies_of_nb101_are_rows_beside_the_validation_accuracies():
    rows = find("nb101").rows
    assert {row.benchmark.partition("[")[0] for row in rows} == {"nb101/cifar10-v1", "nb101/cifar10-test-v1"}
    assert [row.metric for row in chosen(rows, ["random"], ["nb101/cifar10-v1"])] == ["", "test_accuracy"]
    assert [(row.value, row.trials) for row in rows if row.label == "WeakNAS, test"] == [(94.18, 200)] * 2
    assert "no fair comparison" in find("nb101").notes


def test_a_search_for_test_accuracy_itself_has_no_verdict():
    with_verdict = {row.benchmark.partition("[")[0] for row in find("nb101").rows if row.strategy and not row.instead}
    assert with_verdict == {"nb101/cifar10-v1"}
    optima = [(row.value, row.metric) for row in find("nb101").rows if not row.strategy]
    assert optima == [(95.06, ""), (94.32, "test_accuracy")]


def expected_best(goal, shown, n):
    """The expectation of `shown` (N,) for the largest `goal` (N,) of `n` rows without repetition, ties averaged."""
    _, group, count = np.unique(goal, return_inverse=True, return_counts=True)
    below = np.cumsum(count).astype(np.float64)
    # the chance that all n rows are among the `below` smallest: a ratio of binomial coefficients
    factors = np.clip(below[:, None] - np.arange(n), 0, None) / (len(goal) - np.arange(n))
    chance = np.diff(factors.prod(axis=1), prepend=0.0)
    return float(chance @ (np.bincount(group, shown) / count))


@pytest.mark.parametrize(("name", "implied"), IMPLIED)
def test_the_numbers_on_graphs_follow_from_the_table(name, implied):
    pytest.importorskip("nasapi_graph", reason="its rows need nasapi-graph")
    benchmark = nasapi.load_benchmark(f"graph/{name}-v1")
    space = benchmark.problem.space
    codes = np.concatenate(list(space.enumerate()))
    measured = benchmark.objective.evaluate(codes)
    goal = measured[benchmark.problem.goals[0].name]
    (test,) = (measured[metric.name] for metric in benchmark.objective.metrics if metric.split == "test")
    _, once = np.unique(space.canonical(codes), axis=0, return_index=True)
    found = (
        expected_best(goal, goal, TRIALS),
        expected_best(goal, goal, LONG),
        expected_best(goal, test, TRIALS),
        np.quantile(test[once], 0.95),
    )
    np.testing.assert_allclose(found, implied, atol=0.00051)


def test_random_search_on_graphs_is_reproduced(tmp_path):
    pytest.importorskip("nasapi_graph", reason="its rows need nasapi-graph")
    rows = chosen(find("graph").rows, ["random"], ["graph/cora-v1"])
    exact = [row for row in rows if row.label.startswith("random search, exact")]
    assert [outcome.verdict for outcome in compare(exact, tmp_path, seeds=30)] == ["holds"] * 3


def test_ours_and_a_table_that_stands_in_have_no_verdict(tmp_path):
    rows = (
        Published("toy/formula-v1", "marginals", 10, 80.0),
        Published("toy/formula-v1", "random", 10, 80.0, instead="another table"),
        Published("toy/formula-v1", "random", 10, 80.0, runs=0),
    )
    ours, other, published = (outcome.verdict for outcome in compare(rows, tmp_path, seeds=6))
    assert ours.startswith("ours, +")
    assert other.startswith("another table, +")
    assert published.startswith("better by")


def test_rows_that_are_not_rerun_are_printed_as_published(offered, tmp_path):
    class Remeasured:
        @hookimpl
        def nasapi_reproductions(self):
            rows = (Published("toy/formula-v1", "", 304, 95.86, 0.18, label="AG-Net"), ROWS[0])
            return [Reproduction("remeasured", "Remeasured", "nobody", rows)]

    manager().register(Remeasured(), "remeasured")
    try:
        ran = CliRunner().invoke(
            reproduce, ["remeasured", "--seeds", "3", "--store", str(tmp_path)], catch_exceptions=False
        )
    finally:
        manager().unregister(name="remeasured")
    line = next(line for line in ran.output.splitlines() if "AG-Net" in line)
    assert "published, not rerun" in line
    assert "95.86 ± 0.18" in line


def test_every_table_of_the_slides_is_offered():
    assert {"nb101", "nb201", "nb301", "nlp", "graph"} <= reproductions().keys()
    columns = {(row.strategy, row.metric) for row in find("nb201").rows}
    assert {("agnet", "test_accuracy"), ("agnet[round=1]", ""), ("bananas", "test_accuracy")} <= columns


def test_published_rows_are_printed_without_running_anything(offered, tmp_path):
    ran = CliRunner().invoke(reproduce, ["small", "--published", "--store", str(tmp_path)], catch_exceptions=False)
    lines = [line for line in ran.output.splitlines() if line.endswith("published, not rerun")]
    assert len(lines) == len(ROWS)
    assert not list(tmp_path.iterdir())


def test_a_table_that_is_only_counted_is_printed_among_the_published_and_no_table_has_0_rows():
    pytest.importorskip("nasapi_darts", reason="table 4 is of the DARTS space")
    ran = CliRunner().invoke(reproduce, ["table4", "--published", "-s", "DARTS_V2"], catch_exceptions=False)
    assert "DARTS_V2 = Genotype(" in ran.output
    listed = CliRunner().invoke(reproduce, [], catch_exceptions=False).output.splitlines()
    assert len(listed) > 3 and not any(line.split()[-1] == "0" for line in listed)
    ran = CliRunner().invoke(reproduce, ["ablations", "--published"], catch_exceptions=False)
    assert "ablations has no rows of published numbers" in ran.output


def test_without_its_table_every_row_is_printed_and_the_command_fails(half, tmp_path):
    ran = CliRunner().invoke(reproduce, ["half", "-b", ABSENT.benchmark, "--store", str(tmp_path / "store")])
    assert "published, its table is not here" in ran.output
    assert isinstance(ran.exception, NotAvailable)


def test_what_a_source_has_and_the_rows_do_not_is_reported():
    message = " ".join(sentence for item in reproductions().values() for sentence in item.missing)
    assert [name for name in ("SGNAS", "GANAS", "nbnlp_v01") if name not in message] == []
    with_verdict = {row.benchmark for row in find("nb301").rows if not row.instead}
    assert with_verdict == {"darts/nb301-xgb-0.9-v1"}  # the surrogate that the numbers were published with


def test_methods_that_were_published_with_draws_of_codes_are_run_with_them():
    drawn = {row.strategy: "[draw=codes]" in row.benchmark for row in find("nb101").rows}
    assert [drawn[name] for name in ("random", "local-search", "agnet", "weaknas")] == [True, True, False, False]
