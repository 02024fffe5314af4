"""Isolation: the same histories from a process without the table, and an end in words for one that goes wrong."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
from attrs import define, field

import nasapi
from nasapi.cli.main import main
from nasapi.errors import InterfaceError, InvalidOption, StrategyFailed, StudyError
from nasapi.running.isolation import IsolatedStrategy, Limits, isolated
from nasapi.storage.schema import error_text, to_columns
from nasapi.testing.search import ToySearch
from nasapi.testing.toy import toy_v1


def digest(history):
    return {name: column.tobytes() for name, column in to_columns(history).items()}, error_text(history.errors)


@define(eq=False)
class Goes(ToySearch):
    """Goes wrong in its third `ask`, as it is told to."""

    wrong: Any = field(kw_only=True, default=None)
    asked: int = field(default=0, init=False)

    def ask(self, n):
        self.asked += 1
        if self.asked == 3:
            self.wrong()
        return super().ask(n)


def goes(wrong):
    return functools.partial(Goes, wrong=wrong)


class Stop(BaseException):
    def __str__(self):
        raise RuntimeError


def raises(error):
    def raising():
        raise error

    return raising


def leaves_a_process_and_dies():
    subprocess.Popen(["sleep", "60"])
    os.kill(os.getpid(), signal.SIGSEGV)


WRONG = {
    "a fault": (lambda: os.kill(os.getpid(), signal.SIGSEGV), r"ended by signal SIGSEGV in `ask`"),
    "an abort": (os.abort, r"ended by signal SIGABRT in `ask`"),
    "a kill": (lambda: os.kill(os.getpid(), signal.SIGKILL), r"ended by signal SIGKILL in `ask`"),
    "an exit": (lambda: os._exit(0), r"ended with exit status 0 in `ask`"),
    "another exit": (lambda: os._exit(7), r"ended with exit status 7 in `ask`"),
    "sys.exit": (lambda: sys.exit(3), r"raised in `ask`: SystemExit: 3"),
    "a cancellation": (raises(asyncio.CancelledError("x")), r"raised in `ask`: CancelledError: x"),
    "an interruption": (raises(KeyboardInterrupt()), r"raised in `ask`: KeyboardInterrupt"),
    "a generator's end": (raises(GeneratorExit()), r"raised in `ask`: GeneratorExit"),
    "an error": (raises(ValueError("no")), r"raised in `ask`: ValueError: no"),
    "an error without words": (raises(Stop()), r"raised in `ask`: Stop: \(what it says cannot be read\)"),
    "closed files": (lambda: os.closerange(3, 64), r"ended .+ in `ask`"),
    "a process left behind": (leaves_a_process_and_dies, r"ended by signal SIGSEGV in `ask`"),
}


@pytest.mark.parametrize("what", WRONG)
def test_however_a_strategys_process_ends_its_run_says_so(what):
    wrong, message = WRONG[what]
    with pytest.raises(StrategyFailed, match=rf"'Goes\[wrong=[^']*\]' {message}") as raised:
        nasapi.run(toy_v1(), goes(wrong), seed=0, isolate=True)
    notes = getattr(raised.value, "__notes__", [])
    assert [note.startswith("In the strategy's own process:\nTraceback (most") for note in notes] == (
        [True] * message.startswith("raised")
    )


@pytest.mark.parametrize("spin", [lambda: time.sleep(600), lambda: sum(range(10**13))])
def test_an_ask_beyond_its_time_is_ended_with_its_process(spin):
    made = isolated(goes(spin), Limits(ask_seconds=1.5))(toy_v1().problem, np.random.default_rng(0))
    assert isinstance(made, IsolatedStrategy)
    process = made._process
    made.tell(toy_v1().evaluate([*made.ask(1), *made.ask(1)]))
    with pytest.raises(
        StrategyFailed, match=r"'Goes\[wrong=.*\]' was ended in `ask`, which took longer than the 1\.5 s it has"
    ):
        made.ask(1)
    assert process is not None and process.returncode == -signal.SIGKILL


def test_memory_beyond_the_limit_is_refused():
    def eat():
        kept = [np.ones(2**24) for _ in range(64)]
        del kept

    with pytest.raises(StrategyFailed, match=r"MemoryError: .*memory is limited to 1,073,741,824 bytes"):
        nasapi.run(toy_v1(), goes(eat), seed=0, isolate=Limits(memory=2**30))


def test_a_tell_that_is_too_slow_and_a_making_that_fails_are_named_as_such():
    class Slow(ToySearch):
        def tell(self, results):
            time.sleep(600)

    @define(eq=False)
    class Unmade(ToySearch):
        def __attrs_post_init__(self):
            os.abort()

    with pytest.raises(StrategyFailed, match="was ended in `tell`"):
        nasapi.run(toy_v1(), Slow, seed=0, isolate=Limits(ask_seconds=1.5))
    with pytest.raises(StrategyFailed, match="ended by signal SIGABRT in its making"):
        nasapi.run(toy_v1(), Unmade, seed=0, isolate=True)


@pytest.mark.parametrize(
    ("benchmark", "strategy", "batch"),
    [
        ("nb201/cifar10-v1[budget=40]", "evolution", 3),
        ("nb201/cifar10-v1[budget=40,noise=true]", "local-search", 1),
        ("toy/formula-v1[budget=300,unit=seconds]", ToySearch, 4),
        ("toy/formula-v1[budget=8,unit=unique]", "random[distinct=none]", 5),
    ],
)
def test_a_history_is_the_same_bytes_in_isolation(benchmark, strategy, batch):
    if benchmark.startswith("nb201"):
        pytest.importorskip("nasapi_nb201", reason="the runs are on its table")
    here = nasapi.run(benchmark, strategy, seed=7, batch=batch)
    there = nasapi.run(benchmark, strategy, seed=7, batch=batch, isolate=Limits(60, 2**32))
    assert (here.strategy, here.ended, digest(here)) == (there.strategy, there.ended, digest(there))


def test_failures_notes_and_a_spawned_generator_are_the_same_in_isolation():
    from nasapi.testing.problems import spoiled

    @define(eq=False)
    class Noting(ToySearch):
        def __attrs_post_init__(self):
            [self.rng] = self.rng.spawn(1)

        def ask(self, n):
            from attrs import evolve

            return [evolve(trial, note=object) for trial in super().ask(n)]

        def tell(self, results):
            assert all(result.trial.note is object for result in results)
            super().tell(results)

    half = spoiled(toy_v1(), "half")
    here, there = (nasapi.run(half, Noting, seed=1, batch=3, isolate=how) for how in (False, True))
    assert here.errors and digest(here) == digest(there)


def test_a_replayed_run_is_the_same_in_isolation():
    whole = nasapi.run(toy_v1(), ToySearch, seed=0)
    again = nasapi.run(toy_v1(), ToySearch, seed=0, resume=whole, isolate=True)
    assert digest(whole) == digest(again)


@pytest.mark.parametrize("held", [toy_v1(), toy_v1().objective])
def test_a_strategy_with_a_table_is_not_sent(held):
    with pytest.raises(InterfaceError, match=r"is sent no table, but it holds a (Benchmark|ToyObjective)"):
        nasapi.run(toy_v1(), lambda problem, rng: Goes(problem, rng, wrong=held), seed=0, isolate=True)


def test_what_cannot_be_sent_is_called_that():
    import threading

    held = threading.Lock()
    with pytest.raises(InterfaceError, match="cannot be sent to a process of its own: TypeError"):
        nasapi.run(toy_v1(), lambda problem, rng: Goes(problem, rng, wrong=held), seed=0, isolate=True)


def test_an_evaluation_of_the_runs_objective_is_noticed_in_the_other_process():
    def peek():
        benchmark = nasapi.load_benchmark("toy/formula-v1")
        benchmark.evaluate(benchmark.problem.trials(np.array([[2, 2, 2]])))

    with pytest.raises(InterfaceError, match=r"evaluated the objective of its run, .+ in `ask` \(.+, line \d+\)"):
        nasapi.run(toy_v1(), goes(peek), seed=0, isolate=True)


def test_answers_are_refused_in_the_same_words():
    class Forgets(ToySearch):
        def ask(self, n):
            super().ask(n)

    messages = []
    for isolate in (False, True):
        with pytest.raises(InterfaceError, match="None, as a method without `return` does") as caught:
            nasapi.run(toy_v1(), Forgets, seed=0, isolate=isolate)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_what_a_strategy_does_not_support_is_refused_as_ever():
    class OneGoal(ToySearch):
        supports = frozenset()

    from nasapi.testing.problems import two_goals

    with pytest.raises(InvalidOption, match="does not support multi-objective"):
        nasapi.run(two_goals(), OneGoal, seed=0, isolate=True)


@pytest.mark.parametrize(("seconds", "memory"), [(0, None), (-1, None), (None, 5), (None, 1.5e9), ("1", None)])
def test_limits_that_are_none_are_refused(seconds, memory):
    with pytest.raises(InvalidOption, match=r"is limited to a number of"):
        Limits(seconds, memory)


@pytest.mark.parametrize("isolate", [1, "yes", None])
def test_isolation_that_is_no_choice_is_refused(isolate):
    with pytest.raises(InvalidOption, match=r"isolated by True, by Limits, or not, by False; not by "):
        isolated(ToySearch, isolate)


def test_one_bad_strategy_of_a_study_is_a_failure_of_its_own_runs():
    study = nasapi.Study([toy_v1()], [ToySearch, goes(os.abort)], seeds=2)
    with pytest.raises(StudyError, match=r"2 of 4 runs failed .* SIGABRT"):
        study.run(isolate=True)
    assert [history.strategy for history in study.histories()] == ["ToySearch", "ToySearch"]


def test_bench_takes_limits_with_isolation_and_refuses_them_without(here, capsys):
    def bench(*options):
        with pytest.raises(SystemExit) as ended:
            main(["bench", "toy/formula-v1", "-s", "random", "--seeds", "1", "--store", "s", *options])
        return ended.value.code, capsys.readouterr()

    status, streams = bench("--isolate", "--ask-seconds", "60", "--memory", "2G")
    assert status == 0 and "1 run is in" in streams.out
    status, streams = bench("--memory", "2G")
    assert status == 2
    assert streams.err == "nasapi: --memory limits a strategy in a process of its own; give --isolate too.\n"
    status, streams = bench("--isolate", "--memory", "much")
    assert status == 2
    assert "'much' is no size of memory; write a number with K, M or G, as in 4G." in streams.err


def test_a_closed_strategy_leaves_no_process():
    made = isolated(ToySearch, True)(toy_v1().problem, np.random.default_rng(0))
    assert isinstance(made, IsolatedStrategy)
    process = made._process
    with made:
        assert made.ask(2)
    assert process is not None and process.returncode == -signal.SIGKILL
    with pytest.raises(StrategyFailed, match="is closed"):
        made.ask(1)


PARENT = """
import os, subprocess, sys, time
import nasapi
from nasapi.running.isolation import isolated
from nasapi.testing.search import ToySearch
from nasapi.testing.toy import toy_v1
import numpy as np

class Busy(ToySearch):
    def ask(self, n):
        child = subprocess.Popen(["sleep", "100"])
        print(os.getpid(), child.pid, flush=True)
        sum(range(10**13))

nasapi.run(toy_v1(), Busy, seed=0, isolate=True)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_strategy_and_what_it_started_end_with_a_parent_that_is_killed_or_interrupted(how):
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        pids = list(map(int, parent.stdout.readline().split()))
        parent.send_signal(how)
        try:
            parent.wait(10)
        finally:
            parent.kill()
    deadline = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(pids) == 2 and not any(map(alive, pids))


def alive(pid):
    """Whether a process runs; one that is dead and not yet waited for does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def forks():
    if os.fork() == 0:
        raise RuntimeError("of the child")
    os.wait()


def test_a_fork_of_a_strategy_that_raises_instead_of_ending_is_not_the_strategy():
    history = nasapi.run(toy_v1(), goes(forks), seed=0, isolate=True)
    np.testing.assert_array_equal(history.codes, nasapi.run(toy_v1(), ToySearch, seed=0).codes)
