"""Which tests reach which lines: recorded for each file of tests, and again when it or what it reached changed."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from mutants.forked import forked, quietly
from mutants.places import ROOT

RECORDS = ROOT / "build" / "mutants"
LOG = RECORDS / "last.log"
"""What the last child printed."""
SLOW = 6.0  # seconds of CPU after which a test is no use for this
FILE_LIMIT = 240.0  # seconds of CPU that a file of tests may take while it is recorded


@dataclass(frozen=True)
class Reach:
    """Tests of one file: the seconds of CPU each takes, and by each line of each module those that ran it."""

    seconds: dict[str, float]
    digests: dict[str, str]
    lines: dict[str, dict[int, list[str]]]
    setups: dict[str, float] = field(default_factory=dict)
    """The seconds that fixtures of several tests take, by the tests that have some."""

    def is_current_for(self, path: Path) -> bool:
        """Whether a module is as it was; one that no test ran need not be."""
        name = str(path.relative_to(ROOT))
        return name not in self.digests or self.digests[name] == digest(path)


def compiled() -> Path:
    """Where modules stand compiled after a recording; else each child would compile the project again."""
    return RECORDS / "compiled"


def digest(path: Path) -> str:
    """What a file holds, in a few letters."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def reaches(files: Sequence[Path], modules: Sequence[Path], jobs: int) -> dict[Path, Reach]:
    """What is recorded of each file of tests, after it was recorded where that is needed.

    Ends the program where one cannot be recorded: what its tests notice would count as noticed by none.
    """
    RECORDS.mkdir(parents=True, exist_ok=True)
    stale = [file for file in files if not _fresh(file, modules)]
    if stale:
        print(f"Recording which lines {len(stale)} files of tests reach.", flush=True)
    works, lost = [_recording(file) for file in stale], []
    for ended in forked(works, [FILE_LIMIT] * len(works), jobs, LOG):
        file, record = stale[ended.number].relative_to(ROOT), _record(stale[ended.number])
        left_out = json.loads(record.read_text(encoding="utf-8"))["left out"] if record.exists() else None
        if left_out is None:
            lost.append(f"{file} could not be recorded: {ended.status} after {ended.seconds:.0f} s.")
        elif left_out:
            print(f"{len(left_out)} tests of {file} are left out, which fail or are slow, such as", flush=True)
            print(*next(iter(left_out.items())), sep=": ", flush=True)
    if lost:
        raise SystemExit("\n".join([*lost, f"No share would be right; see {LOG} for what the last one printed."]))
    return {file: reach for file in files if (reach := _read(file))}


def _record(file: Path) -> Path:
    name = str(file.relative_to(ROOT)).replace("/", "-").removesuffix(".py")
    return RECORDS / f"{name}-{digest(file)}.json"


def _read(file: Path) -> Reach | None:
    path = _record(file)
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    tests = found["tests"]
    lines = {
        module: {int(line): [tests[at][0] for at in reached] for line, reached in some.items()}
        for module, some in found["lines"].items()
    }
    return Reach(dict(tests), found["digests"], lines, found["setups"])


def _fresh(file: Path, modules: Sequence[Path]) -> bool:
    reach = _read(file)
    return reach is not None and all(map(reach.is_current_for, (*modules, *helpers(file))))


def helpers(file: Path) -> list[Path]:
    """The modules beside a file of tests that it imports, those that these import, and the fixtures of the folder.

    Names of tests come from them as well, and one that is gone would end all others as a fault does.
    """
    found = [path for path in (file.with_name("conftest.py"),) if path.is_file()]
    left = [file, *found]
    while left:
        tree = ast.parse(left.pop().read_text(encoding="utf-8"))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        beside = [path for name in sorted(names) if (path := file.with_name(f"{name}.py")).is_file()]
        left += [path for path in beside if path not in found]
        found += [path for path in beside if path not in found]
    return found


def _recording(file: Path) -> Callable[[], int]:
    def work() -> int:
        import coverage

        folders = [str(ROOT / "nasapi" / "*"), *(str(ROOT / kind / "*" / "nasapi_*" / "*") for kind in KINDS)]
        measured = coverage.Coverage(data_file=None, include=folders, config_file=False, messages=False)
        watcher = Watcher(measured)
        measured.start()
        folder = RECORDS / f"recording-{os.getpid()}"
        quietly([str(file)], folder, 0, [watcher], compiled=compiled(), keeps=True)
        measured.stop()
        for left in (folder, compiled() / folder.relative_to(folder.anchor)):
            shutil.rmtree(left, ignore_errors=True)
        _write(_record(file), watcher, measured.get_data(), helpers(file))
        return 0

    return work


KINDS = ("spaces", "strategies", "plugins")
SHARED = "fixture "
"""What the context of a fixture of several tests begins with."""


class Watcher:
    """Tells coverage which test runs, times each, ends slow ones, and keeps those that passed.

    A fixture of several tests is run by one of them, and its lines belong to all that have it.
    """

    def __init__(self, measured: Any) -> None:
        self.seconds: dict[str, float] = {}
        self.left_out: dict[str, str] = {}
        self.shared: dict[str, float] = {}
        self.users: dict[str, list[str]] = {}
        self._measured = measured
        self._began = 0.0
        self._context = ""

    def pytest_runtest_protocol(self, item: Any) -> None:
        self._switch(item.nodeid)
        for name in item.fixturenames:
            self.users.setdefault(name, []).append(item.nodeid)
        self._began = sum(os.times()[:4])

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None]:
        if fixturedef.scope == "function":
            return (yield)
        began, before = sum(os.times()[:4]), self._context
        self._switch(f"{SHARED}{fixturedef.argname}")
        try:
            return (yield)
        finally:
            self._switch(before)
            self.shared[fixturedef.argname] = sum(os.times()[:4]) - began

    def pytest_runtest_call(self, item: Any) -> None:
        signal.signal(signal.SIGPROF, _too_slow)
        signal.setitimer(signal.ITIMER_PROF, SLOW, 1.0)

    def pytest_runtest_teardown(self, item: Any) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" and report.passed:
            self.seconds[report.nodeid] = sum(os.times()[:4]) - self._began
        elif report.failed:
            self.seconds.pop(report.nodeid, None)
            self.left_out[report.nodeid] = str(report.longrepr)[-200:]
        if report.when == "teardown":
            self._switch("")

    def _switch(self, context: str) -> None:
        self._context = context
        self._measured.switch_context(context)


def _too_slow(number: int, frame: object) -> None:
    pytest.fail("This test is too slow to look for mutants with.")


def _write(path: Path, watcher: Watcher, data: Any, beside: Sequence[Path]) -> None:
    seconds = watcher.seconds
    numbers = {test: number for number, test in enumerate(seconds)}

    def reaching(contexts: Sequence[str]) -> list[int]:
        users = [watcher.users.get(each.removeprefix(SHARED), []) for each in contexts if each.startswith(SHARED)]
        return sorted({numbers[test] for test in {*contexts, *chain(*users)} if test in numbers})

    lines = {}
    for module in sorted(data.measured_files()):
        contexts = data.contexts_by_lineno(module)
        lines[str(Path(module).relative_to(ROOT))] = {line: reaching(some) for line, some in sorted(contexts.items())}
    setups: dict[str, float] = {}
    for name, taken in watcher.shared.items():
        for test in watcher.users.get(name, ()):
            setups[test] = setups.get(test, 0.0) + taken
    for old in path.parent.glob(f"{path.stem.rpartition('-')[0]}-*.json"):
        old.unlink()
    found = {
        "tests": [[test, round(taken, 4)] for test, taken in seconds.items()],
        "setups": {test: round(taken, 4) for test, taken in setups.items()},
        "left out": watcher.left_out,
        "digests": {name: digest(ROOT / name) for name in (*lines, *(str(one.relative_to(ROOT)) for one in beside))},
        "lines": lines,
    }
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(found), encoding="utf-8")
    unfinished.replace(path)


def held_against(reached: Sequence[Reach], module: str, lines: range, *, imported: bool, limit: float) -> list[str]:
    """The tests to hold a fault against: those that run its lines, the quickest first, and then others of the module.

    A cached function runs in one test alone, so a quarter of the limit, in seconds, is for the others. What runs at
    import, be it in a function, is held against all tests of the files that import it, those named after the module
    first.
    """
    ran = [tests for reach in reached for line, tests in reach.lines.get(module, {}).items() if line in lines]
    imported = imported or (bool(ran) and not any(ran))
    seconds = {test: taken for reach in reached for test, taken in reach.seconds.items()}
    direct, others = set[str](), set[str]()
    for reach in reached:
        for line, tests in reach.lines.get(module, {}).items():
            others.update(reach.seconds if imported else tests)
            if line in lines and not imported:
                direct.update(tests)
    kept, left, name = [], limit, Path(module).stem

    def quickest(test: str) -> tuple[bool, float, str]:
        return (imported and name not in test.partition("::")[0], seconds[test], test)

    for group, part in ((direct, limit), (others - direct, limit / 4 if direct else limit)):
        left = min(left, part)
        for test in sorted(group, key=quickest):
            if seconds[test] <= left:
                left -= seconds[test]
                kept.append(test)
    return sorted(kept, key=_order(kept))


def cost(reached: Sequence[Reach], tests: Sequence[str]) -> float:
    """The seconds that tests take, with the fixtures that some share."""
    own = sum(reach.seconds.get(test, 0.0) for reach in reached for test in tests)
    return own + sum(max((reach.setups.get(test, 0.0) for test in tests), default=0.0) for reach in reached)


def _order(kept: Sequence[str]) -> Callable[[str], tuple[int, int]]:
    """Tests of one file stand together, and the files as their first tests did."""
    files: dict[str, int] = {}
    for at, test in enumerate(kept):
        files.setdefault(test.partition("::")[0], at)
    places = {test: at for at, test in enumerate(kept)}
    return lambda test: (files[test.partition("::")[0]], places[test])


def lines_of(start: int, text: str) -> range:
    """The lines that a text covers which begins on line `start`."""
    return range(start, start + text.count("\n") + 1)
