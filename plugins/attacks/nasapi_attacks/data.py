"""Images to attack: of a file of arrays, of a folder, or of a data set of nasapi-networks by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from nasapi_networks.datasets import is_folder, load_data
from nasapi_networks.folder import read_folder
from numpy.typing import NDArray

from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.safety.npz import read_npz
from nasapi.words import counted
from nasapi_attacks.weights import Taken

SPLITS = ("test", "valid", "train", "all")


@frozen(eq=False)
class LabelledImages:
    """Images with their classes."""

    title: str
    """What they are, for a heading: "200 test images of digits"."""
    pixels: NDArray[np.float32]
    """(n, channels, height, width), from 0 to 1."""
    labels: NDArray[np.int64]
    """(n,)"""


def read_images(source: str, split: str | None, count: int, taken: Taken, side: int | None = None) -> LabelledImages:
    """The first `count` images of a source, all where there are fewer, for a network that takes such images.

    `source` is an `.npz` file with `images`, (n, channels, height, width) as bytes or as numbers from 0 to 1, and
    `labels`; or the name of a data set of nasapi-networks, or the path of a folder with a folder for each class, which
    have splits: "test" by default, "all" for all images in an order drawn once. A folder's images are made of the
    channels that the network takes, and of `side` pixels, by default of the side that it was built for.

    Raises NotAvailable where there is no such file, CorruptData for a file that holds something else, InvalidOption for
    images of other channels, another side or another number of classes than the network was built for; `side` says that
    another side is meant.
    """
    side = side or taken.side
    if source.endswith(".npz"):
        if split is not None:
            raise InvalidOption(f"The images of {source!r} are all of one split; leave --split out.")
        pixels, labels = _file(Path(source))
        classes = None
        title = f"the first {min(count, len(pixels)):,} images of {Path(source).name}"
    else:
        pixels, labels, classes = _split(source, split or "test", taken, side)
        of = "" if split == "all" else f"{split or 'test'} "
        title = f"{min(count, len(pixels)):,} {of}images of {source}"
        if is_folder(source):
            title += f" at {side} x {side} pixels in {'grey' if taken.channels == 1 else 'colour'}"
    _demand_taken(source, pixels, classes, taken, side)
    return LabelledImages(title, pixels[:count], labels[:count])


def _split(source: str, split: str, taken: Taken, side: int) -> tuple[NDArray[np.float32], NDArray[np.int64], int]:
    """Pixels, labels and how many classes of a split of a folder or of a data set with a name."""
    if split not in SPLITS:
        raise InvalidOption(f"A split is one of {', '.join(SPLITS)}, not {split!r:.80}.")
    size = {"side": side, "channels": taken.channels} if is_folder(source) else {}
    if split == "all" and is_folder(source):
        pixels, labels = read_folder(Path(source), **size)
        order = np.random.default_rng(0).permutation(len(labels))  # or the first would be of one class
        return np.asarray(pixels[order] / np.float32(255), np.float32), labels[order], int(labels.max()) + 1
    data = load_data(source, **size)
    parts = [data.test, data.valid, data.train] if split == "all" else [getattr(data, split)]
    together = [np.concatenate([getattr(part, name) for part in parts]) for name in ("pixels", "labels")]
    return together[0], together[1], data.classes


def _demand_taken(source: str, pixels: NDArray[Any], classes: int | None, taken: Taken, side: int) -> None:
    """Raise InvalidOption where images are not those that a network was built for."""
    if pixels.ndim != 4:
        return  # which the attack refuses, by its shape
    channels, *sides = pixels.shape[1:]
    if channels != taken.channels:
        raise InvalidOption(
            f"The network takes images of {counted(taken.channels, 'channel', 'channels')}, and those of {source!r} "
            f"have {channels}; "
            + (
                "give them as (n, channels, height, width), with the channels in front."
                if sides[-1] == taken.channels
                else "give it images of the kind that it was trained on."
            )
        )
    if sides != [side, side]:
        raise InvalidOption(
            f"The network is given images of {side} x {side} pixels, and those of {source!r} have "
            f"{sides[0]} x {sides[1]}; make them of that size"
            + (f", or say --side {sides[0]} if they are meant." if sides[0] == sides[1] else ".")
        )
    if classes is not None and classes != taken.classes:
        raise InvalidOption(
            f"The network tells {taken.classes} classes apart, and {source!r} has {classes}, so that its labels are "
            "others; give it the images of the classes that it was trained on."
        )


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
    if not images.ndim or not labels.ndim:
        raise CorruptData(f"`images` or `labels` of {path.name!r} is a single number; wanted arrays of n.")
    if images.dtype.kind not in "fiub":
        raise CorruptData(f"`images` of {path.name!r} are {images.dtype}; wanted bytes, or numbers from 0 to 1.")
    if labels.dtype.kind not in "iu":
        raise CorruptData(f"`labels` of {path.name!r} are {labels.dtype}; wanted whole numbers.")
    pixels = images / np.float32(255) if images.dtype == np.uint8 else images
    return np.asarray(pixels, np.float32), labels.astype(np.int64)
