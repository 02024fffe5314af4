"""Trained cells of the DARTS space with their published values."""

from __future__ import annotations

from nasapi.reference import Anchor

_REDUCTION = (
    "reduce=[('max_pool_3x3', 0), ('{}', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('max_pool_3x3', 0), ('skip_connect', 2)], reduce_concat=range(2, 6))"
)
_BEST = (
    "Genotype(normal=[('sep_conv_5x5', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('dil_conv_3x3', 1), "
    "('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1)], "
    "normal_concat=range(2, 6), " + _REDUCTION.format("sep_conv_3x3")
)
_ORDINARY = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('dil_conv_3x3', 1), "
    "('sep_conv_3x3', 0), ('dil_conv_5x5', 2), ('dil_conv_3x3', 1), ('sep_conv_3x3', 2)], "
    "normal_concat=range(2, 6), " + _REDUCTION.format("skip_connect")
)
ANCHORS = tuple(
    Anchor(genotype, metric, value, "the table of trained cells after 50 epochs")
    for genotype, accuracy, seconds in ((_BEST, 94.37, 6_435.0), (_ORDINARY, 92.74, 7_117.0))
    for metric, value in (("valid_accuracy", accuracy), ("cost", seconds))
)
"""The best of the trained cells, and another."""
