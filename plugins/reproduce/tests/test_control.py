"""The permutation control: values handed round, who still finds the best, and what cannot be permuted."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_report.counted_controls import SHIPPED, read_controls
from nasapi_reproduce.command import control as command
from nasapi_reproduce.control import Permuted, control, every_table, networks_of

import nasapi
from nasapi.cli.main import cli
from nasapi.errors import InvalidOption, NotAvailable, StoreError
from nasapi.plugins import entries

TOY = "toy/formula-v1"
AIMS = """
from attrs import define
from nasapi import Strategy


@define(eq=False)
class Aims(Strategy):
    \"\"\"Asks for the best network of the toy first, whatever it is told.\"\"\"

    def ask(self, n):
        code = self.problem.space.parse("conv|conv|skip")
        return self.problem.trials([code])

    def tell(self, results):
        pass
"""


def test_values_are_handed_round_among_networks():
    benchmark = nasapi.load_benchmark(TOY)
    networks = networks_of(benchmark)
    order = np.random.default_rng(0).permutation(len(networks))
    permuted = Permuted(benchmark.objective, networks, order)
    own, other = (one.evaluate(networks, None, None)["valid_accuracy"] for one in (benchmark.objective, permuted))
    np.testing.assert_array_equal(other, own[order])
    codes = benchmark.problem.space.sample(30, np.random.default_rng(1))
    same = permuted.evaluate(benchmark.problem.space.canonical(codes), None, None)["valid_accuracy"]
    np.testing.assert_array_equal(permuted.evaluate(codes, None, None)["valid_accuracy"], same)


def test_a_pair_that_is_named_twice_is_one_row_and_corrected_as_one():
    once = control([TOY], ["random"], range(4), trials=6)
    assert control([TOY, TOY], ["random", "random"], range(4), trials=6) == once and len(once) == 1


def test_what_another_control_counted_meanwhile_is_kept(tmp_path):
    store = tmp_path / "controls.json"

    def beside(row):
        if row.strategy == "random":
            control([TOY], ["local-search"], range(2), trials=3, store=store)

    control([TOY], ["random", "evolution"], range(2), trials=3, store=store, progress=beside)
    assert {row.strategy for row in read_controls(store)} == {"random", "local-search", "evolution"}


def test_a_budget_beside_the_trials_and_a_place_without_room_are_refused_before_any_run(tmp_path):
    with pytest.raises(InvalidOption, match="The budget of a control is its trials; leave it out of 'toy/formula-v1"):
        control([f"{TOY}[budget=5]"], ["random"], range(2))
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"The file of controls '.*file/x.json' cannot be written"):
        control([TOY], ["random"], range(10**9), store=tmp_path / "file" / "x.json")


def test_random_search_finds_the_best_by_chance_alone():
    (row,) = control([TOY], ["random"], range(60), trials=6)
    assert row.permuted.low <= row.chance
    assert 0.2 < row.permuted.value < 0.6
    assert row.p > 0.05
    assert "is not shown to find the best network more often than chance" in row.sentence


def test_a_strategy_that_aims_at_the_best_without_learning_is_seen(tmp_path):
    benchmark = nasapi.load_benchmark(TOY)
    networks = networks_of(benchmark)
    values = benchmark.objective.evaluate(networks, None, None)["valid_accuracy"]
    best = benchmark.problem.space.format(networks[values.argmax()])
    (tmp_path / "aims.py").write_text(AIMS.replace("conv|conv|skip", best))
    (row,) = control([TOY], [f"{tmp_path / 'aims.py'}:Aims"], range(5), trials=1)
    assert (row.real.value, row.permuted.value) == (1.0, 1.0)
    assert row.p < 0.001
    assert "structure, not learning" in row.sentence


def test_what_cannot_be_permuted_is_refused():
    pytest.importorskip("nasapi_moo")
    with pytest.raises(InvalidOption, match="needs at least 2 seeds, not 1"):
        control([TOY], ["random"], [0])
    pytest.importorskip("nasapi_nb101")
    from nasapi.testing import problems

    with pytest.raises(NotAvailable, match="cannot be permuted"):
        networks_of(problems.made_up(nasapi.load_space("nb101")))


def test_what_is_measured_when_it_is_asked_for_is_not_permuted(monkeypatch):
    toy = nasapi.load_benchmark(TOY)
    monkeypatch.setattr(type(toy.objective), "deterministic", False)
    with pytest.raises(NotAvailable, match=r"its values are measured when they are asked for, .* for all 22; choose"):
        networks_of(toy)


RAISING = """
import attrs
from nasapi import Benchmark
from nasapi.testing.toy import ToyObjective, toy_v1

class Raises(ToyObjective):
    def evaluate(self, codes, fidelity=None, noise=None):
        raise ValueError("no such row")

def raising() -> Benchmark:
    return attrs.evolve(toy_v1(), id="toy/raising-v1", spec="", objective=Raises())
"""


def test_a_benchmark_that_cannot_be_evaluated_is_refused_in_a_sentence(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(RAISING)
    with pytest.raises(
        InvalidOption,
        match=r"toy/raising-v1 cannot be permuted, .*: ValueError: no such row \(mine.py, line 8\)\. Mend",
    ):
        control([f"{file}:raising"], ["random"], [0, 1], trials=3)


def test_the_command_gives_json():
    given = [TOY, "-s", "random", "--seeds", "3", "--trials", "4", "--json"]
    (row,) = json.loads(CliRunner().invoke(command, given, catch_exceptions=False).output)
    assert row["benchmark"].startswith(TOY)
    assert row["sentence"]


def test_a_control_that_was_stopped_goes_on(tmp_path, monkeypatch):
    store = tmp_path / "controls.json"
    first = control([TOY], ["random"], range(4), 3, store)
    monkeypatch.setattr("nasapi_reproduce.control.run", None)
    assert control([TOY], ["random"], range(4), 3, store) == first
    with pytest.raises(TypeError):
        control([TOY], ["random"], range(5), 3, store)  # other seeds are other runs


def test_settings_of_one_benchmark_are_counted_apart_and_kept_apart(tmp_path):
    store = tmp_path / "controls.json"
    settings = [TOY, f"{TOY}[workers=2]"]
    rows = control(settings, ["random"], range(3), 3, store)
    assert [row.benchmark for row in rows] == settings
    assert [row.benchmark for row in read_controls(store)] == settings


def test_every_table_that_is_here_and_can_be_permuted_is_offered(monkeypatch):
    pytest.importorskip("nasapi_nb101", reason="one of its tables is not here, another space cannot be listed")
    few = [pair for pair in entries("benchmark") if pair[0].id.startswith(("toy/", "nb101/"))]
    monkeypatch.setattr("nasapi_reproduce.control.entries", lambda kind: few)
    monkeypatch.setenv("NASAPI_DATA", "nowhere")
    named, left_out = every_table()
    assert TOY in named
    assert [sentence.partition(" is left out: ")[0] for sentence in left_out][-1] == "nb101/cifar10-v1"


def test_benchmarks_are_named_or_all_of_them_are_taken():
    for given in (["-s", "random"], [TOY, "--every", "-s", "random"]):
        ran = CliRunner().invoke(cli, ["control", *given], standalone_mode=False)
        assert isinstance(ran.exception, InvalidOption)
        assert "give one of the two" in str(ran.exception)


def test_each_row_is_told_of_as_it_is_counted():
    seen = []
    rows = control([TOY], ["random", "local-search"], range(2), 2, progress=seen.append)
    assert [row.strategy for row in seen] == [row.strategy for row in rows] == ["random", "local-search"]


def test_an_interrupted_control_says_what_is_kept(monkeypatch, tmp_path):
    def interrupted(*given, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("nasapi_reproduce.control.run", interrupted)
    store = tmp_path / "controls.json"
    given = [TOY, "-s", "random", "--seeds", "2"]
    alone = CliRunner().invoke(command, given)
    kept = CliRunner().invoke(command, [*given, "--store", str(store)])
    assert (alone.exit_code, kept.exit_code) == (130, 130)
    assert "nothing was kept without --store" in alone.output
    assert f"what was counted is in {str(store)!r}" in kept.output


def test_the_report_quotes_what_is_kept():
    kept = Path(__file__).parents[3] / "benchmarks" / "results" / "control.json"
    if not kept.exists():
        pytest.skip("benchmarks/results is not beside this package")
    rows = json.loads(kept.read_text())["found"]["rows"]
    shipped = {(row.benchmark, row.strategy): (row.real, row.permuted) for row in read_controls(SHIPPED)}
    assert rows
    for table, strategy, real, permuted, *_ in rows:
        assert shipped[table.strip("`"), strategy.strip("`")] == (int(real), int(permuted))
