"""The budget: how much a run may spend, in trials, networks or simulated seconds."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from attrs import field, frozen

from nasapi.errors import InvalidOption
from nasapi.value_checks import as_plain

Unit = Literal["trials", "unique", "seconds"]


@frozen
class Budget:
    """How much a run may spend: trials, distinct networks, or simulated seconds of evaluation.

    Trials are full-fidelity equivalents: one at a lower level counts for its share of the highest. Where levels resume,
    trials and seconds count what an evaluation adds to what was trained of the same architecture before. A budget of
    networks ends, too, after 50 trials for each of them, and no fewer than 1,000, for a strategy that only repeats.
    """

    limit: float = field(converter=as_plain)
    """So many of the unit; above 0."""
    unit: Unit = field(default="trials")
    """"trials", "unique" (networks, each charged once) or "seconds"."""

    @limit.validator
    def _positive(self, _: Any, limit: float) -> None:
        if isinstance(limit, bool) or not isinstance(limit, (int, float)):
            raise InvalidOption(f"A budget is a number, not {limit!r:.80}.")
        if not limit > 0:
            raise InvalidOption(f"A budget must be more than 0, not {limit!r}.")
        if limit == np.inf:
            raise InvalidOption("A budget must be finite, not inf; a run ends when it is spent.")

    @unit.validator
    def _known(self, _: Any, unit: str) -> None:
        if unit not in ("trials", "unique", "seconds"):
            raise InvalidOption(f"A budget counts 'trials', 'unique' networks or 'seconds', not {unit!r}.")
        if unit != "seconds" and not (self.limit <= 10**7 and self.limit == int(self.limit)):
            raise InvalidOption(f"A budget of {unit} is a whole number up to 10,000,000, not {self.limit!r}.")

    def __str__(self) -> str:
        one = {"trials": "trial", "unique": "unique network", "seconds": "second"}[self.unit]
        return f"{self.limit:,.12g} {one}{'s' * (self.limit != 1)}"
