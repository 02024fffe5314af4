"""The programs of `benchmarks/` are listed with what they do, and refuse what they cannot use before they compute."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "benchmarks"
pytest.importorskip("nasapi_reproduce", reason="programs that measure use every distribution of this repository")

PROGRAMS = sorted(path for path in FOLDER.glob("[a-z]*.py") if "__name__ ==" in path.read_text(encoding="utf-8"))
REFUSED = [
    *((path.name, "--into", "README.md") for path in PROGRAMS),
    ("searches.py", "nb201-baselin"),
    ("facts.py", "nb201-nose"),
    ("controls.py", "nb201/cifar11-v1"),
    ("verdicts.py", "covrage"),
    ("verdicts.py", "coverage", "--studies", "0"),
    ("verdicts.py", "coverage", "--seed", "-1"),
    (".", "run", "no-such-row"),
    (".", "run", "no-such-row", "--seconds", "0"),
    (".", "--rows", "no/such/folder", "once"),
    (".", "compare", "--base", "no-such-commit", "start"),
    ("claims", "again", "nb201-baselin"),
]


Ran = tuple[object, str, str]
"""The status that a program ends with, and what it prints to each stream."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """A program with words, run in this process: a process of its own would import everything once more."""

    def ran(name: str, *words: str) -> Ran:
        place = str(FOLDER / name)
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", [place, *words])
        monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(place, run_name="__main__")
        return ended.value.code, *capsys.readouterr()

    return ran


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_what_cannot_be_used_is_refused_in_a_sentence(run: Callable[..., Ran], words: tuple[str, ...]) -> None:
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert re.search(r"[Ee]rror: .*\w", err.splitlines()[-1])


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_help_begins_with_the_first_line_of_the_file(run: Callable[..., Ran], path: Path) -> None:
    first = path.read_text(encoding="utf-8").split('"""')[1].splitlines()[0]
    status, out, _ = run(path.name, "--help")
    assert not status and first in " ".join(out.split())


@pytest.mark.parametrize("name", [".", "claims", "facts.py"])
def test_a_program_runs_from_the_root_by_its_place(name: str) -> None:
    words = [sys.executable, f"benchmarks/{name}", "--help"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("usage: ")


def test_the_page_of_the_programs_has_each_of_them_and_every_module() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `python benchmarks/?(\S*?)[ `]", page, re.MULTILINE)
    assert sorted(filter(None, rows)) == sorted([*(path.name for path in PROGRAMS), "claims"])
    assert len(rows) == len(PROGRAMS) + 2
    modules = {path.name for path in FOLDER.glob("*.py")} - {"__main__.py"}
    assert modules <= set(re.findall(r"\w+\.py", page))
