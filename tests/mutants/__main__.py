"""Plants faults in the modules of the project, one a line and each alone, and tells what share of them a test notices.

    make mutants MODULES="nasapi/benchmark plugins/report" SAMPLE=20 SEED=0

A module is one of the core (`nasapi/benchmark`), a distribution (`plugins/report`) or a path below one. Its share is in
benchmarks/results/mutants.json afterwards, with what was not noticed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from mutants.equivalents import equivalents
from mutants.faults import Fault, by_line, faults
from mutants.forked import KILLED, LATE, forked, quietly, warm
from mutants.inherited.sitecustomize import NAME, SOURCE, plant
from mutants.places import ROOT, chosen, dotted, files_of_tests, units
from mutants.reach import LOG, compiled, cost, held_against, lines_of, reaches

RESULTS = ROOT / "benchmarks" / "results"
LIMIT = 12.0  # seconds of CPU that the tests of one mutant take at most, as they were recorded
OWN = 3.0  # seconds of CPU for imports and for what a fault may cost beyond that


@dataclass(frozen=True)
class Mutant:
    """A fault in a file, drawn for a unit."""

    unit: str
    path: Path
    fault: Fault

    @property
    def file(self) -> str:
        """The file, from the root."""
        return str(self.path.relative_to(ROOT))


def drawn(unit: str, paths: list[Path], sample: int, seed: int) -> tuple[list[Mutant], int]:
    """Mutants of a unit, at most one a line, and how many lines could have one; no equivalent ones."""
    rng = np.random.default_rng((seed, crc32(unit.encode())))
    same = equivalents()
    lines = []
    for path in paths:
        file = str(path.relative_to(ROOT))
        for some in by_line(faults(path.read_text(encoding="utf-8"))):
            real = [fault for fault in some if not any(other.covers(file, fault) for other in same)]
            if real:
                lines.append(Mutant(unit, path, real[rng.integers(len(real))]))
    kept = sorted(rng.permutation(len(lines))[:sample]) if sample else range(len(lines))
    return [lines[at] for at in kept], len(lines)


class Notices:
    """Writes the name of the first test that fails, and the end of why, into a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self._path.exists():
            why = getattr(getattr(report.longrepr, "reprcrash", None), "message", "").partition("\n")[0]
            self._path.write_text(f"{report.nodeid}: {why[:200]}", encoding="utf-8")


def trial(mutant: Mutant, tests: list[str], folder: Path, seed: int, noticed: Path) -> Callable[[], int]:
    """What a child does: import the module with the fault in it, and run the tests until one notices."""

    def work() -> int:
        own = folder / str(os.getpid())
        own.mkdir()
        source = mutant.fault.plant(mutant.path.read_text(encoding="utf-8"))
        (own / "source.py").write_text(source, encoding="utf-8")
        inherited = str(Path(__file__).parent / "inherited")
        paths = os.pathsep.join(filter(None, (inherited, os.environ.get("PYTHONPATH", ""))))
        os.environ.update({NAME: dotted(mutant.path), SOURCE: str(own / "source.py"), "PYTHONPATH": paths})
        plant(dotted(mutant.path), source)
        try:
            return quietly(["-x", *tests], own, seed, [Notices(noticed)], compiled=compiled(), keeps=False)
        finally:
            shutil.rmtree(own, ignore_errors=True)

    return work


def shown(mutant: Mutant) -> str:
    """A mutant with file, line and both texts."""
    fault = mutant.fault
    was = [f"    - {line}" for line in fault.was.splitlines()]
    now = [f"    + {line}" for line in fault.now.splitlines()]
    return "\n".join([f"{mutant.file}:{fault.line} {fault.place}", *was, *now])


@dataclass
class Outcome:
    """Which mutants no test noticed, which none reaches, which were late, and the cost of each unit."""

    unnoticed: list[Mutant] = field(default_factory=list)
    unreached: list[Mutant] = field(default_factory=list)
    late: list[Mutant] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def tried(mutants: list[Mutant], options: argparse.Namespace) -> Outcome:
    """What becomes of mutants where the tests that reach their lines run."""
    paths = list(dict.fromkeys(mutant.path for mutant in mutants))
    files = list(dict.fromkeys(file for path in paths for file in files_of_tests(path)))
    recorded = reaches(files, paths, options.jobs)
    outcome, held, works, limits = Outcome(), [], [], []
    with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:  # a disk may be mounted
        for mutant in mutants:
            reached = [recorded[file] for file in files_of_tests(mutant.path) if file in recorded]
            lines = lines_of(mutant.fault.line, mutant.fault.was)
            tests = held_against(reached, mutant.file, lines, imported=mutant.fault.imported, limit=LIMIT)
            if tests:
                held.append(mutant)
                works.append(trial(mutant, tests, Path(folder), options.seed, Path(folder) / f"noticed-{len(works)}"))
                limits.append(OWN + 3 * cost(reached, tests))
            else:
                outcome.unreached.append(mutant)
        for ended in forked(works, limits, options.jobs, LOG):
            mutant = held[ended.number]
            outcome.seconds[mutant.unit] = outcome.seconds.get(mutant.unit, 0.0) + ended.seconds
            if ended.status == 0:
                outcome.unnoticed.append(mutant)
            elif ended.status == LATE:
                outcome.late.append(mutant)
            elif ended.status not in (1, 2, 3, 4, KILLED):
                raise SystemExit(f"{shown(mutant)}\nIts tests ended with status {ended.status}.")
            if options.verbose:
                noticed = Path(folder) / f"noticed-{ended.number}"
                test = noticed.read_text(encoding="utf-8") if noticed.exists() else ""
                print(f"{ended.status} after {ended.seconds:.1f} s: {shown(mutant)}\n    {test}", flush=True)
    return outcome


def main() -> None:
    """Try the modules that are named, print what was not noticed and each share, and keep the shares."""
    options = _options()
    commit = "" if options.dry else checked_out()
    began, used = time.monotonic(), sum(os.times()[:4])
    warm()
    mutants: list[Mutant] = []
    lines = {}
    for unit, paths in chosen(options.modules).items():
        some, lines[unit] = drawn(unit, paths, options.sample, options.seed)
        mutants += some
    outcome = tried(mutants, options)
    why = [(outcome.unnoticed, ""), (outcome.unreached, "    (no test reaches it)"), (outcome.late, "    (late)")]
    notes = {mutant: words for some, words in why for mutant in some}
    missed = [mutant for mutant in mutants if mutant in notes]
    for mutant in missed:
        print(f"{shown(mutant)}{notes[mutant]}")
    rows = {}
    for unit in lines:
        count = sum(mutant.unit == unit for mutant in mutants)
        noticed = count - sum(mutant.unit == unit for mutant in missed)
        share = round(100 * noticed / count) if count else None
        rows[unit] = [
            f"`{unit}`",
            lines[unit],
            count,
            noticed,
            share,
            options.seed,
            round(outcome.seconds.get(unit, 0)),
        ]
    print()
    for row in sorted(rows.values(), key=lambda row: row[4] or 0):
        print(f"{row[4] or 0:>4} %  {row[3]:>4} of {row[2]:>4}  {row[0].strip('`')}")
    print(f"{len(mutants) - len(missed)} of {len(mutants)} were noticed.")
    print(f"{time.monotonic() - began:.0f} s, {sum(os.times()[:4]) - used:.0f} s of CPU")
    if not options.dry:
        store(rows, commit)
        print("benchmarks/results/mutants.json has the shares; `make blocks` shows them in docs/results.md.")


def checked_out() -> str:
    """The commit that is tried, as results name it; asked in another process, for none of the project is here yet."""
    asked = [sys.executable, "-c", "from claims.kept import head; print(head())"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def store(rows: dict[str, list[Any]], commit: str, folder: Path = RESULTS) -> None:
    """Keep the rows of a commit in place of older ones of the same modules."""
    from claims.kept import keep, names, read

    kept = read("mutants", folder).found["rows"] if "mutants" in names(folder) else []
    known = {row[0]: row for row in kept if row[1] is not None}
    known |= {row[0]: [*row, commit] for row in rows.values()}
    known = {**{f"`{unit}`": [f"`{unit}`", None, 0, 0, None, None, 0, None] for unit in units()}, **known}
    found = [row for _, row in sorted(known.items())]
    measured = [row for row in found if row[2]]
    result = {
        "what": "Mutants of each module, one a line at most and drawn from a seed, and how many the tests about "
        "it notice; those that nobody could notice are left out. A module without a number of lines was not measured; "
        "one of 0 lines has nothing to plant a fault in.",
        "command": "make mutants",
        "commit": ", ".join(dict.fromkeys(row[-1] for row in measured)),
        "date": date.today().isoformat(),
        "seeds": ", ".join(sorted({str(row[5]) for row in measured})),
        "cpu_seconds": sum(row[6] for row in found),
        "quick": False,
        "found": {
            "columns": ["module", "lines", "tried", "noticed", "%", "seed", "CPU s", "commit"],
            "digits": {},
            "rows": found,
        },
    }
    keep("mutants", result, folder)


def _from(least: int) -> Callable[[str], int]:
    """The reader of whole numbers from `least` on; not that of benchmarks/claims, which loads what faults go into."""

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least}")
        return int(text)

    return number


def _options(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__)
    parser.add_argument("--modules", nargs="*", default=[], help="modules, distributions, or paths below them")
    parser.add_argument("--sample", type=_from(0), default=8, help="mutants of each; 0 is one for every line")
    parser.add_argument("--seed", type=_from(0), default=0)
    parser.add_argument("--jobs", type=_from(1), default=2)
    parser.add_argument("--dry", action="store_true", help="store nothing")
    parser.add_argument("--verbose", action="store_true", help="tell of each mutant, and of the test that noticed")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
