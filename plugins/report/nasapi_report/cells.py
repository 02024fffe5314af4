"""The best architectures of a report, drawn where their space is installed."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from attrs import frozen

from nasapi.errors import NasapiError
from nasapi.history import History
from nasapi.pictures import render_svg
from nasapi.plugins import load_space, require_registered
from nasapi.space import SearchSpace
from nasapi_report.analysis import Analysis

_CARD = 800  # pixels: a wider drawing would shrink too much in half of the page


@frozen
class Cell:
    """One network that runs ended on."""

    text: str
    """The literature's string."""
    value: float
    code: tuple[int, ...]
    found: tuple[tuple[str, int], ...]
    """How many runs of each strategy ended on it."""
    svg: str
    """Its drawing; empty where the space cannot be loaded."""

    @property
    def wide(self) -> bool:
        """Whether the drawing needs the width of the page to be read."""
        width = re.search(r' width="(\d+)"', self.svg)
        return width is not None and int(width[1]) > _CARD


def best_cells(analysis: Analysis, most: int = 3) -> list[Cell]:
    """The best networks that runs ended on, at most `most`, each network once; for one goal.

    Two codes of one network count as one where the objective gives values to networks.
    """
    if len(analysis.record.goals) > 1:
        return []
    space = _space(analysis)
    values: dict[tuple[int, ...], float] = {}
    shown: dict[tuple[int, ...], tuple[int, ...]] = {}
    found: dict[tuple[int, ...], Counter[str]] = {}
    for row in analysis.runs:
        for history, curve in zip(row.histories, row.curves, strict=True):
            if history.seed not in row.final_values:
                continue
            code = history.codes[history.incumbent()]
            known = space is not None and analysis.record.identity == "network" and bool(space.valid(code[None])[0])
            key = tuple((space.canonical(code[None])[0] if known and space is not None else code).tolist())
            values[key] = float(curve[-1])
            shown.setdefault(key, tuple(code.tolist()))
            found.setdefault(key, Counter())[row.strategy] += 1
    best = sorted(values, key=lambda key: (-analysis.measure.score(values[key]), -found[key].total(), key))[:most]
    return [_cell(space, shown[key], values[key], found[key]) for key in best]


def _space(analysis: Analysis) -> SearchSpace | None:
    if analysis.benchmark is not None:
        return analysis.benchmark.problem.space
    try:
        require_registered("space", analysis.record.space)
        space = load_space(analysis.record.space)
    except NasapiError:
        return None
    return space if len(space.cardinalities) == analysis.record.genes else None


def _cell(space: SearchSpace | None, code: tuple[int, ...], value: float, found: Counter[str]) -> Cell:
    counts = tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))
    if space is None or not space.valid(np.array(code)[None])[0]:  # a record may hold any numbers
        return Cell(" ".join(map(str, code)), value, code, counts, "")
    text = space.format(np.array(code))
    return Cell(text, value, code, counts, render_svg(space.picture(np.array(code)), f"Drawing of {text}"))


def final_codes(history: History) -> tuple[int, ...]:
    """The code of a run's final incumbent; empty where every evaluation failed."""
    rows = history.incumbents()
    return tuple(history.codes[rows[-1]].tolist()) if len(rows) and rows[-1] >= 0 else ()
