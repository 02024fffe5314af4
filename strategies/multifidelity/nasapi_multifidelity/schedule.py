"""The schedule: which levels are used, how many architectures begin, and how many of them go on."""

from __future__ import annotations

from collections.abc import Sequence

from nasapi.fidelity import Fidelity
from nasapi.problem import Problem

Levels = tuple[int, ...]
"""Rising levels, the last of which is the real thing; (1,) where a problem has no fidelity."""


def levels_of(fidelity: Fidelity | None, eta: float) -> Levels:
    """The levels to use: the highest, then each time the highest that is at most 1 / `eta` of the one before.

    Of 1, 2, 3, … 200 epochs and `eta` = 3 they are 2, 7, 22, 66 and 200; of 12 and 200 both.
    """
    if fidelity is None:
        return (1,)
    used = [fidelity.levels[-1]]
    for level in reversed(fidelity.levels):
        if level > 0 and level * eta <= used[-1]:
            used.append(level)
    return tuple(reversed(used))


def asked(problem: Problem, level: int) -> int | None:
    """The fidelity of a trial at a level: None where it is the highest."""
    return None if problem.fidelity is None or level == problem.fidelity.levels[-1] else level


def sizes(n: int, levels: Sequence[int]) -> tuple[int, ...]:
    """How many of `n` are left at each level, so that no level costs more than the first, and one at least.

    Li et al., JMLR 18(185), 2018, algorithm 1, lines 5 and 6: n_i = floor(n eta^-i), eta^i being the ratio of the
    levels. Where these are not powers of eta, it is the ratio that counts: of 17 at 12 epochs 1 goes on to 200.
    """
    return tuple(max(n * levels[0] // level, min(n, 1)) for level in levels)


def brackets(levels: Levels) -> list[tuple[int, Levels]]:
    """Hyperband's brackets, the one that begins lowest first: how many begin, and at which levels.

    Li et al., algorithm 1, lines 1 to 3: n = ceil(B/R eta^s / (s + 1)) with B = (s_max + 1) R, that is as many as make
    each of the s + 1 levels cost B / (s + 1).
    """
    top = levels[-1]
    found = []
    for first in range(len(levels)):
        used = levels[first:]
        found.append((-(-len(levels) * top // (len(used) * used[0])), used))
    return found
