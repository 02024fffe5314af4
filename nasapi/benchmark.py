"""The benchmark: a problem, the objective that answers it, and what is known of the answer."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from nasapi.answer_cache import AnswerCache
from nasapi.column_checks import ColumnChecks
from nasapi.columns import require_free
from nasapi.errors import InterfaceError, InvalidOption
from nasapi.noise import row_noise
from nasapi.objective import Columns, Objective
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi.safety.fences import Fence
from nasapi.safety.whole_numbers import whole
from nasapi.space import Codes
from nasapi.trial import Result, Trial, Values

MOST_WORKERS = 1_000_000
"""How many workers the simulated clock of a run can have."""


@frozen(eq=False, repr=False)
class Benchmark:
    """A problem with its objective: the only way from a strategy to the values.

    A goal is the objective's metric of that name, the same way up. Nothing that a strategy is told is measured on test
    data. Loaded twice, a benchmark gives the same values. Another process gives the same results. Problem and objective
    have one space, and the levels of the problem's fidelity are the objective's. It can be pickled if they can.
    """

    id: str
    """The name with its version, "nb201/cifar10-v1"; the version changes when any number changes.

    It begins with the space, or where a table lists a part of a space with that of either.
    """
    problem: Problem = field()
    objective: Objective = field()
    report_metrics: tuple[str, ...] = ()
    """Metrics looked up after the search for what it found; never told to the strategy.

    Each is a metric of the objective, or one that it names as missing.
    """
    reference: Reference = field(factory=Reference)
    noise: bool = field(default=False)
    """Whether each evaluation is one draw of the noise rather than the expected value."""
    description: str = ""
    workers: int = field(default=1)
    """How many workers evaluate at a time on the simulated clock of a run; 1 for one trial after the other."""
    _spec: str = field(default="", alias="spec")
    loaded: bool = field(default=False, init=False, repr=False)
    """Whether it is what its spec names, as `load_benchmark` gives it; what `attrs.evolve` makes of that is not."""

    @problem.validator
    def _is_one(self, _: Any, problem: object) -> None:
        if not isinstance(problem, Problem):
            raise InvalidOption(f"The problem of benchmark {self.id!r} is a Problem, not {problem!r:.80}.")

    @objective.validator
    def _answers_the_problem(self, _: Any, objective: Objective) -> None:
        if not isinstance(objective, Objective):
            raise InvalidOption(f"The objective of benchmark {self.id!r} is an Objective, not {objective!r:.80}.")
        require_free((metric.name for metric in objective.metrics), f"benchmark {self.id!r}")
        for goal in self.problem.goals:
            objective.metric(goal.name)

    @objective.validator
    def _knows_costs_that_are_budgeted(self, _: Any, objective: Objective) -> None:
        if self.problem.budget.unit == "seconds" and "cost" in objective.missing:
            raise InvalidOption(
                f"{self.id} cannot have a budget of {self.problem.budget}, which no run would spend; count 'trials' or "
                f"'unique' networks, for what a trial costs is not known: {objective.missing['cost']}"
            )

    @objective.validator
    def _constrains_no_test_metric(self, _: Any, objective: Objective) -> None:
        for constraint in self.problem.constraints:
            if objective.metric(constraint.metric).split == "test":
                raise InvalidOption(f"{constraint.metric!r} is measured on test data and cannot be a constraint.")

    @noise.validator
    def _has_noise(self, _: Any, noise: bool) -> None:
        if noise and not self.objective.stochastic:
            raise InvalidOption(f"{self.id} has no noise to draw: its objective gives one value for an architecture.")

    @workers.validator
    def _can_be_clocked(self, _: Any, workers: int) -> None:
        if whole(workers, 1, wanted=f"A run has 1 to {MOST_WORKERS:,} workers") > MOST_WORKERS:
            raise InvalidOption(f"A run has 1 to {MOST_WORKERS:,} workers, not {workers:,}.")
        if workers > 1 and "cost" in self.objective.missing:
            raise InvalidOption(
                f"{self.id} cannot have {workers} workers: what its trials cost is not known, so no clock says which "
                f"ends first; {self.objective.missing['cost']}"
            )

    @property
    def spec(self) -> str:
        """The id with the options it was loaded with; the id alone where none were given."""
        return self._spec or self.id

    def __repr__(self) -> str:
        return f"<benchmark {self.spec}: {self.problem.statement}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the problem, what is known of its answer, and where the numbers come from."""
        from nasapi.frames import html_pairs

        known, optima = self.reference, self.reference.optima
        pairs = {
            "what": self.description,
            "problem": self.problem.statement,
            "constraints": ", ".join(map(str, self.problem.constraints)),
            "optimum": ", ".join(f"{name} {value:.8g}" for name, value in optima.items()) or "not known",
            "report metrics": ", ".join(self.report_metrics),
            "noise": "one draw an evaluation" if self.noise else "none: expected values",
            "source": known.source,
            "licence": known.licence,
        }
        return html_pairs(self.spec, pairs)

    @functools.cached_property
    def column_checks(self) -> ColumnChecks:
        """The checks of the columns that the objective gives."""
        return ColumnChecks.of(self.id, self.problem, self.objective, self.reference.optima)

    @functools.cached_property
    def answer_cache(self) -> AnswerCache:
        """The cache of answers that need no evaluation."""
        return AnswerCache(self.problem, self.objective, self.column_checks)

    @property
    def observed(self) -> tuple[str, ...]:
        """The metrics whose values a strategy is told."""
        return self.column_checks.observed

    def evaluate(self, trials: Sequence[Trial], seed: int | None = None) -> list[Result]:
        """A result for each trial, in order, with the values of goals and constraints and nothing else.

        `seed` decides the noise: a row's draw is a hash of seed and code, or network where that is the objective's
        `identity`, the same in any order and batch; None, or a benchmark without noise, gives expected values. The draw
        is one for all levels, as one training run passes through them. An evaluation that raises fails alone: its
        result says what was raised. A batch that raises is asked again row by row; one that answers for its
        rows, in a column `error`, is not.
        """
        seed = None if seed is None else whole(seed, wanted="A seed is a whole number from 0")
        if isinstance(trials, str) or not all(isinstance(trial, Trial) for trial in trials):
            raise InterfaceError(f"A benchmark evaluates a list of Trial, not {trials!r:.80}.")
        expected = not self.noise or seed is None
        if expected and (cached := self.answer_cache.answer(trials)) is not None:
            return cached
        codes = self.problem.space.require(self.problem.space.codes([trial.arch for trial in trials]))
        levels = self._levels(trials)
        if len(levels) == 1:
            evaluated = self._evaluate(trials, codes, levels.pop(), seed)
            if expected:
                self.answer_cache.remember(evaluated)
            return evaluated
        results: dict[int, Result] = {}
        for level in levels:
            rows = [row for row, trial in enumerate(trials) if trial.fidelity == level]
            evaluated = self._evaluate([trials[row] for row in rows], codes[rows], level, seed)
            results.update(zip(rows, evaluated, strict=True))
        return [results[row] for row in range(len(trials))]

    def look_up(self, codes: Codes, metrics: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """The expected values of any metrics at the highest fidelity, for reports; NaN where they are missing."""
        absent = np.full(len(codes), np.nan)
        if not len(codes) or not metrics:
            return dict.fromkeys(metrics, absent)
        found = self.objective.evaluate(codes, None, None)
        known = {metric.name: metric for metric in self.objective.metrics}
        return {name: self.column_checks.of_one(found, known.get(name), name, codes) for name in metrics}

    def _levels(self, trials: Sequence[Trial]) -> set[int | None]:
        """The fidelities of trials; raises InvalidOption for one that no set can hold, such as a list."""
        try:
            return {trial.fidelity for trial in trials}
        except TypeError:
            for trial in trials:
                self.objective.level(trial.fidelity)
            raise

    def _evaluate(self, trials: Sequence[Trial], codes: Codes, level: int | None, seed: int | None) -> list[Result]:
        level = self.objective.level(level)
        noise = None
        if self.noise and seed is not None:
            network = self.objective.identity == "network"
            noise = row_noise(seed, self.problem.space.canonical(codes) if network else codes)
        columns: Columns = {}
        with Fence(InterfaceError) as fence:
            columns = self.objective.evaluate(codes, level, noise)
        if fence.error is not None:
            if len(trials) == 1:
                return [Result(trials[0], Values(), 0.0, fence.reason)]
            return [
                result
                for row, trial in enumerate(trials)
                for result in self._evaluate([trial], codes[row : row + 1], level, seed)
            ]
        values, costs = self.column_checks.checked(columns, codes, level, noise is None)
        errors = self._errors(columns, len(trials))
        names, rows = self.observed, zip(trials, zip(*values, strict=True), costs, errors, strict=True)
        if not any(errors) and not any(any(map(isnan, given)) for given in values):
            return [Result(trial, Values(zip(names, row, strict=True)), cost) for trial, row, cost, _ in rows]
        return [
            Result(trial, Values(zip(names, row, strict=True)), cost)
            if error is None and not any(map(isnan, row))
            else Result(
                trial, Values(), cost, error or self._why([n for n, v in zip(names, row, strict=True) if v != v])
            )
            for trial, row, cost, error in rows
        ]

    def _errors(self, columns: Columns, n: int) -> list[str | None]:
        """What the objective says of each row that failed, in a column `error`; None of those that did not."""
        errors = list(columns.get("error", [None] * n))
        if len(errors) != n or not all(error is None or (isinstance(error, str) and error) for error in errors):
            raise InterfaceError(
                f"The objective of {self.id} gave {errors!r:.80} for 'error'; wanted None or a sentence for each of "
                f"{n} rows."
            )
        return errors

    def _why(self, names: Sequence[str]) -> str:
        """The error of a trial whose metrics of these names are NaN."""
        reasons = [self.objective.failures[name] for name in names if name in self.objective.failures]
        unexplained = [name for name in names if name not in self.objective.failures]
        return " ".join([*reasons, *([f"{', '.join(unexplained)} is NaN"] if unexplained else [])])


def as_loaded(benchmark: Benchmark) -> Benchmark:
    """The same benchmark, marked as what its spec names."""
    loaded = evolve(benchmark)
    object.__setattr__(loaded, "loaded", True)  # it is no argument, or `evolve` would hand it on
    return loaded
