"""The reader of the official files, `nasbench_full.tfrecord` and `nasbench_only108.tfrecord`, without TensorFlow."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from attrs import define, field
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from nasapi.errors import CorruptData, InvalidArchitecture
from nasapi.space import Codes
from nasapi.tables import Column, Table, write_table
from nasapi_nb101.cells import join, split
from nasapi_nb101.hashes import graph_hashes
from nasapi_nb101.importers.metrics import model_metrics
from nasapi_nb101.importers.tfrecord import read_records
from nasapi_nb101.notations import parse_cell
from nasapi_nb101.space import NB101
from nasapi_nb101.tables import CITATION

EPOCHS = (4, 12, 36, 108)
RUNS = 3
NETWORKS = 423_624
_MEASURES = ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")


def import_official(path: Path, target: Path, *, networks: int = NETWORKS) -> Table:
    """Read an official file and write it as the table `target`, one row a network, in the order of its keys.

    The file must hold `networks` networks and three runs of each at every number of epochs it has. Raises CorruptData
    that names what is wrong; nothing is written then. A progress bar runs on standard error.
    """
    path = Path(path)
    read = _Contents(path, networks)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with path.open("rb") as file, Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"Reading {path.name}", total=path.stat().st_size)
        position = 0
        for number, record in enumerate(read_records(path, file)):
            read.add(number, record)
            if number % 4096 == 0:
                progress.advance(task, file.tell() - position)
                position = file.tell()
    return read.write(Path(target))


class _Record(NamedTuple):
    """One training run: which network, for how long, and what it measured."""

    hash: bytes
    epochs: int
    cell: str
    params: int
    values: list[list[float]]
    """Half-way and final, each with the four measures."""


@define
class _Contents:
    """What has been read so far, in rows by order of appearance."""

    path: Path
    networks: int
    rows: dict[bytes, int] = field(factory=dict)
    codes: list[NDArray[np.int64]] = field(factory=list)
    params: list[int] = field(factory=list)
    values: dict[int, NDArray[np.float32]] = field(factory=dict)
    """By epochs: (networks, 3 runs, half-way and final, measures)."""
    runs: dict[int, NDArray[np.uint8]] = field(factory=dict)
    """By epochs: (networks,), how many runs have been read."""
    space: NB101 = field(factory=NB101)

    def add(self, number: int, data: bytes) -> None:
        """Take record `number` in."""
        record = self._parse(number, data)
        row = self.rows.get(record.hash)
        if row is None:
            row = self._new(number, record)
        if record.params != self.params[row]:
            raise self._error(number, f"counts {record.params} parameters; an earlier run had {self.params[row]}")
        if record.epochs not in self.values:
            self.values[record.epochs] = np.full((self.networks, RUNS, 2, len(_MEASURES)), np.nan, np.float32)
            self.runs[record.epochs] = np.zeros(self.networks, np.uint8)
        run = int(self.runs[record.epochs][row])
        if run == RUNS:
            raise self._error(number, f"is a fourth run of {record.hash.hex()} at {record.epochs} epochs")
        self.values[record.epochs][row, run] = record.values
        self.runs[record.epochs][row] = run + 1

    def write(self, target: Path) -> Table:
        """Check the whole and write it."""
        if len(self.rows) != self.networks:
            raise CorruptData(
                f"{self.path.name!r} holds {len(self.rows)} networks instead of {self.networks}; fetch it again."
            )
        epochs = sorted(self.values)
        for level in epochs:
            if (short := np.flatnonzero(self.runs[level] != RUNS)).size:
                name, has = list(self.rows)[int(short[0])].hex(), int(self.runs[level][short[0]])
                raise CorruptData(
                    f"{self.path.name!r} has {has} of {RUNS} runs of network {name} at {level} epochs; fetch it again."
                )
        codes: Codes = np.stack(self.codes)
        named = np.frombuffer(b"".join(self.rows), np.uint8).reshape(-1, 16)
        if (wrong := np.flatnonzero((graph_hashes(*split(codes, 7)) != named).any(axis=1))).size:
            raise CorruptData(
                f"{self.path.name!r} names a network {named[wrong[0]].tobytes().hex()} whose cell "
                f"{self.space.format(codes[wrong[0]])!r} has another hash; it is no file of NAS-Bench-101."
            )
        codes = self.space.canonical(codes)
        order = np.argsort(self.space.keys(codes))
        values = np.stack([self.values[level][order] for level in epochs], axis=1)
        return write_table(
            target,
            {
                "cell": Column(codes[order].astype(np.int8), "canonical code of the network"),
                "hash": Column(named[order], "the official graph hash, 16 bytes"),
                "params": Column(np.array(self.params)[order], "trainable parameters", "count"),
                **_columns(values),
            },
            space="nb101",
            title="NAS-Bench-101",
            epochs=epochs,
            networks=self.networks,
            source=f"official file {self.path.name}",
            licence="Apache-2.0",
            citation=CITATION,
        )

    def _new(self, number: int, record: _Record) -> int:
        """The row of a network that was not seen before."""
        if len(self.rows) == self.networks:
            raise self._error(number, f"is of one network more than the {self.networks} of this data set")
        try:
            adjacency, operations = parse_cell(record.cell, self.space.vertices)
        except InvalidArchitecture as error:
            raise self._error(number, f"holds no cell: {error}") from error
        code = join(adjacency[None], operations[None])
        if not self.space.valid(code)[0]:
            raise self._error(number, f"holds {record.cell!r}, which is outside the space")
        self.codes.append(code[0])
        self.params.append(record.params)
        self.rows[record.hash] = len(self.rows)
        return self.rows[record.hash]

    def _parse(self, number: int, data: bytes) -> _Record:
        try:
            name, epochs, matrix, operations, packed = json.loads(data)
            hashed = bytes.fromhex(name)
            cell = f"{matrix}:{operations}"
            metrics = model_metrics().FromString(base64.b64decode(packed))
        except (ValueError, TypeError, DecodeError) as error:
            wanted = "wanted hash, epochs, matrix, operations and metrics"
            raise self._error(number, f"is not of NAS-Bench-101 ({wanted}): {error}") from error
        if epochs not in EPOCHS or len(hashed) != 16:
            raise self._error(
                number, f"is of {name!r} at {epochs!r} epochs; wanted a 32-digit hash and one of {EPOCHS}"
            )
        if len(metrics.evaluation_data) < 3:
            raise self._error(number, f"has {len(metrics.evaluation_data)} evaluations; wanted start, half-way and end")
        values = [[getattr(at, measure) for measure in _MEASURES] for at in metrics.evaluation_data[1:3]]
        if not all(seconds >= 0 and all(0 <= a <= 1 for a in accuracies) for seconds, *accuracies in values):
            raise self._error(number, f"measures {values}; wanted seconds from 0 and accuracies from 0 to 1")
        return _Record(hashed, epochs, cell, metrics.trainable_parameters, values)

    def _error(self, number: int, problem: str) -> CorruptData:
        return CorruptData(f"Record {number} of {self.path.name!r} {problem}.")


def _columns(values: NDArray[np.float32]) -> dict[str, Column]:
    """The measured columns, each (networks, levels, runs), from (networks, levels, runs, 2, measures)."""
    columns: dict[str, Column] = {}
    for half, (prefix, when) in enumerate((("halfway_", "half-way through"), ("", "after"))):
        shape = f"{when} the training, by number of epochs and run"
        columns[f"{prefix}train_seconds"] = Column(values[..., half, 0], f"seconds of training {shape}", "s")
        for measure, split_name in enumerate(("train", "valid", "test"), 1):
            columns[f"{prefix}{split_name}_accuracy"] = Column(
                values[..., half, measure] * np.float32(100), f"CIFAR-10 accuracy {shape}", "%", split_name
            )
    return columns
