"""Inputs that a network takes, for counting it, exporting it and looking at what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nasapi.errors import InterfaceError
from nasapi.networks.building import settled
from nasapi.space import SearchSpace

if TYPE_CHECKING:
    from torch import Tensor, nn


def example_inputs(space: SearchSpace, network: nn.Module, n: int, arguments: Mapping[str, Any]) -> tuple[Tensor, ...]:
    """The arguments of a forward pass that gives (n, classes), always the same, on the device of the weights.

    A network says itself what it takes with a method `example(n)`, the inputs on the CPU. One without it, of a builder
    with the arguments `inputs` and `side`, takes images (n, inputs, side, side). `arguments` are those it was built
    with. Raises InterfaceError for a network of which neither says it.
    """
    import torch

    given = settled(space, arguments)
    device = next((weights.device for weights in network.parameters()), torch.device("cpu"))
    if callable(example := getattr(network, "example", None)):
        made: tuple[Tensor, ...] = tuple(example(n))
    elif isinstance(given.get("inputs"), int) and isinstance(given.get("side"), int):
        shape = (n, given["inputs"], given["side"], given["side"])
        if device.type == "meta":  # where images of any size take no memory
            return (torch.empty(shape, device=device),)
        made = (torch.rand(shape, generator=torch.Generator().manual_seed(0)),)
    else:
        raise InterfaceError(
            f"Nothing says what networks of {space.id} take; their module needs a method `example(n)`, or their "
            "builder the arguments `inputs` and `side`."
        )
    return tuple(one.to(device) for one in made)
