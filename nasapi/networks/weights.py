"""Weights on disk: a safetensors file that says which architecture it belongs to, and loads into no other."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from nasapi.errors import CorruptData, InvalidArchitecture, InvalidOption, NasapiError, NotAvailable, how_to_install
from nasapi.files.replacing import write_whole
from nasapi.networks.building import build, settled
from nasapi.safety.grammar import Record, anything, choice, mapped, read_json, refused, text
from nasapi.space import SearchSpace

if TYPE_CHECKING:
    from torch import Tensor, nn

KEY, FORMAT = "nasapi", "weights-1"
"""The one key of the metadata, for safetensors writes several in any order, and what its `format` says."""
_MOST_TEXT = 100_000
_METADATA = Record(
    {
        "format": choice(FORMAT),
        "space": text(200),
        "architecture": text(_MOST_TEXT),
        "arguments": mapped(anything, most=100),
    }
)


def save_weights(
    path: str | os.PathLike[str], network: nn.Module, space: SearchSpace, code: ArrayLike, **arguments: Any
) -> Path:
    """Write the weights and buffers of a network, whole or not at all, and give the place of the file.

    `code` and `arguments` are what it was built with. They stand in the file's metadata, in a JSON object `nasapi`, as
    `space` (of a listed one the whole), `architecture` (its string) and `arguments` (defaults included). The same
    network gives the same bytes. Raises InvalidOption where the network is another one than they build, StoreError
    where the file cannot be written.
    """
    save = _safetensors().save
    if not callable(getattr(network, "state_dict", None)):
        raise InvalidOption(f"What has weights to save is a torch.nn.Module, not {type(network).__name__}.")
    state = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in network.state_dict().items()}
    blank = _blank(space, code, arguments)
    if differs := _difference(state, blank.state_dict()):
        raise InvalidOption(f"The network is not what {space.id} builds with these arguments: {differs}.")
    metadata = {
        "format": FORMAT,
        "space": space.whole.id,
        "architecture": space.format(space.require(np.asarray(code)[None])[0]),
        "arguments": settled(space, arguments),
    }
    return write_whole(path, save(state, {KEY: json.dumps(metadata, sort_keys=True)}))


def load_weights(path: str | os.PathLike[str], space: SearchSpace, code: ArrayLike, **arguments: Any) -> nn.Module:
    """The network of an architecture with the weights of a file, in training mode, on the CPU.

    A file that says whose weights it holds, as `save_weights` writes it, must hold those of exactly this architecture
    and these arguments; of any other safetensors file the names, shapes and types of all tensors must be the network's.
    Raises NotAvailable where there is no file, CorruptData for one that is no safetensors file, InvalidArchitecture for
    the weights of another architecture, which is named, and InvalidOption for those of other arguments.
    """
    tensors, metadata = _read(Path(path))
    _demand_same(Path(path).name, metadata, space, code, arguments)
    blank = _blank(space, code, arguments)
    if differs := _difference(tensors, blank.state_dict()):
        raise InvalidArchitecture(
            f"{Path(path).name!r} has not the weights of {space.format(np.asarray(code))!r}: {differs}."
        )
    network = build(space, code, seed=0, **arguments)
    network.load_state_dict(tensors)
    return network


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a safetensors file."""
    safetensors = _safetensors()
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        what = f"{str(path)!r} is no file" if path.exists() else f"There is no file {str(path)!r}"
        raise NotAvailable(f"{what}; weights are a safetensors file.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = dict(file.metadata() or {})
        tensors: dict[str, Tensor] = safetensors.load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise CorruptData(f"{path.name!r} is no whole safetensors file: {error}.") from error
    return tensors, metadata


def _demand_same(
    name: str, metadata: Mapping[str, str], space: SearchSpace, code: ArrayLike, arguments: Mapping[str, Any]
) -> None:
    """Raise where a file says that its weights are of another space, architecture or of other arguments."""
    if KEY not in metadata:
        return
    if len(metadata[KEY]) > _MOST_TEXT:
        refused(f"What {name!r} says of itself", metadata[KEY], f"at most {_MOST_TEXT:,} characters")
    about = _METADATA(read_json(metadata[KEY], f"What {name!r} says of itself"), f"What {name!r} says of itself")
    wanted = space.format(space.require(np.asarray(code)[None])[0])
    if about["space"] != space.whole.id or not _same_code(space.whole, about["architecture"], code):
        raise InvalidArchitecture(
            f"{name!r} has the weights of {about['space']} {about['architecture']!r}, not of {space.id} {wanted!r}."
        )
    theirs = about["arguments"]
    ours = settled(space, arguments)
    for key in sorted(theirs.keys() & ours.keys()):
        if theirs[key] != ours[key]:
            raise InvalidOption(
                f"{name!r} has the weights of a network with {key}={theirs[key]!r}, not {ours[key]!r}; "
                f"give {key}={theirs[key]!r}."
            )


def _same_code(space: SearchSpace, text: str, code: ArrayLike) -> bool:
    try:
        return bool(np.array_equal(space.parse(text), np.asarray(code)))
    except NasapiError:
        return False


def _blank(space: SearchSpace, code: ArrayLike, arguments: Mapping[str, Any]) -> nn.Module:
    """The network without numbers."""
    import torch

    with torch.device("meta"):
        return build(space, code, **arguments)


def _difference(tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> str:
    """What first tells the tensors from those wanted, in words; empty where nothing does."""
    for name in wanted:
        if name not in tensors:
            return f"there is no {name!r}"
        one, other = tensors[name], wanted[name]
        if one.shape != other.shape or one.dtype != other.dtype:
            return f"{name!r} is {one.dtype} {tuple(one.shape)} where {other.dtype} {tuple(other.shape)} is wanted"
    surplus = next((name for name in tensors if name not in wanted), None)
    return "" if surplus is None else f"there is a {surplus!r:.80} that it does not have"


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ImportError as error:
        raise NotAvailable(
            f"Weights are read and written with torch and safetensors: {error}; {how_to_install('nasapi[networks]')}."
        ) from error
    return safetensors.torch
