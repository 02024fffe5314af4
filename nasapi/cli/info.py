"""`nasapi info`: all that is known of one entry."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import click

from nasapi.cli.arguments import BuilderCommand, arguments_in, notation_option
from nasapi.cli.console import first_paragraph, show, show_json, show_pairs
from nasapi.cli.list import kind_named
from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable, UnknownId, near
from nasapi.fidelity import Fidelity
from nasapi.plugins.entry_options import options_of
from nasapi.plugins.hooks import Kind
from nasapi.plugins.loading import (
    load_benchmark,
    load_encoder,
    load_objective,
    load_space,
    load_strategy,
    paper_of,
    require_options,
)
from nasapi.plugins.manager import Plugin, entries
from nasapi.plugins.modules import kinds_at
from nasapi.specs import Spec, value_text
from nasapi.strategy import Paper


@click.command("info", cls=BuilderCommand)
@click.argument("name", metavar="ID")
@click.argument("architecture", metavar="[ARCH]", required=False)
@notation_option
@click.option("--kind", help="Which, where an id names several: space, encoder, objective, strategy, benchmark.")
@click.option("--space", help="The space to make an encoder for; toy unless given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    name: str,
    architecture: str | None,
    notation: str | None,
    kind: str | None,
    space: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Say all that is known of an entry: what it is, where it is from, what options it takes.

    ID may carry options, as in 'evolution[population=100]', or be a name in a file, as in `nasapi info mine.py:Mine`.
    With an ARCH, the literature's own string, ID is a space, and the parameters and FLOPs of the architecture's network
    are counted; `nasapi info SPACE ARCH --help` lists what the network takes, by default what was published.
    """
    if architecture is not None:
        if space is not None or (kind is not None and kind_named(kind) != "space"):
            raise InvalidOption("ARCH is one of the space that ID names; leave --space and --kind out.")
        size = _network(name, architecture, notation, arguments_in(given))
        (show_json if as_json else show_pairs)(size)
        return
    if notation is not None:
        raise InvalidOption("--notation says how an ARCH is written; name one, or leave it out.")
    asked = Spec.parse(name)
    found = _found(asked.id, kind)
    if space is not None and all(pairs["kind"] != "encoder" for pairs in found):
        raise InvalidOption(f"--space is what an encoder is made for, and {asked.id!r} is none; leave it out.")
    described = [pairs | _details(pairs["kind"], asked, space or "toy") for pairs in found]
    if as_json:
        show_json(described if len(described) > 1 else described[0])
        return
    for number, pairs in enumerate(described):
        if number:
            show()
        show_pairs({key: _lines(value) for key, value in pairs.items()})


def _found(name: str, kind: str | None) -> list[dict[str, Any]]:
    """Kind, id, summary and plugin of every entry of that id; for a name in a file or module, its kind and itself."""
    wanted = kind_named(kind) if kind is not None else None
    if ":" in name or name.endswith(".py"):
        kinds = [wanted] if wanted is not None else kinds_at(name) if ":" in name else []
        if not kinds:
            raise InvalidOption(f"{name!r} is no id but a place in a file or module; say of which kind, by --kind.")
        return [{"kind": one, "id": name} for one in kinds]
    found = [(entry, plugin) for entry, plugin in entries(wanted) if entry.id == name]
    if not found:
        raise UnknownId(f"No {wanted or 'entry'} {name!r}. {near(name, [entry.id for entry, _ in entries(wanted)])}")
    return [
        {"kind": entry.kind, "id": entry.id, "summary": entry.summary, "plugin": _owner(plugin)}
        for entry, plugin in found
    ]


def _details(kind: Kind, spec: Spec, space: str) -> dict[str, Any]:
    """What only the loaded object knows; where its data are not here, how to get them."""
    describe: Mapping[Kind, Callable[[], dict[str, Any]]] = {
        "space": lambda: _space(spec),
        "encoder": lambda: _encoder(spec, space),
        "objective": lambda: _objective(spec),
        "strategy": lambda: _strategy(spec),
        "benchmark": lambda: _benchmark(spec),
    }
    try:
        details = describe[kind]()
    except NotAvailable as error:
        details = {"not here": str(error)}
    return details | {"options": _options(kind, spec)}


def _space(spec: Spec) -> dict[str, Any]:
    space = load_space(spec)
    return {
        "description": first_paragraph(type(space).__doc__),
        "part of": space.whole.id if space.parent is not None else "",
        "genes": f"{len(space.cardinalities)}, of {', '.join(map(str, space.cardinalities))} values",
        "valid codes": f"{space.size:,}" if space.size is not None else "not counted",
        "identities": {level: f"{count:,}" for level, count in space.identities.items()},
        "operations": ", ".join(space.operations),
        "notations": {name: notation.title for name, notation in space.notations.items()},
        "builds networks": space.builder or "no",
        "reads graphs back": "yes" if space.reads_graphs else "no",
    }


def _network(spec: str, text: str, notation: str | None, arguments: dict[str, Any]) -> dict[str, Any]:
    """The size of an architecture's network."""
    from nasapi.networks import builder_of, count, settled

    space = load_space(spec)
    builder_of(space)  # says of a space without one so, whatever the architecture is
    code = space.read(text, notation)
    size = count(space, code, **arguments)
    return {
        "space": space.id,
        "architecture": space.format(code),
        "parameters": size.parameters,
        "multiply-additions": size.multiply_additions,
        "flops": size.flops,
        "buffers": size.buffers,
        **{f"network's {name}": value for name, value in settled(space, arguments).items()},
    }


def _encoder(spec: Spec, space: str) -> dict[str, Any]:
    made_on = load_space(space)
    require_options("encoder", spec)
    try:
        encoder = load_encoder(spec, made_on)
    except (InvalidOption, InvalidArchitecture) as error:  # it is for other spaces
        return {f"not on {space}": f"{error} With --space it is made for another."}
    return {
        "description": first_paragraph(type(encoder).__doc__),
        "dim": f"{' x '.join(map(str, encoder.dim))} (on {space})",
    }


def _objective(spec: Spec) -> dict[str, Any]:
    objective = load_objective(spec)
    fidelity = objective.fidelity
    return {
        "description": objective.description or first_paragraph(type(objective).__doc__),
        "space": objective.space.id,
        "metrics": {metric.name: _metric(metric) for metric in objective.metrics},
        "not here": dict(objective.missing),
        "fidelity": _levels(fidelity),
        "noise": "yes, each evaluation can be one draw" if objective.stochastic else "no",
        "values belong to": f"a {objective.identity}",
    }


def _strategy(spec: Spec) -> dict[str, Any]:
    target = load_strategy(spec).target
    for name, described in options_of("strategy", spec.id).items():
        if described.option is not None and name in spec.options:  # it is made for a problem, and there is none
            described.option.check(name, spec.options[name])
    return {
        "description": first_paragraph(target.__doc__),
        "supports": ", ".join(sorted(target.supports)) or "one goal without constraints",
        **paper_pairs(paper_of(spec)),
    }


def paper_pairs(paper: Paper | None) -> dict[str, Any]:
    """Where a strategy was published, and where it departs from that."""
    if paper is None:
        return {}
    return {
        "paper": f"{paper.title}, {paper.where}",
        "sections": ", ".join(paper.sections),
        "departures": {str(number): departure for number, departure in enumerate(paper.departures, 1)} or "none",
    }


def _benchmark(spec: Spec) -> dict[str, Any]:
    benchmark = load_benchmark(spec)
    problem, reference = benchmark.problem, benchmark.reference
    here = {metric.name: metric for metric in benchmark.objective.metrics}
    metric = benchmark.objective.metric
    constraints = {c.metric: f"{c.bounds or 'no bounds'}; {_metric(metric(c.metric))}" for c in problem.constraints}
    fidelity = problem.fidelity
    return {
        "description": benchmark.description,
        "space": problem.space.id,
        "goal": {goal.name: f"{goal.goal}imise; {_metric(goal)}" for goal in problem.goals},
        "constraints": constraints,
        "budget": str(problem.budget),
        "optimum": {name: f"{value:.8g}" for name, value in reference.optima.items()} or "not known",
        "reference point": dict(reference.point),
        "report metrics": {name: _metric(here[name]) for name in benchmark.report_metrics if name in here},
        "not here": {
            name: benchmark.objective.missing.get(name, "the objective does not have it")
            for name in benchmark.report_metrics
            if name not in here
        },
        "fidelity": _levels(fidelity),
        "noise": "one draw an evaluation" if benchmark.noise else "none: expected values",
        "origin": "; ".join(dict.fromkeys(here[goal.name].origin for goal in problem.goals if goal.name in here))
        or ("predicted by a model" if reference.predicted else "measured"),
        "source": reference.source,
        "licence": reference.licence,
    }


def _metric(metric: Any) -> str:
    split = {"none": "", "valid": "on validation data"}.get(metric.split, f"on {metric.split} data")
    description = metric.description.removesuffix(".")
    words = (metric.shown_unit or "a plain number", split, description, f"[{metric.origin}]" if metric.origin else "")
    return ", ".join(word for word in words[:-1] if word) + f" {words[-1]}".rstrip()


def _options(kind: Kind, spec: Spec) -> dict[str, str]:
    """Each option with what may be given, its default in this spec, and what it is for."""
    shown = {}
    for option, described in options_of(kind, spec.id).items():
        words = described.words or (
            "" if described.annotation is inspect.Parameter.empty else _type(described.annotation)
        )
        value = spec.options.get(option, described.default)
        default = (
            "needed"
            if value is inspect.Parameter.empty
            else f"{'given' if option in spec.options else 'default'} {value_text(value)}"
        )
        shown[option] = ". ".join(filter(None, (", ".join(filter(None, (words, default))), described.help)))
    if kind == "benchmark":
        shown |= {
            "budget": "a number, default the benchmark's. How much a run may spend",
            "unit": "'trials', 'unique' or 'seconds', default the benchmark's. What the budget counts",
            "noise": "true or false, default the benchmark's. Whether an evaluation is one draw, such as one training",
            "workers": "a whole number, default 1. How many evaluate at a time on the simulated clock",
        }
    return shown


def _levels(fidelity: Fidelity | None) -> str:
    """The levels of a fidelity, and whether one goes on from another."""
    if fidelity is None:
        return ""
    resumes = "; a level goes on from a lower one and is charged the difference" if fidelity.resumes else ""
    return f"{fidelity.name}: {', '.join(map(str, fidelity.levels))}{resumes}"


def _type(annotation: Any) -> str:
    """An option's type in words: the choices of a Literal, the parts of a union, else its name."""
    if get_origin(annotation) is Literal:
        return " or ".join(map(repr, get_args(annotation)))
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join("none" if part is type(None) else _type(part) for part in get_args(annotation))
    return getattr(annotation, "__name__", str(annotation))


def _owner(plugin: Plugin) -> str:
    return f"{plugin.name} {plugin.version}"


def _lines(value: object) -> object:
    if isinstance(value, Mapping):
        width = max(map(len, map(str, value)), default=0)
        return "\n".join(f"{str(key).ljust(width)}  {item}" for key, item in value.items())
    return value
