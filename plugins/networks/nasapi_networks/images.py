"""Labelled images: pixels from 0 to 1 with their classes, split into training, validation and test."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import CorruptData, InvalidOption
from nasapi.safety.whole_numbers import whole
from nasapi.words import counted

_MOST_CLASS = 1_000_000
_SPLITS = ("training", "validation", "test")


@frozen(eq=False)
class Images:
    """Images of one split."""

    pixels: NDArray[np.float32]
    """(n, channels, side, side), from 0 to 1."""
    labels: NDArray[np.int64]
    """(n,), from 0 to the number of classes less one."""

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, n: int | None) -> Images:
        """The first `n` images, all where it is None or more than there are."""
        return self if n is None else Images(self.pixels[:n], self.labels[:n])


@frozen(eq=False)
class ImageData:
    """A data set as a trainer takes it: three splits that share no image."""

    name: str
    classes: int
    train: Images
    valid: Images
    test: Images
    source: str = ""
    """Where the images come from, in words."""
    licence: str = ""

    @property
    def channels(self) -> int:
        """Channels of an image: 1 for grey, 3 for colour."""
        return int(self.train.pixels.shape[1])

    @property
    def side(self) -> int:
        """Pixels along a side."""
        return int(self.train.pixels.shape[2])


def image_data(
    name: str,
    splits: Sequence[tuple[NDArray[Any], NDArray[Any]]],
    *,
    classes: int = 1,
    source: str = "",
    licence: str = "",
) -> ImageData:
    """A data set of (pixels, labels) for training, validation and test, checked.

    Pixels are (n, side, side) or (n, channels, side, side), whole numbers of 0 to 255 or fractions of 0 to 1; labels
    are (n,), whole numbers from 0. There are as many classes as the largest label says, and no fewer than `classes`.
    Raises CorruptData for another shape, for values that are not finite or outside their range, for a single class or
    one that no training image is of, and for an empty split.
    """
    if not isinstance(splits, (list, tuple)) or len(splits) != 3 or not all(map(_is_pair, splits)):
        raise InvalidOption(
            "A data set has three splits (training, validation, test), each of pixels and labels, not "
            f"{reprlib.repr(splits):.80}."
        )
    classes = whole(classes, wanted="`classes` of a data set is a whole number from 0")
    checked = [_images(f"{name}, {split}", *pair) for split, pair in zip(_SPLITS, splits, strict=True)]
    shapes = {images.pixels.shape[1:] for images in checked}
    if len(shapes) != 1:
        raise CorruptData(f"The images of {name} have the shapes {sorted(shapes)}; wanted one for all splits.")
    classes = max(classes, 1 + max(int(images.labels.max()) for images in checked))
    if classes < 2:
        raise CorruptData(f"All images of {name} are of class 0; wanted two classes or more, to tell them apart.")
    there = np.unique(checked[0].labels)
    if len(there) < classes:
        gaps = np.flatnonzero(there != np.arange(len(there)))
        missing = int(gaps[0]) if len(gaps) else len(there)
        raise CorruptData(
            f"The training images of {name} have none of class {missing}; wanted each of {classes}, from 0 on: take "
            "more of them, or another seed of the split."
        )
    train, valid, test = checked
    return ImageData(name, classes, train, valid, test, source, licence)


def split(
    pixels: NDArray[Any], labels: NDArray[Any], counts: tuple[int, int, int], seed: int = 0, name: str = "the data set"
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Training, validation and test images, so many of each, by one permutation that `seed` alone decides."""
    wanted = "Images are split by three whole numbers, those of each split"
    if len([whole(count, wanted=wanted) for count in counts]) != 3:
        raise InvalidOption(f"{wanted}, not {counts!r:.80}.")
    if min(counts) < 1 or sum(counts) > len(labels):
        raise InvalidOption(
            f"{name} has {counted(len(labels), 'image', 'images')}, which cannot be split into "
            f"{' + '.join(map(str, counts))}; each split has at least one, and their sum is at most all."
        )
    seed = whole(seed, wanted="The seed that images are split by is a whole number from 0")
    order = np.random.default_rng(seed).permutation(len(labels))
    ends = np.cumsum(counts)
    return [(pixels[rows], labels[rows]) for rows in np.split(order[: ends[-1]], ends[:-1])]


def as_array(values: object) -> NDArray[Any]:
    """An array of what is given; of a tensor its numbers, without a gradient."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def _is_pair(split: object) -> bool:
    return isinstance(split, (list, tuple)) and len(split) == 2


def _images(where: str, pixels: NDArray[Any], labels: NDArray[Any]) -> Images:
    try:
        pixels, labels = as_array(pixels), as_array(labels)
    except (ValueError, TypeError) as error:
        raise CorruptData(f"Images ({where}) are no array: {error!s:.200}.") from error
    if pixels.ndim == 3:
        pixels = pixels[:, None]
    if pixels.ndim != 4 or pixels.shape[2] != pixels.shape[3] or pixels.shape[1] not in (1, 3):
        raise CorruptData(f"Images ({where}) have the shape {pixels.shape}; wanted (n, 1 or 3, side, side).")
    if not len(pixels) or labels.shape != (len(pixels),):
        raise CorruptData(
            f"{counted(len(pixels), 'image', 'images')} ({where}) with labels of shape {labels.shape}; "
            "wanted one for each."
        )
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > _MOST_CLASS:
        raise CorruptData(
            f"Labels ({where}) are {labels.dtype}, the least {labels.min()}; wanted whole numbers from 0 to "
            f"{_MOST_CLASS:,}."
        )
    if pixels.dtype == np.uint8:
        pixels = pixels / np.float32(255)
    elif pixels.dtype.kind != "f":
        raise CorruptData(f"Pixels ({where}) are {pixels.dtype}; wanted uint8, or fractions from 0 to 1.")
    if not (np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1):
        raise CorruptData(
            f"Pixels ({where}) run from {pixels.min()} to {pixels.max()}; wanted finite ones from 0 to 1."
        )
    return Images(np.ascontiguousarray(pixels, np.float32), labels.astype(np.int64))
