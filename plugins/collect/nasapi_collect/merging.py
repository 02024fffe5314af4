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
from nasapi_collect.columns import SPLITS
from nasapi_collect.workplace import Workplace

LOG = "log.json"


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
    columns = {"codes": Column(ready.codes[rows].astype(np.int8), "The architectures, by the space's genes.", "gene")}
    for column in ready.columns:
        values = _array([measured[row]["values"] for row in rows], column.name, (len(rows), seeds, *column.shape))
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
        space=ready.space.id,
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
        seeds=list(recipe.seeds),
        failures=reasons,
        grouped=[bool(measured[row]["grouped"]) for row in rows].count(True),
    )
    write_whole(output.with_name(f"{output.name}.{LOG}"), json.dumps(_log(measured, sessions), indent=1) + "\n")
    return table


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


def _array(values: Sequence[Mapping[str, Any]], name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """A column of the networks' values: float64 with NaN for None, int16 for counts of images."""
    empty = np.full(shape[2:], np.nan)
    rows = [[empty if one is None else one for one in record.get(name) or [None] * shape[1]] for record in values]
    try:
        found = np.array(rows, np.float64).reshape(shape)
    except (ValueError, TypeError) as error:
        raise CorruptData(f"Column {name!r} of a shard is not of the shape {shape}: {error}.") from error
    if len(shape) > 2 and np.isfinite(found).all() and found.max(initial=0) < 1 << 15:
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
