"""The picture of the shipped table of networks on 8x8 digits: clean accuracy against accuracy under attack.

    python benchmarks/mnist8_front.py [--into FOLDER]

Nothing is drawn at random, and the same table gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from claims.program import end, reader
from nasapi_nb201.mnist8 import FOLDER
from nasapi_report.canvas import INK, figure
from numpy.typing import NDArray

from nasapi.ranking import nondominated
from nasapi.tables import Table

IMAGES = Path(__file__).parent.parent / "docs" / "images"
PANELS = {"FGSM, ε = 0.03": "test_fgsm_7.65_accuracy", "PGD, 10 steps, ε = 0.03": "test_pgd_7.65_accuracy"}
CHOSEN = {"valid_accuracy": "D", "valid_fgsm_7.65_accuracy": "s"}
CHOICES = {"valid_accuracy": "best clean, validation", "valid_fgsm_7.65_accuracy": "best under FGSM, validation"}
POINT, FRONT = "#0072B2", "#D55E00"
LEAST = 72.0
"""Clean accuracy in percent of what is drawn: what has less is mostly cells without a convolution."""


def drawing() -> bytes:
    """Two panels as PNG: each network a point, mean of its seeds, with the front; and how far two seeds are apart."""
    table = Table(FOLDER / "table.zarr")
    clean = np.asarray(table["test_accuracy"], np.float64)

    def draw(axes: list[Any]) -> None:
        for panel, (title, column) in zip(axes, PANELS.items(), strict=True):
            _panel(panel, title, clean, np.asarray(table[column], np.float64))
            for name, mark in CHOSEN.items():
                best = int(table[name].mean(axis=1).argmax())
                x, y = clean[best].mean(), table[column][best].mean()
                panel.plot(x, y, mark, color="none", markeredgecolor=INK, markersize=9, label=CHOICES[name])
        axes[0].set_ylabel("accuracy on attacked images, %")
        axes[0].legend(loc="upper left", frameon=False, fontsize=8.5)

    return figure("mnist8-front", "", "", draw, height=4.0, panels=2).png


def _panel(axes: Any, title: str, clean: NDArray[np.float64], attacked: NDArray[np.float64]) -> None:
    x, y = clean.mean(axis=1), attacked.mean(axis=1)
    shown = x >= LEAST
    axes.plot(x[shown], y[shown], "o", color=POINT, markersize=3.5, alpha=0.45, markeredgewidth=0, label="a network")
    front = nondominated(-np.stack([x, y], axis=1))
    front = front[np.argsort(x[front])]
    axes.plot(x[front], y[front], "-o", color=FRONT, markersize=4.5, linewidth=1.2, label="not surpassed in both")
    apart = [float(np.sqrt(part.var(axis=1, ddof=1).mean())) for part in (clean[shown], attacked[shown])]
    where = {"x": 93.0, "y": 35.0, "xerr": apart[0], "yerr": apart[1]}
    axes.errorbar(**where, color=INK, capsize=2, linewidth=1, label="± deviation of a seed")
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("accuracy on clean images, %")
    axes.set_xlim(LEAST - 1, 97)


def main() -> None:
    """Write the picture."""
    into = reader(__doc__, IMAGES).parse_args().into
    into.mkdir(parents=True, exist_ok=True)
    (into / "mnist8-front.png").write_bytes(drawing())


if __name__ == "__main__":
    end(main)
