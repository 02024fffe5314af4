"""Tables that others publish: a registry that plugins fill, and what fetches, checks, converts and opens them."""

from nasapi.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nasapi.data.archives import naming_archives as naming_archives
    from nasapi.data.archives import unpack as unpack
    from nasapi.data.fetch import get as get
    from nasapi.data.fetch import import_file as import_file
    from nasapi.data.given import files_below as files_below
    from nasapi.data.registry import TableSource as TableSource
    from nasapi.data.registry import source as source
    from nasapi.data.registry import sources as sources
    from nasapi.data.tables import available as available
    from nasapi.data.tables import folder as folder
    from nasapi.data.tables import how_to_get as how_to_get
    from nasapi.data.tables import open_table as open_table
    from nasapi.data.tables import path as path
    from nasapi.data.tables import place_of as place_of
    from nasapi.data.tables import receipt as receipt
    from nasapi.data.tables import verify as verify

__all__ = [
    "TableSource",
    "available",
    "files_below",
    "folder",
    "get",
    "how_to_get",
    "import_file",
    "naming_archives",
    "open_table",
    "path",
    "place_of",
    "receipt",
    "source",
    "sources",
    "unpack",
    "verify",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "naming_archives": "archives",
        "unpack": "archives",
        "get": "fetch",
        "import_file": "fetch",
        "files_below": "given",
        "TableSource": "registry",
        "source": "registry",
        "sources": "registry",
        "available": "tables",
        "folder": "tables",
        "how_to_get": "tables",
        "open_table": "tables",
        "path": "tables",
        "place_of": "tables",
        "receipt": "tables",
        "verify": "tables",
    },
)
