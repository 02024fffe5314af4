"""A study as a SLURM array whose tasks are requeued and killed, and whose disk fills up: no run is lost.

`. DIR/env && python tests/torture/slurm.py --tasks 20 --strikes 12 --seed 0` needs `sbatch` on the path, and root where
the disk is to fill up. A study holds if every run that was once recorded stays as it was, and the content digest at the
end is that of one process.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nasapi.errors import NotAvailable, StoreError
from nasapi.running.study import Study
from nasapi.storage import Store, digest

STRATEGIES = Path(__file__).resolve().parent.parent / "bad_neighbours.py"
TOY = "toy/formula-v1[budget=4]"
NAMES = [f"{STRATEGIES}:Slow", f"{STRATEGIES}:Good"]
NASAPI = str(Path(sys.executable).with_name("nasapi"))


def attack(tasks: int, strikes: int, seed: int, full: bool, patience: float = 1200.0) -> str:
    """Run one study through the scheduler; gives what went wrong, or what was done."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as place, _disk(Path(place) / "disk", full) as disk:
        store, alone, seeds = disk / "s", Path(place) / "alone", 3 * tasks
        Study([TOY], NAMES, seeds, alone).run(backend="inline")
        script = _script(store, seeds, tasks, place)
        seen: dict[tuple[str, str, int], bytes] = {}
        counts = {"requeue": 0, "kill": 0, "sent": 0, "full": 0}
        end = time.monotonic() + patience
        while len(seen) < 2 * seeds:
            if time.monotonic() > end:
                return f"{len(seen)} of {2 * seeds} runs after {patience:g} s; {counts}"
            jobs = _running()
            if not jobs:
                if counts["sent"] == 1 and full:
                    subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
                _send(script)
                counts["sent"] += 1
            elif counts["requeue"] + counts["kill"] < strikes and rng.random() < 0.5:
                counts[_strike(rng, jobs)] += 1
            fault = _look(store, seen)
            if fault:
                return fault
            time.sleep(rng.uniform(0.2, 1.5))
        _wait_for_none(end)
        counts["full"] = sum("full" in log.read_text() for log in Path(place).glob("*.log"))
        if (found := Store(store).verify()) != 2 * seeds:
            return f"{found} of {2 * seeds} runs"
        if digest([store]) != digest([alone]):
            return "the digest is not that of one process"
        files = sorted(path.name for path in store.iterdir())
        return f"held: {found} runs in {len(files)} files, {counts}"


def _script(store: Path, seeds: int, tasks: int, place: str) -> Path:
    """The script that `nasapi` writes for so many tasks."""
    options = ["--seeds", str(seeds), "--store", str(store), "--print-slurm"]
    options += ["--run-seconds", "60", "--task-minutes", str(2 * seeds / tasks), "--array-cap", "50"]
    strategies = [word for name in NAMES for word in ("-s", name)]
    done = subprocess.run([NASAPI, "bench", TOY, *strategies, *options], cwd=place, capture_output=True, text=True)
    assert f"--array=1-{tasks}%" in done.stdout, (done.stdout, done.stderr)
    path = Path(place) / "array.sh"
    path.write_text(done.stdout)
    return path


def _send(script: Path) -> None:
    subprocess.run(["sbatch", "--parsable", str(script)], cwd=script.parent, check=True, capture_output=True)


def _running() -> list[tuple[str, str]]:
    """The tasks that are in the queue by their number and state."""
    done = subprocess.run(["squeue", "-h", "-r", "-o", "%A %t"], capture_output=True, text=True, check=True)
    return [(number, state) for number, state in (line.split() for line in done.stdout.splitlines())]


def _strike(rng: random.Random, jobs: list[tuple[str, str]]) -> str:
    """Requeue a task that runs, or kill its process."""
    number = rng.choice([number for number, state in jobs if state == "R"] or [jobs[0][0]])
    if rng.random() < 0.4:
        subprocess.run(["scontrol", "requeue", number], capture_output=True)
        return "requeue"
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"SLURM_JOB_ID={number}\0".encode() in (entry / "environ").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)
        except OSError:
            continue
    return "kill"


def _look(store: Path, seen: dict[tuple[str, str, int], bytes]) -> str:
    """Read what is recorded while it is written; what was there before must be there, and the same."""
    try:
        found = Store(store)
    except NotAvailable:
        return ""
    except StoreError as error:
        return f"it could not be read: {error}"
    keys = set(found.keys())
    if lost := set(seen) - keys:
        return f"{len(lost)} runs are lost, the first of them {min(lost)}"
    for key in keys:
        content = found.content(*key)
        if seen.setdefault(key, content) != content:
            return f"run {key} is another than it was"
    found.close()
    return ""


def _wait_for_none(end: float) -> None:
    for number, _ in _running():
        subprocess.run(["scancel", number], capture_output=True)
    while _running() and time.monotonic() < end:
        time.sleep(0.5)


@contextmanager
def _disk(place: Path, full: bool) -> Iterator[Path]:
    """A folder, on a disk so small that a study fills it where that is asked for."""
    place.mkdir()
    if full:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80k", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        if full:
            subprocess.run(["umount", "-l", place], check=True)


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--tasks", type=int, default=20)
    reader.add_argument("--strikes", type=int, default=12)
    reader.add_argument("--seed", type=int, default=0)
    reader.add_argument("--full", action="store_true", help="let the disk fill up first")
    outcome = attack(**vars(reader.parse_args()))
    print(outcome)
    sys.exit(not outcome.startswith("held"))
