"""An attack as one frozen value, read from and written as text such as `pgd[eps=8/255,steps=10]`."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from attrs import field, frozen
from nasapi_robustness.measure import Measure
from nasapi_robustness.names import ATTACKS

from nasapi.errors import InvalidOption, near
from nasapi.plugins import Spec
from nasapi.safety.whole_numbers import whole
from nasapi_attacks.epsilon import NORMS, Epsilon, Norm, exactly

TITLES = {
    "fgsm": "FGSM",
    "pgd": "PGD",
    "apgd": "APGD-CE",
    "apgd-t": "APGD-T",
    "fab-t": "FAB-T",
    "square": "Square",
    "autoattack": "AutoAttack",
}
"""The attacks, by the names that options, metrics and columns use; the first, second, third and sixth are published."""
_ALIASES = {"apgd-ce": "apgd", "aa": "autoattack"}
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "fgsm": {},
    "pgd": {"steps": 10, "step": Fraction(1, 4), "restarts": 1},
    "apgd": {"steps": 100, "restarts": 1},
    "apgd-t": {"steps": 100, "restarts": 1},
    "fab-t": {"steps": 100},
    "square": {"steps": 5_000, "restarts": 1, "rescale": True},
    "autoattack": {},
}
"""What each attack takes beside `eps` and `norm`, with its defaults."""
_MOST = 1_000_000


@frozen
class Attack:
    """One attack with everything that decides its result but images, network and seed.

    Raises InvalidOption for an attack there is not, an option it does not take, or a value outside its range.
    """

    name: str
    """One of `TITLES`."""
    epsilon: Epsilon
    steps: int | None = None
    """Steps of PGD, iterations of APGD and FAB, queries of Square."""
    step: Fraction | None = None
    """Length of one step of PGD, as a share of epsilon."""
    restarts: int | None = None
    """Random starts; an image counts as fooled if one of them fools."""
    rescale: bool | None = field(default=None)
    """Whether Square shrinks its squares over its own number of queries; without, over 10,000, as AutoAttack does."""

    @classmethod
    def make(cls, name: str, eps: object, norm: Norm | None = None, **options: Any) -> Attack:
        """The attack of that name with its defaults in place of what is not given; in Linf, or the norm of `eps`."""
        kind = _kind(name)
        for option in options.keys() - _DEFAULTS[kind].keys():
            takes = ", ".join(["eps", "norm", *_DEFAULTS[kind]])
            raise InvalidOption(f"{kind} takes no {option!r}; its options are {takes}.")
        if norm is not None and norm not in NORMS:
            raise InvalidOption(f"`norm` of {kind} is one of {', '.join(NORMS)}, not {norm!r:.80}.")
        if "step" in options:
            options["step"] = _share(options["step"])
        return cls(kind, Epsilon(eps, norm), **{**_DEFAULTS[kind], **options})

    @classmethod
    def of(cls, spec: Attack | str) -> Attack:
        """An attack as it is, or that of a text; raises InvalidOption for anything else."""
        return spec if isinstance(spec, cls) else cls.parse(spec)  # type: ignore[arg-type]

    @classmethod
    def parse(cls, text: str) -> Attack:
        """The attack of a text such as "square[eps=8/255,steps=1000]"; `str` undoes it."""
        if not isinstance(text, str):
            raise InvalidOption(f"An attack is an `Attack` or a text such as fgsm[eps=8/255], not {text!r:.80}.")
        spec = Spec.parse(text)
        options = dict(spec.options)
        _kind(spec.id)
        if "eps" not in options:
            raise InvalidOption(f"{text!r:.120} needs an epsilon; write {spec.id}[eps=8/255] or {spec.id}[eps=0.03].")
        return cls.make(spec.id, options.pop("eps"), **options)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.epsilon, Epsilon) or self.name not in _DEFAULTS:
            raise InvalidOption(
                f"An attack has a name among {', '.join(_DEFAULTS)} and an `Epsilon`, not {self.name!r:.80} and "
                f"{self.epsilon!r:.80}; `Attack.make` takes numbers and aliases."
            )
        if self.name == "autoattack" and self.norm == "L1":
            raise InvalidOption("autoattack has the norms Linf and L2; its settings for L1 are others.")
        for name, value in (("steps", self.steps), ("restarts", self.restarts)):
            if value is not None:
                wanted = f"`{name}` of {self.name} is a whole number from 1 to {_MOST:,}"
                object.__setattr__(self, name, whole(value, 1, _MOST, wanted=wanted))
        if self.step is not None and not 0 < self.step <= 2:
            raise InvalidOption(
                f"`step` of {self.name} is a share of epsilon above 0 and at most 2, not {float(self.step):g}."
            )
        if self.rescale is not None and not isinstance(self.rescale, bool):
            raise InvalidOption(f"`rescale` of {self.name} is true or false, not {self.rescale!r:.80}.")

    def __str__(self) -> str:
        """The text that `parse` reads as this attack; options at their defaults are left out."""
        written = str(self.epsilon)
        options: dict[str, Any] = {"eps": written if "/" in written else float(self.epsilon)}
        if self.norm != "Linf":
            options["norm"] = self.norm
        for name, default in _DEFAULTS[self.name].items():
            value = getattr(self, name)
            if value != default:
                options[name] = str(value) if isinstance(value, Fraction) else value
        return str(Spec(self.name, options))

    @property
    def norm(self) -> Norm:
        """The norm in which the perturbation is bounded."""
        return self.epsilon.norm

    @property
    def metric_name(self) -> str:
        """The name of the accuracy under the attack: "pgd_1_accuracy" at 1/255 in Linf, as in the published tables."""
        if self.norm == "Linf":
            if self.name in ATTACKS:
                return Measure(self.name, self.epsilon.strength).name
            return f"{self.name.replace('-', '_')}_{self.epsilon.strength:g}_accuracy"
        return f"{self.name.replace('-', '_')}_{self.norm.lower()}_{float(self.epsilon):g}_accuracy"

    @property
    def title(self) -> str:
        """The attack in a few words: "PGD, ε = 8/255"."""
        norm = "" if self.norm == "Linf" else f" ({self.norm})"
        return f"{TITLES[self.name]}, ε = {self.epsilon}{norm}"

    @property
    def travel(self) -> float:
        """How many epsilons PGD can move from its random start; infinity for attacks that choose their own steps."""
        return float("inf") if self.step is None or self.steps is None else float(self.step * self.steps)

    @property
    def caution(self) -> str:
        """What one must know before one calls the result robust; empty where there is nothing."""
        if self.travel < 2:
            return (
                f"Its {self.steps} steps travel {self.travel:.2f} epsilon in all, less than from one side of the ball "
                "to the other, so that it fools fewer images than PGD can."
            )
        if self.name == "fgsm":
            return "One step of the gradient: an upper bound of robust accuracy."
        return ""


def _kind(name: str) -> str:
    """The attack of that name or alias; raises InvalidOption where there is none."""
    kind = _ALIASES.get(name, name)
    if kind not in _DEFAULTS:
        raise InvalidOption(f"There is no attack {name!r:.80}. {near(str(name), _DEFAULTS)}")
    return kind


def _share(value: object) -> Fraction:
    try:
        return exactly(value)
    except (ValueError, ArithmeticError, TypeError):
        raise InvalidOption(f"`step` is a share of epsilon such as 0.25 or 1/30, not {value!r:.80}.") from None
