"""Checkpoints: weights as safetensors beside what they were trained for, refused by any other space."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import os
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialise
from torch import Tensor, nn

from nasapi.errors import CorruptData, NotAvailable
from nasapi.files import is_folder, require_place, write_whole
from nasapi.safety.grammar import read_json
from nasapi.space import Codes, SearchSpace

FORMAT = "1"
"""The version of the metadata and of the modules' weight names."""
_PROBES = 32  # codes whose graphs tell one version of a space from another
_HEAD = 1 << 16  # bytes in which the metadata of a checkpoint begin
_WHAT = "The checkpoint"


@frozen(eq=False)
class Checkpoint:
    """What was read from a file, and for whom; whatever is damaged raises CorruptData once it is asked for."""

    path: str
    """Where the file is."""
    kind: str
    """The id of the encoder that it is read for."""
    space: SearchSpace
    """The space that it is read for."""
    metadata: Mapping[str, str]
    """What the file says of itself: the texts that `save` writes, by name."""
    weights: Mapping[str, Tensor]
    """The tensors of the module, by their names in it."""

    def refused(self, what: str) -> CorruptData:
        """The error that says what is wrong with the file, and how to make a right one."""
        return CorruptData(
            f"Checkpoint {self.path!r} {what}; make one with 'nasapi pretrain {self.space.id} -e {self.kind}'."
        )

    def require(self, key: str, name: str, wanted: str) -> None:
        """Raise CorruptData unless the file says `wanted` under `key`, which is its `name` for people."""
        given = self.metadata.get(key)
        if given is None:
            raise self.refused(f"does not say that it is for {name} {reprlib.repr(wanted)}")
        if given != wanted:
            raise self.refused(f"is for {name} {reprlib.repr(given)}, not {reprlib.repr(wanted)}")

    def sizes(self) -> dict[str, Any]:
        """The options that the shapes of the weights follow from, by name; none is larger than the weights allow."""
        sizes = self._parsed("sizes")
        most = max((len(self.weights), *(side for weight in self.weights.values() for side in weight.shape)))
        if not isinstance(sizes, dict) or any(type(size) is int and size > most for size in sizes.values()):
            raise self.refused(f"has the sizes {reprlib.repr(sizes)}, which its weights do not have")
        return sizes

    def probes(self) -> Codes:
        """(n, d): codes whose graphs the file was made with."""
        listed, cardinalities = self._parsed("probes"), self.space.cardinalities
        try:
            codes = np.array(listed, np.int64)
        except (ValueError, TypeError, OverflowError) as error:
            raise self.refused(f"has the probes {reprlib.repr(listed)}, which are no codes") from error
        if codes.shape[1:] != (len(cardinalities),) or not ((codes >= 0) & (codes < cardinalities)).all():
            raise self.refused(f"has the probes {reprlib.repr(listed)}, which are no codes of {self.space.id}")
        return codes

    def match(self, module: nn.Module) -> None:
        """Raise CorruptData unless the weights have the names, shapes and types of `module`'s, and are finite."""
        wanted = module.state_dict()
        if unmatched := wanted.keys() ^ self.weights.keys():
            name = min(unmatched)
            raise self.refused(f"{'lacks the' if name in wanted else 'has unknown'} weights {name!r}")
        for name, weight in self.weights.items():
            given, right = ((tuple(tensor.shape), tensor.dtype) for tensor in (weight, wanted[name]))
            if given != right:
                raise self.refused(f"has weights {name!r} of {given[0]} {given[1]}, not {right[0]} {right[1]}")
            if not weight.isfinite().all():
                raise self.refused(f"has weights {name!r} that are not all finite numbers")

    def _parsed(self, key: str) -> Any:
        try:
            return read_json(self.metadata[key], key, constants=True)
        except KeyError as error:
            raise self.refused(f"has no {key}") from error
        except CorruptData as error:
            raise self.refused(f"has {key} that are not JSON, {reprlib.repr(self.metadata[key])}") from error


def fingerprint(space: SearchSpace, probes: Codes) -> str:
    """SHA-256 of what weights depend on: id, cardinalities, operations, and the graphs of some codes, `probes`.

    How a space samples and which codes it admits are left out: a space of fewer architectures takes the same weights.
    """
    graphs = space.graphs(probes)
    words = json.dumps([space.whole.id, space.cardinalities, space.operations])
    digest = hashlib.sha256(words.encode())
    digest.update(np.ascontiguousarray(graphs.ops, np.int64).tobytes())
    digest.update(np.packbits(graphs.adjacency).tobytes())
    return digest.hexdigest()


def save(
    path: str | os.PathLike[str], kind: str, space: SearchSpace, module: nn.Module, sizes: Mapping[str, Any]
) -> None:
    """Write a checkpoint, whole or not at all; raises StoreError where the place cannot be written."""
    probes = space.sample(_PROBES, np.random.default_rng(0))
    metadata = {
        "nasapi": FORMAT,
        "kind": kind,
        "space": space.whole.id,
        "cardinalities": json.dumps(space.cardinalities),
        "probes": json.dumps(probes.tolist()),
        "fingerprint": fingerprint(space, probes),
        "sizes": json.dumps(dict(sizes)),
    }
    weights = {name: weight.detach().contiguous() for name, weight in module.state_dict().items()}
    write_whole(path, serialise(weights, metadata), foreign, _WHAT)  # safetensors' own files are for their owner alone


def require_room(path: str | os.PathLike[str]) -> None:
    """Raise StoreError where no checkpoint can be put at `path`; to be asked before one is trained."""
    require_place(path, foreign, _WHAT)


def foreign(place: Path) -> str | None:
    """Why what is at `place` is not to be replaced: anything but a checkpoint or an empty file."""
    if (reason := is_folder(place)) is not None:
        return reason
    with place.open("rb") as file:
        start = file.read(_HEAD)
    mark = f'"nasapi":"{FORMAT}"'.encode()  # a network's weights have another text there
    if not start or mark in start or b'"fingerprint"' in start:  # one of them, where the other is damaged
        return None
    return "exists and is no checkpoint of an encoder; name another file or move it away"


def load(path: str | os.PathLike[str], kind: str, space: SearchSpace) -> Checkpoint:
    """Read a checkpoint made for `kind` and `space`.

    Raises NotAvailable where there is no file, CorruptData where it is no checkpoint or one of another kind of
    encoder, another space, or another version of the space or of this format.
    """
    if not Path(path).is_file():
        raise NotAvailable(
            f"There is no checkpoint {str(path)!r}; make it with 'nasapi pretrain {space.id} -e {kind} -o {path}'."
        )
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise Checkpoint(str(path), kind, space, {}, {}).refused(
            f"is not a checkpoint that can be read: {error}"
        ) from error
    found, version = Checkpoint(str(path), kind, space, metadata, weights), f"version of {space.id}"
    found.require("nasapi", "format", FORMAT)
    found.require("kind", "encoder", kind)
    found.require("space", "space", space.whole.id)
    found.require("cardinalities", version, json.dumps(space.cardinalities))
    found.require("fingerprint", version, fingerprint(space, found.probes()))
    return found


def shipped(kind: str, space: SearchSpace) -> Path | None:
    """The checkpoint that comes with this package for that encoder and space, None where there is none."""
    path = importlib.resources.files("nasapi_encoders") / "checkpoints" / f"{space.whole.id}-{kind}.safetensors"
    return Path(str(path)) if path.is_file() else None
