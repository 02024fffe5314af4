"""Files: replaced whole or not at all, locked, and never through a link."""

from nasapi.files.lock import Held, locked, locked_file
from nasapi.files.outputs import require_outputs, write_outputs
from nasapi.files.places import contents, is_folder, require_folder, require_place
from nasapi.files.replacing import replacing, restore, write_whole

__all__ = [
    "Held",
    "contents",
    "is_folder",
    "locked",
    "locked_file",
    "replacing",
    "require_folder",
    "require_outputs",
    "require_place",
    "restore",
    "write_outputs",
    "write_whole",
]
