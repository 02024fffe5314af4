"""Mutation gene by gene, as the comparisons on NAS-Bench tables do it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi import Codes, SearchSpace

_TRIES = 64  # draws of a mutant that is no architecture, before a step to a neighbour stands in


def mutate_genes(space: SearchSpace, codes: Codes, rng: np.random.Generator) -> Codes:
    """(n, d): a mutant of each code, in which every gene has changed with its probability.

    White, Neiswanger & Savani, "BANANAS", AAAI 2021, and its authors' code: on NAS-Bench-101 a link with 1/21 and an
    operation with 1/5, drawn again until the cell is valid; on NAS-Bench-201 an operation with 1/4. Elsewhere it is a
    step to a uniformly drawn neighbour, as the code has it for DARTS. A mutant may be its parent.
    """
    rates = _rates(space)
    if rates is None or not len(codes):
        return space.mutate(codes, rng)
    sizes = np.asarray(space.cardinalities)
    made = codes.copy()
    left = np.arange(len(codes))
    for _ in range(_TRIES):
        parents = codes[left]
        changed = rng.random(parents.shape) < rates
        other = (parents + rng.integers(1, sizes, parents.shape)) % sizes
        drawn = np.where(changed, other, parents)
        good = space.valid(drawn)
        made[left[good]] = drawn[good]
        left = left[~good]
        if not len(left):
            return made
    made[left] = space.mutate(codes[left], rng)
    return made


def _rates(space: SearchSpace) -> NDArray[np.float64] | None:
    """(d,): the probability of each gene to change; None where none was published."""
    family = space.family
    sizes = np.asarray(space.cardinalities)
    if family == "nb201":
        return np.full(len(sizes), 1 / 4)
    if family == "nb101":  # links are the genes of two values; of each kind one is expected to change
        links = sizes == 2
        rates: NDArray[np.float64] = np.where(links, 1 / max(links.sum(), 1), 1 / max((~links).sum(), 1))
        return rates
    return None
