"""Evaluations of one run at a time in many processes: the same results, and one that dies harms itself alone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nasapi
from nasapi.errors import InterfaceError, InvalidOption, StudyError
from nasapi.storage.merging import digest
from nasapi.testing.search import ToySearch

PERILOUS = '''
import os, signal, time
import attrs
import numpy as np
from nasapi.testing.toy import ToyObjective, toy_v1
from nasapi.budget import Budget
from nasapi.strategy import Strategy

class Perilous(ToyObjective):
    """Kills its process for one code, sleeps for another, raises for a third, and is slow."""
    def evaluate(self, codes, fidelity=None, noise=None):
        for code in codes.tolist():
            if code == [2, 2, 2]:
                os.kill(os.getpid(), signal.SIGSEGV)
            if code == [2, 2, 1]:
                time.sleep(60)
            if code == [2, 1, 2]:
                raise RuntimeError("out of memory")
        return super().evaluate(codes, fidelity, noise)

class Rubbish(ToyObjective):
    def evaluate(self, codes, fidelity=None, noise=None):
        return super().evaluate(codes, fidelity, noise) | {"cost": np.full(len(codes), -1.0)}

class Listed(Strategy):
    """Asks for all architectures, one after the other."""
    def ask(self, n):
        rest = getattr(self, "rest", None)
        if rest is None:
            rest = self.problem.trials(np.concatenate(list(self.problem.space.enumerate())))
        self.rest = rest[n:]
        return rest[:n]
    def tell(self, results):
        pass

def made(kind):
    toy = toy_v1()
    return attrs.evolve(toy, id="toy/perilous-v1", spec="", objective=kind(), report_metrics=("params",),
                        problem=attrs.evolve(toy.problem, budget=Budget(22)))
'''


@pytest.fixture
def perilous(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "perilous_module.py").write_text(PERILOUS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "perilous_module", raising=False)
    import perilous_module  # type: ignore[import-not-found]

    return perilous_module


def test_runs_are_the_same_for_any_number_of_evaluations_at_a_time(tmp_path: Path) -> None:
    toy = nasapi.load_benchmark("toy/formula-v1", budget=12, noise=True)
    for name, given in {"serial": {"backend": "inline"}, "parallel": {"parallel": 2}}.items():
        nasapi.Study([toy], [ToySearch], 2, tmp_path / name, batch=4).run(**given)  # type: ignore[arg-type]
    assert digest([tmp_path / "serial"]) == digest([tmp_path / "parallel"])


@pytest.mark.parametrize("parallel", [1, 2])
def test_an_evaluation_that_dies_hangs_or_raises_fails_alone(perilous: Any, parallel: int) -> None:
    study = nasapi.Study([perilous.made(perilous.Perilous)], [perilous.Listed], [0], batch=22)
    study.run(parallel=parallel, evaluate_seconds=1.5)
    [history] = study.histories()
    codes = {row: tuple(history.codes[row].tolist()) for row in history.errors}
    error_of = {codes[row]: error for row, error in history.errors.items()}
    assert error_of == {
        (2, 2, 2): "killed by SIGSEGV",
        (2, 2, 1): "an evaluation took longer than 1.5 s",
        (2, 1, 2): "RuntimeError: out of memory",
    }
    costs = {codes[row]: history.cost[row] for row in history.errors}
    assert costs == {(2, 2, 2): 0.0, (2, 2, 1): 1.5, (2, 1, 2): 0.0}
    good = ~np.isin(np.arange(22), list(history.errors))
    expected = nasapi.load_objective("toy/formula").evaluate(np.asarray(history.codes))
    np.testing.assert_array_equal(history.values["valid_accuracy"][good], expected["valid_accuracy"][good])
    assert np.isfinite(history.report_metrics["params"][history.incumbent()])


def test_an_objective_that_breaks_its_promises_ends_the_run_in_the_same_words(perilous: Any) -> None:
    made = perilous.made(perilous.Rubbish)
    with pytest.raises(InterfaceError, match=r"gave cost -1\.0 for row 0, code .*; wanted finite seconds") as here:
        nasapi.run(made, perilous.Listed, seed=0, batch=2)
    with pytest.raises(StudyError) as there:
        nasapi.Study([made], [perilous.Listed], [0], batch=2).run(parallel=2)
    assert "gave cost -1.0 for row 0" in str(there.value) and "gave cost -1.0" in str(here.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"parallel": 2, "jobs": 2}, "give one of jobs and parallel"),
        ({"parallel": 1, "jobs": 2}, "give one of jobs and parallel"),
        ({"parallel": 8}, "the batch is 4; give batch 8 or more"),
        ({"parallel": 2, "backend": "inline"}, "'inline' evaluates in this process"),
        ({"parallel": 2, "ask_seconds": 5.0}, "with isolate"),
        ({"parallel": 0}, "at least 1 trial at a time, not 0"),
    ],
)
def test_what_cannot_be_evaluated_in_parallel_is_refused(given: Any, message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        nasapi.Study(["toy/formula-v1"], [ToySearch], 1, batch=4).run(**given)


SCRIPT = """
import sys, nasapi
from nasapi.testing.search import ToySearch
if __name__ == "__main__":
    nasapi.Study(["toy/formula-v1"], [ToySearch], 10, sys.argv[1], batch=4).run(parallel=2)
"""


def test_a_study_killed_while_it_evaluates_ends_with_the_same_digest(tmp_path: Path) -> None:
    script, store = tmp_path / "script.py", tmp_path / "store"
    script.write_text(SCRIPT)
    process = subprocess.Popen([sys.executable, script, store])
    study = None
    while process.poll() is None and (study is None or len(study.missing()) == 10):
        time.sleep(0.05)
        study = nasapi.Study.open(store) if list(store.glob("*.sqlite")) else None
    process.kill()
    process.wait()
    nasapi.Study(["toy/formula-v1"], [ToySearch], 10, store, batch=4).run(parallel=2)
    nasapi.Study(["toy/formula-v1"], [ToySearch], 10, tmp_path / "whole", batch=4).run(backend="inline")
    assert digest([store]) == digest([tmp_path / "whole"])
