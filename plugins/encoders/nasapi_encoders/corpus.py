"""What an encoder is trained on: uniform codes, or different networks as far as they can be reached."""

from __future__ import annotations

import numpy as np

from nasapi.space import Codes, SearchSpace

_CHILDREN = 3  # mutants of each network a round


def networks(space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
    """(at most n, d): canonical codes of different networks.

    Uniform codes favour networks that many codes name: in nb101 one in 300 has all seven vertices, as 85 % of the
    networks have. So the different networks among a tenth as many uniform codes are mutated, and the different ones
    among these with them, until there are `n` or a round adds none.
    """
    found = np.unique(space.canonical(space.sample(max(n // 10, 1), rng)), axis=0)
    while len(found) < n:
        mutants = space.mutate(np.repeat(found, _CHILDREN, axis=0), rng)
        grown = np.unique(np.concatenate([found, space.canonical(mutants)]), axis=0)
        if len(grown) == len(found):
            break
        found = grown
    return found[rng.permutation(len(found))[:n]]
