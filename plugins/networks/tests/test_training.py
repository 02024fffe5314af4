"""The trainer: seeds together and alone, stopped and gone on with, never touching anybody's random state."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nasapi_nb201.space import NB201
from nasapi_networks.architecture import network_of, require_buildable
from nasapi_networks.datasets import load_data
from nasapi_networks.evaluation_form import fold
from nasapi_networks.flat_sgd import FlatSGD
from nasapi_networks.grouped import Normalize, Row, group
from nasapi_networks.images import ImageData, Images
from nasapi_networks.predictions import predictions_of
from nasapi_networks.trainer import Trained, Trainer
from nasapi_networks.training_settings import Training
from torch import nn

import nasapi
from nasapi.errors import CorruptData, InvalidOption
from nasapi.networks import load_weights, save_weights

SPACE = NB201()
CELL = (3, 2, 1, 0, 3, 4)
SMALL: dict[str, Any] = {"channels": 2, "cells": 1}
RECIPE = Training(epochs=3, batch=32, warm_up=0.2, shift=1)


@pytest.fixture(scope="module")
def data() -> ImageData:
    return load_data("digits", train=96, valid=40, test=40)


@pytest.fixture
def make(data: ImageData) -> Callable[..., Trainer]:
    def trainer(*seeds: int, code: tuple[int, ...] = CELL, recipe: Training = RECIPE, **more: Any) -> Trainer:
        return Trainer(
            lambda seed: network_of(SPACE, np.array(code), seed, data, SMALL),
            data,
            recipe,
            seeds,
            label=SPACE.format(np.array(code)),
            **more,
        )

    return trainer


def test_seeds_together_are_the_seeds_alone(make: Callable[..., Trainer], data: ImageData) -> None:
    both = make(0, 1, precision="float64")
    both.train()
    assert both.grouped
    for place, seed in enumerate((0, 1)):
        alone = make(seed, precision="float64")
        alone.train()
        one, other = alone.trained().networks[0], both.trained().networks[place]
        np.testing.assert_allclose(
            predictions_of(other, data.test).logits, predictions_of(one, data.test).logits, atol=1e-9
        )


def test_in_float32_a_step_differs_by_rounding_alone(make: Callable[..., Trainer], data: ImageData) -> None:
    short = Training(epochs=1, batch=96, rate=0.01)
    both, alone = make(0, 1, recipe=short), make(1, recipe=short)
    for trainer in (both, alone):
        trainer.train()
    one, other = (trainer.trained().networks[-1] for trainer in (alone, both))
    np.testing.assert_allclose(
        predictions_of(other, data.test).logits, predictions_of(one, data.test).logits, atol=1e-3
    )


def test_a_training_gone_on_with_has_the_same_bytes(make: Callable[..., Trainer], tmp_path: Path) -> None:
    through = make(0, 1)
    through.train()
    stopped = make(0, 1)
    stopped.train(1)
    stopped.trained()  # looking does not change it
    stopped.save(tmp_path / "half.npz")
    gone_on = make(0, 1)
    gone_on.restore(tmp_path / "half.npz")
    assert gone_on.epoch == 1
    gone_on.train()
    assert gone_on.checkpoint() == through.checkpoint()


@pytest.mark.parametrize(
    "other", [{"code": (3, 3, 3, 3, 3, 3)}, {"recipe": Training(epochs=4, batch=32)}, {"precision": "float64"}]
)
def test_a_checkpoint_of_another_training_is_refused(make: Callable[..., Trainer], other: dict[str, Any]) -> None:
    with pytest.raises(CorruptData, match="is of another training"):
        make(0, 1, **other).restore(make(0, 1).checkpoint())


@pytest.mark.parametrize("normalize", [False, True])
def test_what_was_trained_is_kept_and_read_again(
    make: Callable[..., Trainer], data: ImageData, tmp_path: Path, normalize: bool
) -> None:
    trainer = make(0, 1, recipe=Training(epochs=1, batch=32, warm_up=0.2, shift=1, normalize=normalize))
    trainer.train()
    pixels = torch.from_numpy(data.test.pixels)
    quick, whole = trainer.trained().networks, trainer.trained(folded=False).networks
    for one, other in zip(quick, whole, strict=True):
        torch.testing.assert_close(one(pixels), other(pixels), rtol=1e-4, atol=1e-4)
        bare = other[1] if normalize else other  # type: ignore[index]
        size = {**SMALL, "classes": 10, "inputs": 1, "side": 8}
        save_weights(tmp_path / "one.safetensors", bare, SPACE, CELL, **size)
        again = load_weights(tmp_path / "one.safetensors", SPACE, CELL, **size).eval()
        taken = other[0](pixels) if normalize else pixels  # type: ignore[index]
        torch.testing.assert_close(again(taken), other(pixels), rtol=1e-5, atol=1e-5)


def test_a_checkpoint_of_another_version_of_torch_is_refused(
    make: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = make(0).checkpoint()
    monkeypatch.setattr(torch, "__version__", "2.12.0")
    with pytest.raises(
        CorruptData, match=r"or version of torch differ\. Train from the start, and keep .* another folder"
    ):
        make(0).restore(there)


def test_a_checkpoint_is_named_by_its_file(make: Callable[..., Trainer], tmp_path: Path) -> None:
    make(0).save(tmp_path / "one.npz")
    with pytest.raises(CorruptData, match=r"^Checkpoint '.*one\.npz' is of another training"):
        make(1).restore(tmp_path / "one.npz")
    with pytest.raises(CorruptData, match=r"^A checkpoint is of another training"):
        make(1).restore((tmp_path / "one.npz").read_bytes())
    make(0).restore(str(tmp_path / "one.npz"))
    fresh = make(0)
    fresh.train(0)
    assert fresh.epoch == 0 and fresh.trained().losses.shape == (0, 1)


def test_means_of_pixels_are_taken_in_float64(make: Callable[..., Trainer], data: ImageData) -> None:
    first = make(0, precision="float64").network.network[0]  # type: ignore[index]
    pixels = data.train.pixels.astype(np.float64)
    np.testing.assert_allclose(first.mean, pixels.mean(axis=(0, 2, 3)), rtol=1e-14)
    np.testing.assert_allclose(first.spread, pixels.std(axis=(0, 2, 3)), rtol=1e-14)


def test_a_damaged_checkpoint_is_refused(make: Callable[..., Trainer]) -> None:
    with pytest.raises(CorruptData, match="no archive of numpy arrays"):
        make(0).restore(make(0).checkpoint()[:-30])


def test_no_other_device_is_seeded(make: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("manual_seed", "manual_seed_all"):
        monkeypatch.setattr(torch.cuda, name, None)
    make(0).train(1)


def test_a_seed_that_is_named_twice_is_refused(make: Callable[..., Trainer]) -> None:
    with pytest.raises(InvalidOption, match="different whole numbers"):
        make(1, 1)


@pytest.mark.parametrize("seeds", [(0, 0.5), (-1,), (True,), (), "01", 3, None, (0, 2**32)])
def test_what_are_no_seeds_is_named(data: ImageData, seeds: Any) -> None:
    with pytest.raises(InvalidOption, match="Seeds are one or several different whole numbers from 0 to 42949"):
        Trainer(lambda seed: nn.Linear(2, 2), data, RECIPE, seeds)


def test_numpy_s_whole_numbers_are_seeds_and_epochs(make: Callable[..., Trainer]) -> None:
    plain, numpys = make(0, 1), make(*np.array([0, 1]))
    assert numpys.seeds == (0, 1)
    numpys.train(np.int64(0))
    assert numpys.checkpoint() == plain.checkpoint()


@pytest.mark.parametrize("epochs", [True, "1", 1.0, -1, 4])
def test_what_is_no_number_of_epochs_is_named(make: Callable[..., Trainer], epochs: Any) -> None:
    with pytest.raises(InvalidOption, match=r"`epochs` is a whole number from 0 to 3, not"):
        make(0).train(epochs)


def test_a_precision_that_there_is_not_is_named(make: Callable[..., Trainer]) -> None:
    with pytest.raises(InvalidOption, match="`precision` is float32 or float64, not 'float16'"):
        make(0, precision="float16")


def test_a_network_of_fewer_classes_than_the_images_is_refused(data: ImageData) -> None:
    trainer = Trainer(lambda seed: nn.Sequential(nn.Flatten(), nn.Linear(64, 3)), data, RECIPE, [0])
    with pytest.raises(InvalidOption, match="tells 3 classes apart, and 'digits' has 10"):
        trainer.train(1)


def test_a_network_without_weights_is_refused_before_training(data: ImageData) -> None:
    with pytest.raises(InvalidOption, match="this one has none"):
        Trainer(lambda seed: nn.Flatten(), data, RECIPE, [0])


def test_a_device_that_is_not_there_is_named(make: Callable[..., Trainer]) -> None:
    with pytest.raises(InvalidOption, match="no device 'gpu7'"):
        make(1, device="gpu7")


def test_nobody_s_random_state_is_touched(make: Callable[..., Trainer]) -> None:
    torch.manual_seed(3)
    before, numbers = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    make(0).train(1)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numbers)  # noqa: NPY002


def test_one_vector_takes_the_steps_of_torch(data: ImageData) -> None:
    torch.manual_seed(0)
    one, other = (nn.Sequential(nn.Flatten(), nn.Linear(64, 5), nn.ReLU(), nn.Linear(5, 10)) for _ in range(2))
    other.load_state_dict(one.state_dict())
    flat = FlatSGD(one, 0.9, 5e-4)
    usual = torch.optim.SGD(other.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    pixels, labels = torch.from_numpy(data.train.pixels), torch.from_numpy(data.train.labels)
    for _ in range(5):
        flat.step(nn.functional.cross_entropy(one(pixels), labels), 0.1)
        usual.zero_grad()
        nn.functional.cross_entropy(other(pixels), labels).backward()
        usual.step()
    for mine, theirs in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=1e-5)


class Concatenating(nn.Module):
    """Mixes channels in a way that a group cannot."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Conv2d(1, 2, 1), nn.Conv2d(1, 3, 1)
        self.last = nn.Linear(5, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.last(torch.cat([self.one(images), self.other(images)], 1).mean((2, 3)))
        return logits


def test_networks_that_cannot_be_grouped_stand_in_a_row() -> None:
    networks = [Concatenating(), Concatenating()]
    images = torch.rand(4, 1, 6, 6)
    found = group(networks, images)
    assert isinstance(found, Row)
    given = found(images.repeat(1, 2, 1, 1))
    torch.testing.assert_close(given, torch.stack([network(images) for network in networks], 1))


def test_a_group_comes_apart_into_its_networks(data: ImageData) -> None:
    networks = [network_of(SPACE, np.array(CELL), seed, data, SMALL) for seed in (0, 1, 2)]
    images = torch.from_numpy(data.train.pixels[:8])
    for network, again in zip(networks, group(networks, images).split(), strict=True):
        torch.testing.assert_close(again.eval()(images), network.eval()(images))


def test_layers_that_draw_draw_by_seed_and_epoch(data: ImageData) -> None:
    def build(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.Dropout(0.5), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10)
        )

    first, again = (Trainer(build, data, RECIPE, (0,)) for _ in range(2))
    first.train()
    again.train(1)
    torch.rand(7)  # nobody else's draws matter
    again.train()
    assert first.checkpoint() == again.checkpoint()


def test_a_second_classifier_is_refused_before_training(data: ImageData) -> None:
    darts = nasapi.load_space("darts")
    code = darts.sample(1, np.random.default_rng(0))[0]
    large = ImageData("large", 10, *(Images(np.zeros((10, 3, 32, 32), np.float32), np.arange(10)) for _ in range(3)))
    with pytest.raises(InvalidOption, match="without a second classifier"):
        require_buildable(darts, code, large, {"channels": 4, "cells": 5, "auxiliary": True})


def test_a_batch_of_one_without_variance_is_refused_before_training() -> None:
    small = ImageData("small", 2, *(Images(np.zeros((4, 1, 4, 4), np.float32), np.arange(4) % 2) for _ in range(3)))
    code = np.array(CELL)
    require_buildable(SPACE, code, small, SMALL, batch=2)
    words = r"do not take 1 image of 4 x 4 pixels in training mode: Expected more than 1 value .+; take a larger batch"
    with pytest.raises(InvalidOption, match=words):
        require_buildable(SPACE, code, small, SMALL, batch=1)


def test_statistics_are_of_all_images_alike(make: Callable[..., Trainer]) -> None:
    large = load_data("digits", train=1_001, valid=40, test=40)
    trainer = make(0)
    trainer.data = large
    (network,) = trainer.trained().networks
    seen: list[torch.Tensor] = []
    last = next(layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d))  # before the last pooling
    last.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    network(torch.from_numpy(large.train.pixels))
    torch.testing.assert_close(last.running_mean, seen[0].mean((0, 2, 3)), rtol=0.02, atol=0.01)
    torch.testing.assert_close(last.running_var, seen[0].var((0, 2, 3)), rtol=0.05, atol=0.01)


def test_folding_changes_no_answer(data: ImageData) -> None:
    network = network_of(SPACE, np.array(CELL), 0, data, SMALL)
    images = torch.from_numpy(data.train.pixels[:50])
    network(images)
    wanted = network.eval()(images)
    torch.testing.assert_close(fold(network)(images), wanted, atol=1e-5, rtol=1e-4)
    assert sum(isinstance(layer, nn.BatchNorm2d) for layer in network.modules()) == 1  # before the last pooling


def test_the_first_weights_depend_on_seed_and_cell(data: ImageData) -> None:
    def weight(seed: int, code: tuple[int, ...]) -> torch.Tensor:
        return next(network_of(SPACE, np.array(code), seed, data, SMALL).parameters())

    assert torch.equal(weight(0, CELL), weight(0, CELL))
    assert not torch.equal(weight(0, CELL), weight(1, CELL))
    assert not torch.equal(weight(0, CELL), weight(0, (3, 3, 3, 3, 3, 3)))


def test_rates_warm_up_and_fall_to_nothing() -> None:
    rates = Training(epochs=10, batch=10, rate=0.1, warm_up=0.1).rates(100)
    assert len(rates) == 100
    np.testing.assert_allclose(rates[:10], np.linspace(0.01, 0.1, 10))
    assert rates[10] == pytest.approx(0.1) and rates[-1] < 1e-4 and (np.diff(rates[10:]) < 0).all()


def test_rates_may_rise_to_the_end_or_for_one_step() -> None:
    rising = Training(epochs=1, batch=10, rate=0.1, warm_up=1.0).rates(50)
    np.testing.assert_allclose(rising, [0.02, 0.04, 0.06, 0.08, 0.1])
    once = Training(epochs=1, batch=10, rate=0.1, warm_up=0.2).rates(50)
    assert once[0] == once[1] == pytest.approx(0.1) and once[2] < 0.1


def test_an_epoch_shows_each_image_once_and_moves_it_by_at_most_its_shift() -> None:
    images = np.zeros((40, 1, 8, 8), np.float32)
    images[:, 0, 4, 4] = np.arange(1, 41)
    drawn = list(Training(epochs=2, batch=10, shift=2, flip=False).epoch(images, 0, 0))
    assert sorted(np.concatenate([rows for _, rows in drawn])) == list(range(40))
    for moved, rows in drawn:
        place = np.argwhere(moved[:, 0] > 0)
        assert (moved.max(axis=(1, 2, 3)) == rows + 1).all()
        assert np.abs(place[:, 1:] - 4).max() <= 2


def test_the_defaults_are_the_published_recipe_and_its_rate_a_cosine() -> None:
    recipe = Training()
    assert recipe.plain() == {
        **{"epochs": 200, "batch": 256, "rate": 0.1, "warm_up": 0.0, "momentum": 0.9, "decay": 5e-4},
        **{"shift": 4, "flip": True, "normalize": True},
    }
    rates = Training(epochs=4, batch=10).rates(25)
    np.testing.assert_allclose(rates, 0.05 * (1 + np.cos(np.pi * np.arange(8) / 8)))
    assert len(Training(epochs=3, batch=10).rates(9)) == 3  # a step an epoch where a batch is not filled


def test_images_are_moved_everywhere_and_half_of_them_mirrored() -> None:
    images = np.zeros((400, 1, 7, 7), np.float32)
    images[:, 0, 3, 3], images[:, 0, 3, 4] = 1, 2
    drawn = np.concatenate([moved for moved, _ in Training(batch=100, shift=1).epoch(images, 3, 0)])
    places = {tuple(map(int, np.argwhere(image[0] == 1)[0])) for image in drawn}
    assert places == {(y, x) for y in (2, 3, 4) for x in (2, 3, 4)}
    right = np.array([np.argwhere(image[0] == 2)[0][1] - np.argwhere(image[0] == 1)[0][1] for image in drawn])
    assert set(right) == {-1, 1}
    assert (right == -1).mean() == pytest.approx(0.5, abs=0.1)
    (still,) = {moved.tobytes() for moved, _ in Training(batch=9, shift=0, flip=False).epoch(images[:9], 0, 0)}
    assert still == images[:9].tobytes()


def test_what_an_epoch_shows_is_decided_by_its_seed_and_number() -> None:
    images, recipe = np.random.default_rng(0).random((25, 1, 4, 4)), Training(batch=10, shift=1)

    def shown(seed: int, number: int) -> list[int]:
        return [int(row) for _, rows in recipe.epoch(images, seed, number) for row in rows]

    assert shown(0, 1) == shown(0, 1) and len(shown(0, 1)) == len(set(shown(0, 1))) == 20
    assert len({tuple(shown(*drawn)) for drawn in ((0, 0), (0, 1), (1, 0))}) == 3
    (few,) = recipe.epoch(images[:7], 0, 0)
    assert sorted(few[1]) == list(range(7))


def test_pixels_are_normalised_inside_the_network_by_the_training_images(make: Callable[..., Trainer], data: ImageData):
    pixels = data.train.pixels
    first = make(0).network.network[0]  # type: ignore[index]
    np.testing.assert_allclose(first.mean, pixels.mean(axis=(0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(first(torch.from_numpy(pixels)).std(correction=0).item(), 1, rtol=1e-4)
    raw = make(0, recipe=Training(epochs=1, batch=32, normalize=False))
    assert not [layer for layer in raw.network.modules() if isinstance(layer, Normalize)]


def test_a_training_stops_at_a_number_of_epochs_that_it_has_and_reports_its_losses(
    make: Callable[..., Trainer],
) -> None:
    trainer = make(0, 1, recipe=Training(epochs=2, batch=32, rate=0.01))
    for wrong in (-1, 3):
        with pytest.raises(InvalidOption, match=f"`epochs` is a whole number from 0 to 2, not {wrong}"):
            trainer.train(wrong)
    trainer.train(1)
    trainer.train(1)
    first = trainer.trained()
    assert (trainer.epoch, first.losses.shape, first.errors) == (1, (1, 2), [None, None])
    assert (np.abs(first.losses - np.log(10)) < 1).all()  # of a network that knows next to nothing
    trainer.train()
    assert trainer.trained().losses.shape == (2, 2)
    trainer.restart()
    assert trainer.epoch == 0


def test_a_loss_that_was_not_finite_names_its_first_epoch() -> None:
    nan, inf = np.nan, np.inf
    assert Trained([], np.array([[1.0, 2.0, 1.0], [1.0, nan, 1.0], [1.0, nan, inf]])).errors == [
        None,
        "the training loss was not finite in epoch 2",
        "the training loss was not finite in epoch 3",
    ]


def test_a_checkpoint_of_other_sizes_or_arrays_is_refused(make: Callable[..., Trainer]) -> None:
    trainer = make(0)
    with np.load(io.BytesIO(trainer.checkpoint())) as file:
        arrays = dict(file)

    def written(**changes: np.ndarray) -> bytes:
        content = io.BytesIO()
        np.savez(content, **{**arrays, **changes})
        return content.getvalue()

    trainer.restore(written())
    for name in ("weights", "velocity"):
        with pytest.raises(CorruptData, match=rf"has \(3,\) {name}; this network has \({len(arrays[name])},\)"):
            trainer.restore(written(**{name: np.zeros(3, np.float32)}))
    with pytest.raises(CorruptData, match=r"has the arrays \['extra', .*; wanted one that a trainer wrote"):
        trainer.restore(written(extra=np.zeros(1)))
