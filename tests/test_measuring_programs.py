"""The programs of `benchmarks/` are listed with what they do, and refuse what they cannot use before they compute."""

from __future__ import annotations

import re
import subprocess
import sys
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


def ran(*words: str) -> subprocess.CompletedProcess[str]:
    words = (str(FOLDER / words[0]), *words[1:])
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_what_cannot_be_used_is_refused_in_a_sentence(words: tuple[str, ...]) -> None:
    done = ran(*words)
    assert (done.returncode, done.stdout) == (2, "")
    *_, last = done.stderr.splitlines()
    assert re.search(r"[Ee]rror: .*\w", last) and "Traceback" not in done.stderr


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_help_begins_with_the_first_line_of_the_file(path: Path) -> None:
    first = path.read_text(encoding="utf-8").split('"""')[1].splitlines()[0]
    assert first in " ".join(ran(path.name, "--help").stdout.split())


def test_the_page_of_the_programs_has_each_of_them_and_every_module() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `python benchmarks/?(\S*?)[ `]", page, re.MULTILINE)
    assert sorted(filter(None, rows)) == sorted([*(path.name for path in PROGRAMS), "claims"])
    assert len(rows) == len(PROGRAMS) + 2
    modules = {path.name for path in FOLDER.glob("*.py")} - {"__main__.py"}
    assert modules <= set(re.findall(r"\w+\.py", page))
