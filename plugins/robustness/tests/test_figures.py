"""What the figures draw, read off their axes: every box, cell, band and label from numbers made by hand."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from matplotlib import rcParams
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from nasapi_nb201.counts import NETWORKS
from nasapi_nb201.space import NB201
from nasapi_report.canvas import BLUE, GREY, ORANGE, light_grid
from nasapi_robustness import confidence, correlations, distributions, figures, ranking
from nasapi_robustness.confidence import Curve
from nasapi_robustness.correlations import Correlation
from nasapi_robustness.distributions import Distribution
from nasapi_robustness.ranking import Ranked

SPACE = NB201()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The axes of every figure, by rows, and how each was asked for."""
    found: list[Any] = []

    def draw_on(
        name: str, draw: Any, *, size: tuple[float, float], rows: int = 1, columns: int = 1, share=False
    ) -> str:
        panels = Figure(figsize=size).subplots(rows, columns, squeeze=False, sharey=share)
        draw(panels)
        found.append((panels, size))
        return name

    for module in (confidence, correlations, distributions, ranking):
        monkeypatch.setattr(module, "figure", draw_on)
    return found


def words(axes: Any) -> dict[str, tuple[float, float]]:
    return {text.get_text(): text.get_position() for text in axes.texts}


def assert_bare(axes: Any) -> None:
    """Nothing frames the cells of a matrix, and no marks stand beside them."""
    assert not any(spine.get_visible() for spine in axes.spines.values())
    assert_unmarked(axes)


def assert_unmarked(axes: Any) -> None:
    assert {
        tick.tick1line.get_markersize() for axis in (axes.xaxis, axes.yaxis) for tick in axis.get_major_ticks()
    } <= {0}


CLEAN = Distribution("clean", (0.0,), np.array([[90.0], [80.0], [60.0], [94.0], [70.0]]))
PGD = Distribution("pgd", (0.5, 1.0), np.array([[50.0, 10.0], [40.0, 20.0], [30.0, 0.0], [60.0, 5.0], [20.0, 15.0]]))
FOG = Distribution("fog", (1.0, 2.0, 3.0, 4.0, 5.0), np.linspace(5, 85, 25).reshape(5, 5))


@pytest.mark.parametrize(
    ("draw", "each", "labels", "title", "below"),
    [
        (distributions.attack_figure, PGD, ["0", "0.5", "1"], "PGD", "ε in 1/255"),
        (distributions.corruption_figure, FOG, ["0", "1", "2", "3", "4", "5"], "fog", ""),
    ],
)
def test_boxes_stand_for_quartiles_of_clean_and_other_images(
    draw: Any, each: Distribution, labels: list[str], title: str, below: str, drawn: list[Any]
) -> None:
    draw([CLEAN, each], "cifar10")
    ((panels, size),) = drawn
    assert (panels.shape, size) == (((2, 2), (8.4, 6.2)) if each is PGD else ((3, 5), (10.5, 6.6)))
    first, *others = panels.flat
    values = np.column_stack([CLEAN.accuracy, each.accuracy])
    boxes = [patch.get_path().vertices for patch in first.patches if isinstance(patch, PathPatch)]
    assert [(box[:, 1].min(), box[:, 1].max()) for box in boxes] == [
        pytest.approx(tuple(np.quantile(column, (0.25, 0.75)))) for column in values.T
    ]
    lines = [(line.get_xdata(), line.get_ydata()) for line in first.lines]
    middles = [y[0] for x, y in lines if len(x) == 2 and y[0] == y[1] and x[1] - x[0] == pytest.approx(0.6)]
    assert sorted(middles) == pytest.approx(sorted(np.median(values, axis=0)))
    dots = [list(y) for line, (_, y) in zip(first.lines, lines, strict=True) if line.get_marker() == "."]
    assert dots == [values.max(axis=0).tolist(), values.min(axis=0).tolist()]
    guessing = [y for line, (_, y) in zip(first.lines, lines, strict=True) if line.get_label() == "guessing"]
    assert [list(y) for y in guessing] == [[10.0, 10.0]]
    assert [tick.get_text() for tick in first.get_xticklabels()] == labels
    assert (first.get_title(), first.get_xlabel()) == (title, below)
    assert first.get_ylim() == (-2, 100)
    whiskers = [list(y) for line, (x, y) in zip(first.lines, lines, strict=True) if len(set(x)) == 1 and len(x) == 2]
    quartiles = [np.quantile(column, (0.05, 0.25, 0.75, 0.95)) for column in values.T]
    assert len(whiskers) == 2 * values.shape[1]
    for column, (low, first_quarter, third_quarter, high) in zip(values.T, quartiles, strict=True):
        assert [first_quarter, column[column >= low].min()] in [pytest.approx(one) for one in whiskers]
        assert [third_quarter, column[column <= high].max()] in [pytest.approx(one) for one in whiskers]
    assert {line.get_marker() for line in first.lines} <= {"None", "", "."}  # no outliers beside the best and the worst
    colours = {to_hex(line.get_color()) for line in first.lines}
    assert colours == {to_hex(one) for one in (BLUE, GREY, ORANGE, "black")}
    fills = {(to_hex(patch.get_facecolor()), to_hex(patch.get_edgecolor())) for patch in first.patches}
    assert fills == {("#9cc9ec", to_hex(BLUE))}
    assert first.yaxis.get_gridlines()[0].get_visible()
    assert [axes.get_visible() for axes in others] == [False] * len(others)
    assert {row[0].get_ylabel() for row in panels} == {"accuracy (%)"}
    (legend,) = panels[0, 0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["guessing", "best and worst cell"]
    assert legend._ncols == 2
    if not below:
        assert {axes.get_xlabel() for axes in panels[-1]} == {"severity"}


def test_the_rows_of_distributions_are_their_quantiles() -> None:
    found = distributions.rows([CLEAN, PGD])
    assert [row[:2] for row in found] == [("clean", 0.0), ("pgd", 0.5), ("pgd", 1.0)]
    assert found[1][2:] == pytest.approx((40.0, 20.0, 22.0, 30.0, 40.0, 50.0, 58.0, 60.0))
    assert len(found[1]) == len(distributions.COLUMNS)


def test_a_matrix_shows_each_tau_in_hundredths_where_there_is_one(drawn: list[Any]) -> None:
    found = Correlation(("clean", "fog"), ("a", "b", "c"), np.array([[1.0, -0.66, 0.65], [np.nan, 0.254, -0.03]]))
    correlations.correlation_figure("matrix", found)
    ((panels, size),) = drawn
    axes = panels[0, 0]
    assert words(axes) == {"100": (0, 0), "-66": (1, 0), "65": (2, 0), "25": (1, 1), "-3": (2, 1)}
    colours = {text.get_text(): text.get_color() for text in axes.texts}
    assert colours == {"100": "white", "-66": "white", "65": "black", "25": "black", "-3": "black"}
    (image,) = axes.images
    np.testing.assert_array_equal(np.ma.filled(image.get_array(), np.nan), found.tau)
    assert image.get_clim() == (-1, 1)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["a", "b", "c"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["clean", "fog"]
    assert size == pytest.approx((0.27 * 3 + 2.6, 0.25 * 2 + 2.0))
    assert len(axes.figure.axes) == 2  # the bar of colours
    assert axes.figure.axes[1].get_ylabel() == "Kendall's τ (cells show hundredths)"
    assert {tick.get_rotation() for tick in axes.get_xticklabels()} == {90}
    assert_bare(axes)
    headings, lines = correlations.table(found)
    assert (headings, lines[0]) == (("tau", "a", "b", "c"), ("clean", 1.0, -0.66, 0.65))


CURVES = [
    Curve("fgsm", "label", (0.0, 1.0, 8.0), np.array([[0.9, 0.5, 0.1], [0.7, 0.3, 0.2], [0.8, 0.4, 0.0]])),
    Curve("fgsm", "predicted", (0.0, 1.0, 8.0), np.array([[0.95, 0.9, 0.8], [0.85, 0.7, 0.6], [0.75, 0.5, 0.4]])),
    Curve("fog", "label", (1.0, 2.0, 3.0, 4.0, 5.0), np.linspace(0.1, 0.9, 15).reshape(3, 5)),
]


def test_confidences_are_means_with_a_band_of_eight_cells_in_ten(drawn: list[Any]) -> None:
    confidence.confidence_figure(CURVES, "cifar10")
    ((panels, size),) = drawn
    assert panels.shape == (1, 2)
    assert size == pytest.approx((2.6 * 2 + 0.8, 3.1))
    for axes, curves in zip(panels.flat, (CURVES[:2], CURVES[2:]), strict=True):
        assert [line.get_label() for line in axes.lines] == [curve.kind for curve in curves]
        for line, band, curve in zip(axes.lines, axes.collections, curves, strict=True):
            assert line.get_ydata() == pytest.approx(curve.confidence.mean(axis=0))
            low, high = np.quantile(curve.confidence, (0.1, 0.9), axis=0)
            corners = band.get_paths()[0].vertices[:, 1]
            assert set(np.round(corners, 9)) == set(np.round(np.concatenate([low, high]), 9))
        assert [tick.get_text() for tick in axes.get_xticklabels()] == [f"{s:g}" for s in curves[0].strengths]
        assert axes.get_ylim() == (0, 1.02)
    first, second = panels.flat
    assert first.lines[0].get_color() == second.lines[0].get_color() != first.lines[1].get_color()
    assert [(axes.get_title(), axes.get_xlabel()) for axes in (first, second)] == [
        ("FGSM", "ε in 1/255"),
        ("fog", "severity"),
    ]
    assert [text.get_text() for text in first.figure.legends[0].get_texts()] == ["label", "predicted"]
    assert first.get_ylabel() == "mean confidence"
    (legend,) = first.figure.legends
    assert legend._ncols == 2
    assert [to_hex(line.get_color()) for line in legend.get_lines()] == [to_hex(one) for one in (BLUE, ORANGE)]
    assert [line.get_marker() for line in legend.get_lines()] == ["o", "o"]
    assert [to_hex(band.get_facecolor()[0]) for band in first.collections] == [to_hex(one) for one in (BLUE, ORANGE)]
    assert [line.get_marker() for line in first.lines] == ["o", "o"]
    assert first.yaxis.get_gridlines()[0].get_visible()


def test_a_fifth_kind_of_confidence_has_the_first_colour_again(drawn: list[Any]) -> None:
    curves = [Curve("fog", kind, (1.0,), np.ones((2, 1))) for kind in "abcde"]
    confidence.confidence_figure(curves, "cifar10")
    ((panels, _),) = drawn
    colours = [to_hex(line.get_color()) for line in panels[0, 0].lines]
    assert colours[0] == colours[4] and len(set(colours)) == 4


def test_more_than_four_confidences_stand_in_rows_of_four(drawn: list[Any]) -> None:
    keys = ("fog", "snow", "frost", "contrast", "pixelate")
    confidence.confidence_figure([Curve(key, "label", (1.0,), np.ones((2, 1))) for key in keys], "cifar10")
    ((panels, size),) = drawn
    assert panels.shape == (2, 4)
    assert size == pytest.approx((2.6 * 4 + 0.8, 5.6))
    assert [axes.get_visible() for axes in panels.flat] == [True] * 5 + [False] * 3


def test_the_rows_of_confidences_have_mean_and_both_tenths() -> None:
    found = confidence.rows(CURVES[:1])
    assert found[1] == ("fgsm", "label", 1.0, pytest.approx(0.4), pytest.approx(0.32), pytest.approx(0.48))
    assert len(found) == 3 and len(found[0]) == len(confidence.COLUMNS)


def cells(codes: Any, clean: list[float], robust: list[float]) -> Ranked:
    codes = np.array(codes)
    names = tuple(SPACE.format(code) for code in codes)
    counts = NETWORKS["cifar10"]
    values = {"clean": np.array(clean), "adversarial": np.array(robust)}
    return Ranked(codes, SPACE.index(codes), names, counts.params(codes), counts.cell_params(codes), values)


def test_neighbours_are_drawn_by_edge_and_operation_as_changes_in_points(drawn: list[Any]) -> None:
    code = np.array([3, 1, 0, 2, 4, 3])
    around = SPACE.neighbors(code)
    rng = np.random.default_rng(0)
    clean, robust = rng.uniform(80, 95, len(around)), rng.uniform(20, 45, len(around))
    centre = cells([code], [90.0], [40.0])
    ranking.neighbour_figure("near", centre, cells(around, clean.tolist(), robust.tolist()))
    ((panels, size),) = drawn
    assert panels.shape == (1, 2) and size == pytest.approx((3.4 * 2 + 0.4, 2.7))
    for axes, values, own, by in zip(panels.flat, (clean, robust), (90.0, 40.0), ("clean", "adversarial"), strict=True):
        texts = {text.get_position(): text for text in axes.texts}
        far = np.abs(values - own).max()
        shades = np.asarray(axes.images[0].get_array())
        for neighbour, value in zip(around, values, strict=True):
            (edge,) = np.flatnonzero(neighbour != code)
            place = (edge, neighbour[edge])
            assert texts[place].get_text() == f"{value - own:+.1f}"
            strong = np.sqrt(abs(value - own) / far)
            assert texts[place].get_color() == ("white" if strong > 0.85 else "black")
            assert shades[place[::-1]] == pytest.approx(np.sign(value - own) * strong)
        assert [texts[edge, op].get_text() for edge, op in enumerate(code)] == ["·"] * 6
        frames = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
        assert {frame.get_xy() for frame in frames} == {(edge - 0.5, op - 0.5) for edge, op in enumerate(code)}
        assert axes.get_title() == f"{by}: {own:.2f} %"
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0→1", "0→2", "1→2", "0→3", "1→3", "2→3"]
        assert [tick.get_text() for tick in axes.get_yticklabels()] == ["none", "skip", "1×1", "3×3", "pool"]
        assert {(frame.get_width(), frame.get_height(), frame.get_fill()) for frame in frames} == {(1, 1, False)}
        assert axes.get_xlabel() == "edge" and axes.images[0].get_clim() == (-1.3, 1.3)
        assert_unmarked(axes)


def test_changes_of_less_than_a_point_are_as_strong_as_the_largest(drawn: list[Any]) -> None:
    code = np.array([3, 1, 0, 2, 4, 3])
    around = SPACE.neighbors(code)
    clean = 90 + np.linspace(-0.25, 0.16, len(around))
    ranking.neighbour_figure("near", cells([code], [90.0], [40.0]), cells(around, clean.tolist(), [40.0] * len(around)))
    shades = [np.asarray(axes.images[0].get_array()) for axes in drawn[0][0].flat]
    assert (shades[0].min(), shades[0].max()) == pytest.approx((-1, 0.8))
    assert np.abs(shades[1]).max() == 0


def test_the_best_cells_are_rows_of_operations_with_their_values(drawn: list[Any]) -> None:
    codes = [[3, 3, 3, 1, 2, 4], [0, 1, 2, 3, 4, 0], [1, 1, 1, 1, 1, 1]]
    found = cells(codes, [94.25, 91.0, 80.0], [33.0, 44.0, 44.0])
    ranking.top_figure("top", found, "adversarial")
    ((panels, size),) = drawn
    axes = panels[0, 0]
    assert size == pytest.approx((3.8 + 1.6 * 2, 0.27 * 3 + 0.6))
    places = {(round(x, 2), round(y, 2)): text for text in axes.texts for x, y in [text.get_position()]}
    names = ("none", "skip", "1×1", "3×3", "pool")
    for row, code in enumerate(codes):
        for column, op in enumerate(code):
            text = places[round(column + 0.48, 2), round(row + 0.47, 2)]
            assert text.get_text() == names[op]
            assert text.get_color() == ("white" if op == 3 else "black")
    for place, (name, values) in enumerate(found.values.items()):
        x = 6.35 + 1.6 * place
        share = (values - values.min()) / np.ptp(values)
        for row, value in enumerate(values):
            text = places[round(x + 0.75, 2), round(row + 0.47, 2)]
            assert text.get_text() == f"{value:.2f}"
            assert text.get_weight() == ("bold" if name == "adversarial" else "normal")
            (box,) = [p for p in axes.patches if p.get_xy() == pytest.approx((x, row)) and p.get_width() == 1.5]
            assert to_hex(box.get_facecolor()) == to_hex([1 - part * share[row] for part in (0.38, 0.21, 0.07)])
    assert [places[round(10.3, 2), round(row + 0.47, 2)].get_text() for row in range(3)] == [
        f"{size / 1e6:.3f} M" for size in found.params
    ]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [f"#{index}" for index in found.index]
    above = {text: x for text, (x, y) in words(axes).items() if y == -0.25}
    headings = {"clean (%)": 7.1, "adversarial (%)": 8.7, "parameters": 10.3}
    edges = {edge: 0.48 + at for at, edge in enumerate(["0→1", "0→2", "1→2", "0→3", "1→3", "2→3"])}
    assert above == pytest.approx(edges | headings)
    assert axes.get_ylim() == pytest.approx((3.1, -0.9))
    assert axes.get_xlim() == pytest.approx((-0.1, 6.35 + 2 * 1.6 + 1.6))
    assert len(axes.get_xticks()) == 0
    assert axes.get_yticks() == pytest.approx([0.47, 1.47, 2.47])
    fills = {(round(p.get_x()), round(p.get_y())): p for p in axes.patches if p.get_width() == pytest.approx(0.96)}
    assert len(fills) == 18 and {p.get_height() for p in axes.patches} == {0.92}
    names_of = ("#f4f4f4", "#d9dde2", "#9cc9ec", "#0072b2", "#f7d58b")
    for row, code in enumerate(codes):
        assert [to_hex(fills[column, row].get_facecolor()) for column in range(6)] == [names_of[op] for op in code]
    assert_bare(axes)


def test_one_value_for_all_cells_is_drawn_as_the_best(drawn: list[Any]) -> None:
    ranking.top_figure("top", cells([[3] * 6, [1] * 6], [90.0, 90.0], [1.0, 2.0]), "clean")
    axes = drawn[0][0][0, 0]
    boxes = [p for p in axes.patches if p.get_width() == 1.5 and p.get_x() == pytest.approx(6.35)]
    assert {to_hex(box.get_facecolor()) for box in boxes} == {to_hex((0.62, 0.79, 0.93))}


def test_a_sheet_stacks_drawings_below_their_headings() -> None:
    class Shown:
        space = SPACE

    first, second = cells([[3] * 6], [94.0], [40.5]), cells([[1] * 6], [80.0], [20.0])
    found = ranking.sheet(Shown(), [("best clean", first), ("another", second)])  # type: ignore[arg-type]
    tops = [float(y) for y in re.findall(r'<svg x="0" y="(\d+)"', found)]
    heights = [float(height) for height in re.findall(r'<svg x="0".*?height="(\d+)"', found)]
    lines = [float(y) for y in re.findall(r'<text x="10" y="(\d+)" font-size="13"', found)]
    assert lines == [22.0, lines[0] + heights[0] + 36]
    assert tops == [line + 8 for line in lines]
    whole = re.match(r'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 (\d+) (\d+)" width="\1" height="\2"', found)
    assert whole is not None
    assert float(whole[2]) == tops[1] + heights[1] + 14
    sizes = [cell.params[0] / 1e6 for cell in (first, second)]
    assert f"best clean: #{first.index[0]} · clean 94.00 %, adversarial 40.50 % · {sizes[0]:.3f} M parameters" in found
    longest = max((text for text in re.findall(r'fill="currentColor">([^<]*M parameters)', found)), key=len)
    assert float(whole[1]) >= round(7.2 * len(longest) + 20)


def test_a_plate_is_drawn_twice_alike_without_a_date_and_shares_its_axis() -> None:
    seen = []

    def draw(panels: Any) -> None:
        assert rcParams["font.size"] == 9
        panels[0, 0].plot([0, 1], [0, 70])
        panels[1, 0].plot([0, 1], [0, 7])
        seen.append([axes.get_ylim() for axes in panels.flat])
        light_grid(panels[0, 0], "y")
        assert panels[0, 0].yaxis.get_gridlines()[0].get_visible()
        assert not panels[0, 0].xaxis.get_gridlines()[0].get_visible()
        assert panels[0, 0].get_axisbelow() is True
        assert not panels[0, 0].spines["top"].get_visible()

    one, other = (figures.figure("p", draw, size=(2, 3), rows=2, share=True) for _ in range(2))
    assert (one.name, one.svg, one.png) == ("p", other.svg, other.png)
    assert "<dc:date>" not in one.svg
    assert seen[0][0] == seen[0][1]
    assert one.png[16:24] == (300).to_bytes(4, "big") + (450).to_bytes(4, "big")  # 150 dots an inch
    figures.figure("q", draw, size=(2, 2), rows=2)
    assert seen[-1][0] != seen[-1][1]
