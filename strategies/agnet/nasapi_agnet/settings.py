"""The settings of AG-Net: what each preset chooses, and how given options replace it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from attrs import field, frozen
from nasapi_baselines.options import at_least_one, is_flag, is_not_negative, is_positive, is_share
from nasapi_toolkit.models.model import MODELS, Model, make_model
from nasapi_toolkit.targets import is_target

from nasapi.errors import InvalidOption, near
from nasapi.plugins import format_spec, parse_spec

COUPLED = "coupled"
"""The surrogate of the paper: a network that is trained together with the generator."""
OFF = "off"
"""No surrogate."""
ACQUISITIONS = ("thompson", "ei", "mean")
LATENTS = ("normal", "uniform")


def _is_among(known: tuple[str, ...]) -> Callable[[object, Any, Any], None]:
    def check(_: object, attribute: Any, value: Any) -> None:
        if value not in known:
            raise InvalidOption(f"agnet has no {attribute.name} {value!r}. {near(str(value), known)}")

    return check


@frozen
class Settings:
    """Every choice of the search that differs between presets."""

    surrogate: str = field()
    """Who scores candidates: a model of nasapi-surrogate by its spec, "coupled", or "off" for none."""
    encoder: str = field()
    """What the surrogate sees of an architecture: an encoder, or several joined by plus signs."""
    acquisition: str = field(validator=_is_among(ACQUISITIONS))
    """How candidates are chosen by mean and spread."""
    targets: str = field(validator=is_target)
    """What the surrogate learns: normal scores of ranks, or standardised values."""
    k: float = field(validator=is_positive)
    """Flatness of the retraining weights 1 / (kN + rank)."""
    squared: bool = field(validator=is_flag)
    """Whether the weights are squared, which is what it amounts to where they choose the batch and scale its loss."""
    latent: str = field(validator=_is_among(LATENTS))
    """Where z is drawn: N(0, I), or uniform in [-3, 3]."""
    near: float = field(validator=is_share)
    """Share of candidates whose z lies near that of a good architecture, in place of anywhere."""
    mutants: float = field(validator=is_share)
    """Share of candidates that are mutants of good architectures, in place of decoded."""
    candidates: int = field(validator=at_least_one)
    """How many draws are scored in a round."""
    epochs: float = field(validator=is_positive)
    """Passes over the data in a retraining; steps = epochs * N / batch."""
    most_steps: int = field(validator=at_least_one)
    """The most steps in a retraining."""
    batch: int = field(validator=at_least_one)
    rate: float = field(validator=is_positive)
    beta: float = field(validator=is_not_negative)
    """Weight of the divergence of z from its prior while retraining; the larger, the less z says of a code."""
    prior: float = field(validator=is_share)
    """Share of each retraining batch that is uniform samples of the space, against collapse."""
    alpha: float = field(validator=is_share)
    """Weight of the surrogate's loss against reconstruction where both are trained together."""
    backprop: bool = field(validator=is_flag)
    """Whether the surrogate's gradient reaches the generator; only the coupled network has one."""

    @surrogate.validator
    def _is_there(self, _: Any, surrogate: str) -> None:
        if surrogate not in (COUPLED, OFF) and parse_spec(str(surrogate))[0] not in MODELS:
            known = sorted({COUPLED, OFF, *MODELS})
            raise InvalidOption(f"agnet has no surrogate {surrogate!r}. {near(str(surrogate), known)}")

    @encoder.validator
    def _is_what_is_written(self, _: Any, encoder: str) -> None:
        if self.surrogate == COUPLED and encoder != "genes":
            raise InvalidOption(
                f"Surrogate 'coupled' sees the genes as they are written, not {encoder!r}; leave encoder out."
            )

    @mutants.validator
    def _leaves_room(self, _: Any, mutants: float) -> None:
        if self.near + mutants > 1:
            raise InvalidOption(f"`near` and `mutants` add up to at most 1, not {self.near + mutants!r}.")

    @backprop.validator
    def _has_a_gradient(self, _: Any, backprop: bool) -> None:
        if backprop and self.surrogate != COUPLED:
            raise InvalidOption(
                f"Surrogate {self.surrogate!r} has no gradient for the generator; "
                "choose surrogate='coupled', or leave backprop out."
            )

    def models(self, goals: int, constraints: int) -> list[Model]:
        """A model for each goal, then for each constrained value, which needs a unit: there, trees learn no order.

        Raises InvalidOption where the acquisition compares values and the model predicts an order.
        """
        name, options = parse_spec(self.surrogate)
        in_unit = {key: value for key, value in options.items() if key != "objective"}
        models = [make_model(self.surrogate) for _ in range(goals)]
        if self.acquisition == "ei" and not models[0].has_unit:
            raise InvalidOption(
                f"Surrogate {self.surrogate!r} predicts an order without unit, which 'ei' cannot compare with the best "
                "result; use 'mean' or 'thompson'."
            )
        return models + [make_model(format_spec(name, in_unit)) for _ in range(constraints)]


PAPER = Settings(
    surrogate=COUPLED,
    encoder="genes",
    acquisition="mean",
    targets="values",
    k=1e-2,
    squared=True,
    latent="uniform",
    near=0.0,
    mutants=0.0,
    candidates=100,
    epochs=30.0,
    most_steps=10_000,
    batch=16,
    rate=1e-3,
    beta=0.12,
    prior=0.0,
    alpha=0.9,
    backprop=True,
)
"""Lukasik, Jung & Keuper, ECCV 2022, section 4 and supplement: the values for NAS-Bench-201."""

DEFAULT = Settings(
    surrogate="grid-gp[kernel=rbf]",
    encoder="genes+operation-histogram+link-histogram",
    acquisition="thompson",
    targets="ranks",
    k=1e-2,
    squared=False,
    latent="normal",
    near=0.4,
    mutants=0.4,
    candidates=2_000,
    epochs=10.0,
    most_steps=30,
    batch=64,
    rate=1e-3,
    beta=0.02,
    prior=0.25,
    alpha=0.5,
    backprop=False,
)
"""What did best on the benchmarks that docs/agnet.md names."""

PRESETS: Mapping[str, Settings] = {"default": DEFAULT, "paper": PAPER}


def resolve(preset: str, options: Mapping[str, Any]) -> Settings:
    """The settings of `preset` with the options that are not None in their place.

    Options follow from each other where that is the only sense: another surrogate than the coupled network has no
    backprop, and that network sees genes alone. Under "paper" the generator is retrained for one epoch a round where no
    network is trained with it, as in the paper's variants and ablations.
    """
    if preset not in PRESETS:
        raise InvalidOption(f"agnet has no preset {preset!r}. {near(str(preset), PRESETS)}")
    given = {name: value for name, value in options.items() if value is not None}
    surrogate = given.get("surrogate", PRESETS[preset].surrogate)
    if surrogate == COUPLED:
        given.setdefault("encoder", "genes")
    else:
        given.setdefault("backprop", False)
        if preset == "paper":
            given.setdefault("epochs", 1.0)
    return attrs.evolve(PRESETS[preset], **given)
