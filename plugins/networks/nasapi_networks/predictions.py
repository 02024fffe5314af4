"""What a network says of images, counted: accuracy, how sure it is, whether it may be, what it takes for what."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from attrs import field, frozen
from numpy.typing import NDArray
from torch import nn

from nasapi.errors import InvalidOption
from nasapi.safety.whole_numbers import whole
from nasapi_networks.determinism import pinned
from nasapi_networks.images import Images, as_array

Values = NDArray[np.floating[Any]]
BINS = 15
"""Of the calibration error, as in Guo et al., On calibration of modern neural networks, ICML 2017."""
_BATCH = 1000


@frozen(eq=False)
class Predictions:
    """Logits (n, classes) of n images beside their true classes (n,).

    Raises InvalidOption where they do not fit, or where a logit is not finite.
    """

    logits: Values
    labels: NDArray[np.integer[Any]]
    _logarithms: Values = field(init=False, repr=False)
    """(n, classes), float64: of the probabilities."""

    def __attrs_post_init__(self) -> None:
        try:
            given, labels = as_array(self.logits), as_array(self.labels)
            logits = given.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise InvalidOption(
                f"Predictions are arrays of logits (n, classes) and of labels (n,): {error!s:.200}."
            ) from error
        object.__setattr__(self, "logits", given)
        object.__setattr__(self, "labels", labels)
        if logits.ndim != 2 or not len(logits) or self.labels.shape != logits.shape[:1]:
            raise InvalidOption(
                f"Predictions are logits (n, classes) and labels (n,), not {logits.shape} and {self.labels.shape}."
            )
        if given.dtype.kind not in "fiu":
            raise InvalidOption(f"Logits are real numbers, not {given.dtype}.")
        if labels.dtype.kind not in "iu":
            raise InvalidOption(f"Labels are whole numbers from 0, not {labels.dtype}.")
        if not np.isfinite(logits).all():
            raise InvalidOption("Predictions are finite logits, but some are NaN or infinite.")
        if not ((self.labels >= 0) & (self.labels < logits.shape[1])).all():
            raise InvalidOption(f"Labels are whole numbers from 0 to {logits.shape[1] - 1}.")
        shifted = logits - logits.max(axis=1, keepdims=True)
        object.__setattr__(self, "_logarithms", shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))

    @property
    def probabilities(self) -> Values:
        """(n, classes), float64: the softmax of the logits."""
        return np.exp(self._logarithms)

    @property
    def predicted(self) -> NDArray[np.integer[Any]]:
        """(n,): the most likely class, the first of several."""
        return np.asarray(self.logits.argmax(axis=1))

    @property
    def right(self) -> NDArray[np.bool_]:
        """(n,): whether the most likely class is the true one."""
        return np.asarray(self.predicted == self.labels)

    @property
    def accuracy(self) -> float:
        """Percent that are classified rightly."""
        return 100 * float(self.right.mean())

    @property
    def confidence(self) -> dict[str, float]:
        """Mean probabilities from 0 to 1: of the `label`, of the `prediction`, of that where it is `right` and `wrong`.

        NaN for the last two where there is no such image.
        """
        sure, right = self._sure, self.right
        label = float(np.exp(self._logarithms[np.arange(len(self.labels)), self.labels]).mean())
        return {
            "label": label,
            "prediction": float(sure.mean()),
            "right": _mean(sure[right]),
            "wrong": _mean(sure[~right]),
        }

    @property
    def log_loss(self) -> float:
        """The mean cross entropy, in nats."""
        return float(-self._logarithms[np.arange(len(self.labels)), self.labels].mean())

    def calibration_error(self, bins: int = BINS) -> float:
        """How far confidence and accuracy are apart, from 0 to 1: the expected calibration error (Guo et al., eq. 3).

        The mean over `bins` of equal width, weighted by their images, of the distance between mean confidence and
        share of right answers.
        """
        bins = whole(bins, 1, wanted="`bins` is a whole number from 1")
        places = np.minimum((self._sure * bins).astype(np.int64), bins - 1)
        gaps = np.bincount(places, self.right.astype(np.float64) - self._sure, bins)
        return float(np.abs(gaps).sum() / len(self.labels))

    @property
    def confusion(self) -> NDArray[np.int64]:
        """(classes, classes): how many images of the class of the row were taken for that of the column."""
        classes = self.logits.shape[1]
        places = self.labels.astype(np.int64) * classes + self.predicted
        return np.bincount(places, minlength=classes**2).reshape(classes, classes)

    @property
    def _sure(self) -> Values:
        """(n,): the probability of the predicted class."""
        return np.asarray(np.exp(self._logarithms[np.arange(len(self.labels)), self.predicted]))


def predictions_of(network: nn.Module, images: Images) -> Predictions:
    """What a network in evaluation mode says of `images`; raises InvalidOption where an answer is not finite."""
    like = next(network.parameters(), torch.zeros(()))
    with pinned(), torch.inference_mode():
        parts = torch.from_numpy(images.pixels).split(_BATCH)
        logits = np.concatenate([network(part.to(like, copy=True)).double().cpu().numpy() for part in parts])
    if bad := int((~np.isfinite(logits)).any(axis=1).sum()):
        raise InvalidOption(f"The network gives NaN or infinity for {bad:,} of {len(images):,} images.")
    return Predictions(logits, images.labels)


def _mean(values: Values) -> float:
    return float(values.mean()) if len(values) else float("nan")
