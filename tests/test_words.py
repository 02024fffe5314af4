"""Names of others are text: in terminals, CSV, LaTeX, figures and errors."""

import csv
import io
import re
import xml.etree.ElementTree

import numpy as np
import pytest
import report_sources as sources
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from nasapi.cli.console import show_csv, show_json, show_message, show_pairs, show_table
from nasapi.errors import InvalidOption
from nasapi.pictures.cell import escape as svg_escape
from nasapi.words import counted, csv_cell, printable, quoted, say, seeds_option, shortened, spans

pytest.importorskip("nasapi_report", reason="figures and pages are its own")

from nasapi_report import write_report
from nasapi_report.canvas import label
from nasapi_report.formats import escape, to_csv

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
NAMES = ("$\\frac{x$", "$x_1$", "_hidden.py:S", "a\x1b[31mb", "<b>&\"'", "=1+1", "日本", "x" * 500)


@given(st.text())
def test_what_is_printed_has_nothing_that_a_terminal_obeys(text):
    assert not OBEYED.search(printable(text))
    printable(text).encode()
    assert printable(printable(text)) == printable(text)


def test_every_way_of_printing_spells_control_characters_out(capsys):
    text = "a\x1b]0;b\x07\x9b31m\u202e"
    show_message(text)
    show_table((text,), [(text,)])
    show_pairs({text: text})
    show_json({text: text})
    show_csv((text,), [(text,)])
    out, error = capsys.readouterr()
    assert not OBEYED.search(out + error)
    assert "\\x1b" in out and "\\u001b" in out


def test_colours_are_left_out_where_nobody_reads_them(capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    show_pairs({"a": "b"})
    assert capsys.readouterr().out == "a  b\n"


@given(st.text(max_size=20).map(lambda text: "=+-@"[len(text) % 4] + text))
def test_no_cell_of_csv_is_a_formula(text):
    cell = next(csv.reader(io.StringIO(to_csv([text], []), newline="")))[0]
    assert not re.match(r"[=+\-@\t\r]", cell) or (re.fullmatch(r"[+-]\S*", cell) and float(cell) is not None)


def test_numbers_of_csv_stay_numbers():
    assert to_csv(["a", "b"], [(-1.5, "-2")]) == "a,b\r\n-1.5,-2\r\n"


@given(st.text())
def test_text_of_latex_ends_no_line_and_svg_is_xml(text):
    assert "\n" not in escape(text)
    try:
        xml.etree.ElementTree.fromstring(f"<t>{svg_escape(text)}</t>")
    except xml.etree.ElementTree.ParseError:
        assert set(text) & {"\ufffe", "\uffff"}


def test_a_long_error_is_cut():
    assert len(str(InvalidOption("x" * 5_000_000))) <= 2000
    assert shortened(shortened("y" * 9000)) == shortened("y" * 9000)
    assert str(InvalidOption("short")) == "short"


@pytest.mark.filterwarnings("error")
def test_a_report_draws_names_as_text(tmp_path):
    benchmark = evolve(sources.toy(), description="$\\alpha$ \x1b[0m")
    source = sources.study([benchmark], [sources.Named(name) for name in NAMES], 3)
    write_report(source, tmp_path / "page")
    for file in (tmp_path / "page").rglob("*.svg"):
        xml.etree.ElementTree.parse(file)
    assert not OBEYED.search((tmp_path / "page" / "index.html").read_text())
    for file in (tmp_path / "page" / "tables").iterdir():
        assert "\x1b" not in file.read_text()
    assert np.size(list((tmp_path / "page" / "figures").glob("*.png"))) > 3


def test_a_label_is_one_short_line_that_a_legend_shows():
    assert label("_x\ny") == " _x y"
    assert len(label("z" * 500)) == 48


def test_a_text_is_cut_to_what_it_may_have_and_says_how_long_it_was():
    assert shortened("a" * 50, 50) == "a" * 50
    cut = shortened("a" * 5100, 50)
    assert len(cut) == 50 and cut.endswith("aaa… (cut from 5,100 characters)")
    assert shortened("a" * 51, 3) == "… (cut from 51 characters)"


def test_what_a_person_gave_is_quoted_and_cut():
    assert (quoted("it's"), quoted("a" * 61), quoted("a" * 60)) == ('"it\'s"', f"'{'a' * 60}'…", f"'{'a' * 60}'")
    assert (quoted((1, 2)), quoted("abc", 2)) == ("(1, 2)", "'ab'…")


def test_numbers_take_the_words_that_go_with_them():
    assert [counted(number, "run is", "runs are") for number in (0, 1, 2)] == ["0 runs are", "1 run is", "2 runs are"]


def test_control_characters_are_spelt_as_in_python_or_in_json():
    assert printable("a\tb\n\x00\x9b\u2028\ud800") == "a\tb\n\\x00\\x9b\\u2028\\ud800"
    assert printable("\x00\u2028", json_escapes=True) == "\\u0000\\u2028"


def test_rising_numbers_in_a_row_are_a_range():
    assert [spans(numbers) for numbers in ((), (5,), (0, 1, 2, 3, 7), (1, 3, 4, 9, 10))] == [
        "",
        "5",
        "0-3,7",
        "1,3-4,9-10",
    ]
    assert [seeds_option(seeds) for seeds in ((5,), (0, 1), (1, 3))] == ["5-5", "0-1", "1,3"]


def test_a_line_on_stderr_is_one_sentence_of_ours(capsys):
    say("it broke\x1b[0m" + "x" * 5000)
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("nasapi: it broke\\x1b[0mxxx") and error.endswith("characters)\n")
    assert len(error) < 2100


def test_only_text_that_would_run_gets_an_apostrophe():
    cells = ["=1", "+a", "-a", "@a", "\ta", "a=1", "-1.5", "+2e3", "", 3, None]
    assert [csv_cell(cell) for cell in cells] == [
        "'=1",
        "'+a",
        "'-a",
        "'@a",
        "'\ta",
        "a=1",
        "-1.5",
        "+2e3",
        "",
        3,
        None,
    ]
