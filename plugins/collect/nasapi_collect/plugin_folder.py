"""From a merged collection to a plugin that pip installs: its table, its log, its benchmarks, nothing left to write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from nasapi.errors import InvalidOption
from nasapi.files import contents, replacing, require_place
from nasapi.plugins import entries
from nasapi.tables import Table
from nasapi.words import printable, shortened
from nasapi_collect.conditions import distribution_of
from nasapi_collect.merging import other_than
from nasapi_collect.publication import Names, Publication

_MOST_SUMMARY = 1_000  # letters, that plugins may have
_CACHES = {"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache"}


def publish(table: Path, output: Path, *, latency: bool = False) -> Publication:
    """Make the folder `output` of a plugin from a merged table and the log beside it, and give what is published.

    The table gets the seconds of each training, anchors (its best, its median and its worst network by validation
    accuracy, as they were collected: they guard its files, not the collection) and its tasks: clean validation
    accuracy; each attack on validation images; both as two goals. With `latency` the networks are timed on this
    machine, which gives a column and one more task: clean accuracy of the faster half. A sample of a space becomes a
    listed space. A plugin of this collection that was published there before is replaced. Raises NotAvailable where the
    log is not beside the table, or the images that networks are timed on are not here, InvalidOption where the recipe
    names no licence, nothing was trained or another plugin offers what this one would, StoreError where the folder
    holds anything else, numbers of another collection under the same name, or what somebody has added or changed.
    """
    made = Publication.of(table)
    _require_free(made)
    require_place(output, _foreign_to(made), "The plugin")  # before minutes of timing
    if latency:
        made = made.timed()
    with replacing(output, _foreign_to(made), "The plugin") as draft:
        made.write(draft / made.names.package / "data")
        (draft / "tests").mkdir()
        for name, words in _files(made.names, made.attributes).items():
            (draft / name).write_text(words, encoding="utf-8")
    return made


def _require_free(made: Publication) -> None:
    """Raise InvalidOption where another plugin offers something of the same id: with both, neither can be used."""
    ids = {("benchmark", task["id"]) for task in made.tasks}
    ids |= {("objective", made.names.stem), ("space", made.names.listed)}
    for entry, plugin in entries():
        if (entry.kind, entry.id) in ids and plugin.name != made.names.distribution:
            raise InvalidOption(
                f"{plugin.name} offers the {entry.kind} {entry.id!r}, and with another of that name neither can be "
                "used; give the recipe's table another name, collect with `--from` this collection, which keeps its "
                "numbers, and merge again."
            )


def _foreign_to(made: Publication) -> Callable[[Path], str | None]:
    """The function that says why what is at a place is not the plugin of that collection as it was published."""
    names = made.names

    def foreign(place: Path) -> str | None:
        if not place.is_dir():
            return "is a file; name a folder"
        there = any(place.iterdir())
        table = place / names.package / "data" / "table.zarr"
        if there and not (table / "zarr.json").exists():
            return "holds something else; name an empty folder"
        if there and (changed := _own_work(place, names, Table(table))):
            return f"holds {changed!r}, which is not as it was published and would be lost; name another folder"
        return other_than(made.attributes["collection"])(table) if there else None

    return foreign


def _own_work(place: Path, names: Names, table: Table) -> str | None:
    """A file of a published plugin that somebody has added or changed since; None where there is none."""
    facts, data = table.attributes, f"{names.package}/data"
    digests: dict[str, str | None] = {
        name: sha256(words.encode()).hexdigest() for name, words in _files(names, facts).items()
    }
    digests[f"{data}/recipe.toml"] = sha256(facts["recipe"].encode()).hexdigest()
    digests[f"{data}/log.json"] = facts.get("log")  # which tables of earlier versions do not have
    ours = tuple(f"{data}/table.zarr/{name}" for name in ("zarr.json", *(f"{column}/" for column in table)))
    for name in sorted(contents(place)):
        if name.endswith("/") or name.startswith(ours) or _CACHES & set(name.split("/")):
            continue
        if name not in digests or digests[name] not in (None, sha256((place / name).read_bytes()).hexdigest()):
            return name
    return None


def _entry(kind: str, id: str, target: str, summary: str, more: Mapping[str, str]) -> str:
    """The lines of one entry."""
    own = "".join(f", {_quoted(name)}: {_quoted(value)}" for name, value in more.items())
    given = f"{{**TABLE{own}}}" if own else "TABLE"
    words = [kind, id, f"nasapi.tables:{target}", summary]
    inside = "".join(f"            {word},\n" for word in [*map(_quoted, words), given])
    return f"        Entry(\n{inside}        ),\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _line(text: str) -> str:
    """A text as one line of characters that can be printed, as the summary of an entry and of a distribution is."""
    words = " ".join(text.split())
    return shortened("".join(each if each.isprintable() else ascii(each)[1:-1] for each in words), _MOST_SUMMARY)


def _alike(apart: Sequence[str]) -> str:
    """What a plugin's page says where networks were not all measured by the same versions or processors."""
    return f"Its networks were not all measured alike: {printable('; '.join(apart))}.\n\n" if apart else ""


def _files(names: Names, facts: Mapping[str, Any]) -> dict[str, str]:
    """The files of the plugin beside its data, by what its table says of itself."""
    from string import Template

    folder = Path(__file__).parent / "templates"
    tasks = facts["tasks"]
    entries = [
        ("objective", names.stem, "collected_objective", _line(facts["title"]) or "a collected table", {}),
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
        "title": _quoted(_line(facts["title"]) or facts["name"]),
        "licence": printable(facts["licence"]),
        "space": facts["space"],
        "space_distribution": distribution_of(facts["space"]),
        "entries": lines,
        "alike": _alike(facts.get("mixed", ())),
        "benchmark": tasks[0]["id"],
        "objective": names.stem,
    }
    return {
        place.format(**given): Template((folder / template).read_text(encoding="utf-8")).substitute(given)
        for place, template in {
            "pyproject.toml": "pyproject.toml.tmpl",
            "README.md": "README.md.tmpl",
            "LICENSE": "LICENSE.tmpl",
            "{package}/__init__.py": "init.py.tmpl",
            "tests/test_conformance.py": "test.py.tmpl",
        }.items()
    } | {f"{names.package}/py.typed": ""}
