"""The conversation of a run with its strategy: asks and tells, watched by the guard, timed, and shown to observers."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from attrs import define, evolve, field

from nasapi.errors import InterfaceError
from nasapi.guard import Guard
from nasapi.problem import Problem
from nasapi.running.ledger import Ledger
from nasapi.running.observers import Audience
from nasapi.running.phases import Notify
from nasapi.running.result_delivery import deliver
from nasapi.running.trial_checks import require_trials
from nasapi.strategy import Strategy
from nasapi.trial import Result, Trial


@define(eq=False)
class Conversation:
    """The asks and tells of one run; each answer is checked before anything is evaluated."""

    strategy: Strategy
    name: str
    """What the strategy is recorded as."""
    problem: Problem
    ledger: Ledger
    guard: Guard
    audience: Audience
    notify: Notify
    _seconds: float = field(default=0.0, init=False)
    """The strategy's own wall time since it was told last."""

    _asked: bool = field(default=False, init=False)
    """Whether the strategy has asked for anything yet."""

    _given: dict[int, tuple[Trial, Trial]] = field(factory=dict, init=False)
    """Trials that were asked and not told of, each with the strategy's own where that is another; by identity."""

    def ask(self, room: int) -> list[Trial]:
        """What the strategy asks for, at most `room` trials; none where it must have results first, or has ended."""
        guard, start = self.guard, perf_counter()
        self.notify("ask")
        guard.enter("`ask`")
        try:
            trials = self.strategy.ask(room)
        finally:
            guard.leave()
        self._seconds += perf_counter() - start
        self.notify("evaluate")
        guard.require_no_sighting()
        answer = require_trials(trials, room, self.problem, self.name)
        if self.ledger.benchmark.workers > 1:  # they are out while the strategy is told of others
            answer = answer.copied()
        asked = answer.trials
        if not asked and not self._asked:
            raise InterfaceError(
                f"Strategy {self.name!r} asked for nothing in its first answer; it must ask for a trial or more before "
                "it can hear of any or end the run. Return a list of Trial from `ask`."
            )
        self._asked = True
        if asked is not answer.given:
            pairs = zip(*answer, strict=True)
            self._given.update({id(trial): (trial, given) for trial, given in pairs if trial is not given})
        return asked

    def tell(self, kept: Sequence[Result]) -> None:
        """Tell the strategy and observers of results, which are the last that the ledger recorded."""
        guard, ledger, start = self.guard, self.ledger, perf_counter()
        before = len(ledger) - len(kept)
        results = [self._as_given(result) for result in kept] if self._given else kept
        self.notify("tell")
        guard.enter("`tell`")
        try:
            deliver(self.strategy, results, self.name, ledger.last, before)
        finally:
            guard.leave()
        ledger.record_time(len(kept), self._seconds + perf_counter() - start)
        self._seconds = 0.0
        self.notify("follow")
        guard.require_no_sighting()
        if self.audience.has_listener("nasapi_result"):
            for result in kept:
                self.audience.notify_result(result)

    def _as_given(self, result: Result) -> Result:
        """The result of the strategy's own trial."""
        _, given = self._given.pop(id(result.trial), (None, result.trial))
        return result if given is result.trial else evolve(result, trial=given)
