"""The reference: what is known of a benchmark without searching, and the published values it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from nasapi.errors import InvalidOption
from nasapi.value_checks import is_number


@frozen
class Anchor:
    """A published value of a published architecture, against which a table is held."""

    architecture: str
    """The architecture in its space's own notation."""
    metric: str
    """The name of one of the objective's metrics, or "cost"."""
    value: float = field()
    source: str
    """Where the value was published, in words."""
    tolerance: float = field(default=0.005)
    """By how much the table may differ: half of the last published digit."""
    fidelity: int | None = None
    """The level it was measured at; None is the highest."""

    @value.validator
    @tolerance.validator
    def _a_number(self, attribute: Any, given: object) -> None:
        if not is_number(given):
            raise InvalidOption(f"The {attribute.name} of anchor {self.architecture!r:.80} is a number, not {given!r}.")


@frozen
class Reference:
    """What is known of a benchmark without searching: the best values, and where its numbers come from."""

    optima: Mapping[str, float] = field(factory=dict)
    """The best value of each goal over the whole space, constraints kept; empty where nobody knows.

    Some architecture attains it, none exceeds it.
    """
    point: Mapping[str, float] = field(factory=dict)
    """The reference point of the hypervolume, for several goals.

    It has a value for each goal, none better than the optimum.
    """
    training_sd: Mapping[str, float] = field(factory=dict)
    """The standard deviation of a metric over trainings of one network with other seeds, where it was measured.

    Means that differ by less are practically equal: training the same network again changes as much.
    """
    source: str = ""
    """Who published the numbers, and where."""
    licence: str = ""
    """The licence of the numbers, by its SPDX name where it has one."""
    predicted: bool = False
    """Whether the values are a model's predictions rather than measurements."""
    anchors: tuple[Anchor, ...] = ()
    """Published values of published architectures, one or more for each goal; a table that was measured has them.

    The objective gives each of them to within its tolerance.
    """

    @optima.validator
    @point.validator
    @training_sd.validator
    def _numbers(self, attribute: Any, given: Any) -> None:
        if not isinstance(given, Mapping) or not all(map(is_number, given.values())):
            raise InvalidOption(
                f"The {attribute.name} of a reference has a number for each metric, such as "
                f"{{'valid_accuracy': 91.6}}, not {given!r:.80}."
            )
