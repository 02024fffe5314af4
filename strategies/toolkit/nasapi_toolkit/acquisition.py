"""Acquisition: how much an evaluation of each candidate is worth, from what models predict of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

from nasapi.errors import InvalidOption, near
from nasapi_toolkit.models.model import Features, Model, Vector
from nasapi_toolkit.observations import Matrix
from nasapi_toolkit.ranks import ranks

ACQUISITIONS = ("ei", "ucb", "pi", "its", "ts", "mean")
"""The kinds that `acquisition_values` takes."""
JOINT_ACQUISITIONS = ("its", "ei", "mean")
"""The kinds that `choose` takes."""
DECIMALS = 5
"""Beyond these candidates have equal acquisition values and go by row; processors differ in the seventh."""

_LEAST = 1e-9  # a spread below this is none
_MOST = 1 - 1e-15  # of a tail that an interval's lower end cuts off
_SLOPE = 0.05  # of the sum in the augmented Chebyshev function (Knowles, ParEGO, 2006)


def acquisition_values(
    kind: str, model: Model, features: Features, best: float, kappa: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(m,): acquisition values, the larger the better, given the smallest target `best` so far.

    "ei" is the logarithm of the expected improvement (Jones, Schonlau & Welch 1998, eq. 15), "pi" that of its
    probability (Kushner 1964), "ucb" the mean less `kappa` spreads with the sign turned (Srinivas et al. 2010), "its"
    one independent draw a candidate (White et al., "BANANAS", 2021, section 5), "ts" one draw of the whole function
    (Thompson 1933), "mean" the expectation alone. Raises InvalidOption for another kind.
    """
    if kind not in ACQUISITIONS:
        raise InvalidOption(f"There is no acquisition {kind!r}. {near(kind, ACQUISITIONS)}")
    if kind == "ts":
        return -model.draw(features, rng)
    mean, spread = model.predict(features)
    if kind == "mean":
        return -mean
    if kind == "ucb":
        return kappa * spread - mean
    if kind == "its":
        return -_drawn(mean, spread, rng)
    if kind == "pi":
        return np.asarray(log_ndtr((best - mean) / np.maximum(spread, _LEAST)))
    return log_improvement(mean, spread, best)


def choose(
    kind: str, mean: Matrix, spread: Matrix, observed: Matrix, bounds: Matrix, n: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """(at most n,): distinct rows of the candidates, the best acquisition first, for several goals and constraints.

    `mean` and `spread` are (m, goals + constraints), `observed` (N, goals) the goals of feasible observations,
    `bounds` (constraints, 2); the goals are minimised. "mean" takes the best predicted ranks at once, as AG-Net does;
    "its" and "ei" choose one after the other, each by its own draw and, with several goals, its own weights. What is
    equal to five decimals goes by row. Raises InvalidOption for another kind.
    """
    if kind not in JOINT_ACQUISITIONS:
        raise InvalidOption(f"No rows are chosen by {kind!r}. {near(kind, JOINT_ACQUISITIONS)}")
    goals = mean.shape[1] - len(bounds)
    n = min(n, len(mean))
    if kind == "mean":
        violations = _violations(mean[:, goals:], bounds)
        return np.argsort(ranks(mean[:, :goals].round(DECIMALS), violations.round(DECIMALS)), kind="stable")[:n]
    left = np.ones(len(mean), np.bool_)
    chosen = []
    for _ in range(n):
        weights = rng.dirichlet(np.ones(goals)) if goals > 1 else np.ones(1)
        if kind == "its":
            order = _by_draw(mean, spread, bounds, weights, rng)
        else:
            order = _by_improvement(mean, spread, observed, bounds, weights)
        row = int(order[left[order].argmax()])
        left[row] = False
        chosen.append(row)
    return np.array(chosen, np.int64)


def log_improvement(mean: Vector, spread: Vector, best: float) -> Vector:
    """(m,): the logarithm of the expected improvement on `best`, finite however small it is.

    It is that of spread (gain Phi(gain) + phi(gain)), which far below 0 is phi(gain) / gain^2.
    """
    spread = np.maximum(spread, _LEAST)
    gain = (best - mean) / spread
    near = gain > -20.0
    safe = np.where(near, gain, 0.0)
    exact = np.log(safe * ndtr(safe) + np.exp(-0.5 * safe**2) / np.sqrt(2 * np.pi))
    # the asymptotic series of the Mills ratio, three terms
    far = np.where(near, -20.0, gain)
    density = -0.5 * far**2 - 0.5 * np.log(2 * np.pi)
    tail = density - 2 * np.log(-far) + np.log1p(-3 / far**2 + 15 / far**4)
    return np.asarray(np.log(spread) + np.where(near, exact, tail))


def log_feasibility(mean: Matrix, spread: Matrix, bounds: Matrix) -> Vector:
    """(m,): the logarithm of the probability that every constrained value, (m, constraints), is within bounds.

    It tells candidates apart however improbable they are on either side, down to the probability of no float.
    """
    spread = np.maximum(spread, _LEAST)
    low, high = (bounds[:, 0] - mean) / spread, (bounds[:, 1] - mean) / spread
    low, high = np.where(low + high > 0, -high, low), np.where(low + high > 0, -low, high)  # into the lower tail
    share = np.exp(log_ndtr(low) - log_ndtr(high))
    return np.asarray((log_ndtr(high) + np.log1p(-np.minimum(share, _MOST))).sum(axis=1))


def _by_draw(
    mean: Matrix, spread: Matrix, bounds: Matrix, weights: Vector, rng: np.random.Generator
) -> NDArray[np.int64]:
    """The order of one draw: what it takes to be feasible by its loss, then the rest by violation.

    Constraints as in SCBO (Eriksson & Poloczek, 2021).
    """
    goals = len(weights)
    drawn = _drawn(mean, spread, rng)
    loss = _chebyshev(drawn[:, :goals], weights)
    return np.lexsort((loss, _violations(drawn[:, goals:], bounds).sum(axis=1)))


def _by_improvement(
    mean: Matrix, spread: Matrix, observed: Matrix, bounds: Matrix, weights: Vector
) -> NDArray[np.int64]:
    """The order of expected improvement times probability of feasibility (Gardner et al., 2014), in logarithms.

    Where nothing feasible is known, the probability of feasibility alone decides.
    """
    goals = len(weights)
    score = log_feasibility(mean[:, goals:], spread[:, goals:], bounds)
    if len(observed):
        deviation = np.sqrt((spread[:, :goals] ** 2) @ (weights**2))
        score = score + log_improvement(mean[:, :goals] @ weights, deviation, float((observed @ weights).min()))
    return np.argsort(-score.round(DECIMALS), kind="stable")


def _drawn(mean: Matrix, spread: Matrix, rng: np.random.Generator) -> Matrix:
    """One independent draw of each prediction."""
    return np.asarray(mean + spread * rng.standard_normal(mean.shape))


def _violations(values: Matrix, bounds: Matrix) -> Matrix:
    """(m, constraints): by how much values are out of bounds."""
    return np.asarray(np.maximum(np.maximum(bounds[:, 0] - values, values - bounds[:, 1]), 0.0))


def _chebyshev(losses: Matrix, weights: Vector) -> Vector:
    """(m,): several goals as one, whose minima over all weights are the whole front (augmented Chebyshev)."""
    weighted = (losses - losses.min(axis=0)) * weights
    return np.asarray(weighted.max(axis=1) + _SLOPE * weighted.sum(axis=1))
