"""The trainer: the seeds of one architecture trained together, stopped anywhere, gone on with to the same bytes."""

from __future__ import annotations

import copy
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nasapi.errors import CorruptData, InvalidOption
from nasapi.files import write_whole
from nasapi.safety.npz import read_npz
from nasapi_networks.flat import FlatSGD
from nasapi_networks.grouped import Group, Normalize, Row, group
from nasapi_networks.images import ImageData, Images
from nasapi_networks.training import Precision, Training


@frozen(eq=False)
class Trained:
    """What came of a training up to some epoch."""

    networks: list[nn.Module]
    """One network a seed in evaluation mode, batch norm folded into convolutions; takes pixels, gives logits."""
    losses: NDArray[np.float64]
    """(epochs, seeds): the mean training loss of each epoch; NaN from where it was not finite."""

    @property
    def errors(self) -> list[str | None]:
        """Why a seed's training failed, None where it did not."""
        lost = ~np.isfinite(self.losses)
        return [
            f"the training loss was not finite in epoch {int(bad.argmax()) + 1}" if bad.any() else None
            for bad in lost.T
        ]


class Trainer:
    """A training of the seeds of one architecture, as one grouped network where its layers allow that.

    Seeds do not touch each other: in float64 each ends with the weights that it has when it is trained alone. In
    float32 sums are taken in another order, and after a training single seeds differ as two seeds do, a little less;
    so a number belongs to the seeds that it was trained with.
    """

    def __init__(
        self,
        build: Callable[[int], nn.Module],
        data: ImageData,
        training: Training,
        seeds: Sequence[int],
        *,
        label: str = "",
        precision: Precision = "float32",
    ):
        """Begin with the networks that `build` gives for each seed, drawn without touching the global generator.

        `label` names the architecture: a checkpoint of another label, training, seeds or data is refused.
        """
        if not seeds or len(set(seeds)) != len(seeds):
            raise InvalidOption(f"Seeds are one or several different whole numbers, not {list(seeds)!r}.")
        self.data, self.training, self.seeds = data, training, tuple(int(seed) for seed in seeds)
        self._type = {"float32": torch.float32, "float64": torch.float64}[precision]
        with pinned():
            networks = [self._whole(build(seed)) for seed in self.seeds]
            example = torch.from_numpy(data.train.pixels[:8]).to(self._type)
            self.network: Group | Row = group(networks, example).to(memory_format=torch.channels_last)
            self._optimizer = FlatSGD(self.network, training.momentum, training.decay)
        self.grouped = isinstance(self.network, Group)
        self._rates = training.rates(len(data.train))
        self._losses: list[NDArray[np.float64]] = []
        told = {
            "label": label,
            "training": training.plain(),
            "seeds": self.seeds,
            "precision": precision,
            "data": [data.name, *(_digest(images) for images in (data.train,))],
        }
        self._key = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    @property
    def epoch(self) -> int:
        """Epochs trained so far."""
        return len(self._losses)

    def train(self, epochs: int | None = None) -> None:
        """Train up to so many epochs in all, the whole training by default; nothing where they are done already."""
        until = self.training.epochs if epochs is None else epochs
        if not 0 <= until <= self.training.epochs:
            raise InvalidOption(f"`epochs` is a whole number from 0 to {self.training.epochs}, not {epochs!r}.")
        with pinned():
            self.network.train()
            while self.epoch < until:
                self._losses.append(self._pass())

    def trained(self) -> Trained:
        """The networks as they are, their batch norms' statistics those of all training images.

        The training itself is not touched and can go on.
        """
        with pinned(), torch.no_grad():
            network = copy.deepcopy(self.network)
            for layer in network.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.reset_running_stats()
                    layer.momentum = None  # the mean over all batches
            network.train()
            pixels = torch.from_numpy(self.data.train.pixels).to(self._type).repeat(1, len(self.seeds), 1, 1)
            for part in pixels.split(_STATISTICS):
                network(part.contiguous(memory_format=torch.channels_last))
            network.eval()
            networks = [fold(each).requires_grad_(False) for each in network.split()]
        losses = np.array(self._losses).reshape(-1, len(self.seeds))
        return Trained(networks, losses)

    def checkpoint(self) -> bytes:
        """All that `restore` needs to go on, as an npz archive of the same bytes for the same state."""
        content = io.BytesIO()
        np.savez(
            content,
            key=np.frombuffer(bytes.fromhex(self._key), np.uint8),
            losses=np.array(self._losses, np.float64).reshape(-1, len(self.seeds)),
            weights=self._optimizer.weights.numpy(),
            velocity=self._optimizer.velocity.numpy(),
        )
        return content.getvalue()

    def save(self, path: str | Path) -> None:
        """Write the checkpoint to a file, whole or not at all; raises StoreError where that cannot be done."""
        write_whole(path, self.checkpoint(), what="The checkpoint")

    def restore(self, source: Path | bytes) -> None:
        """Go on from a checkpoint of the same training; raises CorruptData for any other, and for a damaged one."""
        where = "A checkpoint" if isinstance(source, bytes) else f"Checkpoint {str(source)!r}"
        found = read_npz(source, where)
        if found.keys() != {"key", "losses", "weights", "velocity"}:
            raise CorruptData(f"{where} has the arrays {sorted(found)}; wanted one that a trainer wrote.")
        if found["key"].tobytes().hex() != self._key:
            raise CorruptData(
                f"{where} is of another training: its architecture, seeds, data or recipe differ. Train from the start."
            )
        for name in ("weights", "velocity"):
            held = getattr(self._optimizer, name).numpy()
            if (found[name].shape, found[name].dtype) != (held.shape, held.dtype):
                raise CorruptData(f"{where} has {found[name].shape} {name}; this network has {held.shape}.")
            held[...] = found[name]
        self._losses = list(found["losses"])

    def _pass(self) -> NDArray[np.float64]:
        """Train one epoch and give each seed's mean loss."""
        number, steps = self.epoch, self.training.steps(len(self.data.train))
        drawn = [self.training.epoch(self.data.train.pixels, seed, number) for seed in self.seeds]
        pixels = torch.from_numpy(np.concatenate([images for images, _ in drawn], 2)).to(self._type)
        labels = torch.from_numpy(np.stack([self.data.train.labels[rows] for _, rows in drawn], -1))
        total = torch.zeros(len(self.seeds), dtype=torch.float64)
        for step in range(steps):
            logits = self.network(pixels[step].contiguous(memory_format=torch.channels_last))
            losses = _losses(logits, labels[step])
            self._optimizer.step(losses.sum(), float(self._rates[number * steps + step]))
            total += losses.detach()
        return (total / steps).numpy()

    def _whole(self, network: nn.Module) -> nn.Module:
        """A network that takes pixels: normalised inside, where the training says so."""
        network = network.to(self._type)
        if not self.training.normalize:
            return network
        pixels = self.data.train.pixels
        mean, spread = (np.asarray(f(pixels, axis=(0, 2, 3), dtype=np.float64)) for f in (np.mean, np.std))
        given = [torch.from_numpy(each).to(self._type) for each in (mean, np.maximum(spread, 1e-6))]
        return nn.Sequential(Normalize(*given), network)


_STATISTICS = 1000  # images of a batch of which batch norms take statistics


def fold(network: nn.Module) -> nn.Module:
    """A network in evaluation mode with each batch norm that follows a convolution folded into it, in place."""
    for layer in network.modules():
        if not isinstance(layer, nn.Sequential):
            continue
        for place in range(len(layer) - 1):
            first, second = layer[place], layer[place + 1]
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                layer[place] = torch.nn.utils.fusion.fuse_conv_bn_eval(first, second)
                layer[place + 1] = nn.Identity()
    return network


@contextmanager
def pinned() -> Iterator[None]:
    """Torch on one thread and deterministic, its generator put back afterwards."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory
    with torch.random.fork_rng(devices=[]):
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # nobody reads it, and it costs an eighth
        try:
            yield
        finally:
            torch.utils.deterministic.fill_uninitialized_memory = filled
            torch.use_deterministic_algorithms(strict)
            torch.set_num_threads(threads)


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    """(seeds,): the mean cross-entropy of each, of logits (n, seeds, classes) and labels (n, seeds)."""
    each = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
    return each.unflatten(0, labels.shape).mean(0)


def _digest(images: Images) -> str:
    found = hashlib.sha256(np.ascontiguousarray(images.pixels).data)
    found.update(np.ascontiguousarray(images.labels).data)
    return found.hexdigest()
