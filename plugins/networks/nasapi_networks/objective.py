"""What training an architecture gives, by training it: networks for strategies that search without a table."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from torch import nn

from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi.fidelity import Fidelity
from nasapi.files import Held, require_folder
from nasapi.metric import Metric
from nasapi.networks import settled
from nasapi.objective import Columns, Objective
from nasapi.plugins import load_space
from nasapi.safety.whole_numbers import whole
from nasapi.space import Code, Codes, SearchSpace
from nasapi_networks.architecture import network_of, require_buildable, size_of
from nasapi_networks.datasets import load_data
from nasapi_networks.images import ImageData
from nasapi_networks.predictions import predictions_of
from nasapi_networks.trainer import Trainer
from nasapi_networks.training_settings import MOST_EPOCHS, Training

SPEED = 1e10
"""Multiply-additions a second by which costs are counted, about those of one core."""
BATCH = 64
"""Images of a step where nothing else is said."""
_PASSES = 3  # forward, and backward by weights and by features
_KEPT = 256  # checkpoints
_LEVELS = (1, 2, 5, 10, 20, 50, 100, 200)


class TrainedObjective(Objective):
    """Accuracies of networks that are trained when they are asked for.

    A level is a number of epochs of one training: a higher one goes on where a lower one stopped, and gives what a
    training in a single run gives. The expected value is the mean over the seeds whose loss stayed finite, NaN where
    none did; noise chooses one of all seeds, and with it the failure of one that diverged. What was trained is
    remembered for as long as the objective lives, and beyond that where there is a folder. Numbers are the same in
    every process on one kind of processor; another kind gives other last digits, so that nothing here claims to be
    deterministic. `cost` is counted rather than timed: seconds at 10 billion multiply-additions a second.
    """

    deterministic = False
    identity = "code"

    def __init__(
        self,
        space: SearchSpace,
        data: ImageData,
        training: Training,
        *,
        seeds: int = 2,
        folder: str | None = None,
        **network: object,
    ):
        """Train networks of `space` on `data`; `network` are the arguments of the space's builder.

        `folder` is where checkpoints are kept, None for memory. Raises NotAvailable where the space builds no networks,
        StoreError where `folder` cannot be written to, InvalidOption for an argument that the builder does not take,
        and for a training that asks more of the images than they bear.
        """
        self.space, self.data, self.training = space, data, training
        self.seeds = tuple(range(whole(seeds, 1, wanted="`seeds` is a whole number of trainings from 1")))
        self._network = network
        self._folder = None if folder is None else require_folder(folder)
        training.require_for(data)
        require_buildable(space, space.sample(1, np.random.default_rng(0))[0], data, network, training.batch)
        levels = (*(level for level in _LEVELS if level < training.epochs), training.epochs)
        self.fidelity = Fidelity("epochs", levels, resumes=True)
        self.stochastic = seeds > 1
        about = f"{data.name}, {len(data.train):,} training images"
        percent, positive = (0.0, 100.0), (0.0, np.inf)
        self.metrics = (
            Metric(
                "valid_accuracy", "max", "%", "valid", percent, f"Accuracy on validation images of {about}.", "measured"
            ),
            Metric(
                "valid_loss", "min", "nats", "valid", positive, "Mean cross-entropy on validation images.", "measured"
            ),
            Metric("test_accuracy", "max", "%", "test", percent, f"Accuracy on test images of {about}.", "measured"),
            Metric(
                "params", "min", "count", "none", positive, "Trainable weights.", "derived: counted from the network"
            ),
        )
        self.failures = {
            name: "the training loss, or what the network says of an image, was not finite"
            for name in ("valid_accuracy", "valid_loss", "test_accuracy")
        }
        self._known: dict[tuple[tuple[int, ...], int], NDArray[np.float64]] = {}
        self._sizes: dict[tuple[int, ...], tuple[int, int]] = {}
        self._checkpoints: OrderedDict[tuple[int, ...], bytes] = OrderedDict()

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The values of each row after so many epochs, trained now or before."""
        level = self.level(fidelity)
        assert level is not None
        rows = self.space.require(codes)
        values = np.full((len(rows), 3), np.nan)
        sizes = np.empty((len(rows), 2))
        for row, code in enumerate(rows):
            found = self._trained(code, level)
            if noise is not None:
                values[row] = found[int(noise[row] % np.uint64(len(self.seeds)))]
            elif np.isfinite(found).all(axis=1).any():
                values[row] = found[np.isfinite(found).all(axis=1)].mean(axis=0)
            sizes[row] = self._size(code)
        names = ("valid_accuracy", "valid_loss", "test_accuracy")
        steps = self.training.steps(len(self.data.train)) * min(self.training.batch, len(self.data.train))
        cost = _PASSES * sizes[:, 1] * steps * level * len(self.seeds) / SPEED
        return {name: values[:, at].copy() for at, name in enumerate(names)} | {"params": sizes[:, 0], "cost": cost}

    def _trained(self, code: Code, level: int) -> NDArray[np.float64]:
        """(seeds, 3): the scores after so many epochs; all levels that are passed on the way are kept."""
        key = tuple(int(gene) for gene in code)
        if (key, level) in self._known:
            return self._known[key, level]
        trainer = Trainer(
            lambda seed: network_of(self.space, code, seed, self.data, self._network),
            self.data,
            self.training,
            self.seeds,
            label=f"{self.space.format(code)} {sorted(settled(self.space, self._network).items())}",
        )
        further = self._restore(key, trainer, level)
        assert self.fidelity is not None
        for stop in self.fidelity.levels:
            if (key, stop) in self._known or not trainer.epoch <= stop <= level:
                continue
            trainer.train(stop)
            trained = trainer.trained()
            pairs = zip(trained.networks, trained.errors, strict=True)
            self._known[key, stop] = np.array([[np.nan] * 3 if error else self._values(net) for net, error in pairs])
        if not further:
            self._keep(key, trainer)
        return self._known[key, level]

    def _values(self, network: nn.Module) -> list[float]:
        """The three scores of a trained network; NaN where its answers are not finite."""
        try:
            valid, test = (predictions_of(network, images) for images in (self.data.valid, self.data.test))
        except InvalidOption:
            return [np.nan] * 3
        return [valid.accuracy, valid.log_loss, test.accuracy]

    def _restore(self, key: tuple[int, ...], trainer: Trainer, level: int) -> bool:
        """Go on from a checkpoint of no more than `level` epochs, where there is one; give whether it has more."""
        if key in self._checkpoints:
            trainer.restore(self._checkpoints[key])
        elif self._folder is not None and self._place(key).exists():
            trainer.restore(self._place(key))
        further = trainer.epoch > level
        if further:
            trainer.restart()
        return further

    def _keep(self, key: tuple[int, ...], trainer: Trainer) -> None:
        if self._folder is not None:
            with suppress(Held):  # by another process, which keeps the same
                trainer.save(self._place(key))
            return
        self._checkpoints[key] = trainer.checkpoint()
        self._checkpoints.move_to_end(key)
        while len(self._checkpoints) > _KEPT:
            self._checkpoints.popitem(last=False)

    def _place(self, key: tuple[int, ...]) -> Path:
        assert self._folder is not None
        return self._folder / f"{'-'.join(map(str, key))}.npz"

    def _size(self, code: Code) -> tuple[int, int]:
        """Trainable weights, and multiply-additions of an image."""
        key = tuple(int(gene) for gene in code)
        if key not in self._sizes:
            self._sizes[key] = size_of(self.space, code, self.data, self._network)
        return self._sizes[key]


@option.checked
def objective(
    space: str,
    *,
    data: Annotated[str, option.text(help="A data set's name, or the path of a folder of images.")] = "digits",
    train: Annotated[int | None, option.count(None, "Training images; all where it is none.")] = 200,
    epochs: Annotated[int, option.count(help="Epochs of the highest level.", most=MOST_EPOCHS)] = 5,
    seeds: Annotated[int, option.count(help="Trainings of each network, whose mean is the expected value.")] = 1,
    batch: Annotated[int, option.count(help="Images of a step.")] = BATCH,
    rate: Annotated[float, option.positive(help="Learning rate.")] = 0.1,
    shift: Annotated[int, option.count(help="Images move by up to so many pixels.", least=0)] = 1,
    flip: Annotated[bool, option.flag(help="Whether half of the images are mirrored.")] = False,
    channels: Annotated[int | None, option.count(None, "Channels of the first stage, where the builder asks.")] = None,
    cells: Annotated[int | None, option.count(None, "Cells of a stage, where the builder asks.")] = None,
    side: Annotated[int | None, option.count(None, "Pixels along a side of a folder's images; 32 by default.")] = None,
    inputs: Annotated[
        int | None, option.choice(None, "Channels of a folder's images: 1 for grey, 3 for colour.", among=(1, 3, None))
    ] = None,
    folder: Annotated[str | None, option.text(None, "Where checkpoints are kept; in memory by default.")] = None,
) -> TrainedObjective:
    """The accuracy of networks of `space` trained on `data` when they are asked for: small by default.

    The recipe is that of `Training`, with a warm-up of a tenth. Networks have eight channels and a cell a stage, where
    the builder asks, unless `channels` and `cells` say otherwise. Images of a folder are of 32 x 32 pixels in colour,
    unless `side` and `inputs` say otherwise; those of a data set with a name have a size.
    """
    from nasapi.networks import arguments_of

    found = load_space(space)
    small = {"channels": 8 if channels is None else channels, "cells": 1 if cells is None else cells}
    known = arguments_of(found)
    for name, given in (("channels", channels), ("cells", cells)):
        if given is not None and name not in known:
            raise InvalidOption(f"Networks of {space} have no `{name}`; leave it out.")
    network = {name: value for name, value in small.items() if name in known}
    images = load_data(data, train=train, side=side, channels=inputs)
    training = Training(epochs=epochs, batch=batch, rate=rate, warm_up=0.1, shift=shift, flip=flip)
    return TrainedObjective(found, images, training, seeds=seeds, folder=folder, **network)
