"""The kit for what is installed: an entry by its id, or a plugin with all its entries."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from nasapi.benchmark import Benchmark
from nasapi.encoder import Encoder
from nasapi.errors import InvalidArchitecture, InvalidOption, NasapiError, NotAvailable, UnknownId, near
from nasapi.plugins.entry_points import normal_name
from nasapi.plugins.hooks import KINDS, Entry, Kind
from nasapi.plugins.loading import (
    load_benchmark,
    load_encoder,
    load_objective,
    load_space,
    load_strategy,
    require_options,
)
from nasapi.plugins.manager import GROUP, entries, entry_points_of
from nasapi.safety.fences import Fence
from nasapi.space import SearchSpace
from nasapi.specs import Spec
from nasapi.testing.cases import EncoderCase
from nasapi.testing.kit import conformance_of, require_evaluations, require_rules
from nasapi.testing.outcomes import Conformance, Outcome
from nasapi.testing.plugin_rules import PluginCase, targets
from nasapi.testing.rules import Skipped
from nasapi.testing.subjects import Subject, subjects
from nasapi.testing.toy import Toy

Thing = TypeVar("Thing")


def check_entry(
    kind: Kind,
    spec: str,
    options: Mapping[str, Any] | None = None,
    *,
    rules: Collection[str] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    benchmarks: Sequence[Benchmark] | None = None,
    spaces: Sequence[SearchSpace] | None = None,
    evaluations: int | None = None,
) -> Conformance:
    """What the rules come to for an entry of any installed plugin, or for `module:name` or `file.py:name`.

    Options that neither `spec` nor `options` name are those of the entry's `kit`, which trains less. `evaluations`
    limits how many architectures are evaluated. An encoder is tried on `spaces`, by default the toy space; rules are
    skipped where it refuses the space. The other arguments are those of `check`. Raises UnknownId or InvalidOption
    where the entry cannot be loaded as asked.
    """
    if kind not in KINDS:
        raise InvalidOption(f"No kind {kind!r} of entry. {near(kind, KINDS)}")
    expected = dict(expected_failures or {})
    require_rules([*expected, *(rules or ())])
    require_evaluations(evaluations)
    read = Spec.parse(spec)
    kit = next((entry.kit for entry, _ in entries(kind) if entry.id == read.id), {})
    given = {name: value for name, value in kit.items() if name not in read.options} | dict(options or {})
    shown = str(Spec(read.id, {**read.options, **given}))
    if kind == "encoder":
        require_options(kind, spec, **given)
        found = [_encoder(spec, shown, space, given) for space in ([Toy()] if spaces is None else spaces)]
    else:
        try:
            made = subjects(_loaded(kind, spec, given), benchmarks=benchmarks, evaluations=evaluations)
            found = [Subject(kind, shown, subject.case) for subject in made]
        except NotAvailable as reason:
            found = [Subject(kind, shown, _absent(str(reason)))]
    return conformance_of(found, rules, expected)


def check_plugin(
    distribution: str,
    *,
    expected_failures: Mapping[str, Mapping[str, str]] | None = None,
    benchmarks: Sequence[Benchmark] | None = None,
    spaces: Sequence[SearchSpace] | None = None,
    evaluations: int | None = None,
) -> list[Conformance]:
    """The conformance of each of a distribution's plugins, followed by that of each of its entries.

    `expected_failures` gives, for an entry's id, the reasons by rule. Raises UnknownId where no such distribution
    offers a plugin.
    """
    return [
        made()
        for made in plugin_checks(
            distribution, expected_failures or {}, benchmarks=benchmarks, spaces=spaces, evaluations=evaluations
        )
    ]


def plugin_checks(
    distribution: str,
    expected_failures: Mapping[str, Mapping[str, str]],
    *,
    benchmarks: Sequence[Benchmark] | None = None,
    spaces: Sequence[SearchSpace] | None = None,
    evaluations: int | None = None,
) -> Iterator[Callable[[], Conformance]]:
    """What `check_plugin` does, as calls that can be made in any order and in other processes.

    A plugin itself is checked at once, for the entries of one that is broken are left out.
    """
    points = list(_points(distribution))
    if not points:
        known = {name.partition(":")[0] for name, _, _ in entry_points_of(GROUP)}
        raise UnknownId(f"No installed distribution {distribution!r} offers a plugin. {near(distribution, known)}")
    for case in points:
        own = conformance_of([Subject("plugin", case.distribution, functools.partial(_same, case))], None, {})
        yield functools.partial(_same, own)
        for entry in case.entries if own.ok else ():
            yield functools.partial(
                _of_entry,
                case.distribution,
                entry,
                expected_failures=expected_failures.get(entry.id),
                benchmarks=benchmarks,
                spaces=spaces,
                evaluations=evaluations,
            )


def _of_entry(distribution: str, entry: Entry, **given: Any) -> Conformance:
    """The conformance of a plugin's entry; of one that cannot be made, that its target does not keep to its rule."""
    found: Conformance | None = None
    with Fence() as fence:
        found = check_entry(entry.kind, entry.id, **given)
    if found is not None:
        return found
    why = str(fence.error) if isinstance(fence.error, NasapiError) else fence.reason
    what = f"{entry.kind} {entry.id!r} cannot be checked: {why}"
    return Conformance(distribution, (Outcome(targets, "failed", what, repr(entry.target)),))


def _points(distribution: str) -> Iterator[PluginCase]:
    wanted = normal_name(distribution)
    for name, _, point in entry_points_of(GROUP):
        if name.partition(":")[0] == wanted and point.group == GROUP:
            yield PluginCase(wanted, point)


def _loaded(kind: Kind, spec: str, options: Mapping[str, Any]) -> object:
    """The strategy, or the function that makes the entry, so that it can be loaded twice, and elsewhere."""
    if kind == "strategy":
        return load_strategy(spec, **options)
    if kind == "space":
        return functools.partial(load_space, spec, **options)
    if kind == "objective":
        return functools.partial(load_objective, spec, **options)
    return functools.partial(load_benchmark, spec, **options)


def _absent(reason: str) -> Callable[[], Any]:
    """A case that cannot be made because its data are not here."""

    def case() -> Any:
        raise Skipped(reason)

    return case


def _encoder(spec: str, shown: str, space: SearchSpace, options: Mapping[str, Any]) -> Subject:
    """An encoder for a space, made when its first rule is tested; a refused space is no failure."""

    def case() -> EncoderCase:
        try:
            again = functools.partial(_encoder_case, spec, options, space)
            found = again()
            found.makes = (again,)
            return found
        except UnknownId:
            raise
        except (InvalidOption, InvalidArchitecture, NotAvailable) as refusal:
            raise Skipped(f"it refuses {space.id}: {refusal} (--on SPACE tries it on one that it takes)") from refusal

    return Subject("encoder", f"{shown}({space.id})", case)


def _encoder_case(spec: str, options: Mapping[str, Any], space: SearchSpace) -> EncoderCase:
    def make(space: SearchSpace) -> Encoder:
        return load_encoder(spec, space, **options)

    return EncoderCase(make(space), make)


def _same(thing: Thing) -> Thing:
    return thing
