"""The permutation control: values handed round, who still finds the best, and what cannot be permuted."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_reproduce.command import control as command
from nasapi_reproduce.control import Permuted, control, networks_of

import nasapi
from nasapi.errors import InvalidOption, NotAvailable

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


def test_random_search_finds_the_best_by_chance_alone():
    (row,) = control([TOY], ["random"], range(60), trials=6)
    assert row.permuted.low <= row.chance
    assert 0.2 < row.permuted.value < 0.6
    assert row.p > 0.05
    assert "no more often than chance" in row.sentence


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


def test_the_command_gives_json():
    given = [TOY, "-s", "random", "--seeds", "3", "--trials", "4", "--json"]
    (row,) = json.loads(CliRunner().invoke(command, given, catch_exceptions=False).output)
    assert row["benchmark"].startswith(TOY)
    assert row["sentence"]
