"""Loading: ids, with options where wanted, become the objects they name."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from nasapi.errors import InvalidOption, NasapiError, PluginError, UnknownId, near
from nasapi.plugins.hooks import Entry, Kind
from nasapi.plugins.manager import entries, find
from nasapi.plugins.modules import kinds_at, module_of
from nasapi.plugins.targets import class_of, gives_kind, require_kind, unwrapped
from nasapi.safety.fences import Fence, with_place
from nasapi.specs import Spec

if TYPE_CHECKING:
    from nasapi.benchmark import Benchmark
    from nasapi.encoder import Encoder
    from nasapi.objective import Objective
    from nasapi.options import Described
    from nasapi.problem import Unit
    from nasapi.space import SearchSpace
    from nasapi.strategy import Paper, StrategyFactory

Made = TypeVar("Made")
BENCHMARK_OPTIONS = ("budget", "unit", "noise", "workers")
"""The options of every benchmark, beside its own."""


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
        problem = attrs.evolve(benchmark.problem, budget=attrs.evolve(old, limit=limit, unit=counted))
        benchmark = attrs.evolve(benchmark, problem=problem)
    if "noise" in common:
        if not isinstance(common["noise"], bool):
            raise InvalidOption(f"The noise of {name} is true or false, not {common['noise']!r}.")
        benchmark = attrs.evolve(benchmark, noise=common["noise"])
    if "workers" in common:
        benchmark = attrs.evolve(benchmark, workers=common["workers"])
        if benchmark.workers == 1:  # as where nobody says
            del common["workers"]
    return as_loaded(attrs.evolve(benchmark, spec=str(Spec(name, {**given, **common}))))


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
    target, preset = _target("strategy", name)
    if not (isinstance(target, type) and issubclass(target, Strategy)):
        raise PluginError(f"Strategy {name!r} is {target!r}, which is not a subclass of nasapi.Strategy.")
    _check_options("strategy", name, target, preset, given)
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


def options_of(kind: Kind, name: str) -> dict[str, Described]:
    """The options that an entry takes, by name, with what may be given, defaults and help.

    An entry's own arguments are defaults of a strategy, and fixed for every other kind.
    """
    return _options(kind, *_target(kind, name))


def options_of_entry(entry: Entry) -> dict[str, Described]:
    """What `options_of` gives, of an entry whether or not its plugin is among those that were found."""
    return _options(entry.kind, *_target_of(entry))


def _load(
    kind: Kind, spec: str | Spec, options: dict[str, Any], arguments: tuple[Any, ...], wanted: type[Made]
) -> Made:
    read = _merged(kind, spec, options)
    name, given = read.id, read.options
    target, preset = _target(kind, name)
    _check_options(kind, name, target, preset, given)
    made: Any = None
    with Fence(NasapiError) as fence:
        made = target(*arguments, **preset, **given)
    if given and isinstance(fence.error, (ValueError, TypeError)):
        raise InvalidOption(f"{kind.capitalize()} {read} cannot be made: {with_place(fence.error)}") from fence.error
    if isinstance(fence.error, Exception):
        raise fence.error
    if fence.error is not None:
        raise PluginError(f"{kind.capitalize()} {name!r} cannot be made: {fence.reason}") from fence.error
    if not isinstance(made, wanted):
        raise PluginError(f"{kind.capitalize()} {name!r} gave {type(made).__name__}; wanted a {wanted.__name__}.")
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


def _target(kind: Kind, name: str) -> tuple[Any, dict[str, Any]]:
    """What an id stands for: an entry's target, or a name in a module or file given as `module:name`."""
    if ":" in name:
        module_name, _, attribute = name.rpartition(":")
        found, preset = unwrapped(kind, name, _attribute(kind, module_of(module_name), module_name, attribute))
        require_kind(kind, name, found)
        return found, preset
    if name.endswith(".py"):
        offered = [f"{name}:{one}" for one in _fitting(kind, module_of(name))]
        written = " or ".join(map(repr, offered)) if offered else f"{name}:Name; no {kind} is defined there"
        raise UnknownId(f"{name!r} is a file; name the {kind} in it: {written}.")
    return _target_of(find(kind, name))


def _target_of(entry: Entry) -> tuple[Any, dict[str, Any]]:
    kind, name = entry.kind, entry.id
    module_name, _, attribute = entry.target.partition(":")
    with Fence(NasapiError) as fence:
        module = importlib.import_module(module_name)
    if fence.error is not None:
        raise PluginError(
            f"{kind.capitalize()} {name!r} cannot be imported from {module_name}: {fence.reason}"
        ) from fence.error
    found, preset = unwrapped(kind, name, _attribute(kind, module, module_name, attribute))
    return found, {**preset, **entry.arguments}


def _attribute(kind: Kind, module: Any, module_name: str, attribute: str) -> Any:
    try:
        return getattr(module, attribute)
    except AttributeError:
        known = _fitting(kind, module)
        hint = near(attribute, known) if known else f"No {kind} is defined there."
        raise PluginError(f"{module_name!r} has no {attribute!r}. {hint}") from None


def _fitting(kind: Kind, module: Any) -> list[str]:
    """The names of a module's own that can be an entry: classes of the kind, and functions that say they give one."""
    wanted = class_of(kind)
    package = module.__name__.partition(".")[0]
    own = {
        key: value
        for key, value in vars(module).items()
        if not key.startswith("_") and str(getattr(value, "__module__", "")).partition(".")[0] == package
    }
    return [
        key
        for key, value in own.items()
        if (inspect.isclass(value) and issubclass(value, wanted) and not inspect.isabstract(value))
        or (inspect.isfunction(value) and gives_kind(value, kind))
    ]


def _options(kind: Kind, target: Any, preset: Mapping[str, Any]) -> dict[str, Described]:
    """The options that may be given, those of a strategy with the values it is preset to as defaults."""
    from nasapi.options import described

    skip = {"encoder": 1, "strategy": 2}.get(kind, 0)
    known = {one.name: one for one in described(target, preset if kind == "strategy" else None, skip=skip)}
    return known if kind == "strategy" else {name: one for name, one in known.items() if name not in preset}


def _check_options(kind: Kind, name: str, target: Any, preset: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    if unknown := preset.keys() - _options(kind, target, {}).keys():
        raise PluginError(f"{kind.capitalize()} {name!r} is preset with {min(unknown)!r}, which {target!r} has not.")
    known = _options(kind, target, preset)
    names = [*known, *(BENCHMARK_OPTIONS if kind == "benchmark" else ())]
    for option in given:
        if option not in known:
            hint = near(option, names) if names else "It takes none."
            raise InvalidOption(f"{kind.capitalize()} {name!r} has no option {option!r}. {hint}")
    for parameter in known.values():
        if parameter.default is inspect.Parameter.empty and parameter.name not in given:
            raise InvalidOption(f"{kind.capitalize()} {name!r} needs option {parameter.name!r}.")
