"""Reads the light files of the `nas-bench-graph` distribution: checked, and without running anything in them."""

from __future__ import annotations

import hashlib
import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import CorruptData, NotAvailable
from nasapi.tables import load_plain

SHA256 = {
    "cora": "5e69b2f9bb08d8927d9ffd4921f8494a3cea349c9c3a461334cb9dc9e11701a8",
    "citeseer": "99c7f79b73372636305bf73fb32a58b63c57bd1871a152dd62ec72d984c8c50f",
    "pubmed": "10b4dcf6cfd3a24f6059f7d541a4a872960b4adac0b3dba26abed1bb9a3d904d",
    "cs": "71ae8469930517160b024f52db6000a4897f1aff5d765beb27bb60952ed5bd31",
    "physics": "1e309bafee0b832c8b84fa3c039c36992bc0a910238b128f26b7e9190d7f2aea",
    "photo": "5511b4dc3f63fa988792177227db7901290fb9b27fc6c02e3036b29e134ed6df",
    "computers": "fdb3dc0cf405d62322f0ab9614b2083c2a5e6576c2f43e4f2214be64bc62b1b3",
    "arxiv": "7ee21a7653297a806c0ed1be3efe6ecc06acc84e48e942da0bfde0e5d287debe",
    "proteins": "b9e7fb0902bda44fec32c948e5fde822fb22d38d674c52e43ace5197378f2d21",
}
"""SHA-256 of each data set's file in nas-bench-graph 1.4.0."""

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


def light_file(dataset: str) -> Path:
    """Where the distribution `nas-bench-graph` keeps a data set's file; its package is not imported."""
    found = find_spec("nas_bench_graph")
    for folder in found.submodule_search_locations or () if found else ():
        path = Path(folder) / "light" / f"{dataset}.bench"
        if path.exists():
            return path
    raise NotAvailable(f"The file '{dataset}.bench' of NAS-Bench-Graph is not here; run `pip install nas-bench-graph`.")


def read_light(path: Path, sha256: str) -> Measured:
    """The values in a light file whose SHA-256 is known.

    Raises CorruptData where the file is another one, is not plain data, or lacks one of the four numbers of a network.
    """
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise CorruptData(
            f"{str(path)!r} has SHA-256 {digest[:12]}… instead of {sha256[:12]}…; "
            "run `pip install --force-reinstall nas-bench-graph==1.4.0`."
        )
    return measured(load_plain(io.BytesIO(content), str(path), arrays=True), str(path))


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
    return Measured(keys, valid * 100, test * 100, latency * 1e3, np.round(params * 1e6, 3))
