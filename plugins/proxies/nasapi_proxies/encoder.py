"""Training-free scores as features, for surrogates: a cell's score, and whether it has one."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.encoder import Encoder
from nasapi.errors import InvalidOption
from nasapi.space import Codes, SearchSpace
from nasapi_proxies.objective import BatchSize, DataName, NetworkText, ProxyObjective, Seed, objective_for


class ProxyEncoder(Encoder):
    """Two features an architecture: its score with untrained weights, the larger the better, and 1, or 0 and 0.

    The latter where the score is none, as for the zero function. Each architecture costs what its score costs
    (docs/proxies.md), so a pool of thousands takes minutes; scores are remembered.
    """

    def __init__(
        self,
        space: SearchSpace,
        *,
        name: Annotated[str, option.text(help="The score, such as naswot or synflow.")] = "naswot",
        batch: BatchSize = None,
        data: DataName = "noise",
        seed: Seed = 0,
        network: NetworkText = None,
    ):
        """The score `name` of networks of `space`; options as of the objectives of nasapi-proxies.

        Raises InvalidOption where the space builds no networks or there is no such score.
        """
        if space.builder is None:
            raise InvalidOption(f"{space.id} builds no networks, so that none can be scored; take another encoder.")
        self.space = space
        self.dim = (2,)
        self._objective = objective_for(space, name, batch=batch, data=data, seed=seed, network=network)

    def encode(self, codes: Codes) -> NDArray[np.float64]:
        """(n, 2) float64."""
        return ranked(self._objective, codes)


def ranked(objective: ProxyObjective, codes: Codes) -> NDArray[np.float64]:
    """(n, 2): the score, turned so that larger is better, and 1; 0 and 0 where there is none."""
    values = objective.evaluate(codes)[objective.proxy.metric]
    there = np.isfinite(values)
    sign = 1.0 if objective.proxy.goal == "max" else -1.0
    return np.stack([np.where(there, sign * np.where(there, values, 0.0), 0.0), there.astype(np.float64)], 1)
