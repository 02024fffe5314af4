"""Tables: published numbers on disk, the objective that reads them, and pickles read as plain data."""

from nasapi.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nasapi.tables.collected import CollectedTable as CollectedTable
    from nasapi.tables.collected import collected_benchmark as collected_benchmark
    from nasapi.tables.collected import collected_objective as collected_objective
    from nasapi.tables.collected import collected_space as collected_space
    from nasapi.tables.conditions import Condition as Condition
    from nasapi.tables.conditions import parse_conditions as parse_conditions
    from nasapi.tables.forest import Forest as Forest
    from nasapi.tables.forest import Trees as Trees
    from nasapi.tables.objective import Deferred as Deferred
    from nasapi.tables.objective import TableObjective as TableObjective
    from nasapi.tables.selection import Selection as Selection
    from nasapi.tables.selection import query as query
    from nasapi.tables.table import Column as Column
    from nasapi.tables.table import Table as Table
    from nasapi.tables.table import fingerprint as fingerprint
    from nasapi.tables.table import write_table as write_table
    from nasapi.tables.torch_files import load_torch as load_torch
    from nasapi.tables.unpickle import load_plain as load_plain

__all__ = [
    "CollectedTable",
    "Column",
    "Condition",
    "Deferred",
    "Forest",
    "Selection",
    "Table",
    "TableObjective",
    "Trees",
    "collected_benchmark",
    "collected_objective",
    "collected_space",
    "fingerprint",
    "load_plain",
    "load_torch",
    "parse_conditions",
    "query",
    "write_table",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "CollectedTable": "collected",
        "collected_benchmark": "collected",
        "collected_objective": "collected",
        "collected_space": "collected",
        "Condition": "conditions",
        "parse_conditions": "conditions",
        "Forest": "forest",
        "Trees": "forest",
        "Deferred": "objective",
        "TableObjective": "objective",
        "Selection": "selection",
        "query": "selection",
        "Column": "table",
        "Table": "table",
        "fingerprint": "table",
        "write_table": "table",
        "load_torch": "torch_files",
        "load_plain": "unpickle",
    },
)
