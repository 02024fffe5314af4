"""The strategy inside another: loaded from its spec, made for a changed problem, told changed results."""

from __future__ import annotations

import numpy as np

import nasapi
from nasapi import Problem, Strategy
from nasapi.errors import InvalidOption


def inner(spec: str, problem: Problem, rng: np.random.Generator, owner: str) -> Strategy:
    """The strategy of that spec for a problem; raises InvalidOption where it does not support it."""
    factory = nasapi.load_strategy(spec)
    if unsupported := problem.features - factory.target.supports:
        raise InvalidOption(
            f"`{owner}` cannot wrap {spec!r}, which does not support {' or '.join(sorted(unsupported))}; "
            "wrap one that does, or wrap it in 'penalise' for constraints and 'scalarise' for several goals."
        )
    return factory(problem, rng)
