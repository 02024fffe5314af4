"""Ablations: effects on a toy, sentences where there is one, and what cannot be had."""

import json

import pytest
from click.testing import CliRunner
from nasapi_report.stats.intervals import Estimate
from nasapi_reproduce.ablations import PARTS, TABLES, Effect, Part, effects, sentences
from nasapi_reproduce.command import reproduce

from nasapi.errors import InvalidOption
from nasapi.plugins import Spec

TOY = "toy/formula-v1"
GOOD = Part("climbing", "local-search", "random", "draws")


def test_a_part_that_matters_is_reported_to_matter_and_one_that_does_not_is_not(tmp_path):
    found, left_out = effects([GOOD], [TOY], 30, tmp_path, trials=12)
    assert not left_out
    (effect,) = found
    assert effect.difference.value == pytest.approx(effect.whole.value - effect.without.value)
    assert effect.makes_a_difference == (effect.p <= 0.05)
    assert effect.difference.value > 0


def test_runs_are_kept_and_not_done_again(tmp_path):
    done = []
    first, _ = effects([GOOD], [TOY], 3, tmp_path, trials=6)
    again, _ = effects([GOOD], [TOY], 3, tmp_path, trials=6, progress=lambda *given: done.append(given[2]))
    assert first == again
    assert done and all(history is None for history in done)


def test_sentences_name_the_tables_on_which_a_part_matters():
    nothing = Estimate(0.0, -1.0, 1.0)
    found = [
        Effect("a", "t1", nothing, nothing, Estimate(0.4, 0.1, 0.7), 0.01),
        Effect("a", "t2", nothing, nothing, Estimate(-0.4, -0.7, -0.1), 0.02),
        Effect("a", "t3", nothing, nothing, Estimate(0.4, 0.1, 0.7), 0.06),
        Effect("b", "t1", nothing, nothing, nothing, 1.0),
    ]
    assert list(sentences(found)) == [
        "a makes a difference: it helps on t1 and it harms on t2, of 3 tables.",
        "b makes no difference that these runs show on any of 1 tables.",
    ]


PICKY = """
from nasapi.errors import NotAvailable
from nasapi.testing.search import ToySearch


class Picky(ToySearch):
    def __init__(self, problem, rng):
        raise NotAvailable("Picky searches spaces of a million codes and more.")
"""


def test_a_part_whose_strategy_refuses_a_table_is_left_out_there_with_its_reason(tmp_path):
    (tmp_path / "picky.py").write_text(PICKY)
    picky = Part("pickiness", f"{tmp_path}/picky.py:Picky", "random", "draws")
    found, left_out = effects([picky, GOOD], [TOY], 2, tmp_path / "store", trials=4)
    assert [effect.part for effect in found] == ["climbing"]
    assert left_out == [f"pickiness is left out on {TOY}: Picky searches spaces of a million codes and more."]


def test_fewer_than_two_seeds_are_refused():
    with pytest.raises(InvalidOption, match="needs at least 2 seeds, not 1"):
        effects([GOOD], [TOY], 1, None)


def test_every_part_names_strategies_that_are_there():
    import nasapi

    for part in PARTS:
        for spec in (part.whole, part.without):
            assert nasapi.load_strategy(spec).spec
            assert Spec.parse(spec).id == Spec.parse(part.whole).id
    assert len(TABLES) == 6


def test_the_command_refuses_what_it_has_not(tmp_path):
    ran = CliRunner().invoke(reproduce, ["ablations", "-s", "agnt", "--store", str(tmp_path)])
    assert "No ablation is of 'agnt'" in str(ran.exception)


def test_the_command_gives_json(tmp_path, monkeypatch):
    monkeypatch.setattr("nasapi_reproduce.ablations.PARTS", (GOOD,))
    monkeypatch.setattr("nasapi_reproduce.ablations.TABLES", (TOY,))
    given = ["ablations", "--seeds", "2", "--store", str(tmp_path), "--json"]
    (row,) = json.loads(CliRunner().invoke(reproduce, given, catch_exceptions=False).stdout)
    assert row["part"] == "climbing"
    assert row["makes_a_difference"] in (True, False)
