"""Images to attack from a file of arrays, or from a data set of nasapi-networks by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from nasapi_networks.datasets import load_data
from numpy.typing import NDArray

from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.safety.npz import read_npz

SPLITS = ("test", "valid", "train")


@frozen(eq=False)
class LabelledImages:
    """Images with their classes."""

    title: str
    """What they are, for a heading: "200 test images of digits"."""
    pixels: NDArray[np.float32]
    """(n, channels, height, width), from 0 to 1."""
    labels: NDArray[np.int64]
    """(n,)"""


def read_images(source: str, split: str, count: int) -> LabelledImages:
    """The first `count` images of a source, all where there are fewer.

    `source` is an `.npz` file with `images`, (n, channels, height, width) as bytes or as numbers from 0 to 1, and
    `labels`, or the name of a data set of nasapi-networks, which has splits. Raises NotAvailable where there is no
    such file, CorruptData for a file that holds something else.
    """
    if source.endswith(".npz"):
        pixels, labels = _file(Path(source))
        name = Path(source).name
        return LabelledImages(f"the first {min(count, len(pixels)):,} images of {name}", pixels[:count], labels[:count])
    if split not in SPLITS:
        raise InvalidOption(f"A split is one of {', '.join(SPLITS)}, not {split!r:.80}.")
    part = getattr(load_data(source), split).first(count)
    return LabelledImages(f"{len(part):,} {split} images of {source}", part.pixels, part.labels)


def _file(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    if not path.is_file():
        raise NotAvailable(f"There is no file {str(path)!r} of images.")
    arrays = read_npz(path, repr(str(path)))
    if not {"images", "labels"} <= arrays.keys():
        raise CorruptData(
            f"{path.name!r} holds {', '.join(sorted(arrays)) or 'nothing'}; wanted `images` and `labels`."
        )
    images: NDArray[Any] = arrays["images"]
    labels: NDArray[Any] = arrays["labels"]
    if labels.dtype.kind not in "iu":
        raise CorruptData(f"`labels` of {path.name!r} are {labels.dtype}; wanted whole numbers.")
    pixels = images / np.float32(255) if images.dtype == np.uint8 else images
    return np.asarray(pixels, np.float32), labels.astype(np.int64)
