"""What objects show of themselves: short at a prompt, escaped in a notebook."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest
from attrs import evolve

import nasapi
from nasapi.constraint import Constraint
from nasapi.frames import html_of, html_pairs
from nasapi.pictures import Cell
from nasapi.running.study import Study
from nasapi.tables import query
from nasapi.testing.problems import two_goals
from nasapi.testing.toy import Toy, ToyObjective, toy_v1

pytest.importorskip("nasapi_baselines", reason="the strategies are its own")

HOSTILE = "<script>alert(1)</script>&\x1b2J"
SPELT = "<script>alert(1)</script>&\\x1b2J"
TABLE = {"table", "caption", "tr", "th", "td", "p"}


class Tags(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def study() -> Study:
    return Study([toy_v1()], ["random"], 2).run(backend="inline")


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (toy_v1(), "<benchmark toy/formula-v1: maximise valid_accuracy on toy, 10 trials>"),
        (two_goals().problem, "<problem: maximise valid_accuracy and minimise params on toy"),
        (ToyObjective(), "<objective ToyObjective of toy: valid_accuracy, test_accuracy, params>"),
        (nasapi.load_strategy("evolution", population=20), "<strategy evolution[population=20]: Evolution>"),
        (Cell(Toy(), np.array([2, 1, 0])), "<cell of toy: conv|skip|none>"),
        (nasapi.load_encoder("path", Toy()), "<encoder Path of toy>"),
    ],
)
def test_a_line_says_what_a_thing_is(thing, words):
    assert repr(thing).startswith(words)
    assert len(repr(thing)) < 200


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        (Constraint("params", upper=100), "params up to 100"),
        (Constraint("latency", lower=1.5), "latency from 1.5"),
        (Constraint("latency", 1, 2), "latency from 1 up to 2"),
    ],
)
def test_a_constraint_is_reported_in_words(constraint, words):
    assert str(constraint) == words


def test_a_study_and_its_store_say_how_many_runs_they_have(tmp_path):
    study = Study([toy_v1()], ["random"], 2, store=tmp_path / "s").run(backend="inline")
    assert repr(study) == "<study of 1 benchmark, 1 strategy and 2 seeds: 2 of 2 runs done>"
    assert repr(nasapi.Store(tmp_path / "s")) == f"<store {str(tmp_path / 's')!r}: 2 runs>"


def test_a_notebook_shows_what_matters(study):
    shown = {
        "maximise valid_accuracy on toy, 10 trials": toy_v1(),
        "the best with valid_accuracy": study.histories()[0],
        "2 of 2": study,
        "valid_accuracy at the end of a run": study.leaderboard(),
        "22 architectures of toy": query("toy/formula"),
    }
    for words, thing in shown.items():
        page = Tags(thing._repr_html_())
        assert words in page.text
        assert "table" in page.tags


def test_a_long_selection_is_shown_in_part():
    assert query("toy/formula")._repr_html_().count("<tr>") == 21
    assert "of which the first 20" in query("toy/formula")._repr_html_()


def test_a_cell_is_shown_as_it_is_drawn():
    page = query("toy/formula").top(1).cell()._repr_html_()
    assert page.startswith("<svg")
    assert "<title>conv|conv|conv</title>" in page


def test_text_of_others_is_escaped(study):
    strange = evolve(study.histories()[0], strategy=HOSTILE, benchmark=HOSTILE)
    benchmark = evolve(toy_v1(), id=HOSTILE, spec=HOSTILE, description=HOSTILE)
    board = evolve(study.leaderboard(), benchmark=HOSTILE)
    for thing in (strange, benchmark, board, Study([benchmark], ["random"], 1)):
        page = Tags(thing._repr_html_())
        assert page.tags <= TABLE
        assert SPELT in page.text


def test_names_and_cells_of_a_table_are_escaped():
    page = html_of(HOSTILE, {HOSTILE: [HOSTILE, None, 1.25, float("nan")]}, most=2)
    assert Tags(page).tags == TABLE
    assert "and 2 more" in page
    assert Tags(html_pairs(HOSTILE, {HOSTILE: HOSTILE, "empty": ""})).text == SPELT * 3
