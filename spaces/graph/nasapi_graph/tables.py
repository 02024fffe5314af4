"""The tables of NAS-Bench-Graph: the light files of the distribution `nas-bench-graph`, and where they lie."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from nasapi.errors import NotAvailable

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


def light_file(dataset: str) -> Path:
    """Where the distribution `nas-bench-graph` keeps a data set's file; its package is not imported."""
    found = find_spec("nas_bench_graph")
    for folder in found.submodule_search_locations or () if found else ():
        path = Path(folder) / "light" / f"{dataset}.bench"
        if path.exists():
            return path
    raise NotAvailable(f"The file '{dataset}.bench' of NAS-Bench-Graph is not here; run `pip install nas-bench-graph`.")
