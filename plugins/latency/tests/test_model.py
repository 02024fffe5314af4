"""The look-up-table model: exact where costs are sums, its leave-one-out error is that of refitting, and bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasapi_latency.lookup_table import LookUpTable

import nasapi
from nasapi.errors import InvalidOption
from nasapi.testing.toy import Toy

TIMES = np.array([[0.0, 1.0, 4.0], [0.0, 2.0, 5.0], [0.0, 3.0, 6.0]])


def additive(codes: np.ndarray) -> np.ndarray:
    return 7 + TIMES[np.arange(3), codes].sum(axis=1)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20)
def test_costs_that_are_sums_over_genes_are_found_exactly(seed: int) -> None:
    codes = Toy().sample(40, np.random.default_rng(seed))
    table = LookUpTable(Toy(), "genes").fit(codes, additive(codes))
    every = np.concatenate(list(Toy().enumerate()))
    seen = table.features(every) @ (table.features(codes).sum(axis=0) == 0) == 0
    np.testing.assert_allclose(table.predict(every[seen]), additive(every[seen]))


@pytest.mark.parametrize("parts", ["operations", "genes"])
def test_the_leave_one_out_error_is_that_of_fitting_again(parts) -> None:
    rng = np.random.default_rng(0)
    codes = Toy().sample(30, rng)
    values = additive(codes) + rng.normal(size=30)
    table = LookUpTable(Toy(), parts).fit(codes, values)
    for row in range(30):
        rest = np.arange(30) != row
        again = LookUpTable(Toy(), parts).fit(codes[rest], values[rest])
        assert table.leave_one_out[row] == pytest.approx(values[row] - again.predict(codes[[row]])[0])


def test_a_part_that_one_cell_alone_has_makes_its_error_infinite() -> None:
    codes = np.array([[1, 1, 1], [1, 1, 2], [1, 2, 1], [1, 2, 2], [2, 1, 1]])
    table = LookUpTable(Toy(), "genes").fit(codes, additive(codes))
    assert np.isinf(table.leave_one_out).tolist() == [False, False, False, False, True]


def test_features_have_names() -> None:
    assert LookUpTable(Toy()).names == ["input", "output", "none", "skip", "conv"]
    assert LookUpTable(Toy(), "genes").names[3] == "gene 1 = 0"
    assert len(LookUpTable(Toy()).leave_one_out) == 0


@pytest.mark.usefixtures("table")
def test_a_hundred_cells_predict_the_edge_gpu_and_the_error_that_is_reported_is_about_the_true_one() -> None:
    model = nasapi.load_objective("nb201/hardware-model", parts="genes")
    measured = nasapi.load_objective("nb201/hardware")
    codes = np.concatenate(list(measured.space.enumerate()))
    true, predicted = measured.evaluate(codes)["latency"], model.evaluate(codes)["latency"]
    assert np.corrcoef(true, predicted)[0, 1] > 0.9
    assert model.table.error == pytest.approx(np.median(np.abs(true - predicted)), rel=0.25)
    assert model.metrics[0].description.startswith(
        "A prediction, not a measurement: a sum over genes fitted to 100 cells; median leave-one-out error 0.3"
    )


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(("device", "measure"), [*itertools.product(["eyeriss", "fpga"], ["latency", "energy"])])
def test_what_is_published_for_eyeriss_and_the_fpga_are_sums_over_operations(device, measure) -> None:
    measured = nasapi.load_objective("nb201/hardware", device=device)
    codes = np.concatenate(list(measured.space.enumerate()))
    values = measured.evaluate(codes)[measure]
    table = LookUpTable(measured.space).fit(codes[::40], values[::40])
    np.testing.assert_allclose(table.predict(codes), values, rtol=1e-6)


@pytest.mark.usefixtures("table")
def test_cells_that_the_edge_tpu_cannot_run_are_not_fitted() -> None:
    model = nasapi.load_objective("nb201/hardware-model", device="edgetpu", cells=10_926)
    assert np.isfinite(model.table.error)


def test_an_unknown_kind_of_parts_is_refused() -> None:
    with pytest.raises(InvalidOption, match="`parts` is 'operations' or 'genes', not 'edges'"):
        LookUpTable(Toy(), "edges")


def test_a_model_predicts_nothing_before_it_is_fitted() -> None:
    with pytest.raises(InvalidOption, match="predicts nothing before it is fitted"):
        LookUpTable(Toy()).predict(np.array([[1, 1, 1]]))


@pytest.mark.parametrize("values", [[1.0], [1.0, np.nan]])
def test_values_that_failed_are_refused(values) -> None:
    with pytest.raises(InvalidOption, match="needs a finite value for each of at least 2 cells"):
        LookUpTable(Toy()).fit(np.array([[1, 1, 1], [2, 1, 1]]), np.array(values))


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"cells": 1}, "`cells` is a whole number from 2 to 15625, not 1"),
        ({"draw": -1}, "`draw` is a whole number from 0, not -1"),
    ],
)
def test_options_outside_their_range_are_refused(option, message) -> None:
    with pytest.raises(InvalidOption, match=message):
        nasapi.load_objective("nb201/hardware-model", **option)
