"""The most robust cells of NAS-Bench-201 with their published accuracies."""

from __future__ import annotations

from nasapi.reference import Anchor

_SOURCE = "table 2 of Jung, Lukasik & Keuper (ICLR 2023), rounded there and in the data set"
_EXAMPLE = "the example of cell 13,433 that its authors show"
_DATA = "the data set of Jung, Lukasik & Keuper (ICLR 2023)"
_SHOWN = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|nor_conv_1x1~1|skip_connect~2|"
_HALF = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+"
ANCHORS = {
    "fgsm1": (Anchor(f"{_HALF}|skip_connect~0|none~1|nor_conv_3x3~2|", "fgsm_1_accuracy", 69.24, _SOURCE, 0.0501),),
    "pgd1": (
        Anchor(
            "|avg_pool_3x3~0|+|none~0|skip_connect~1|+|none~0|nor_conv_1x1~1|skip_connect~2|",
            "pgd_1_accuracy",
            58.85,
            _SOURCE,
            0.0501,
        ),
        Anchor(
            _SHOWN,
            "pgd_1_accuracy",
            33.6,
            "the authors' example of cell 13,433",
        ),
    ),
    "apgd1": (
        Anchor(
            "|avg_pool_3x3~0|+|none~0|avg_pool_3x3~1|+|none~0|nor_conv_1x1~1|avg_pool_3x3~2|",
            "apgd_1_accuracy",
            54.02,
            _SOURCE,
            0.0501,
        ),
    ),
    "square1": (Anchor(f"{_HALF}|skip_connect~0|none~1|avg_pool_3x3~2|", "square_1_accuracy", 73.61, _SOURCE, 0.0501),),
    "corruptions": (
        Anchor(
            "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|",
            "mean_corruption_accuracy",
            58.55,
            _SOURCE,
            0.006,
        ),
    ),
    "robust": (
        Anchor(f"{_HALF}|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|", "clean_accuracy", 94.6, _DATA),
        Anchor(
            _SHOWN,
            "clean_accuracy",
            89.3,
            "the authors' example of cell 13,433",
        ),
        Anchor(f"{_HALF}|nor_conv_1x1~0|avg_pool_3x3~1|avg_pool_3x3~2|", "mean_adversarial_accuracy", 43.975, _DATA),
    ),
}
"""By task: the best cell on CIFAR-10, and what the authors show."""
