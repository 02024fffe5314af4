"""The shipped table of networks on 8x8 digits: all networks, the numbers that were collected, no torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from nasapi_nb201.mnist8 import FOLDER, OBJECTIVE, TASKS
from nasapi_nb201.space import NB201

import nasapi
from nasapi.tables import Table
from nasapi.testing import parametrize
from nasapi.testing.pytest_cases import Case

COLLECTION = Path(__file__).parents[1] / "collection" / "shards"
WHOLE = NB201()
ALL = np.unique(WHOLE.canonical(WHOLE.codes_at(np.arange(15_625))), axis=0)
"""(4930, 6): the networks in the order of the collection's rows."""


@parametrize(nasapi.load_objective(OBJECTIVE), *map(nasapi.load_benchmark, TASKS))
def test_conformance(rule: Case) -> None:
    rule()


def test_every_network_is_there_once() -> None:
    np.testing.assert_array_equal(Table(FOLDER / "table.zarr")["codes"], ALL)


def test_every_number_is_the_collected_one() -> None:
    lines = [line for path in COLLECTION.glob("*.jsonl") for line in path.read_text().splitlines()]
    units = [unit for unit in (json.loads(line[9:]) for line in lines) if unit["kind"] == "unit"]
    collected = {tuple(ALL[unit["row"]].tolist()): unit for unit in units}
    table = Table(FOLDER / "table.zarr")
    mine = [collected[tuple(code)] for code in table["codes"].tolist()]
    names = list(mine[0]["values"])
    assert len(names) > 30 and set(names) <= set(table)
    for name in names:
        found = np.array([unit["values"][name] for unit in mine], np.float64)
        np.testing.assert_array_equal(table[name], found)


def test_the_objective_gives_means_of_two_seeds_and_noise_is_one() -> None:
    values, table = nasapi.load_objective(OBJECTIVE), Table(FOLDER / "table.zarr")
    codes = table["codes"].astype(np.int64)
    found = values.evaluate(codes)
    np.testing.assert_allclose(found["test_accuracy"], table["test_accuracy"].mean(axis=1))
    drawn = values.evaluate(codes, None, np.arange(len(codes), dtype=np.uint64))["test_accuracy"]
    assert (drawn[:, None] == table["test_accuracy"]).any(axis=1).all()
    assert (found["cost"] > 0).all() and (found["latency"] > 0).all()


@pytest.mark.parametrize("task", TASKS)
def test_no_goal_is_of_test_images(task: str) -> None:
    benchmark = nasapi.load_benchmark(task)
    assert {goal.split for goal in benchmark.problem.goals} == {"valid"}
    assert benchmark.problem.budget.limit == 192
    assert len(benchmark.reference.anchors) >= 9


def test_every_spelling_has_the_numbers_of_its_network() -> None:
    codes = WHOLE.codes_at(np.arange(15_625))
    found = nasapi.load_objective(OBJECTIVE).evaluate(codes)["test_accuracy"]
    _, networks = np.unique(WHOLE.canonical(codes), axis=0, return_inverse=True)
    means = Table(FOLDER / "table.zarr")["test_accuracy"].mean(axis=1)
    np.testing.assert_allclose(found, means[networks])


def test_nothing_of_it_needs_torch() -> None:
    code = f"import nasapi, sys; nasapi.run({OBJECTIVE + '-v1'!r}, 'random', seed=0); print('torch' in sys.modules)"
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert completed.stdout.strip() == "False"
