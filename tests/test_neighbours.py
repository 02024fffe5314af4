"""One bad neighbour harms only itself: studies with strategies that kill, stop or poison their process."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from bad_neighbours import HARM

import nasapi
from nasapi.errors import InvalidOption, NotAvailable, StudyError
from nasapi.running.study import Study
from nasapi.safety.fences import Fence, Interrupted, describe, interrupt
from nasapi.storage.merging import digest
from nasapi.storage.store import Store
from nasapi.testing.toy import toy_v1

HERE = Path(__file__).with_name("bad_neighbours.py")
TOY = "toy/formula-v1[budget=4]"
PLACE = re.compile(r" \(bad_neighbours\.py, line \d+\)$")
"""Where an exception came from, which is said of one from a file."""
GOOD = [f"{HERE}:Good", *(f"{HERE}:Good[share={share}]" for share in (0.25, 0.5, 0.75))]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("bad", ["Segfault", "Cancel"])
def test_four_good_strategies_are_recorded_beside_a_bad_one(tmp_path, bad, jobs):
    study = Study([TOY], [*GOOD, f"{HERE}:{bad}"], seeds=3, store=tmp_path / "s.zarr")
    with pytest.raises(StudyError) as raised:
        study.run(jobs=jobs)
    assert [failure.seed for failure in raised.value.failures] == [0, 1, 2]
    [message] = {failure.message for failure in raised.value.failures}
    assert PLACE.sub("", message) == HARM[bad]
    assert f"seeds 0-2 of '{HERE}:{bad}' on {TOY!r}: {message}." in str(raised.value)
    assert Store(tmp_path / "s.zarr").verify() == 12


def test_each_way_to_end_is_named_and_harms_nobody(tmp_path):
    bad = [f"{HERE}:{name}" for name in HARM]
    with pytest.raises(StudyError) as raised:
        Study([TOY], [*GOOD[:1], *bad], seeds=1, store=tmp_path / "s.zarr").run(jobs=2)
    messages = {failure.strategy.rpartition(":")[2]: failure.message for failure in raised.value.failures}
    assert {name: PLACE.sub("", message) for name, message in messages.items()} == HARM
    assert {name for name, message in messages.items() if PLACE.search(message)} >= {"Cancel", "Exit", "Generator"}
    assert Store(tmp_path / "s.zarr").verify() == 1


@pytest.mark.parametrize(("bad", "doing"), [("Hang", "`ask`"), ("Swallow", "`tell`")])
def test_a_run_that_takes_too_long_is_ended_and_named(tmp_path, bad, doing):
    study = Study([TOY], [GOOD[0], f"{HERE}:{bad}"], seeds=1, store=tmp_path / "s.zarr")
    with pytest.raises(StudyError, match=f"1 of 2 runs failed .* {doing} took longer than 0.5 s"):
        study.run(ask_seconds=0.5)
    assert Store(tmp_path / "s.zarr").verify() == 1


class Stuck(nasapi.Objective):
    """An objective whose evaluations never end."""

    def __init__(self):
        made = toy_v1().objective
        self.space, self.metrics, self.fidelity = made.space, made.metrics, made.fidelity

    def evaluate(self, codes, fidelity=None, noise=None):
        threading.Event().wait()


def test_an_evaluation_that_takes_too_long_is_ended_and_named():
    stuck = nasapi.Benchmark("mine/stuck-v1", toy_v1().problem, Stuck())
    with pytest.raises(StudyError, match=r"an evaluation took longer than 0\.5 s"):
        Study([stuck], [GOOD[0]], seeds=1).run(evaluate_seconds=0.5)


def test_limits_that_are_none_are_refused():
    with pytest.raises(InvalidOption, match="`ask_seconds` is a number of seconds above 0, not 0"):
        Study([TOY], [GOOD[0]], seeds=1).run(ask_seconds=0)
    with pytest.raises(
        InvalidOption, match="Backend 'inline' does one run after the other in this process, not 2 at a"
    ):
        Study([TOY], [GOOD[0]], seeds=1).run(backend="inline", jobs=2)
    with pytest.raises(InvalidOption, match="Backend 'inline' cannot limit the time of an `ask`"):
        Study([TOY], [GOOD[0]], seeds=1).run(backend="inline", ask_seconds=1)


def test_limits_change_no_digest(tmp_path):
    Study([TOY], GOOD[:2], 2, tmp_path / "free.zarr").run()
    Study([TOY], GOOD[:2], 2, tmp_path / "held.zarr").run(jobs=2, ask_seconds=60, evaluate_seconds=60)
    Study([TOY], GOOD[:2], 2, tmp_path / "here.zarr").run(backend="inline")
    assert len({digest([tmp_path / f"{name}.zarr"]) for name in ("free", "held", "here")}) == 1


def test_a_run_that_was_only_in_a_dying_process_is_done_again(tmp_path):
    study = Study([TOY], [f"{HERE}:Poison", f"{HERE}:Slow"], seeds=3, store=tmp_path / "s.zarr")
    study.run()
    assert Store(tmp_path / "s.zarr").verify() == 6


@pytest.mark.parametrize("backend", ["loky", "inline"])
def test_a_strategy_that_changes_directory_breaks_no_relative_store(tmp_path, monkeypatch, backend):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(HERE.read_text())
    Study([TOY], ["mine.py:Mover", "mine.py:Good"], seeds=2, store="runs/s.zarr").run(backend=backend)
    assert Store(tmp_path / "runs" / "s.zarr").verify() == 4
    assert Path.cwd() == tmp_path


def test_what_failed_is_tried_again(tmp_path):
    (tmp_path / "mine.py").write_text(HERE.read_text().replace("os._exit(3)", "raise ValueError"))
    for _ in range(2):
        with pytest.raises(StudyError, match=r"1 of 1 run failed .*: ValueError"):
            Study([TOY], [f"{tmp_path}/mine.py:Leave"], 1, tmp_path / "s.zarr").run()


def processes(marker):
    """The processes whose environment has a marker, but for this one."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and marker.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def wait_until(true, seconds=30.0):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_workers_and_what_they_started_end_with_their_parent(tmp_path, sent):
    marker = f"NASAPI_TEST_MARKER={tmp_path}"
    (tmp_path / "mine.py").write_text(
        HERE.read_text().replace("        while True:\n            pass", "        os.fork()\n        time.sleep(600)")
    )
    command = [
        "bench",
        TOY,
        "-s",
        f"{tmp_path}/mine.py:Hang",
        "--seeds",
        "9",
        "-j",
        "2",
        "--store",
        str(tmp_path / "s"),
    ]
    parent = subprocess.Popen(
        [sys.executable, "-c", "from nasapi.cli.main import main; main()", *command],
        env={**os.environ, "NASAPI_TEST_MARKER": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert wait_until(lambda: len(processes(marker)) >= 6)  # the parent, its reaper, two workers and their two children
    parent.send_signal(sent)
    error = parent.communicate(timeout=30)[1]
    assert "Traceback" not in error
    assert wait_until(lambda: not processes(marker), 10.0)


def test_no_more_workers_are_started_than_there_are_runs(tmp_path):
    (tmp_path / "mine.py").write_text(
        HERE.read_text().replace(
            "    def ask(self, n):\n        time.sleep(0.05)",
            f"    def ask(self, n):\n        open({str(tmp_path)!r} + f'/pid-{{os.getpid()}}', 'w').close()",
        )
    )
    Study([TOY], [f"{tmp_path}/mine.py:Slow"], 2).run(jobs=16)
    assert 1 <= len(list(tmp_path.glob("pid-*"))) <= 2


def test_workers_are_not_started_for_what_one_does_in_a_moment(tmp_path):
    (tmp_path / "mine.py").write_text(
        HERE.read_text().replace("time.sleep(0.05)", f"open({str(tmp_path)!r} + f'/pid-{{os.getpid()}}', 'w').close()")
    )
    Study([TOY], [f"{tmp_path}/mine.py:Slow"], 12, tmp_path / "s").run(jobs=4)
    assert len(list(tmp_path.glob("pid-*"))) == len(list((tmp_path / "s").iterdir())) == 1


def test_a_class_that_workers_cannot_import_is_called_that(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "only_here.py").write_text(
        "import os\nif os.environ.get('NASAPI_ONLY_PROCESS') != str(os.getpid()):\n"
        "    raise ImportError('not for you')\n" + HERE.read_text()
    )
    monkeypatch.setenv("NASAPI_ONLY_PROCESS", str(os.getpid()))
    import only_here

    with pytest.raises(InvalidOption, match="Worker processes cannot import strategy 'Good': ImportError: not for you"):
        Study([TOY], [only_here.Good], 1, tmp_path / "s.zarr").run()
    assert not (tmp_path / "s.zarr").exists()


def test_a_class_that_cannot_be_sent_is_called_that(tmp_path):
    lock = threading.Lock()

    def locked(problem, rng):
        with lock:
            return nasapi.load_strategy("random")(problem, rng)

    with pytest.raises(
        InvalidOption, match="Strategy 'locked' cannot be sent to a worker process: TypeError: cannot pick"
    ):
        Study([TOY], [locked], 1, tmp_path / "s.zarr").run()
    assert not (tmp_path / "s.zarr").exists()
    assert len(Study([TOY], [locked], 1).run(backend="inline").histories()) == 1


def test_a_class_of_a_prompt_is_run_by_workers():
    code = (
        HERE.read_text() + f"\nfrom nasapi.running.study import Study\nprint(Study([{TOY!r}], [Good], 2).run(jobs=2))\n"
    )
    done = subprocess.run([sys.executable, "-"], input=code, capture_output=True, text=True, timeout=120)
    assert "2 of 2 runs done" in done.stdout, done.stderr


@pytest.mark.parametrize("backend", ["lokky", "dask", "ray", "loky"])
def test_a_backend_that_cannot_be_used_is_refused_before_anything_is_made(tmp_path, monkeypatch, backend):
    for package in ("distributed", "ray"):
        monkeypatch.setitem(sys.modules, package, None)
    address = "tcp://127.0.0.1:1" if backend == "loky" else None
    with pytest.raises((InvalidOption, NotAvailable), match=f"ackend '{backend}'"):
        Study([TOY], [f"{HERE}:Constructor"], 1, tmp_path / "s.zarr").run(backend=backend, address=address)
    assert not (tmp_path / "s.zarr").exists()


def test_only_an_interruption_by_a_person_passes_a_fence():
    for error in (ValueError("x"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), BaseException("y")):
        with Fence() as fence:
            raise error
        assert fence.error is error
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(Interrupted), Fence():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    with pytest.raises(KeyError), Fence(LookupError):
        raise KeyError


def test_an_error_is_described_in_one_printable_line():
    assert describe(ValueError("two\nlines \x1b[31m")) == "ValueError: two lines \\x1b[31m"
    assert len(describe(ValueError("x" * 10**6))) == 1000
    assert describe(SystemExit()) == "SystemExit"
    assert interrupt.__doc__
