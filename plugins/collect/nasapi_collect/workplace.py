"""Where networks are measured: data, attacks and corrupted images made ready once, then one network after the other."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from time import process_time
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from attrs import define, field, frozen
from nasapi_networks.architecture import network_of, require_buildable
from nasapi_networks.datasets import load_data
from nasapi_networks.determinism import pinned
from nasapi_networks.images import ImageData, Images
from nasapi_networks.predictions import predictions_of
from nasapi_networks.trainer import Trainer, require_device
from torch import nn

import nasapi
from nasapi.errors import InvalidOption, PluginError
from nasapi.space import Codes, SearchSpace
from nasapi.words import shortened
from nasapi_collect.architectures import Architectures
from nasapi_collect.columns import SPLITS, Described, Split, attack_column, clean_columns, corruption_column
from nasapi_collect.recipe import Attacking, Corrupting, Recipe

if TYPE_CHECKING:
    from nasapi_attacks import Target


@frozen
class Measured:
    """What was measured of one architecture, all its seeds together."""

    values: dict[str, list[Any]]
    """For each column a number a seed, None where there is none; lists of lists for confusions."""
    errors: list[str | None]
    """For each seed why it failed."""
    warnings: list[str]
    grouped: bool
    """Whether the seeds were trained as one grouped network."""
    seconds: dict[str, float]
    """CPU seconds by part, all seeds together."""


@define
class Workplace:
    """All that measuring needs, made ready and checked."""

    recipe: Recipe
    space: SearchSpace
    data: ImageData
    architectures: Architectures
    attacks: list[tuple[Attacking, Any, Images]] = field(factory=list)
    corrupted: list[tuple[str, Images]] = field(factory=list)
    """The name of a column, and the images that it is measured on: the same for every network."""
    columns: list[Described] = field(factory=list)
    device: str = "cpu"

    @classmethod
    def of(cls, recipe: Recipe, device: str = "cpu") -> Workplace:
        """Make ready to measure on a device; raises what is wrong with the recipe in a sentence."""
        require_device(device)
        space = nasapi.load_space(recipe.networks.space)
        if recipe.table.name.partition("/")[0] != space.whole.id:
            raise InvalidOption(f"Table {recipe.table.name!r} is of {space.whole.id!r}; begin its name with that.")
        data = load_data(**recipe.data.given())
        recipe.training.require_for(data)
        architectures = Architectures.of(recipe, space)
        require_buildable(space, architectures.codes[0], data, recipe.network, recipe.training.batch)
        made = cls(recipe, space, data, architectures, columns=clean_columns(data.classes), device=device)
        for attacking in recipe.attacks:
            made._add_attack(attacking)
        for corrupting in recipe.corruptions:
            made._add_corruptions(corrupting)
        names = [column.name for column in made.columns]
        for name in names:
            if names.count(name) > 1:
                raise InvalidOption(f"The recipe measures {name!r} twice; drop one.")
        return made

    @property
    def codes(self) -> Codes:
        """(n, genes): the architectures, in the order of the table's rows."""
        return self.architectures.codes

    @property
    def digest(self) -> str:
        """SHA-256 of recipe, data and architectures: what the shards of one collection share."""
        return self.digest_of(self.recipe, self.architectures)

    def digest_of(self, recipe: Recipe, architectures: Architectures) -> str:
        """SHA-256 of another recipe and its architectures on the same data."""
        found = hashlib.sha256(recipe.digest.encode())
        for images in (self.data.train, self.data.valid, self.data.test):
            found.update(np.ascontiguousarray(images.pixels).data)
            found.update(np.ascontiguousarray(images.labels).data)
        found.update(json.dumps(architectures.codes.tolist()).encode())
        return found.hexdigest()

    def measure(self, row: int) -> Measured:
        """Train and measure the architecture of a row, every seed of the recipe."""
        clock = _Clock()
        code, seeds = self.codes[row], self.recipe.seeds
        with pinned():
            trainer = Trainer(
                lambda seed: network_of(self.space, code, seed, self.data, self.recipe.network),
                self.data,
                self.recipe.training,
                seeds,
                label=self.space.format(code),
                device=self.device,
            )
            trainer.train()
            trained = trainer.trained()
            clock.lap("train")
            each = zip(trained.networks, trained.losses[-1], seeds, trained.errors, strict=True)
            rows = [
                ({}, error, []) if error else self._values(network, loss, seed, clock)
                for network, loss, seed, error in each
            ]
        errors = [error for _, error, _ in rows]
        values = {column.name: [found.get(column.name) for found, _, _ in rows] for column in self.columns}
        warnings = list(dict.fromkeys(warning for _, _, warned in rows for warning in warned))
        return Measured(values, errors, warnings, trainer.grouped, clock.seconds)

    def _values(
        self, network: nn.Module, loss: float, seed: int, clock: _Clock
    ) -> tuple[dict[str, Any], str | None, list[str]]:
        """The columns of one seed, why one of them is missing, and what attacks warned of."""
        found: dict[str, Any] = {"train_loss": float(loss)}
        error, warnings = None, []
        try:
            for split in SPLITS:
                found |= _clean(network, getattr(self.data, split), split)
            clock.lap("clean")
            for name, images in self.corrupted:
                found[name] = predictions_of(network, images).accuracy
            clock.lap("corruptions")
        except InvalidOption as raised:  # answers that are not finite
            error = shortened(str(raised), 500)
        target_of = cache(lambda split: self._target(network, split))
        for attacking, spec, images in self.attacks:
            name = f"{attacking.split}_{spec.metric_name}"
            try:
                found[name], attack_warnings = _attacked(network, images, target_of(attacking.split), spec, seed)
                warnings += attack_warnings
            except (
                InvalidOption,
                PluginError,
            ) as raised:  # a network as none is attacked, a library's error
                error = error or shortened(f"{attacking.spec}: {raised}", 500)
            clock.lap(name)
        return found, error, warnings

    def _target(self, network: nn.Module, split: str) -> Target | None:
        """A network with the most images of a split that an attack takes; None where no image moves its answers."""
        from nasapi_attacks import Target

        images = max((images for attacking, _, images in self.attacks if attacking.split == split), key=len)
        pixels = torch.from_numpy(images.pixels).to(next(network.parameters()))
        return Target(network, pixels, images.labels) if _depends(network, pixels[:1]) else None

    def _add_attack(self, attacking: Attacking) -> None:
        from nasapi_attacks import parse_attacks
        from nasapi_attacks.autoattack import require_fits

        spec, *more = parse_attacks(attacking.spec)
        if more:
            raise InvalidOption(
                f"`spec` of [[attack]] is one attack, and {attacking.spec!r:.80} is {1 + len(more)}; write an "
                f"[[attack]] for each: {shortened(', '.join(map(str, (spec, *more))), 200)}."
            )
        require_fits(spec, self.data.classes, self.data.side, self.data.side)
        whole: Images = getattr(self.data, attacking.split)
        images = _first(whole, attacking)
        self.attacks.append((attacking, spec, images))
        split = cast(Split, attacking.split)  # its option admits no other text
        column = attack_column(split, spec.metric_name, f"{spec.title}, {spec}", len(images), spec.caution)
        self.columns.append(column)

    def _add_corruptions(self, corrupting: Corrupting) -> None:
        from nasapi_attacks.corruptions import corrupt, corruption_names

        whole: Images = getattr(self.data, corrupting.split)
        images = _first(whole, corrupting)
        pixels = torch.from_numpy(images.pixels)
        for name in corrupting.names or corruption_names(self.data.side, self.data.side):
            for severity in corrupting.severities:
                column = corruption_column(cast(Split, corrupting.split), name, severity, len(images))
                worse = corrupt(pixels, name, severity, corrupting.seed).numpy()
                self.corrupted.append((column.name, Images(worse, images.labels)))
                self.columns.append(column)


def _first(images: Images, section: Attacking | Corrupting) -> Images:
    """The images of a split that a section of the recipe asks for; raises InvalidOption where there are fewer."""
    if section.images is not None and section.images > len(images):
        which = section.spec if isinstance(section, Attacking) else "[[corruptions]]"
        raise InvalidOption(
            f"`images` of {which} is {section.images:,}, and there are {len(images):,} {section.split} images; "
            "ask for fewer, or leave it out for all of them."
        )
    return images.first(section.images)


def _clean(network: nn.Module, images: Images, split: str) -> dict[str, Any]:
    """The columns of a network on the clean images of a split."""
    given = predictions_of(network, images)
    found: dict[str, Any] = {
        "accuracy": given.accuracy,
        "loss": given.log_loss,
        "confidence_right": _finite(given.confidence["right"]),
        "confidence_wrong": _finite(given.confidence["wrong"]),
        "calibration_error": given.calibration_error(),
    }
    if split == "test":
        found["confusion"] = given.confusion.tolist()
    return {f"{split}_{name}": value for name, value in found.items()}


def _attacked(
    network: nn.Module, images: Images, target: Target | None, spec: Any, seed: int
) -> tuple[float | None, list[str]]:
    """Accuracy in percent under an attack, and warnings; the accuracy itself where no image can move an answer."""
    if target is None:
        unmoved = "the answers do not depend on the image, so that no attack moves them"
        return predictions_of(network, images).accuracy, [unmoved]
    given = target.attack(spec, seed, images=len(images))
    return _finite(given.accuracy), list(given.warnings)


def _depends(network: nn.Module, pixels: torch.Tensor) -> bool:
    """Whether a network's answers have a gradient by its images."""
    return bool(network(pixels.clone().requires_grad_()).requires_grad)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


class _Clock:
    """CPU seconds of this process, by part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = process_time()

    def lap(self, part: str) -> None:
        """What passed since the last lap belongs to `part`."""
        now = process_time()
        self.seconds[part] = round(self.seconds.get(part, 0.0) + now - self._last, 4)
        self._last = now
