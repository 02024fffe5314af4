"""Covariances of architectures: squared distances of their features, and correlations that fall off with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KERNELS = ("matern", "rbf", "exponential")
"""The kinds that `correlation` knows: Matern-5/2, the squared exponential, the exponential (Matern-1/2)."""
Squares = NDArray[np.floating]
"""(n, m): squared Euclidean distances."""

_FEW = 8


def squared_lengths(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """(n,): of rows (n, f)."""
    return np.asarray(np.einsum("nf,nf->n", rows, rows))


def squared_distances(rows: NDArray[np.floating], points: NDArray[np.floating]) -> Squares:
    """(n, m): of rows (n, f) from points (m, f), in their precision."""
    if len(rows) <= _FEW:  # for which BLAS is several times slower at once than one by one
        squares: Squares = np.array([points @ (-2 * row) for row in rows]).reshape(len(rows), len(points))
    else:
        squares = (-2 * rows) @ points.T
    squares += squared_lengths(rows)[:, None]
    squares += squared_lengths(points)
    return np.maximum(squares, 0, out=squares)


def correlation(kind: str, squares: Squares) -> NDArray[np.floating]:
    """(n, m): the kernel of amplitude 1 at squared distances in units of the length scale.

    Rasmussen & Williams, "Gaussian Processes for Machine Learning", 2006, eqs. 4.9, 4.17 and 4.18.
    """
    if kind == "rbf":
        return np.asarray(np.exp(squares * squares.dtype.type(-0.5)))
    distance = np.sqrt(squares)
    if kind == "exponential":
        return np.asarray(np.exp(-distance))
    distance *= squares.dtype.type(np.sqrt(5))
    found: NDArray[np.floating] = np.exp(-distance)
    distance += squares * squares.dtype.type(5 / 3)
    distance += 1
    found *= distance  # eq. 4.17: (1 + r + r^2 / 3) exp(-r) with r = sqrt(5) d / l
    return found
