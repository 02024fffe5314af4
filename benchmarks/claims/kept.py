"""Results of measurements as they are kept: one JSON a result in benchmarks/results, with what made it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from attrs import field, frozen

from nasapi.errors import NasapiError, UnknownId, near
from nasapi.files.replacing import write_whole

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "benchmarks" / "results"


class InvalidResult(NasapiError, ValueError):
    """A file in benchmarks/results that does not say what made it, or says it otherwise than a result does."""


@frozen(kw_only=True)
class Result:
    """What a command found, and all that is needed to find it again."""

    what: str
    """One sentence: what was measured, in which unit, and what an interval is."""
    command: str
    """What found it, as typed at the root of the repository."""
    commit: str
    """The commit it was found at; several, where parts are of several, separated by commas."""
    date: str
    """The day of that commit or of the run, as 2026-11-29."""
    seeds: str | None
    """The seeds of the runs, as "0 to 29"; None where nothing is drawn."""
    cpu_seconds: float | None
    """What it cost on one core; None where that was not recorded."""
    quick: bool
    """Whether `make claims` does it again."""
    found: Mapping[str, Any]
    """The numbers, in one of the forms that `claims.views` shows."""
    conditions: str = ""
    """What else was going on: the machine, its load, the versions."""
    tolerance: float | None = None
    """For a quick one, how far a number may move; one below 1 in size moves by so much, a larger one by that share."""
    needs: tuple[str, ...] = ()
    """Tables that do not come with the packages, as `nasapi data import` names them."""
    marks: Mapping[str, Mapping[str, str]] = field(factory=dict)
    """Names whose rows are not of the code that has the name at present: `why`, and what measures them `again`."""


def read(name: str, folder: Path = RESULTS) -> Result:
    """The result of that name; raises UnknownId where there is none, InvalidResult where its file is not one."""
    path = folder / f"{name}.json"
    if not path.is_file():
        raise UnknownId(f"benchmarks/results has no {name!r}. {near(name, names(folder))}")
    parsed = json.loads(path.read_text(encoding="utf-8"))
    return _checked(name, parsed)


def names(folder: Path = RESULTS) -> list[str]:
    """Every result's name, in order."""
    return sorted(path.stem for path in folder.glob("*.json"))


def every(folder: Path = RESULTS) -> Iterator[tuple[str, Result]]:
    """Every result by its name."""
    return ((name, read(name, folder)) for name in names(folder))


def keep(name: str, result: Mapping[str, Any], folder: Path = RESULTS) -> None:
    """Write a result's file, after the check that `read` makes; a row of numbers stands in one line."""
    _checked(name, result)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{name}.json", _written(result) + "\n")


def made_here(command: str, *, seeds: str | None, cpu_seconds: float) -> dict[str, Any]:
    """The command, commit, date, seeds and cost of something that was found just here."""
    return {
        "command": command,
        "commit": head(),
        "date": date.today().isoformat(),
        "seeds": seeds,
        "cpu_seconds": round(cpu_seconds, 1),
    }


def head() -> str:
    """The commit that is checked out, with a + where code differs from it."""
    commit = _git("rev-parse", "--short=7", "HEAD")
    return commit + ("+" if _git("status", "--porcelain", "--untracked-files=no", "--", "*.py", "*.toml") else "")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _checked(name: str, message: Any) -> Result:
    if not isinstance(message, dict):
        raise InvalidResult(f"Result {name!r} is {type(message).__name__}; a result is an object with what made it.")
    wanted = {each.name: each for each in Result.__attrs_attrs__}
    needed = {key for key in wanted if key not in ("conditions", "tolerance", "needs", "marks")}
    if wrong := sorted((needed - message.keys()) | (message.keys() - wanted.keys())):
        raise InvalidResult(
            f"Result {name!r} lacks, or is given for no reason, {', '.join(wrong)}; benchmarks/results/README.md lists "
            "what a result says."
        )
    result = Result(**{**message, "needs": tuple(message.get("needs", ()))})
    for key in ("what", "command", "commit", "date"):
        if not isinstance(message[key], str) or not message[key].strip():
            raise InvalidResult(f"Result {name!r} has {key} {message[key]!r}; say it in words.")
    try:
        date.fromisoformat(result.date)
    except ValueError:
        raise InvalidResult(f"Result {name!r} is of {result.date!r}; write the day as 2026-11-29.") from None
    if result.quick and (result.cpu_seconds is None or result.tolerance is None):
        raise InvalidResult(f"Result {name!r} is quick; say what it costs, and how far its numbers may move.")
    for of, mark in result.marks.items():
        if set(mark) != {"why", "again"}:
            raise InvalidResult(f"Result {name!r} marks {of!r}; say `why`, and what measures it `again`.")
    return result


def _written(value: Any, indent: str = "", key: str = "") -> str:
    """JSON in which a row of a table and an object of plain values deep inside have a line each."""
    inner = indent + " "
    if isinstance(value, Mapping) and (not indent or any(isinstance(each, Mapping | list) for each in value.values())):
        lines = [f"{inner}{json.dumps(name)}: {_written(each, inner, name)}" for name, each in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and value and (key == "rows" or isinstance(value[0], Mapping)):
        return "[\n" + ",\n".join(f"{inner}{_written(each, inner)}" for each in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)
