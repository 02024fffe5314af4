"""A training-free score as an objective: networks are built, scored and remembered, nobody trains them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.metric import Metric
from nasapi.networks import MOST_SEED
from nasapi.objective import Columns, Objective
from nasapi.plugins import Spec, load_space
from nasapi.space import Codes, SearchSpace
from nasapi.words import counted
from nasapi_proxies.catalogue import NOISE, Proxy, known_proxy

if TYPE_CHECKING:
    from nasapi_proxies.inputs import Batch

SKELETONS = {
    "nb201": "",
    "nb101": "channels=16,cells=1,side=16",
    "darts": "channels=4,cells=3,classes=10,side=16",
    "natssize": "side=16",
}
"""The networks that are scored unless said otherwise, by the space's family, as arguments of its builder.

The empty text stands for what was published. The published networks of nb101 and darts take seconds each.
"""
BatchSize = Annotated[
    int | None, option.count(None, help="Inputs of a batch; by default what its paper takes.", least=2)
]
DataName = Annotated[str, option.text(help="'noise', a data set of nasapi-networks, a folder, or an .npz.")]
_MOST_SEED = MOST_SEED // 3  # linear regions are of networks of three times a seed and more
Seed = Annotated[int, option.count(help="Of weights and inputs.", least=0, most=_MOST_SEED)]
NetworkText = Annotated[
    str | None, option.text(help="Arguments of the space's builder, 'channels=8,cells=1'.", optional=True)
]
"""The options that a score has, as an objective and as an encoder."""

_ZERO = "the network's output does not depend on its input, or all inputs are alike, so there is nothing to measure"


class ProxyObjective(Objective):
    """One score of untrained networks, each with weights drawn from the seed, the same for every code.

    A network that is the zero function has NaN, and says why. `cost` is what the score takes on one core as it was
    measured once (docs/proxies.md), so that runs repeat. Codes are scored once and remembered.
    """

    identity = "code"

    def __init__(
        self, space: SearchSpace, proxy: Proxy, *, batch: int | None, data: str, seed: int, network: dict[str, Any]
    ):
        """Score networks of `space` built with the arguments `network` on `batch` inputs of `data`."""
        from nasapi.networks import settled

        self.space, self.proxy = space, proxy
        self._network = network
        self._given = settled(space, network)
        if not proxy.counted and "inputs" not in self._given:
            raise InvalidOption(
                f"Networks of {space.id} do not take images: their builder has no `inputs`, so that none has "
                f"{proxy.name!r}; take parameters or flops."
            )
        if proxy.of_loss and self._given.get("classes") == 1:
            raise InvalidOption(
                f"{proxy.name} follows the gradient of the cross-entropy, which is zero where a network has one class; "
                "build it with `classes=2` or more."
            )
        self.batch, self.data, self.seed = batch or proxy.images, data, seed
        key = (space.id, proxy.name, self.batch, seed, str(sorted(network.items())))
        self._scored = _remembered(key) if data == NOISE else {}
        self._inputs: Batch | None = None
        skeleton = ", ".join(f"{name}={value}" for name, value in network.items()) or "as published"
        description = (
            f"Training-free: {proxy.title}; untrained networks {skeleton}, {self.batch} inputs of {data}, seed {seed}."
        )
        split: Literal["none", "train"] = "none" if data == NOISE else "train"
        self.metrics = (Metric(proxy.metric, proxy.direction, proxy.unit, split, None, description, proxy.origin),)
        self.failures = {proxy.metric: f"{_ZERO}."}

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The score of each row, now or remembered, and the seconds that one takes."""
        self.level(fidelity)
        found = np.empty(len(codes))
        for row, code in enumerate(self.space.require(codes)):
            key = tuple(code.tolist())
            if key not in self._scored:
                self._scored[key] = self._score(code)
            found[row] = self._scored[key]
        return {self.proxy.metric: found, "cost": np.full(len(codes), self.proxy.seconds)}

    def _score(self, code: NDArray[Any]) -> float:
        """One network, its weights and inputs from the seed alone; torch's global generator stays as it is."""
        if self.proxy.name in ("parameters", "flops"):
            from nasapi.networks import count

            size = count(self.space, code, **self._network)
            return float(size.parameters if self.proxy.name == "parameters" else size.flops)
        import torch

        from nasapi.networks import on_threads

        with on_threads(1):
            torch.default_generator.manual_seed(self.seed)
            return self._regions(code) if self.proxy.name == "linear-regions" else self._scored_now(code)

    def _scored_now(self, code: NDArray[Any]) -> float:
        from nasapi.networks import build
        from nasapi_proxies import scores

        batch = self._batch()
        self._require_fitting(batch)
        network = build(self.space, code, seed=self.seed, **self._network)
        images = batch.images
        if self.proxy.double:
            network, images = network.double(), images.double()
        value: float = getattr(scores, self.proxy.function)(network, images, batch.labels)
        return value

    def _batch(self) -> Batch:
        """The inputs that all networks look at, drawn once."""
        from nasapi_proxies.inputs import batch_of

        if self._inputs is None:
            size = (self._given.get("inputs") or 3, self._given.get("side") or 32, self._given.get("classes") or 10)
            self._inputs = batch_of(self.data, self.batch, self.seed, *size)
        return self._inputs

    def _require_fitting(self, batch: Batch) -> None:
        """Raise InvalidOption where images have other channels than the network takes, or more classes than it has."""
        channels, inputs = batch.images.shape[1], self._given.get("inputs", batch.images.shape[1])
        if channels != inputs:
            raise InvalidOption(
                f"Images of {self.data!r} have {counted(channels, 'channel', 'channels')} and the network takes "
                f"{inputs}; build it with `inputs={channels}`."
            )
        classes = self._given.get("classes", batch.classes)
        if batch.classes > classes:
            raise InvalidOption(
                f"Images of {self.data!r} are of {batch.classes} classes and the network tells {classes} apart; "
                f"build it with `classes={batch.classes}`."
            )

    def _regions(self, code: NDArray[Any]) -> float:
        import torch

        from nasapi_proxies import regions

        if self.space.family != "nb201":
            raise NotAvailable(
                f"linear-regions counts on TE-NAS's thin network of one cell, which is there for nb201, not for "
                f"{self.space.id}; take naswot, which counts the same patterns in a whole network."
            )
        from nasapi_nb201.build import Cell  # type: ignore[import-not-found,unused-ignore]

        inputs = regions.crops(self._batch().images, self.seed)
        counts = []
        for repeat in range(regions.REPEATS):
            torch.default_generator.manual_seed(self.seed * regions.REPEATS + repeat)
            counts.append(regions.count(regions.ThinNetwork(Cell(code.tolist(), 1)), inputs))
        return float(np.mean(counts))


@cache
def _remembered(key: tuple[object, ...]) -> dict[tuple[int, ...], float]:
    """Scores by code, one dictionary a setting and process: they depend on nothing but their setting and code."""
    return {}


def objective_for(
    space: SearchSpace,
    name: str,
    *,
    batch: int | None = None,
    data: str = "noise",
    seed: int = 0,
    network: str | None = None,
) -> ProxyObjective:
    """The score of a space that is at hand, with its own skeleton where it has one."""
    text = SKELETONS.get(space.family, "") if network is None else network
    arguments = dict(Spec.parse(f"network[{text}]").options)
    return ProxyObjective(space, known_proxy(name), batch=batch, data=data, seed=seed, network=arguments)


@option.checked
def proxy(
    space: Annotated[str, option.text(help="The space.")],
    name: Annotated[str, option.text(help="The score, one of `nasapi list objectives`.")],
    *,
    batch: BatchSize = None,
    data: DataName = "noise",
    seed: Seed = 0,
    network: NetworkText = None,
) -> ProxyObjective:
    """A training-free score of a space's untrained networks.

    Raises InvalidOption for a score there is not or an argument that the builder does not have, NotAvailable where the
    space builds no networks or the data are not here.
    """
    return objective_for(load_space(space), name, batch=batch, data=data, seed=seed, network=network)
