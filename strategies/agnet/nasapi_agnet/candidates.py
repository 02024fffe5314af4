"""The candidates of a round: valid architectures that were not evaluated, drawn from the generator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen
from nasapi_toolkit.unseen import Unseen
from numpy.typing import NDArray

from nasapi.space import Codes
from nasapi_agnet.sampling import Samples


@frozen(eq=False)
class Candidates:
    """What a round chooses from."""

    codes: Codes
    """(m, d)"""
    scores: NDArray[np.float32]
    """(m, f): what each was drawn from."""
    drawn: int
    """How many z it took."""
    valid: int
    """How many of them were architectures."""


def collect(
    sample: Callable[[int], Samples], unseen: Unseen, draws: tuple[int, ...], limit: int, rng: np.random.Generator
) -> Candidates:
    """Draw batches of growing size until more than `limit` are new, then choose that many at random.

    New is what was not evaluated and is not among the candidates already, by `unseen`. Where the last batch leaves
    fewer than that, all of them are the candidates.
    """
    codes: list[Codes] = []
    scores: list[NDArray[np.float32]] = []
    listed: set[tuple[int, ...]] = set()
    drawn = valid = 0
    for size in draws:
        samples = sample(size)
        drawn += size
        rows = np.flatnonzero(samples.codes[:, 0] >= 0)
        valid += len(rows)
        names = list(map(tuple, unseen.names(samples.codes[rows]).tolist()))
        for row, name in zip(rows.tolist(), names, strict=True):
            if name not in unseen.taken and name not in listed:
                listed.add(name)
                codes.append(samples.codes[row])
                scores.append(samples.scores[row])
        if len(codes) > limit:
            break
    chosen = rng.permutation(len(codes))[:limit] if len(codes) > limit else np.arange(len(codes))
    width = samples.scores.shape[1]
    return Candidates(
        np.array(codes, np.int64).reshape(len(codes), -1)[chosen] if codes else samples.codes[:0],
        np.array(scores, np.float32).reshape(len(codes), width)[chosen],
        drawn,
        valid,
    )
