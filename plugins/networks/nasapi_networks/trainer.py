"""The trainer: the seeds of one architecture trained together, stopped anywhere, gone on with to the same bytes."""

from __future__ import annotations

import copy
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nasapi.errors import CorruptData, InvalidOption
from nasapi.files import write_whole
from nasapi.networks import MOST_SEED
from nasapi.safety.npz import read_npz
from nasapi.safety.whole_numbers import whole
from nasapi_networks.determinism import pinned
from nasapi_networks.evaluation_form import channels_last, fold
from nasapi_networks.flat_sgd import FlatSGD
from nasapi_networks.grouped import Group, Normalize, Row, group
from nasapi_networks.images import ImageData, Images
from nasapi_networks.training_settings import Precision, Training

_STATISTICS = 1000  # images of a batch of which batch norms take statistics, at most
_TYPES = {"float32": torch.float32, "float64": torch.float64}


@frozen(eq=False)
class Trained:
    """What came of a training up to some epoch."""

    networks: list[nn.Module]
    """One network a seed in evaluation mode, by default with folded batch norms; takes pixels, gives logits."""
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
        seeds: Iterable[int],
        *,
        label: str = "",
        precision: Precision = "float32",
        device: str = "cpu",
    ):
        """Begin with the networks that `build` gives for each seed, drawn without touching the global generator.

        `label` names the architecture: a checkpoint of another label, training, seeds, data or version of torch is
        refused. On a `device` such as "cuda" the same seed gives the same numbers as far as torch promises; on the CPU
        it does. Raises InvalidOption for seeds and a precision that are none, for a training that asks more of the
        images than they bear, and for networks without weights.
        """
        self.seeds = _require_seeds(seeds)
        training.require_for(data)
        self.data, self.training = data, training
        self._build = build
        self._device = require_device(device)
        if precision not in _TYPES:
            raise InvalidOption(f"`precision` is {' or '.join(_TYPES)}, not {precision!r:.80}.")
        self._type = _TYPES[precision]
        self.restart()
        self.grouped = isinstance(self.network, Group)
        self._rates = training.rates(len(data.train))
        identity = {
            "label": label,
            "training": training.plain(),
            "seeds": self.seeds,
            "precision": precision,
            "data": [data.name, _digest(data.train)],
            "torch": torch.__version__,
        }
        self._key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()

    def restart(self) -> None:
        """Begin anew with untrained networks."""
        with pinned():
            networks = [self._whole(self._build(seed)) for seed in self.seeds]
            example = torch.from_numpy(self.data.train.pixels[:8]).to(self._type)
            joined = group(networks, example).to(self._device)
            for layer in joined.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.track_running_stats = False  # `trained` takes statistics anew
            self.network: Group | Row = joined.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            self._optimizer = FlatSGD(self.network, self.training.momentum, self.training.decay)
        self._losses: list[NDArray[np.float64]] = []

    @property
    def epoch(self) -> int:
        """Epochs trained so far."""
        return len(self._losses)

    def train(self, epochs: int | None = None) -> None:
        """Train up to so many epochs in all, the whole training by default; nothing where they are done already."""
        most = self.training.epochs
        wanted = f"`epochs` is a whole number from 0 to {most}"
        until = most if epochs is None else whole(epochs, 0, most, wanted=wanted)
        with pinned():
            self.network.train()
            while self.epoch < until:
                self._losses.append(self._pass())

    def trained(self, *, folded: bool = True) -> Trained:
        """The networks as they are, their batch norms' statistics those of all training images.

        Batch norms are folded into the convolutions before them, which is quicker; with `folded=False` a network has
        the layers that it was built with, as `nasapi.networks.save_weights` wants it: itself where the training does
        not normalise, and otherwise the second part of a sequence, whose first normalises. The training itself is not
        touched and can go on.
        """
        with pinned(), torch.no_grad():
            network = copy.deepcopy(self.network)
            for layer in network.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.track_running_stats = True
                    layer.reset_running_stats()
                    layer.momentum = None  # the mean over all batches, of one size but for an image
            network.train()
            images = torch.from_numpy(self.data.train.pixels)
            for part in images.tensor_split(-(-len(images) // _STATISTICS)):
                several = part.to(self._device, self._type).repeat(1, len(self.seeds), 1, 1)
                network(several.contiguous(memory_format=torch.channels_last))
            network.eval()
            apart = [fold(each) if folded else each.eval() for each in network.split()]
            networks = [channels_last(each).requires_grad_(False) for each in apart]
        losses = np.array(self._losses).reshape(-1, len(self.seeds))
        return Trained(networks, losses)

    def checkpoint(self) -> bytes:
        """All that `restore` needs to go on, as an npz archive of the same bytes for the same state."""
        content = io.BytesIO()
        np.savez(
            content,
            key=np.frombuffer(bytes.fromhex(self._key), np.uint8),
            losses=np.array(self._losses, np.float64).reshape(-1, len(self.seeds)),
            weights=self._optimizer.weights.cpu().numpy(),
            velocity=self._optimizer.velocity.cpu().numpy(),
        )
        return content.getvalue()

    def save(self, path: str | Path) -> None:
        """Write the checkpoint to a file, whole or not at all; raises StoreError where that cannot be done."""
        write_whole(path, self.checkpoint(), what="The checkpoint")

    def restore(self, source: str | Path | bytes) -> None:
        """Go on from a checkpoint of the same training; raises CorruptData for any other, and for a damaged one."""
        where = "A checkpoint" if isinstance(source, bytes) else f"Checkpoint {str(source)!r}"
        found = read_npz(source if isinstance(source, bytes) else Path(source), where)
        if found.keys() != {"key", "losses", "weights", "velocity"}:
            raise CorruptData(f"{where} has the arrays {sorted(found)}; wanted one that a trainer wrote.")
        if found["key"].tobytes().hex() != self._key:
            raise CorruptData(
                f"{where} is of another training: its network, seeds, data, recipe or version of torch differ. "
                "Train from the start, and keep checkpoints in another folder."
            )
        for name in ("weights", "velocity"):
            held, given = getattr(self._optimizer, name), torch.from_numpy(found[name])
            if (given.shape, given.dtype) != (held.shape, held.dtype):
                raise CorruptData(f"{where} has {tuple(given.shape)} {name}; this network has {tuple(held.shape)}.")
            held.copy_(given)
        self._losses = list(found["losses"])

    def _pass(self) -> NDArray[np.float64]:
        """Train one epoch and give each seed's mean loss."""
        number, steps = self.epoch, self.training.steps(len(self.data.train))
        self._seed(int(np.random.SeedSequence([number, *self.seeds]).generate_state(1)[0]))
        total = torch.zeros(len(self.seeds), dtype=torch.float64, device=self._device)
        epochs = [self.training.epoch(self.data.train.pixels, seed, number) for seed in self.seeds]
        for step, drawn in enumerate(zip(*epochs, strict=True)):
            pixels = torch.from_numpy(np.concatenate([images for images, _ in drawn], 1)).to(self._device, self._type)
            labels = torch.from_numpy(np.stack([self.data.train.labels[rows] for _, rows in drawn], -1))
            logits = self.network(pixels.contiguous(memory_format=torch.channels_last))
            if logits.shape[2] < self.data.classes:
                raise InvalidOption(
                    f"The network tells {logits.shape[2]} classes apart, and {self.data.name!r} has "
                    f"{self.data.classes}; build it for as many."
                )
            losses = _losses(logits, labels.to(self._device))
            self._optimizer.step(losses.sum(), float(self._rates[number * steps + step]))
            total += losses.detach()
        return (total / steps).cpu().numpy()

    def _seed(self, seed: int) -> None:
        """Seed what layers that draw draw from, and no other device's generator."""
        torch.default_generator.manual_seed(seed)
        if self._device.type == "cuda":
            with torch.cuda.device(self._device):
                torch.cuda.manual_seed(seed)

    def _whole(self, network: nn.Module) -> nn.Module:
        """A network that takes pixels: normalised inside, where the training says so."""
        network = network.to(self._type)
        if not self.training.normalize:
            return network
        pixels = self.data.train.pixels
        mean, spread = (np.asarray(f(pixels, axis=(0, 2, 3), dtype=np.float64)) for f in (np.mean, np.std))
        given = [torch.from_numpy(each).to(self._type) for each in (mean, np.maximum(spread, 1e-6))]
        return nn.Sequential(Normalize(*given), network)


def _require_seeds(seeds: object) -> tuple[int, ...]:
    """The seeds as whole numbers; raises InvalidOption for what are none, for none at all, and for one twice."""
    wanted = f"Seeds are one or several different whole numbers from 0 to {MOST_SEED}"
    found = tuple(whole(seed, 0, MOST_SEED, wanted=wanted) for seed in seeds) if isinstance(seeds, Iterable) else ()
    if not found or len(set(found)) < len(found):
        raise InvalidOption(f"{wanted}, not {seeds!r:.80}.")
    return found


def require_device(name: str) -> torch.device:
    """The device of that name; raises InvalidOption where there is none."""
    try:
        torch.zeros(1, device=name).cpu()  # of a device such as "meta" there are no numbers
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise InvalidOption(f"There is no device {name!r} here: {str(error).splitlines()[0][:200]}.") from error


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    """(seeds,): the mean cross-entropy of each, of logits (n, seeds, classes) and labels (n, seeds)."""
    each = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
    means: Tensor = each.unflatten(0, labels.shape).mean(0)
    return means


def _digest(images: Images) -> str:
    found = hashlib.sha256(np.ascontiguousarray(images.pixels).data)
    found.update(np.ascontiguousarray(images.labels).data)
    return found.hexdigest()
