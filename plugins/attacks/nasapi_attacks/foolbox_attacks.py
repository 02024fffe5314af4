"""FGSM and PGD through foolbox (Rauber et al., JOSS 2020), which the published collection used."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor

from nasapi_attacks.networks import Attackable
from nasapi_attacks.specs import Attack


def run(model: Attackable, images: Tensor, labels: Tensor, attack: Attack, batch: int) -> Tensor:
    """The attacked images, each within epsilon of its own and within the box; draws from torch's global generator."""
    foolbox = _library()
    network = foolbox.PyTorchModel(model, bounds=(0, 1), device=images.device)
    method = _method(foolbox.attacks, attack)
    parts = []
    for some, truth in zip(torch.split(images, batch), torch.split(labels, batch), strict=True):
        _, (moved,), _ = method(network, some, truth, epsilons=[float(attack.epsilon)])
        parts.append(moved.detach())
    return torch.cat(parts)


def _method(attacks: Any, attack: Attack) -> Any:
    """Foolbox's own attack with the settings of ours."""
    if attack.name == "fgsm":  # Goodfellow et al., ICLR 2015, section 4; in L2 and L1 along the normalised gradient
        return getattr(attacks, f"{attack.norm}FastGradientAttack")(random_start=False)
    assert attack.name == "pgd" and attack.step is not None and attack.restarts is not None
    made = getattr(attacks, f"{attack.norm}ProjectedGradientDescentAttack")(
        rel_stepsize=float(attack.step), steps=attack.steps, random_start=True
    )
    return made.repeat(attack.restarts) if attack.restarts > 1 else made


def _library() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of names in scipy that foolbox imports
        import foolbox
    return foolbox
