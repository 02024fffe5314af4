"""The guard of a run: notices evaluations of the run's own objective by its strategy, which no ledger would count."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Protocol, Self

import attrs
import numpy as np
from attrs import define, field, frozen

from nasapi.errors import InterfaceError
from nasapi.metric import Metric
from nasapi.problem import Problem
from nasapi.space import SearchSpace

_PROBED = 8  # rows by which an objective is recognised

_GUARD = "_nasapi_guard"
"""The attribute of a thread, and of a replaced `Thread.start`, that has the guard of the run it belongs to."""
_replacing_start = threading.Lock()


class EvaluatesCodes(Protocol):
    """What a guard knows of an objective."""

    @property
    def metrics(self) -> Sequence[Metric]:
        """What it measures."""

    @property
    def space(self) -> SearchSpace:
        """Of whose codes."""

    def evaluate(self, codes: Any, fidelity: int | None = None, noise: Any = None) -> Mapping[str, Any]:
        """Its columns."""


@frozen
class Sighting:
    """An evaluation by a strategy that may be of the run's own objective."""

    place: str
    """Method, file and line."""
    objective: str
    codes: Sequence[Sequence[int]] = ()
    values: Mapping[str, Sequence[float]] = field(factory=dict)
    """Expected values of some of the codes for each goal; empty where the objective is the run's itself."""


@define(eq=False)
class Guard:
    """Knows when a strategy is at work, and what it evaluates then.

    The run's own objective is that object, or any other over the same space that has the same values of a goal for
    what was asked: the same table loaded again, or a part of it. Others may be evaluated freely. Within `with guard:`,
    which lasts as long as the run, threads that a strategy starts are known to work for it.
    """

    problem: Problem
    name: str
    """What the strategy is recorded as."""
    own: EvaluatesCodes | None = None
    """The run's objective; None in a process that has not got it, whose sightings another process decides on."""
    sightings: list[Sighting] = field(factory=list, init=False)
    _doing: str = field(default="", init=False)
    _outer: Guard | None = field(default=None, init=False)
    _noted: list[EvaluatesCodes] = field(factory=list, init=False)
    """Objectives whose evaluation was noted."""
    _closed: bool = field(default=False, init=False)

    def __enter__(self) -> Self:
        with _replacing_start:
            threading.Thread.start = _start_under(threading.Thread.start, self)  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        with _replacing_start:
            while (top := getattr(threading.Thread.start, _GUARD, None)) is not None and top._closed:
                threading.Thread.start = threading.Thread.start.__wrapped__  # type: ignore[method-assign, attr-defined]

    def enter(self, doing: str) -> None:
        """The strategy begins with `doing` in this thread."""
        self._doing = doing
        thread = threading.current_thread()
        self._outer = getattr(thread, _GUARD, None)
        setattr(thread, _GUARD, self)

    def leave(self) -> None:
        """The strategy is out of what it was in."""
        setattr(threading.current_thread(), _GUARD, self._outer)
        self._outer = None

    def close(self) -> None:
        """The run is over; threads that its strategy left behind are nobody's any more."""
        self._closed = True

    def require_no_sighting(self) -> None:
        """Raise InterfaceError that names strategy and place if a sighting was of the run's own objective."""
        if not self.sightings:
            return
        sightings, self.sightings = self.sightings, []
        for sighting in sightings:
            if not sighting.values or self._is_own(sighting):
                raise InterfaceError(
                    f"Strategy {self.name!r} evaluated the objective of its run, {sighting.objective}, by itself in "
                    f"{sighting.place}; every query is counted: ask for it as a trial."
                )

    def take_sightings(self) -> list[dict[str, Any]]:
        """The sightings since the last call, as plain values that `forward_sightings` reads in another process."""
        taken, self.sightings = self.sightings, []
        return [attrs.asdict(sighting) for sighting in taken]

    def note(self, objective: EvaluatesCodes, codes: Any) -> None:
        """Note an evaluation of `objective` where it may be the run's, or the same table loaded again.

        Another object over the same space is asked for the expected values of the first codes, which `_is_own` compares
        with the run's own. Each object is looked at once.
        """
        if self._closed or any(objective is noted for noted in self._noted):
            return
        shared = self._shared_goals(objective)
        if not shared:
            return
        place = f"{self._doing} ({_caller()})"
        self._noted.append(objective)  # before it is asked itself, which comes back here
        if objective is self.own:
            self.sightings.append(Sighting(place, _class_name(objective)))
            return
        probed = np.asarray(codes)[:_PROBED]
        values = _expected_values(objective, probed, shared)
        if values:
            self.sightings.append(Sighting(place, _class_name(objective), probed.tolist(), values))
        else:  # other codes may tell more
            self._noted = [noted for noted in self._noted if noted is not objective]

    def _shared_goals(self, objective: EvaluatesCodes) -> list[str]:
        """The goals of the run that an objective measures of the run's space."""
        if objective.space.id != self.problem.space.id:
            return []
        goals = {goal.name for goal in self.problem.goals}
        return [metric.name for metric in objective.metrics if metric.name in goals]

    def _is_own(self, sighting: Sighting) -> bool:
        """Whether the run's objective has all values that were seen of a goal, of the codes for which they were seen.

        What either lacks tells nothing. One equal value of many would not do: accuracies on few images are often equal.
        """
        if self.own is None:
            return False
        own = _expected_values(self.own, np.asarray(sighting.codes, np.int64), list(sighting.values))
        for name, column in own.items():
            one, other = np.asarray(column), np.asarray(sighting.values[name])
            both = ~np.isnan(one) & ~np.isnan(other)
            if both.any() and np.isclose(one[both], other[both], rtol=1e-6, atol=0.0).all():
                return True
        return False


def _expected_values(objective: EvaluatesCodes, codes: Any, goals: Sequence[str]) -> dict[str, list[float]]:
    """The expected values of codes for each goal; empty where all are NaN, or the objective raises."""
    try:
        columns = objective.evaluate(codes.copy(), None, None)
        values = {name: np.asarray(columns[name], np.float64).tolist() for name in goals}
    except Exception:  # foreign code; whoever evaluates these codes meets the same
        return {}
    return values if any(value == value for column in values.values() for value in column) else {}


def guarded(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    """The `evaluate` of an objective's class as every caller meets it: the same, and noted by guards at work."""
    if hasattr(evaluate, "_guarded"):
        return evaluate

    @functools.wraps(evaluate)
    def noted(self: EvaluatesCodes, *given: Any, **named: Any) -> Any:
        if at_work():
            for guard in _at_work():
                guard.note(self, given[0] if given else named.get("codes"))
        return evaluate(self, *given, **named)

    noted._guarded = True  # type: ignore[attr-defined]
    return noted


def at_work() -> bool:
    """Whether this thread works for a strategy, whose guard must see what it evaluates."""
    return getattr(threading.current_thread(), _GUARD, None) is not None


def forward_sightings(taken: Sequence[Mapping[str, Any]]) -> None:
    """Give the sightings of another process to the guard of the run that this thread is in."""
    guard: Guard | None = getattr(threading.current_thread(), _GUARD, None)
    if guard is not None:
        guard.sightings.extend(Sighting(**sighting) for sighting in taken)


def _at_work() -> list[Guard]:
    """The guards of the strategies that this thread works for, the innermost first."""
    guard: Guard | None = getattr(threading.current_thread(), _GUARD, None)
    found = []
    while guard is not None:
        found.append(guard)
        guard = guard._outer
    return found


def _start_under(start: Callable[[threading.Thread], None], guard: Guard) -> Callable[[threading.Thread], None]:
    """A `Thread.start` whose thread has the guard of the one that starts it, which Python 3.11 does not record.

    It is there while the run of `guard` is on. Runs in several threads end in any order: whoever ends puts back all
    that is on top and of runs that are over.
    """

    @functools.wraps(start)
    def start_with_guard(self: threading.Thread) -> None:
        for innermost in _at_work()[:1]:
            setattr(self, _GUARD, innermost)
        start(self)

    setattr(start_with_guard, _GUARD, guard)
    return start_with_guard


def _class_name(objective: EvaluatesCodes) -> str:
    return f"{type(objective).__module__}.{type(objective).__qualname__}"


def _caller() -> str:
    """File and line of the innermost caller outside of this package."""
    own = str(Path(__file__).parent)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(own):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}" if frame is not None else "a thread"
