"""The processes of runs one by one: limits, how they end, what is sent to them, and a worker served in this process."""

from __future__ import annotations

import gc
import io
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Pipe
from types import ModuleType
from typing import Any

import attrs
import cloudpickle
import numpy as np
import pytest
from attrs import define
from stores import Drawing

import nasapi
from nasapi.errors import InvalidOption, NotAvailable, StoreError, StrategyFailed
from nasapi.running import isolated_server as server
from nasapi.running.isolation import IsolatedStrategy, Limits, _how
from nasapi.running.portable import portable_strategy
from nasapi.running.workers import worker
from nasapi.running.workers.backends import Inline, check
from nasapi.running.workers.evaluating import BackendEvaluator, Evaluation, LookUp
from nasapi.running.workers.jobs import Attempt, Failure, TimeLimits
from nasapi.running.workers.parcels import Parcel, _pickled, pack_benchmark
from nasapi.running.workers.recording import Unrecorded
from nasapi.testing import problems
from nasapi.testing.search import ToySearch
from nasapi.testing.toy import toy_v1


@pytest.mark.parametrize(("backend", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_a_cluster_whose_package_is_missing_is_refused_before_anything_is_done(
    backend: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NotAvailable, match=rf"pip install 'nasapi\[{backend}\]'"):
        check(backend, None, TimeLimits(), 1)
    for other in ("loky", "inline"):
        check(other, None, TimeLimits(), 1)


# A strategy's own process


def test_memory_and_time_are_limited_within_bounds() -> None:
    for memory in (2**20, 2**62 - 1):
        assert Limits(memory=memory).memory == memory
    for memory in (2**20 - 1, 2**62):
        with pytest.raises(InvalidOption, match=f"a number of bytes from 1,048,576, not {memory}"):
            Limits(memory=memory)
    for seconds in (1e-3, 1e9 - 1):
        assert Limits(seconds).ask_seconds == seconds
    with pytest.raises(InvalidOption, match="a number of seconds above 0"):
        Limits(1e9)


def test_memory_is_limited_where_a_limit_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: asked.append((kind, limits)))
    server._limit(0)
    assert asked == []
    server._limit(2**30)
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    assert asked == [(kind, (2**30, 2**30))]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has pipes that signal")
def test_the_kernel_ends_a_process_whose_parent_is_gone_whatever_it_is_at(monkeypatch: pytest.MonkeyPatch) -> None:
    watched, lifeline = os.pipe()
    ready, done = os.pipe()
    if not (child := os.fork()):
        os.setsid()
        os.close(lifeline)
        monkeypatch.setattr(threading.Thread, "start", lambda self: None)  # as if it never came to run
        server._end_with_parent(watched)
        os.write(done, b"now")
        time.sleep(20)
        os._exit(0)
    os.close(watched)
    os.close(done)
    assert os.read(ready, 3) == b"now"
    os.close(ready)
    os.close(lifeline)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_a_process_is_ended_where_its_group_cannot_be_signalled(monkeypatch: pytest.MonkeyPatch) -> None:
    made = IsolatedStrategy(toy_v1().problem, np.random.default_rng(0), spec="mine", limits=Limits())
    process = made._process = subprocess.Popen(["sleep", "60"])

    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "killpg", refuse)
    made.close()
    assert process.returncode == -signal.SIGKILL


def test_what_is_sent_to_a_process_that_has_ended_says_how_it_ended() -> None:
    made = IsolatedStrategy(toy_v1().problem, np.random.default_rng(0), spec="mine", limits=Limits(memory=2**20))
    made._pipe, theirs = Pipe()
    theirs.close()
    process = made._process = subprocess.Popen(["sh", "-c", "exit 3"])
    process.wait()
    with pytest.raises(StrategyFailed, match=r"'mine' ended with exit status 3 in `ask`; its memory is limited to 1,0"):
        made.ask(1)
    assert (made._pipe, made._process) == (None, None)


@pytest.mark.parametrize(
    ("status", "words"),
    [(None, "without a status"), (0, "with exit status 0"), (-9, "by signal SIGKILL"), (-99, "by signal 99")],
)
def test_how_a_process_ended_is_said_in_words(status: int | None, words: str) -> None:
    assert _how(status) == words


# Other processes


@define
class Gives:
    """Has done tasks already, however they ended."""

    outcomes: Sequence[Any]

    def perform(self, tasks: Sequence[Any]) -> Iterator[Any]:
        yield from self.outcomes


def test_a_study_keeps_histories_gathers_failures_and_ends_where_nothing_can_be_recorded() -> None:
    study = nasapi.Study(["toy/formula-v1"], ["random"], 3)
    history = nasapi.run("toy/formula-v1", "random", seed=1)
    failures = [Failure("toy/formula-v1", "random", seed, f"no {seed}") for seed in (2, 0)]
    shown: list[Any] = []
    found = study._perform(
        Gives([failures[0], history, failures[1]]),
        [None] * 3,
        3,
        lambda *shares: shown.append(shares),  # type: ignore[list-item]
    )
    assert [failure.seed for failure in found] == [0, 2]
    assert study.histories() == [history]
    assert shown == [(0, 3, None), (1, 3, history)]
    gone = Unrecorded("toy/formula-v1", "random", 2, "The store is gone.")
    with pytest.raises(StoreError, match=r"The store is gone\."):
        study._perform(Gives([gone]), [], 3, None)


def test_a_strategy_is_refused_before_a_study_where_no_benchmark_takes_it() -> None:
    class OneGoal(ToySearch):
        supports = frozenset()

    strategy = Parcel("strategy", "OneGoal", OneGoal)
    goals, constraints, plain = (
        Parcel("benchmark", made.spec, made) for made in (problems.two_goals(), problems.constrained(), toy_v1())
    )
    refusal = Attempt(strategy, [goals, constraints])()
    assert refusal is not None and isinstance(refusal.error, InvalidOption)
    assert "does not support multi-objective" in str(refusal.error)
    assert Attempt(strategy, [goals, plain])() is None


@define
class Backwards:
    """Does tasks here, the last one first."""

    def perform(self, tasks: Sequence[Any]) -> Iterator[Any]:
        yield from Inline().perform(tasks[::-1])


def test_evaluations_come_back_in_the_order_of_their_trials_however_they_end() -> None:
    benchmark = attrs.evolve(problems.spoiled(problems.two_goals(), "half"), noise=True)
    codes = np.concatenate(list(benchmark.problem.space.enumerate()))
    trials = benchmark.problem.trials(codes)
    evaluator = BackendEvaluator(benchmark, Backwards())
    assert evaluator.evaluate(trials, 5) == benchmark.evaluate(trials, 5)
    assert evaluator.evaluate([], 5) == []
    names = ("test_accuracy", "params", "nothing")
    wanted, found = benchmark.look_up(codes, names), evaluator.look_up(codes, names)
    assert list(found) == list(names)
    for name in names:
        np.testing.assert_array_equal(found[name], wanted[name])


def test_a_strategy_goes_by_its_spec_where_that_gives_its_target_and_its_options() -> None:
    factory = nasapi.load_strategy("nasapi.testing.search:ToySearch", explore=0.25)
    assert portable_strategy(factory) == factory.spec
    for changes in ({"target": Drawing}, {"options": {"explore": 0.75}}):
        other = attrs.evolve(factory, **changes)  # under the spec of the first
        assert portable_strategy(other) is other
    assert portable_strategy(Drawing) is Drawing


def test_what_another_process_would_not_find_is_sent_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    here = ModuleType("made_here")
    monkeypatch.setitem(sys.modules, "made_here", here)
    exec("class Mine:\n    number = 7\n", here.__dict__)
    sent = _pickled("strategy", "mine", here.Mine, [here.Mine])
    assert "made_here" not in cloudpickle.list_registry_pickle_by_value()
    monkeypatch.delitem(sys.modules, "made_here")
    assert pickle.loads(sent).number == 7
    known = _pickled("strategy", "toy", ToySearch, [ToySearch])
    assert pickle.loads(known) is ToySearch and len(known) < 100
    with pytest.raises(InvalidOption, match=r"Strategy 'lock' cannot be sent to a worker process: .*'inline'"):
        _pickled("strategy", "lock", threading.Lock(), [])


@define
class Says:
    """A task that says something, or raises."""

    answer: Any

    def __call__(self, notify: Any = None) -> Any:
        print("this is for nobody")
        if notify is not None:
            notify("evaluate")
        if isinstance(self.answer, Exception):
            raise self.answer
        return threading.Lock() if self.answer == "a lock" else self.answer

    def failed(self, message: str, seconds: float = 0.0) -> Any:
        return "failed", message, seconds


def test_an_evaluation_and_a_look_up_say_when_they_begin_and_what_they_find() -> None:
    parcel, phases = pack_benchmark(toy_v1()), list[str]()
    evaluated = Evaluation(3, parcel, (2, 2, 2), None, None)(phases.append)
    found = LookUp(4, parcel, (2, 2, 2), ("params",))(phases.append)
    assert phases == ["evaluate"] * 2
    measured = toy_v1().objective.evaluate(np.array([[2, 2, 2]]))
    assert evaluated == (3, ({"valid_accuracy": measured["valid_accuracy"][0]}, measured["cost"][0], None))
    assert found == (4, ({"params": measured["params"][0]}, 0.0, None))


def test_a_worker_does_what_it_is_sent_and_answers_until_nothing_comes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    sent = [(True, Says(1)), (False, Says(2)), (True, Says("a lock")), (False, Says(OSError("no disk")))]
    (theirs, ours), (answers, printed) = os.pipe(), os.pipe()
    with os.fdopen(ours, "wb") as jobs:
        for job in sent:
            pickle.dump(job, jobs)
    kept, interrupted = [os.dup(0), os.dup(1)], signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    try:
        for number, stream in ((0, theirs), (1, printed)):
            os.dup2(stream, number)
            os.close(stream)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # its streams end with its process
            worker.main()
            gc.collect()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert os.read(0, 1) == b""  # what a job would read
    finally:
        signal.signal(signal.SIGINT, interrupted)
        for number, stream in enumerate(kept):
            os.dup2(stream, number)
            os.close(stream)
    stream = io.BytesIO(os.read(answers, 1 << 16))
    os.close(answers)
    answered = []
    while stream.tell() < len(stream.getvalue()):
        answered.append(pickle.load(stream))
    assert [what for what, _ in answered] == ["ready", "phase", "done", "done", "phase", "done", "done"]
    assert [answer for what, answer in answered if what == "done"][:2] == [1, 2]
    locked, broken = [answer for what, answer in answered if what == "done"][2:]
    assert (locked[0], locked[1][:10], broken) == ("failed", "TypeError:", ("failed", "OSError: no disk", 0.0))
    assert {answer for what, answer in answered if what == "phase"} == {"evaluate"}


def test_what_a_run_changed_of_the_limits_of_its_process_is_undone() -> None:
    allowed = worker._limits()
    assert worker._restored(allowed)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))
    assert worker._restored(allowed)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)
    impossible = allowed | {resource.RLIMIT_NOFILE: (hard + 1, hard + 1)} if hard > 0 else None
    if os.geteuid() and impossible:
        assert not worker._restored(impossible)
