"""What a network answers, counted: accuracy, how sure it is, whether it may be, and what it takes for what."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.errors import InvalidOption

Values = NDArray[np.floating[Any]]
BINS = 15
"""Of the calibration error, as Guo et al., ICML 2017, have it."""


@frozen(eq=False)
class Predictions:
    """Logits (n, classes) of n images beside their true classes (n,); raises InvalidOption where they do not fit."""

    logits: Values
    labels: NDArray[np.integer[Any]]
    probabilities: Values = field(init=False, repr=False)
    """(n, classes), float64: the softmax of the logits."""

    def __attrs_post_init__(self) -> None:
        logits = np.asarray(self.logits, np.float64)
        if logits.ndim != 2 or not len(logits) or self.labels.shape != logits.shape[:1]:
            raise InvalidOption(
                f"Predictions are logits (n, classes) and labels (n,), not {logits.shape} and {self.labels.shape}."
            )
        if not np.isfinite(logits).all():
            raise InvalidOption("Predictions are finite logits, but some are NaN or infinite.")
        if not ((self.labels >= 0) & (self.labels < logits.shape[1])).all():
            raise InvalidOption(f"Labels are whole numbers from 0 to {logits.shape[1] - 1}.")
        powers = np.exp(logits - logits.max(1, keepdims=True))
        object.__setattr__(self, "probabilities", powers / powers.sum(1, keepdims=True))

    @property
    def right(self) -> NDArray[np.bool_]:
        """(n,): whether the most likely class is the true one."""
        return np.asarray(self.logits.argmax(1) == self.labels)

    @property
    def accuracy(self) -> float:
        """Percent that are classified rightly."""
        return 100.0 * float(self.right.mean())

    @property
    def confidence(self) -> dict[str, float]:
        """Mean probabilities from 0 to 1: of the `label`, of the `prediction`, of that where it is `right` and `wrong`.

        NaN for the last two where there is no such image.
        """
        sure = self.probabilities.max(1)
        label = self.probabilities[np.arange(len(self.labels)), self.labels]
        parts = {"right": sure[self.right], "wrong": sure[~self.right]}
        split = {name: float(some.mean()) if len(some) else float("nan") for name, some in parts.items()}
        return {"label": float(label.mean()), "prediction": float(sure.mean()), **split}

    @property
    def log_loss(self) -> float:
        """The mean cross entropy, in nats."""
        shifted = self.logits.astype(np.float64) - self.logits.max(1, keepdims=True)
        rows = np.arange(len(self.labels))
        return float((np.log(np.exp(shifted).sum(1)) - shifted[rows, self.labels]).mean())

    def calibration_error(self, bins: int = BINS) -> float:
        """How far confidence and accuracy are apart, from 0 to 1: the expected calibration error (Guo et al., eq. 3).

        The mean over `bins` of equal width, weighted by their images, of the distance between mean confidence and
        share of right answers.
        """
        if isinstance(bins, bool) or not isinstance(bins, int) or bins < 1:
            raise InvalidOption(f"`bins` is a whole number from 1, not {bins!r:.80}.")
        sure = self.probabilities.max(1)
        places = np.minimum((sure * bins).astype(int), bins - 1)
        apart = np.bincount(places, sure - self.right, bins)
        return float(np.abs(apart).sum() / len(sure))

    @property
    def confusion(self) -> NDArray[np.int64]:
        """(classes, classes): how many images of the class of the row were taken for that of the column."""
        classes = self.logits.shape[1]
        places = self.labels.astype(np.int64) * classes + self.logits.argmax(1)
        return np.bincount(places, minlength=classes**2).reshape(classes, classes)
