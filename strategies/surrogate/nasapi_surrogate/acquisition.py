"""How much an evaluation of each candidate is wanted, from what a model predicts of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

from nasapi_surrogate.models import Features, Model, Vector

ACQUISITIONS = ("ei", "ucb", "pi", "its", "ts", "mean")

_LEAST = 1e-9  # a spread below this is none


def wanted(
    kind: str, model: Model, features: Features, best: float, kappa: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(m,): larger is more wanted, given the smallest target `best` so far.

    "ei" is the logarithm of the expected improvement (Jones, Schonlau & Welch 1998, eq. 15), "pi" that of its
    probability (Kushner 1964), "ucb" the mean less `kappa` spreads with the sign turned (Srinivas et al. 2010), "its"
    one independent draw a candidate (White et al., "BANANAS", 2021, section 5), "ts" one draw of the whole function
    (Thompson 1933), "mean" the expectation alone.
    """
    if kind == "ts":
        return -model.draw(features, rng)
    mean, spread = model.predict(features)
    if kind == "mean":
        return -mean
    if kind == "ucb":
        return kappa * spread - mean
    if kind == "its":
        return -(mean + spread * rng.standard_normal(len(mean)))
    spread = np.maximum(spread, _LEAST)
    gain = (best - mean) / spread
    return np.asarray(log_ndtr(gain)) if kind == "pi" else _log_improvement(gain, spread)


def _log_improvement(gain: Vector, spread: Vector) -> Vector:
    """The logarithm of spread (gain Phi(gain) + phi(gain)), which far below 0 is that of phi(gain) / gain^2."""
    density = -0.5 * gain**2 - 0.5 * np.log(2 * np.pi)
    near = gain > -20.0
    safe = np.where(near, gain, 0.0)
    exact = np.log(safe * ndtr(safe) + np.exp(-0.5 * safe**2) / np.sqrt(2 * np.pi))
    # the asymptotic series of the Mills ratio, three terms
    far = np.where(near, -20.0, gain)
    tail = density - 2 * np.log(-far) + np.log1p(-3 / far**2 + 15 / far**4)
    return np.asarray(np.log(spread) + np.where(near, exact, tail))
