"""The rules of the networks that a space's builder makes; they are skipped where there is none, or no torch."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasapi.errors import InterfaceError, InvalidOption
from nasapi.networks import arguments_of, build, example_inputs, export
from nasapi.space import Code
from nasapi.testing.cases import SpaceCase
from nasapi.testing.randomness import demand_untouched
from nasapi.testing.rules import Broken, Skipped, demand, rule

if TYPE_CHECKING:
    from torch import nn

_SMALL = {"channels": 8, "cells": 1, "classes": 3, "side": 8}
_BATCHES = (2, 3)
_GROUPS = 6


@rule("space/builder-output", "What a builder makes gives (n, classes): a row of logits for each image, node or word.")
def builder_output(case: SpaceCase) -> None:
    """In evaluation mode, batches of example inputs give a row each, as wide as `classes` where that is told."""
    arguments = _arguments(case)
    import torch

    for code in case.few[:4]:
        network = _built(case, code, arguments).eval()
        for n in _BATCHES:
            inputs = example_inputs(case.space, network, n, arguments)
            with torch.no_grad():
                logits = network(*inputs)
            shape = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
            wanted = (n, arguments.get("classes", shape[-1]))
            demand(shape == wanted, f"inputs for {n} rows of logits give {shape}, not {wanted}", code.tolist())


@rule("space/builder-seed", "Torch's global generator alone decides its weights.")
def builder_seed(case: SpaceCase) -> None:
    """One seed gives the same weights twice, and of all networks some have others with another seed."""
    arguments = _arguments(case)
    differ, trained = False, False
    for code in case.few[:4]:
        one, same, other = (_built(case, code, arguments, seed=seed).state_dict() for seed in (1, 1, 2))
        for name in one:
            demand(same[name].equal(one[name]), f"{name!r} has other numbers with the same seed", code.tolist())
            trained = trained or one[name].is_floating_point()
            differ = differ or not other[name].equal(one[name])
    demand(differ or not trained, "all weights of all networks are the same with another seed")


@rule("space/builder-random", "Building one touches no other random state.")
def builder_random(case: SpaceCase) -> None:
    """The states of `random`, `np.random` and, where a seed is given, torch are what they were."""
    arguments = _arguments(case)
    code = case.few[-1]
    demand_untouched(lambda: _built(case, code, arguments))


@rule(
    "space/builder-networks",
    "Codes of one network have equally many parameters, by `none='zero'` where the builder has that argument.",
)
def builder_networks(case: SpaceCase) -> None:
    """Codes with one canonical form are built with as many trainable numbers as it."""
    arguments = _arguments(case)
    import torch

    if "none" in arguments_of(case.space):
        arguments["none"] = "zero"
    related = case.related
    groups: defaultdict[bytes, list[Code]] = defaultdict(list)
    for code, form in zip(related, case.space.canonical(related.copy()), strict=True):
        known = groups[form.tobytes()]
        known += [code] if known or (code == form).all() else [form, code]
    several = [codes for codes in groups.values() if len(codes) > 1]
    if not several:
        raise Skipped("no two of the codes that were tried are one network")
    for codes in several[:: max(len(several) // _GROUPS, 1)][:_GROUPS]:
        with torch.device("meta"):
            first, last = (_parameters(_built(case, code, arguments)) for code in (codes[0], codes[-1]))
        pair = [codes[0].tolist(), codes[-1].tolist()]
        demand(first == last, f"two codes of one network have {first:,} and {last:,} parameters", pair)


@rule("space/builder-export", "`torch.export` follows what a network does, for any number of images.")
def builder_export(case: SpaceCase) -> None:
    """Networks are exported, read back and run beside themselves, on other numbers of images too."""
    arguments = _arguments(case)
    with tempfile.TemporaryDirectory() as folder:
        for code in case.few[:3]:
            network = _built(case, code, arguments)
            try:
                export(Path(folder) / "network.pt2", network, case.space, **arguments)
            except InterfaceError as error:
                raise Broken(str(error), code.tolist()) from error


def _arguments(case: SpaceCase) -> dict[str, Any]:
    """Arguments of small networks, of those that the builder has; none where it refuses them.

    Raises Skipped where the space names no builder.
    """
    if case.space.builder is None:
        raise Skipped("the space builds no networks")
    known = arguments_of(case.space)
    small: dict[str, Any] = {name: value for name, value in _SMALL.items() if name in known}
    try:
        build(case.space, case.few[0], seed=0, **small)
    except InvalidOption:
        return {}
    return small


def _built(case: SpaceCase, code: Code, arguments: dict[str, Any], seed: int = 0) -> nn.Module:
    try:
        return build(case.space, code.copy(), seed=seed, **arguments)
    except Exception as error:
        raise Broken(f"building raises {type(error).__name__}: {error}", code.tolist()) from error


def _parameters(network: nn.Module) -> int:
    return sum(weights.numel() for weights in network.parameters() if weights.requires_grad)
