"""Imports the weights of the published surrogate network, and opens them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.tables import Column, Table, write_table
from nasapi_darts.cells import CELLS
from nasapi_darts.configuration import inputs_name, numbered_edge
from nasapi_darts.features import EDGES, NODES
from nasapi_darts.importers.archive import archive
from nasapi_darts.network import BRANCHES, Network
from nasapi_darts.tables import NETWORK_CITATION

EPOCHS = 98
"""The most epochs of the learning curves that the network was fitted to."""
_NUMBERS = ("epoch_scale", "acc_scale", "runtime_shift", "runtime_mul", "runtime_add")
_NAMES = "cat_names"


def import_network(path: Path, target: Path) -> Table:
    """Write the table of the weights in `surrogate_mlp.npz`, given as the file or as the folder that holds it.

    The file is read without unpickling. Every array must be there with the shape that the others imply and hold finite
    numbers, and the inputs must be the 34 parameters of the space. Raises CorruptData otherwise; nothing is written.
    """
    file = path / "surrogate_mlp.npz" if path.is_dir() else path
    arrays = archive(file)
    columns = columns_of(arrays.pop(_NAMES, np.empty(0, np.str_)))
    sizes = _sizes(arrays, columns)
    for name, shape in sizes.items():
        if name not in arrays:
            raise CorruptData(f"{file.name!r} has no array {name!r}, which the surrogate network needs.")
        if arrays[name].shape != shape or arrays[name].dtype.kind != "f":
            raise CorruptData(
                f"{file.name!r} has {name!r} as {arrays[name].dtype} of shape {arrays[name].shape}; "
                f"wanted numbers of shape {shape}."
            )
        if not np.isfinite(arrays[name]).all():
            raise CorruptData(f"{file.name!r} has a weight in {name!r} that is no finite number.")
    with np.errstate(over="ignore"):  # what is infinite then is refused when the table is held against what can be
        weights = np.concatenate([arrays[name].astype(np.float32).ravel() for name in sizes])
    return write_table(
        target,
        {"weight": Column(weights, "the arrays in the order of `arrays`, each row by row")},
        space="darts",
        title="A surrogate network of NAS-Bench-301",
        source=file.name,
        licence="Apache-2.0",
        citation=NETWORK_CITATION,
        arrays=[[name, list(shape)] for name, shape in sizes.items()],
        columns_of_inputs=columns.tolist(),
    )


def network_of(table: Table) -> Network:
    """The network whose weights `import_network` wrote."""
    weights, end = {}, 0
    for name, shape in table.attributes["arrays"]:
        start, end = end, end + int(np.prod(shape, dtype=np.int64))
        weights[name] = table["weight"][start:end].reshape(shape)
    return Network(weights, np.array(table.attributes["columns_of_inputs"]))


def columns_of(names: NDArray[Any]) -> NDArray[np.int64]:
    """(34,): where each named parameter stands among the 28 edges and 6 nodes; `_COLON_` may stand for `:`.

    Raises CorruptData where the names are not the parameters of the space, each once.
    """
    wanted = [numbered_edge(cell, number) for cell in CELLS for number in range(EDGES)]
    wanted += [inputs_name(cell, node) for cell in CELLS for node in range(1, NODES)]
    given = [str(name).replace("_COLON_", ":") for name in names.tolist()]
    if sorted(given) != sorted(wanted):
        odd = sorted(set(given) ^ set(wanted))
        raise CorruptData(
            f"The network's inputs are not the {len(wanted)} parameters of the space: "
            f"{len(given)} names, of which {odd[0] if odd else given[0]!r} is missing, unknown or given twice."
        )
    return np.array([wanted.index(name) for name in given])


def _sizes(arrays: dict[str, NDArray[Any]], columns: NDArray[np.int64]) -> dict[str, tuple[int, ...]]:
    """The shape that each array must have, given the widths of the layers found."""
    categories = [8] * (2 * EDGES) + [4, 7, 11] * 2
    sizes: dict[str, tuple[int, ...]] = {}
    width = 1
    for number, column in enumerate(columns.tolist()):
        dimensions = _shape(arrays, f"emb{number}")[-1]
        sizes[f"emb{number}"] = (categories[column], dimensions)
        width += dimensions
    sizes |= {"wide_w": (2, width), "wide_b": (2,)}
    for branch, layers in BRANCHES.items():
        before = width
        for layer in range(layers):
            after = 2 if layer == layers - 1 else _shape(arrays, f"{branch}{layer}_w")[0]
            sizes |= {f"{branch}{layer}_w": (after, before), f"{branch}{layer}_b": (after,)}
            before = after
    return sizes | dict.fromkeys(_NUMBERS, ())


def _shape(arrays: dict[str, NDArray[Any]], name: str) -> tuple[int, ...]:
    """An array's shape; where it is missing or no matrix, one that lets the check name it."""
    found = arrays[name].shape if name in arrays else ()
    return found if len(found) == 2 else (0, 0)
