"""The conformance kit: named rules that a plugin must keep, usable with and without pytest."""

from nasapi.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nasapi.testing.data import import_into as import_into
    from nasapi.testing.data import shared_data as shared_data
    from nasapi.testing.entries import check_entry as check_entry
    from nasapi.testing.entries import check_plugin as check_plugin
    from nasapi.testing.kit import RULES as RULES
    from nasapi.testing.kit import check as check
    from nasapi.testing.outcomes import Conformance as Conformance
    from nasapi.testing.outcomes import Outcome as Outcome
    from nasapi.testing.pytest_cases import parametrize as parametrize
    from nasapi.testing.rules import Rule as Rule

__all__ = [
    "RULES",
    "Conformance",
    "Outcome",
    "Rule",
    "check",
    "check_entry",
    "check_plugin",
    "import_into",
    "parametrize",
    "shared_data",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "import_into": "data",
        "shared_data": "data",
        "check_entry": "entries",
        "check_plugin": "entries",
        "RULES": "kit",
        "check": "kit",
        "Conformance": "outcomes",
        "Outcome": "outcomes",
        "parametrize": "pytest_cases",
        "Rule": "rules",
    },
)
