"""Levels, sizes and brackets, against the table that Hyperband was published with."""

from __future__ import annotations

import numpy as np
import pytest
from nasapi_multifidelity.schedule import brackets, levels_of, sizes

from nasapi.fidelity import Fidelity

PUBLISHED = {
    (1, 3, 9, 27, 81): (81, 27, 9, 3, 1),
    (3, 9, 27, 81): (34, 11, 3, 1),
    (9, 27, 81): (15, 5, 1),
    (27, 81): (8, 2),
    (81,): (5,),
}
"""Li et al., JMLR 18(185), 2018, table 1: how many are trained at each level of each bracket, R = 81, eta = 3."""


def test_brackets_are_those_of_the_published_table() -> None:
    found = {levels: sizes(n, levels) for n, levels in brackets((1, 3, 9, 27, 81))}
    assert found == PUBLISHED


@pytest.mark.parametrize(
    ("levels", "eta", "used"),
    [
        ((4, 12, 36, 108), 3, (4, 12, 36, 108)),
        ((4, 12, 36, 108), 4, (12, 108)),
        ((12, 200), 3, (12, 200)),
        (tuple(range(1, 201)), 3, (2, 7, 22, 66, 200)),
        (tuple(range(1, 99)), 3, (1, 3, 10, 32, 98)),
        ((1, 4, 16), 3, (1, 4, 16)),
        ((7,), 3, (7,)),
    ],
)
def test_levels_are_at_least_eta_apart_and_end_at_the_highest(
    levels: tuple[int, ...], eta: float, used: tuple[int, ...]
) -> None:
    assert levels_of(Fidelity("epochs", levels), eta) == used


def test_without_fidelity_there_is_one_level() -> None:
    assert levels_of(None, 3) == (1,)
    assert brackets((1,)) == [(1, (1,))]


@pytest.mark.parametrize("levels", [(4, 12, 36, 108), (12, 200), (1, 4, 16), (2, 7, 22, 66, 200)])
def test_no_level_of_a_bracket_costs_more_than_its_first_and_brackets_cost_about_the_same(
    levels: tuple[int, ...],
) -> None:
    costs = []
    for n, used in brackets(levels):
        spent = np.array(sizes(n, used)) * used
        assert (spent[1:] <= max(spent[0], used[-1])).all()
        costs.append(spent.sum() / (len(levels) * levels[-1]))
    assert 0.6 < min(costs)
    assert max(costs) < 1.35
