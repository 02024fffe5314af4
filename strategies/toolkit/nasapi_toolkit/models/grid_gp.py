"""A Gaussian process whose length scale and noise are chosen on a grid: exact, quick, with nothing to converge."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray
from scipy.linalg import lapack

from nasapi import options as option
from nasapi_toolkit.models.kernels import KERNELS, correlation, squared_distances
from nasapi_toolkit.models.model import Features, Model, Vector
from nasapi_toolkit.models.process import Process

LENGTHS = (0.5, 0.7, 1.0, 1.5, 2.2, 3.3, 5.0)
"""Length scales tried, in units of the median distance of the observed architectures."""
NOISES = (1e-3, 1e-2, 5e-2, 2e-1)
"""Variances of the noise tried, in units of the signal's."""


@define(eq=False)
class GridGP(Model):
    """A Gaussian process of mean 0 with a Matern-5/2 kernel of the Euclidean distance.

    Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, eqs. 4.17, 2.25, 2.26. Length scale and
    noise maximise the marginal likelihood (eq. 5.8) over `LENGTHS` x `NOISES`, the amplitude in closed form. Both are
    kept while the observations are those of the last search and at most a share of `growth` more, with which the
    process is extended; the amplitude is that of the fit's own targets.
    """

    kernel: str = option.choice("matern", 'The covariance; "rbf" is the squared exponential.', among=KERNELS)
    growth: float = option.number(
        0.25,
        "The share by which observations grow before length scale and noise are chosen again; 0 is at every fit.",
        least=0,
    )
    _searched: int = field(init=False, default=0)
    """With how many observations length scale and noise were chosen."""
    _process: Process | None = field(init=False, default=None)
    _white: Vector = field(init=False)
    """(n,): the whitened targets."""
    _amplitude: float = field(init=False)

    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Condition on the observations; nothing is drawn."""
        rows = np.asarray(features, np.float64)
        if self._process is None or not self._continues(self._process, rows):
            self._process, self._searched = _likeliest(self.kernel, rows, targets), len(rows)
        elif len(rows) > len(self._process.rows):
            self._process.observe(rows[len(self._process.rows) :])
        self._white = self._process.whitened(targets)
        self._amplitude = _amplitude(self._white)

    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and (m,) standard deviations of the values without noise, in single precision."""
        assert self._process is not None
        mean, left = self._process.predict(features, self._white)
        return mean, np.sqrt(self._amplitude * left)

    def _continues(self, process: Process, rows: Features) -> bool:
        """Whether the rows are those that the process was told of, with few enough behind them."""
        n = len(process.rows)
        return n <= len(rows) < (1 + self.growth) * self._searched and np.array_equal(rows[:n], process.rows)


def _likeliest(kernel: str, rows: NDArray[np.float64], targets: Vector) -> Process:
    """The process of the grid's likeliest hyperparameters, told of the rows."""
    n = len(rows)
    squares = squared_distances(rows, rows.T)
    np.fill_diagonal(squares, 0.0)
    above = squares[np.triu_indices(n, 1)]
    unit = float(np.sqrt(np.median(above))) if len(above) else 0.0
    best, chosen = -np.inf, (1.0, NOISES[0])
    for factor in LENGTHS:
        length = factor * (unit if unit > 0 else 1.0)
        covariances = correlation(kernel, squares / length**2)
        for noise in NOISES:
            lower, _ = lapack.dpotrf(covariances + noise * np.eye(n), lower=1, overwrite_a=1)
            white, _ = lapack.dtrtrs(lower, targets, lower=1)
            evidence = -0.5 * n * np.log(_amplitude(white)) - np.log(lower.diagonal()).sum()  # eq. 5.8
            if evidence > best:
                best, chosen = evidence, (length, noise)
    process = Process(kernel, *chosen, np.float32)
    process.observe(rows)
    return process


def _amplitude(white: Vector) -> float:
    """The likeliest amplitude given whitened targets; the least is that of equal targets."""
    return max(float(white @ white) / len(white), 1e-12)
