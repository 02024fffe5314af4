"""Spaces made of other spaces or of rules: the architectures of a table, or those that a rule accepts."""

from nasapi.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nasapi.spaces.listed import ListedSpace as ListedSpace
    from nasapi.spaces.ruled import RuledSpace as RuledSpace

__all__ = ["ListedSpace", "RuledSpace"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "ListedSpace": "listed",
        "RuledSpace": "ruled",
    },
)
