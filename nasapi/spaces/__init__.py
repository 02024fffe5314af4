"""Spaces made of other spaces or of rules: the architectures of a table, or those that a rule accepts."""

from nasapi.late import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nasapi.spaces.listed import ListedSpace as ListedSpace
    from nasapi.spaces.ruled import RuledSpace as RuledSpace

__all__ = ["ListedSpace", "RuledSpace"]

__getattr__ = late(
    __name__,
    {
        "ListedSpace": "listed",
        "RuledSpace": "ruled",
    },
)
