"""Exact fronts and indicators against counting: domination by all pairs, hypervolume by a grid, and by hand."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from nasapi_toolkit.fronts import best_hypervolume, exact_front, reference_point
from nasapi_toolkit.indicators import attainment, igd_plus

import nasapi
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.ranking import hypervolume
from nasapi.testing.problems import constrained, plain, two_goals
from nasapi.testing.toy import Toy


def counted(points: np.ndarray, reference: np.ndarray) -> int:
    """The hypervolume of whole-numbered points by counting the unit cells that some point dominates."""
    corners = np.stack(np.meshgrid(*(np.arange(side) for side in reference), indexing="ij"), -1)
    corners = corners.reshape(-1, len(reference))
    return int((points[None] <= corners[:, None]).all(axis=2).any(axis=1).sum())


@given(points=arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(2, 3)), elements=st.integers(0, 12)))
@settings(max_examples=60)
def test_the_hypervolume_is_the_number_of_cells_of_a_grid_that_are_dominated(points: np.ndarray) -> None:
    reference = np.full(points.shape[1], 10)
    assert hypervolume(points, reference) == counted(points, reference)


def test_failures_and_points_beyond_the_reference_add_nothing() -> None:
    assert hypervolume([[1.0, np.inf], [np.inf, np.inf], [3.0, 0.0]], [2.0, 2.0]) == 0.0
    assert hypervolume([[1.0, 1.0], [np.inf, 0.0]], [2.0, 2.0]) == 1.0


def test_igd_plus_counts_only_what_is_worse() -> None:
    assert igd_plus([[0.0, 0.0]], [[1.0, 1.0], [0.0, 2.0]]) == 0.0
    assert igd_plus([[4.0, 3.0]], [[1.0, 7.0], [0.0, 0.0]]) == pytest.approx((3 + 5) / 2)
    assert igd_plus(np.empty((0, 2)), [[1.0, 1.0]]) == np.inf


def test_attainment_is_the_front_that_a_share_of_runs_reached() -> None:
    runs = [[[1.0, 3.0]], [[3.0, 1.0]], [[2.0, 2.0]]]
    assert sorted(attainment(runs, 1 / 3).tolist()) == [[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]
    assert attainment(runs, 1.0).tolist() == [[3.0, 3.0]]


def test_a_run_that_found_nothing_attains_nothing() -> None:
    runs = [[[1.0, 1.0]], [[2.0, 2.0]], np.full((1, 2), np.inf), np.full((1, 2), np.inf)]
    assert attainment(runs, 0.5).tolist() == [[2.0, 2.0]]
    assert attainment(runs, 0.75).shape == (0, 2)
    assert attainment([], 0.5).shape == (0, 0)


def test_a_share_of_runs_that_is_hardly_missed_is_missed() -> None:
    nothing = np.full((1, 2), np.inf)
    assert attainment([[[1.0, 1.0]]] * 100 + [nothing] * 101, 0.5).shape == (0, 2)
    assert attainment([[[1.0, 1.0]]] * 100 + [nothing] * 100, 0.5).tolist() == [[1.0, 1.0]]


def test_the_exact_front_of_the_toy_space_is_what_no_pair_dominates() -> None:
    benchmark = two_goals()
    front = exact_front(benchmark)
    codes = np.concatenate(list(Toy().enumerate()))
    values = benchmark.look_up(codes, ["valid_accuracy", "params"])
    losses = np.column_stack([-values["valid_accuracy"], values["params"]])
    beaten = [((losses <= row).all(axis=1) & (losses < row).any(axis=1)).any() for row in losses]
    assert np.unique(losses[~np.array(beaten)], axis=0).tolist() == front.losses.tolist()
    assert front.feasible == 1.0


def test_constraints_are_kept_by_the_exact_front() -> None:
    front = exact_front(constrained())
    assert len(front) == 1
    params = plain().look_up(front.codes, ["params"])["params"]
    assert params.max() <= 150
    assert 0 < front.feasible < 1


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("limit", [4, "inf"])
def test_the_best_hypervolume_on_the_edge_gpu_is_that_of_a_sweep_over_all_cells(limit) -> None:
    benchmark = nasapi.load_benchmark(f"nb201/cifar10-edgegpu-v1[joint=1,limit={limit}]")
    space = benchmark.problem.space
    values = benchmark.look_up(np.concatenate(list(space.enumerate())), ["valid_accuracy", "latency"])
    point = benchmark.reference.point
    inside = (values["latency"] < point["latency"]) & (values["valid_accuracy"] > point["valid_accuracy"])
    latency, accuracy = values["latency"][inside], values["valid_accuracy"][inside]
    order = np.argsort(latency)
    best = np.maximum.accumulate(accuracy[order]) - point["valid_accuracy"]
    widths = np.diff(np.append(latency[order], point["latency"]))
    assert best_hypervolume(benchmark) == pytest.approx((best * widths).sum(), rel=1e-9)


@pytest.mark.usefixtures("table")
def test_the_best_hypervolume_on_the_edge_gpu_is_the_share_of_random_points_that_some_cell_dominates() -> None:
    benchmark = nasapi.load_benchmark("nb201/cifar10-edgegpu-v1[joint=1,limit=6]")
    values = benchmark.look_up(np.concatenate(list(benchmark.problem.space.enumerate())), ["valid_accuracy", "latency"])
    draws = np.random.default_rng(0).random((4000, 2)) * [90.0, 6.0] + [10.0, 0.0]
    there = (values["valid_accuracy"] >= draws[:, :1]) & (values["latency"] <= draws[:, 1:])
    share = there.any(axis=1).mean()
    assert best_hypervolume(benchmark) / (90 * 6) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 4000))


@pytest.mark.usefixtures("table")
def test_the_front_of_a_limit_that_nothing_keeps_is_empty() -> None:
    benchmark = nasapi.load_benchmark("nb201/cifar10-edgegpu-v1[joint=1,limit=0.1]")
    front = exact_front(benchmark)
    assert (len(front), front.feasible, best_hypervolume(benchmark)) == (0, 0.0, 0.0)


def test_a_space_that_cannot_be_listed_has_no_exact_front() -> None:
    class Uncounted(Toy):
        size = None

    class Vast(Toy):
        size = 10**18

    for space, message in ((Uncounted(), "of unknown size"), (Vast(), "of 1,000,000,000,000,000,000 codes")):
        benchmark = plain()
        with pytest.raises(InvalidOption, match=f"toy is a space {message}; exact fronts are for up to"):
            exact_front(attrs.evolve(benchmark, problem=attrs.evolve(benchmark.problem, space=space)))


def test_a_benchmark_without_a_reference_point_says_so() -> None:
    with pytest.raises(NotAvailable, match="has no reference point for valid_accuracy, params; choose one yourself"):
        reference_point(two_goals())


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidOption, match="has a finite loss for each of 2 goals"):
        hypervolume([[1.0, 2.0]], [3.0])
    with pytest.raises(InvalidOption, match=r"Losses are an array \(n, goals\), not of shape \(2,\)"):
        hypervolume([1.0, 2.0], [3.0, 3.0])
    with pytest.raises(InvalidOption, match="The losses have 2 goals and the front 1"):
        igd_plus([[1.0, 2.0]], [[3.0]])
    with pytest.raises(InvalidOption, match="needs a front with at least one point"):
        igd_plus([[1.0, 2.0]], np.empty((0, 2)))
    with pytest.raises(InvalidOption, match="`share` is above 0 and at most 1, not 0"):
        attainment([[[1.0, 2.0]]], 0)
