"""Processes that are killed while they replace something of ours: the old or the new is whole afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import numpy as np

from nasapi.data import fetch
from nasapi.data.tables import receipt_place
from nasapi.files.replacing import replacing, restore, write_whole
from nasapi.plugins.hooks import TableSource
from nasapi.tables.layout import foreign_table
from nasapi.tables.table import Column, Table, write_table

Outcome = tuple[int, int, int, str]
"""How many attacks were tried, held and broken, and what there is to say of them."""


def kills_while_replacing(kind: str, seed: int, count: int) -> Iterator[Outcome]:
    """Kill `count` processes that replace a thing of `kind`, most of them beside a renaming, the rest anywhere.

    After each kill the thing must read as the old or the new one, whole; and the next process must be able to replace
    it and leave nothing else in its folder.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, kind, folder, str(seed), str(count)]
        environment = os.environ | {"NASAPI_DATA": str(Path(folder) / "data"), "OMP_NUM_THREADS": "1"}
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    for line in ran.stdout.splitlines():
        event, fault = json.loads(line)
        yield 1, int(not fault), int(bool(fault)), f"{kind}, killed before {event}: {fault or 'held'}"
    if ran.returncode:
        yield 1, 0, 1, f"{kind}: the driver ended with {ran.returncode}: {ran.stderr[-500:]}"


def _folder(place: Path, text: str) -> None:
    with replacing(place, lambda _: None) as draft:
        draft.mkdir()
        for name in ("a", "b"):
            (draft / name).write_text(text)


def _read_folder(place: Path) -> str:
    restore(place, lambda _: None)
    assert sorted(path.name for path in place.iterdir()) == ["a", "b"]
    assert (place / "a").read_text() == (place / "b").read_text()
    return (place / "a").read_text()


def _file(place: Path, text: str) -> None:
    write_whole(place, text * 10_000)


def _read_file(place: Path) -> str:
    text = place.read_text()
    assert text == text[:3] * 10_000
    return text[:3]


def _report(place: Path, text: str) -> None:
    from nasapi_report.folder import replace_report

    replace_report(place, {"index.html": text, f"figures/{text}.svg": text}, {})


def _read_report(place: Path) -> str:
    from nasapi_report.folder import foreign

    restore(place, foreign)
    text = (place / "index.html").read_text()
    assert foreign(place) is None
    assert (place / "figures" / f"{text}.svg").read_text() == text
    return text


def _table(place: Path, text: str) -> None:
    write_table(place, {"number": Column(np.arange(9.0), "numbers")}, title=text)


def _read_table(place: Path) -> str:
    restore(place, foreign_table)
    table = Table(place)
    table.verify()
    return str(table.attributes["title"])


def _import_table(place: Path, text: str) -> None:
    source = TableSource("numbers", "numbers", "Numbers.", "kills:_convert")
    file = place.parent.parent / f"{text}.txt"
    file.write_text(text)
    with fetch._work_folder(source) as work:
        fetch._imported(source, _convert, file, work, lambda _: None)


def _convert(file: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent):  # as some importers do
        _table(target, file.read_text())


def _read_imported(place: Path) -> str:
    text = _read_table(place)
    receipt = receipt_place(place)
    assert not receipt.exists() or json.loads(receipt.read_text())["file"] == f"{text}.txt", "a receipt of another"
    return text


KINDS: dict[str, tuple[Callable[[Path, str], None], Callable[[Path], str], str, str]] = {
    "folder": (_folder, _read_folder, "thing", "nasapi.files.replacing"),
    "file": (_file, _read_file, "thing", "nasapi.files.replacing"),
    "report": (_report, _read_report, "report", "nasapi_report.folder"),
    "table": (_table, _read_table, "t.zarr", "zarr.storage"),
    "import": (_import_table, _read_imported, "numbers.zarr", "zarr.storage"),
}
"""Each kind with what writes it, what reads it after a kill, its name, and what it imports late."""
_STEPS = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "open", "shutil.rmtree", "os.scandir", "os.truncate"}


def _forked(work: Callable[[], None], strike: int | None) -> tuple[int, list[str]]:
    """Do something in a process of its own that is killed before its step `strike`: how it ended, and its steps."""
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        seen = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal seen
            if event in _STEPS:
                if seen == strike:
                    os.kill(os.getpid(), 9)
                seen += 1
                os.write(writer, f"{event}\n".encode())

        sys.addaudithook(hook)
        try:
            work()
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with open(reader) as pipe:
        steps = pipe.read().split()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), steps


def _drive(kind: str, folder: Path, seed: int, count: int) -> None:
    write, read, name, late = KINDS[kind]
    rng = np.random.default_rng(seed)
    data = folder / "data"
    place = data / name
    data.mkdir()
    import_module(late)  # once, and not in each process that is killed
    assert _forked(lambda: write(place, "old"), None)[0] == 0
    _, steps = _forked(lambda: write(place, "old"), None)
    renames = [i for i, step in enumerate(steps) if step == "os.rename"]
    strikes = [i + after for i in renames for after in (1, 0)]
    while len(strikes) < count:
        strikes.append(int(rng.integers(len(steps))))
    for strike in strikes[:count]:
        shutil.rmtree(data)
        data.mkdir()
        assert _forked(lambda: write(place, "old"), None)[0] == 0
        status, _ = _forked(lambda: write(place, "new"), strike)
        event = f"step {strike} of {len(steps)}, {[*steps, 'the end'][strike]}"
        print(json.dumps([event, _fault(write, read, place, status)]), flush=True)


def _fault(write: Callable[[Path, str], None], read: Callable[[Path], str], place: Path, status: int) -> str:
    """What is wrong after a kill; nothing where all is well."""

    def look(*wanted: str) -> None:
        found = read(place)
        assert found in wanted, f"read {found!r}"

    if status not in (-9, 0):
        return f"the process ended with {status}, not by the kill"
    if _forked(lambda: look("old", "new"), None)[0]:
        return "neither the old nor the new is whole"
    if _forked(lambda: write(place, "new"), None)[0] or _forked(lambda: look("new"), None)[0]:
        return "it could not be replaced afterwards"
    own = {place.name, "numbers.json", "downloads"}
    left = [str(path) for path in place.parent.rglob("*") if path.relative_to(place.parent).parts[0] not in own]
    left += [str(path) for path in (place.parent / "downloads").rglob("*")]
    return f"{left[0]} was left" if left else ""


if __name__ == "__main__":
    _drive(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
