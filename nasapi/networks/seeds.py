"""Seeds that torch's generators tell apart."""

from __future__ import annotations

from nasapi.safety.whole_numbers import whole

MOST_SEED = 2**32 - 1
"""The largest: of a larger one torch's generator on the CPU takes the low 32 bits, and draws what those draw."""


def require_seed(seed: object) -> int:
    """The seed as a whole number; raises InvalidOption for what is none, and for one that would draw as another."""
    return whole(seed, 0, MOST_SEED, wanted=f"A seed is a whole number from 0 to {MOST_SEED}")
