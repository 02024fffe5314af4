"""The process of an isolated strategy, served in this one: what is said over its pipe, message by message."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from multiprocessing.connection import Connection, Pipe
from typing import Any

import numpy as np
import pytest
from attrs import define

import nasapi
from nasapi.errors import InterfaceError
from nasapi.running import isolated_server as server
from nasapi.running.portable import dumped
from nasapi.running.workers.jobs import Attempt, Job
from nasapi.running.workers.parcels import Parcel
from nasapi.testing import problems
from nasapi.testing.search import ToySearch
from nasapi.testing.toy import toy_v1


@define(eq=False)
class Where(ToySearch):
    """Says in an error in which process it is made."""

    def __attrs_post_init__(self) -> None:
        raise ValueError(f"made in {os.getpid()}")


@define(eq=False)
class Peeks(ToySearch):
    """Evaluates the objective of its run as it is made."""

    def __attrs_post_init__(self) -> None:
        benchmark = nasapi.load_benchmark("toy/formula-v1")
        benchmark.evaluate(benchmark.problem.trials(np.array([[2, 2, 2]])))


@define(eq=False)
class Fails(ToySearch):
    """Raises when it is told anything, with a text that cannot be read."""

    def tell(self, results: Any) -> None:
        class Mute(Exception):
            def __str__(self) -> str:
                raise RuntimeError

        raise Mute


@pytest.fixture
def ends() -> Iterator[tuple[Connection[Any, Any], Connection[Any, Any]]]:
    ours, theirs = Pipe()
    with ours, theirs:
        yield ours, theirs


def received(ours: Connection[Any, Any]) -> Any:
    assert ours.poll(0)
    return json.loads(ours.recv_bytes())


def started(ends: Any, maker: Any) -> Any:
    ours, theirs = ends
    ours.send_bytes(dumped(maker, toy_v1().problem, np.random.default_rng(3), "mine"))
    made = server._start(theirs, 0)
    assert received(ours) == {}
    return made


def answer_of(ends: Any, made: Any, message: Any) -> tuple[bool, Any]:
    ours, theirs = ends
    ours.send_bytes(json.dumps(message).encode())
    goes_on = server._step(theirs, made)
    return goes_on, received(ours)


def test_a_strategy_asks_and_is_told_of_its_own_trials_by_number(ends: Any) -> None:
    [made] = started(ends, ToySearch)
    try:
        first = received(ends[0])
        assert first == {"supports": ["constraints", "fidelity", "multi-objective"], "seen": []}
        goes_on, answer = answer_of(ends, made, {"ask": 3})
        assert goes_on
        assert [number for number, *_ in answer["trials"]] == [0, 1, 2]
        same = ToySearch(toy_v1().problem, np.random.default_rng(3)).ask(3)
        assert [tuple(code) for _, _, code, _ in answer["trials"]] == [trial.arch.code for trial in same]
        results = [[2, {"valid_accuracy": 50.0}, 1.0, None], [0, {}, 2.0, "no memory"]]
        assert answer_of(ends, made, {"tell": results}) == (True, {"seen": []})
        assert (list(made.asked), made.delivered) == ([1], 2)
        _, answer = answer_of(ends, made, {"ask": 1})
        assert answer["trials"][0][0] == 3
        assert not made.guard.sightings
    finally:
        made.guard.__exit__(None, None, None)


def test_a_strategy_that_raises_is_served_no_longer(ends: Any) -> None:
    [made] = started(ends, Fails)
    try:
        received(ends[0])
        answer_of(ends, made, {"ask": 1})
        goes_on, answer = answer_of(ends, made, {"tell": [[0, {"valid_accuracy": 50.0}, 1.0, None]]})
        assert not goes_on
        assert (answer["raised"], answer["text"], answer["ours"]) == ("Mute", "(what it says cannot be read)", False)
    finally:
        made.guard.__exit__(None, None, None)


def test_what_making_a_strategy_raises_is_reported(ends: Any) -> None:
    assert started(ends, Where) is None
    answer = received(ends[0])
    assert (answer["raised"], answer["text"]) == ("ValueError", f"made in {os.getpid()}")
    assert re.search(r'", line \d+, in __attrs_post_init__\n', answer["trace"])


def test_an_evaluation_in_its_making_is_reported_as_such(ends: Any) -> None:
    [made] = started(ends, Peeks)
    made.guard.__exit__(None, None, None)
    seen = received(ends[0])["seen"]
    assert seen and all(sighting["place"].startswith("its making (") for sighting in seen)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")
def test_a_strategy_is_served_until_nobody_listens(ends: Any) -> None:
    ours, theirs = ends
    watched, lifeline = os.pipe()
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        ours.close()
        os.close(lifeline)
        server.serve(str(theirs.fileno()), str(watched), "0")
        os._exit(1)
    os.close(watched)
    theirs.close()
    ours.send_bytes(dumped(ToySearch, toy_v1().problem, np.random.default_rng(3), "mine"))
    assert json.loads(ours.recv_bytes()) == {}
    assert "fidelity" in json.loads(ours.recv_bytes())["supports"]
    for number in range(3):
        ours.send_bytes(json.dumps({"ask": 1}).encode())
        assert ours.poll(30)
        assert json.loads(ours.recv_bytes())["trials"][0][0] == number
    ours.close()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(lifeline)


def test_the_phases_of_a_run_are_reported_as_it_enters_them() -> None:
    phases: list[str] = []
    nasapi.run("toy/formula-v1[budget=4]", ToySearch, seed=0, batch=2, notify=phases.append)
    assert phases == ["make", "follow", *["ask", "evaluate", "tell", "follow"] * 2]


def test_of_several_metrics_the_one_that_a_strategy_changes_is_named() -> None:
    @define(eq=False)
    class Changes(ToySearch):
        def tell(self, results: Any) -> None:
            dict.__setitem__(results[1].values, "params", 1.0)

    for batch, trial in ((2, 1), (3, 1)):
        with pytest.raises(InterfaceError, match=rf"changed 'params' of trial {trial} in `tell`"):
            nasapi.run(problems.two_goals(), Changes, seed=0, batch=batch)


def test_a_long_text_is_reported_in_part() -> None:
    failure = server._raised(ValueError("x" * 6000))
    assert failure["text"] == "x" * 5000


@pytest.mark.parametrize("isolate", [False, True])
def test_a_job_isolates_its_strategy_where_it_is_told_to(isolate: bool) -> None:
    benchmark = Parcel("benchmark", "toy/formula-v1", toy_v1())
    failure: Any = Job(benchmark, Parcel("strategy", "Where", Where), 0, 1, isolate)()
    assert (failure.strategy, failure.seed) == ("Where", 0)
    assert (f"made in {os.getpid()}" in failure.message) is not isolate
    assert Attempt(Parcel("strategy", "ToySearch", ToySearch), [benchmark], isolate)() is None
