"""How networks are trained: the published recipe of NAS-Bench-201, every number of it an argument of `Training`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

import attrs
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi_networks.images import ImageData

MOST_EPOCHS = 100_000
"""What a training may have at most: the rates of all its steps are in memory."""

_MOST_RATE = 1e30
"""Of a rate or decay; soon after it torch's numbers of 32 bits end with an error, not with an infinite loss."""


@frozen
class Training:
    """One training: SGD with Nesterov momentum, a cosine from `rate` to 0, crops and flips.

    Dong & Yang, NAS-Bench-201, ICLR 2020, section 2.3 has the defaults, in batches of 256 and crops of 4 pixels on
    images of 32. It has no warm-up; small data need one at this rate.
    """

    epochs: int = option.count(200, "Passes over the training images.", most=MOST_EPOCHS)
    batch: int = option.count(256, "Images of a step; what does not fill the last batch of an epoch is left out.")
    rate: float = option.number(0.1, "Learning rate after the warm-up.", above=0, most=_MOST_RATE)
    warm_up: float = option.share(0.0, "Share of the steps in which the rate grows from 0.")
    momentum: float = option.share(0.9, "Nesterov momentum.")
    decay: float = option.number(5e-4, "Weight decay, on every weight.", least=0, most=_MOST_RATE)
    shift: int = option.count(4, "Images move by up to so many pixels each way, zeros following.", least=0)
    flip: bool = option.flag(True, "Whether half of the images are mirrored.")
    normalize: bool = option.flag(True, "Whether channels are normalised, inside the network.")

    def require_for(self, data: ImageData) -> None:
        """Raise InvalidOption where a number is more than the images of a data set bear."""
        if self.shift >= data.side:
            raise InvalidOption(
                f"`shift` is {self.shift} pixels, and the images of {data.name!r} have {data.side} a side, so that "
                f"nothing of one would be left; take at most {data.side - 1}."
            )
        if self.batch > len(data.train):
            raise InvalidOption(
                f"`batch` is {self.batch:,} images, and {data.name!r} has {len(data.train):,} to train on; take as "
                "many or fewer."
            )

    def rates(self, images: int) -> NDArray[np.float64]:
        """(steps,): the learning rate of every step of the whole training on so many images."""
        steps = self.epochs * self.steps(images)
        warm = round(self.warm_up * steps)
        step = np.arange(steps)
        cosine = (1 + np.cos(math.pi * (step - warm) / max(steps - warm, 1))) / 2
        return self.rate * np.where(step < warm, (step + 1) / max(warm, 1), cosine)

    def steps(self, images: int) -> int:
        """Steps of an epoch on so many images; one where they do not fill a batch."""
        return max(images // self.batch, 1)

    def epoch(self, images: NDArray[Any], seed: int, number: int) -> Iterator[tuple[NDArray[Any], NDArray[np.int64]]]:
        """The batches of an epoch: images, moved and mirrored, and their rows, (batch, …) and (batch,).

        `seed` and the epoch's `number` alone decide them, so that all architectures see the same, and a training that
        goes on sees what one in a single run would have seen.
        """
        rng = np.random.default_rng([seed, number])
        steps, batch = self.steps(len(images)), min(self.batch, len(images))
        rows = rng.permutation(len(images))[: steps * batch]
        by = rng.integers(0, 2 * self.shift + 1, (len(rows), 2))
        mirrored = rng.random(len(rows)) < 0.5 if self.flip else np.zeros(len(rows), np.bool_)
        for part in np.arange(len(rows)).reshape(steps, batch):
            moved = _shifted(images[rows[part]], by[part], self.shift)
            moved[mirrored[part]] = moved[mirrored[part], :, :, ::-1]
            yield moved, rows[part]

    def plain(self) -> dict[str, Any]:
        """The recipe as a mapping of plain values."""
        return attrs.asdict(self)


Precision = Literal["float32", "float64"]


def _shifted(images: NDArray[Any], by: NDArray[np.int64], most: int) -> NDArray[Any]:
    """Each image, (n, c, s, s), cut from itself with `most` zeros around, at its own `by` of 0 to 2 `most`."""
    side = images.shape[2]
    padded = np.pad(images, ((0, 0), (0, 0), (most, most), (most, most)))
    down = (by[:, 0, None] + np.arange(side))[:, None, :, None]
    right = (by[:, 1, None] + np.arange(side))[:, None, None, :]
    row = np.arange(len(images))[:, None, None, None]
    channel = np.arange(images.shape[1])[None, :, None, None]
    return np.asarray(padded[row, channel, down, right])
