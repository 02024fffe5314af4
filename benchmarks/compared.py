"""Two commits that take turns: each row in a process of each, all of one tree, until their ratio is known."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from timing import Row, median_with_interval, sampler, take_turns

from nasapi.errors import InvalidOption

HERE = Path(__file__).resolve().parent
SLOWER = 1.2
"""From which ratio on a row fails, where the interval of its ratio is above 1."""
LEVEL = 0.99
"""Of the interval: there are many rows, and noise must not fail any."""


def compare(rows: Mapping[str, Row], folder: Path, tree: Path, base: str, seconds: float) -> int:
    """Print every row with its number at `base`, its number here and their ratio; 1 where one is over 20 % slower."""
    failed = []
    with other_tree(tree, base) as old:
        print(f"{'':48}{'old':>10}{'new':>10}{'ratio':>8}  interval", flush=True)
        for name, row in rows.items():
            try:
                comparison, slower = _compared(row, folder, {"old": old, "new": tree}, seconds)
            except Absent as reason:
                comparison, slower = f"left out: {reason}", False
            except Ended as error:
                comparison, slower = f"failed: {error}", True
            failed += [name] * slower
            print(f"{name:48}{comparison}", flush=True)
    named = f": {', '.join(failed)}" if failed else ""
    print(f"{len(failed)} of {len(rows)} rows are over 20 % slower or failed{named}")
    return int(bool(failed))


class Absent(Exception):
    """A row that cannot be measured at one of the commits, or without data that are not here."""


class Ended(Exception):
    """A process that ended, or work that raised, at this commit."""


def _compared(row: Row, folder: Path, trees: Mapping[str, Path], seconds: float) -> tuple[str, bool]:
    """A row in words, and whether it is slower."""
    with serving(row, folder, trees["old"]) as old, serving(row, folder, trees["new"]) as new:
        calls = new.settled
        if old.fault or new.fault:
            raise (Absent if old.fault or not new.bad else Ended)(old.fault or new.fault)
        found = take_turns({"old": lambda: old.sample(calls), "new": lambda: new.sample(calls)}, 2 * seconds)
    before, after = (np.array(found[name]) for name in ("old", "new"))
    ratio, low, high = median_with_interval(after / before, LEVEL)
    numbers = f"{np.median(before):10.4g}{np.median(after):10.4g}{ratio:8.2f}  {low:.2f} to {high:.2f} {row.unit}"
    slower = ratio > SLOWER and low > 1
    return numbers + (", slower" if slower else ""), slower


class Server:
    """A process that has a row's work ready and takes samples when it is asked."""

    def __init__(self, process: subprocess.Popen[str]):
        self.process = process
        answer = self._answer()
        self.fault = str(answer.get("fault", ""))
        self.bad = bool(answer.get("bad"))
        self.settled = int(answer.get("calls", 1))

    def sample(self, calls: int) -> tuple[float, float]:
        """A number and the CPU seconds it took; raises Ended where there is none."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{calls}\n")
        self.process.stdin.flush()
        answer = self._answer()
        if "fault" in answer:
            raise Ended(answer["fault"])
        return answer["number"], answer["spent"]

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            return {"fault": f"its process ended with {self.process.wait()}", "bad": True}
        parsed: dict[str, Any] = json.loads(line)
        return parsed


@contextmanager
def serving(row: Row, folder: Path, tree: Path) -> Iterator[Server]:
    """A process that serves a row with the code of a tree."""
    words = [sys.executable, str(HERE), "--rows", str(folder), "serve", row.name]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, packages(tree))), "PYTHONHASHSEED": "0"}
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield Server(process)
    finally:
        process.kill()
        process.wait()


def serve(row: Row) -> int:
    """Have the row's work ready and take samples as standard input asks; the answers are lines of JSON."""
    from measured import leaves_out

    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the work prints is no answer

    def say(**message: object) -> None:
        print(json.dumps(message), file=out, flush=True)

    try:
        one = sampler(row, row.now, row.n)
        one.settle()
    except (ImportError, leaves_out()) as reason:
        say(fault=str(reason))
        return 0
    except Exception as error:
        say(fault=f"{type(error).__name__}: {error}", bad=True)
        return 0
    say(calls=one.calls)
    for line in sys.stdin:
        one.calls = int(line)
        try:
            number, spent = one.sample()
        except Exception as error:
            say(fault=f"{type(error).__name__}: {error}")
            continue
        say(number=number, spent=spent)
    return 0


@contextmanager
def other_tree(tree: Path, base: str) -> Iterator[Path]:
    """A worktree of another commit, whose distributions are described beside it; it is gone in the end."""
    git = ["git", "-C", str(tree), "worktree"]
    with tempfile.TemporaryDirectory(prefix="base-") as place:
        other = Path(place) / "tree"
        done = subprocess.run([*git, "add", "--detach", str(other), base], capture_output=True, text=True)
        if done.returncode:
            raise InvalidOption(f"{base!r} is no commit that can be looked at; git says {done.stderr.strip()!r}.")
        try:
            _describe(other)
            yield other
        finally:
            subprocess.run([*git, "remove", "--force", str(other)], capture_output=True)


def packages(tree: Path) -> list[Path]:
    """The folders of a tree from which its packages are imported, and that of what describes them."""
    return list(dict.fromkeys([tree / ".described", tree, *(path.parent for path in _projects(tree))]))


def _describe(tree: Path) -> None:
    """Write names, versions and entry points of a tree's distributions, as installing them would."""
    for path in _projects(tree):
        project = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
        if "name" not in project:
            continue
        place = tree / ".described" / f"{project['name'].replace('-', '_')}-{project.get('version', '0.1.0')}.dist-info"
        place.mkdir(parents=True)
        about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project.get('version', '0.1.0')}\n"
        (place / "METADATA").write_text(about, encoding="utf-8")
        groups = {**project.get("entry-points", {}), "console_scripts": project.get("scripts", {})}
        lines = [
            f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()) for group, points in groups.items()
        ]
        (place / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


def _projects(tree: Path) -> list[Path]:
    """The `pyproject.toml` of every distribution, the core's first."""
    found = [tree / "pyproject.toml", *sorted(tree.glob("[ps]*/*/pyproject.toml"))]
    return [path for path in found if path.is_file()]
