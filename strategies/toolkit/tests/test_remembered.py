"""Functions of codes that are remembered: the same values, asked for once, and forgotten after long."""

import numpy as np
from nasapi_toolkit import remembered as module
from nasapi_toolkit.remembered import Remembered, keys


class Counted:
    """Rows with three times each gene, and how many codes were asked about."""

    def __init__(self):
        self.asked = []

    def __call__(self, codes):
        self.asked += codes.tolist()
        return (3 * codes).astype(np.float32)


def test_values_are_the_functions_whatever_was_asked_before():
    rng, counted = np.random.default_rng(0), Counted()
    remembered = Remembered(counted)
    for n in (5, 0, 30, 7):
        codes = rng.integers(0, 3, (n, 3))
        found = remembered(codes)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, 3 * codes)


def test_each_code_is_asked_about_once_whatever_its_type():
    counted = Counted()
    remembered = Remembered(counted)
    codes = np.array([[1, 2], [0, 1], [1, 2]])
    remembered(codes)
    first = len(counted.asked)
    remembered(codes[::-1].astype(np.int8))
    assert len(counted.asked) == first
    remembered(np.array([[1, 2], [5, 5]]))
    assert counted.asked[first:] == [[5, 5]]


def test_what_was_not_met_for_long_is_forgotten_and_what_was_stays():
    counted = Counted()
    remembered = Remembered(counted, most=4)
    for number in range(20):
        remembered(np.array([[number, 0], [99, 0]]))
    assert counted.asked.count([99, 0]) == 1
    assert len(remembered._recent.places) + len(remembered._older.places) <= 10
    remembered(np.array([[0, 0]]))
    assert counted.asked.count([0, 0]) == 2


def test_fewer_long_rows_are_remembered(monkeypatch):
    monkeypatch.setattr(module, "_BYTES", 64)
    remembered = Remembered(lambda codes: np.repeat(codes, 8, axis=1).astype(np.float32))  # rows of 64 bytes
    for number in range(20):
        codes = np.array([[number, 0]])
        np.testing.assert_array_equal(remembered(codes), np.repeat(codes, 8, axis=1))
    assert len(remembered._recent.places) + len(remembered._older.places) <= 4
    assert remembered(codes[:0]).shape == (0, 16)


def test_no_codes_have_no_values():
    assert Remembered(Counted())(np.empty((0, 3), np.int64)).shape == (0, 3)


def test_rows_have_one_key_exactly_if_they_are_equal():
    rows = np.array([[1, 2], [1, 3], [1, 2]])
    first, second, third = keys(rows)
    assert first == third != second
    assert keys(np.asfortranarray(rows)) == keys(rows)
    assert keys(rows[:0]) == []
