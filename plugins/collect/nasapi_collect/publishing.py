"""From a merged collection to a plugin that pip installs: its table, its log, its benchmarks, nothing left to write."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nasapi
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.files import replacing
from nasapi.safety.grammar import Record, anything, mapped, number, read_json, text
from nasapi.tables import Column, Table, write_table
from nasapi_collect.latency import DESCRIPTION, latencies
from nasapi_collect.merging import LOG
from nasapi_collect.recipe import parse_recipe

_LOG = Record({"train_seconds_each": mapped(number(), text(20), 1 << 20)}, rest=anything)
_ANCHORS = 3


def publish(table: Path, output: Path, *, latency: bool = False) -> list[str]:
    """Make the folder `output` of a plugin from a merged table and the log beside it, and give its benchmarks' ids.

    The table gets the seconds of each training, anchors (its best, its median and its worst network by validation
    accuracy) and its tasks: clean validation accuracy; each attack on validation images; both as two goals. With
    `latency` the networks are timed on this machine, which gives a column and one more task: clean accuracy of the
    faster half. A sample of a space becomes a listed space. Raises NotAvailable where the log is not beside the table,
    InvalidOption where the recipe names no licence or nothing was trained.
    """
    merged = Table(table)
    facts = merged.attributes
    if not facts["licence"]:
        raise InvalidOption(
            "The recipe names no licence; write one in [table], such as CC0-1.0, then collect and merge."
        )
    log_place = table.with_name(f"{table.name}.{LOG}")
    if not log_place.exists():
        raise NotAvailable(f"The log {str(log_place)!r} is not beside the table; merge again.")
    log_text = log_place.read_text(encoding="utf-8")
    log = _LOG(read_json(log_text, f"The log {str(log_place)!r}"), f"The log {str(log_place)!r}")
    space = nasapi.load_space(facts["space"])
    size = space.identities.get("network") if facts["identity"] == "network" else space.size
    complete = size == merged.rows
    names = _Names(facts["name"], complete)
    tasks = _tasks(merged, names.stem, names.version)
    seconds = np.array(list(log["train_seconds_each"].values())) / max(len(facts["seeds"]), 1)
    if len(seconds) != merged.rows:
        raise InvalidOption(f"The log {str(log_place)!r} is of {len(seconds)} networks, the table of {merged.rows}.")
    columns = {
        name: Column(merged[name], *(merged.describe(name)[key] for key in ("description", "unit", "split")))
        for name in merged
    }
    told = "CPU seconds of one training, a half or so of the two that were trained together; of the machine of the log."
    columns["train_seconds"] = Column(np.round(seconds, 3), told, "s")
    if latency:
        recipe = parse_recipe(tomllib.loads(facts["recipe"]))
        times = latencies(recipe, merged["codes"].astype(np.int64))
        columns["latency"] = Column(times, f"{DESCRIPTION}.", "ms")
        half = float(np.median(times))
        summary = f"Accuracy on clean validation images within {half:.3g} ms an image, which half of the networks keep."
        limited = {"goals": ["valid_accuracy"], "limits": {"latency": half}, "summary": summary}
        tasks.append({"id": f"{names.stem}-latency-v{names.version}", **limited})
    attributes = {key: value for key, value in facts.items() if key not in ("schema", "kind", "rows", "columns")}
    anchors = _anchors(merged, [space.format(code) for code in merged["codes"].astype(np.int64)])
    with replacing(output, _foreign, "The plugin") as draft:
        package = draft / names.package
        (package / "data").mkdir(parents=True)
        (draft / "tests").mkdir()
        write_table(
            package / "data" / "table.zarr",
            columns,
            **{**attributes, "complete": complete, "tasks": tasks, "anchors": anchors},
        )
        (package / "data" / "log.json").write_text(log_text, encoding="utf-8")
        (package / "data" / "recipe.toml").write_text(facts["recipe"], encoding="utf-8")
        for name, words in _files(names, facts, tasks, complete).items():
            (draft / name).write_text(words, encoding="utf-8")
    return [task["id"] for task in tasks]


class _Names:
    """What a table's name makes of the names of its distribution, its package and what it offers.

    A sample's ids begin with its listed space: the table nb201/pets-v1 of a sample is the benchmark
    nb201-pets/pets-v1.
    """

    def __init__(self, name: str, complete: bool):
        space, _, rest = name.partition("/")
        task, _, self.version = rest.rpartition("-v")
        self.short = re.sub(r"[^a-z0-9]", "", f"{space}{task}")
        self.distribution, self.package = f"nasapi-{self.short}", f"nasapi_{self.short}"
        self.listed = f"{space}-{task}"
        self.stem = f"{space if complete else self.listed}/{task}"


def _tasks(table: Table, stem: str, version: str) -> list[dict[str, Any]]:
    """The benchmarks that a table has: none of their goals is of test images."""
    clean = "valid_accuracy"
    if clean not in table or not np.isfinite(table[clean]).any():
        raise InvalidOption(f"Table {str(table.path)!r} has no {clean!r} of any network: there is nothing to publish.")
    tasks = [
        {
            "id": f"{stem}-v{version}",
            "goals": [clean],
            "summary": "Accuracy on clean validation images, mean over the seeds.",
        }
    ]
    found: dict[str, str] = {}
    for column in table:
        attack = re.fullmatch(r"valid_([a-z_]+?)_([0-9.]+)_accuracy", column)
        if attack and np.isfinite(table[column]).any():
            kind = attack[1].replace("_", "-")
            found[kind if kind not in found else f"{kind}-{attack[2].replace('.', '-')}"] = column
    for kind, column in found.items():
        about = table.describe(column)["description"]
        summary = f"{about.partition('. ')[0].rstrip('.')}."
        tasks.append({"id": f"{stem}-{kind}-v{version}", "goals": [column], "summary": summary})
    if found:
        hardest = "pgd" if "pgd" in found else list(found)[-1]
        summary = f"Clean accuracy and accuracy under {hardest.upper()}, both on validation images, as two goals."
        tasks.append({"id": f"{stem}-robust-v{version}", "goals": [clean, found[hardest]], "summary": summary})
    return tasks


def _anchors(table: Table, strings: Sequence[str]) -> list[dict[str, Any]]:
    """The best, the median and the worst network by validation accuracy, with every mean that a goal may be of."""
    names = [name for name in table if name.startswith("valid_") and name.endswith("accuracy")]
    with np.errstate(all="ignore"):
        means = {name: np.array([_mean(row) for row in table[name]]) for name in names}
    there = np.flatnonzero(np.isfinite(means["valid_accuracy"]))
    order = there[np.argsort(-means["valid_accuracy"][there], kind="stable")]
    chosen = dict.fromkeys(int(order[at]) for at in (0, len(order) // 2, len(order) - 1))
    return [
        {"architecture": strings[row], "metric": name, "value": float(means[name][row])}
        for row in list(chosen)[:_ANCHORS]
        for name in names
        if np.isfinite(means[name][row])
    ]


def _mean(row: Any) -> float:
    there = row[np.isfinite(row)]
    return float(there.mean()) if len(there) else float("nan")


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


def _files(names: _Names, facts: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]], whole: bool) -> dict[str, str]:
    """The files of the plugin beside its data."""
    from string import Template

    folder = Path(__file__).parent / "templates"
    entries = [
        ("objective", names.stem, "collected_objective", facts["title"] or "a collected table", {}),
        *(("benchmark", task["id"], "collected_benchmark", task["summary"], {"task": task["id"]}) for task in tasks),
    ]
    if not whole:
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
