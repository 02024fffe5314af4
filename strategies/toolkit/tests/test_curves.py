"""What a run had after each trial agrees with what its trials so far amount to."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from nasapi_toolkit.curves import hypervolume_curve, igd_plus_curve, least_violation
from nasapi_toolkit.indicators import igd_plus

import nasapi
from nasapi.constraint import Constraint
from nasapi.ranking import hypervolume
from nasapi.testing.problems import spoiled, two_goals


@pytest.fixture
def history():
    benchmark = two_goals()
    problem = attrs.evolve(benchmark.problem, constraints=(Constraint("params", upper=150.0),))
    halved = spoiled(attrs.evolve(benchmark, problem=problem), "half")
    return nasapi.run(halved, nasapi.load_strategy("random"), seed=3)


def test_indicator_curves_are_the_indicators_of_the_feasible_trials_so_far(history) -> None:
    point, front = [-50.0, 200.0], [[-90.0, 0.0]]
    kept = np.isfinite(history.losses).all(axis=1) & (history.violation == 0)
    so_far = [history.losses[: row + 1][kept[: row + 1]] for row in range(len(history))]
    assert hypervolume_curve(history, point).tolist() == [hypervolume(losses, point) for losses in so_far]
    scale = np.array([10.0, 100.0])
    expected = [igd_plus(losses / scale, front / scale) for losses in so_far]
    assert igd_plus_curve(history, front, scale).tolist() == pytest.approx(expected)
    plain = [igd_plus(losses, front) for losses in so_far]
    assert igd_plus_curve(history, front).tolist() == pytest.approx(plain)


def test_the_least_violation_falls_to_zero_with_the_first_feasible_trial(history) -> None:
    succeeded = np.isfinite(history.losses).all(axis=1)
    so_far = [history.violation[: row + 1][succeeded[: row + 1]] for row in range(len(history))]
    assert least_violation(history).tolist() == [min(some, default=np.inf) for some in so_far]
