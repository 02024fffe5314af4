"""Clusters: the jobs of a study on the workers of a dask or ray scheduler, each given back as it ends."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nasapi.errors import NotAvailable, StudyError, how_to_install
from nasapi.running.workers.jobs import Task
from nasapi.safety.fences import Fence

_PATIENCE = 10.0  # seconds for a scheduler to answer
_GATHERING = 120.0  # seconds for an outcome to arrive, while workers that died are replaced
PACKAGES = {"dask": "distributed", "ray": "ray"}
"""The module of each kind of cluster."""


class Cluster:
    """Jobs on a cluster. A job that the cluster could not end is put aside, and done again when nothing else is.

    If it is not ended then either it has failed, for the cluster still does other work. Subclasses say how to send jobs
    and how to wait for them.
    """

    name = ""

    def perform(self, tasks: Sequence[Task]) -> Iterator[Any]:
        """Every task's outcome as it ends, in any order."""
        suspects: list[tuple[Task, str]] = []
        yield from self._perform(tasks, suspects)
        for suspect, _ in suspects:
            died: list[tuple[Task, str]] = []
            yield from self._perform([suspect], died)
            for task, reason in died:
                self._require_answer(reason)
                yield task.failed(f"its worker on the {self.name} cluster died: {reason.rstrip('.')}")

    def _perform(self, tasks: Sequence[Task], died: list[tuple[Task, str]]) -> Iterator[Any]:
        """Outcomes of the tasks that end; the others are added to `died`, each with what the cluster said."""
        with Fence(GeneratorExit) as sending:
            pending = {self.send(task): task for task in tasks}
        if sending.error is not None:
            raise StudyError(f"The {self.name} cluster takes no jobs: {sending.reason}. What is done is recorded.")
        try:
            while pending:
                sent = self.wait(list(pending))
                task, outcome = pending.pop(sent), None
                with Fence() as fence:
                    outcome = self.result(sent)
                if fence.error is None:
                    yield outcome
                else:
                    died.append((task, fence.reason))
        finally:
            for sent in pending:
                with Fence():
                    self.cancel(sent)

    def _require_answer(self, reason: str) -> None:
        """Raise StudyError where the cluster does not do any job."""
        with Fence() as fence:
            self.result(self.send(_nothing))
        if fence.error is not None:
            raise StudyError(
                f"The {self.name} cluster does no more work: {reason}; asked for nothing, it said {fence.reason}. What "
                "is done is recorded; run the study again."
            )

    def send(self, task: Any) -> Any:
        """Have a task done; gives what to wait for."""
        raise NotImplementedError

    def wait(self, sent: list[Any]) -> Any:
        """The first of these that has ended."""
        raise NotImplementedError

    def result(self, sent: Any) -> Any:
        """The outcome; raises whatever the cluster says of a worker that died."""
        raise NotImplementedError

    def cancel(self, sent: Any) -> None:
        """Give it up."""
        raise NotImplementedError


class Dask(Cluster):
    """A dask cluster through its client."""

    name = "dask"

    def __init__(self, client: Any):
        self._client = client
        self._ended: Any = importlib.import_module("distributed").as_completed()

    def send(self, task: Any) -> Any:
        """Have a task done by any worker, as work of its own however alike another is."""
        future = self._client.submit(_call, task, pure=False)
        if task is not _nothing:
            self._ended.add(future)
        return future

    def wait(self, sent: list[Any]) -> Any:
        """The next future that has ended."""
        return next(self._ended)

    def result(self, sent: Any) -> Any:
        """What the future holds; waits at most two minutes for what has not ended."""
        return sent.result(timeout=_GATHERING)

    def cancel(self, sent: Any) -> None:
        """Cancel the future."""
        sent.cancel()


class Ray(Cluster):
    """A ray cluster, with a process for each running job."""

    name = "ray"

    def __init__(self, ray: Any):
        self._ray = ray
        self._remote = ray.remote(max_retries=0)(_call)

    def send(self, task: Any) -> Any:
        """Have a task done, once."""
        return self._remote.remote(task)

    def wait(self, sent: list[Any]) -> Any:
        """The first reference that is ready."""
        return self._ray.wait(sent, num_returns=1)[0][0]

    def result(self, sent: Any) -> Any:
        """What the reference is to; waits at most two minutes for what has not ended."""
        return self._ray.get(sent, timeout=_GATHERING)

    def cancel(self, sent: Any) -> None:
        """Cancel the task, its process with it."""
        self._ray.cancel(sent, force=True)


@contextmanager
def cluster(name: str, workers: int, address: str | None) -> Iterator[Cluster]:
    """A cluster to use for a while: the one at `address`, or one of `workers` made on this machine.

    Raises NotAvailable where its package is not installed, or nobody answers at the address.
    """
    module = installed(name)
    opened = _dask if name == "dask" else _ray
    with Fence() as fence:
        context = opened(module, workers, address)
        made = context.__enter__()
    if fence.error is not None:
        where = (
            f"No {name} scheduler answers at {address!r}" if address is not None else f"No {name} cluster starts here"
        )
        raise NotAvailable(f"{where}: {fence.reason}") from fence.error
    try:
        yield made
    finally:
        context.__exit__(None, None, None)


def installed(name: str) -> Any:
    """The module of a cluster's package; raises NotAvailable where it is not installed."""
    try:
        return importlib.import_module(PACKAGES[name])
    except ImportError as error:
        raise NotAvailable(
            f"Backend {name!r} needs a package that is not installed; {how_to_install(f'nasapi[{name}]')}."
        ) from error


@contextmanager
def _dask(distributed: Any, workers: int, address: str | None) -> Iterator[Cluster]:
    local: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    once = {"distributed.scheduler.allowed-failures": 0}  # a job that killed a worker is tried again by us, alone
    with importlib.import_module("dask").config.set({} if address is not None else once):
        client = distributed.Client(**local) if address is None else distributed.Client(address, timeout=_PATIENCE)
    with client:
        if address is None:  # replaces workers that died while they started, which dask itself gives up
            client.cluster.adapt(minimum=workers, maximum=workers, interval="500ms")
        yield Dask(client)


@contextmanager
def _ray(ray: Any, workers: int, address: str | None) -> Iterator[Cluster]:
    if address is not None:
        host, _, port = address.removeprefix("ray://").rpartition(":")
        if host and port.isdigit():  # ray itself tries for minutes
            socket.create_connection((host, int(port)), _PATIENCE).close()
        ray.init(address=address)
    else:
        ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    try:
        yield Ray(ray)
    finally:
        ray.shutdown()


def _call(task: Any) -> Any:
    return task()


def _nothing() -> None:
    """A task to see whether a cluster does any."""
