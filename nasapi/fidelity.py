"""The fidelity: cheaper levels of an evaluation, such as fewer epochs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from attrs import field, frozen

from nasapi.errors import InvalidOption
from nasapi.value_checks import as_plain, is_one_line


def _plain_numbers(given: Any) -> Any:
    """A sequence as a tuple of Python's numbers; anything else as it is."""
    return tuple(map(as_plain, given)) if isinstance(given, (list, tuple)) else given


@frozen
class Fidelity:
    """A cheaper way to evaluate, such as fewer epochs: rising levels, the last of which is the real thing.

    Levels are whole numbers from 1 that cost in proportion.
    """

    name: str = field()
    """What its levels count, `epochs`."""
    levels: tuple[int, ...] = field(converter=_plain_numbers)
    """So many of that, rising, (12, 200)."""
    resumes: bool = field(default=False)
    """Whether levels are stages of one training: a higher one goes on from a lower one and costs the difference.

    Not where each level is a training of its own, with its own schedule of the learning rate.
    """

    @name.validator
    def _named(self, _: Any, name: object) -> None:
        if not name or not is_one_line(name):
            raise InvalidOption(f"A fidelity has a name, a string such as 'epochs', not {name!r:.80}.")

    @levels.validator
    def _rising(self, _: Any, levels: tuple[int, ...]) -> None:
        if not isinstance(levels, tuple) or not all(type(each) is int for each in levels):
            raise InvalidOption(f"The levels of fidelity {self.name!r} are whole numbers, not {levels!r:.80}.")
        if not levels or any(a >= b for a, b in pairwise(levels)):
            raise InvalidOption(f"The levels of fidelity {self.name!r} must rise, not be {levels}.")
        if levels[0] < 1:
            raise InvalidOption(f"The levels of fidelity {self.name!r} are whole numbers from 1, not {levels}.")

    @resumes.validator
    def _yes_or_no(self, _: Any, resumes: object) -> None:
        if not isinstance(resumes, bool):
            raise InvalidOption(f"Levels of fidelity {self.name!r} resume, True, or not, False; not {resumes!r:.80}.")

    def share(self, level: int | None) -> float:
        """What an evaluation at a level is of one at the highest: the level over the highest, 1 for None."""
        return 1.0 if level is None else level / self.levels[-1]
