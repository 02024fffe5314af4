"""The settings of AG-Net: what each preset chooses, and how given options replace it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import field, frozen

from nasapi.errors import InvalidOption, near

SURROGATES = ("gp", "mlp", "xgb", "xgb-rank", "off")
ACQUISITIONS = ("thompson", "ei", "mean")
LATENTS = ("normal", "uniform")
TARGETS = ("ranks", "values")


@frozen
class Settings:
    """Every choice of the search that differs between presets."""

    surrogate: str = field()
    """Who scores candidates: Gaussian process, the coupled network, trees, ranking trees, or nobody."""
    acquisition: str = field()
    """How candidates are chosen by mean and spread."""
    targets: str = field()
    """What the surrogate learns: normal scores of ranks, or standardised values."""
    k: float = field()
    """Flatness of the retraining weights 1 / (kN + rank)."""
    latent: str = field()
    """Where z is drawn: N(0, I), or uniform in [-3, 3]."""
    near: float = field()
    """Share of candidates whose z lies near that of a good architecture, in place of anywhere."""
    mutants: float = field()
    """Share of candidates that are mutants of good architectures, in place of decoded."""
    candidates: int = field()
    """How many draws are scored in a round."""
    epochs: float = field()
    """Passes over the data in a retraining; steps = epochs * N / batch."""
    most_steps: int = field()
    """The most steps in a retraining."""
    batch: int = field()
    rate: float = field()
    prior: float = field()
    """Share of each retraining batch that is uniform samples of the space, against collapse."""
    alpha: float = field()
    """Weight of the surrogate's loss against reconstruction where both are trained together."""
    backprop: bool = field()
    """Whether the surrogate's gradient reaches the generator; only the network "mlp" has one."""

    def __attrs_post_init__(self) -> None:
        for name, known in _WORDS.items():
            if getattr(self, name) not in known:
                value = getattr(self, name)
                raise InvalidOption(f"agnet has no {name} {value!r}. {near(str(value), known)}")
        for name in ("candidates", "most_steps", "batch"):
            if not (isinstance(getattr(self, name), int) and getattr(self, name) >= 1):
                raise InvalidOption(f"{name!r} of agnet must be a whole number from 1, not {getattr(self, name)!r}.")
        for name in ("near", "mutants", "prior", "alpha"):
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidOption(f"{name!r} of agnet must be a share from 0 to 1, not {getattr(self, name)!r}.")
        if self.near + self.mutants > 1:
            total = self.near + self.mutants
            raise InvalidOption(f"'near' and 'mutants' of agnet must add up to at most 1, not {total!r}.")
        for name in ("k", "epochs", "rate"):
            if not getattr(self, name) > 0:
                raise InvalidOption(f"{name!r} of agnet must be above 0, not {getattr(self, name)!r}.")
        if self.backprop and self.surrogate != "mlp":
            raise InvalidOption(
                f"Surrogate {self.surrogate!r} has no gradient for the generator; "
                "choose surrogate='mlp', or leave backprop out."
            )


_WORDS = {"surrogate": SURROGATES, "acquisition": ACQUISITIONS, "targets": TARGETS, "latent": LATENTS}

PAPER = Settings(
    surrogate="mlp",
    acquisition="mean",
    targets="values",
    k=1e-2,
    latent="uniform",
    near=0.0,
    mutants=0.0,
    candidates=100,
    epochs=30.0,
    most_steps=10_000,
    batch=16,
    rate=1e-3,
    prior=0.0,
    alpha=0.9,
    backprop=True,
)
"""Lukasik, Jung & Keuper, ECCV 2022, section 4 and supplement: the values for NAS-Bench-201."""

DEFAULT = Settings(
    surrogate="gp",
    acquisition="thompson",
    targets="ranks",
    k=1e-2,
    latent="normal",
    near=0.4,
    mutants=0.4,
    candidates=2_000,
    epochs=10.0,
    most_steps=30,
    batch=64,
    rate=1e-3,
    prior=0.25,
    alpha=0.5,
    backprop=False,
)
"""What did best on the benchmarks that docs/agnet.md names."""

PRESETS: Mapping[str, Settings] = {"default": DEFAULT, "paper": PAPER}


def resolve(preset: str, options: Mapping[str, Any]) -> Settings:
    """The settings of `preset` with the options that are not None in their place.

    Options follow from each other where that is the only sense: another surrogate than the coupled network has no
    backprop, and trees give no spread, so they choose by the mean.
    """
    if preset not in PRESETS:
        raise InvalidOption(f"agnet has no preset {preset!r}. {near(str(preset), PRESETS)}")
    given = {name: value for name, value in options.items() if value is not None}
    surrogate = given.get("surrogate", PRESETS[preset].surrogate)
    if surrogate != "mlp":
        given.setdefault("backprop", False)
    if surrogate not in ("gp", "mlp"):
        given.setdefault("acquisition", "mean")
    return attrs.evolve(PRESETS[preset], **given)
