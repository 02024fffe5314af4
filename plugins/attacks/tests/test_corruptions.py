"""Corruptions: repeatable, inside the box, worse with severity, and named where they do not fit."""

from __future__ import annotations

import random
import sys

import numpy as np
import pytest
import torch
from nasapi_attacks import Predictions, corrupt, corruption_names
from nasapi_attacks.corruptions import corruption_metric
from nasapi_attacks.inputs import logits
from nasapi_robustness.measure import Measure
from nasapi_robustness.names import CORRUPTIONS
from trained_networks import Trained

from nasapi.errors import InvalidOption, NotAvailable

SMALL = corruption_names(8, 8)
LARGE = ("fog", "frost", "gaussian_noise", "glass_blur", "impulse_noise", "motion_blur", "snow", "contrast")


PUBLISHED = {"gaussian_noise": 0.1368, "impulse_noise": 0.0441, "fog": 0.1619, "motion_blur": 0.1111, "snow": 0.2773}
"""The mean change of a pixel of `colours` at severity 3."""


@pytest.fixture(scope="session")
def colours() -> torch.Tensor:
    """Three smooth colour images of 32 x 40 pixels."""
    small = torch.rand(3, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.interpolate(small, (32, 40), mode="bilinear")


@pytest.mark.parametrize("name", SMALL)
def test_a_small_corruption_follows_its_seed_and_stays_in_the_box(trained: Trained, name: str) -> None:
    before, state = trained.images.clone(), torch.get_rng_state()
    first, again, other = (corrupt(trained.images, name, 4, seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    drawn = {"gaussian_noise", "impulse_noise", "motion_blur", "rotation", "shot_noise"}
    assert torch.equal(first, other) == (name not in drawn)
    assert first.shape == before.shape and first.dtype == before.dtype
    assert 0 <= float(first.min()) and float(first.max()) <= 1
    assert torch.equal(trained.images, before) and torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", SMALL)
def test_images_change_more_with_severity(trained: Trained, name: str) -> None:
    apart = [
        float((corrupt(trained.images, name, severity) - trained.images).square().mean()) for severity in range(1, 6)
    ]
    assert apart == sorted(apart) and apart[0] > 0


def test_small_corruptions_leave_a_trained_network_something_to_see(trained: Trained) -> None:
    accuracy = {
        (name, severity): Predictions(
            logits(trained.model, corrupt(trained.images, name, severity), 250).numpy(), trained.labels.numpy()
        ).accuracy
        for name in SMALL
        for severity in (1, 5)
    }
    assert all(accuracy[name, 1] > 60 for name in SMALL)
    assert np.mean([accuracy[name, 1] - accuracy[name, 5] for name in SMALL]) > 10


@pytest.mark.parametrize("side", [5, 8, 17, 28])
def test_small_corruptions_take_any_size_and_number_of_channels(side: int) -> None:
    images = torch.rand(2, 3, side, side + 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for name in SMALL:
        assert corrupt(images, name, 5).shape == images.shape


@pytest.mark.parametrize("name", LARGE)
def test_a_published_corruption_is_repeatable_and_leaves_global_states(colours: torch.Tensor, name: str) -> None:
    before = (random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state())  # noqa: NPY002
    first = corrupt(colours, name, 3, seed=1)
    np.random.random(7)  # noqa: NPY002
    again = corrupt(colours, name, 3, seed=1)
    np.random.set_state(("MT19937", before[1], *np.random.get_state()[2:]))  # noqa: NPY002
    assert torch.equal(first, again)
    assert random.getstate() == before[0] and torch.equal(torch.get_rng_state(), before[2])
    assert torch.equal(corrupt(colours[:1], name, 3, seed=1), first[:1])
    assert first.shape == colours.shape and not torch.equal(first, colours)


def test_another_seed_draws_other_noise(colours: torch.Tensor) -> None:
    for name in ("gaussian_noise", "glass_blur", "impulse_noise", "fog"):
        assert not torch.equal(corrupt(colours, name, 3, seed=1), corrupt(colours, name, 3, seed=2))


def test_gray_images_stay_gray(colours: torch.Tensor) -> None:
    assert corrupt(colours[:, :1], "contrast", 2).shape == (3, 1, 32, 40)


def test_a_published_contrast_is_computed_in_bytes_as_its_library_does(colours: torch.Tensor) -> None:
    bytes_ = np.round(colours.numpy() * 255)
    middle = bytes_.mean(axis=(2, 3), keepdims=True)
    wanted = np.floor(np.clip((bytes_ - middle) * 0.3 + middle, 0, 255))
    found = corrupt(colours, "contrast", 2).numpy() * 255
    np.testing.assert_allclose(found, np.round(found), atol=1e-4)
    assert np.abs(found - wanted).max() <= 1.001  # float32 may fall just below a whole number
    assert np.abs(found - wanted).mean() < 0.01


@pytest.mark.parametrize(("name", "change"), PUBLISHED.items())
def test_a_published_corruption_changes_pixels_as_much_as_recorded(
    colours: torch.Tensor, name: str, change: float
) -> None:
    assert float((corrupt(colours, name, 3, seed=1) - colours).abs().mean()) == pytest.approx(change, abs=2e-3)


def test_images_with_one_side_below_32_pixels_have_the_small_corruptions() -> None:
    images = torch.rand(2, 1, 31, 40, generator=torch.Generator().manual_seed(0))
    assert corrupt(images, "rotation", 1).shape == images.shape


def test_a_library_that_is_not_here_is_named(colours: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagecorruptions", None)
    with pytest.raises(NotAvailable, match=r"those of imagecorruptions-imaug .*; install it with"):
        corrupt(colours, "fog", 1)


def test_each_size_has_its_own_corruptions() -> None:
    assert corruption_names(32, 32) == CORRUPTIONS and len(CORRUPTIONS) == 15
    assert corruption_names(31, 40) == corruption_names(8, 8) != CORRUPTIONS


@pytest.mark.parametrize(
    ("name", "severity", "sentence"),
    [
        ("frost", 1, "Images of 8 x 8 have no corruption 'frost'"),
        ("gaussian_nois", 1, "Did you mean 'gaussian_noise'"),
        ("contrast", 0, "A severity is a whole number from 1 to 5, not 0"),
        ("contrast", 2.0, r"A severity is a whole number from 1 to 5, not 2\.0"),
        ("contrast", 6, "not 6"),
        ("contrast", True, "not True"),
        ("contrast", 2.5, "not 2.5"),
    ],
)
def test_what_is_no_corruption_is_named(trained: Trained, name: str, severity: int, sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        corrupt(trained.images, name, severity)


def test_two_channels_are_none_of_the_published_corruptions(colours: torch.Tensor) -> None:
    with pytest.raises(InvalidOption, match="1 or 3 channels, not 2"):
        corrupt(colours[:, :2], "fog", 1)


def test_the_metric_has_the_published_name_and_says_whose_strengths() -> None:
    large = corruption_metric("fog", 3, "test images", "test", side=32)
    assert large.name == Measure("fog", severity=3).name and "strengths of ImageNet-C" in large.description
    assert (large.bounds, large.split, large.unit) == ((0.0, 100.0), "test", "%")
    small = corruption_metric("rotation", 2, "test images", "test", side=8)
    assert small.name == "rotation_2_accuracy" and "nasapi's own" in small.description
    with pytest.raises(InvalidOption, match="Images of 8 pixels have no corruption 'fog'"):
        corruption_metric("fog", 3, "test images", "test", side=8)
