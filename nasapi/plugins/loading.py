"""Loading: ids, with options where wanted, become the objects they name."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, TypeVar

from nasapi.errors import InvalidOption, NasapiError, PluginError, UnknownId, near, with_article
from nasapi.plugins.entry_options import BENCHMARK_OPTIONS, check_options
from nasapi.plugins.hooks import Kind
from nasapi.plugins.manager import entries, find
from nasapi.plugins.modules import kinds_at
from nasapi.plugins.resolving import target_of
from nasapi.safety.fences import Fence, with_place
from nasapi.specs import Spec

if TYPE_CHECKING:
    from nasapi.benchmark import Benchmark
    from nasapi.budget import Unit
    from nasapi.encoder import Encoder
    from nasapi.objective import Objective
    from nasapi.space import SearchSpace
    from nasapi.strategy import Paper, StrategyFactory

Made = TypeVar("Made")


def load_space(spec: str | Spec, **options: Any) -> SearchSpace:
    """The search space of that id, `nasapi.load_space("nb201")`."""
    from nasapi.space import SearchSpace

    return _load("space", spec, options, (), SearchSpace)  # type: ignore[type-abstract]


def load_objective(spec: str | Spec, **options: Any) -> Objective:
    """The objective of that id, `nasapi.load_objective("nb201/cifar10")`."""
    from nasapi.objective import Objective

    return _load("objective", spec, options, (), Objective)  # type: ignore[type-abstract]


def load_encoder(spec: str | Spec, space: SearchSpace, **options: Any) -> Encoder:
    """The encoder of that id for a space, `nasapi.load_encoder("path", space)`."""
    from nasapi.encoder import Encoder
    from nasapi.space import SearchSpace

    if not isinstance(space, SearchSpace):
        raise InvalidOption(
            f"An encoder is made for a SearchSpace, such as `nasapi.load_space('nb201')` gives, not for {space!r:.80}."
        )
    return _load("encoder", spec, options, (space,), Encoder)  # type: ignore[type-abstract]


def load_benchmark(
    spec: str | Spec,
    *,
    budget: float | None = None,
    unit: Unit | None = None,
    noise: bool | None = None,
    workers: int | None = None,
    **options: Any,
) -> Benchmark:
    """The benchmark of that id, `nasapi.load_benchmark("nb201/cifar10-v1", budget=192)`.

    Every benchmark takes `budget` (how much), `unit` ("trials", "unique" networks or simulated "seconds"), `noise`
    (whether an evaluation is one draw) and `workers` (how many evaluate at a time on the simulated clock); further
    options are the benchmark's own.
    """
    import attrs

    from nasapi.benchmark import Benchmark, as_loaded

    beside = {"budget": budget, "unit": unit, "noise": noise, "workers": workers}
    read = _merged("benchmark", spec, options | {key: one for key, one in beside.items() if one is not None})
    name, given = read.id, dict(read.options)
    common = {key: given.pop(key) for key in BENCHMARK_OPTIONS if key in given}
    common = {key: value for key, value in common.items() if value is not None}
    benchmark: Benchmark = _load("benchmark", Spec(name, given), {}, (), Benchmark)
    if {"budget", "unit"} & common.keys():
        old = benchmark.problem.budget
        limit, counted = common.get("budget", old.limit), common.get("unit", old.unit)
        if isinstance(limit, bool) or not isinstance(limit, (int, float)):
            raise InvalidOption(f"The budget of {name} must be a number, not {limit!r}.")
        budgeted = attrs.evolve(old, limit=limit, unit=counted)
        if "budget" not in common and (counted == "seconds") != (old.unit == "seconds"):
            raise InvalidOption(f"The budget of {name} is {old}, not a number of {counted}; give a budget too.")
        problem = attrs.evolve(benchmark.problem, budget=budgeted)
        benchmark = attrs.evolve(benchmark, problem=problem)
    if "noise" in common:
        if not isinstance(common["noise"], bool):
            raise InvalidOption(f"The noise of {name} is true or false, not {common['noise']!r}.")
        benchmark = attrs.evolve(benchmark, noise=common["noise"])
    if "workers" in common:
        benchmark = attrs.evolve(benchmark, workers=common["workers"])
        if benchmark.workers == 1:  # as where nobody says
            del common["workers"]
    full = str(Spec(name, {**given, **common}))
    return as_loaded(attrs.evolve(benchmark, spec="" if full == benchmark.id else full))


def objective_of(spec: str | Spec) -> Objective:
    """The objective of an id, or that of the benchmark of an id; raises UnknownId for neither."""
    from nasapi.benchmark import Benchmark

    found = benchmark_or_objective(spec)
    return found.objective if isinstance(found, Benchmark) else found


def benchmark_or_objective(spec: str | Spec) -> Benchmark | Objective:
    """The benchmark of an id or of a name in a file, or the objective of one; raises UnknownId for neither."""
    spec = Spec.parse(spec)
    name = spec.id
    if ":" in name:
        return load_benchmark(spec) if "benchmark" in kinds_at(name) else load_objective(spec)
    ids = {kind: [entry.id for entry, _ in entries(kind)] for kind in ("benchmark", "objective")}
    if name in ids["benchmark"]:
        return load_benchmark(spec)
    if name in ids["objective"]:
        return load_objective(spec)
    raise UnknownId(f"No benchmark or objective {name!r}. {near(name, [*ids['benchmark'], *ids['objective']])}")


def load_strategy(spec: str | Spec, **options: Any) -> StrategyFactory:
    """A factory of the strategy of that id, `nasapi.load_strategy("evolution", population=30)`.

    Called with a problem and a generator it makes the strategy, which is what `run` and `Study` do.
    """
    from nasapi.strategy import Strategy, StrategyFactory

    read = _merged("strategy", spec, options)
    name, given = read.id, read.options
    target, preset = target_of("strategy", name)
    if not (isinstance(target, type) and issubclass(target, Strategy)):
        raise PluginError(f"Strategy {name!r} is {target!r}, which is not a subclass of nasapi.Strategy.")
    check_options("strategy", name, target, preset, given)
    return StrategyFactory(str(read), target, {**preset, **given})


def paper_of(spec: str | Spec) -> Paper | None:
    """What a strategy was published as, with its departures; None for what nobody published.

    Raises PluginError where the entry names no `nasapi.strategy.Paper`.
    """
    from nasapi.strategy import Paper

    name = Spec.parse(spec).id
    named = "" if ":" in name else find("strategy", name).paper
    if not named:
        return None
    module_name, _, attribute = named.partition(":")
    found: Any = None
    with Fence(NasapiError) as fence:
        found = getattr(importlib.import_module(module_name), attribute)
    if not isinstance(found, Paper):
        raise PluginError(f"Strategy {name!r} names the paper {named!r}: {fence.reason or 'it is no Paper'}.")
    return found


def require_options(kind: Kind, spec: str | Spec, **options: Any) -> None:
    """Raise InvalidOption for an option that the entry does not take, UnknownId where there is no such entry."""
    read = _merged(kind, spec, options)
    check_options(kind, read.id, *target_of(kind, read.id), read.options)


def _load(
    kind: Kind, spec: str | Spec, options: dict[str, Any], arguments: tuple[Any, ...], wanted: type[Made]
) -> Made:
    read = _merged(kind, spec, options)
    name, given = read.id, read.options
    target, preset = target_of(kind, name)
    check_options(kind, name, target, preset, given)
    made: Any = None
    with Fence(NasapiError) as fence:
        made = target(*arguments, **preset, **given)
    if given and isinstance(fence.error, (ValueError, TypeError)):
        raise InvalidOption(f"{kind.capitalize()} {read} cannot be made: {with_place(fence.error)}") from fence.error
    if isinstance(fence.error, Exception):
        owners = [f" of {plugin.name} {plugin.version}" for entry, plugin in entries(kind) if entry.id == name]
        fence.error.add_note(f"{kind.capitalize()} {name!r}{''.join(owners)} could not be made")
        raise fence.error
    if fence.error is not None:
        raise PluginError(f"{kind.capitalize()} {name!r} cannot be made: {fence.reason}") from fence.error
    if not isinstance(made, wanted):
        given_kind, wanted_kind = with_article(type(made).__name__), with_article(wanted.__name__)
        raise PluginError(f"{kind.capitalize()} {name!r} gave {given_kind}; wanted {wanted_kind}.")
    return made


def _merged(kind: Kind, spec: str | Spec, options: dict[str, Any]) -> Spec:
    """The spec with the keywords beside it."""
    if not isinstance(spec, (str, Spec)):
        raise InvalidOption(f"What is loaded is named by its {kind} id as text, not by {spec!r:.80}.")
    read = Spec.parse(spec)
    if twice := read.options.keys() & options.keys():
        raise InvalidOption(f"Option {sorted(twice)[0]!r} of {kind} {read.id!r} is given twice.")
    return Spec(read.id, {**read.options, **{key: _python(value) for key, value in options.items()}})


def _python(value: Any) -> Any:
    """A number of numpy as Python's, which is what specs record; anything else as it is."""
    return value.item() if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0 else value
