"""What is published of a merged collection: its columns with seconds and latencies, its tasks, its anchors, its log."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve, frozen

import nasapi
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.safety.grammar import (
    SHA256,
    Record,
    anything,
    choice,
    listed,
    mapped,
    number,
    plain_name,
    read_json,
    refused,
    text,
    whole,
)
from nasapi.tables import Column, Table, write_table
from nasapi_collect.collection import HEADER
from nasapi_collect.conditions import VERSIONS, differing
from nasapi_collect.latency import DESCRIPTION, SPREAD, Latencies, latencies
from nasapi_collect.merging import LOG
from nasapi_collect.recipe import Recipe, parse_recipe


def _text(value: Any, where: str) -> str:
    """Any text, of several lines as well."""
    if not isinstance(value, str):
        refused(where, value, "a text")
    return value


_MERGED = Record(
    {
        "name": text(),
        "space": plain_name,
        "identity": choice("code", "network"),
        **dict.fromkeys(("title", "licence", "recipe"), _text),
        "collection": SHA256,
        "networks": whole(1),
        "seeds": listed(whole(), 1),
    },
    rest=anything,
)
_SESSIONS = listed(Record({}, optional={"versions": VERSIONS}, rest=anything))
_LOG = Record({"train_seconds_each": mapped(number(), text(20), 1 << 20), "sessions": _SESSIONS}, rest=anything)


@frozen(eq=False)
class Publication:
    """A merged table with all that its objective and its benchmarks need, and its log."""

    names: Names
    columns: Mapping[str, Column]
    attributes: Mapping[str, Any]
    """What the table says of itself, with `complete`, `tasks`, `anchors`, and `mixed` where that is not empty."""
    log: str
    recipe: str
    sample: str
    """What is said of a sample beside what is searched for; nothing where all networks of the space are there."""
    latencies: Latencies | None = None
    """What was timed here, where that was asked for."""

    @classmethod
    def of(cls, table: Path) -> Publication:
        """What is published of a merged table and the log beside it; raises as `plugin_folder.publish`."""
        if (table / HEADER).exists():
            raise InvalidOption(
                f"{str(table)!r} is a collection, and what is published is its table; make that with "
                f"`nasapi collect merge {shlex.quote(str(table))} -o x.zarr`."
            )
        merged = Table(table)
        facts = _merged_facts(merged)
        if not facts["licence"]:
            raise InvalidOption(
                "The recipe names no licence; write one in [table], such as CC0-1.0, then collect and merge."
            )
        _require_all(merged)
        log_place = table.with_name(f"{table.name}.{LOG}")
        if not log_place.exists():
            raise NotAvailable(f"The log {str(log_place)!r} is not beside the table; merge again.")
        log_text = log_place.read_text(encoding="utf-8")
        log = _LOG(read_json(log_text, f"The log {str(log_place)!r}"), f"The log {str(log_place)!r}")
        seconds = np.array(list(log["train_seconds_each"].values())) / max(len(facts["seeds"]), 1)
        if len(seconds) != merged.rows:
            raise InvalidOption(
                f"The log {str(log_place)!r} is of {len(seconds)} networks, the table of {merged.rows}."
            )
        space = nasapi.load_space(facts["space"])
        size = space.identities.get("network") if facts["identity"] == "network" else space.size
        names = Names.of(facts["name"])
        complete = size == merged.rows
        recipe = parse_recipe(tomllib.loads(facts["recipe"]))
        tasks = _tasks(merged, names, recipe)
        columns = {
            name: Column(merged[name], *(merged.describe(name)[key] for key in ("description", "unit", "split")))
            for name in merged
        }
        description = (
            "CPU seconds of one training, its share of those that were trained together; of the machine of the log."
        )
        columns["train_seconds"] = Column(np.round(seconds, 3), description, "s")
        attributes = {key: value for key, value in facts.items() if key not in ("schema", "kind", "rows", "columns")}
        strings = [space.format(code) for code in merged["codes"].astype(np.int64)]
        few = f"{merged.rows:,} of {f'{size:,}' if size else 'all'} networks of {space.id}"
        sample = "" if complete else f" A sample: {few}, and the space has no others."
        more = {"complete": complete, "tasks": _of_sample(sample, tasks), "anchors": _anchors(merged, strings)}
        more["log"] = sha256(log_text.encode()).hexdigest()
        if apart := differing(log["sessions"]):
            more["mixed"] = apart
        return cls(names, columns, {**attributes, **more}, log_text, facts["recipe"], sample)

    def timed(self) -> Publication:
        """The same with the latencies of its networks on this machine, and the benchmark of the faster half."""
        times = latencies(parse_recipe(tomllib.loads(self.recipe)), self.columns["codes"].values.astype(np.int64))
        columns = {
            "latency": Column(times.median, f"{DESCRIPTION}.", "ms"),
            "latency_spread": Column(times.spread, f"{SPREAD}.", "ms"),
        }
        within = _within(float(np.median(times.median)), self.names)
        tasks = [*self.tasks, *_of_sample(self.sample, [within])]
        return evolve(
            self, columns={**self.columns, **columns}, attributes={**self.attributes, "tasks": tasks}, latencies=times
        )

    @property
    def apart(self) -> Sequence[str]:
        """What differed among the processes that measured it, each in a few words."""
        found: Sequence[str] = self.attributes.get("mixed", ())
        return found

    @property
    def tasks(self) -> Sequence[Mapping[str, Any]]:
        """The benchmarks: `id`, `goals`, `summary` and perhaps `limits` of each."""
        found: Sequence[Mapping[str, Any]] = self.attributes["tasks"]
        return found

    def write(self, folder: Path) -> None:
        """Write `table.zarr`, `log.json` and `recipe.toml` into a folder, which is made."""
        folder.mkdir(parents=True)
        write_table(folder / "table.zarr", self.columns, **self.attributes)
        (folder / "log.json").write_text(self.log, encoding="utf-8")
        (folder / "recipe.toml").write_text(self.recipe, encoding="utf-8")


@frozen
class Names:
    """What a table's name makes of the names of its distribution, its package and what it offers.

    The table nb201/pets-20-v1 of a sample is the benchmark of that id on the listed space nb201-pets-20.
    """

    stem: str
    """The objective's id, which those of benchmarks begin with."""
    version: str
    listed: str
    """The id of a sample's space."""
    short: str

    @classmethod
    def of(cls, name: str) -> Names:
        """The names of a table called so."""
        stem, _, version = name.rpartition("-v")
        return cls(stem, version, stem.replace("/", "-"), re.sub(r"[^a-z0-9]", "", stem))

    @property
    def distribution(self) -> str:
        """What pip calls it."""
        return f"nasapi-{self.short}"

    @property
    def package(self) -> str:
        """What Python calls it."""
        return f"nasapi_{self.short}"

    def benchmark(self, kind: str = "") -> str:
        """The id of a benchmark, of a kind of goal beside the first."""
        return f"{self.stem}{kind and '-'}{kind}-v{self.version}"


def _merged_facts(table: Table) -> Mapping[str, Any]:
    """What a merged table says of itself; raises CorruptData where it is none."""
    where = f"The header of table {str(table.path)!r}"
    try:
        found: Mapping[str, Any] = _MERGED(table.attributes, where)
    except CorruptData as error:
        raise CorruptData(f"{error} What is published are tables that `nasapi collect merge` makes.") from error
    return found


def _of_sample(sample: str, tasks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tasks that say of which sample they are."""
    return [{**task, "summary": f"{task['summary']}{sample}"} for task in tasks]


def _require_all(table: Table) -> None:
    """Raise InvalidOption for a table that lacks networks of its recipe, whose name and title promise them."""
    networks = table.attributes["networks"]
    if table.rows != networks:
        raise InvalidOption(
            f"{str(table.path)!r} has {table.rows:,} of the {networks:,} networks of its recipe, and would be "
            "published as all of them. Collect the others and merge again; or write a recipe with "
            f"`sample = {table.rows}`, a name and a title of its own, and begin it with `nasapi collect run --from`, "
            "which measures none again."
        )


def _within(most: float, names: Names) -> dict[str, Any]:
    """The benchmark of clean accuracy within a latency."""
    summary = f"Accuracy on clean validation images within {most:.3g} ms an image, which half of the networks keep."
    return {
        "id": names.benchmark("latency"),
        "goals": ["valid_accuracy"],
        "limits": {"latency": most},
        "summary": summary,
    }


def _tasks(table: Table, names: Names, recipe: Recipe) -> list[dict[str, Any]]:
    """The benchmarks that a table has: none of their goals is of test images.

    Both goals, clean and attacked, are of PGD where the recipe has it, else of its last attack on validation images.
    """
    clean = "valid_accuracy"
    if clean not in table or not np.isfinite(table[clean]).any():
        raise InvalidOption(f"Table {str(table.path)!r} has no {clean!r} of any network: there is nothing to publish.")
    tasks = [
        {
            "id": names.benchmark(),
            "goals": [clean],
            "summary": "Accuracy on clean validation images, mean over the seeds.",
        }
    ]
    found = _attacked(table, recipe)
    for kind, column in found.items():
        about = table.describe(column)["description"]
        summary = f"{about.partition('. ')[0].rstrip('.')}."
        tasks.append({"id": names.benchmark(kind), "goals": [column], "summary": summary})
    if found:
        beside = "pgd" if "pgd" in found else list(found)[-1]
        summary = f"Clean accuracy and accuracy under {beside.upper()}, both on validation images, as two goals."
        tasks.append({"id": names.benchmark("robust"), "goals": [clean, found[beside]], "summary": summary})
    return tasks


def _attacked(table: Table, recipe: Recipe) -> dict[str, str]:
    """The columns of accuracy on attacked validation images, by what the ids of their benchmarks call the attack."""
    from nasapi_attacks import Attack

    found: dict[str, str] = {}
    for attacking in recipe.attacks:
        metric = Attack.parse(attacking.spec).metric_name
        column = f"{attacking.split}_{metric}"
        if attacking.split == "valid" and column in table and np.isfinite(table[column]).any():
            attack, _, strength = metric.removesuffix("_accuracy").rpartition("_")
            kind = attack.replace("_", "-")
            found[kind if kind not in found else f"{kind}-{strength.replace('.', '-')}"] = column
    return found


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
        for row in chosen
        for name in names
        if np.isfinite(means[name][row])
    ]


def _mean(row: Any) -> float:
    there = row[np.isfinite(row)]
    return float(there.mean()) if len(there) else float("nan")
