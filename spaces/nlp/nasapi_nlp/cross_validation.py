"""How far a surrogate is off on networks that it was not fitted on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidOption
from nasapi_nlp.objectives import at_best
from nasapi_nlp.surrogate import Curves, Settings, fit

_VALID = 1
_SHOWN = (1, 2, 5, 10, 20, 30, 40, 50)


def cross_validate(curves: Curves, settings: Settings, folds: int, rng: np.random.Generator) -> dict[str, Any]:
    """The error of predictions for networks left out, in `folds` parts, each predicted from all others.

    By number of epochs: Kendall's tau-b between predicted and measured lowest validation loss so far, R² and mean
    absolute error of that loss in nats a word; for all epochs, tau has a 95 % interval by 1,000 bootstrap draws of
    networks. Raises InvalidOption for fewer than 2 folds or more than networks.
    """
    n = len(curves)
    if not 2 <= folds <= n:
        raise InvalidOption(f"Networks are left out in 2 to {n} parts, not {folds}.")
    part = rng.permutation(n) % folds
    predicted = np.empty_like(curves.losses[:, _VALID])
    for number in range(folds):
        made = fit(curves[part != number], settings)
        predicted[part == number] = made.losses(curves.features[part == number])[:, _VALID]
    measured = curves.losses[:, _VALID]
    epochs = measured.shape[1]
    levels = [level for level in _SHOWN if level < epochs] + [epochs]
    low, guess = (np.take_along_axis(loss, at_best(loss), axis=1) for loss in (measured, predicted))
    draws = rng.integers(n, size=(1000, n))
    taus = [_tau(guess[rows, -1], low[rows, -1]) for rows in draws]
    return {
        "networks": n,
        "folds": folds,
        "epochs": levels,
        "tau": [_tau(guess[:, level - 1], low[:, level - 1]) for level in levels],
        "tau interval": [float(bound) for bound in np.quantile(taus, (0.025, 0.975))],
        "R2": [_explained(guess[:, level - 1], low[:, level - 1]) for level in levels],
        "MAE": [float(np.abs(guess[:, level - 1] - low[:, level - 1]).mean()) for level in levels],
    }


def _tau(predicted: NDArray[np.float64], measured: NDArray[np.float64]) -> float:
    from scipy.stats import kendalltau

    return float(kendalltau(predicted, measured).statistic)


def _explained(predicted: NDArray[np.float64], measured: NDArray[np.float64]) -> float:
    """R²: 1 less the share of the variance that is left."""
    return float(1 - ((predicted - measured) ** 2).sum() / ((measured - measured.mean()) ** 2).sum())
