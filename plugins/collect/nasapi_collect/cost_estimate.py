"""What a collection will cost, measured on a few of its networks before it is begun."""

from __future__ import annotations

from attrs import frozen

from nasapi_collect.workplace import Measured, Workplace


@frozen
class Plan:
    """The cost of a collection, from a few of its units."""

    units: int
    seeds: int
    tried: int
    parts: dict[str, float]
    """Mean CPU seconds of a unit, by part."""

    @property
    def unit(self) -> float:
        """Mean CPU seconds of a unit, all its seeds."""
        return sum(self.parts.values())

    @property
    def total(self) -> float:
        """CPU seconds of all units."""
        return self.units * self.unit


def plan(workplace: Workplace, tries: int = 3) -> tuple[Plan, list[Measured]]:
    """The plan of a recipe from its first `tries` units in the order of collection, which are a random sample."""
    measured = [workplace.measure(row) for row in workplace.units.order[:tries]]
    names = dict.fromkeys(name for one in measured for name in one.seconds)
    parts = {name: sum(one.seconds.get(name, 0.0) for one in measured) / len(measured) for name in names}
    return Plan(len(workplace.codes), len(workplace.recipe.seeds), len(measured), parts), measured
