"""The network of an architecture for a data set, its first weights drawn from seed and architecture alone."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from nasapi.errors import InvalidOption, near
from nasapi.networks import arguments_of, build, count
from nasapi.space import Code, SearchSpace
from nasapi.words import counted, shortened
from nasapi_networks.determinism import pinned
from nasapi_networks.images import ImageData


def network_of(space: SearchSpace, code: Code, seed: int, data: ImageData, arguments: Mapping[str, Any]) -> nn.Module:
    """The untrained network of a code that takes the images of `data`.

    `arguments` are the builder's; classes, channels and side of the images come from the data. Its weights are drawn
    from `seed` and the code, so that every architecture has draws of its own.
    """
    own = np.random.SeedSequence([seed, *map(int, code)]).generate_state(1)[0]
    return build(space, code, seed=int(own), **arguments, **_of_data(space, data))


def size_of(space: SearchSpace, code: Code, data: ImageData, arguments: Mapping[str, Any]) -> tuple[int, int]:
    """Trainable weights, and multiply-additions of a forward pass of one image."""
    found = count(space, code, **arguments, **_of_data(space, data))
    return found.parameters, found.multiply_additions


def require_buildable(
    space: SearchSpace, code: Code, data: ImageData, arguments: Mapping[str, Any], batch: int = 2
) -> None:
    """Raise what is wrong with a builder's arguments, or with images that it cannot take, before training.

    `batch` is how many images a step has, at most: where features are one pixel, a batch of one has no variance.
    """
    for name in _of_data(space, data):
        if name in arguments:
            raise InvalidOption(f"`{name}` of a network comes from the images of {data.name!r}; leave it out.")
    for name in inspect.signature(build).parameters:  # such as `seed`, which the trainer gives
        if name in arguments:
            raise InvalidOption(f"Networks of {space.id} have no argument {name!r}. {near(name, arguments_of(space))}")
    with pinned():
        network = network_of(space, code, 0, data, arguments)
    n = min(batch, len(data.train), 2)
    pixels = torch.from_numpy(np.repeat(data.train.pixels[:1], n, axis=0))
    try:
        with pinned(), torch.no_grad():
            given = network(pixels)
    except (RuntimeError, ValueError) as error:
        raise InvalidOption(
            f"Networks of {space.id} with {dict(arguments)} do not take {counted(n, 'image', 'images')} of "
            f"{data.side} x {data.side} pixels in training mode: {shortened(str(error), 200)}; take a larger batch, "
            "larger images or other arguments."
        ) from error
    if not isinstance(given, torch.Tensor) or given.shape != (n, data.classes):
        what = tuple(given.shape) if isinstance(given, torch.Tensor) else type(given).__name__
        raise InvalidOption(
            f"Networks of {space.id} with {dict(arguments)} give {what} for {counted(n, 'image', 'images')} in "
            f"training mode; the trainer takes networks that give ({n}, {data.classes}), without a second classifier."
        )


def _of_data(space: SearchSpace, data: ImageData) -> dict[str, int]:
    known = arguments_of(space)
    given = {"classes": data.classes, "inputs": data.channels, "side": data.side}
    for name in ("classes", "inputs"):
        if name not in known:
            raise InvalidOption(f"Networks of {space.id} do not take images: their builder has no `{name}`.")
    return {name: value for name, value in given.items() if name in known}
