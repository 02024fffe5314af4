"""Rows beside their limits and peers, measured in processes of their own, and what is stored of them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from claims.kept import head
from kept_rows import store
from timing import SCALES, Row, Sampler, cpu_seconds, median_with_interval, profiled, sampler, take_turns

from nasapi.running import processor

HERE = Path(__file__).resolve().parent


def leaves_out() -> type[BaseException]:
    """What says that data are not here: pytest's skip, which `nasapi.testing.shared_data` raises."""
    import pytest

    return pytest.skip.Exception


def measure(row: Row, seconds: float) -> dict[str, Any]:
    """What the works of a row take, turn by turn: median, interval and number of samples of each, and where it goes."""
    start = cpu_seconds()
    ready: dict[str, Sampler] = {}
    absent: dict[str, str] = {}
    for name, prepare in row.works(row.n).items():
        try:
            ready[name] = sampler(row, prepare, row.n)
            ready[name].settle()
        except (ImportError, leaves_out()) as reason:
            ready.pop(name, None)
            absent[name] = str(reason)
    found = take_turns({name: one.sample for name, one in ready.items()}, seconds * len(ready)) if ready else {}
    result: dict[str, Any] = {"name": row.name, "unit": row.unit, "goal": row.goal, "n": row.n, "absent": absent}
    result["works"] = {name: _summary(values) for name, values in found.items()}
    if "now" in ready and row.unit in SCALES:
        ours = ready["now"]
        result["where"] = row.where(ours.work) if row.where else profiled(ours.work, min(ours.calls, 1000))
    result["cpu_seconds"] = round(cpu_seconds() - start, 1)
    return result


def measure_all(rows: Mapping[str, Row], folder: Path, order: Sequence[str], seconds: float) -> int:
    """Measure each row in a process of its own, and keep what was found beside what is kept of others."""
    failed = 0
    for name in rows:
        words = [sys.executable, str(HERE), "--rows", str(folder), "run", "--within", "--seconds", str(seconds), name]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            failed += 1
            print(f"{name}: failed\n{done.stderr[-2000:]}", flush=True)
            continue
        (found,) = json.loads(done.stdout.splitlines()[-1])
        made = {"commit": head(), "date": date.today().isoformat(), "conditions": conditions()}
        store(found | {"made": made}, order)
        print(line(found), flush=True)
    return int(failed > 0)


def conditions() -> str:
    """What the numbers depend on beside the commit: processor, cores, Python and numpy."""
    return f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}"


def line(found: Mapping[str, Any]) -> str:
    """A row in one line."""
    works = ", ".join(f"{name} {work['median']:.3g}" for name, work in found["works"].items())
    goal = "" if found["goal"] is None else f", goal {found['goal']:g}"
    absent = "".join(f"; {name} left out: {reason}" for name, reason in found["absent"].items())
    return f"{found['name']}: {works or 'nothing'} {found['unit']}{goal}{absent}"


def _summary(values: list[float]) -> dict[str, Any]:
    median, low, high = median_with_interval(values)
    return {"median": median, "low": low, "high": high, "samples": len(values)}
