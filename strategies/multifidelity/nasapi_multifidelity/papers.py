"""What the strategies of this package were published as, and where they depart from that."""

from __future__ import annotations

from nasapi.strategy import Paper

_DRAWS = "Draws are without repetition."
_LEVELS = (
    "Levels are those that the benchmark has: the highest, then each time the highest that is at most 1 / eta of the "
    "one before; where they are not powers of eta, what goes on is the ratio of the levels."
)
_SPREAD = "The next bracket begins while results of the last are awaited; one after another it is the paper's."
_CONSTRAINTS = "What breaks a constraint ranks behind what keeps it; the paper knows no constraints."
_FAILED = "What failed goes on nowhere, even where too few succeeded."

SUCCESSIVE_HALVING = Paper(
    "Jamieson & Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization",
    "AISTATS 2016, arXiv:1502.07943",
    (
        "algorithm 1",
        "n, eta and s as in algorithm 1 of Li et al., A System for Massively Parallel Hyperparameter Tuning, MLSys "
        "2020",
    ),
    departures=(
        "A third goes on, as in Hyperband; in the paper of 2016 it is half.",
        "By default as many begin as leave one at the highest level, and then again as many, until the budget is "
        "spent; the paper divides a budget that is known before.",
        _DRAWS,
        _LEVELS,
        _SPREAD,
        _FAILED,
        _CONSTRAINTS,
    ),
)
HYPERBAND = Paper(
    "Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar, Hyperband: A Novel Bandit-Based Approach to Hyperparameter "
    "Optimization",
    "JMLR 18(185), 2018, arXiv:1603.06560",
    ("algorithm 1, eta = 3", "table 1", "the brackets again and again until the budget is spent, section 3"),
    departures=(_DRAWS, _LEVELS, _SPREAD, _FAILED, _CONSTRAINTS),
)
ASHA = Paper(
    "Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht & Talwalkar, A System for Massively Parallel "
    "Hyperparameter Tuning",
    "MLSys 2020, arXiv:1810.05934",
    ("algorithm 2, s = 0",),
    departures=(
        "A third goes on, as in Hyperband, so that every level of NAS-Bench-101 is used; the paper's experiments have "
        "a quarter.",
        _DRAWS,
        _LEVELS,
        _FAILED,
        _CONSTRAINTS,
    ),
)
BOHB = Paper(
    "Falkner, Klein & Hutter, BOHB: Robust and Efficient Hyperparameter Optimization at Scale",
    "ICML 2018, arXiv:1807.01774",
    (
        "algorithms 1 and 2, equations 2 and 3, the defaults of section 4",
        "kernels and bandwidths of categories as in the authors' code, hpbandster 0.7.4",
    ),
    departures=(
        "No code is proposed twice, and draws that are no architectures of the space are passed over; where none of "
        "the 64 is left, one is drawn uniformly.",
        "A bandwidth is at most (c - 1) / c for c values, at which the kernel is uniform; in the authors' code it can "
        "pass 1, where a kernel is negative.",
        "The kernel counts all values that a gene takes; the authors' code those that were seen.",
        _LEVELS,
        _SPREAD,
        _FAILED,
        _CONSTRAINTS,
    ),
)
