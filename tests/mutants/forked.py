"""Work in children of a warm process, which has every library imported and nothing of the project."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

LIBRARIES = (
    "attrs",
    "click",
    "cloudpickle",
    "coverage",
    "hypothesis.extra.numpy",
    "joblib.externals.loky",
    "matplotlib.figure",
    "networkx",
    "platformdirs",
    "pluggy",
    "pytest",
    "scipy.optimize",
    "scipy.stats",
    "sklearn.ensemble",
    "torch._dynamo",
    "xgboost",
    "zarr",
)
"""What the tests import, where it is installed."""
MEMORY = 8 << 30  # bytes of data that a child may have; a fault can make an array that no machine holds
KILLED = "killed"
"""What is said of a child that took more CPU than its limit, that waited for ever, or that something else ended."""
LATE = "late"
"""What is said of a child that still had work to do when its time by the clock was over: the machine is busy."""
PATIENCE = 30.0
"""Seconds by the clock that a child has beside ten for each of CPU."""

GLANCE = 10.0
"""Seconds by the clock between two looks at whether a child still works."""
IDLE = 4
"""Looks one after the other at which a child that waits for ever does nothing."""


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit status, KILLED or LATE, and the seconds of CPU it took with all that it started."""

    number: int
    status: int | str
    seconds: float


def warm() -> None:
    """Import the libraries, and nothing of the project."""
    for name in LIBRARIES:
        try:
            import_module(name)
        except ImportError:
            continue
    assert not [name for name in sys.modules if name.partition(".")[0].startswith("nasapi")]
    gc.collect()
    gc.freeze()  # or each child goes through all of it, and copies its pages


def forked(works: Sequence[Callable[[], int]], seconds: Sequence[float], jobs: int, log: Path) -> Iterator[Ended]:
    """Each work in a child of its own, `jobs` at once, as they end; one that takes longer than its seconds is ended.

    The seconds are of CPU for the child alone, and ten times as many by the clock for it and what it starts. What the
    last one prints is in the log.
    """
    running: dict[int, tuple[int, float]] = {}
    late, idle, looked = set[int](), dict[int, int](), time.monotonic()
    waiting = list(range(len(works)))[::-1]
    while running or waiting:
        while waiting and len(running) < jobs:
            number = waiting.pop()
            until = time.monotonic() + 10 * seconds[number] + PATIENCE
            running[_start(works[number], seconds[number], log)] = number, until
        process, status, usage = os.wait4(-1, os.WNOHANG)
        if process in running:
            number, _ = running.pop(process)
            _end(process)
            code = os.waitstatus_to_exitcode(status)
            ended = LATE if process in late else code if code >= 0 else KILLED
            late.discard(process)
            idle.pop(process, None)
            yield Ended(number, ended, usage.ru_utime + usage.ru_stime)
            continue
        look = time.monotonic() - looked > GLANCE
        for process, (_, until) in running.items():
            over = time.monotonic() > until
            if over or look:
                busy = _works(process)
                idle[process] = 0 if busy else idle.get(process, 0) + 1
                if over and busy:
                    late.add(process)
                if over or idle[process] == IDLE:
                    _end(process)
        looked = time.monotonic() if look else looked
        time.sleep(0.02)


def _end(group: int) -> None:
    """End a child of ours with all that it started."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _works(child: int) -> bool:
    """Whether a child, or what it started, mostly wants a CPU or a disk; true where nothing says so."""
    looks = []
    for _ in range(20):
        time.sleep(0.05)
        states = _states()
        family, left = set[int](), [child]
        while left:
            family.add(parent := left.pop())
            left += [process for process, (_, above) in states.items() if above == parent and process not in family]
        looks.append(any(states.get(process, ("R", 0))[0] in "RD" for process in family))
    return sum(looks) > len(looks) / 2


def _states() -> dict[int, tuple[str, int]]:
    """The state of each process and its parent, as Linux has them."""
    found = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(place.parent.name)] = state, int(parent)
    return found


def _start(work: Callable[[], int], seconds: float, log: Path) -> int:
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    status = 70
    try:
        os.setsid()
        silent, log_file = os.open(os.devnull, os.O_RDWR), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream, other in ((0, silent), (1, log_file), (2, log_file)):
            os.dup2(other, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        status = work()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


def quietly(
    arguments: Sequence[str], folder: Path, seed: int, plugins: Sequence[object] = (), *, compiled: Path, keeps: bool
) -> int:
    """Run pytest in this process, with all that it keeps in `folder`; its exit status.

    Hypothesis has a seed, and no complaints of slowness: they are of the machine, not of the code. Compiled modules are
    read from the folder `compiled`, and written there if this one `keeps` them.
    """
    import pytest

    sys.pycache_prefix, sys.dont_write_bytecode = str(compiled), not keeps

    try:
        import hypothesis
    except ImportError:
        own = []
    else:
        hypothesis.settings.register_profile(
            "mutants", deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
        )
        own = [f"--hypothesis-seed={seed}", "--hypothesis-profile=mutants"]
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        HYPOTHESIS_STORAGE_DIRECTORY=str(folder / "hypothesis"),
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONPYCACHEPREFIX=str(compiled),
    )
    own += ["-q", "--no-header", f"--basetemp={folder / 'tests'}", "--tb=no"]
    own += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of libraries that are imported already
    unused = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:benchmark"]
    return int(pytest.main([*own, *unused, *arguments], plugins=list(plugins)))
