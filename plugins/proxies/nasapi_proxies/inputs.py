"""What untrained networks look at: noise, or images of a data set, standardised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from attrs import frozen
from torch import Tensor

from nasapi.errors import CorruptData, NotAvailable, how_to_install
from nasapi.safety.npz import read_npz
from nasapi.words import counted
from nasapi_proxies.catalogue import NOISE


@frozen(eq=False)
class Batch:
    """Inputs with labels, drawn by a seed alone."""

    images: Tensor
    """(n, channels, height, width) float32, each channel of mean 0 and deviation 1."""
    labels: Tensor
    """(n,) int64"""
    classes: int
    """How many classes there are: of noise those of the network, of images those of their labels."""


def batch_of(data: str, n: int, seed: int, channels: int, side: int, classes: int) -> Batch:
    """`n` inputs: standard normal noise for a network, or images of a source, of their own size and classes.

    `data` is "noise", the name of a data set of nasapi-networks (its training images), the path of a folder with a
    folder for each class, whose images are made of the network's `channels` and `side`, or an `.npz` file with `images`
    and `labels`. Raises NotAvailable where the source is not here or has fewer images, CorruptData where it is none.
    """
    if data == NOISE:
        draws = torch.Generator().manual_seed(seed)
        images = torch.randn(n, channels, side, side, generator=draws)
        return Batch(images, torch.randint(classes, (n,), generator=draws), classes)
    pixels, labels = _file(Path(data)) if data.endswith(".npz") else _data_set(data, channels, side)
    if len(pixels) < n:
        there = counted(len(pixels), "image", "images")
        raise NotAvailable(f"{data!r} has {there}, fewer than the {n} of a batch; make `batch` smaller.")
    mean, deviation = pixels.mean((0, 2, 3), keepdims=True), pixels.std((0, 2, 3), keepdims=True)
    rows = np.random.default_rng(seed).choice(len(pixels), n, replace=False)
    chosen = (pixels[rows] - mean) / np.maximum(deviation, 1e-6)
    return Batch(
        torch.from_numpy(chosen.astype(np.float32)),
        torch.from_numpy(labels[rows].astype(np.int64)),
        int(labels.max()) + 1,
    )


def _data_set(name: str, channels: int, side: int) -> tuple[Any, Any]:
    try:
        from nasapi_networks.datasets import is_folder, load_data  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise NotAvailable(
            f"Data sets by name, such as {name!r:.80}, come with nasapi-networks, which is not installed; "
            f"{how_to_install('nasapi-networks')}, or take 'noise' or an .npz file with `images` and `labels`."
        ) from error
    size = {"channels": channels, "side": side} if is_folder(name) else {}
    train = load_data(name, **size).train
    return train.pixels, train.labels


def _file(path: Path) -> tuple[Any, Any]:
    if not path.is_file():
        raise NotAvailable(f"There is no file {str(path)!r} of images.")
    arrays = read_npz(path, repr(str(path)))
    images, labels = arrays.get("images"), arrays.get("labels")
    if (
        images is None
        or labels is None
        or images.ndim != 4
        or labels.shape != images.shape[:1]
        or images.dtype.kind not in "fiu"
        or labels.dtype.kind not in "iu"
    ):
        raise CorruptData(f"{path.name!r} is no file of `images` (n, channels, height, width) and `labels` (n,).")
    if not np.isfinite(images).all():
        raise CorruptData(f"`images` of {path.name!r} hold NaN or infinity.")
    if len(labels) and labels.min() < 0:
        raise CorruptData(f"`labels` of {path.name!r} are classes from 0, but one is {labels.min()}.")
    return images.astype(np.float32), labels
