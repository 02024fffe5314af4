"""FGSM and PGD through foolbox (Rauber et al., JOSS 2020), which the published collection used."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from nasapi.errors import InvalidOption, PluginError
from nasapi.safety.fences import Fence
from nasapi_attacks.networks import Attackable
from nasapi_attacks.specs import Attack

Slopes = dict[tuple[int, int], Any]
"""Slopes of the loss at clean images, by the first image of a batch and the one after its last."""


def run(model: Attackable, images: Tensor, labels: Tensor, attack: Attack, batch: int, slopes: Slopes) -> Tensor:
    """The attacked images, each within epsilon of its own and within the box; draws from torch's global generator.

    `slopes` are those of the same network at the same images, as far as they are known; FGSM begins with them whatever
    its epsilon, and leaves there what it computes. Raises PluginError with what the library raised.
    """
    foolbox = _library()
    network = foolbox.PyTorchModel(model, bounds=(0, 1), device=images.device)
    method = _method(foolbox.attacks, attack)
    compute: Any = getattr(method, "value_and_grad", None)
    parts, start = [], 0
    for some, truth in zip(torch.split(images, batch), torch.split(labels, batch), strict=True):
        if attack.name == "fgsm":
            method.value_and_grad = _remembered(compute, slopes, (start, start + len(some)))
        with Fence() as fence:
            parts.append(_one(method, network, some, foolbox.criteria.Misclassification(truth), float(attack.epsilon)))
        if fence.error is not None:
            raise PluginError(f"foolbox failed: {fence.reason}") from fence.error
        start += len(some)
    return torch.cat(parts)


def _one(method: Any, network: Any, images: Tensor, criterion: Any, epsilon: float) -> Tensor:
    """What the library's call gives, without its look at what was fooled, which restarts alone need."""
    if not hasattr(method, "run"):
        _, (moved,), _ = method(network, images, criterion, epsilons=[epsilon])
    else:
        there = method.run(network, images, criterion, epsilon=epsilon)
        moved = method.distance.clip_perturbation(images, there, epsilon)
    found: Tensor = moved.detach()
    return found


def _remembered(compute: Callable[..., Any], slopes: Slopes, place: tuple[int, int]) -> Callable[..., Any]:
    """The library's `value_and_grad`, whose loss no attack reads, computing the slopes of a batch once."""

    def value_and_grad(loss: Callable[..., Any], images: Any) -> Any:
        if place not in slopes:
            _, slopes[place] = compute(loss, images)
        return None, slopes[place]

    return value_and_grad


def _method(attacks: Any, attack: Attack) -> Any:
    """Foolbox's own attack with the settings of ours."""
    if attack.name == "fgsm":  # Goodfellow et al., ICLR 2015, section 4; in L2 and L1 along the normalised gradient
        return getattr(attacks, f"{attack.norm}FastGradientAttack")(random_start=False)
    if attack.name != "pgd" or attack.step is None or attack.restarts is None:
        raise InvalidOption(f"Foolbox attacks by fgsm, or by pgd with a step and restarts, not by {attack}.")
    made = getattr(attacks, f"{attack.norm}ProjectedGradientDescentAttack")(
        rel_stepsize=float(attack.step), steps=attack.steps, random_start=True
    )
    return made.repeat(attack.restarts) if attack.restarts > 1 else made


def _library() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of names in scipy that foolbox imports
        import foolbox
    return foolbox
