"""How accuracies are distributed over all evaluated cells, by attack and epsilon and by corruption and severity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from nasapi_nb201 import TITLES
from nasapi_nb201.counts import NETWORKS
from nasapi_report.canvas import BLUE, GREY, ORANGE, light_grid
from numpy.typing import NDArray

from nasapi.errors import NotAvailable
from nasapi_robustness.collection import Robustness, Values
from nasapi_robustness.figures import FigureFiles, figure
from nasapi_robustness.names import ATTACK_TITLES, ATTACKS, CLEAN, CORRUPTIONS, SEVERITIES

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@frozen(eq=False)
class Distribution:
    """The accuracies of all evaluated cells under one attack or corruption."""

    key: str
    strengths: tuple[float, ...]
    """Epsilons in 1/255 or severities; 0 for clean images."""
    accuracy: Values
    """(cells, strengths), in percent."""

    @property
    def quantiles(self) -> Values:
        """(strengths, 7): the accuracies that the shares `QUANTILES` of the cells do not exceed."""
        return np.quantile(self.accuracy, QUANTILES, axis=0).T


def distributions(robustness: Robustness) -> list[Distribution]:
    """Those of clean images and of every attack and corruption that the data set has."""
    found = []
    for key in robustness.evaluated:
        accuracy = robustness.accuracy(key)
        strengths = robustness.epsilons(key) if key in ATTACKS else (0.0,) if key == CLEAN else SEVERITIES
        found.append(Distribution(key, tuple(map(float, strengths)), accuracy.reshape(len(accuracy), -1)))
    return found


COLUMNS = ("attack", "strength", "mean", "minimum", "5%", "25%", "median", "75%", "95%", "maximum")


def rows(found: Sequence[Distribution]) -> list[tuple[Any, ...]]:
    """A line for each attack and strength, by `COLUMNS`; accuracies in percent."""
    return [
        (each.key, strength, float(mean), *map(float, quantiles))
        for each in found
        for strength, mean, quantiles in zip(each.strengths, each.accuracy.mean(axis=0), each.quantiles, strict=True)
    ]


def attack_figure(found: Sequence[Distribution], dataset: str) -> FigureFiles:
    """Boxes of the accuracies at each epsilon, a panel an attack, with the clean accuracies at 0."""
    by_key = {each.key: each for each in found}
    clean = by_key[CLEAN].accuracy
    shown = [name for name in ATTACKS if name in by_key]
    if not shown:
        raise NotAvailable(f"There are no attacks on {TITLES[dataset]} in the table; import them first.")

    def draw(panels: NDArray[Any]) -> None:
        for axes, name in zip(panels.flat, shown, strict=False):
            each = by_key[name]
            _boxes(axes, np.column_stack([clean, each.accuracy]), ("0", *(f"{e:g}" for e in each.strengths)), dataset)
            axes.set_title(ATTACK_TITLES[name])
            axes.set_xlabel("ε in 1/255")
        for axes in panels.flat[len(shown) :]:
            axes.set_visible(False)
        _label(panels)

    return figure(f"{dataset}-attacks", draw, size=(8.4, 6.2), rows=2, columns=2, share=True)


def corruption_figure(found: Sequence[Distribution], dataset: str) -> FigureFiles:
    """Boxes of the accuracies at each severity, a panel a corruption, with the clean accuracies at 0.

    Raises NotAvailable where the data set has no corruptions.
    """
    by_key = {each.key: each for each in found}
    shown = [name for name in CORRUPTIONS if name in by_key]
    if not shown:
        raise NotAvailable(f"There are no corruptions on {TITLES[dataset]} in the table.")
    clean = by_key[CLEAN].accuracy

    def draw(panels: NDArray[Any]) -> None:
        for axes, name in zip(panels.flat, shown, strict=False):
            each = by_key[name]
            labels = ("0", *(f"{severity:g}" for severity in each.strengths))
            _boxes(axes, np.column_stack([clean, each.accuracy]), labels, dataset)
            axes.set_title(name.replace("_", " "))
        for axes in panels.flat[len(shown) :]:
            axes.set_visible(False)
        for axes in panels[-1]:
            axes.set_xlabel("severity")
        _label(panels)

    return figure(f"{dataset}-corruptions", draw, size=(10.5, 6.6), rows=3, columns=5, share=True)


def _boxes(axes: Any, values: Values, labels: Sequence[str], dataset: str) -> None:
    """Boxes from the first to the third quartile with whiskers to 5 and 95 %, and the best and the worst cell."""
    places = np.arange(values.shape[1])
    axes.axhline(100 / NETWORKS[dataset].classes, color=ORANGE, linestyle=(0, (5, 2)), linewidth=1, label="guessing")
    axes.plot(places, values.max(axis=0), ".", color=GREY, markersize=3, label="best and worst cell")
    axes.plot(places, values.min(axis=0), ".", color=GREY, markersize=3)
    axes.boxplot(
        values,
        positions=places,
        whis=(5, 95),
        showfliers=False,
        widths=0.6,
        patch_artist=True,
        boxprops={"facecolor": "#9cc9ec", "edgecolor": BLUE},
        medianprops={"color": "black"},
        whiskerprops={"color": BLUE},
        capprops={"color": BLUE},
        manage_ticks=False,
    )
    axes.set_xticks(places, labels)
    axes.set_ylim(-2, 100)
    light_grid(axes, "y")


def _label(panels: NDArray[Any]) -> None:
    for row in panels:
        row[0].set_ylabel("accuracy (%)")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    panels[0, 0].figure.legend(handles, labels, loc="outside lower right", ncols=2, frameon=False, fontsize=8)
