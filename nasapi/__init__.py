"""A plugin-based interface standard for benchmarking neural architecture search.

Names are imported when first used, so `import nasapi` is quick and needs no numpy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_WHERE = {
    "Architecture": "trial",
    "Benchmark": "benchmark",
    "Budget": "problem",
    "Code": "space",
    "Codes": "space",
    "Constraint": "problem",
    "Decoder": "encoder",
    "Encoder": "encoder",
    "Entry": "hooks",
    "Fidelity": "problem",
    "Graphs": "graphs",
    "History": "history",
    "Joined": "objective",
    "LearnedEncoder": "encoder",
    "Metric": "problem",
    "Objective": "objective",
    "Problem": "problem",
    "Reference": "benchmark",
    "Result": "trial",
    "SearchSpace": "space",
    "Store": "store",
    "Strategy": "strategy",
    "Study": "study",
    "Table": "table",
    "TableObjective": "lookup",
    "Trial": "trial",
    "hookimpl": "hooks",
    "load_benchmark": "loading",
    "load_encoder": "loading",
    "load_objective": "loading",
    "load_space": "loading",
    "load_strategy": "loading",
    "run": "runner",
}

__all__ = sorted(_WHERE)

if TYPE_CHECKING:
    from nasapi.benchmark import Benchmark, Reference
    from nasapi.encoder import Decoder, Encoder, LearnedEncoder
    from nasapi.graphs import Graphs
    from nasapi.history import History
    from nasapi.hooks import Entry, hookimpl
    from nasapi.loading import load_benchmark, load_encoder, load_objective, load_space, load_strategy
    from nasapi.lookup import TableObjective
    from nasapi.objective import Joined, Objective
    from nasapi.problem import Budget, Constraint, Fidelity, Metric, Problem
    from nasapi.runner import run
    from nasapi.space import Code, Codes, SearchSpace
    from nasapi.store import Store
    from nasapi.strategy import Strategy
    from nasapi.study import Study
    from nasapi.table import Table
    from nasapi.trial import Architecture, Result, Trial


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'nasapi' has no attribute {name!r}")
    return getattr(importlib.import_module(f"nasapi.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
