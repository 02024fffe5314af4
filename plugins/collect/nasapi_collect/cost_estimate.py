"""What a collection will cost, measured on a few of its networks before it is begun."""

from __future__ import annotations

from attrs import frozen

from nasapi_collect.workplace import Measured, Workplace


@frozen
class Plan:
    """The cost of a collection, from a few of its networks."""

    networks: int
    seeds: int
    tried: int
    parts: dict[str, float]
    """Mean CPU seconds of a network, all its seeds, by part."""

    @property
    def seconds_each(self) -> float:
        """Mean CPU seconds of a network, all its seeds."""
        return sum(self.parts.values())

    @property
    def total(self) -> float:
        """CPU seconds of all networks."""
        return self.networks * self.seconds_each


def plan(workplace: Workplace, tries: int = 3) -> tuple[Plan, list[Measured]]:
    """The plan of a recipe from its first `tries` networks in the order of collection, which are a random sample."""
    measured = [workplace.measure(row) for row in workplace.architectures.order[:tries]]
    names = dict.fromkeys(name for one in measured for name in one.seconds)
    parts = {name: sum(one.seconds.get(name, 0.0) for one in measured) / len(measured) for name in names}
    return Plan(len(workplace.codes), len(workplace.recipe.seeds), len(measured), parts), measured
