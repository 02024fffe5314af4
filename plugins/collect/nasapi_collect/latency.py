"""The time of a network's forward pass on this machine, of its architecture alone: weights do not matter."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import torch
from attrs import frozen
from nasapi_networks.architecture import network_of
from nasapi_networks.datasets import load_data
from nasapi_networks.determinism import pinned
from nasapi_networks.evaluation_form import channels_last, fold
from numpy.typing import NDArray
from torch import nn

import nasapi
from nasapi.errors import NotAvailable
from nasapi.space import Codes
from nasapi_collect.recipe import Recipe

_WARM_UP, _REPEATS, _ROUNDS = 2, 9, 5
DESCRIPTION = (
    f"Latency of one image on the CPU of the machine that published the table, one thread, batch norm folded: the "
    f"median of {_ROUNDS} rounds over all networks, of each the median of {_REPEATS} passes"
)
SPREAD = f"How far the {_ROUNDS} rounds of the latency are apart: their mean distance from its median"


@frozen
class Latencies:
    """Milliseconds of a forward pass of one image, for each of n architectures."""

    median: NDArray[np.float64]
    """(n,): the median of the rounds."""
    spread: NDArray[np.float64]
    """(n,): the rounds' mean distance from it."""

    @property
    def telling(self) -> bool:
        """Whether the networks are farther apart than the rounds are in the mean."""
        return bool(self.median.std() > self.spread.mean())


def latencies(recipe: Recipe, codes: Codes) -> Latencies:
    """The latencies of (n, genes) architectures, measured here.

    Rounds go over all architectures, so that a busy minute does not hit a few of them in every round. Raises
    NotAvailable where the images are not here, which say what size networks are built for.
    """
    space = nasapi.load_space(recipe.networks.space)
    try:
        data = load_data(**recipe.data.given())
    except NotAvailable as error:
        raise NotAvailable(
            f"Networks are timed on an image of the recipe's data: {error} Put the data there, or publish without "
            "latencies."
        ) from error
    image = torch.from_numpy(data.test.pixels[:1])
    times = np.empty((_ROUNDS, len(codes)))
    with pinned(), torch.inference_mode():
        for once in times:
            for row, code in enumerate(codes):
                network = channels_last(fold(network_of(space, code, 0, data, recipe.network).eval()))
                once[row] = 1e3 * float(
                    np.median([_seconds(network, image) for _ in range(_WARM_UP + _REPEATS)][_WARM_UP:])
                )
    median = np.median(times, axis=0)
    return Latencies(np.round(median, 4), np.round(np.abs(times - median).mean(axis=0), 4))


def _seconds(network: nn.Module, image: torch.Tensor) -> float:
    start = perf_counter()
    network(image)
    return perf_counter() - start
