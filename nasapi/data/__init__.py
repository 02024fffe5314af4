"""Tables that others publish: a registry that plugins fill, and what fetches, checks, converts and opens them."""

from nasapi.data.archives import unpack
from nasapi.data.fetch import get, import_file
from nasapi.data.registry import TableSource, source, sources
from nasapi.data.tables import available, folder, how_to_get, open_table, path, place_of, receipt, verify

__all__ = [
    "TableSource",
    "available",
    "folder",
    "get",
    "how_to_get",
    "import_file",
    "open_table",
    "path",
    "place_of",
    "receipt",
    "source",
    "sources",
    "unpack",
    "verify",
]
