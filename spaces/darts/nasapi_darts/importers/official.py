"""Imports the official surrogates of NAS-Bench-301, versions 1.0 and 0.9, from the folders their authors publish."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nasapi.errors import CorruptData, NotAvailable
from nasapi.safety.grammar import read_json
from nasapi.tables import Column, Forest, Table, Trees, write_table
from nasapi_darts.features import names
from nasapi_darts.importers.boosters import read_booster
from nasapi_darts.tables import EARLIER, LICENCE, OFFICIAL_CITATION, OFFICIAL_TABLES, VERSION

ACCURACY = {"xgb": ("xgb",), "lgb": ("lgb",)}
RUNTIME = {"lgb_runtime": ("lgb_time", "lgb_runtime")}
"""Ensembles by the beginning of their folder's name, with what their `model_config.json` may call the model."""

_MODEL, _SETTINGS = "surrogate_model.model", "model_config.json"


def import_official(path: Path, target: Path) -> Table:
    """Write the table of all trees of `xgb_v1.0`, `lgb_v1.0` and `lgb_runtime_v1.0` below the folder `path`.

    The runtime models and at least one of the others must be there; the graph networks of the official archive are
    passed over. A member is a folder with `surrogate_model.model` and `model_config.json`, wherever it stands in its
    ensemble's folder. The pickles are read as data; none of the packages that wrote them is needed. Raises CorruptData
    where a member is missing, cut off, or not of the layout; nothing is written then.
    """
    return _import(path, target, VERSION)


def import_official_0_9(path: Path, target: Path) -> Table:
    """Write the table of all trees of `xgb_v0.9` and `lgb_runtime_v0.9`, as `import_official` does those of 1.0.

    The official package reads both versions by the same code: same features, same files.
    """
    return _import(path, target, EARLIER)


def _import(path: Path, target: Path, version: str) -> Table:
    if not path.is_dir():
        raise CorruptData(
            f"{str(path)!r} is no folder; give the folder 'nb_models' of the unpacked archive, or the zip."
        )
    found = {name: _ensemble(path, f"{name}_v{version}", kinds) for name, kinds in (ACCURACY | RUNTIME).items()}
    missing = [f"{name}_v{version}" for name, members in found.items() if not members]
    if not any(found[name] for name in ACCURACY) or not all(found[name] for name in RUNTIME):
        raise CorruptData(
            f"{str(path)!r} does not hold the surrogates of NAS-Bench-301 v{version}: "
            f"{_other(path, version) or f'it has no {missing[0]!r}'}. "
            f"Wanted 'lgb_runtime_v{version}' and 'xgb_v{version}' or 'lgb_v{version}'."
        )
    members = [(name, trees) for name, ensemble in found.items() for trees in ensemble]
    start, listed = 0, []
    for name, trees in members:
        listed.append({"ensemble": name, "start": start, "stop": start + len(trees), "base": trees.base})
        start += len(trees)
    every = [trees for _, trees in members]
    return write_table(
        target,
        {
            "feature": Column(np.concatenate([trees.feature for trees in every]), "feature of a split, -1 for a leaf"),
            "number": Column(
                np.concatenate([trees.number for trees in every]), "threshold of a split, value of a leaf"
            ),
            "left": Column(np.concatenate([trees.left for trees in every]), "steps to the child for x < threshold"),
            "right": Column(np.concatenate([trees.right for trees in every]), "steps to the other child"),
            "root": Column(np.concatenate([trees.root for trees in every]), "whether a node begins a tree"),
        },
        space="darts",
        title=f"Surrogates of NAS-Bench-301 v{version}",
        source=path.name,
        licence=LICENCE,
        citation=OFFICIAL_CITATION,
        version=version,
        features=names(),
        members=listed,
    )


def forest_of(table: Table, ensemble: str) -> Forest:
    """One of the ensembles that `import_official` wrote; raises NotAvailable where the imported folder lacked it."""
    if table.attributes.get("features") != names():
        raise CorruptData(f"Table {str(table.path)!r} is for other features; import the official models again.")
    members = [member for member in table.attributes["members"] if member["ensemble"] == ensemble]
    if not members:
        version = version_of(table)
        raise NotAvailable(
            f"The imported folder has no '{ensemble}_v{version}'; run "
            f"`nasapi data import {OFFICIAL_TABLES[version]} FOLDER` with one that has."
        )
    parts = []
    for member in members:
        rows = slice(member["start"], member["stop"])
        feature, number, left, right, root = (
            table[name][rows] for name in ("feature", "number", "left", "right", "root")
        )
        parts.append(Trees(feature, number, left, right, root, member["base"]))
    return Forest(tuple(parts), single=ensemble == "xgb")


def version_of(table: Table) -> str:
    """The version of the surrogates in a table, "1.0" or "0.9"; raises CorruptData for neither."""
    version = table.attributes.get("version")
    if version not in OFFICIAL_TABLES:
        raise CorruptData(f"Table {str(table.path)!r} does not say of which version it is; import the models again.")
    return str(version)


def _other(path: Path, version: str) -> str | None:
    """That the folder holds another version, and how that is imported; None where it holds none."""
    for other, table in OFFICIAL_TABLES.items():
        place = next((place.name for place in sorted(path.rglob(f"*_v{other}")) if place.is_dir()), None)
        if other != version and place is not None:
            return f"it has {place!r}, of another version, which `nasapi data import {table} FOLDER` reads"
    return None


def _ensemble(path: Path, name: str, kinds: tuple[str, ...]) -> list[Trees]:
    """The members of the ensemble `name`, in the order of their folders' names; none where it is not there."""
    folder = next((place for place in sorted(path.rglob(name)) if place.is_dir()), None)
    if folder is None:
        return []
    members = sorted(file.parent for file in folder.rglob(_MODEL))
    known = sorted(file.parent for file in folder.rglob(_SETTINGS))
    for place in known:
        if place != folder and not any(member.is_relative_to(place) for member in members):
            raise CorruptData(f"{str(place)!r} has a {_SETTINGS!r} but no {_MODEL!r}: this member is missing.")
    if not members:
        raise CorruptData(f"{str(folder)!r} has no {_MODEL!r}: its members are missing.")
    for member in members:
        _require_settings(member if member in known else folder, kinds)
    return [read_booster(member / _MODEL, len(names())) for member in members]


def _require_settings(folder: Path, kinds: tuple[str, ...]) -> None:
    """Refuse a member that is another model, or takes other features than the parameters of the space."""
    file = folder / _SETTINGS
    try:
        settings: Any = read_json(file.read_bytes(), repr(str(file)))
        model, paths = settings["model"], settings.get("param:bananas_enc", False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptData(f"{str(file)!r} does not say which model stands beside it: {error!r}") from error
    if model not in kinds:
        raise CorruptData(f"{str(file)!r} is of the model {model!r}; wanted {' or '.join(map(repr, kinds))}.")
    if paths not in (False, "False"):
        raise CorruptData(f"{str(file)!r} says that the model takes path encodings; wanted one on parameters.")
