"""Latency measured on this machine's CPU: networks built in torch, warmed up, timed, the median taken.

Collected tables have their own, `nasapi_collect.latency`, batch norms folded.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from time import perf_counter
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi.metric import Metric
from nasapi.networks import arguments_of, build, example_inputs, on_threads
from nasapi.objective import Columns, Objective
from nasapi.space import Code, Codes, SearchSpace

Clock = Callable[[], float]


class MeasuredLatency(Objective):
    """The median time of a forward pass, in ms, of a network in evaluation mode with random weights.

    `cost` is the seconds that the measurement took. Each code is measured once and remembered, so that equal codes have
    equal values for as long as the objective lives; two objectives, machines or days give different ones, so nothing
    here has a benchmark of its own.
    """

    deterministic = False

    def __init__(
        self,
        space: SearchSpace,
        *,
        batch: int = 1,
        side: int = 32,
        threads: int = 1,
        warm_up: int = 3,
        repeats: int = 11,
        clock: Clock = perf_counter,
        **network: Any,
    ):
        """Measure networks that the space's `builder` makes with the options `network`.

        A pass is of `batch` images of `side` x `side` pixels, of as many nodes or words where the network takes those,
        on `threads` threads; `warm_up` passes go before the `repeats` that are timed by `clock`, in seconds. Torch's
        number of threads and its generator are put back after each measurement. Raises NotAvailable where the space
        builds no networks or torch is not installed.
        """
        for name, value, least in (
            ("batch", batch, 1),
            ("side", side, 1),
            ("threads", threads, 1),
            ("warm_up", warm_up, 0),
            ("repeats", repeats, 1),
        ):
            if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
                raise InvalidOption(f"`{name}` is a whole number from {least}, not {value!r}.")
        self.space = space
        known = arguments_of(space)
        self._network = network | ({"side": side} if "side" in known else {})
        self.batch, self.side, self.threads, self.warm_up, self.repeats = batch, side, threads, warm_up, repeats
        self._clock = clock
        self._measured: dict[tuple[int, ...], tuple[float, float]] = {}
        description = (
            f"Latency in ms of a batch of {batch} of 3 x {side} x {side} on this machine's CPU, {threads} "
            f"thread{'s' * (threads > 1)}: median of {repeats} passes after {warm_up} of warm-up, torch, float32."
        )
        self.metrics = (Metric("latency", "min", "ms", "none", (0.0, np.inf), description, "measured"),)

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The latency of each row, measured now or before, and the seconds that measuring it took."""
        self.level(fidelity)
        found = np.empty((len(codes), 2))
        for row, code in enumerate(self.space.require(codes)):
            key = tuple(code.tolist())
            if key not in self._measured:
                self._measured[key] = self._measure(code)
            found[row] = self._measured[key]
        return {"latency": found[:, 0], "cost": found[:, 1]}

    def _measure(self, code: Code) -> tuple[float, float]:
        """Milliseconds of a pass, and seconds that finding out took."""
        import torch

        start = self._clock()
        with on_threads(self.threads), torch.inference_mode():
            network = build(self.space, code, seed=0, **self._network).eval()
            inputs = example_inputs(self.space, network, self.batch, self._network)
            for _ in range(self.warm_up):
                network(*inputs)
            times = []
            for _ in range(self.repeats):
                before = self._clock()
                network(*inputs)
                times.append(self._clock() - before)
        return 1e3 * float(np.median(times)), self._clock() - start


def nb201(
    dataset: Annotated[str, option.text(help="Which images: cifar10, cifar100 or imagenet16-120.")] = "cifar10",
    *,
    batch: Annotated[int, option.count(help="Images of a pass.")] = 1,
    side: Annotated[int | None, option.count(None, "Pixels along a side; by default the data set's.")] = None,
    threads: Annotated[int, option.count(help="Threads of torch.")] = 1,
    warm_up: Annotated[int, option.count(help="Passes before those that are timed.", least=0)] = 3,
    repeats: Annotated[int, option.count(help="Passes that are timed, of which the median is taken.")] = 11,
    none: Annotated[
        str, option.choice(help="Whether dead edges are left out before measuring, zero.", among=("trained", "zero"))
    ] = "trained",
) -> MeasuredLatency:
    """The latency of NAS-Bench-201's networks on this machine's CPU; the input's side is the data set's unless given.

    `none="zero"` leaves dead edges out before measuring (`nasapi_nb201.build.build`).
    """
    from nasapi_nb201.counts import NETWORKS
    from nasapi_nb201.space import NB201

    from nasapi_latency.objective import require_device

    require_device(dataset, "edgegpu")
    published = NETWORKS[dataset]
    return MeasuredLatency(
        NB201(),
        batch=batch,
        side=published.side if side is None else side,
        threads=threads,
        warm_up=warm_up,
        repeats=repeats,
        classes=published.classes,
        none=none,
    )
