"""The best cells, the neighbours of one, and the best under a limit of parameters, as records and as figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from nasapi_nb201.counts import NETWORKS
from nasapi_nb201.notations import EDGES, OPERATIONS
from numpy.typing import NDArray

from nasapi.errors import InvalidOption, near
from nasapi.pictures import render_svg
from nasapi.space import Code, Codes
from nasapi_robustness.collection import Robustness, Values
from nasapi_robustness.figures import FigureFiles, figure
from nasapi_robustness.measure import CLEAN_ACCURACY, MEAN_ADVERSARIAL, MEAN_CORRUPTION, POOLED_ADVERSARIAL, Measure

BY = {
    "clean": CLEAN_ACCURACY,
    "adversarial": MEAN_ADVERSARIAL,
    "pooled": POOLED_ADVERSARIAL,
    "corruption": MEAN_CORRUPTION,
}
"""What cells are ranked by: "adversarial" over the grid of all attacks, "pooled" over all that was published."""
_SHORT = ("none", "skip", "1×1", "3×3", "pool")  # operations in the order of genes
_FILLS = ("#f4f4f4", "#d9dde2", "#9cc9ec", "#0072B2", "#f7d58b")


@frozen(eq=False)
class Ranked:
    """Cells with their measures, a row a cell."""

    codes: Codes
    """(n, 6)"""
    index: NDArray[np.int64]
    """(n,): official indices."""
    architecture: tuple[str, ...]
    params: Values
    """(n,): trainable numbers of the network."""
    cell_params: Values
    """(n,): those of one cell of the first stage, 16 channels."""
    values: dict[str, Values]
    """(n,) in percent, by the names of `BY`, as far as the data set has them."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The headings of `rows`."""
        return ("index", "architecture", "params", "cell_params", *(BY[name].name for name in self.values))

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """A line for each cell: official index, string, parameters of the network and of a cell, accuracies."""
        columns = [
            self.index.tolist(),
            self.architecture,
            self.params.tolist(),
            self.cell_params.tolist(),
            *(v.tolist() for v in self.values.values()),
        ]
        return list(zip(*columns, strict=True))


def offered(robustness: Robustness) -> dict[str, Measure]:
    """What of `BY` the data set has."""
    return {name: measure for name, measure in BY.items() if robustness.offers(measure)}


def ranked(robustness: Robustness, codes: Codes) -> Ranked:
    """Cells, in the order given, with their measures."""
    space, rows = robustness.space, robustness.rows(codes)
    values = {name: robustness.values(measure)[rows] for name, measure in offered(robustness).items()}
    return Ranked(
        codes,
        space.index(codes),
        tuple(space.format(code) for code in codes),
        NETWORKS[robustness.dataset].params(codes),
        NETWORKS[robustness.dataset].cell_params(codes),
        values,
    )


def measure_by(by: str) -> Measure:
    """The measure of that name; raises InvalidOption for another."""
    if by not in BY:
        raise InvalidOption(f"Cells are not ranked by {by!r}. {near(by, BY)}")
    return BY[by]


def best(
    robustness: Robustness,
    by: str = "clean",
    count: int = 1,
    params: float | None = None,
    cell_params: float | None = None,
) -> Ranked:
    """The `count` evaluated cells with the highest accuracy; ties by official index.

    Their networks have at most `params` parameters each, and one cell of the first stage at most `cell_params`: the
    paper's "limited cell parameter count" is of the cell, 4,672 for two 3x3 convolutions and nothing else. Raises
    InvalidOption where no cell is that small.
    """
    if count < 1:
        raise InvalidOption(f"At least 1 cell is ranked, not {count!r}.")
    values = robustness.values(measure_by(by))
    sizes = NETWORKS[robustness.dataset].params(robustness.codes)
    small = np.flatnonzero(sizes <= (np.inf if params is None else params))
    if not len(small):
        raise InvalidOption(f"No network has at most {params:,.0f} parameters; the smallest has {sizes.min():,.0f}.")
    if cell_params is not None:
        small = small[NETWORKS[robustness.dataset].cell_params(robustness.codes[small]) <= cell_params]
    if not len(small):
        raise InvalidOption(f"No cell has at most {cell_params:,.0f} parameters itself, which is fewer than none.")
    order = small[np.argsort(-values[small], kind="stable")[:count]]
    return ranked(robustness, robustness.codes[order])


def neighbours(robustness: Robustness, code: Code) -> Ranked:
    """The 24 cells that differ from `code` in one edge's operation, by edge and then by operation."""
    around = robustness.space.neighbors(code)
    edge = (around != code).argmax(axis=1)
    order = np.lexsort((around[np.arange(len(around)), edge], edge))
    return ranked(robustness, around[order])


def neighbour_figure(name: str, centre: Ranked, around: Ranked) -> FigureFiles:
    """What each change of one edge does to each measure, in points; the cell's own operations are framed."""
    code = centre.codes[0]
    edge = (around.codes != code).argmax(axis=1)
    op = around.codes[np.arange(len(around.codes)), edge]

    def draw(panels: NDArray[Any]) -> None:
        from matplotlib.patches import Rectangle

        for axes, (by, values) in zip(panels[0], around.values.items(), strict=True):
            change = np.zeros((len(OPERATIONS), len(EDGES)))
            change[op, edge] = values - centre.values[by][0]
            far = max(float(np.abs(change).max()), 1e-9)
            axes.imshow(
                np.sign(change) * np.sqrt(np.abs(change) / far), cmap="RdBu", vmin=-1.3, vmax=1.3, aspect="auto"
            )
            for (row, column), points in np.ndenumerate(change):
                own = code[column] == row
                text = "·" if own else f"{points:+.1f}"
                dark = np.sqrt(abs(points) / far) > 0.85
                axes.text(column, row, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")
                if own:
                    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, linewidth=1.8))
            axes.set_xticks(range(len(EDGES)), [f"{tail}→{head}" for tail, head in EDGES])
            axes.set_yticks(range(len(OPERATIONS)), _SHORT)
            axes.tick_params(length=0)
            axes.set_title(f"{by}: {centre.values[by][0]:.2f} %")
            axes.set_xlabel("edge")

    return figure(name, draw, size=(3.4 * len(around.values) + 0.4, 2.7), columns=len(around.values))


def top_figure(name: str, found: Ranked, by: str) -> FigureFiles:
    """The cells as rows of operations, with their measures and their parameters."""
    count = len(found.index)
    width = len(EDGES)

    def draw(panels: NDArray[Any]) -> None:
        from matplotlib.patches import Rectangle

        axes = panels[0, 0]
        for row, code in enumerate(found.codes.tolist()):
            for column, op in enumerate(code):
                axes.add_patch(Rectangle((column, row), 0.96, 0.92, facecolor=_FILLS[op]))
                colour = "white" if op == 3 else "black"
                axes.text(column + 0.48, row + 0.47, _SHORT[op], ha="center", va="center", fontsize=8, color=colour)
        for place, (title, values) in enumerate(found.values.items()):
            x = width + 0.35 + 1.6 * place
            low, high = float(values.min()), float(values.max())
            for row, value in enumerate(values.tolist()):
                share = (value - low) / (high - low) if high > low else 1.0
                shade = (1 - 0.38 * share, 1 - 0.21 * share, 1 - 0.07 * share)
                axes.add_patch(Rectangle((x, row), 1.5, 0.92, facecolor=shade))
                weight = "bold" if title == by else "normal"
                axes.text(x + 0.75, row + 0.47, f"{value:.2f}", ha="center", va="center", fontsize=8, weight=weight)
            axes.text(x + 0.75, -0.25, f"{title} (%)", ha="center", fontsize=8)
        x = width + 0.35 + 1.6 * len(found.values)
        for row, size in enumerate(found.params.tolist()):
            axes.text(x + 0.75, row + 0.47, f"{size / 1e6:.3f} M", ha="center", va="center", fontsize=8)
        axes.text(x + 0.75, -0.25, "parameters", ha="center", fontsize=8)
        for column, (tail, head) in enumerate(EDGES):
            axes.text(column + 0.48, -0.25, f"{tail}→{head}", ha="center", fontsize=8)
        axes.set_xlim(-0.1, x + 1.6)
        axes.set_ylim(count + 0.1, -0.9)
        axes.set_yticks(np.arange(count) + 0.47, [f"#{index}" for index in found.index.tolist()])
        axes.set_xticks([])
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)

    return figure(name, draw, size=(3.8 + 1.6 * len(found.values), 0.27 * count + 0.6))


def sheet(robustness: Robustness, found: Sequence[tuple[str, Ranked]]) -> str:
    """The SVG of the first cell of each, one below the other, each under its heading and its accuracies."""
    parts, top, wide = [], 8.0, 0.0
    for heading, cells in found:
        drawing = render_svg(robustness.space.picture(cells.codes[0]), heading)
        width, height = (float(number) for number in re.findall(r'(?:width|height)="(\d+)"', drawing)[:2])
        numbers = ", ".join(f"{name} {values[0]:.2f} %" for name, values in cells.values.items())
        text = f"{heading}: #{cells.index[0]} · {numbers} · {cells.params[0] / 1e6:.3f} M parameters"
        parts.append(f'<text x="10" y="{top + 14:.0f}" font-size="13" fill="currentColor">{text}</text>')
        parts.append(drawing.replace("<svg ", f'<svg x="0" y="{top + 22:.0f}" ', 1))
        top, wide = top + 22 + height + 14, max(wide, width, 7.2 * len(text) + 20)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {top:.0f}" width="{wide:.0f}" '
        f'height="{top:.0f}" font-family="system-ui, sans-serif">{"".join(parts)}</svg>'
    )
