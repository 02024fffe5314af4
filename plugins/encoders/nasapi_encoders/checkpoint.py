"""Checkpoints: weights as safetensors beside what they were trained for, refused by any other space."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.resources
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialise
from torch import Tensor, nn

from nasapi.errors import CorruptData, NotAvailable, StoreError
from nasapi.space import Codes, SearchSpace

FORMAT = "1"
"""The version of the metadata and of the modules' weight names."""
_PROBES = 32  # codes whose graphs tell one version of a space from another


@frozen(eq=False)
class Checkpoint:
    """Weights read from a file, with the sizes that they were made for."""

    sizes: Mapping[str, Any]
    weights: Mapping[str, Tensor]

    def into(self, module: nn.Module) -> None:
        """Copy the weights into `module`, which must have the same names and shapes."""
        module.load_state_dict(dict(self.weights))


def fingerprint(space: SearchSpace, probes: Codes) -> str:
    """SHA-256 of what weights depend on: id, cardinalities, operations, and the graphs of some codes, `probes`.

    How a space samples and which codes it admits are left out: a space of fewer architectures takes the same weights.
    """
    graphs = space.graphs(probes)
    words = json.dumps([space.id, space.cardinalities, space.operations])
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
        "space": space.id,
        "cardinalities": json.dumps(space.cardinalities),
        "probes": json.dumps(probes.tolist()),
        "fingerprint": fingerprint(space, probes),
        "sizes": json.dumps(dict(sizes), sort_keys=True),
    }
    target = Path(path)
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.partial")
    weights = {name: weight.detach().contiguous() for name, weight in module.state_dict().items()}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(serialise(weights, metadata))  # safetensors' own files are for their owner alone
        os.replace(draft, target)
    except OSError as error:
        raise StoreError(f"The checkpoint {str(path)!r} cannot be written: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def load(path: str | os.PathLike[str], kind: str, space: SearchSpace) -> Checkpoint:
    """Read a checkpoint made for `kind` and `space`.

    Raises NotAvailable where there is no file, CorruptData where it is no checkpoint or one of another kind of
    encoder, another space, or another version of the space or of this format.
    """
    if not Path(path).is_file():
        raise NotAvailable(
            f"There is no checkpoint {str(path)!r}; make it with 'nasapi pretrain {space.id} -o {path}'."
        )
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise CorruptData(f"{str(path)!r} is not a checkpoint: {error}") from error
    _refuse(str(path), metadata, {"nasapi": FORMAT, "kind": kind, "space": space.id}, space)
    _refuse(str(path), metadata, {"cardinalities": json.dumps(space.cardinalities)}, space)
    probes = np.array(json.loads(metadata["probes"]), np.int64)
    _refuse(str(path), metadata, {"fingerprint": fingerprint(space, probes)}, space)
    return Checkpoint(json.loads(metadata["sizes"]), weights)


def _refuse(path: str, metadata: Mapping[str, str], wanted: Mapping[str, str], space: SearchSpace) -> None:
    names = {"nasapi": "format", "kind": "encoder", "space": "space"}
    for key, value in wanted.items():
        if metadata.get(key) != value:
            raise CorruptData(
                f"Checkpoint {path!r} is for {names.get(key, f'version of {space.id}')} {metadata.get(key)!r:.24}, "
                f"not {value!r:.24}; make one with 'nasapi pretrain {space.id}'."
            )


def shipped(kind: str, space: SearchSpace) -> Path | None:
    """The checkpoint that comes with this package for that encoder and space, None where there is none."""
    path = importlib.resources.files("nasapi_encoders") / "checkpoints" / f"{space.id}-{kind}.safetensors"
    return Path(str(path)) if path.is_file() else None
