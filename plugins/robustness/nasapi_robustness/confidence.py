"""How sure cells are of their predictions as attacks and corruptions grow, where confidences were imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from nasapi_nb201 import TITLES
from nasapi_report.canvas import BLUE, GREEN, ORANGE, PURPLE, light_grid
from numpy.typing import NDArray

from nasapi.errors import NotAvailable
from nasapi_robustness.collection import Robustness, Values
from nasapi_robustness.figures import FigureFiles, figure
from nasapi_robustness.names import ATTACK_TITLES, ATTACKS, CLEAN, SEVERITIES
from nasapi_robustness.source import ROBUSTNESS

COLUMNS = ("attack", "kind", "strength", "mean", "10%", "90%")


@frozen(eq=False)
class Curve:
    """The confidences of all evaluated cells under one attack or corruption, of one kind."""

    key: str
    kind: str
    strengths: tuple[float, ...]
    """Epsilons in 1/255 or severities, after 0 for clean images where there are confidences on them."""
    confidence: Values
    """(cells, strengths), from 0 to 1."""


def confidence_curves(robustness: Robustness) -> list[Curve]:
    """A curve for each attack or corruption and kind of confidence; raises NotAvailable where there is none."""
    found, clean = [], _confidences(robustness, CLEAN)
    for key in robustness.evaluated:
        if key == CLEAN:
            continue
        strengths = tuple(map(float, robustness.epsilons(key) if key in ATTACKS else SEVERITIES))
        for kind, values in _confidences(robustness, key).items():
            if kind in clean:
                found.append(Curve(key, kind, (0.0, *strengths), np.column_stack([clean[kind], values])))
            else:
                found.append(Curve(key, kind, strengths, values))
    if not found:
        raise NotAvailable(
            f"There are no confidences on {TITLES[robustness.dataset]} in the table; put the files of the measure "
            f"'confidence' beside the others and run `nasapi data import {ROBUSTNESS.name} FOLDER`."
        )
    return found


def rows(curves: Sequence[Curve]) -> list[tuple[Any, ...]]:
    """A line for each point of each curve, by `COLUMNS`."""
    return [
        (curve.key, curve.kind, strength, *map(float, (values.mean(), *np.quantile(values, (0.1, 0.9)))))
        for curve in curves
        for strength, values in zip(curve.strengths, curve.confidence.T, strict=True)
    ]


def confidence_figure(curves: Sequence[Curve], dataset: str) -> FigureFiles:
    """The mean confidence of each kind with the band that holds 80 % of the cells, a panel an attack or corruption."""
    keys = list(dict.fromkeys(curve.key for curve in curves))
    kinds = list(dict.fromkeys(curve.kind for curve in curves))
    looks = {kind: (BLUE, ORANGE, GREEN, PURPLE)[number % 4] for number, kind in enumerate(kinds)}
    columns = min(len(keys), 4)

    def draw(panels: NDArray[Any]) -> None:
        from matplotlib.lines import Line2D

        for axes, key in zip(panels.flat, keys, strict=False):
            for curve in (curve for curve in curves if curve.key == key):
                places = np.arange(len(curve.strengths))
                low, high = np.quantile(curve.confidence, (0.1, 0.9), axis=0)
                axes.fill_between(places, low, high, color=looks[curve.kind], alpha=0.2, linewidth=0)
                mean = curve.confidence.mean(axis=0)
                axes.plot(places, mean, marker="o", markersize=3.5, color=looks[curve.kind], label=curve.kind)
                axes.set_xticks(places, [f"{strength:g}" for strength in curve.strengths], fontsize=7)
            axes.set_title(ATTACK_TITLES.get(key, key.replace("_", " ")))
            axes.set_xlabel("ε in 1/255" if key in ATTACKS else "severity")
            axes.set_ylim(0, 1.02)
            light_grid(axes, "y")
        for axes in panels.flat[len(keys) :]:
            axes.set_visible(False)
        for row in panels:
            row[0].set_ylabel("mean confidence")
        lines = [Line2D([], [], marker="o", markersize=3.5, color=looks[kind], label=kind) for kind in kinds]
        panels.flat[0].figure.legend(handles=lines, loc="outside lower right", ncols=len(kinds), frameon=False)

    down = -(-len(keys) // columns)
    size = (2.6 * columns + 0.8, 2.5 * down + 0.6)
    return figure(f"{dataset}-confidence", draw, size=size, rows=down, columns=columns, share=True)


def _confidences(robustness: Robustness, key: str) -> dict[str, Values]:
    try:
        return robustness.confidence(key)
    except NotAvailable:
        return {}
