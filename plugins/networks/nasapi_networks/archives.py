"""Archives of images to tables: CIFAR's pickles, read as plain data, and the IDX files of Fashion-MNIST."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.data import open_table
from nasapi.errors import CorruptData, NotAvailable
from nasapi.safety.unpacked import opened
from nasapi.tables import Column, load_plain, write_table

Pair = tuple[NDArray[np.uint8], NDArray[np.int64]]

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package dataset-fashion-mnist puts the files of Fashion-MNIST."""
_MOST = 1 << 30  # bytes of an unpacked file


def cifar10(folder: Path, target: Path) -> None:
    """Write the table of CIFAR-10 from its unpacked archive."""
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    _cifar(folder, target, "cifar-10-batches-py", names, b"labels", 10)


def cifar100(folder: Path, target: Path) -> None:
    """Write the table of CIFAR-100, with its fine labels, from its unpacked archive."""
    _cifar(folder, target, "cifar-100-python", ["train", "test"], b"fine_labels", 100)


def _cifar(folder: Path, target: Path, inside: str, names: list[str], key: bytes, classes: int) -> None:
    parts = [_batch(_find(folder, inside, name), key, classes) for name in names]
    write_table(
        target,
        {
            "pixels": Column(np.concatenate([pixels for pixels, _ in parts]), "Images by channel, row and column."),
            "labels": Column(np.concatenate([labels for _, labels in parts]).astype(np.uint8), "Classes, from 0."),
            "test": Column(
                np.repeat([name.startswith("test") for name in names], [len(labels) for _, labels in parts]),
                "Whether an image is one of the test images.",
            ),
        },
        source="https://www.cs.toronto.edu/~kriz/cifar.html",
    )


def _find(folder: Path, inside: str, name: str) -> Path:
    for place in (folder / inside / name, folder / name):
        if place.is_file():
            return place
    raise CorruptData(f"{str(folder)!r} has no {inside}/{name}; wanted the unpacked archive of CIFAR.")


def _batch(path: Path, key: bytes, classes: int) -> Pair:
    """Pixels (n, 3, 32, 32) and labels (n,) of one file."""
    with open(path, "rb") as file:
        found = load_plain(file, repr(str(path)), arrays=True)
    if not isinstance(found, dict):
        raise CorruptData(f"{str(path)!r} holds a {type(found).__name__}; wanted a batch of CIFAR.")
    given = {name.encode() if isinstance(name, str) else name: value for name, value in found.items()}
    pixels, labels = given.get(b"data"), given.get(key)
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 2 or pixels.shape[1] != 3072:
        raise CorruptData(f"{str(path)!r} has no `data` of images of 3 x 32 x 32 bytes.")
    read = np.asarray(labels if labels is not None else [], np.int64)
    if read.shape != (len(pixels),) or not ((read >= 0) & (read < classes)).all():
        raise CorruptData(f"{str(path)!r} has no {key.decode()!r} from 0 to {classes - 1} for each image.")
    return pixels.reshape(-1, 3, 32, 32), read


def idx_images(file: Path, target: Path) -> None:
    """Write the table of an IDX file of images, gzipped or not."""
    write_table(target, {"pixels": Column(read_idx(file, 3), "Grey images by row and column.")})


def idx_labels(file: Path, target: Path) -> None:
    """Write the table of an IDX file of labels."""
    write_table(target, {"labels": Column(read_idx(file, 1), "Classes, from 0.")})


def read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """The bytes of an IDX file of so many axes; raises CorruptData where its header and its length do not agree."""
    with opened(path) as file:
        content = file.read(_MOST + 1)
    header = content[4 : 4 + 4 * axes]
    shape = tuple(np.frombuffer(header, ">i4").tolist()) if len(header) == 4 * axes else ()
    if content[:4] != bytes([0, 0, 8, axes]) or len(shape) != axes or min(shape) < 1:
        raise CorruptData(f"{str(path)!r} is no IDX file of bytes with {axes} axes.")
    if len(content) != 4 + 4 * axes + math.prod(shape):
        raise CorruptData(f"{str(path)!r} has {len(content):,} bytes, and its header announces {shape}.")
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def fetched_cifar(name: str) -> tuple[Pair, Pair]:
    """Training and test images of CIFAR from the table that is here; raises NotAvailable where it is not."""
    table = open_table(name)
    test = table["test"]
    pixels, labels = table["pixels"], table["labels"].astype(np.int64)
    return (pixels[~test], labels[~test]), (pixels[test], labels[test])


def fetched_fashion() -> tuple[Pair, Pair]:
    """Training and test images of Fashion-MNIST, from Debian's package where it is installed, else from tables."""
    found: list[NDArray[Any]] = []
    for part, short in (("training", "train"), ("test", "t10k")):
        for kind, ending, axes in (("images", "idx3", 3), ("labels", "idx1", 1)):
            places = [DEBIAN / f"{short}-{kind}-{ending}-ubyte{more}" for more in (".gz", "")]
            here = next((place for place in places if place.is_file()), None)
            column = "pixels" if kind == "images" else "labels"
            try:
                values = read_idx(here, axes) if here else open_table(f"fashion-mnist-{part}-{kind}")[column]
            except NotAvailable as error:
                raise NotAvailable(
                    f"{error} Its four files are fashion-mnist-training-images, -training-labels, -test-images and "
                    "-test-labels; Debian has them as `apt install dataset-fashion-mnist`."
                ) from error
            found.append(values)
    return (found[0], found[1].astype(np.int64)), (found[2], found[3].astype(np.int64))
