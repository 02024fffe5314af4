"""The probability that a run of one strategy is better than a run of another: its interval and its test."""

from __future__ import annotations

import numpy as np

from nasapi_report.stats.intervals import Estimate, Floats, student_quantile

_EDGE = 0.4  # from 1/2; beyond it the variance that was seen is not trusted to be as small as it looks


def better_run(a: Floats, b: Floats, *, level: float = 0.95) -> tuple[Estimate, float]:
    """P(A > B) + P(A = B)/2 for independent values a (n,) and b (m,) with its interval, and the p-value against 1/2.

    The estimate is the Mann-Whitney statistic over n m, its variance Brunner and Munzel's (Biometrical Journal 2000),
    the interval Wilson's for a share from so many tosses as have that variance, with Student's quantile. Near 0 and 1,
    and where no variance is seen, the variance is at least that of Hanley and McNeil (Radiology 1982). The p-value is
    the larger of Brunner and Munzel's, which does not ask for equal spread, and Mann and Whitney's, which does not
    grow too small for few values. One value on either side gives no interval and p = 1.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    n, m = len(a), len(b)
    wins = (a[:, None] > b[None]) + 0.5 * (a[:, None] == b[None])
    share = float(wins.mean())
    if min(n, m) < 2:
        return Estimate(share, np.nan, np.nan), 1.0
    left, right = float(wins.mean(axis=1).var(ddof=1)) / n, float(wins.mean(axis=0).var(ddof=1)) / m
    variance = left + right
    degrees = variance**2 / (left**2 / (n - 1) + right**2 / (m - 1)) if variance > 0 else min(n, m) - 1.0
    p = max(_welch(share, variance, degrees), _mann_whitney(share, a, b))
    tosses = share * (1 - share) / variance if variance > 0 else np.inf
    if variance == 0 or abs(share - 0.5) > _EDGE:
        tosses = min(tosses, _fewest_tosses(share, n, m))
    z = float(student_quantile((1 + level) / 2, degrees))
    scale = 1 + z * z / tosses
    centre = (share + z * z / (2 * tosses)) / scale
    half = z * float(np.sqrt(share * (1 - share) / tosses + z * z / (4 * tosses * tosses))) / scale
    return Estimate(share, max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))), p


def _fewest_tosses(share: float, n: int, m: int) -> float:
    """How many tosses have the variance of Hanley and McNeil, which needs the share alone.

    Var = p (1-p) (1 + (N-1) ((1-p)/(2-p) + p/(1+p))) / n m, N the mean of n and m (Newcombe, Statistics in Medicine
    2006, method 5).
    """
    return n * m / (1 + ((n + m) / 2 - 1) * ((1 - share) / (2 - share) + share / (1 + share)))


def _welch(share: float, variance: float, degrees: float) -> float:
    """The two-sided p-value of Brunner and Munzel."""
    if share == 0.5:
        return 1.0
    if variance == 0:
        return 0.0
    from scipy.special import stdtr

    return 2 * float(stdtr(degrees, -abs(share - 0.5) / np.sqrt(variance)))


def _mann_whitney(share: float, a: Floats, b: Floats) -> float:
    """The two-sided p-value of Mann and Whitney's test by the normal law, corrected for ties and continuity."""
    from scipy.special import ndtr

    n, m = len(a), len(b)
    counts = np.unique(np.concatenate([a, b]), return_counts=True)[1].astype(np.float64)
    total = float(n + m)
    tied = float((counts**3 - counts).sum()) / (total * (total - 1))
    spread = np.sqrt(n * m / 12 * (total + 1 - tied))
    away = abs(share - 0.5) * n * m
    return 1.0 if spread == 0 else min(1.0, 2 * float(ndtr(-max(away - 0.5, 0.0) / spread)))
