"""From shards to a table: every row by its place, nothing in it that depends on who measured it when."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.files import require_place, write_whole
from nasapi.tables import Column, Table, write_table
from nasapi.words import counted
from nasapi_collect.collection import Collection
from nasapi_collect.columns import SPLITS, Described
from nasapi_collect.conditions import differing
from nasapi_collect.workplace import Workplace

LOG = "log.json"
_MOST = {"%": 100.0, "share": 1.0}
"""The largest value by unit; all are from 0 on."""


def merge(folders: Sequence[Path], output: Path, *, partial: bool = False, workplace: Workplace | None = None) -> Table:
    """The table of all shards in `folders`, which one recipe filled, written to `output`; the log goes beside it.

    One process and any number of shards give the same bytes. Columns are (networks, seeds), NaN where a seed failed;
    `codes` are the architectures, `failure` says why a seed failed. Seconds, versions and machines, which are not the
    same twice, are in the log (`<output>.log.json`). Raises NotAvailable where networks are missing, unless `partial`:
    then the table has the rows that are there. Raises InvalidOption for folders of several collections, StoreError
    where `output` holds the table of another collection, or anything else.
    """
    collections = [Collection.open(folder) for folder in folders]
    for collection in collections[1:]:
        if collection.digest != collections[0].digest:
            raise InvalidOption(
                f"{str(collection.folder)!r} and {str(collections[0].folder)!r} have other recipes or data; "
                "merge shards of one collection."
            )
    first = collections[0]
    require_place(output, other_than(first.digest), "The table")
    recipe, words = first.recipe()
    ready = workplace or Workplace.of(recipe)
    if ready.digest != first.digest:
        raise InvalidOption(f"{str(first.folder)!r} was collected from other data than are here; put those back.")
    measured, sessions = _together(collections)
    of = f"of {counted(first.networks, 'network', 'networks')}"
    if len(measured) < first.networks and not partial:
        raise NotAvailable(
            f"{counted(first.networks - len(measured), f'{of} is', f'{of} are')} missing; collect them, "
            "or merge what is there with --partial."
        )
    if not measured:
        raise NotAvailable(f"Nothing is collected in {str(first.folder)!r} yet.")
    rows = sorted(measured)
    seeds = len(recipe.seeds)
    for row in rows:
        _require_whole(row, measured[row], [column.name for column in ready.columns], seeds)
    codes = ready.codes[rows].astype(np.min_scalar_type(-max(ready.space.cardinalities)))
    columns = {"codes": Column(codes, "The architectures, by the space's genes.", "gene")}
    for column in ready.columns:
        values = _array([measured[row]["values"][column.name] for row in rows], column, (len(rows), seeds))
        columns[column.name] = Column(values, column.description, column.unit, column.split)
    reasons = sorted({error for row in rows for error in measured[row]["errors"] if error})
    failed = [[reasons.index(error) + 1 if error else 0 for error in measured[row]["errors"]] for row in rows]
    description = "Why a seed failed: a place in `failures` of the attributes, counted from 1; 0 where it did not."
    columns["failure"] = Column(np.array(failed, np.int16), description)
    for split in SPLITS:
        corrupted = [columns[name].values for name, _ in ready.corrupted if columns[name].split == split]
        if corrupted:
            description = f"Mean accuracy on corrupted images, over {len(corrupted)} pairs of corruption and severity."
            columns[f"{split}_mean_corruption_accuracy"] = Column(np.mean(corrupted, axis=0), description, "%", split)
    table = write_table(
        output,
        columns,
        space=ready.space.whole.id,
        name=recipe.table.name,
        identity="network" if recipe.networks.which == "distinct" else "code",
        classes=ready.data.classes,
        title=recipe.table.title,
        source=recipe.table.source,
        licence=recipe.table.licence,
        citation=recipe.table.citation or recipe.table.source,
        data={"name": ready.data.name, "source": ready.data.source, "licence": ready.data.licence},
        recipe=words,
        collection=first.digest,
        networks=first.networks,
        seeds=list(recipe.seeds),
        failures=reasons,
        grouped=[bool(measured[row]["grouped"]) for row in rows].count(True),
    )
    write_whole(output.with_name(f"{output.name}.{LOG}"), json.dumps(_log(measured, sessions), indent=1) + "\n")
    return table


def mixed(log: Path) -> list[str]:
    """What differed among the processes that measured a table, by its log: "torch 2.12.0 and 2.13.0"."""
    return differing(json.loads(log.read_bytes())["sessions"])


def other_than(collection: str) -> Callable[[Path], str | None]:
    """The function that says why the table at a place is not of the collection of that digest; None where it is."""

    def other(place: Path) -> str | None:
        try:
            facts = Table(place).attributes
        except (NotAvailable, CorruptData):
            return None  # what is no table, or a damaged one, is for `write_table` to look at
        if facts.get("collection") == collection:
            return None
        name = facts.get("name", "a table")
        return f"holds {name!r} with the numbers of another collection, which would be lost; name another place"

    return other


def _together(collections: Sequence[Collection]) -> tuple[dict[int, dict[str, Any]], list[dict[str, Any]]]:
    measured: dict[int, dict[str, Any]] = {}
    sessions: list[dict[str, Any]] = []
    for collection in collections:
        found, began = collection.measured()
        for row, record in found.items():
            if row in measured and measured[row]["values"] != record["values"]:
                raise CorruptData(f"Two folders disagree about row {row}; keep one of them.")
            measured.setdefault(row, record)
        sessions += began
    return measured, sessions


def _require_whole(row: int, record: Mapping[str, Any], names: Sequence[str], seeds: int) -> None:
    """Raise CorruptData where what was measured of a row has other columns than the recipe, or other seeds."""
    lengths = {len(values) for values in (*record["values"].values(), record["errors"])}
    if record["values"].keys() != set(names) or lengths != {seeds}:
        raise CorruptData(
            f"Row {row} of a shard has not each of the {len(names)} columns of the recipe for each of its "
            f"{counted(seeds, 'seed', 'seeds')}; restore the shard, or remove it and collect again."
        )


def _array(values: Sequence[Sequence[Any]], column: Described, shape: tuple[int, int]) -> NDArray[Any]:
    """A column of (networks, seeds): float64 with NaN for None, int16 for counts of images.

    Raises CorruptData for values of another shape, or outside what their unit admits.
    """
    empty = np.full(column.shape, np.nan)
    try:
        found = np.array([[empty if one is None else one for one in each] for each in values], np.float64)
        found = found.reshape(*shape, *column.shape)
    except (ValueError, TypeError) as error:
        raise CorruptData(f"Column {column.name!r} of a shard has values of another shape: {error}.") from error
    most = _MOST.get(column.unit, np.inf)
    if (outside := found[(found < 0) | (found > most)]).size:
        raise CorruptData(
            f"Column {column.name!r} of a shard has {outside[0]:g}; wanted from 0"
            + (f" to {most:g}." if np.isfinite(most) else " on.")
        )
    if column.shape and np.isfinite(found).all() and found.max(initial=0) < 1 << 15:
        return found.astype(np.int16)
    return found


def _log(measured: Mapping[int, Mapping[str, Any]], sessions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Seconds by part, warnings with their numbers, and what the collecting processes were."""
    parts: dict[str, float] = {}
    warned: dict[str, int] = {}
    for record in measured.values():
        for part, seconds in record["log"]["seconds"].items():
            parts[part] = parts.get(part, 0.0) + seconds
        for warning in record["warnings"]:
            warned[warning] = warned.get(warning, 0) + 1
    different = list({json.dumps(session, sort_keys=True): session for session in sessions}.values())
    return {
        "networks": len(measured),
        "failed": sum(any(record["errors"]) for record in measured.values()),
        "cpu_seconds": {part: round(seconds, 2) for part, seconds in parts.items()},
        "cpu_seconds_each": {
            str(row): round(sum(measured[row]["log"]["seconds"].values()), 3) for row in sorted(measured)
        },
        "train_seconds_each": {str(row): measured[row]["log"]["seconds"].get("train") for row in sorted(measured)},
        "warnings": warned,
        "sessions": different,
    }
