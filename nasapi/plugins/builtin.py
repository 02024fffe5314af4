"""What the core itself offers as a plugin: the encodings and the toy space."""

from __future__ import annotations

from nasapi.plugins.hooks import Entry, hookimpl


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The core's own entries."""
    return [
        Entry("space", "toy", "nasapi.testing.toy:Toy", "22 cells of three edges, for tests and as a template"),
        Entry("objective", "toy/formula", "nasapi.testing.toy:ToyObjective", "a made-up table of the toy space"),
        Entry("benchmark", "toy/formula-v1", "nasapi.testing.toy:toy_v1", "validation accuracy of a made-up table"),
        Entry("encoder", "adjacency", "nasapi.encodings.adjacency:Adjacency", "one-hot operations and a bit an edge"),
        Entry(
            "encoder",
            "adjacency-categorical",
            "nasapi.encodings.adjacency:CategoricalAdjacency",
            "a bit an edge and operations as numbers",
        ),
        Entry("encoder", "genes", "nasapi.encodings.adjacency:Genes", "one-hot genes of the code"),
        Entry(
            "encoder", "path", "nasapi.encodings.path:Path", "a bit for each sequence of operations, input to output"
        ),
        Entry("encoder", "truncated-path", "nasapi.encodings.path:truncated_path", "the shortest of those sequences"),
    ]
