"""The time of a network's forward pass on this machine, of its architecture alone: weights do not matter."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import torch
from nasapi_networks.architecture import network_of
from nasapi_networks.datasets import load_data
from nasapi_networks.trainer import channels_last, fold, pinned
from numpy.typing import NDArray

import nasapi
from nasapi.space import Codes
from nasapi_collect.recipe import Recipe

_WARM_UP, _REPEATS, _ROUNDS = 2, 9, 3
DESCRIPTION = (
    f"Latency of one image on the CPU of the machine that published the table, one thread, batch norm folded: the "
    f"least of {_ROUNDS} rounds' medians of {_REPEATS} passes"
)


def latencies(recipe: Recipe, codes: Codes) -> NDArray[np.float64]:
    """(n,): milliseconds of a forward pass of one image, for each architecture.

    Rounds go over all architectures, so that a busy minute does not hit a few of them; the least median counts.
    """
    space = nasapi.load_space(recipe.networks.space)
    data = load_data(**recipe.data.given())
    image = torch.from_numpy(data.test.pixels[:1])
    best = np.full(len(codes), np.inf)
    with pinned(), torch.inference_mode():
        for _ in range(_ROUNDS):
            for row, code in enumerate(codes):
                network = channels_last(fold(network_of(space, code, 0, data, recipe.network).eval()))
                times = []
                for turn in range(_WARM_UP + _REPEATS):
                    start = perf_counter()
                    network(image)
                    if turn >= _WARM_UP:
                        times.append(perf_counter() - start)
                best[row] = min(best[row], 1e3 * float(np.median(times)))
    return np.round(best, 4)
