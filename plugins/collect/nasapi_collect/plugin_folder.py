"""From a merged collection to a plugin that pip installs: its table, its log, its benchmarks, nothing left to write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from nasapi.files import replacing
from nasapi_collect.publication import Publication


def publish(table: Path, output: Path, *, latency: bool = False) -> list[str]:
    """Make the folder `output` of a plugin from a merged table and the log beside it, and give its benchmarks' ids.

    The table gets the seconds of each training, anchors (its best, its median and its worst network by validation
    accuracy, as they were collected: they guard its files, not the collection) and its tasks: clean validation
    accuracy; each attack on validation images; both as two goals. With `latency` the networks are timed on this
    machine, which gives a column and one more task: clean accuracy of the faster half. A sample of a space becomes a
    listed space. Raises NotAvailable where the log is not beside the table, InvalidOption where the recipe names no
    licence or nothing was trained.
    """
    made = Publication.of(table, latency=latency)
    with replacing(output, _foreign, "The plugin") as draft:
        made.write(draft / made.names.package / "data")
        (draft / "tests").mkdir()
        for name, words in _files(made).items():
            (draft / name).write_text(words, encoding="utf-8")
    return [task["id"] for task in made.tasks]


def _foreign(place: Path) -> str | None:
    """Why what is at a place is no plugin that was published here."""
    if not place.is_dir():
        return "is a file; name a folder"
    ours = not any(place.iterdir()) or list(place.glob("nasapi_*/data/table.zarr/zarr.json"))
    return None if ours else "holds something else; name an empty folder"


def _entry(kind: str, id: str, target: str, summary: str, more: Mapping[str, str]) -> str:
    """The lines of one entry."""
    own = "".join(f", {_quoted(name)}: {_quoted(value)}" for name, value in more.items())
    given = f"{{**TABLE{own}}}" if own else "TABLE"
    words = [kind, id, f"nasapi.tables:{target}", summary]
    inside = "".join(f"            {word},\n" for word in [*map(_quoted, words), given])
    return f"        Entry(\n{inside}        ),\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _files(made: Publication) -> dict[str, str]:
    """The files of the plugin beside its data."""
    from string import Template

    folder = Path(__file__).parent / "templates"
    names, facts, tasks = made.names, made.attributes, made.tasks
    entries = [
        ("objective", names.stem, "collected_objective", facts["title"] or "a collected table", {}),
        *(("benchmark", task["id"], "collected_benchmark", task["summary"], {"task": task["id"]}) for task in tasks),
    ]
    if not facts["complete"]:
        entries.insert(0, ("space", names.listed, "collected_space", f"the networks of {facts['name']}", {}))
    lines = "".join(_entry(*entry) for entry in entries)
    given = {
        "distribution": names.distribution,
        "package": names.package,
        "short": names.short,
        "name": facts["name"],
        "title": json.dumps(facts["title"] or facts["name"], ensure_ascii=False),
        "licence": json.dumps(facts["licence"]),
        "space": facts["space"],
        "space_distribution": f"nasapi-{facts['space']}",
        "entries": lines,
        "benchmark": tasks[0]["id"],
        "objective": names.stem,
    }
    return {
        place.format(**given): Template((folder / template).read_text(encoding="utf-8")).substitute(given)
        for place, template in {
            "pyproject.toml": "pyproject.toml.tmpl",
            "README.md": "README.md.tmpl",
            "{package}/__init__.py": "init.py.tmpl",
            "tests/test_conformance.py": "test.py.tmpl",
        }.items()
    } | {f"{names.package}/py.typed": ""}
