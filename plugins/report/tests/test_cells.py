"""The best cells of a report: which are shown, and who found them."""

from __future__ import annotations

import numpy as np
import report_sources as sources
from attrs import evolve
from handmade_runs import BEST, EVERY, made, source
from nasapi_report.analysis import analyse
from nasapi_report.cells import best_cells, final_codes

from nasapi.benchmark import Benchmark


def cells_of(*runs: tuple[str, int, list[list[int]], list[float]], benchmark: Benchmark | None = None, most: int = 3):
    toy = evolve(benchmark or sources.toy(), report_metrics=())
    given = [made(toy, name, seed, values, values, codes=np.array(codes)) for name, seed, codes, values in runs]
    (analysis,) = analyse(source(toy, *given))
    return best_cells(analysis, most)


def test_the_best_cells_are_what_runs_ended_on_with_who_found_them() -> None:
    other, poor = [1, 2, 1], [0, 1, 0]
    found = cells_of(
        ("a", 0, [poor, BEST], [60, 99]),
        ("a", 1, [BEST, poor], [99, 60]),
        ("b", 0, [other, poor], [90, 61]),
        ("b", 1, [poor, BEST], [61, 99]),
        ("b", 2, [poor, poor], [np.nan, np.nan]),
        ("b", 3, [poor], [61]),
    )
    assert [cell.code for cell in found] == [(2, 2, 2), (1, 2, 1), (0, 1, 0)]
    assert [cell.value for cell in found] == [99.0, 90.0, 61.0]
    assert [cell.found for cell in found] == [(("a", 2), ("b", 1)), (("b", 1),), (("b", 1),)]
    assert found[0].text == "conv|conv|conv"
    assert "<svg" in found[0].svg
    assert not found[0].wide
    assert evolve(found[0], svg='<svg width="801">').wide
    assert not evolve(found[0], svg='<svg width="800">').wide


def test_of_equal_cells_the_more_often_found_comes_first_and_no_more_are_shown_than_asked() -> None:
    runs = [
        ("a", 0, [[1, 2, 1]], [90.0]),
        ("a", 1, [BEST], [90.0]),
        ("b", 0, [BEST], [90.0]),
        ("b", 1, [[0, 1, 0]], [80.0]),
    ]
    assert [cell.code for cell in cells_of(*runs)] == [(2, 2, 2), (1, 2, 1), (0, 1, 0)]
    assert [cell.code for cell in cells_of(*runs, most=1)] == [(2, 2, 2)]
    four = [("a", at, [row], [50.0 + at]) for at, row in enumerate([[0, 1, 0], [0, 2, 0], [1, 2, 1], BEST])]
    assert len(cells_of(*four)) == 3


def test_two_codes_of_one_network_are_one_cell_where_values_are_of_networks() -> None:
    runs = [("a", 0, [[2, 1, 0]], [65.0]), ("b", 0, [[1, 1, 0]], [65.0])]  # the edge into the dead node differs
    (cell,) = cells_of(*runs)
    assert cell.code == (2, 1, 0)
    assert cell.found == (("a", 1), ("b", 1))


def test_the_code_that_a_run_ended_on_is_its_last_incumbents() -> None:
    toy = sources.toy()
    assert final_codes(made(toy, "a", 0, [60, 90, 70], [0] * 3)) == tuple(EVERY[1])
    assert final_codes(made(toy, "a", 0, [np.nan], [0])) == ()
    assert final_codes(made(toy, "a", 0, [], [])) == ()
