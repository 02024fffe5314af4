"""The figures of a study made by hand, recomputed by other means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from golden_study import COLOURS, CURVES, FINALS, SEEDS, SPECS, VALUES, colours_of, curve_of, held_at, legend_of
from matplotlib.markers import MarkerStyle
from nasapi_report import figures, overall_page
from nasapi_report.build import targets_of
from nasapi_report.canvas import INK, styles_of
from nasapi_report.study_analysis import StudyAnalysis


def test_anytime_curves_are_mean_regrets_with_bands(result: StudyAnalysis, axes: list[Any]) -> None:
    rng, styles = np.random.default_rng(0), styles_of(list(VALUES))
    caption = figures.anytime(result.analyses[0], styles, "a", "trials", rng)
    across, up = curve_of(axes[0], "beta")
    assert across.tolist() == [1, 2, 3, 4]
    assert up == pytest.approx((99 - CURVES["beta"]).mean(axis=0))
    across, up = curve_of(axes[0], "alpha")
    assert (across.tolist(), up) == ([2, 3, 4], pytest.approx((99 - CURVES["alpha"][:, 1:]).mean(axis=0)))
    assert colours_of(axes[0]) == [styles[name].colour for name in VALUES]
    assert f"beta ends at {(99 - FINALS['beta']).mean():.3g}" in str(caption)
    bottom = "A curve on the bottom edge is at the optimum in every run."
    assert bottom in str(caption)
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("trials", "regret in validation accuracy (points)")
    assert (axes[0].get_xscale(), axes[0].get_yscale()) == ("log", "log")
    assert legend_of(axes[0]) == ["alpha", "beta"]
    lowest = min((99 - CURVES["beta"]).mean(axis=0).min(), (99 - CURVES["alpha"][:, 1:]).mean(axis=0).min())
    assert axes[0].get_ylim()[0] == pytest.approx(lowest / 2)
    plain = figures.anytime(result.analyses[1], styles, "a", "seconds", rng)
    assert bottom not in str(plain)
    assert (axes[1].get_xlabel(), axes[1].get_ylabel()) == (
        "simulated seconds of evaluation",
        "validation accuracy (%)",
    )
    assert axes[1].get_yscale() == "linear"
    across, up = curve_of(axes[1], "beta")
    assert (across[0], across[-1]) == pytest.approx((60.0, 100.0))  # the last to begin, the first to end
    assert up[-1] == pytest.approx(np.mean([held_at(seed, 100.0) - 10 for seed in SEEDS]))


def test_final_values_are_drawn_one_a_run_with_mean_and_interval(result: StudyAnalysis, axes: list[Any]) -> None:
    figures.finals(result.analyses[0], styles_of(list(VALUES)), "a", np.random.default_rng(0))
    dots = [sorted(dots.get_offsets()[:, 0].tolist()) for dots in axes[0].collections]
    assert dots == [sorted(FINALS["beta"]), sorted(FINALS["alpha"])]
    styles = styles_of(list(VALUES))
    assert colours_of(axes[0]) == [styles["beta"].colour, styles["alpha"].colour]
    shapes = [MarkerStyle(styles[name].marker) for name in ("beta", "alpha")]
    outlines = [shape.get_path().transformed(shape.get_transform()).vertices for shape in shapes]
    assert all(map(np.array_equal, (dots.get_paths()[0].vertices for dots in axes[0].collections), outlines))
    spans = [line.get_xdata() for line in axes[0].lines if len(line.get_xdata()) == 2]
    beta = result.analyses[0].runs[1].mean
    assert [beta.low, beta.high] in [list(span) for span in spans]
    assert [99.0, 99.0] in [list(span) for span in spans]  # the optimum
    for place, row in enumerate(result.analyses[0].runs[::-1]):
        heights = axes[0].collections[place].get_offsets()[:, 1]
        assert np.abs(heights - place + 0.06).max() <= 0.17
        assert len(set(heights)) == 6
        means = [line for line in axes[0].lines if list(line.get_xdata()) == [row.mean.value]]
        assert [list(line.get_ydata()) for line in means] == [[place + 0.26]]
    assert {line.get_color() for line in axes[0].lines} == {INK}  # an inline figure makes it the page's own
    assert [tick.get_text() for tick in axes[0].get_yticklabels()] == ["beta", "alpha"]
    assert axes[0].get_ylim() == (-0.6, 1.6)
    assert axes[0].get_xlabel() == "validation accuracy (%)"
    assert [text.get_text() for text in axes[0].texts] == ["optimum"]
    figures.finals(result.analyses[1], styles_of(list(VALUES)), "a", np.random.default_rng(0))
    assert not axes[1].texts  # nobody knows it


def test_runtimes_are_shares_of_runs_there(result: StudyAnalysis, axes: list[Any]) -> None:
    analysis = result.analyses[0]
    wanted = targets_of(analysis)
    caption = figures.runtimes(analysis, styles_of(list(VALUES)), "a", wanted)
    assert "the optimum: at least 99)" in str(caption)
    for panel, target in zip(axes, wanted.values(), strict=True):
        for name, curves in CURVES.items():
            assert curve_of(panel, name)[1] == pytest.approx((curves >= target).mean(axis=0))
        assert (panel.get_xlabel(), panel.get_xscale(), panel.get_ylim()) == ("trials", "log", (-0.03, 1.03))
    assert [panel.get_title() for panel in axes] == list(wanted)
    assert [bool(panel.get_legend()) for panel in axes] == [True, False, False]
    assert legend_of(axes[0]) == ["alpha", "beta"]
    assert [panel.get_ylabel() for panel in axes] == ["share of runs there", "", ""]


def test_the_figures_of_all_benchmarks_draw_what_was_found(result: StudyAnalysis, axes: list[Any]) -> None:
    found, styles = result.overall, styles_of(list(VALUES))
    assert found is not None
    for draw, band in ((overall_page.ranks, found.ranks), (overall_page.reached, found.reached)):
        draw(found, styles)
        for place, name in enumerate(VALUES):
            assert curve_of(axes[-1], name)[1] == pytest.approx(band[0][place])
        assert colours_of(axes[-1]) == [styles[name].colour for name in VALUES]
        assert (axes[-1].get_xlabel(), axes[-1].get_xscale()) == ("trials", "log")
        assert legend_of(axes[-1]) == ["alpha", "beta"]
    assert [panel.get_ylabel() for panel in axes] == ["mean rank", "share of targets reached"]
    overall_page.gaps(found, styles)
    coloured = [line for line in axes[-1].lines if len(line.get_xdata()) == 2 and line.get_color() in COLOURS]
    ends = [line for line in coloured if line.get_ydata()[0] == line.get_ydata()[1]]
    values = [line for line in coloured if line not in ends]
    assert [list(line.get_ydata()) for line in values] == [pytest.approx([2.15, 1.15]), pytest.approx([1.85, 0.85])]
    assert [list(line.get_xdata()) for line in ends] == [[gap.low, gap.high] for gap in found.gaps]
    assert [tick.get_text() for tick in axes[-1].get_yticklabels()] == ["all, by group", SPECS[1], SPECS[0]]
    assert axes[-1].get_xlim()[0] <= 0
    assert (axes[-1].get_xlabel(), legend_of(axes[-1])) == ("normalised regret", ["alpha", "beta"])
    (between,) = [line for line in axes[-1].lines if line.get_color() == INK]
    assert list(between.get_ydata()) == [0.5, 0.5]
    for place, name in enumerate(VALUES):
        assert curve_of(axes[-1], name)[0] == pytest.approx([task.regret[:, place].mean() for task in found.tasks])
