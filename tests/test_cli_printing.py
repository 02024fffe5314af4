"""How commands print: tables, pairs, JSON, messages and progress, at a terminal and elsewhere."""

from __future__ import annotations

import io
import json
import re
import sys

import click
import pytest
from stores import Drawing

import nasapi
from nasapi.cli import console
from nasapi.cli.progress import Lines, study_progress


def test_columns_are_as_wide_as_their_widest_cell_and_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_table(("name", "n"), [("a", 1.0), ("longer", 1234567.0), (None, float("nan"))], right=("n",))
    assert capsys.readouterr().out == "name            n\na               1\nlonger  1,234,567\n-               -\n"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_at_a_terminal_a_table_is_fitted_unless_colours_are_unwanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("NO_COLOR", raising=False)
    rows = [("[b]a[/b] " + "word " * 12, 5), ("b", 1234)]
    monkeypatch.setattr(sys, "stdout", Terminal())
    console.show_table(("name", "n"), rows, right=("n",))
    lines = click.unstyle(sys.stdout.getvalue()).splitlines()  # type: ignore[attr-defined]
    assert 30 < max(map(len, lines)) <= 40
    assert "[b]a[/b] word" in sys.stdout.getvalue()  # type: ignore[attr-defined]
    [five] = [line for line in lines if line.rstrip().endswith(" 5")]
    [many] = [line for line in lines if line.rstrip().endswith("1234")]
    assert len(five.rstrip()) == len(many.rstrip())
    assert len(lines) > 5
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm-256color")
    console.show_table(("name", "n"), rows, right=("n",))
    coloured = set(re.findall(r"\x1b\[([\d;]+)m", sys.stdout.getvalue()))  # type: ignore[attr-defined]
    assert coloured == {"1", "0"}  # headings alone are bold
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    console.show_table(("name", "n"), rows, right=("n",))
    assert len(sys.stdout.getvalue().splitlines()) == 3  # type: ignore[attr-defined]


def test_pairs_stand_one_a_line_and_empty_ones_are_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = {"a": "one\ntwo", "name": 0, "none": None, "text": "", "list": [], "no": False, "flag": 1.5}
    console.show_pairs(pairs)
    assert click.unstyle(capsys.readouterr().out) == "a     one\n      two\nname  0\nno    False\nflag  1.5\n"
    monkeypatch.setenv("NO_COLOR", "1")
    console.show_pairs({"a": 1})
    assert capsys.readouterr().out == "a  1\n"
    monkeypatch.delenv("NO_COLOR")
    assert console._styled("a") == click.style("a", fg="cyan")
    console.show_pairs({})
    assert capsys.readouterr().out == ""


def test_numbers_are_shown_as_people_read_them() -> None:
    shown = [console._text(value) for value in (5.0, -1234.0, 1e15, 123456.7, 99999.5, 1e12 + 0.5, 0.1234567, 1e-9, 7)]
    assert shown == ["5", "-1,234", "1e+15", "123,457", "99,999.5", "1e+12", "0.123457", "1e-09", "7"]
    assert console._text(99_999.123) == "99,999.1"
    assert console._text(-123456.7) == "-123,457"
    assert console._text("a\tb\nc\x1b") == "a\\tb\\nc\\x1b"


def test_json_has_null_for_what_is_not_finite_at_any_depth_and_letters_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.show_json({"é": [float("nan"), (1.5, {"x": float("-inf")})], "text": "nan", "none": None})
    out = capsys.readouterr().out
    assert '"é"' in out
    assert json.loads(out) == {"é": [None, [1.5, {"x": None}]], "text": "nan", "none": None}
    assert out.startswith('{\n  "é"')
    console.show_json(["\x1b\x9b\u202e"])
    assert capsys.readouterr().out == '[\n  "\\u001b\\u009b\\u202e"\n]\n'


def test_messages_go_to_stderr_without_what_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_message("a\x1b[31m")
    console.show_csv(("a", "b"), [(1, "x,y")])
    output = capsys.readouterr()
    assert (output.out, output.err) == ('a,b\n1,"x,y"\n', "a\\x1b[31m\n")
    assert console.first_paragraph("\n  One\n  two.\n\n  Three.") == "One two."
    assert console.first_paragraph(None) == ""


def test_progress_is_reported_in_about_ten_lines_with_the_time_that_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([100.0, 110.0, 130.0, 150.0])
    lines = Lines(lambda: next(times))
    lines(10, 50, None)
    for done in range(11, 20):
        lines(done, 50, object())  # type: ignore[arg-type]
    lines(49, 50, object())  # type: ignore[arg-type]
    lines(50, 50, object())  # type: ignore[arg-type]
    assert capsys.readouterr().err.splitlines() == [
        "10 of 50 runs are done already.",
        "15 of 50 runs after 10.0 s, 70.0 s left.",
        "49 of 50 runs after 30.0 s, 0.8 s left.",
        "50 of 50 runs after 50.0 s, 0.0 s left.",
    ]
    Lines(lambda: 0.0)(0, 1, None)
    assert capsys.readouterr().err == "1 run to do.\n"
    with study_progress() as progress:
        progress(0, 3, None)
    assert capsys.readouterr().err == "3 runs to do.\n"


def test_at_a_terminal_progress_is_a_bar_that_names_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "120")
    history = nasapi.run("toy/formula-v1[budget=2]", Drawing, seed=0)
    with study_progress() as progress:
        progress(1, 4, None)
        progress(2, 4, history)
    shown = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "toy/formula-v1[budget=2] Drawing" in shown
    assert "2/4" in shown
    assert "runs" in shown and "left" in shown


def test_at_a_terminal_one_bar_shows_one_study_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "120")
    with study_progress() as progress:
        progress(0, 4, None)
        progress(1, 7, None)
    assert "1/7" in sys.stderr.getvalue()  # type: ignore[attr-defined]
