"""The latencies of HELP (Lee et al., NeurIPS 2021): a torch file for each device, and one that says which cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from nasapi_nb201.space import NB201
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.tables import load_torch
from nasapi.words import quoted

_CELLS, _DEVICES = "str_arch2idx.pt", "latency"


def help_columns(folder: Path) -> dict[str, NDArray[np.float64]]:
    """(15625,) for each device, named `<device>_latency`, in the official order.

    `folder` is `data/nasbench201` of HELP's repository: each `latency/<device>.pt` has a latency in ms for every cell,
    and `str_arch2idx.pt` says by official strings which cell stands where. Raises CorruptData where either lacks, or is
    something else; nothing in the files is run.
    """
    where = repr(str(folder))
    devices = sorted((folder / _DEVICES).glob("*.pt"))
    if not devices or not (folder / _CELLS).is_file():
        here = ", ".join(quoted(place.name) for place in sorted(folder.iterdir())[:5]) or "nothing"
        raise CorruptData(
            f"{where} holds {here}; wanted the folder 'nasbench201' of HELP, with {_CELLS!r}, which says which cell "
            f"stands where, and '{_DEVICES}/<device>.pt'; or name a file in it."
        )
    rows = _rows(load_torch(folder / _CELLS), repr(str(folder / _CELLS)))
    return {f"{place.stem}_latency": _latencies(place)[rows] for place in devices}


def _rows(places: Any, where: str) -> NDArray[np.int64]:
    """(15625,): the place of each cell in HELP's files, in the official order."""
    space = NB201()
    found = [places.get(name) for name in space.official_strings] if isinstance(places, dict) else []
    if sorted(each for each in found if type(each) is int) != list(range(space.size)):
        raise CorruptData(f"{where} does not give each of the {space.size:,} cells of NAS-Bench-201 its own place.")
    return np.array(found, np.int64)


def _latencies(place: Path) -> NDArray[np.float64]:
    found = load_torch(place)
    try:
        values = np.array(found, np.float64)
    except (TypeError, ValueError) as error:
        raise CorruptData(f"{str(place)!r} is no list of numbers: {str(error)[:200]}.") from error
    if values.shape != (NB201.size,):
        raise CorruptData(f"{str(place)!r} has shape {values.shape}; wanted ({NB201.size},), a latency for each cell.")
    return values
