"""Figures as files: their axes, ticks, styles and sizes."""

from __future__ import annotations

import io
from typing import Any

import pytest
from matplotlib.figure import Figure as Canvas
from matplotlib.image import imread
from nasapi_report import canvas
from nasapi_report.canvas import Figure


def test_a_figure_has_what_is_drawn_and_no_date() -> None:
    def draw(panel: Any) -> None:
        panel.plot([1, 2], [3, 4], gid="the-line")

    found = canvas.figure("name", "Title", "Caption", draw, height=2.0)
    assert (found.name, found.title, found.caption, found.wide) == ("name", "Title", "Caption", False)
    assert 'id="the-line"' in found.svg
    assert "<dc:date>" not in found.svg
    assert found.png[16:24] == (930).to_bytes(4, "big") + (300).to_bytes(4, "big")  # 6.2 by 2 inches, 150 dots
    assert found.svg == canvas.figure("name", "Title", "Caption", draw, height=2.0).svg


@pytest.mark.parametrize(("lines", "seen"), [("x", (True, False)), ("y", (False, True)), ("both", (True, True))])
def test_a_grid_lies_behind_what_is_drawn_at_the_ticks_of_the_axes_that_are_named(lines: Any, seen: Any) -> None:
    panel = Canvas().subplots()
    canvas.light_grid(panel, lines)
    assert panel.get_axisbelow() is True
    drawn = [[line.get_visible() for line in axis.get_gridlines()] for axis in (panel.xaxis, panel.yaxis)]
    assert [all(each) for each in drawn] == [any(each) for each in drawn] == list(seen)


@pytest.mark.parametrize("name", ["架构", r"$\nosuch{$"])
def test_letters_that_the_font_lacks_are_boxes_and_dollars_no_formula(name: str) -> None:
    found = canvas.figure("name", "Title", "Caption", lambda panel: panel.set_xlabel(name))
    assert found.svg and found.png[20:24] == (555).to_bytes(4, "big")  # 3.7 inches unless another height is given


def test_a_figure_has_no_ground_on_a_page_and_a_white_one_as_a_picture() -> None:
    seen: list[Any] = []

    def draw(panel: Any) -> None:
        seen.extend(panel.spines[side].get_visible() for side in ("left", "bottom", "top", "right"))

    found = canvas.figure("name", "Title", "Caption", draw)
    assert seen == [True, True, False, False]
    assert "#ffffff" not in found.svg
    pixels = imread(io.BytesIO(found.png))
    assert (pixels[0, 0] == 1).all()
    assert (pixels[200, 400] == 1).all()  # within the axes


def test_panels_share_their_axis_and_three_are_wide() -> None:
    seen: list[Any] = []

    def draw(panels: Any) -> None:
        panels[0].plot([0, 1], [0, 50])
        seen.append([panel.get_ylim() for panel in panels])

    wide = canvas.figure("name", "t", "c", draw, panels=3, height=2.0)
    assert wide.wide
    assert len(seen[0]) == 3
    assert len(set(seen[0])) == 1
    assert wide.png[16:20] == (1530).to_bytes(4, "big")  # 3.4 inches a panel
    assert not canvas.figure("name", "t", "c", draw, panels=2, height=2.0).wide


def test_an_inline_figure_has_ids_of_its_own_and_the_colour_of_the_page() -> None:
    svg = (
        '<?xml version="1.0"?><svg width="9" viewBox="0 0 9 9"><metadata>when</metadata><path id="a"/>'
        f'<use href="#a" clip-path="url(#a)" fill="{canvas.INK}"/></svg>'
    )
    found = Figure("name", "t", "c", svg, b"").inline
    assert found == (
        '<svg viewBox="0 0 9 9" role="presentation"><path id="name-a"/>'
        '<use href="#name-a" clip-path="url(#name-a)" fill="currentColor"/></svg>'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.05, "0.05"), (999, "999"), (1e3, "1k"), (5e6, "5M"), (2.5e9, "2.5G"), (1234567.0, "1.23457M")],
)
def test_ticks_are_numbers_in_few_letters(value: float, text: str) -> None:
    panel = Canvas().subplots()
    panel.plot([1, 1e4], [1, 1e4])
    canvas.log_axis(panel, "x")
    assert panel.xaxis.get_major_formatter()(value) == text
    assert (panel.get_xscale(), panel.get_yscale()) == ("log", "linear")
    assert panel.xaxis.get_minor_formatter()(value) == ""
    ticks = [tick for tick in panel.xaxis.get_major_locator().tick_values(1, 100) if 1 <= tick <= 100]
    assert ticks == pytest.approx([1, 2, 5, 10, 20, 50, 100])


def test_a_long_name_keeps_both_ends_in_a_figure() -> None:
    name = "evolution[" + "x" * 60 + "=last]"
    assert canvas.label(name) == f"{name[:24]}…{name[-23:]}"
    assert len(canvas.label(name)) == 48
    assert canvas.label("x" * 48) == "x" * 48
    assert canvas.label("_hidden\nname") == " _hidden name"
