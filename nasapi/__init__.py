"""A plugin-based interface standard for benchmarking neural architecture search.

Names and modules are imported when first used, so `import nasapi` is quick and needs no numpy.
"""

from __future__ import annotations

import importlib

from nasapi.version import VERSION

TYPE_CHECKING = False  # as in `typing`, whose import would be half of the wait before Ctrl-C has a sentence

__version__ = VERSION

_WHERE = {
    "Anchor": "reference",
    "Architecture": "trial",
    "Benchmark": "benchmark",
    "Budget": "budget",
    "Code": "space",
    "Codes": "space",
    "Constraint": "constraint",
    "Decoder": "encoder",
    "Encoder": "encoder",
    "Entry": "plugins.hooks",
    "Fidelity": "fidelity",
    "Graphs": "graphs",
    "History": "history",
    "Joined": "objective",
    "LearnedEncoder": "encoder",
    "Limits": "running.isolation",
    "Metric": "metric",
    "Objective": "objective",
    "Problem": "problem",
    "Reference": "reference",
    "Result": "trial",
    "SearchSpace": "space",
    "Selection": "tables.selection",
    "Spec": "specs",
    "Store": "storage.store",
    "Strategy": "strategy",
    "Study": "running.study",
    "Table": "tables.table",
    "TableObjective": "tables.objective",
    "Trial": "trial",
    "entries": "plugins.manager",
    "hookimpl": "plugins.hooks",
    "load_benchmark": "plugins.loading",
    "load_encoder": "plugins.loading",
    "load_objective": "plugins.loading",
    "load_space": "plugins.loading",
    "load_strategy": "plugins.loading",
    "query": "tables.selection",
    "run": "running.loop",
}

__all__ = sorted(_WHERE)

if TYPE_CHECKING:  # the aliases say to type checkers that these names are exported
    from typing import Any

    from nasapi.benchmark import Benchmark as Benchmark
    from nasapi.budget import Budget as Budget
    from nasapi.constraint import Constraint as Constraint
    from nasapi.encoder import Decoder as Decoder
    from nasapi.encoder import Encoder as Encoder
    from nasapi.encoder import LearnedEncoder as LearnedEncoder
    from nasapi.fidelity import Fidelity as Fidelity
    from nasapi.graphs import Graphs as Graphs
    from nasapi.history import History as History
    from nasapi.metric import Metric as Metric
    from nasapi.objective import Joined as Joined
    from nasapi.objective import Objective as Objective
    from nasapi.plugins.hooks import Entry as Entry
    from nasapi.plugins.hooks import hookimpl as hookimpl
    from nasapi.plugins.loading import load_benchmark as load_benchmark
    from nasapi.plugins.loading import load_encoder as load_encoder
    from nasapi.plugins.loading import load_objective as load_objective
    from nasapi.plugins.loading import load_space as load_space
    from nasapi.plugins.loading import load_strategy as load_strategy
    from nasapi.plugins.manager import entries as entries
    from nasapi.problem import Problem as Problem
    from nasapi.reference import Anchor as Anchor
    from nasapi.reference import Reference as Reference
    from nasapi.running.isolation import Limits as Limits
    from nasapi.running.loop import run as run
    from nasapi.running.study import Study as Study
    from nasapi.space import Code as Code
    from nasapi.space import Codes as Codes
    from nasapi.space import SearchSpace as SearchSpace
    from nasapi.specs import Spec as Spec
    from nasapi.storage.store import Store as Store
    from nasapi.strategy import Strategy as Strategy
    from nasapi.tables.objective import TableObjective as TableObjective
    from nasapi.tables.selection import Selection as Selection
    from nasapi.tables.selection import query as query
    from nasapi.tables.table import Table as Table
    from nasapi.trial import Architecture as Architecture
    from nasapi.trial import Result as Result
    from nasapi.trial import Trial as Trial


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(f"nasapi.{_WHERE[name]}"), name)
    if not name.startswith("_"):
        try:
            return importlib.import_module(f"nasapi.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"nasapi.{name}":
                raise
    raise AttributeError(f"module 'nasapi' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
