"""What search strategies are made of, and the encoders that surrogate models read."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl

__version__ = "0.1.0"


@hookimpl
def nasapi_entries() -> list[Entry]:
    """Counts of operations, links and functional paths, and whole graphs as matrices."""
    return [
        Entry(
            "encoder",
            "functional-path",
            "nasapi_toolkit.encoders.functional_path:FunctionalPath",
            "a count for each sequence of operations that do something, input to output",
        ),
        Entry(
            "encoder",
            "operation-histogram",
            "nasapi_toolkit.encoders.histograms:OperationHistogram",
            "how many nodes have each operation",
        ),
        Entry(
            "encoder",
            "link-histogram",
            "nasapi_toolkit.encoders.histograms:LinkHistogram",
            "how many links lead from each operation to each other",
        ),
        Entry(
            "encoder",
            "dense-graph",
            "nasapi_toolkit.encoders.dense_graph:DenseGraph",
            "operations and links of every node as a matrix, for graph networks",
        ),
    ]
