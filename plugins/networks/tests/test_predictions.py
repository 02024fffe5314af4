"""What is counted of a network's predictions agrees with what one counts by hand and with scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from nasapi_networks.images import Images
from nasapi_networks.predictions import Predictions, predictions_of
from torch import nn

from nasapi.errors import InvalidOption


@pytest.fixture
def predictions() -> Predictions:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 500)
    return Predictions(rng.normal(0, 1, (500, 10)) + 2.0 * np.eye(10)[labels], labels)


def test_counts_agree_with_scikit_learn(predictions: Predictions) -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, log_loss

    predicted = predictions.logits.argmax(1)
    assert np.array_equal(predictions.confusion, confusion_matrix(predictions.labels, predicted, labels=range(10)))
    assert predictions.accuracy == pytest.approx(100 * accuracy_score(predictions.labels, predicted))
    assert predictions.log_loss == pytest.approx(
        log_loss(predictions.labels, predictions.probabilities, labels=range(10))
    )


def test_confidences_are_means_of_probabilities() -> None:
    logits = np.log([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]])
    found = Predictions(logits, np.array([0, 1, 2])).confidence
    assert found["label"] == pytest.approx((0.7 + 0.3 + 0.8) / 3)
    assert found["prediction"] == pytest.approx(0.7)
    assert found["right"] == pytest.approx(0.75) and found["wrong"] == pytest.approx(0.6)
    assert np.isnan(Predictions(logits, np.array([0, 0, 2])).confidence["wrong"])


def test_the_calibration_error_is_the_weighted_distance_of_confidence_and_accuracy() -> None:
    sure = np.array([0.9, 0.9, 0.9, 0.9, 0.6, 0.6])
    logits = np.log(np.stack([sure, 1 - sure], 1))
    labels = np.array([0, 0, 0, 1, 0, 1])
    assert Predictions(logits, labels).calibration_error() == pytest.approx(4 / 6 * 0.15 + 2 / 6 * 0.1)
    assert Predictions(logits, labels).calibration_error(1) == pytest.approx(abs(sure.mean() - 4 / 6))


@pytest.mark.parametrize(
    ("logits", "labels", "sentence"),
    [
        (np.zeros(3), np.zeros(3, int), r"not \(3,\)"),
        (np.zeros((3, 2)), np.zeros(2, int), r"labels \(n,\), not \(3, 2\) and \(2,\)"),
        (np.zeros((0, 2)), np.zeros(0, int), r"\(0, 2\)"),
        (np.full((3, 2), np.nan), np.zeros(3, int), "NaN or infinite"),
        (np.zeros((3, 2)), np.array([0, 1, 2]), "from 0 to 1"),
        (np.zeros((3, 2)), np.zeros(3), "Labels are whole numbers from 0, not float64"),
        ([[0, 1], [0]], [0, 1], "Predictions are arrays of logits"),
        ([["0", "1"]], [0], "Logits are real numbers, not <U1"),
    ],
)
def test_what_are_no_answers_is_named(logits: np.ndarray, labels: np.ndarray, sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        Predictions(logits, labels)
    with pytest.raises(InvalidOption, match="`bins` is a whole number from 1, not 0"):
        Predictions(np.zeros((1, 2)), np.zeros(1, int)).calibration_error(0)


def test_lists_and_tensors_are_counted_as_arrays_are() -> None:
    logits = [[2.0, 1.0], [0.0, 1.0], [3.0, 1.0]]
    for made in (Predictions(logits, [0, 1, 1]), Predictions(torch.tensor(logits), torch.tensor([0, 1, 1]))):
        assert made.confusion.tolist() == [[1, 0], [1, 1]]
        assert made.log_loss > 0
    assert Predictions(torch.eye(2, requires_grad=True), torch.tensor([0, 1])).accuracy == 100
    assert made.calibration_error(np.int64(4)) == made.calibration_error(4)


def test_confidence_is_calibrated_within_fifteen_bins() -> None:
    sure = np.array([0.99, 0.98, 0.71, 0.72, 0.52])  # bins 14, 14, 10, 10 and 7
    right = np.array([1, 0, 1, 1, 0])
    logits = np.log(np.stack([sure, 1 - sure], 1))
    gaps = abs(1 + 0 - 0.99 - 0.98) + abs(2 - 0.71 - 0.72) + abs(0 - 0.52)
    assert Predictions(logits, 1 - right).calibration_error() == pytest.approx(gaps / 5)
    certain = Predictions(np.array([[100.0, 0.0]]), np.array([0]))
    assert repr(certain) == "Predictions(logits=array([[100.,   0.]]), labels=array([0]))"
    assert (certain.calibration_error(), certain.confidence["right"]) == (0, 1)


class Linear(nn.Module):
    """Two classes, the second by the first pixel."""

    def __init__(self, by: float):
        super().__init__()
        self.by = nn.Parameter(torch.tensor(by))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        first = images.flatten(1)[:, :1] * self.by
        return torch.cat([torch.zeros_like(first), first], 1)


def test_a_network_is_asked_about_all_images_whatever_their_number() -> None:
    pixels = np.random.default_rng(0).random((2_500, 1, 2, 2), np.float32)
    labels = (pixels[:, 0, 0, 0] > 0.25).astype(np.int64)
    found = predictions_of(Linear(3.0).eval(), Images(pixels, labels))
    np.testing.assert_allclose(found.logits[:, 1], 3 * pixels[:, 0, 0, 0], rtol=1e-6)
    assert found.accuracy == pytest.approx(100 * labels.mean())


def test_a_network_without_weights_is_asked_as_any_other() -> None:
    images = Images(np.eye(4, dtype=np.float32).reshape(4, 1, 2, 2), np.arange(4))
    assert predictions_of(nn.Flatten().eval(), images).accuracy == 100


def test_a_network_that_writes_into_its_images_leaves_those_of_the_data() -> None:
    class Black(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.zero_().flatten(1)

    images = Images(np.ones((3, 1, 2, 2), np.float32), np.zeros(3, np.int64))
    predictions_of(Black().eval(), images)
    assert (images.pixels == 1).all()


def test_answers_that_are_not_finite_are_named_with_their_number() -> None:
    images = Images(np.ones((3, 1, 2, 2), np.float32), np.zeros(3, np.int64))
    with pytest.raises(InvalidOption, match="gives NaN or infinity for 3 of 3 images"):
        predictions_of(Linear(float("nan")).eval(), images)


def test_means_are_no_medians_and_a_class_that_nobody_names_is_counted() -> None:
    sure = np.array([0.9, 0.8, 0.55, 0.95, 0.6, 0.7])
    logits = np.log(np.stack([sure, 1 - sure, np.full(6, 1e-9)], 1))
    found = Predictions(logits, np.array([0, 0, 0, 1, 1, 1]))
    assert found.confidence["prediction"] == pytest.approx(sure.mean())
    assert found.confidence["right"] == pytest.approx(np.mean([0.9, 0.8, 0.55]))
    assert found.confidence["wrong"] == pytest.approx(np.mean([0.95, 0.6, 0.7]))
    assert found.confusion.tolist() == [[3, 0, 0], [3, 0, 0], [0, 0, 0]]
    assert found.accuracy == 50
    for bins in (True, 1.5):
        with pytest.raises(InvalidOption, match="`bins` is a whole number from 1"):
            found.calibration_error(bins)  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="Labels are whole numbers from 0 to 2"):
        Predictions(logits, np.array([0, 0, 0, 1, 1, -1]))
