"""Pretrained generators: the weights that come along, files of them, and a short pretraining where there are none."""

from __future__ import annotations

import importlib.resources
import json
import os
from functools import lru_cache
from pathlib import Path

import numpy as np
from attrs import field, frozen
from nasapi_toolkit.fitted import digest_of
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialise

from nasapi.errors import CorruptData, NotAvailable, StoreError
from nasapi.space import SearchSpace
from nasapi_agnet.forms import Form
from nasapi_agnet.generator import Generator, shapes_of
from nasapi_agnet.known_forms import form_of
from nasapi_agnet.parameters import Parameters
from nasapi_agnet.pretraining import BATCH, pretrain

FORMAT = "nasapi-agnet-1"
"""The version of the weights' names and of the metadata."""
SHIPPED = "shipped"
_DATA = 5_000  # architectures of a short pretraining
_COMPARED = 64  # architectures by which two spaces of one name are told apart
_KEPT = 8  # spaces that a process has pretrained a generator for, the last used ones


def pretrained(form: Form, checkpoint: str | None, steps: int) -> Generator:
    """The generator of a space before its search; it is shared, and a search trains a copy.

    "shipped" is the one that comes along. Where none does, and for None, one is trained in `steps` batches of 32.
    """
    if checkpoint == SHIPPED:
        own = importlib.resources.files("nasapi_agnet") / "checkpoints" / f"{form.space.whole.id}.safetensors"
        checkpoint = str(own) if own.is_file() else None
    return _trained(_SpaceKey(form.space), steps) if checkpoint is None else load(checkpoint, form)


def save(path: str | os.PathLike[str], form: Form, generator: Generator, **metadata: str) -> None:
    """Write weights, with what they are for and further `metadata`; raises StoreError where it cannot."""
    try:
        Path(path).write_bytes(serialise(dict(generator.weights), {**_metadata(form), **metadata}))
    except OSError as error:
        raise StoreError(f"The checkpoint {str(path)!r} cannot be written: {error}") from error


def load(path: str | os.PathLike[str], form: Form) -> Generator:
    """The generator of a file; raises NotAvailable where there is none, CorruptData where it is for another space."""
    if not Path(path).is_file():
        raise NotAvailable(f"There is no checkpoint {str(path)!r}; leave `checkpoint` out for the shipped one.")
    try:
        with safe_open(path, "numpy") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise CorruptData(f"{str(path)!r} is no checkpoint that can be read: {error}") from error
    for key, expected in _metadata(form).items():
        if metadata.get(key) != expected:
            raise CorruptData(f"Checkpoint {str(path)!r} is for {key} {metadata.get(key)!r:.80}, not {expected!r:.80}.")
    shapes = shapes_of(form.labels, form.layers)
    found = {name: weight.shape for name, weight in weights.items()}
    if found != dict(shapes) or any(weight.dtype != np.float32 for weight in weights.values()):
        raise CorruptData(f"Checkpoint {str(path)!r} has other weights than the generator of {form.space.id}.")
    if not all(np.isfinite(weight).all() for weight in weights.values()):
        raise CorruptData(f"Checkpoint {str(path)!r} has weights that are not all finite numbers.")
    flat = np.concatenate([weights[name].ravel() for name in shapes])
    return Generator(form.nodes, form.labels, form.layers, form.inputs, Parameters(shapes, flat))


@frozen
class _SpaceKey:
    """A space that is the same as any other of its class, size and, as far as a sample goes, codes and graphs."""

    space: SearchSpace = field(eq=False)
    key: tuple[object, ...] = field(init=False)

    @key.default
    def _of_the_space(self) -> tuple[object, ...]:
        space = self.space
        codes = space.sample(_COMPARED, np.random.default_rng(0))
        return (type(space), space.size, digest_of(space, codes))


@lru_cache(maxsize=_KEPT)
def _trained(space_key: _SpaceKey, steps: int) -> Generator:
    """The same for every run of a process, as if it had come along."""
    rng, form = np.random.default_rng(0), form_of(space_key.space)
    codes = space_key.space.sample(_DATA, rng)
    return pretrain(form, codes[form.fits(codes)], rng, steps * BATCH)


def _metadata(form: Form) -> dict[str, str]:
    return {"format": FORMAT, "space": form.space.whole.id, "labels": json.dumps(form.names), "nodes": str(form.nodes)}
