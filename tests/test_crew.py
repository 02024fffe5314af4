"""The crew: worker processes that share a list of tasks, and what is said of those that die, hang or do not start."""

from __future__ import annotations

import io
import os
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from nasapi.errors import InvalidOption
from nasapi.running.workers import reaper
from nasapi.running.workers.crew import Crew
from nasapi.running.workers.jobs import TimeLimits
from nasapi.running.workers.process import WorkerProcess
from nasapi.safety.process_settings import process_settings

NO_LIMITS = TimeLimits()
TASKS = '''
"""Tasks that worker processes import."""
import atexit, os, signal, subprocess, sys, time
from attrs import define, field

@define
class Task:
    name: str
    def __call__(self, notify=None):
        return self.name, os.getpid()
    def failed(self, message, seconds=0.0):
        return self.name, message, seconds

@define
class Leaving(Task):
    """Leaves a note when its process ends by itself."""
    note: str
    def __call__(self, notify=None):
        atexit.register(lambda: open(self.note, "w").close())
        return self.name, os.getpid()

@define
class Dying(Task):
    how: int
    def __call__(self, notify=None):
        os.kill(os.getpid(), self.how)

@define
class Exiting(Task):
    def __call__(self, notify=None):
        os._exit(3)

@define
class Closing(Task):
    """Closes what it would answer on."""
    def __call__(self, notify=None):
        os.closerange(3, 20)
        time.sleep(60)

@define
class Slow(Task):
    """Is in the phase for as long as it is let."""
    phase: str
    def __call__(self, notify=None):
        notify(self.phase)
        time.sleep(60)

@define
class Unspeakable(Task):
    """Answers with what cannot be sent."""
    def __call__(self, notify=None):
        return lambda: None

@define
class Telling(Task):
    """Says how it is surrounded, and prints what is no answer."""
    def __call__(self, notify=None):
        print("this is for nobody")
        threads = {name: os.environ[name] for name in os.environ if name.endswith("_NUM_THREADS")}
        return self.name, threads, sys.stdin.read(), os.getpgrp() == os.getpid()

@define
class Limiting(Task):
    """Lowers what its process may use."""
    def __call__(self, notify=None):
        import resource
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[0] - 1, before[1]))
        return self.name, before[0], os.getpid()

@define
class Impairing(Task):
    """Lowers for good what its process may use."""
    def __call__(self, notify=None):
        import resource
        before = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard - 1))
        os.seteuid(65534)
        return self.name, hard, os.getpid()

@define
class Running(Task):
    """Runs Python, as a strategy might."""
    code: str
    def __call__(self, notify=None):
        exec(self.code)
        return self.name, os.getpid()

@define
class Forking(Task):
    """Forks a process that raises instead of ending."""
    def __call__(self, notify=None):
        if os.fork() == 0:
            raise RuntimeError("of the child")
        os.wait()
        return self.name, os.getpid()
'''
SETTINGS = {
    "numpy": "import numpy; numpy.seterr(all='raise')",
    "warnings": "import warnings; warnings.simplefilter('error')",
    "sys": "import sys; sys.setrecursionlimit(100)",
    "torch": "import torch; torch.set_default_dtype(torch.float64)",
    "sklearn": "import sklearn; sklearn.set_config(transform_output='pandas')",
}


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "crew_tasks.py").write_text(TASKS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "crew_tasks", raising=False)
    import crew_tasks  # type: ignore[import-not-found]

    return crew_tasks


def done(size: int, *tasks: Any, limits: TimeLimits = NO_LIMITS) -> list[Any]:
    with Crew(size, limits) as crew:
        return list(crew.perform(tasks))


def test_quick_tasks_are_all_done_by_one_worker_that_may_be_used_again(tasks: Any, tmp_path: Path) -> None:
    note, began = tmp_path / "note", time.monotonic()
    with Crew(2, NO_LIMITS) as crew:
        first = list(crew.perform([tasks.Task(name) for name in "abcdef"]))
        assert crew._done == 6 and 0 < crew._busy < time.monotonic() - began
        second = list(crew.perform([tasks.Leaving("g", str(note))]))
    assert [name for name, _ in first] == list("abcdef")
    assert len({process for _, process in first + second}) == 1
    assert note.exists(), "the worker was not let end by itself"


def test_a_worker_that_dies_by_itself_is_reported_to_have_and_its_task_is_tried_twice(
    tasks: Any, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    outcomes = done(2, tasks.Dying("segfault", signal.SIGSEGV), tasks.Exiting("exit"), tasks.Leaving("good", str(note)))
    assert outcomes[0][0] == "good"
    assert outcomes[1:] == [
        ("segfault", "killed by SIGSEGV", 0.0),
        ("exit", "exited with status 3 without an answer", 0.0),
    ]
    assert note.exists(), "the worker was not let end by itself"


def test_the_reaper_is_reported_of_every_worker_that_starts_and_ends(
    tasks: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "reaper.py"
    script.write_text(f"import sys\nopen({str(tmp_path / 'reports')!r}, 'w').write(sys.stdin.read())\n")
    monkeypatch.setattr(reaper, "__file__", str(script))
    assert done(1, tasks.Dying("dies", signal.SIGKILL)) == [("dies", "killed by SIGKILL", 0.0)]
    lines = (tmp_path / "reports").read_text().split("\n")[:-1]
    started = [line.removeprefix("+ ") for line in lines if line.startswith("+ ")]
    assert len(started) == len(set(started)) == 2
    assert lines == [f"{sign} {process}" for process in started for sign in "+-"]
    [(_, process)] = done(1, tasks.Task("lives"))
    assert (tmp_path / "reports").read_text() == f"+ {process}\n- {process}\n"
    used_up = [process for *_, process in done(1, tasks.Impairing("one"), tasks.Impairing("two"))]
    assert (tmp_path / "reports").read_text() == "".join(f"+ {each}\n- {each}\n" for each in used_up)


def test_who_is_left_is_ended_once_nothing_more_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    sleep = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
    left = subprocess.Popen(sleep, start_new_session=True)
    ended = subprocess.Popen(sleep, start_new_session=True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"+ {left.pid}\n+ {ended.pid}\n- {ended.pid}\n- 1\n"))
    try:
        reaper.main()
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == [signal.SIG_IGN] * 2
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
    assert left.wait(30) == -signal.SIGKILL
    assert ended.poll() is None
    ended.kill()
    ended.wait()


def test_a_signal_without_a_name_is_reported_by_its_number(tasks: Any) -> None:
    unnamed = signal.SIGRTMIN + 3
    assert done(1, tasks.Dying("odd", unnamed)) == [("odd", f"killed by signal {unnamed}", 0.0)]


def test_a_worker_that_hangs_up_is_ended(tasks: Any) -> None:
    assert done(1, tasks.Closing("silent")) == [("silent", "closed its connection to the study", 0.0)]


@pytest.mark.parametrize(
    ("phase", "limits", "message"),
    [
        ("ask", TimeLimits(ask_seconds=0.2), "`ask` took longer than 0.2 s"),
        ("evaluate", TimeLimits(60, 0.2), "an evaluation took longer than 0.2 s"),
    ],
)
def test_a_task_that_is_slow_in_a_phase_with_a_limit_is_ended_once(
    tasks: Any, phase: str, limits: TimeLimits, message: str
) -> None:
    assert done(1, tasks.Slow("slow", phase), tasks.Task("next"), limits=limits)[0] == ("slow", message, 0.2)


def test_an_answer_that_cannot_be_sent_is_a_failure(tasks: Any) -> None:
    [(name, message, seconds)] = done(1, tasks.Unspeakable("odd"))
    assert (name, seconds) == ("odd", 0.0)
    assert "pickle" in message


def test_workers_share_the_processors_and_read_and_write_nothing(
    tasks: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 8)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    [(_, threads, read, leads)] = done(3, tasks.Telling("one"))
    assert (threads["OMP_NUM_THREADS"], threads["MKL_NUM_THREADS"], threads["NUMEXPR_NUM_THREADS"]) == ("1", "2", "2")
    assert (read, leads) == ("", True)
    assert capfd.readouterr().err == "this is for nobody\n"
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)
    [(_, threads, _, _)] = done(3, tasks.Telling("one"))
    assert threads["MKL_NUM_THREADS"] == "1"


def test_limits_that_a_task_lowers_are_restored_for_the_next(tasks: Any) -> None:
    (_, first, worker), (_, second, same) = done(1, tasks.Limiting("one"), tasks.Limiting("two"))
    assert (first, worker) == (second, same)


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's process cannot be impaired for good")
def test_a_worker_whose_limits_cannot_be_restored_is_used_up(tasks: Any) -> None:
    (_, first, worker), (_, second, other) = done(1, tasks.Impairing("one"), tasks.Impairing("two"))
    assert first == second
    assert worker != other


def test_an_error_ends_workers_and_what_they_do_at_once(tasks: Any) -> None:
    start = time.monotonic()
    with pytest.raises(RuntimeError, match="stop"), Crew(1, NO_LIMITS) as crew:
        outcomes = crew.perform([tasks.Task("quick"), tasks.Slow("slow", "ask")])
        _, process = next(outcomes)
        raise RuntimeError("stop")
    assert time.monotonic() - start < 30
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@define
class Ready:
    """What a crew knows of a worker that has done something for so long."""

    given: float
    ready: bool = True
    task: object = field(default="something")


@pytest.mark.parametrize(
    ("ages", "done", "busy", "waiting", "worth"),
    [
        ([], 0, 0.0, 1, True),
        ([0.0], 0, 0.0, 1000, False),
        ([1.0], 0, 0.0, 4, True),
        ([1.0], 0, 0.0, 2, False),
        ([1.0, 0.5], 0, 0.0, 4, False),
        ([1.0, 0.5], 0, 0.0, 7, True),
        ([0.0], 4, 8.0, 2, True),
        ([0.0], 4, 8.0, 1, False),
    ],
)
def test_a_worker_is_started_where_the_others_have_more_to_do_than_its_start_takes(
    ages: list[float], done: int, busy: float, waiting: int, worth: bool
) -> None:
    crew = Crew(9, NO_LIMITS)
    now = time.monotonic()
    crew._workers = [Ready(now - age) for age in ages]  # type: ignore[misc]
    crew._done, crew._busy = done, busy
    assert crew._worth_starting(waiting) is worth


def test_a_worker_that_starts_is_no_measure_of_its_task() -> None:
    crew = Crew(9, NO_LIMITS)
    crew._workers = [Ready(time.monotonic() - 100.0, ready=False)]  # type: ignore[list-item]
    assert not crew._worth_starting(1000)


def test_a_limit_is_broken_by_two_looks_after_it_and_not_by_one() -> None:
    worker = WorkerProcess([*sys.path], os.environ, queue.SimpleQueue())
    try:
        worker.enter("evaluate")
        worker.give(os.getpid, watched=False)  # type: ignore[arg-type]
        assert worker.phase == "load", "what it was in before is over"
        worker.enter("evaluate")
        worker.overdue(2.5)
        assert (worker.reason, worker.allowed) == ("", 0.0)
        worker.enter("evaluate")
        worker.overdue(2.5)
        assert worker.reason == ""
        worker.overdue(2.5)
        assert (worker.reason, worker.allowed) == ("an evaluation took longer than 2.5 s", 2.5)
        assert worker.process.wait(30) == -signal.SIGKILL
    finally:
        worker.close()
        worker.end(at_once=True)


@pytest.mark.parametrize("seconds", [0, -1.0, float("inf"), float("nan"), True, "5"])
@pytest.mark.parametrize("name", ["ask_seconds", "evaluate_seconds"])
def test_times_that_are_none_are_refused(name: str, seconds: Any) -> None:
    with pytest.raises(InvalidOption, match=f"`{name}` is a number of seconds above 0, not {seconds!r}"):
        TimeLimits(**{name: seconds})


def test_a_limit_is_of_its_phases_alone() -> None:
    limits = TimeLimits(1.0, 2.0)
    limits_by_phase = {phase: limits.of(phase) for phase in ("load", "make", "ask", "evaluate", "tell", "follow")}
    assert limits_by_phase == {"load": None, "make": 1.0, "ask": 1.0, "evaluate": 2.0, "tell": 1.0, "follow": 2.0}
    assert [bool(TimeLimits(*given)) for given in ((), (1.0,), (None, 2.0))] == [False, True, True]


def test_the_reaper_ends_who_is_left_with_what_they_started_when_its_parent_is_gone() -> None:
    code = "import os, time; os.fork(); print(os.getpid(), flush=True); time.sleep(60)"
    sleep = [sys.executable, "-I", "-S", "-c", code]
    started = [subprocess.Popen(sleep, stdout=subprocess.PIPE, start_new_session=True) for _ in range(2)]
    with started[0] as left, started[1] as ended:
        command = [sys.executable, "-I", "-S", reaper.__file__]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None and left.stdout is not None
            assert left.pid in {int(left.stdout.readline()), int(left.stdout.readline())}
            process.stdin.write(f"+ {left.pid}\n+ {ended.pid}\n- {ended.pid}\n- 1\n".encode())
        assert process.returncode == 0
        assert left.wait(30) == -signal.SIGKILL
        assert left.stdout.read() == b""  # the other end is gone with both
        assert ended.poll() is None
        reaper.kill(ended.pid)
        assert ended.wait(30) == -signal.SIGKILL
        reaper.kill(ended.pid)  # is no error


@pytest.mark.parametrize("package", SETTINGS)
def test_nobody_is_run_in_a_process_whose_libraries_were_set_otherwise(package: str, tasks: Any) -> None:
    pytest.importorskip(package)
    outcomes = done(1, tasks.Running("a", SETTINGS[package]), tasks.Task("b"), tasks.Task("c"))
    assert [name for name, _ in outcomes] == ["a", "b", "c"]
    assert outcomes[0][1] != outcomes[1][1] == outcomes[2][1]


@pytest.mark.parametrize(
    ("setter", "value", "usual"),
    [
        ("set_default_dtype", "float64", "float32"),
        ("set_default_device", "meta", None),
        ("set_grad_enabled", False, True),
        ("set_deterministic_debug_mode", "warn", "default"),
        ("set_float32_matmul_precision", "high", "highest"),
    ],
)
def test_settings_of_torch_are_seen_to_differ(setter: str, value: Any, usual: Any) -> None:
    torch = pytest.importorskip("torch")
    before = process_settings()
    for given in (value, usual):
        getattr(torch, setter)(getattr(torch, given) if setter == "set_default_dtype" else given)
        assert (process_settings() == before) is (given == usual)


def test_a_setting_that_is_put_back_and_a_filter_of_warnings_spare_the_process(tasks: Any) -> None:
    passing = "import numpy\nwith numpy.errstate(all='raise'): numpy.ones(2) + 1"
    usual = "import warnings; warnings.filterwarnings('ignore'); import sys; sys.setrecursionlimit(5000)"
    outcomes = done(1, tasks.Running("a", passing), tasks.Running("b", usual), tasks.Task("c"))
    assert len({process for _, process in outcomes}) == 1


def test_a_fork_that_raises_instead_of_ending_answers_for_nobody(tasks: Any) -> None:
    outcomes = done(1, tasks.Forking("a"), tasks.Forking("b"), tasks.Task("c"))
    assert [outcome[0] for outcome in outcomes] == ["a", "b", "c"]
    assert {len(outcome) for outcome in outcomes} == {2}
