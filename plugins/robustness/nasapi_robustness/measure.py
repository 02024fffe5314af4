"""One measure of robustness: what is done to the images, how strongly, and what is taken of the accuracies."""

from __future__ import annotations

from numbers import Real
from typing import Any, Literal

from attrs import field, frozen
from nasapi_nb201 import TITLES

from nasapi.errors import InvalidOption, near
from nasapi.metric import Metric
from nasapi_robustness.names import ATTACK_TITLES, ATTACKS, CLEAN, CORRUPTIONS, SEVERITIES, require_key

Aggregate = Literal["one", "mean", "pooled", "worst", "mce"]
ALL_ATTACKS, ALL_CORRUPTIONS = "all", "corruptions"


@frozen
class Measure:
    """A number for each cell, from its accuracies on test images.

    `one`: the accuracy at one `epsilon` of an attack or one `severity` of a corruption, or on clean images. `mean`: the
    mean over the grid, which is the epsilons of 8/255 or less that all attacks share, for one attack or for "all";
    the five severities, for one corruption or for all "corruptions"; with `epsilon` or `severity`, the mean over
    attacks or corruptions at that alone. `pooled`: of "all" attacks, the mean over every attack and every epsilon that
    it was run at, each once, as figure 26 of the paper says; FGSM has more of them than the others. `worst`: the least
    accuracy over all attacks at an epsilon, without `epsilon` the mean of that over the grid. `mce`: the mean
    corruption error, relative to a reference cell (Hendrycks & Dietterich, ICLR 2019, section 4.2).
    """

    attack: str = field(default=CLEAN)
    """"clean", an attack, a corruption, "all" attacks or all "corruptions"."""
    epsilon: float | None = field(default=None)
    """The attack's strength in 1/255 of the range of a pixel: 8/255 is 8."""
    severity: int | None = field(default=None)
    """The corruption's severity, 1 to 5."""
    aggregate: Aggregate = field(default="one")

    @epsilon.validator
    def _number(self, _: Any, epsilon: object) -> None:
        if epsilon is not None and (isinstance(epsilon, bool) or not isinstance(epsilon, Real)):
            raise InvalidOption(f"An epsilon is a number in units of 1/255, not {epsilon!r}; 8/255 is written 8.")

    @severity.validator
    def _level(self, _: Any, severity: object) -> None:
        if severity is not None and severity not in SEVERITIES:
            raise InvalidOption(f"A severity is a whole number from 1 to 5, not {severity!r}.")

    def __attrs_post_init__(self) -> None:
        if self.attack not in (ALL_ATTACKS, ALL_CORRUPTIONS):
            require_key(self.attack)
        takes = self._takes()
        if self.aggregate not in takes:
            raise InvalidOption(
                f"{self.attack!r} has no aggregate {self.aggregate!r}. {near(str(self.aggregate), takes)}"
            )
        needs = takes[self.aggregate]
        for name in ("epsilon", "severity"):
            given = getattr(self, name)
            if given is None and needs.get(name) is True:
                raise InvalidOption(
                    f"{self.attack!r} needs {name!r} unless an aggregate over several is taken, such as 'mean'."
                )
            if given is not None and name not in needs:
                raise InvalidOption(f"{self.aggregate!r} of {self.attack!r} takes no {name}, but {given!r} was given.")

    @property
    def norm(self) -> str:
        """The norm in which the attack is bounded; empty where nothing attacks."""
        if self.attack == ALL_ATTACKS:
            return "Linf"
        return ATTACKS[self.attack].partition("@")[2] if self.attack in ATTACKS else ""

    @property
    def name(self) -> str:
        """The metric's name: "fgsm_1_accuracy", "mean_adversarial_accuracy", "fog_3_accuracy"."""
        if self.aggregate == "mce":
            return "mean_corruption_error"
        what = {ALL_ATTACKS: "adversarial", ALL_CORRUPTIONS: "corruption"}.get(self.attack, self.attack)
        strength = self.epsilon if self.epsilon is not None else self.severity
        words = ["" if self.aggregate == "one" else self.aggregate, what, "" if strength is None else f"{strength:g}"]
        return "_".join(word for word in [*words, "accuracy"] if word)

    @property
    def title(self) -> str:
        """The measure in a few words, for a figure: "PGD, ε = 1/255"."""
        if self.aggregate == "mce":
            return "mean corruption error"
        everything = {ALL_ATTACKS: "adversarial", ALL_CORRUPTIONS: "corruption"}
        what = everything.get(self.attack) or ATTACK_TITLES.get(self.attack) or self.attack.replace("_", " ")
        words = what if self.aggregate == "one" else f"{self.aggregate} {what}"
        if self.epsilon is not None:
            return f"{words}, ε = {self.epsilon:g}/255"
        return words if self.severity is None else f"{words}, severity {self.severity}"

    def metric(self, dataset: str, *, searched: bool = False) -> Metric:
        """The metric of this measure on a data set, measured on test images.

        The data set has no other images. A `searched` measure, which a problem may have as its goal, has the split
        "none" and says so in its description.
        """
        error = self.aggregate == "mce"
        what = f"Mean corruption error on {TITLES[dataset]}, the reference cell's being 100"
        if not error:
            norm = f" ({self.norm} norm)" if self.norm else ""
            what = f"Accuracy on {TITLES[dataset]} {self._circumstances()}{norm}"
        note = ", measured on the test images"
        if searched:
            note += " and searched on as published: the data set has no validation part"
        bounds = (0.0, float("inf")) if error else (0.0, 100.0)
        split: Literal["none", "test"] = "none" if searched else "test"
        origin = "measured" if self.aggregate == "one" else "derived: from the accuracies measured one by one"
        return Metric(self.name, "min" if error else "max", "%", split, bounds, f"{what}{note}.", origin)

    def _circumstances(self) -> str:
        """What the accuracy is of, after "Accuracy on CIFAR-10"."""
        if self.attack == CLEAN:
            return "on clean images"
        if self.attack == ALL_ATTACKS:
            grid = "over ε up to 8/255" if self.epsilon is None else f"at ε = {self.epsilon:g}/255"
            if self.aggregate == "pooled":
                return "under four attacks, the mean over every attack and every ε"
            if self.aggregate == "worst":
                return f"under the worst of four attacks, {grid if self.epsilon else f'the mean {grid}'}"
            return f"under four attacks, the mean {grid}"
        if self.attack == ALL_CORRUPTIONS:
            severity = "over all severities" if self.severity is None else f"at severity {self.severity}"
            return f"under {len(CORRUPTIONS)} corruptions, the mean {severity}"
        return f"under {self.title}"

    def _takes(self) -> dict[str, dict[str, bool]]:
        """The aggregates that the attack has, each with what it takes and whether it needs it."""
        if self.attack == CLEAN:
            return {"one": {}}
        if self.attack == ALL_ATTACKS:
            return {"mean": {"epsilon": False}, "pooled": {}, "worst": {"epsilon": False}}
        if self.attack == ALL_CORRUPTIONS:
            return {"mean": {"severity": False}, "mce": {}}
        if self.attack in CORRUPTIONS:
            return {"one": {"severity": True}, "mean": {}}
        return {"one": {"epsilon": True}, "mean": {}}


CLEAN_ACCURACY = Measure()
MEAN_ADVERSARIAL = Measure(ALL_ATTACKS, aggregate="mean")
POOLED_ADVERSARIAL = Measure(ALL_ATTACKS, aggregate="pooled")
MEAN_CORRUPTION = Measure(ALL_CORRUPTIONS, aggregate="mean")
CORRUPTION_ERROR = Measure(ALL_CORRUPTIONS, aggregate="mce")
REPORTED = (
    CLEAN_ACCURACY,
    *(Measure(attack, 1.0) for attack in ATTACKS),
    MEAN_ADVERSARIAL,
    Measure(ALL_ATTACKS, aggregate="worst"),
    MEAN_CORRUPTION,
    CORRUPTION_ERROR,
)
"""What every benchmark reports of what was found."""
