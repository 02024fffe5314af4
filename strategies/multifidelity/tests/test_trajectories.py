"""Golden trajectories: the first trials of each strategy under one seed, so that no change goes unnoticed."""

from __future__ import annotations

import pytest

import nasapi

TRAJECTORIES = {
    "successive-halving[architectures=9]": "022@1 021@1 120@1 202@1 020@1 212@1 110@1 012@1 111@1 212@4 202@4 212 "
    "210@1 121@1 122@1 201@1 112@1 010@1 011@1 222@1 220@1 222@4 122@4 222",
    "hyperband": "022@1 021@1 120@1 202@1 020@1 212@1 110@1 012@1 111@1 210@1 121@1 122@1 201@1 112@1 010@1 011@1 "
    "122@4 212@4 202@4 121@4 122 222@4 220@4 101@4",
    "asha": "022@1 021@1 120@1 202@1 202@4 020@1 212@1 212@4 110@1 012@1 111@1 210@1 121@1 122@1 122@4 201@1 112@1 "
    "010@1 011@1 121@4 122 222@1 222@4 222",
    "bohb[points=3]": "202@1 110@1 201@1 220@1 210@1 221@1 211@1 011@1 212@1 222@1 120@1 020@1 101@1 111@1 112@1 022@1 "
    "222@4 221@4 212@4 202@4 222 012@4 122@4 121@4",
    "hyperband[strategy=evolution[population=4,sample=2]]": "022@1 021@1 120@1 202@1 202@1 020@1 201@1 121@1 112@1 "
    "222@1 110@1 011@1 021@1 120@1 210@1 022@1 222@4 202@4 202@4 121@4 222 021@4 222@4 102@4",
}
"""Codes of the toy, with the epochs where they are not the most."""


@pytest.mark.parametrize("spec", TRAJECTORIES)
def test_the_first_trials_are_those_recorded(spec: str) -> None:
    history = nasapi.run(nasapi.load_benchmark("toy/formula-v1", budget=24), nasapi.load_strategy(spec), seed=1)
    rows = zip(history.codes.tolist(), history.fidelity.tolist(), strict=True)
    found = ["".join(map(str, code)) + ("" if level < 0 else f"@{level}") for code, level in rows]
    assert found[:24] == TRAJECTORIES[spec].split()
