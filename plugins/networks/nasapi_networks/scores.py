"""What networks say of images: accuracy, loss, confidence right and wrong, calibration, confusion."""

from __future__ import annotations

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import nn

from nasapi_networks.determinism import pinned
from nasapi_networks.images import Images

_BATCH = 1000
BINS = 15
"""Of the calibration error, as in Guo et al., On calibration of modern neural networks, ICML 2017."""


@frozen(eq=False)
class Scores:
    """What one network says of some images."""

    accuracy: float
    """In percent."""
    loss: float
    """Mean cross-entropy in nats."""
    confidence_right: float
    """Mean probability of the class that was said where that was right; NaN where nothing was."""
    confidence_wrong: float
    """The same where it was wrong."""
    calibration_error: float
    """Expected calibration error over 15 bins of equal width, from 0 to 1."""
    confusion: NDArray[np.int64]
    """(classes, classes): images of the true class (row) that were said to be of another (column)."""


def logits_of(network: nn.Module, images: Images) -> NDArray[np.float64]:
    """(n, classes): what a network in evaluation mode says."""
    like = next(network.parameters())
    with pinned(), torch.inference_mode():
        parts = torch.from_numpy(images.pixels).split(_BATCH)
        return np.concatenate([network(part.to(like)).double().cpu().numpy() for part in parts])


def scores(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> Scores:
    """The scores of `logits`, (n, classes), for true `labels`, (n,); everything is NaN where a logit is not finite."""
    n, classes = logits.shape
    if not np.isfinite(logits).all():
        nan = float("nan")
        return Scores(nan, nan, nan, nan, nan, np.zeros((classes, classes), np.int64))
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    predicted = logits.argmax(axis=1)
    sure = np.exp(logs[np.arange(n), predicted])
    right = predicted == labels
    confusion = np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)
    bins = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(bins, right.astype(np.float64) - sure, BINS)  # eq. (3): n |accuracy - confidence| of each bin
    return Scores(
        100 * float(right.mean()),
        float(-logs[np.arange(n), labels].mean()),
        _mean(sure[right]),
        _mean(sure[~right]),
        float(np.abs(gaps).sum() / n),
        confusion,
    )


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")
