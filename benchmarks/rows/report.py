"""The report of the demonstration: three strategies, thirty seeds, NAS-Bench-201."""

from __future__ import annotations

import functools
import itertools
import tempfile
from pathlib import Path

from fresh import command, imported, nasapi, program
from timing import Row, Work

import nasapi as package

FIGURES = """
import io
import matplotlib
matplotlib.use("Agg")
from matplotlib.figure import Figure
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_agg import FigureCanvasAgg
for number in range(4):
    figure = Figure(figsize=(6, 4))
    axes = figure.add_subplot()
    for line in range(3):
        places = list(range(1, 193))
        axes.plot(places, [1 / (place + line) for place in places], label=f"line {line}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.legend()
    for canvas, kind in ((FigureCanvasSVG, "svg"), (FigureCanvasPdf, "pdf"), (FigureCanvasAgg, "png")):
        canvas(figure).print_figure(io.BytesIO(), format=kind)
"""
"""As many figures of as many lines, without a word or a number of statistics."""


@functools.cache
def runs(seeds: int) -> Path:
    """The demonstration's store."""
    place = Path(tempfile.mkdtemp(prefix="nasapi-bench-")) / "runs"
    strategies = ["random", "local-search", "evolution"]
    package.Study(["nb201/cifar10-v1"], strategies, seeds=seeds, store=place).run(backend="inline")
    return place


def report(n: int) -> Work:
    """A new folder each time."""
    store, numbers = runs(n), itertools.count()

    def write() -> str:
        return command(nasapi("report", str(store), "-o", str(store.parent / f"report-{next(numbers)}")))()

    return write


def analysed(work: Work) -> dict[str, float]:
    """What the command imports; what it does then is the rest."""
    store = runs(30)
    return imported(command(nasapi("report", str(store), "-o", str(store.parent / "report-imports"))))


ROWS = [
    Row(
        "report of the demonstration",
        report,
        "s",
        limit=lambda n: program(FIGURES),
        n=30,
        quick=3,
        each=False,
        goal=1.2,
        where=analysed,
    )
]
