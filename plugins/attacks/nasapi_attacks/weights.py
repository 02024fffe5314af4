"""A trained network from its file, built with the arguments that the file says, and the images that it takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from attrs import frozen
from torch import nn

from nasapi.errors import CorruptData, InvalidArchitecture, InvalidOption, NotAvailable
from nasapi.networks import load_weights, settled
from nasapi.space import Code, SearchSpace
from nasapi.words import quoted

_KEY = "nasapi"
"""Of the metadata that `nasapi.networks.save_weights` writes: a JSON object, with what was built in `arguments`."""
_MOST_TEXT = 100_000


def load_network(path: str, space: SearchSpace, code: Code, **arguments: Any) -> nn.Module:
    """The network of an architecture with the weights of a safetensors file, in training mode.

    It is built with the arguments given and, of the others, with those that the file says. Raises NotAvailable where
    there is no file, CorruptData for one that is no safetensors file, and what `nasapi.networks.load_weights`
    raises for the weights of another network.
    """
    return load_weights(path, space, code, **{**_arguments(Path(path), space), **arguments})


@frozen
class Taken:
    """The images that a network was built for."""

    channels: int
    side: int
    """Pixels along a side."""
    classes: int


def images_taken(path: str, space: SearchSpace, **arguments: Any) -> Taken:
    """The images that `load_network` of the same arguments gives a network for.

    Raises what that does for the file, NotAvailable where networks of the space take no images, and InvalidOption for
    an argument that is no number.
    """
    every = settled(space, {**_arguments(Path(path), space), **arguments})
    names = ("inputs", "side", "classes")
    for name in names:
        if every.get(name) is None:
            raise NotAvailable(f"Networks of {space.id} do not take images: their builder has no `{name}`.")
        if isinstance(every[name], bool) or not isinstance(every[name], int):
            raise InvalidOption(f"`{name}` of a network is a whole number, not {quoted(every[name])}.")
    return Taken(*(every[name] for name in names))


def _arguments(path: Path, space: SearchSpace) -> dict[str, Any]:
    """What the file says its network of the space was built with; nothing where it does not say.

    Raises InvalidArchitecture where it says that its network is of another space.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise NotAvailable(f"There is no file {str(path)!r}; weights are a safetensors file.")
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(_KEY, "{}")
    except (SafetensorError, OSError, ValueError) as error:
        raise CorruptData(f"{path.name!r} is no whole safetensors file: {error!s:.200}.") from error
    try:
        recorded = json.loads(text) if len(text) <= _MOST_TEXT else None
    except (ValueError, RecursionError):
        recorded = None
    if not isinstance(recorded, dict) or not isinstance(recorded.get("arguments", {}), dict):
        raise CorruptData(f"What {path.name!r} says of itself is {text!r:.80}; wanted a JSON object with `arguments`.")
    if recorded.get("space", space.whole.id) != space.whole.id:
        raise InvalidArchitecture(
            f"{path.name!r} has the weights of a network of {quoted(recorded['space'])}, not of {space.id}."
        )
    return dict(recorded.get("arguments", {}))
