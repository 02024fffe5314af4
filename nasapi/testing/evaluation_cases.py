"""What rules of objectives and benchmarks are tested on: codes to evaluate, as many as their time allows."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from nasapi.benchmark import Benchmark
from nasapi.errors import InterfaceError
from nasapi.objective import Columns, Objective, Wrapped
from nasapi.space import Codes
from nasapi.testing.cases import PATIENCE, SpaceCase, stream
from nasapi.testing.rules import Skipped
from nasapi.words import counted

SHARES = 40
"""Into how many batches of codes a budget of evaluations is divided."""
SECONDS = 0.5
"""How long evaluating the codes of a rule may take, where there are more than `FEWEST` of them."""
FEWEST = 8
"""Codes that a rule sees however long they take."""


class ObjectiveCase:
    """An objective with codes of its space and noise for them, and perhaps a budget of evaluations."""

    def __init__(self, objective: Objective, evaluations: int | None = None):
        self.objective = objective if evaluations is None else Counted(objective, evaluations)
        self.evaluations = evaluations
        self.space_case = SpaceCase(objective.space)
        self.makes: tuple[Callable[[], ObjectiveCase], ...] = ()
        self.notes: list[str] = []
        """What the rule at work left out."""

    @property
    def codes(self) -> Codes:
        """(n, d): valid codes, a copy each time; few of them where evaluations are few."""
        codes = self.space_case.codes
        shared = len(codes) if self.evaluations is None else self.evaluations // SHARES
        quick = len(codes) if self.evaluations is not None else int(SECONDS / max(self.seconds, 1e-9))
        rows = min(max(shared, 2), max(quick, FEWEST))
        if rows >= len(codes):
            return codes
        self.left_out(f"{len(codes) - rows} of {len(codes)} codes")
        return codes[:: len(codes) // rows][:rows]

    def spare(self, each: int) -> int | None:
        """How often `each` evaluations fit beside what the other rules take of the budget; None without a budget."""
        if self.evaluations is None:
            return None
        return max(self.evaluations - SHARES * len(self.codes), 0) // each

    @property
    def steady(self) -> Codes:
        """(n, d): codes whose number no clock decides, for what is compared with another process."""
        return self.space_case.few if self.evaluations is None else self.codes

    @functools.cached_property
    def seconds(self) -> float:
        """How long one evaluation takes, of codes that no rule has asked for: what computes may remember the others."""
        with contextlib.suppress(Exception):  # what is wrong with it is for the rules to say
            fresh = self.space_case.fresh
            start = time.perf_counter()
            self.objective.evaluate(fresh[:1])
            first = time.perf_counter() - start
            if first > SECONDS or len(fresh) == 1:  # rules then see the fewest codes, however quick the others are
                return first
            self.objective.evaluate(fresh[1:])
            return (time.perf_counter() - start) / len(fresh)
        return 0.0

    @property
    def levels(self) -> tuple[int | None, ...]:
        """The levels of fidelity; the lowest and the highest where evaluations are few."""
        fidelity = self.objective.fidelity
        if fidelity is None:
            return (None,)
        if self.evaluations is None or len(fidelity.levels) < 3:
            return fidelity.levels
        self.left_out(f"the levels {fidelity.levels[1:-1]}")
        return fidelity.levels[0], fidelity.levels[-1]

    @functools.cached_property
    def every(self) -> Codes:
        """(n, d): all codes, where they can be listed and evaluating them takes seconds; else some."""
        if self.evaluations is not None or not self.space_case.countable or not self.objective.deterministic:
            return self.codes
        listed = self.space_case.listed
        return listed if self.seconds * len(listed) < PATIENCE else self.codes

    def column(self, name: str, level: int | None) -> NDArray[np.float64]:
        """(n,): a column of `every` at a level; each level is evaluated once for all rules."""
        if level not in self._columns:
            self._columns[level] = self.objective.evaluate(self.every.copy(), level)
        if len(self.every) == len(self.codes) < self.space_case.candidates and self.space_case.countable:
            self.left_out(f"all but {len(self.every)} of the space's codes, for evaluating them takes too long")
        return np.asarray(self._columns[level][name], np.float64)

    def reports_errors(self, level: int | None) -> bool:
        """Whether the objective answers for its rows at a level, in a column `error`."""
        self.column("cost", level)
        return "error" in self._columns[level]

    @functools.cached_property
    def _columns(self) -> dict[int | None, Columns]:
        return {}

    def left_out(self, what: str) -> None:
        """Note what the rule at work leaves out."""
        if what not in self.notes:
            self.notes.append(what)

    def noise(self, n: int, number: int = 0) -> NDArray[np.uint64]:
        """(n,): well-mixed draws."""
        return stream(number).integers(0, 2**64, size=n, dtype=np.uint64)


class BenchmarkCase:
    """A benchmark with codes of its space and, where it is known, the function that makes it."""

    def __init__(
        self, benchmark: Benchmark, make: Callable[[], Benchmark] | None = None, evaluations: int | None = None
    ):
        self.objective_case = ObjectiveCase(benchmark.objective, evaluations)
        self.benchmark = benchmark
        self.makes: tuple[Callable[[], BenchmarkCase], ...] = ()
        if evaluations is not None:
            self.benchmark = attrs.evolve(benchmark, objective=self.objective_case.objective)
        self.make = make
        self.notes = self.objective_case.notes

    @property
    def every(self) -> Codes:
        """(n, d): all codes, where they can be listed and evaluating them takes seconds; else some."""
        return self.objective_case.every

    @property
    def lists_all(self) -> bool:
        """Whether `every` is all codes of the space."""
        case = self.objective_case.space_case
        return case.countable and len(self.every) == len(case.listed)

    @property
    def codes(self) -> Codes:
        """(n, d): valid codes, a copy each time; few of them where evaluations are few."""
        return self.objective_case.codes


class Spent(Skipped, InterfaceError):
    """A budget of evaluations that does not suffice for a rule; no benchmark takes it for a failed evaluation."""


class Counted(Wrapped):
    """Another objective whose evaluations are counted: what would go over the budget is skipped."""

    def __init__(self, objective: Objective, evaluations: int):
        """Allow `evaluations` rows of `objective`."""
        super().__init__(objective)
        self.evaluations, self.left = evaluations, evaluations

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The columns of the other objective; raises Spent where too few evaluations are left."""
        self.take(len(codes))
        return self.objective.evaluate(codes, fidelity, noise)

    def take(self, rows: int) -> None:
        """Count `rows` evaluations; raises Spent where too few are left."""
        if rows > self.left:
            many = counted(rows, "evaluation", "evaluations")
            raise Spent(f"left out, for it needs {many} and {self.left} of {self.evaluations} are left")
        self.left -= rows
