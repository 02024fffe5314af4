"""What is sent to other processes to make a strategy there: its spec where that says it all, and never a table."""

from __future__ import annotations

import io
from typing import Any

import cloudpickle
import numpy as np

from nasapi.benchmark import Benchmark
from nasapi.errors import InterfaceError, NasapiError
from nasapi.objective import Objective
from nasapi.plugins.loading import load_strategy
from nasapi.problem import Problem
from nasapi.safety.fences import Fence
from nasapi.strategy import MakesStrategy, StrategyFactory
from nasapi.tables.table import Table


class _Sealed(cloudpickle.CloudPickler):  # type: ignore[misc]
    """A pickler that lets no source of values through."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, (Objective, Benchmark, Table)):
            raise InterfaceError(
                f"A strategy in a process of its own is sent no table, but it holds a {type(obj).__name__}; "
                "give it what it needs without one, or run it without isolation."
            )
        return super().reducer_override(obj)


def dumped(maker: MakesStrategy | str, problem: Problem, rng: np.random.Generator, spec: str) -> bytes:
    """What another process needs to make a strategy; raises InterfaceError where that holds an objective or a table."""
    written = io.BytesIO()
    with Fence(NasapiError) as fence:
        _Sealed(written).dump((maker, problem, rng, spec))
    if fence.error is not None:
        raise InterfaceError(
            f"Strategy {spec!r} cannot be sent to a process of its own: {fence.reason}"
        ) from fence.error
    return written.getvalue()


def portable_strategy(strategy: MakesStrategy) -> str | MakesStrategy:
    """The strategy's spec if loading that gives the same, else the strategy."""
    if isinstance(strategy, StrategyFactory):
        with Fence():
            again = load_strategy(strategy.spec)
            if _whole_name(again.target) == _whole_name(strategy.target) and again.options == strategy.options:
                return strategy.spec
    return strategy


def _whole_name(target: Any) -> tuple[str, str]:
    return target.__module__, target.__qualname__
