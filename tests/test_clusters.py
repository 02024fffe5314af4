"""Clusters: what becomes of jobs on a scheduler's workers, tried with clusters of threads that lose jobs on purpose.

Neither dask nor ray is installed with the tests; what is said to each is answered by a module that takes no more than
its own documentation says of it.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from attrs import define, frozen

from nasapi.errors import NotAvailable, StudyError
from nasapi.running.study import Study
from nasapi.running.workers.clusters import Cluster, cluster
from nasapi.storage.merging import digest

TOY = "toy/formula-v1[budget=3]"


@frozen
class Task:
    """A task that is known by its name."""

    name: str

    def __call__(self) -> str:
        return f"{self.name} is done"

    def failed(self, message: str, seconds: float = 0.0) -> str:
        return f"{self.name}: {message}"


class Losing(Cluster):
    """Does jobs when they are waited for, the last sent first; loses each as often as it is told to."""

    name = "losing"

    def __init__(self, lost: dict[str, int] | None = None, answers: bool = True):
        self.lost, self.answers = dict(lost or {}), answers
        self.sent: list[str] = []
        self.cancelled: list[str] = []

    def send(self, task: Any) -> Any:
        self.sent.append(getattr(task, "name", "nothing"))
        return [task]

    def wait(self, sent: list[Any]) -> Any:
        return sent[-1]

    def result(self, sent: Any) -> Any:
        [task] = sent
        if not isinstance(task, Task):
            if not self.answers:
                raise ConnectionError("nobody is there.")
            return task()
        self.lost[task.name] = self.lost.get(task.name, 0) - 1
        if self.lost[task.name] >= 0:
            raise RuntimeError(f"{task.name} was lost.")
        return task()

    def cancel(self, sent: Any) -> None:
        self.cancelled.append(sent[0].name)
        raise OSError("too late")


class Hashed(Losing):
    """Sends what can be told apart."""

    def send(self, task: Any) -> Any:
        return tuple(super().send(task))


TASKS = [Task(name) for name in "abc"]


def test_a_job_that_is_lost_once_is_done_again_when_nothing_else_is() -> None:
    losing = Hashed({"c": 1, "a": 1})
    assert list(losing.perform(TASKS)) == ["b is done", "c is done", "a is done"]
    assert losing.sent == ["a", "b", "c", "c", "a"]


def test_a_job_that_is_lost_twice_has_failed_where_the_cluster_does_other_work() -> None:
    losing = Hashed({"b": 2})
    assert list(losing.perform(TASKS)) == [
        "c is done",
        "a is done",
        "b: its worker on the losing cluster died: RuntimeError: b was lost",
    ]
    assert losing.sent == ["a", "b", "c", "b", "nothing"]


def test_a_cluster_that_does_no_work_ends_the_study() -> None:
    losing = Hashed({"b": 2}, answers=False)
    done = []
    with pytest.raises(StudyError, match=r"does no more work: .*b was lost.*; asked for nothing, it said Connection"):
        for outcome in losing.perform(TASKS):
            done.append(outcome)
    assert done == ["c is done", "a is done"]


def test_a_cluster_that_takes_no_jobs_says_so() -> None:
    with pytest.raises(StudyError, match="The losing cluster takes no jobs: TypeError: unhashable"):
        list(Losing().perform(TASKS))


def test_jobs_that_nobody_waits_for_any_more_are_given_up() -> None:
    losing = Hashed()
    outcomes = losing.perform(TASKS)
    assert next(outcomes) == "c is done"
    outcomes.close()
    assert sorted(losing.cancelled) == ["a", "b"]


def test_jobs_that_are_done_are_not_given_up() -> None:
    losing = Hashed({"a": 1})
    assert len(list(losing.perform(TASKS))) == 3
    assert losing.cancelled == []


# What stands in for the two packages: threads are not needed, for a job is done when it is asked for.


@define
class Calls:
    """The calls that a stand-in was given."""

    given: list[Any]


@define(eq=False)
class Reference:
    """What ray gives for something that it does."""

    function: Callable[[Any], Any]
    task: Any


def ray_module(calls: Calls, lost: int = 0) -> ModuleType:
    """The part of ray that is used, of which one function loses the first so many jobs."""
    module: Any = ModuleType("ray")
    left = [lost]

    def remote(*, max_retries: int) -> Callable[[Any], Any]:
        calls.given.append(("retries", max_retries))
        return lambda function: SimpleNamespace(remote=lambda task: Reference(function, task))

    def get(reference: Any, *, timeout: float) -> Any:
        assert timeout > 10
        if left[0] and type(reference.task).__name__ == "Job":
            left[0] -= 1
            raise RuntimeError("The worker died unexpectedly.")
        return reference.function(reference.task)

    def wait(references: Sequence[Any], *, num_returns: int) -> tuple[list[Any], list[Any]]:
        return list(references[:num_returns]), list(references[num_returns:])

    def init(**given: Any) -> None:
        calls.given.append(("init", given))

    module.remote, module.get, module.wait, module.init = remote, get, wait, init
    module.cancel = lambda reference, *, force: calls.given.append(("cancel", force))
    module.shutdown = lambda: calls.given.append("shutdown")
    return module


class AsCompleted:
    """dask's futures as they end."""

    def __init__(self) -> None:
        self.futures: list[Any] = []

    def add(self, future: Any) -> None:
        self.futures.append(future)

    def __next__(self) -> Any:
        return self.futures.pop(0)


def dask_modules(calls: Calls, lost: int = 0) -> dict[str, ModuleType]:
    """The part of dask and distributed that is used; the first so many jobs are lost."""
    left = [lost]

    class Client:
        def __init__(self, address: str | None = None, **given: Any):
            calls.given.append((address, given, dict(config)))
            self.cluster = SimpleNamespace(adapt=lambda **given: calls.given.append(("adapt", given)))

        def __enter__(self) -> Client:
            return self

        def __exit__(self, *_: object) -> None:
            calls.given.append("closed")

        def submit(self, function: Any, task: Any, *, pure: bool) -> Any:
            assert not pure
            future: Future[Any] = Future()

            def result(*, timeout: float) -> Any:
                assert timeout > 10
                if left[0] and type(task).__name__ == "Job":
                    left[0] -= 1
                    raise RuntimeError("KilledWorker")
                return function(task)

            future.result = result  # type: ignore[method-assign, assignment]
            return future

    config: dict[str, Any] = {}

    @contextmanager
    def setting(given: dict[str, Any]) -> Iterator[None]:
        config.update(given)
        yield
        config.clear()

    dask: Any = ModuleType("dask")
    dask.config = SimpleNamespace(set=setting)
    distributed: Any = ModuleType("distributed")
    distributed.Client, distributed.as_completed = Client, AsCompleted
    return {"dask": dask, "distributed": distributed}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls([])
    for name, module in {"ray": ray_module(calls), **dask_modules(calls)}.items():
        monkeypatch.setitem(sys.modules, name, module)
    return calls


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_study_on_a_cluster_is_the_study(calls: Calls, backend: str, tmp_path: Any) -> None:
    there = Study([TOY], ["random"], 3, tmp_path / "there").run(jobs=2, backend=backend)
    Study([TOY], ["random"], 3, tmp_path / "here").run(backend="inline")
    assert len(there.histories()) == 3
    assert digest([tmp_path / "there"]) == digest([tmp_path / "here"])


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_worker_that_dies_on_a_cluster_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, backend: str, tmp_path: Any
) -> None:
    calls = Calls([])
    modules = {"ray": ray_module(calls, lost=2)} if backend == "ray" else dask_modules(calls, lost=2)
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    assert len(Study([TOY], ["random"], 3).run(jobs=2, backend=backend).histories()) == 3


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_run_whose_worker_always_dies_has_failed(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    calls = Calls([])
    modules = {"ray": ray_module(calls, lost=9)} if backend == "ray" else dask_modules(calls, lost=9)
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    with pytest.raises(StudyError, match=rf"2 of 2 runs failed .*its worker on the {backend} cluster died: Runtime"):
        Study([TOY], ["random"], 2).run(jobs=2, backend=backend)


def test_a_ray_cluster_of_this_machine_has_so_many_workers_and_is_shut_down(calls: Calls) -> None:
    with cluster("ray", 3, None) as made:
        reference = made.send(TASKS[0])
        made.cancel(reference)
        assert made.wait([reference, made.send(TASKS[1])]) is reference
        assert made.result(reference) == "a is done"
    start = {"num_cpus": 3, "include_dashboard": False, "log_to_driver": False}
    assert calls.given == [("init", start), ("retries", 0), ("cancel", True), "shutdown"]


def test_a_ray_cluster_elsewhere_is_asked_for_by_its_address(calls: Calls) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"ray://127.0.0.1:{server.getsockname()[1]}"
        with cluster("ray", 3, address):
            assert calls.given[0] == ("init", {"address": address})
    with cluster("ray", 3, "auto"):
        assert ("init", {"address": "auto"}) in calls.given


def test_a_ray_scheduler_that_does_not_answer_is_named_before_ray_is_asked(calls: Calls) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotAvailable, match=rf"No ray scheduler answers at 'ray://127\.0\.0\.1:{port}': ConnectionRef"):
        with cluster("ray", 3, f"ray://127.0.0.1:{port}"):
            pass
    assert calls.given == []


def test_a_cluster_that_does_not_start_here_says_so(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**_: Any) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(sys.modules["ray"], "init", init)
    with pytest.raises(NotAvailable, match="No ray cluster starts here: RuntimeError: no memory"):
        with cluster("ray", 3, None):
            pass


def test_a_dask_cluster_of_this_machine_keeps_its_workers_and_tries_no_job_again(calls: Calls) -> None:
    with cluster("dask", 3, None) as made:
        made.send(TASKS[0])
    local = {"n_workers": 3, "threads_per_worker": 1, "dashboard_address": None}
    started, adapted, closed = calls.given
    assert started == (None, local, {"distributed.scheduler.allowed-failures": 0})
    assert adapted == ("adapt", {"minimum": 3, "maximum": 3, "interval": "500ms"})
    assert closed == "closed"


def test_a_dask_cluster_elsewhere_is_its_owners_affair(calls: Calls) -> None:
    with cluster("dask", 3, "tcp://10.0.0.1:8786"):
        pass
    [(address, given, config), closed] = calls.given
    assert (address, config, closed) == ("tcp://10.0.0.1:8786", {}, "closed")
    assert given["timeout"] >= 5
