"""The participants of a run: its benchmark and its strategy, given as objects or as specs, and whether they fit."""

from __future__ import annotations

from attrs import evolve

from nasapi.benchmark import Benchmark, as_loaded
from nasapi.errors import InterfaceError, InvalidOption
from nasapi.plugins.loading import load_benchmark, load_strategy
from nasapi.plugins.origins import registered
from nasapi.running.isolation import IsolatedStrategy
from nasapi.specs import Spec
from nasapi.strategy import MakesStrategy, Strategy


def made_benchmark(benchmark: Benchmark | str) -> Benchmark:
    """The benchmark itself or by its spec; raises InvalidOption for anything else."""
    if isinstance(benchmark, str):
        return load_benchmark(benchmark)
    if isinstance(benchmark, Benchmark):
        return benchmark
    raise InvalidOption(f"A benchmark is a spec such as 'toy/formula-v1' or a Benchmark, not {benchmark!r:.80}.")


def with_workers(benchmark: Benchmark, workers: int) -> Benchmark:
    """The benchmark with so many workers on its clock, under the spec that says so."""
    if workers == benchmark.workers and not isinstance(workers, bool):
        return benchmark
    read = Spec.parse(benchmark.spec)
    options = {**read.options, "workers": workers}
    if workers == 1:
        del options["workers"]
    spec = Spec(read.id, options)
    clocked = evolve(benchmark, workers=workers, spec=str(spec))
    return as_loaded(clocked) if benchmark.loaded else clocked


def made_strategy(strategy: MakesStrategy | str) -> MakesStrategy:
    """What makes the strategy, by its spec too, under the name that runs record.

    Raises InvalidOption for a strategy that is made already.
    """
    if isinstance(strategy, str):
        return load_strategy(strategy)
    if callable(strategy) and not isinstance(strategy, Strategy):
        return registered(strategy)
    raise InvalidOption(
        f"A strategy is a spec such as 'random', or a class that is called with problem and rng, not {strategy!r:.80}."
    )


def require_strategy(made: object, name: str) -> None:
    """Raise InterfaceError where what makes strategy `name` gave something else."""
    if not isinstance(made, Strategy):
        raise InterfaceError(
            f"What makes strategy {name!r} gave {made!r:.80}; it is a class derived from nasapi.Strategy, or a "
            "function that returns what such a class makes."
        )


def check_support(strategy: Strategy, benchmark: Benchmark, name: str) -> None:
    """Raise InvalidOption where a benchmark needs what the strategy, recorded as `name`, does not support.

    Raises InterfaceError where it is none.
    """
    require_strategy(strategy, name)
    supported = strategy.features if isinstance(strategy, IsolatedStrategy) else strategy.supports
    if unsupported := benchmark.problem.features - supported:
        raise InvalidOption(
            f"Strategy {name!r} does not support {' or '.join(sorted(unsupported))}, which {benchmark.spec} needs."
        )
