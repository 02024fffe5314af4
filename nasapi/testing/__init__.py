"""The conformance kit: named rules that a plugin must keep, usable with and without pytest."""

from nasapi.testing.data import import_into, shared_data
from nasapi.testing.entries import check_entry, check_plugin
from nasapi.testing.kit import RULES, check
from nasapi.testing.outcomes import Conformance, Outcome
from nasapi.testing.parametrize import parametrize
from nasapi.testing.rules import Rule

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
