"""An objective that gives some of another's metrics, so that two with a metric of one name can be joined."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from nasapi.objective import Columns, Objective, Wrapped
from nasapi.space import Codes


class Without(Wrapped):
    """Another objective without some of its metrics."""

    def __init__(self, objective: Objective, names: Collection[str]):
        """Leave the metrics `names` of `objective` out."""
        super().__init__(objective)
        self.metrics = tuple(metric for metric in objective.metrics if metric.name not in names)
        self.missing = {name: how for name, how in objective.missing.items() if name not in names}
        self.failures = {name: why for name, why in objective.failures.items() if name not in names}

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The other columns, at the same cost."""
        kept = {"cost", *(metric.name for metric in self.metrics)}
        return {
            name: column for name, column in self.objective.evaluate(codes, fidelity, noise).items() if name in kept
        }
