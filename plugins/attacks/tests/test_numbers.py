"""Golden amounts of each small corruption, the settings of attacks that say nothing else, and borders of options."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from nasapi_attacks.attacking import Attacked
from nasapi_attacks.corruptions import corrupt
from nasapi_attacks.small_corruptions import STRENGTHS
from nasapi_attacks.specs import Attack

from nasapi.errors import InvalidOption

CHANGES = {
    "brightness": [0.0486, 0.0946, 0.1379, 0.1791, 0.2541],
    "contrast": [0.0633, 0.1013, 0.1393, 0.1646, 0.2026],
    "gaussian_blur": [0.0383, 0.1386, 0.1861, 0.2080, 0.2232],
    "gaussian_noise": [0.0388, 0.0745, 0.1077, 0.1390, 0.1940],
    "impulse_noise": [0.0095, 0.0215, 0.0458, 0.0760, 0.1023],
    "motion_blur": [0.0624, 0.0901, 0.1068, 0.1294, 0.1557],
    "pixelate": [0.2050, 0.2088, 0.2158, 0.2385, 0.2446],
    "rotation": [0.0905, 0.1704, 0.2406, 0.2641, 0.2857],
    "shot_noise": [0.0633, 0.0956, 0.1333, 0.1636, 0.1984],
}
"""The mean change of a pixel, of 20 random images of 8x8, at severities 1 to 5."""


@pytest.mark.parametrize("name", CHANGES)
def test_a_small_corruption_changes_pixels_as_much_as_recorded(name: str) -> None:
    images = torch.rand(20, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    found = [float((corrupt(images, name, level, 3) - images).abs().mean()) for level in range(1, 6)]
    assert found == pytest.approx(CHANGES[name], abs=2e-4)
    assert CHANGES.keys() == STRENGTHS.keys()


OBLONG = {
    "brightness": 0.1388,
    "contrast": 0.13655,
    "gaussian_blur": 0.18195,
    "gaussian_noise": 0.10827,
    "impulse_noise": 0.04977,
    "motion_blur": 0.14165,
    "pixelate": 0.20665,
    "rotation": 0.25672,
    "shot_noise": 0.13647,
}
"""The same of 20 random colour images of 8x14, at severity 3."""


@pytest.mark.parametrize("name", OBLONG)
def test_lengths_are_shares_of_a_side(name: str) -> None:
    images = torch.rand(20, 3, 8, 14, generator=torch.Generator().manual_seed(0))
    assert float((corrupt(images, name, 3, 3) - images).abs().mean()) == pytest.approx(OBLONG[name], abs=1e-4)


def test_contrast_draws_each_image_to_its_own_mean() -> None:
    images = (
        torch.rand(4, 3, 5, 7, generator=torch.Generator().manual_seed(0))
        * torch.tensor([0.2, 0.5, 0.8, 1.0])[:, None, None, None]
    )
    middle = images.flatten(1).mean(1)[:, None, None, None]
    torch.testing.assert_close(corrupt(images, "contrast", 3), middle + 0.45 * (images - middle))


def test_salt_and_pepper_are_half_of_the_share_each() -> None:
    grey = torch.full((50, 1, 20, 20), 0.5)
    found = corrupt(grey, "impulse_noise", 5, 0)
    assert float((found == 1).float().mean()) == pytest.approx(0.1, abs=0.01)
    assert float((found == 0).float().mean()) == pytest.approx(0.1, abs=0.01)
    assert set(found.unique().tolist()) == {0.0, 0.5, 1.0}


def test_noise_has_its_deviation_and_photons_their_mean() -> None:
    grey = torch.full((50, 1, 20, 20), 0.5, dtype=torch.float64)
    assert float(corrupt(grey, "gaussian_noise", 2, 0).std()) == pytest.approx(0.1, rel=0.02)
    shot = corrupt(grey, "shot_noise", 1, 0)
    assert float(shot.mean()) == pytest.approx(0.5, abs=0.005)
    assert float(shot.std()) == pytest.approx((0.5 / 60) ** 0.5, rel=0.03)  # of a Poisson law
    assert torch.equal((shot * 60).round(), (shot * 60).round(decimals=6))


def test_what_is_flat_stays_flat_under_what_moves_or_averages() -> None:
    flat = torch.full((2, 3, 9, 7), 0.3)
    for name in ("gaussian_blur", "motion_blur", "pixelate", "rotation", "contrast"):
        torch.testing.assert_close(corrupt(flat, name, 5, 0), flat)
    torch.testing.assert_close(corrupt(flat, "brightness", 5, 0), flat + 0.3)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("fgsm[eps=8/255]", (None, None, None, None)),
        ("pgd[eps=8/255]", (10, Fraction(1, 4), 1, None)),
        ("apgd[eps=8/255]", (100, None, 1, None)),
        ("apgd-ce[eps=8/255]", (100, None, 1, None)),
        ("apgd-t[eps=8/255]", (100, None, 1, None)),
        ("fab-t[eps=8/255]", (100, None, None, None)),
        ("square[eps=8/255]", (5000, None, 1, True)),
        ("aa[eps=8/255]", (None, None, None, None)),
    ],
)
def test_attacks_have_their_settings(text: str, options: tuple[object, ...]) -> None:
    attack = Attack.parse(text)
    assert (attack.steps, attack.step, attack.restarts, attack.rescale) == options
    assert attack.norm == "Linf"


def test_the_borders_of_options_are_taken_and_what_lies_beyond_is_not() -> None:
    for text in ("pgd[eps=0.1,steps=1]", "pgd[eps=0.1,step=2]", "apgd[eps=0.1,restarts=1000000]"):
        Attack.parse(text)
    for text, words in (
        ("pgd[eps=0.1,steps=0]", "`steps` of pgd is a whole number from 1 to 1,000,000, not 0"),
        ("apgd[eps=0.1,restarts=1000001]", "`restarts` of apgd is a whole number from 1 to 1,000,000"),
        ("pgd[eps=0.1,steps=true]", "`steps` of pgd is a whole number"),
        ("pgd[eps=0.1,step=0]", "is a share of epsilon above 0 and at most 2, not 0"),
        ("pgd[eps=0.1,step=2.01]", r"at most 2, not 2\.01"),
        ("square[eps=0.1,rescale=1]", "`rescale` of square is true or false, not 1"),
        ("autoattack[eps=0.1,norm=L1]", "autoattack has the norms Linf and L2"),
    ):
        with pytest.raises(InvalidOption, match=words):
            Attack.parse(text)


def test_numpy_s_whole_numbers_are_steps_and_restarts() -> None:
    numpys = Attack.make("pgd", 0.1, steps=np.int64(3), restarts=np.uint8(2))
    assert str(numpys) == "pgd[eps=0.1,restarts=2,steps=3]" and numpys == Attack.parse(str(numpys))


@pytest.mark.parametrize(("steps", "cautious"), [(8, False), (7, True)])
def test_pgd_that_cannot_cross_its_ball_says_so(steps: int, cautious: bool) -> None:
    attack = Attack.parse(f"pgd[eps=8/255,steps={steps}]")
    assert attack.travel == steps / 4
    assert (f"travel {steps / 4:.2f} epsilon" in attack.caution) is cautious
    assert Attack.parse("apgd[eps=8/255]").travel == float("inf")
    assert "upper bound" in Attack.parse("fgsm[eps=8/255]").caution


def test_accuracies_are_percents_of_the_images() -> None:
    logits = np.array([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0], [0.0, 1.0]])
    clean = np.array([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0], [1.0, 0.0]])
    labels = np.array([0, 1, 1, 0])
    found = Attacked(Attack.parse("fgsm[eps=0.1]"), torch.zeros(4), labels, logits, clean, (), 0, 4, 0.0)
    assert found.fooled.tolist() == [False, False, True, True]
    assert (found.accuracy, found.clean_accuracy) == (50.0, 75.0)
