"""Cells of NAS-Bench-101 with their published values.

`nb101/cifar10-v1` has none: what is published of its goal, the mean validation accuracy of three runs, is its optimum,
95.06, without the cell that has it, and a table of it may be a part that holds neither cell below.
"""

from __future__ import annotations

from nasapi.reference import Anchor

SOURCE = "NAS-Bench-101 (Ying et al., ICML 2019): accuracies after 108 epochs, a mean of three runs on test images"
_BEST = (
    "0100011001000000010000000110000001000000010000000:"
    "input,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv1x1-bn-relu,conv3x3-bn-relu,output"
)
_ORDINARY = (
    "0100001001000000010010000100000000100000000000000:"
    "input,conv1x1-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,output"
)

LISTED_ANCHORS = (
    Anchor(_BEST, "valid_accuracy", 94.912, SOURCE),
    Anchor(_BEST, "test_accuracy", 93.536, SOURCE),
    Anchor(_BEST, "cost", 4_100.57, SOURCE),
    Anchor(_ORDINARY, "valid_accuracy", 93.590, SOURCE),
    Anchor(_ORDINARY, "test_accuracy", 92.318, SOURCE),
)
"""Of the 30,001 listed networks: the best one, and another."""
TESTED_ANCHORS = (
    Anchor(_BEST, "test_accuracy_as_goal", 93.536, SOURCE),
    Anchor(_ORDINARY, "test_accuracy_as_goal", 92.318, SOURCE),
)
"""Of all networks, by their test accuracy."""
