"""A trained network from its file: built with the arguments that the file says it was built with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import nn

from nasapi.errors import CorruptData, NotAvailable
from nasapi.networks import load_weights
from nasapi.space import Code, SearchSpace

_MOST_TEXT = 100_000


def load_network(path: str, space: SearchSpace, code: Code) -> nn.Module:
    """The network of an architecture with the weights of a safetensors file, in training mode.

    Raises NotAvailable where there is no file, CorruptData for one that is no safetensors file, and what
    `nasapi.networks.load_weights` raises for the weights of another network.
    """
    return load_weights(path, space, code, **_arguments(Path(path)))


def _arguments(path: Path) -> dict[str, Any]:
    """What the file says its network was built with; nothing where it does not say."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise NotAvailable(f"There is no file {str(path)!r}; weights are a safetensors file.")
    try:
        with safe_open(path, framework="pt") as file:
            told = (file.metadata() or {}).get("arguments", "{}")
    except (SafetensorError, OSError, ValueError) as error:
        raise CorruptData(f"{path.name!r} is no whole safetensors file: {error!s:.200}.") from error
    try:
        arguments = json.loads(told) if len(told) <= _MOST_TEXT else None
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        raise CorruptData(f"'arguments' of {path.name!r} are {told!r:.80}; wanted a JSON object.")
    return arguments
