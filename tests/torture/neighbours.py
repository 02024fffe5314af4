"""Studies whose workers or parents are killed at random, or whose strategies are bad neighbours: all else is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nasapi.errors import StudyError
from nasapi.running.study import Study
from nasapi.storage.merging import digest
from nasapi.storage.store import Store

Outcome = tuple[int, int, int, str]
"""How many attacks were tried, held and broken, and what there is to say of them."""

STRATEGIES = Path(__file__).parent.parent / "bad_neighbours.py"
TOY = "toy/formula-v1[budget=4]"
SEEDS = 12
ENDS = (
    "Segfault",
    "Abort",
    "Leave",
    "Quiet",
    "Cancel",
    "Interrupt",
    "Generator",
    "Skip",
    "Exit",
    "Constructor",
    "Deaf",
)


def kills_of_workers(seed: int, count: int) -> Iterator[Outcome]:
    """Kill `count` workers of studies that go on; every run must be recorded, as if nothing had happened."""
    for number, rng in enumerate(np.random.default_rng(seed).spawn(count)):
        yield _kill(f"worker kill {number}", rng, parent=False)


def kills_of_parents(seed: int, count: int) -> Iterator[Outcome]:
    """Kill `count` studies; their workers must end within ten seconds, and the study must go on to the same digest."""
    for number, rng in enumerate(np.random.default_rng(seed).spawn(count)):
        yield _kill(f"parent kill {number}", rng, parent=True)


def bad_neighbours(seed: int, count: int) -> Iterator[Outcome]:
    """Run `count` studies of good strategies and bad ones drawn at random; the good ones' runs must all be recorded."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        bad, jobs = rng.choice(ENDS, 2, replace=False).tolist(), int(rng.integers(1, 4))
        with tempfile.TemporaryDirectory() as folder:
            strategies = [f"{STRATEGIES}:{name}" for name in ("Good", *bad)]
            try:
                Study([TOY], strategies, 2, Path(folder) / "s.zarr").run(jobs=jobs)
                fault = "nothing was said to have failed"
            except StudyError as error:
                failed = sorted((failure.strategy, failure.seed) for failure in error.failures)
                wanted = sorted((name, k) for name in strategies[1:] for k in (0, 1))
                good = Store(Path(folder) / "s.zarr").verify()
                fault = "" if (failed, good) == (wanted, 2) else f"{good} of 2 good runs; failed {failed}"
        yield 1, int(not fault), int(bool(fault)), f"neighbours {number} {bad} jobs={jobs}: {fault or 'held'}"


def _kill(name: str, rng: np.random.Generator, parent: bool) -> Outcome:
    """Kill the parent or one of the workers of a study at a random moment, end the study, and compare its digest."""
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "whole.zarr", Path(folder) / "killed.zarr"
        Study([TOY], [f"{STRATEGIES}:Slow"], SEEDS, whole).run()
        command = ["-c", "from nasapi.cli.main import main; main()", "bench", TOY, "-s", f"{STRATEGIES}:Slow"]
        process = subprocess.Popen(
            [sys.executable, *command, "--seeds", str(SEEDS), "-j", "2", "--store", str(killed)],
            env={**os.environ, "NASAPI_TORTURE": folder},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        while not (workers := _workers(folder)) and process.poll() is None:
            time.sleep(0.01)
        time.sleep(float(rng.uniform(0, 3)))
        workers = _workers(folder) or workers
        try:
            os.kill(process.pid if parent else int(rng.choice(workers)), signal.SIGKILL)
        except OSError:  # it has ended
            pass
        error = process.communicate(timeout=120)[1].decode()
        fault = (
            "" if parent or process.returncode == 0 else f"the study ended with {process.returncode}: {error[-300:]}"
        )
        end = time.monotonic() + 10
        while _marked(folder) and time.monotonic() < end:
            time.sleep(0.05)
        if left := _marked(folder):
            fault = f"{len(left)} processes are left after 10 s"
        if parent:
            Study([TOY], [f"{STRATEGIES}:Slow"], SEEDS, killed).run()
        if not fault and digest([whole]) != digest([killed]):
            fault = "another digest"
    return 1, int(not fault), int(bool(fault)), f"{name}: {fault or 'held'}"


def _marked(folder: str) -> list[int]:
    """The processes whose environment names the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"NASAPI_TORTURE={folder}".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _workers(folder: str) -> list[int]:
    found = []
    for process in _marked(folder):
        try:
            if b"nasapi.running.workers.worker" in Path(f"/proc/{process}/cmdline").read_bytes():
                found.append(process)
        except OSError:
            continue
    return found


if __name__ == "__main__":
    for attack in (kills_of_workers, kills_of_parents, bad_neighbours):
        for _, _, _, line in attack(int(sys.argv[1]), int(sys.argv[2])):
            print(line, flush=True)
