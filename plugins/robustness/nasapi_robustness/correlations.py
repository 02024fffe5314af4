"""Kendall's tau between measures of robustness, and of training-free proxies with each measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from nasapi_nb201.counts import NETWORKS
from numpy.typing import NDArray

from nasapi import load_objective
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.safety.npz import read_npz
from nasapi_robustness.collection import Robustness, Values
from nasapi_robustness.figures import FigureFiles, figure
from nasapi_robustness.measure import CLEAN_ACCURACY, MEAN_ADVERSARIAL, MEAN_CORRUPTION, Measure
from nasapi_robustness.names import ATTACKS, CORRUPTIONS

EPSILONS = (0.1, 1.0, 3.0, 8.0)
"""The strengths, in 1/255, at which attacks stand in the matrix."""


@frozen(eq=False)
class Correlation:
    """Kendall's tau-b of each row's values with each column's, over all evaluated cells."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    tau: Values
    """(rows, columns), from -1 to 1; NaN where one of the two is the same for all cells."""


def measures(robustness: Robustness) -> list[Measure]:
    """What the matrix has: clean, each attack at `EPSILONS`, means, and each corruption's mean; what is there of it."""
    there = set(robustness.evaluated)
    found = [CLEAN_ACCURACY]
    for attack in (name for name in ATTACKS if name in there):
        found += [Measure(attack, epsilon) for epsilon in EPSILONS if epsilon in robustness.epsilons(attack)]
    if there >= set(ATTACKS):
        found.append(MEAN_ADVERSARIAL)
    found += [Measure(name, aggregate="mean") for name in CORRUPTIONS if name in there]
    return [*found, MEAN_CORRUPTION] if there >= set(CORRUPTIONS) else found


def between_measures(robustness: Robustness) -> Correlation:
    """Kendall's tau between all pairs of `measures`."""
    chosen = measures(robustness)
    values = [robustness.values(measure) for measure in chosen]
    tau = np.ones((len(chosen), len(chosen)))
    for row in range(len(chosen)):
        for column in range(row):
            tau[row, column] = tau[column, row] = kendall(values[row], values[column])
    titles = tuple(_title(measure) for measure in chosen)
    return Correlation(titles, titles, tau)


def of_proxies(robustness: Robustness, proxies: Mapping[str, Values]) -> Correlation:
    """Kendall's tau of each proxy, (cells,) by name, with each of `measures`."""
    chosen = measures(robustness)
    tau = np.array([[kendall(values, robustness.values(measure)) for measure in chosen] for values in proxies.values()])
    return Correlation(tuple(proxies), tuple(_title(measure) for measure in chosen), tau)


def read_proxies(path: Path, robustness: Robustness) -> dict[str, Values]:
    """The proxies of the evaluated cells, (cells,) by name, from a file of columns, and the cells' sizes beside them.

    The file is a `.npz` with `idx`, the official indices, and columns `<dataset>_<proxy>`, a row an index; columns that
    end in `_time_s` are seconds and left out. Raises NotAvailable where the file or the data set is not there,
    CorruptData where it covers other cells.
    """
    if not path.exists():
        raise NotAvailable(f"There is no file {str(path)!r} of training-free proxies.")
    try:
        columns = read_npz(path, repr(str(path)))
    except OSError as error:
        raise NotAvailable(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    index = columns.pop("idx", np.empty(0))
    every = np.arange(robustness.space.size or 0)
    if index.shape != every.shape or not np.array_equal(np.sort(index), every):
        raise CorruptData(f"{str(path)!r} covers other cells: its 'idx' must list 0 to {len(every) - 1}, each once.")
    start = f"{robustness.dataset}_"
    network = NETWORKS[robustness.dataset]
    found = {"parameters": network.params(robustness.codes), "FLOPs": network.benchmark_flops(robustness.codes)}
    for name, column in columns.items():
        if not name.startswith(start) or name.endswith("_time_s"):
            continue
        if column.shape != index.shape or column.dtype.kind not in "fiu":
            raise CorruptData(f"Column {name!r} of {str(path)!r} is not one number for each of {len(index)} cells.")
        ordered = np.empty(len(index))
        ordered[index] = column
        found[name.removeprefix(start)] = ordered[robustness.cells]
    if len(found) == 2:
        raise NotAvailable(f"{str(path)!r} has no proxies on {robustness.dataset!r}; its columns are {list(columns)}.")
    return found


def computed_proxies(robustness: Robustness, names: Sequence[str], count: int, seed: int) -> dict[str, Values]:
    """Scores of nasapi-proxies, (cells,) by name, on `count` evaluated cells drawn by `seed`; NaN on the others.

    Networks are the published skeleton, inputs noise. Raises UnknownId where nasapi-proxies is not installed or has no
    such score, InvalidOption where fewer cells were evaluated.
    """
    if count > len(robustness.codes):
        raise InvalidOption(f"{len(robustness.codes):,} cells were evaluated, fewer than the {count:,} of the sample.")
    rows = np.random.default_rng(seed).choice(len(robustness.codes), count, replace=False)
    found = {}
    for name in names:
        objective = load_objective(f"nb201/{name}")
        values = np.full(len(robustness.codes), np.nan)
        values[rows] = objective.evaluate(robustness.codes[rows])[objective.metrics[0].name]
        found[name] = values
    return found


def computed_rows(robustness: Robustness, proxies: Mapping[str, Values]) -> list[tuple[Any, ...]]:
    """A line a cell that has a score: its string and its scores."""
    columns = np.stack(list(proxies.values()), 1)
    there = np.isfinite(columns).any(1)
    cells = zip(robustness.codes[there], columns[there].tolist(), strict=True)
    return [(robustness.space.format(code), *values) for code, values in cells]


def kendall(a: Values, b: Values) -> float:
    """Kendall's tau-b (Biometrika 1945) of two columns; cells where one is NaN are left out; NaN for a constant."""
    from scipy.stats import kendalltau

    there = ~(np.isnan(a) | np.isnan(b))
    if not there.any() or np.ptp(a[there]) == 0 or np.ptp(b[there]) == 0:
        return float("nan")
    return float(kendalltau(a[there], b[there]).statistic)


def table(found: Correlation) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Headings and lines of the matrix."""
    return ("tau", *found.columns), [(name, *row) for name, row in zip(found.rows, found.tau.tolist(), strict=True)]


def correlation_figure(name: str, found: Correlation) -> FigureFiles:
    """The matrix as coloured cells, blue for agreement and red for the contrary, each with its tau in hundredths."""
    tall = 0.25 * len(found.rows) + 2.0
    wide = 0.27 * len(found.columns) + 2.6

    def draw(panels: NDArray[Any]) -> None:
        axes = panels[0, 0]
        image = axes.imshow(found.tau, cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
        axes.set_xticks(range(len(found.columns)), found.columns, rotation=90, fontsize=7.5)
        axes.set_yticks(range(len(found.rows)), found.rows, fontsize=7.5)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        for (row, column), tau in np.ndenumerate(found.tau):
            if np.isfinite(tau):
                colour = "white" if abs(tau) > 0.65 else "black"
                axes.text(column, row, f"{100 * tau:.0f}", ha="center", va="center", fontsize=5.5, color=colour)
        axes.figure.colorbar(image, ax=axes, label="Kendall's τ (cells show hundredths)", shrink=0.8, pad=0.01)

    return figure(name, draw, size=(wide, tall))


def _title(measure: Measure) -> str:
    """The measure's title, short enough for an axis."""
    short = measure.title.replace(", ε = ", " ").replace("/255", "")
    return short.removeprefix("mean ") if measure.attack in CORRUPTIONS else short
