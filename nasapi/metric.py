"""The metric: a quantity with its direction, its unit, the data it is measured on, and its origin."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

from attrs import field, frozen

from nasapi.errors import InvalidOption, near
from nasapi.value_checks import as_tuple, is_number, is_one_line

Goal = Literal["min", "max"]
Split = Literal["none", "train", "valid", "test"]


@frozen
class Metric:
    """A quantity: its name, which way is better, its unit, the data it is measured on, and how it came about.

    What is in percent is no fraction: it reaches beyond 1.5 somewhere, and has bounds. A name with "valid", "test" or
    "train" in it is of that split, unless it is of none. Accuracies are to be large; losses, errors, perplexities,
    times and sizes small. A published one has a unit, "1" for a plain number, a description and an origin.
    """

    name: str = field()
    """What it is looked up by, `valid_accuracy`; one of an objective's."""
    goal: Goal = field()
    """Which way is better: "min" or "max"."""
    unit: str = field(default="")
    """"%", "s", "count", "1" for a plain number; empty where nobody says."""
    split: Split = field(default="none")
    """The data that it is measured on: "train", "valid" or "test"; "none" for what is no matter of data, as a size."""
    bounds: tuple[float, float] | None = field(default=None, converter=as_tuple)
    """The least and the most that it can be, in its unit; None where any finite number can be."""
    description: str = field(default="")
    """What the number is of, in the words of its maker: which data, device, batch, number of epochs."""
    origin: str = field(default="")
    """"measured", "derived: " and how, or "predicted: " and by what; empty where nobody says."""

    @name.validator
    def _named(self, _: Any, name: object) -> None:
        if not name or not is_one_line(name):
            raise InvalidOption(f"A metric has a name, a string such as 'valid_accuracy', not {name!r:.80}.")

    @unit.validator
    @description.validator
    def _in_words(self, attribute: Any, given: object) -> None:
        if not is_one_line(given):
            raise InvalidOption(f"The {attribute.name} of metric {self.name!r} is one line of text, not {given!r:.80}.")

    @bounds.validator
    def _an_interval(self, _: Any, bounds: Any) -> None:
        if bounds is None:
            return
        if not isinstance(bounds, tuple) or [*map(is_number, bounds)] != [True, True]:
            raise InvalidOption(
                f"The bounds of metric {self.name!r} are two numbers, the lower first, such as (0.0, 100.0), not "
                f"{bounds!r:.80}."
            )

    @goal.validator
    @split.validator
    def _one_of_few(self, attribute: Any, given: object) -> None:
        known = get_args(Goal if attribute.name == "goal" else Split)
        if not isinstance(given, str) or given not in known:
            hint = near(str(given).lower(), known)
            raise InvalidOption(f"The {attribute.name} of metric {self.name!r} cannot be {given!r:.80}. {hint}")

    @origin.validator
    def _says_how(self, _: Any, origin: object) -> None:
        if not isinstance(origin, str) or not re.fullmatch(r"|measured|(derived|predicted): \S.*", origin):
            raise InvalidOption(
                f"The origin of metric {self.name!r} is {origin!r:.120}; wanted 'measured', 'derived: ' and how, or "
                "'predicted: ' and by what."
            )

    @property
    def sign(self) -> int:
        """The factor that makes smaller better."""
        return 1 if self.goal == "min" else -1

    @property
    def shown_unit(self) -> str:
        """The unit as it is printed beside a number: none of a plain number."""
        return "" if self.unit == "1" else self.unit
