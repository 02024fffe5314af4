"""The official order of the 15,625 cells, in which the published tables list them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData

FILE = Path(__file__).parent / "data" / "order.npy"
"""(15625,) unsigned 16-bit: for each official index the code read as a number of base 5."""
SHA256 = "1d3bb98de011b645ca1cf0585b09293d60b9456cac5d10e6ca296bbb3c55513e"


def official_order(path: Path = FILE) -> NDArray[np.int64]:
    """(15625,): for each official index the position of its code in lexicographic order.

    Raises CorruptData where the file is not the one that was shipped.
    """
    try:
        order = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise CorruptData(
            f"The official order {str(path)!r} cannot be read: {error}; reinstall nasapi-nb201."
        ) from error
    if hashlib.sha256(order.tobytes()).hexdigest() != SHA256:
        raise CorruptData(f"The official order {str(path)!r} is not what was shipped; reinstall nasapi-nb201.")
    return np.asarray(order, np.int64)
