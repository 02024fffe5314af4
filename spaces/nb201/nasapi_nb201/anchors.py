"""Cells of NAS-Bench-201 with their published values: the best on each data set, and one that learns nothing."""

from __future__ import annotations

from nasapi.reference import Anchor

SOURCE = "NAS-Bench-201 (Dong & Yang, ICLR 2020): means over the training seeds after 200 epochs"
_CELLS = {
    6111: "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|",
    9930: "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|",
    10676: "|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|",
    1234: "|nor_conv_1x1~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|",
}
"""By their official number."""
_VALUES = {
    "cifar10": (
        (6111, "valid_accuracy", 91.607),
        (6111, "test_accuracy", 94.373),
        (9930, "valid_accuracy", 91.553),
        (1234, "valid_accuracy", 9.712),
        (6111, "params", 1_073_466),
        (6111, "cost", 2_879.75),
    ),
    "cifar100": (
        (9930, "valid_accuracy", 73.493),
        (9930, "test_accuracy", 73.513),
        (6111, "valid_accuracy", 72.747),
        (1234, "valid_accuracy", 1.0),
    ),
    "imagenet16-120": (
        (10676, "valid_accuracy", 46.733),
        (6111, "valid_accuracy", 45.556),
        (1234, "valid_accuracy", 0.833),
    ),
}


def anchors(dataset: str) -> tuple[Anchor, ...]:
    """The published values on a data set."""
    return tuple(Anchor(_CELLS[number], metric, value, SOURCE) for number, metric, value in _VALUES[dataset])
