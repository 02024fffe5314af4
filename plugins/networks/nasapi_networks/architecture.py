"""The network of an architecture for a data set, its first weights drawn from seed and architecture alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from nasapi.errors import InvalidOption
from nasapi.networks import arguments_of, build, count
from nasapi.space import Code, SearchSpace
from nasapi_networks.images import ImageData


def network_of(space: SearchSpace, code: Code, seed: int, data: ImageData, arguments: Mapping[str, Any]) -> nn.Module:
    """The untrained network of a code that takes the images of `data`.

    `arguments` are the builder's; classes, channels and side of the images come from the data. Its weights are drawn
    from `seed` and the code, so that every architecture has draws of its own.
    """
    own = np.random.SeedSequence([seed, *map(int, code)]).generate_state(1, np.uint64)[0]
    return build(space, code, seed=int(own), **arguments, **_of_data(space, data))


def size_of(space: SearchSpace, code: Code, data: ImageData, arguments: Mapping[str, Any]) -> tuple[int, int]:
    """Trainable weights, and multiply-additions of a forward pass of one image."""
    found = count(space, code, **arguments, **_of_data(space, data))
    return found.parameters, found.multiply_additions


def require_buildable(space: SearchSpace, code: Code, data: ImageData, arguments: Mapping[str, Any]) -> None:
    """Raise what is wrong with a builder's arguments, or with images that it cannot take, before training."""
    for name in _of_data(space, data):
        if name in arguments:
            raise InvalidOption(f"`{name}` of a network comes from the images of {data.name!r}; leave it out.")
    network = network_of(space, code, 0, data, arguments)
    pixels = torch.from_numpy(np.repeat(data.train.pixels[:1], 2, axis=0))
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        given = network(pixels)
    if not isinstance(given, torch.Tensor) or given.shape != (2, data.classes):
        what = tuple(given.shape) if isinstance(given, torch.Tensor) else type(given).__name__
        raise InvalidOption(
            f"Networks of {space.id} with {dict(arguments)} give {what} for two images in training mode; the trainer "
            f"takes networks that give (2, {data.classes}), without a second classifier."
        )


def _of_data(space: SearchSpace, data: ImageData) -> dict[str, int]:
    known = arguments_of(space)
    given = {"classes": data.classes, "inputs": data.channels, "side": data.side}
    for name in ("classes", "inputs"):
        if name not in known:
            raise InvalidOption(f"Networks of {space.id} do not take images: their builder has no `{name}`.")
    return {name: value for name, value in given.items() if name in known}
