"""Attacks on the smallest images: they keep to ball and box, or are refused before anything is attacked."""

from __future__ import annotations

import pytest
import torch
from nasapi_attacks import Attack, Target
from nasapi_attacks.autoattack import _evaluation, _tiled, require_fits
from torch import Tensor, nn

from nasapi.errors import InvalidOption

ORDERS = {"Linf": torch.inf, "L2": 2, "L1": 1}
ATTACKS = ("fgsm[eps={}]", "pgd[eps={},steps=2]", "apgd[eps={},steps=2]", "apgd-t[eps={},steps=2]")
MORE = ("fab-t[eps={},steps=2]", "square[eps={},steps=4]")


def subject(side: int, channels: int, classes: int = 4, images: int = 3) -> tuple[nn.Module, Tensor, Tensor]:
    """A network with images, which it classifies rightly."""
    draws = torch.Generator().manual_seed(side * 10 + channels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(side)
        model = nn.Sequential(nn.Flatten(), nn.Linear(channels * side**2, classes)).eval()
    pixels = torch.rand(images, channels, side, side, generator=draws)
    return model, pixels, model(pixels).argmax(1)


@pytest.mark.parametrize("norm", ORDERS)
@pytest.mark.parametrize(("side", "channels"), [(1, 1), (2, 3), (6, 3)])
def test_an_attack_keeps_to_its_ball_and_the_box_or_is_refused(side: int, channels: int, norm: str) -> None:
    model, images, labels = subject(side, channels)
    target = Target(model, images, labels)
    epsilon = 0.4 * side if norm == "L1" else 0.4
    for text in ATTACKS + MORE:
        spec = text.format(f"{epsilon},norm={norm}")
        if "square" in text and norm != "Linf" and side < 5:
            with pytest.raises(InvalidOption, match=f"do not fit into images of {side} x {side} pixels; take"):
                target.attack(spec)
            continue
        moved = target.attack(spec).images
        assert 0 <= float(moved.min()) and float(moved.max()) <= 1, spec
        far = torch.linalg.vector_norm((moved - images).flatten(1), ORDERS[norm], dim=1)
        assert float(far.max()) <= epsilon * 1.001 + 1e-6, spec


@pytest.mark.parametrize("side", [4, 9, 12, 13, 14])
def test_square_is_refused_on_just_the_sides_on_which_the_library_fails(side: int) -> None:
    model, images, labels = subject(side, 1)
    library = _evaluation(model, Attack.parse("square[eps=0.001,steps=2,norm=L2]"), 4, 0, images)
    try:
        library.run_standard_evaluation(images, labels, batch_size=3)
        works = True
    except (RuntimeError, ZeroDivisionError):
        works = False
    assert works == _tiled(side, side)


def test_images_that_the_library_moves_too_far_are_drawn_back_and_counted() -> None:
    model, images, labels = subject(1, 1, images=20)
    made = Target(model, images, labels).attack("apgd[eps=0.4,steps=2,norm=L1]")
    assert any("farther than epsilon in L1, up to " in sentence for sentence in made.warnings)
    assert float((made.images - images).abs().max()) == pytest.approx(0.4)


def test_what_is_refused_says_what_to_do() -> None:
    for text in ("square[eps=1,norm=L2]", "autoattack[eps=1,norm=L2]"):
        with pytest.raises(
            InvalidOption, match=r"another attack, the norm Linf, or images of 13 or 15 pixels a side\.$"
        ):
            require_fits(Attack.parse(text), 10, 14, 14)
        require_fits(Attack.parse(text), 10, 15, 15)
    require_fits(Attack.parse("square[eps=1]"), 10, 1, 1)
    require_fits(Attack.parse("apgd[eps=1,norm=L2]"), 10, 1, 1)
