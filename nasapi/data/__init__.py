"""Tables that others publish: a registry that plugins fill, and what fetches, checks, converts and opens them."""

from nasapi.data.fetch import get, import_file
from nasapi.data.registry import TableSource, source, sources
from nasapi.data.tables import available, folder, open_table, path, receipt, verify

__all__ = [
    "TableSource",
    "available",
    "folder",
    "get",
    "import_file",
    "open_table",
    "path",
    "receipt",
    "source",
    "sources",
    "verify",
]
