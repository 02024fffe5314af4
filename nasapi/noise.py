"""Noise: a number for each row, drawn by a hash; tables pick a training by it (`nasapi.tables.objective`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi.codes import Codes


def row_noise(seed: int, codes: Codes) -> NDArray[np.uint64]:
    """(n,): each row's own draw, a hash of the run's seed and the row's code (splitmix64)."""
    state = np.full(len(codes), seed % 2**64, np.uint64)
    for word in (np.full(len(codes), -1), *codes.T):  # the first word mixes the seed alone
        state = (state ^ word.astype(np.int64).view(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = state ^ (state >> np.uint64(31))
    return state
