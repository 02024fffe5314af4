"""Tables: published numbers on disk, the objective that reads them, and pickles read as plain data."""

from nasapi.tables.collected import (
    CollectedTable,
    collected_benchmark,
    collected_objective,
    collected_space,
)
from nasapi.tables.conditions import Condition, parse_conditions
from nasapi.tables.objective import TableObjective
from nasapi.tables.query import Selection, query
from nasapi.tables.table import Column, Table, fingerprint, write_table
from nasapi.tables.unpickle import load_plain

__all__ = [
    "CollectedTable",
    "Column",
    "Condition",
    "Selection",
    "Table",
    "TableObjective",
    "collected_benchmark",
    "collected_objective",
    "collected_space",
    "fingerprint",
    "load_plain",
    "parse_conditions",
    "query",
    "write_table",
]
