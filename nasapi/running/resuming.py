"""Resuming: a run is given what was recorded of its trials before it is evaluated further, if it asks for the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nasapi.errors import InterfaceError
from nasapi.history import History
from nasapi.problem import Problem
from nasapi.running.ledger import recorded_level
from nasapi.trial import Result, Trial

EvaluateTrials = Callable[[list[Trial], int], list[Result]]
"""Gives a result for each trial; the number is the place of the first of them in the order asked."""


def resumed(resume: History, problem: Problem, name: str, evaluate: EvaluateTrials) -> EvaluateTrials:
    """What gives the results recorded in `resume` by the place in which each trial was asked, and evaluates the rest.

    Raises InterfaceError that names the first trial that is not the recorded one.
    """
    rows = {place: row for row, place in enumerate(resume.order.tolist())}

    def replayed(trials: list[Trial], first: int) -> list[Result]:
        places = range(first, first + len(trials))
        left = [trial for place, trial in zip(places, trials, strict=True) if place not in rows]
        new = iter(evaluate(left, first) if left else ())
        return [
            _recorded(resume, rows[place], trial, problem, name) if place in rows else next(new)
            for place, trial in zip(places, trials, strict=True)
        ]

    return replayed


def _recorded(resume: History, row: int, trial: Trial, problem: Problem, name: str) -> Result:
    asked: Sequence[int] = (*trial.arch.code, recorded_level(problem, trial))
    recorded = (*resume.codes[row].tolist(), int(resume.fidelity[row]))
    if asked != recorded:
        raise InterfaceError(
            f"Cannot resume: trial {row} of {name!r} was {list(recorded)} when recorded and is {list(map(int, asked))} "
            "on replay (the last number is the fidelity, -1 the highest); the strategy, its options, its seed, the "
            "batch or the budget have changed."
        )
    values = {metric: float(column[row]) for metric, column in resume.values.items()}
    error = resume.errors.get(row)
    return Result(trial, {} if error is not None else values, float(resume.cost[row]), error)
