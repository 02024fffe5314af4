"""How many images each split of a data set has, which they are, and what becomes of a picture on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nasapi_networks.datasets import _with_own_test, load_data
from nasapi_networks.images import Images, image_data, split
from PIL import Image

from nasapi.errors import CorruptData, InvalidOption


def sizes(data) -> tuple[int, int, int]:
    return len(data.train), len(data.valid), len(data.test)


def test_digits_have_their_own_sizes_unless_others_are_given() -> None:
    assert sizes(load_data("digits")) == (800, 200, 797)
    assert sizes(load_data("digits", train=64, test=5)) == (64, 200, 5)
    first, again, other = (load_data("digits", seed=seed).train.labels for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert np.array_equal(first, load_data("digits").train.labels)
    assert not np.array_equal(first, other)


def test_a_split_takes_every_image_or_one_and_no_more() -> None:
    rows = np.arange(6)
    whole = split(rows, rows, (4, 1, 1), seed=2)
    order = np.random.default_rng(2).permutation(6)
    assert [part.tolist() for part, _ in whole] == [order[:4].tolist(), [order[4]], [order[5]]]
    for one, other in zip(split(rows, rows, (4, 1, 1)), split(rows, rows, (4, 1, 1), seed=0), strict=True):
        assert np.array_equal(one[0], other[0])
    for counts in ((5, 1, 1), (4, 0, 1)):
        with pytest.raises(InvalidOption, match="has 6 images, which cannot be split into"):
            split(rows, rows, counts)
    for counts in ((4, 1), (4.0, 1, 1), (True, 1, 1), "411", (-1, 1, 1)):
        with pytest.raises(InvalidOption, match="Images are split by three whole numbers, those of each split, not"):
            split(rows, rows, counts)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [None, -1, 0.5, "0"])
def test_a_split_without_a_seed_is_refused(seed: Any) -> None:
    rows = np.arange(6)
    with pytest.raises(InvalidOption, match="The seed that images are split by is a whole number from 0, not"):
        split(rows, rows, (4, 1, 1), seed)


def made(n: int, m: int, given=(None, None, None), own=(25, 15), seed=0):
    """Grey images of 2x2 whose brightness is their number."""
    training = np.tile(np.arange(n)[:, None, None] / 100, (1, 2, 2)), np.arange(n) % 2
    test = np.tile(0.5 + np.arange(m)[:, None, None] / 100, (1, 2, 2)), np.arange(m) % 2
    return _with_own_test("mine", training, test, given, own, seed, "made up", "none")


def test_a_data_set_with_test_images_of_its_own_splits_the_others_alone() -> None:
    data = made(40, 6)
    assert sizes(data) == (25, 15, 6)
    order = np.random.default_rng(0).permutation(40)
    np.testing.assert_allclose(data.train.pixels[:, 0, 0, 0], order[:25] / 100)
    np.testing.assert_allclose(data.valid.pixels[:, 0, 0, 0], order[25:] / 100)
    np.testing.assert_allclose(data.test.pixels[:, 0, 0, 0], 0.5 + np.arange(6) / 100)
    assert (data.source, data.licence, data.classes, data.channels, data.side) == ("made up", "none", 2, 1, 2)
    assert sizes(made(20, 6)) == (12, 8, 6)  # in the same proportion where there are fewer
    assert sizes(made(40, 6, (30, 10, 2))) == (30, 10, 2)


def test_a_class_of_images_that_are_not_taken_is_one_of_the_data_set() -> None:
    pixels, labels = np.zeros((40, 2, 2)), np.arange(40) % 2
    labels[np.random.default_rng(0).permutation(40)[30]] = 2
    with pytest.raises(CorruptData, match="none of class 2; wanted each of 3"):
        _with_own_test("mine", (pixels, labels), (pixels, labels % 2), (20, 5, None), (25, 15), 0, "made up", "none")


@pytest.mark.parametrize("given", [(30, 11, None), (None, 16, None), (None, None, 7)])
def test_more_than_there_are_is_refused(given) -> None:
    with pytest.raises(InvalidOption, match="are too many"):
        made(40, 6, given)


def test_the_first_images_are_taken_or_all() -> None:
    images = Images(np.arange(5.0, dtype=np.float32).reshape(5, 1, 1, 1), np.arange(5))
    assert [len(images.first(n)) for n in (None, 2, 9)] == [5, 2, 5]
    assert images.first(2).labels.tolist() == [0, 1]


def test_whole_numbers_of_255_become_fractions() -> None:
    pixels, labels = np.array([[[0, 255]] * 2, [[51, 102]] * 2], np.uint8), np.array([0, 1])
    data = image_data("mine", [(pixels, labels)] * 3)
    np.testing.assert_allclose(data.train.pixels[:, 0, 0], [[0, 1], [0.2, 0.4]], rtol=1e-6)
    assert data.train.pixels.dtype == np.float32
    tensors = image_data("mine", [(torch.tensor(pixels / 255, requires_grad=True), torch.tensor(labels))] * 3)
    np.testing.assert_allclose(tensors.train.pixels, data.train.pixels, rtol=1e-6)
    with pytest.raises(InvalidOption, match="has three splits"):
        image_data("mine", [(pixels, labels)] * 2)
    with pytest.raises(CorruptData, match="wanted one for all splits"):
        image_data("mine", [(pixels, labels)] * 2 + [(pixels[:, :1, :1], labels)])
    with pytest.raises(CorruptData, match="wanted one for all splits"):
        image_data("mine", [(pixels, labels)] * 2 + [(np.repeat(pixels[:, None], 3, axis=1), labels)])


def pictures(folder: Path, images: dict[str, list[np.ndarray]]) -> str:
    for name, some in images.items():
        (folder / name).mkdir(parents=True)
        for number, pixels in enumerate(some):
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return f"{folder}/"


def test_a_picture_is_cut_to_its_middle_square_and_scaled_by_means(tmp_path: Path) -> None:
    wide = np.zeros((4, 8, 3), np.uint8)
    wide[:2, 2:4], wide[2:, 4:6], wide[:, 7] = (40, 80, 120), (200, 100, 0), 255  # the last column is cut off
    tall = np.full((8, 4, 3), 10, np.uint8)
    tall[[0, 1, 6, 7]] = 255
    some = {"wide": [wide] * 4, "tall": [tall] * 4, ".hidden": [tall]}
    data = load_data(pictures(tmp_path / "mine", some), side=2, seed=0)
    assert sizes(data) == (4, 2, 2)
    assert (data.channels, data.classes) == (3, 2)
    pixels = np.concatenate([data.train.pixels, data.valid.pixels, data.test.pixels])
    labels = np.concatenate([data.train.labels, data.valid.labels, data.test.labels])
    assert sorted(labels.tolist()) == [0] * 4 + [1] * 4  # by the sorted names of their folders
    np.testing.assert_allclose(pixels[labels == 0], np.float32(10 / 255), atol=1e-6)
    wanted = np.zeros((3, 2, 2))
    wanted[:, 0, 0], wanted[:, 1, 1] = np.array([40, 80, 120]) / 255, np.array([200, 100, 0]) / 255
    np.testing.assert_allclose(pixels[labels == 1][0], wanted, atol=1e-6)
    grey = load_data(f"{tmp_path / 'mine'}/", side=2, channels=1)
    assert (grey.channels, grey.side) == (1, 2)
    assert load_data(f"{tmp_path / 'mine'}/").side == 32
