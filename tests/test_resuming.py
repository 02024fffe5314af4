"""A run that goes on with what was recorded of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from attrs import evolve
from loop_strategies import Uniform, fixed

import nasapi
from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.errors import InterfaceError
from nasapi.objective import Columns
from nasapi.testing.toy import Toy, ToyObjective
from nasapi.trial import Trial


def test_a_recorded_run_resumes_where_it_stopped(toy: Benchmark) -> None:
    whole = nasapi.run(toy, Uniform, seed=6)
    part = nasapi.run(nasapi.load_benchmark("toy/formula-v1", budget=4), Uniform, seed=6)
    resumed = nasapi.run(toy, Uniform, seed=6, resume=part)
    assert (resumed.codes == whole.codes).all()
    assert (resumed.values["valid_accuracy"] == whole.values["valid_accuracy"]).all()


class Refusing(ToyObjective):
    """Tells what it was asked for, and raises where that was recorded."""

    def __init__(self, recorded: np.ndarray[Any, Any]) -> None:
        super().__init__()
        self.recorded, self.asked = set(map(tuple, recorded.tolist())), 0

    def evaluate(self, codes: np.ndarray[Any, Any], fidelity: int | None = None, noise: Any = None) -> Columns:
        assert not self.recorded & set(map(tuple, codes.tolist())), "a recorded trial was evaluated again"
        self.asked += len(codes)
        return super().evaluate(codes, fidelity, noise)


@pytest.mark.parametrize("batch", [1, 3])
def test_what_was_recorded_is_not_evaluated_again(toy: Benchmark, batch: int) -> None:
    codes = np.concatenate(list(Toy().enumerate()))[:10].tolist()
    short = evolve(toy, report_metrics=(), problem=evolve(toy.problem, budget=Budget(6)))
    part = nasapi.run(short, fixed(*codes), seed=6, batch=batch)
    refusing = Refusing(part.codes)
    longer = evolve(toy, report_metrics=(), objective=refusing)
    resumed = nasapi.run(longer, fixed(*codes), seed=6, batch=batch, resume=part)
    assert (len(part), len(resumed), refusing.asked) == (6, 10, 4)
    assert resumed.values["valid_accuracy"][:6].tolist() == part.values["valid_accuracy"].tolist()
    assert resumed.cost[:6].tolist() == part.cost.tolist()
    again = nasapi.run(evolve(short, objective=Refusing(part.codes)), fixed(*codes), seed=6, batch=batch, resume=part)
    assert (again.codes == part.codes).all()
    assert not again.errors


def test_resuming_with_another_seed_is_refused(toy: Benchmark) -> None:
    part = nasapi.run(toy, Uniform, seed=6)
    with pytest.raises(InterfaceError, match="Cannot resume: trial 0"):
        nasapi.run(toy, Uniform, seed=7, resume=part)


def test_resuming_at_another_fidelity_is_refused(toy: Benchmark) -> None:
    class Cheap(Uniform):
        def ask(self, n: int) -> list[Trial]:
            return self.problem.trials(self.problem.space.sample(n, self.rng), fidelity=1)

    with pytest.raises(InterfaceError, match=r"Cannot resume: trial 0 .*, -1\] when recorded and is .*, 1\] on replay"):
        nasapi.run(toy, Cheap, seed=6, resume=nasapi.run(toy, Uniform, seed=6))
