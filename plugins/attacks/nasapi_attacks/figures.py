"""Attacked images beside the clean ones, as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from nasapi_report.canvas import Figure

    from nasapi_attacks.attacking import Attacked

_MOST_ROWS = 8


def attacked_figure(clean: NDArray[Any], attacked: Sequence[Attacked], columns: int = 8) -> Figure:
    """The first images that are rightly classified, clean in the first row, a row an attack below.

    `clean` is (n, channels, height, width). Above each image is the class that the network sees; a wrong one is orange
    and in a frame.
    """
    from nasapi_report.canvas import GREEN, VERMILION, figure

    shown = list(attacked)[:_MOST_ROWS]
    labels = shown[0].labels
    right = (shown[0].clean_logits.argmax(1) == labels).nonzero()[0][:columns]
    chosen = right if len(right) else np.arange(min(columns, len(labels)))
    rows = [("clean", clean[chosen], shown[0].clean_logits[chosen].argmax(1))]
    rows += [(one.spec.title, one.images[chosen].cpu().numpy(), one.logits[chosen].argmax(1)) for one in shown]

    def draw(axes: Any) -> None:
        height, width = clean.shape[2:]
        for row, (title, images, classes) in enumerate(rows):
            top = row * 1.35
            axes.text(-0.15, top + 0.5, title, ha="right", va="center", fontsize=9)
            for column, (image, seen) in enumerate(zip(images, classes, strict=True)):
                left = column * 1.1
                extent = (left, left + width / max(height, width), top + height / max(height, width), top)
                axes.imshow(_colours(image), extent=extent, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
                wrong = seen != labels[chosen][column]
                axes.text(
                    left + 0.5,
                    top - 0.04,
                    str(seen),
                    ha="center",
                    va="bottom",
                    fontsize=8,
                    color=VERMILION if wrong else GREEN,
                )
                if wrong:
                    box = [extent[0], extent[1], extent[1], extent[0], extent[0]]
                    axes.plot(box, [top, top, extent[2], extent[2], top], color=VERMILION, linewidth=1.4)
        axes.set_xlim(-0.1, 1.1 * len(chosen))
        axes.set_ylim(len(rows) * 1.35, -0.3)
        axes.set_aspect("equal")
        axes.set_axis_off()

    caption = (
        f"The first {len(chosen)} images that the network classifies rightly, clean and attacked, each under the class "
        "that it sees; wrong ones are framed."
    )
    return figure("attacked", "Attacked images", caption, draw, height=0.9 * len(rows) + 0.4)


def _colours(image: NDArray[Any]) -> NDArray[Any]:
    """(height, width) of gray images, (height, width, 3) of colour ones; of other numbers of channels the mean."""
    if image.shape[0] == 3:
        return np.asarray(np.clip(image.transpose(1, 2, 0), 0, 1))
    return np.asarray(image.mean(axis=0))
