"""Reader of training logs of NAS-Bench-NLP: the official zips and folders of JSON files, or one numpy archive."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.data import files_below
from nasapi.errors import CorruptData
from nasapi.safety.grammar import read_json, text
from nasapi.safety.npz import Wanted, named_arrays, read_npz

LOSSES = ("train", "valid", "test")
_OFFICIAL = {"train": "train_losses", "valid": "val_losses", "test": "test_losses", "seconds": "wall_times"}
_ARCHIVED = {"train": "train_loss", "valid": "val_loss", "test": "test_loss", "seconds": "wall_time"}
_FIELDS: Wanted = {
    "recepie": ("text", 1),
    "recepie_id": ("whole numbers", 1),
    "status": ("text", 1),
    "num_params": ("whole numbers", 1),
    **dict.fromkeys(_ARCHIVED.values(), ("numbers", 2)),
}
"""The arrays of an archive: a row a run, a column an epoch."""
_STATUS = text(100)
_MOST_BYTES = 1 << 24  # of one log; the official ones have a few thousand
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, RuntimeError, RecursionError, zipfile.BadZipFile, zlib.error)


@frozen(eq=False)
class Run:
    """One training: what was trained, how it ended, and what each epoch gave."""

    name: str
    """The file it is from, for messages."""
    recipe: str
    identity: int
    """The number of the recipe in the authors' list; -1 where a log has none."""
    status: str
    """"OK", or what ended the training before its time."""
    params: int
    epochs: int
    """How many epochs there were to be."""
    curves: Mapping[str, NDArray[np.float64]]
    """`train`, `valid` and `test` losses in nats a word, `seconds` of training; an entry an epoch that was begun."""
    text: str = ""
    """The folder of the text it was trained on, as its settings say it: "data/wikitext-2"; empty where they do not."""


def read_runs(path: Path) -> list[Run]:
    """The runs in `path`: an official `logs.zip`, a folder with the JSON files of one, or a numpy archive.

    Nothing is unpacked and nothing unpickled. Raises CorruptData that names the file and what is wrong with it.
    """
    if path.is_dir():
        runs = [_run(file.name, _json(file.name, file.read_bytes())) for file in files_below(path, ".json")]
    elif zipfile.is_zipfile(path):
        runs = list(_zipped(path))
    else:
        raise CorruptData(f"{path.name!r} is no folder and no zip of logs, or is cut off; fetch it again.")
    if not runs:
        raise CorruptData(f"{path.name!r} holds no log: no member ends in '.json'.")
    return runs


def _zipped(path: Path) -> Iterator[Run]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if names and all(name.endswith(".npy") for name in names):
                yield from _archived(path)
                return
            for member in members:
                parts = PurePosixPath(member.filename.replace("\\", "/"))
                if parts.is_absolute() or ".." in parts.parts:
                    raise CorruptData(
                        f"{path.name!r} has a member {member.filename!r} outside the archive; nothing of it was read."
                    )
            for member in members:
                if not member.filename.endswith(".json") or member.filename.startswith("__MACOSX/"):
                    continue
                if member.file_size > _MOST_BYTES:
                    raise CorruptData(
                        f"{path.name!r} has a member {member.filename!r} of {member.file_size:,} bytes; a log has "
                        f"at most {_MOST_BYTES:,}."
                    )
                name = PurePosixPath(member.filename).name
                yield _run(name, _json(name, archive.read(member)))
    except CorruptData:
        raise
    except _UNREADABLE as error:
        raise CorruptData(f"{path.name!r} cannot be read as a zip of logs: {error}; fetch it again.") from error


def _json(name: str, content: bytes) -> dict[str, Any]:
    found = read_json(content, f"The log {name!r}", constants=True)
    if not isinstance(found, dict):
        raise CorruptData(f"The log {name!r} is no JSON object.")
    return found


def _run(name: str, log: dict[str, Any]) -> Run:
    wanted = ("recepie", "status", "num_params", "epochs", *_OFFICIAL.values())
    if absent := [key for key in wanted if key not in log]:
        raise CorruptData(f"The log {name!r} lacks {', '.join(map(repr, absent))}; it is no log of NAS-Bench-NLP.")
    for key, kind in (("recepie", str), ("status", str), ("num_params", int), ("epochs", int)):
        if not isinstance(log[key], kind) or isinstance(log[key], bool):
            raise CorruptData(f"The log {name!r} has {log[key]!r:.80} as {key!r}; wanted {kind.__name__}.")
    curves = {curve: _curve(name, key, log[key]) for curve, key in _OFFICIAL.items()}
    number = log.get("recepie_id", -1)
    if type(number) is not int:
        raise CorruptData(f"The log {name!r} has {number!r:.80} as 'recepie_id'; wanted int.")
    run = Run(
        name,
        log["recepie"],
        number,
        log["status"],
        log["num_params"],
        log["epochs"],
        curves,
        _text_of(log),
    )
    _check(run)
    return run


def _text_of(settings: Any) -> str:
    folder = settings.get("data") if isinstance(settings, dict) else None
    return folder if isinstance(folder, str) else ""


def _curve(name: str, key: str, values: Any) -> NDArray[np.float64]:
    numbers = isinstance(values, list) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )
    if not numbers:
        raise CorruptData(f"The log {name!r} has {values!r:.80} as {key!r}; wanted a list of numbers.")
    try:
        return np.array(values, np.float64)
    except OverflowError as error:
        raise CorruptData(f"The log {name!r} has a number of hundreds of digits in {key!r}.") from error


def _check(run: Run) -> None:
    """Raise CorruptData unless the curves are as long as each other and as the status says, and numbers where due."""
    if run.params < 1:
        raise CorruptData(f"The log {run.name!r} has {run.params:,} parameters; a network has one or more.")
    if not _STATUS(run.status, f"The status of log {run.name!r}").strip():
        raise CorruptData(f"The log {run.name!r} has no status; wanted 'OK' or what ended the training.")
    lengths = {len(curve) for curve in run.curves.values()}
    if len(lengths) != 1 or run.epochs < 1 or max(lengths) > run.epochs:
        raise CorruptData(
            f"The log {run.name!r} has curves of {sorted(lengths)} epochs, not of one length up to {run.epochs}."
        )
    length = lengths.pop()
    losses = np.array([run.curves[split] for split in LOSSES])
    fine = ~np.isnan(losses).any(axis=0)
    if run.status == "OK" and length < run.epochs:
        raise CorruptData(f"The log {run.name!r} ended 'OK' after {length} of {run.epochs} epochs.")
    due = length if run.status == "OK" else length - 1  # what ended a training may be its last epoch's loss
    if not fine[:due].all():
        epoch = int(np.flatnonzero(~fine)[0]) + 1
        raise CorruptData(
            f"The log {run.name!r} has a loss at epoch {epoch} that is no number, but status {run.status!r}."
        )
    seconds = run.curves["seconds"]
    if not (np.isfinite(seconds) & (seconds >= 0)).all():
        raise CorruptData(f"The log {run.name!r} has an epoch whose time is no number of seconds.")


def _archived(path: Path) -> Iterator[Run]:
    """The runs of an archive with an array a field, a row a run, and NaN for epochs that a run did not reach."""
    archive = read_npz(path, repr(path.name))
    columns = dict(zip(_FIELDS, named_arrays(archive, _FIELDS, repr(path.name)), strict=True))
    rows, shape = len(columns["recepie"]), columns["val_loss"].shape
    curves = [columns[name] for name in _ARCHIVED.values()]
    if any(c.shape != shape or c.dtype.kind != "f" for c in curves):
        raise CorruptData(f"{path.name!r} has curves of different shapes, or that are not numbers.")
    if any(len(column) != rows for column in columns.values()):
        raise CorruptData(f"{path.name!r} has columns of different lengths.")
    settings = archive.get("cfg")
    text = ""
    if settings is not None and settings.shape == () and settings.dtype.kind == "U":
        text = _text_of(read_json(str(settings).encode(), f"'cfg' of {path.name!r}", constants=True))
    for row in range(rows):
        begun = np.isfinite(columns["wall_time"][row])
        length = int(begun.sum())
        if not begun[:length].all():
            raise CorruptData(f"Row {row} of {path.name!r} has a gap in its times.")
        run = Run(
            f"row {row} of {path.name}",
            str(columns["recepie"][row]),
            int(columns["recepie_id"][row]),
            str(columns["status"][row]),
            int(columns["num_params"][row]),
            shape[1],
            {curve: columns[name][row, :length].astype(np.float64) for curve, name in _ARCHIVED.items()},
            text,
        )
        _check(run)
        yield run
