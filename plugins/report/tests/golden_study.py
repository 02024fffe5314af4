"""A study made by hand, two strategies of six seeds on two benchmarks, and its numbers by other means."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
from matplotlib.colors import to_hex
from nasapi_report.canvas import styles_of
from scipy import stats

from nasapi.history import History

VALUES = {
    "alpha": [
        [np.nan, 90.0, 95.0, 99.0],  # the first evaluation failed
        [80.0, 92.0, 91.0, 96.0],
        [99.0, 85.0, 86.0, 87.0],  # the incumbent is the first trial
        [70.0, 97.0, 97.0, 98.0],
        [88.0, 88.0, 93.0, 99.0],
        [75.0, 76.0, 99.0, 98.0],
    ],
    "beta": [
        [60.0, 70.0, 72.0, 71.0],
        [81.0, 80.0, 79.0, 78.0],
        [50.0, 90.0, 91.0, 89.0],
        [65.0, 66.0, 85.0, 84.0],
        [77.0, 78.0, 78.0, 88.0],
        [82.0, np.nan, 83.0, 83.0],
    ],
}


SEEDS = range(6)


CURVES = {name: np.fmax.accumulate(np.array(rows), axis=1) for name, rows in VALUES.items()}


FINALS = {name: curves[:, -1] for name, curves in CURVES.items()}


CODES = np.array([[0, 1, 0], [2, 1, 0], [1, 0, 2], [0, 1, 0]])


REPEATS = {"code": np.array([False, False, False, True]), "network": np.array([False, False, True, True])}


SPECS = ("toy/formula-v1", "toy/deep-v1")


def made(name: str, seed: int, benchmark: Any) -> History:
    """A run as a store would give it; on the second benchmark everything is 10 lower, and nobody knows the optimum."""
    values = np.array(VALUES[name][seed]) - (10 if benchmark.spec == SPECS[1] else 0)
    tested = np.where(np.isnan(values), np.nan, 0.9 * values + 0.01 * seed)
    held = np.array([-1 if np.isnan(values[: end + 1]).all() else np.nanargmax(values[: end + 1]) for end in range(4)])
    shown = np.isin(np.arange(4), held)
    return History(
        benchmark=benchmark.spec,
        strategy=name,
        seed=seed,
        batch=1,
        goals=benchmark.problem.goals,
        constraints=(),
        codes=CODES,
        fidelity=np.full(4, -1),
        values={"valid_accuracy": values},
        cost=np.array([10.0, 20.0, 30.0, 40.0]) * (seed + 1),
        repeats=REPEATS,
        report_metrics={"test_accuracy": np.where(shown, tested, np.nan)},
        errors={int(row): "it broke" for row in np.flatnonzero(np.isnan(values))},
        seconds=np.full(4, 0.001 * (seed + 1)),
    )


def student(values: np.ndarray) -> tuple[float, float]:
    """The ends of Student's interval, which fewer than ten runs have."""
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    return float(low), float(high)


def column(table: Any, heading: str) -> list[Any]:
    """What a table's column is sorted by."""
    (place,) = [place for place, name in enumerate(table.headings) if name == heading]
    return [table.key(row, place) for row in range(len(table.rows))]


def texts(table: Any, heading: str) -> list[str]:
    return [row[table.headings.index(heading)] for row in table.rows]


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def p_values() -> dict[str, float]:
    """The p-values of one benchmark, by trying every sign and from scipy."""
    difference = FINALS["alpha"] - FINALS["beta"]
    signs = np.array(np.meshgrid(*[[-1, 1]] * 6)).reshape(6, -1)

    def above(values: np.ndarray) -> float:
        return float((np.abs(values) @ signs >= values.sum() - 1e-9).mean())

    means = float((np.abs(np.abs(difference) @ signs) >= abs(difference.sum()) - 1e-9).mean())
    rank = stats.mannwhitneyu(FINALS["alpha"], FINALS["beta"], method="asymptotic").pvalue  # they do not overlap
    return {"means": means, "runs": rank, "equivalence": max(above(difference + 2), above(2 - difference))}


def adjusted() -> dict[tuple[int, str], float]:
    """Holm's correction of everything on the page, written out."""
    p = p_values()
    every = {(place, name): p[name] for place in range(3) for name in p if place == 0 or name != "equivalence"}
    order, worst, found = sorted(every, key=lambda key: every[key]), 0.0, {}
    for rank, key in enumerate(order):
        worst = max(worst, (len(order) - rank) * every[key])
        found[key] = min(1.0, worst)
    return found


# all benchmarks together


def regrets(place: int) -> dict[str, np.ndarray]:
    """(6, 4): normalised regret after each trial, infinite before anything was found."""
    firsts = [next(value for value in row if value == value) for rows in VALUES.values() for row in rows]
    unit = 99 - np.median(firsts)  # on both: the best final value of the second is 89, all values 10 lower
    return {name: np.nan_to_num((99 - curves) / unit, nan=np.inf) for name, curves in CURVES.items()}


# figures

COLOURS = {style.colour for style in styles_of(list(VALUES)).values()}


def curve_of(panel: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    (line,) = [line for line in panel.lines if line.get_label() == name]
    style = styles_of(list(VALUES))[name]
    assert line.get_color() == style.colour
    assert line.get_linestyle() in ("None", "-" if style.dash == "-" else "--")
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def colours_of(panel: Any) -> list[str]:
    """The colours of bands and of marks, as they were drawn."""
    return [to_hex(each.get_facecolor()[0]).upper() for each in panel.collections]


def legend_of(panel: Any) -> list[str]:
    return [text.get_text() for text in panel.get_legend().get_texts()]


def held_at(seed: int, seconds: float) -> float:
    """What beta's run of this seed had found after so many simulated seconds."""
    ended = np.cumsum([10.0, 20.0, 30.0, 40.0]) * (seed + 1)
    return float(CURVES["beta"][seed][np.flatnonzero(ended <= seconds)[-1]])
