"""Reads the light files of the `nas-bench-graph` distribution: checked, and without running anything in them."""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.tables import load_plain
from nasapi_graph.tables import SHA256

_FIELDS = ("valid_perf", "perf", "latency", "para")


@frozen(eq=False)
class Measured:
    """The values of one data set, a network a row, in the units of nasapi."""

    keys: NDArray[np.int64]
    """(networks,): the benchmark's hash of each network."""
    valid: NDArray[np.float64]
    """(networks,): accuracy on the validation nodes in percent, or ROC-AUC on ogbn-proteins; means of three seeds."""
    test: NDArray[np.float64]
    """(networks,): the same on the test nodes."""
    latency: NDArray[np.float64]
    """(networks,): milliseconds; the file has seconds."""
    params: NDArray[np.float64]
    """(networks,): parameters; the file has millions, means of three seeds."""


def read_light(path: Path, sha256: str) -> Measured:
    """The values in a light file whose SHA-256 is known, read once in a process.

    Raises CorruptData where the file is another one, is not plain data, or lacks one of the four numbers of a network.
    """
    found = path.stat()
    return _read(path, sha256, (found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=len(SHA256))
def _read(path: Path, sha256: str, state: tuple[int, int]) -> Measured:
    """The values in the file as it is in this state: when it was changed, and its bytes."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise CorruptData(
            f"{str(path)!r} has SHA-256 {digest[:12]}… instead of {sha256[:12]}…; "
            "run `pip install --force-reinstall nas-bench-graph==1.4.0`."
        )
    return measured(load_plain(io.BytesIO(content), str(path), arrays=True, recorded=True), str(path))


def measured(stored: Any, name: str) -> Measured:
    """The values of a file's content: for each hash a dictionary of four numbers; `name` is what messages call it."""
    try:
        keys = np.fromiter(stored, np.int64, len(stored))
        values = np.array([[found[word] for word in _FIELDS] for found in stored.values()], np.float64).T
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise CorruptData(
            f"{name!r} is not a light file of NAS-Bench-Graph: {type(error).__name__}: {error}; "
            f"wanted {', '.join(_FIELDS)} for every network."
        ) from error
    if not np.isfinite(values).all():
        field, row = np.argwhere(~np.isfinite(values))[0]
        raise CorruptData(f"{name!r} has no number for {_FIELDS[field]!r} of network {keys[row]}; get the file again.")
    valid, test, latency, params = values
    columns = (keys, valid * 100, test * 100, latency * 1e3, np.round(params * 1e6, 3))
    for column in columns:
        column.setflags(write=False)  # those who read the file share them
    return Measured(*columns)
