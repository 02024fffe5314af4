"""Curves, grids and times to a target against their own laws."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from nasapi_report.stats.curves import align, common_grid, step, time_grid, whole_grid
from nasapi_report.stats.runtimes import expected_runtime, first_reached, runtime_distribution

# curves


def test_curves_are_step_functions_never_slopes() -> None:
    found = step(np.array([1.0, 3.0]), np.array([10.0, 20.0]), np.array([0.5, 1.0, 2.9, 3.0, 99.0]))
    np.testing.assert_array_equal(found, [np.nan, 10.0, 10.0, 20.0, 20.0])


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=8), st.lists(st.floats(0, 200), min_size=1, max_size=8))
def test_a_step_function_takes_only_values_it_was_given(costs: list[float], grid: list[float]) -> None:
    at = np.cumsum(costs)
    found = align([at], [np.arange(len(at), dtype=float)], np.sort(grid))[0]
    assert set(found[~np.isnan(found)]) <= set(range(len(at)))
    assert (np.isnan(found) == (np.sort(grid) < at[0])).all()


def test_a_grid_has_all_trials_up_to_a_hundred_and_sixty_and_about_as_many_of_more() -> None:
    assert whole_grid(160).tolist() == list(range(1, 161))
    assert len(whole_grid(161)) < 161
    assert 100 < len(whole_grid(100_000)) <= 160


@given(st.integers(1, 100_000))
def test_a_grid_of_trials_rises_from_the_first_to_the_last(last: int) -> None:
    grid = whole_grid(last)
    assert grid[0] == 1
    assert grid[-1] == last
    assert (np.diff(grid) > 0).all()
    assert len(grid) <= 160


def test_on_the_grid_of_times_every_run_has_begun_and_none_has_ended() -> None:
    grid = time_grid([np.array([2.0, 5.0, 9.0]), np.array([1.0, 7.0])])
    assert (grid[0], grid[-1]) == (2.0, 7.0)
    assert time_grid([np.array([1.0, 2.0]), np.array([3.0, 4.0])]).shape == (0,)


def test_runs_are_compared_at_whole_numbers_where_all_of_their_places_are() -> None:
    assert common_grid([np.arange(1, 5), np.arange(1, 4)]).tolist() == [1, 2, 3]
    grid = common_grid([np.array([0.25, 1.0, 2.0]), np.arange(1, 4)])
    assert (grid[0], grid[-1]) == (1.0, 2.0)


# runtimes


def test_a_target_is_reached_at_the_first_place_that_is_as_good() -> None:
    curve, at = np.array([5.0, 3.0, 3.0, 1.0]), np.array([0.5, 1.5, 2.5, 9.0])
    assert [first_reached(at, curve, target) for target in (5.0, 3.0, 0.0)] == [0.5, 1.5, np.inf]
    assert first_reached(np.array([1, 2]), np.array([np.nan, 2.0]), 3.0) == 2.0
    assert first_reached(np.empty(0), np.empty(0), 3.0) == np.inf


@given(st.lists(st.one_of(st.integers(1, 50), st.just(np.inf)), min_size=1, max_size=20))
def test_the_runtime_distribution_is_the_share_already_there(times: list[float]) -> None:
    grid = np.arange(1, 51)
    found = runtime_distribution(np.array(times, float), grid)
    np.testing.assert_allclose(found, [np.mean([t <= g for t in times]) for g in grid])


def test_expected_runtime_charges_failures_to_the_successes() -> None:
    assert expected_runtime(np.array([10.0, np.inf]), np.array([100.0, 100.0])) == 110.0
    assert expected_runtime(np.array([np.inf]), np.array([100.0])) == np.inf
