"""Where tables that the user imported are found."""

from __future__ import annotations

import os
from pathlib import Path

from nasapi.table import Table


def imported() -> Table | None:
    """The table made from the official files, if the user imported them."""
    path = folder() / "official.zarr"
    return Table(path) if path.exists() else None


def folder() -> Path:
    """The folder of imported tables of this space: NASAPI_DATA, or the user's data folder."""
    import platformdirs

    return Path(os.environ.get("NASAPI_DATA") or platformdirs.user_data_dir("nasapi")) / "nb201"
