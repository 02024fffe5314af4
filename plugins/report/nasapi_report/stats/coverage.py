"""How often the intervals called 95% hold the truth, as benchmarks/verdicts.py measured it for laws of a run's end."""

from __future__ import annotations

from collections.abc import Mapping

COVERAGE: Mapping[int, Mapping[str, float]] = {
    10: {
        "normal": 0.948,
        "discrete, four values": 0.9695,
        "discrete, three values": 0.7925,
        "98% at the optimum": 1.0,
        "lognormal": 0.9135,
        "random search": 0.9685,
        "evolution": 0.9925,
        "local search, 98% at the optimum": 1.0,
    },
    30: {
        "normal": 0.947,
        "discrete, four values": 0.9655,
        "discrete, three values": 0.952,
        "98% at the optimum": 0.9985,
        "lognormal": 0.91,
        "random search": 0.963,
        "evolution": 0.9885,
        "local search, 98% at the optimum": 0.999,
    },
}
"""The share of 2,000 studies by number of runs and law; a test holds it against the stored result."""


def coverage_of(runs: int) -> str:
    """A sentence on the coverage with so many runs: of the number measured that is not above it, 10 at least."""
    measured = max((number for number in COVERAGE if number <= runs), default=min(COVERAGE))
    shares = COVERAGE[measured]
    least = sorted(shares, key=lambda law: shares[law])[:2]
    usual = min(share for law, share in shares.items() if law not in least)
    shown = " and ".join(f"{100 * shares[law]:.0f}% ({law})" for law in least)
    rest = f"in {100 * usual:.0f}% or more with the other laws tried"
    return f"In simulations with {measured} runs, intervals called 95% held the truth in {shown}, {rest}."
