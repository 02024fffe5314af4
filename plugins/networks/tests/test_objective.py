"""The objective that trains: levels that go on, seeds as noise, a strategy that searches live networks."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nasapi_nb201.space import NB201
from nasapi_networks.architecture import size_of
from nasapi_networks.benchmark import BUDGET, benchmark
from nasapi_networks.objective import SPEED, TrainedObjective, objective
from nasapi_networks.training_settings import Training
from PIL import Image

import nasapi
from nasapi.budget import Budget
from nasapi.errors import CorruptData, InvalidOption, StoreError
from nasapi.files import is_folder, replacing

CODES = np.array([[3, 2, 1, 0, 3, 4], [1, 0, 3, 2, 0, 3]])


def small(**more: object) -> TrainedObjective:
    return objective("nb201", train=64, epochs=2, batch=32, channels=2, **more)


def test_a_level_goes_on_where_a_lower_one_stopped() -> None:
    once, twice = small(), small()
    twice.evaluate(CODES, 1)
    for metric in ("valid_accuracy", "valid_loss", "test_accuracy", "cost"):
        assert np.array_equal(twice.evaluate(CODES)[metric], once.evaluate(CODES)[metric])
    assert np.array_equal(once.evaluate(CODES, 1)["valid_loss"], twice.evaluate(CODES, 1)["valid_loss"])


def test_a_folder_remembers_what_was_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = small(folder=str(tmp_path)).evaluate(CODES[:1])
    assert os.listdir(tmp_path) == ["3-2-1-0-3-4.npz"]  # its genes
    again = small(folder=str(tmp_path))
    (tmp_path / "1-0-3-2-0-3.npz").write_bytes((tmp_path / "3-2-1-0-3-4.npz").read_bytes())
    with pytest.raises(CorruptData, match="is of another training"):  # another architecture
        again.evaluate(CODES[1:])
    monkeypatch.setattr("nasapi_networks.trainer.Trainer._pass", None)  # nothing is trained again
    assert np.array_equal(again.evaluate(CODES[:1])["valid_loss"], first["valid_loss"])


def test_a_checkpoint_that_another_process_writes_is_left_to_it(tmp_path: Path) -> None:
    with replacing(tmp_path / "3-2-1-0-3-4.npz", is_folder) as draft:
        found = small(folder=str(tmp_path)).evaluate(CODES[:1])
        small(folder=str(tmp_path / "other")).evaluate(CODES[:1])
        draft.write_bytes((tmp_path / "other" / "3-2-1-0-3-4.npz").read_bytes())
    assert np.array_equal(small(folder=str(tmp_path)).evaluate(CODES[:1])["valid_loss"], found["valid_loss"])


def test_a_folder_keeps_apart_what_other_networks_of_a_cell_became(tmp_path: Path) -> None:
    pools = np.array([[4, 0, 1, 4, 0, 1]])  # without weights, so that a stage of one or two cells has as many
    small(folder=str(tmp_path), cells=1).evaluate(pools)
    with pytest.raises(CorruptData, match="is of another training"):
        small(folder=str(tmp_path), cells=2).evaluate(pools)


def test_a_lower_level_leaves_what_a_higher_one_trained(tmp_path: Path) -> None:
    small(folder=str(tmp_path)).evaluate(CODES[:1], 2)
    (checkpoint,) = tmp_path.iterdir()
    before = checkpoint.read_bytes()
    small(folder=str(tmp_path)).evaluate(CODES[:1], 1)
    assert checkpoint.read_bytes() == before


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_networks_are_trained_where_the_caller_has_no_gradients(mode: Callable[[], AbstractContextManager]) -> None:
    with mode():
        found = small().evaluate(CODES[:1])
    assert found["valid_loss"] == small().evaluate(CODES[:1])["valid_loss"]


@pytest.mark.parametrize("seeds", [0, -1, 2.5, True])
def test_a_number_of_trainings_that_is_none_is_named(seeds: Any) -> None:
    known = small()
    with pytest.raises(InvalidOption, match="`seeds` is a whole number of trainings from 1, not"):
        TrainedObjective(known.space, known.data, known.training, seeds=seeds)


def test_noise_is_the_seed_of_a_training() -> None:
    values = small(seeds=2)
    each = [values.evaluate(CODES[:1], None, np.array([k], np.uint64))["valid_loss"] for k in (0, 1)]
    assert each[0] != each[1]
    assert values.evaluate(CODES[:1])["valid_loss"] == pytest.approx(np.mean(each))


def test_a_lower_level_costs_less() -> None:
    values = small()
    assert (values.evaluate(CODES, 1)["cost"] * 2 == values.evaluate(CODES, 2)["cost"]).all()


def test_a_strategy_searches_live_networks() -> None:
    benchmark = nasapi.load_benchmark("nb201/digits-v1", budget=2, epochs=1, train=64)
    history = nasapi.run(benchmark, nasapi.load_strategy("random"), seed=0)
    assert len(history) == 2 and (history.values["valid_accuracy"] > 0).all()


@pytest.mark.parametrize("space", ["nb101", "natssize", "darts"])
def test_every_space_of_images_trains(space: str) -> None:
    values = objective(space, train=64, epochs=1, batch=64)
    codes = values.space.sample(1, np.random.default_rng(0))
    found = values.evaluate(codes)
    assert np.isfinite(found["valid_accuracy"]).all() and found["params"] > 0


def test_a_folder_is_trained_on_at_the_size_that_is_asked_for(tmp_path: Path) -> None:
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for number in range(10):
            Image.new("RGB", (9, 12), (number, 2 * number, 100)).save(tmp_path / label / f"{number}.png")
    values = objective("nb201", data=f"{tmp_path}/", train=10, batch=10, side=6, inputs=1)
    assert values.data.train.pixels.shape == (10, 1, 6, 6)
    with pytest.raises(InvalidOption, match="`side` and `channels` are for folders of images"):
        objective("nb201", side=6)


def test_an_argument_that_the_builder_does_not_take_is_refused() -> None:
    with pytest.raises(InvalidOption, match="have no `channels`"):
        objective("natssize", channels=8)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"shift": 8},
            "`shift` is 8 pixels, and the images of 'digits' have 8 a side, so that nothing of one would be",
        ),
        ({"batch": 65}, "`batch` is 65 images, and 'digits' has 64 to train on; take as many or fewer"),
    ],
)
def test_more_than_the_images_bear_is_refused_before_training(more: dict[str, int], words: str) -> None:
    with pytest.raises(InvalidOption, match=words):
        objective("nb201", **{"train": 64, "batch": 32, **more})


def test_a_place_for_checkpoints_that_is_none_is_refused_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written: Not a directory"):
        small(folder=str(tmp_path / "file"))


def test_the_benchmark_takes_fewer_images_than_a_batch_has() -> None:
    benchmark = nasapi.load_benchmark("nb201/digits-v1", epochs=1, train=40)
    assert benchmark.objective.training.batch == 40


def test_levels_costs_and_sizes_are_counted() -> None:
    values = objective("nb201", train=64, epochs=12, batch=24, channels=2, seeds=2)
    assert values.fidelity is not None
    assert values.fidelity.levels == (1, 2, 5, 10, 12)
    assert (values.stochastic, small().stochastic) == (True, False)
    parameters, operations = size_of(values.space, CODES[0], values.data, {"channels": 2, "cells": 1})
    found = values.evaluate(CODES[:1], 1)
    assert found["params"][0] == parameters
    assert found["cost"][0] == pytest.approx(3 * operations * 48 * 1 * 2 / 1e10)  # two whole batches of 24, two seeds


def test_a_training_that_is_lost_leaves_the_mean_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    values = small(seeds=2)
    known = {
        (tuple(CODES[0]), 2): np.array([[50.0, 1.0, 40.0], [np.nan] * 3]),
        (tuple(CODES[1]), 2): np.full((2, 3), np.nan),
    }
    monkeypatch.setattr(values, "_known", known)
    found = values.evaluate(CODES)
    assert [found[name][0] for name in ("valid_accuracy", "valid_loss", "test_accuracy")] == [50.0, 1.0, 40.0]
    assert np.isnan(found["valid_accuracy"][1])
    drawn = values.evaluate(CODES[[0, 0]], None, np.array([2, 3], np.uint64))["test_accuracy"]
    assert drawn[0] == 40.0 and np.isnan(drawn[1])


def test_what_is_not_said_is_a_small_training() -> None:
    values = objective("nb201")
    assert values.training == Training(epochs=5, batch=64, rate=0.1, warm_up=0.1, shift=1, flip=False)
    assert (len(values.data.train), values.data.name, values.seeds, values.stochastic) == (200, "digits", (0,), False)
    eight = size_of(values.space, CODES[0], values.data, {"channels": 8, "cells": 1})
    assert values._size(CODES[0]) == eight
    other = objective("nb201", train=96, epochs=7, seeds=3, batch=32, rate=0.2, shift=2, flip=True, channels=4, cells=2)
    assert other.training == Training(epochs=7, batch=32, rate=0.2, warm_up=0.1, shift=2, flip=True)
    assert (len(other.data.train), other.seeds) == (96, (0, 1, 2))
    assert other._size(CODES[0]) == size_of(other.space, CODES[0], other.data, {"channels": 4, "cells": 2})
    assert TrainedObjective(NB201(), values.data, values.training, channels=2, cells=1).seeds == (0, 1)


def test_levels_are_round_numbers_of_epochs_that_go_on_up_to_the_last() -> None:
    found = objective("nb201", train=96, epochs=300, channels=2).fidelity
    assert found is not None and found.resumes and found.name == "epochs"
    assert found.levels == (1, 2, 5, 10, 20, 50, 100, 200, 300)


def test_numbers_have_their_units_bounds_and_splits() -> None:
    values = objective("nb201", train=96, channels=2)
    metrics = {metric.name: (metric.goal, metric.unit, metric.split, metric.bounds) for metric in values.metrics}
    assert metrics == {
        "valid_accuracy": ("max", "%", "valid", (0.0, 100.0)),
        "valid_loss": ("min", "nats", "valid", (0.0, np.inf)),
        "test_accuracy": ("max", "%", "test", (0.0, 100.0)),
        "params": ("min", "count", "none", (0.0, np.inf)),
    }
    assert values.failures.keys() == {"valid_accuracy", "valid_loss", "test_accuracy"}
    assert (values.deterministic, values.identity) == (False, "code")


@pytest.mark.parametrize("batch", [32, 64], ids=["the second step's loss", "answers after the only step"])
def test_what_is_not_finite_is_no_value(batch: int) -> None:
    values = objective("nb201", train=64, epochs=1, batch=batch, channels=2, rate=1e30)
    found = values.evaluate(CODES[:1])
    assert all(np.isnan(found[name]).all() for name in ("valid_accuracy", "valid_loss", "test_accuracy"))
    assert found["params"][0] > 0


def test_the_least_recently_trained_checkpoint_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasapi_networks.objective._KEPT", 2)
    values = objective("nb201", train=64, epochs=2, batch=64, channels=2)
    first, second, third = (np.array([gene, 2, 1, 0, 3, 4]) for gene in (1, 2, 3))
    for code, level in ((first, 1), (second, 1), (first, 2), (third, 1)):
        values.evaluate(code[None], level)
    assert list(values._checkpoints) == [tuple(first), tuple(third)]


def test_the_benchmark_on_digits_is_30_small_trainings() -> None:
    made = benchmark("nb201")
    assert made.problem.budget == Budget(30) and made.id == "nb201/digits-v1"
    assert (made.objective.training.epochs, len(made.objective.data.train)) == (5, 200)
    assert made.report_metrics == ("test_accuracy", "params")
    assert (made.reference.source, made.reference.licence) == (
        "scikit-learn's digits (UCI, Alpaydin & Kaynak)",
        "CC-BY-4.0",
    )
    assert "8x8 digits" in made.description
    other = benchmark("nb201", epochs=3, train=64)
    assert (other.objective.training.epochs, len(other.objective.data.train)) == (3, 64)
    assert other.problem.fidelity.levels == (1, 2, 3)


def test_options_have_their_defaults() -> None:
    defaults = {name: one.default for name, one in inspect.signature(objective).parameters.items() if name != "space"}
    assert defaults == {
        **{"data": "digits", "train": 200, "epochs": 5, "seeds": 1, "batch": 64, "rate": 0.1, "shift": 1},
        **{"flip": False, "channels": None, "cells": None, "folder": None, "side": None, "inputs": None},
    }
    assert {name: one.default for name, one in inspect.signature(benchmark).parameters.items() if name != "space"} == {
        "epochs": 5,
        "train": 200,
    }
    assert inspect.signature(TrainedObjective).parameters["seeds"].default == 2
    assert (BUDGET, SPEED) == (30, 1e10)
