"""Whether runs agree with a published mean, which is itself a mean of a few runs and rounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import InvalidOption
from nasapi_report.stats.intervals import Estimate, student_quantile
from nasapi_report.stats.paired import ALPHA, holm

Words = Literal["holds", "better", "short", "too few runs to say"]


@frozen
class Agreement:
    """Runs beside a published mean, by a comparison of two samples."""

    difference: Estimate
    """Ours minus the published, with a 95 % interval that takes both samples and the rounding into account."""
    p_differs: float
    """Of the test that the expectations are equal, rounding apart."""
    p_equal: float
    """Of the two one-sided tests that they differ by `region` or more, whatever was lost by rounding."""
    region: float
    """The equivalence bounds: one standard deviation of a single run, or one unit of the published last decimal."""

    def verdict(self, adjusted: float, goal: Literal["min", "max"]) -> Words:
        """What to say where `adjusted` is `p_differs` after the correction over its table.

        "holds" is asked first, at 5 % for each number by itself: a difference below the region is then no difference,
        however sure it is.
        """
        if self.p_equal < ALPHA:
            return "holds"
        if not adjusted < ALPHA:
            return "too few runs to say"
        return "better" if (self.difference.value > 0) == (goal == "max") else "short"


def agreement(
    ours: NDArray[np.float64], published: float, *, runs: int, spread: float | None = None, rounding: float = 0.005
) -> Agreement:
    """Compare runs (n,) with a published mean of so many `runs`; 0 for a number that is exact.

    Their standard deviation is `spread` where it was published, and taken to be ours where it was not. Welch's
    statistic with Satterthwaite's degrees of freedom; `rounding` is half a unit of the published last decimal, which
    brings the means together for the test that they differ and apart for those that they are equivalent, two one-sided
    tests (Schuirmann, J. Pharmacokin. Biopharm. 15, 1987). With ever more runs of ours the error of the published mean
    stays, so that a true row does not come to fail.

    Where all of our n runs end alike and no deviation was published, that says nothing of how theirs vary. A published
    mean elsewhere shows that one of theirs ended elsewhere, and that none of ours did has, were all n + `runs` of one
    law, at most the chance `runs` / (n + `runs`), which is then the p-value; the interval is that of the rounding.

    Raises InvalidOption for fewer than two runs.
    """
    ours = np.asarray(ours, np.float64)
    n = len(ours)
    if n < 2 or not np.isfinite(ours).all():
        raise InvalidOption(f"A comparison with a published mean needs at least 2 finite results, not {n}.")
    own = float(ours.std(ddof=1)) if np.ptp(ours) else 0.0
    theirs = own if spread is None else spread
    parts = own**2 / n, (theirs**2 / runs if runs else 0.0)
    difference = float(ours.mean()) - published
    least, most = max(abs(difference) - rounding, 0.0), abs(difference) + rounding
    region = max(own, theirs if runs else 0.0, 2 * rounding)
    if not sum(parts):
        same = abs(difference) <= rounding + 1e-9 * max(1.0, abs(published))
        unlike = runs / (n + runs) if runs and spread is None else 0.0
        exact = Estimate(difference, difference - rounding, difference + rounding)
        return Agreement(exact, 1.0 if same else unlike, float(not same), region)
    error = np.sqrt(sum(parts))
    degrees = _degrees(parts, n, runs, spread)
    half = float(student_quantile(1 - ALPHA / 2, degrees)) * error + rounding
    return Agreement(
        Estimate(difference, difference - half, difference + half),
        float(min(2 * _above(least / error, degrees), 1.0)),
        float(_above((region - most) / error, degrees)),
        region,
    )


def verdicts(found: Sequence[Agreement], goals: Sequence[Literal["min", "max"]]) -> list[Words]:
    """A word for each comparison of one table; that one differs is corrected over all of them by Holm."""
    adjusted = holm([one.p_differs for one in found])
    return [one.verdict(float(p), goal) for one, p, goal in zip(found, adjusted, goals, strict=True)]


def worded(found: Agreement, word: Words) -> str:
    """The word, with how far apart the means are where it says that they differ: "short by 0.12"."""
    return f"{word} by {abs(found.difference.value):.2f}" if word in ("better", "short") else word


def _degrees(parts: tuple[float, float], n: int, runs: int, spread: float | None) -> float:
    if spread is None or not runs or runs < 2:
        return n - 1.0
    return float(sum(parts) ** 2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (runs - 1)))


def _above(t: float, degrees: float) -> Any:
    from scipy.special import stdtr

    return stdtr(degrees, -t)
