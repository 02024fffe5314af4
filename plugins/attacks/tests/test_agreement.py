"""Another library of attacks finds the same accuracies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from nasapi_attacks import attack
from torch import Tensor, nn
from trained_networks import Trained

torchattacks = pytest.importorskip("torchattacks", reason="pip install --no-deps torchattacks")


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("fgsm[eps=0.1]", lambda model: torchattacks.FGSM(model, eps=0.1)),
        ("pgd[eps=0.1,steps=10]", lambda model: torchattacks.PGD(model, eps=0.1, alpha=0.025, steps=10)),
        ("apgd[eps=0.1,steps=10]", lambda model: torchattacks.APGD(model, eps=0.1, steps=10, loss="ce")),
    ],
)
def test_accuracies_agree_with_torchattacks_within_half_a_point(
    trained: Trained, digits: tuple[Tensor, Tensor], text: str, other: Callable[[nn.Module], Any]
) -> None:
    images, labels = (part[1000:] for part in digits)
    ours, theirs = [], []
    for seed in range(1 if text.startswith("fgsm") else 3):  # random starts make half a point of difference
        ours.append(attack(trained.model, images, labels, text, seed).accuracy)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            moved = other(trained.model)(images, labels)
        theirs.append(100 * float((trained.model(moved).argmax(1) == labels).double().mean()))
    assert abs(sum(ours) - sum(theirs)) / len(ours) <= 0.5
