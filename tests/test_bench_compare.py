"""`make bench-compare` notices a planted slow-down, and one commit is not slower than itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
WORK = """
def work():
    return sum(number % 7 for number in range({count}))
"""
ROWS = """
from timing import Row

def now(n):
    import worked
    return worked.work

def lost(n):
    import worked
    return worked.work_of_later

ROWS = [Row("work", now, "us"), Row("work that the base does not have", lost, "us")]
"""


def git(tree: Path, *words: str) -> None:
    who = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    subprocess.run(["git", "-C", str(tree), *who, *words], check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with one commit, whose work is timed by rows beside it."""
    place = tmp_path / "tree"
    place.mkdir()
    (place / "worked.py").write_text(WORK.format(count=20_000))
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "work.py").write_text(ROWS)
    git(place, "init", "-q")
    git(place, "add", ".")
    git(place, "commit", "-qm", "Work")
    return place


def compared(tree: Path, base: str = "HEAD") -> subprocess.CompletedProcess[str]:
    rows = str(tree.parent / "rows")
    words = ["--rows", rows, "compare", "--base", base, "--tree", str(tree), "--seconds", "0.3"]
    return subprocess.run([sys.executable, str(BENCHMARKS), *words], capture_output=True, text=True, timeout=120)


pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def test_a_planted_slow_down_fails_and_is_named(tree: Path) -> None:
    (tree / "worked.py").write_text(WORK.format(count=60_000) + "\nwork_of_later = work\n")
    done = compared(tree)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("work  ")]
    assert 1.5 < float(line.split()[3]) < 5, line  # three times the work, on a machine that others use
    assert line.endswith("us, slower")
    assert "1 of 2 rows are over 20 % slower or failed: work" in done.stdout
    assert done.returncode == 1, done.stdout + done.stderr
    assert not list(tree.glob(".git/worktrees/*"))


def test_what_is_the_same_or_not_in_the_base_fails_nothing(tree: Path) -> None:
    (tree / "worked.py").write_text(WORK.format(count=20_000) + "\nwork_of_later = work\n")
    done = compared(tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left out: AttributeError: module 'worked' has no attribute 'work_of_later'" in done.stdout


def test_work_that_raises_here_fails(tree: Path) -> None:
    git(tree, "branch", "before")
    (tree / "worked.py").write_text("def work():\n    raise ValueError('broken')\n")
    done = compared(tree, base="before")
    assert "failed: ValueError: broken" in done.stdout
    assert "1 of 2 rows" in done.stdout
    assert done.returncode == 1


def test_a_base_that_is_no_commit_is_called_that(tree: Path) -> None:
    assert "'nothing' is no commit that can be looked at" in compared(tree, base="nothing").stderr
