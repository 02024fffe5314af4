"""Which of the scored candidates are evaluated next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from nasapi_agnet.surrogate import Matrix
from nasapi_agnet.weights import ranks

_SLOPE = 0.05  # of the sum in the augmented Chebyshev function (Knowles, ParEGO, 2006)


def choose(
    kind: str,
    mean: Matrix,
    spread: Matrix,
    known: Matrix,
    bounds: Matrix,
    n: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """(at most n,): distinct rows of the candidates, the most wanted first.

    `mean` and `spread` are (m, goals + constraints), `known` (N, goals) the goals of what was evaluated and feasible,
    `bounds` (constraints, 2); the goals are minimised. "mean" takes the best predicted ranks at once, as AG-Net does;
    "thompson" and "ei" choose one after the other, each by its own draw and, with several goals, its own weights.
    """
    goals = mean.shape[1] - len(bounds)
    n = min(n, len(mean))
    if kind == "mean":
        violations = _violations(mean[:, goals:], bounds)
        return np.argsort(ranks(mean[:, :goals], violations), kind="stable")[:n]
    left = np.ones(len(mean), np.bool_)
    chosen = []
    for _ in range(n):
        weights = rng.dirichlet(np.ones(goals)) if goals > 1 else np.ones(1)
        pick = _thompson if kind == "thompson" else _improvement
        order = pick(mean, spread, known, bounds, weights, rng)
        row = int(next(row for row in order if left[row]))
        left[row] = False
        chosen.append(row)
    return np.array(chosen, np.int64)


def _thompson(
    mean: Matrix, spread: Matrix, known: Matrix, bounds: Matrix, weights: Matrix, rng: np.random.Generator
) -> NDArray[np.int64]:
    """The order of one draw: what it takes to be feasible by its loss, then the rest by violation.

    Independent draws, as in BANANAS (White et al., 2021); constraints as in SCBO (Eriksson & Poloczek, 2021).
    """
    goals = len(weights)
    drawn = mean + spread * rng.standard_normal(mean.shape)
    loss = _chebyshev(drawn[:, :goals], weights)
    return np.lexsort((loss, _violations(drawn[:, goals:], bounds).sum(axis=1)))


def _improvement(
    mean: Matrix, spread: Matrix, known: Matrix, bounds: Matrix, weights: Matrix, rng: np.random.Generator
) -> NDArray[np.int64]:
    """The order of expected improvement times probability of feasibility (Gardner et al., 2014), in logarithms.

    Where nothing feasible is known, the probability of feasibility alone decides.
    """
    goals = len(weights)
    low, high = bounds[:, 0], bounds[:, 1]
    deviation = np.maximum(spread[:, goals:], 1e-9)
    feasible = ndtr((high - mean[:, goals:]) / deviation) - ndtr((low - mean[:, goals:]) / deviation)
    score = np.log(np.maximum(feasible, 1e-300)).sum(axis=1)
    if len(known):
        best = float((known @ weights).min())
        expected = mean[:, :goals] @ weights
        scale = np.maximum(np.sqrt((spread[:, :goals] ** 2) @ (weights**2)), 1e-9)
        gain = (best - expected) / scale
        improvement = scale * (gain * ndtr(gain) + np.exp(-0.5 * gain**2) / np.sqrt(2 * np.pi))
        score = score + np.log(np.maximum(improvement, 1e-300))
    return np.argsort(-score, kind="stable")


def _violations(values: Matrix, bounds: Matrix) -> Matrix:
    """(m, constraints): by how much values are out of bounds."""
    return np.asarray(np.maximum(np.maximum(bounds[:, 0] - values, values - bounds[:, 1]), 0.0))


def _chebyshev(losses: Matrix, weights: Matrix) -> NDArray[np.float64]:
    """(m,): several goals as one, whose minima over all weights are the whole front (augmented Chebyshev)."""
    weighted = (losses - losses.min(axis=0)) * weights
    return np.asarray(weighted.max(axis=1) + _SLOPE * weighted.sum(axis=1))
