"""`nasapi check`: the conformance kit over entries, plugins, or everything installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from nasapi.cli.list import kind_named
from nasapi.errors import InvalidOption, NasapiError, NotAvailable, UnknownId, near
from nasapi.hooks import KINDS, Kind
from nasapi.plugins import (
    entries,
    load_benchmark,
    load_encoder,
    load_objective,
    load_space,
    load_strategy,
    manager,
)

if TYPE_CHECKING:
    from nasapi.space import SearchSpace
    from nasapi.testing import Report


@click.command("check")
@click.argument("names", nargs=-1, metavar="[KIND] ID | PLUGIN")
@click.option("--all", "everything", is_flag=True, help="Every entry of every installed plugin.")
@click.option("--rule", "rules", multiple=True, help="Only the rule of that id; repeatable.")
@click.option(
    "--on", "spaces", multiple=True, help="A space to try an encoder on; repeatable; by default the toy space."
)
@click.option("-v", "--verbose", is_flag=True, help="Also say which rules were skipped, and why.")
def command(
    names: tuple[str, ...], everything: bool, rules: tuple[str, ...], spaces: tuple[str, ...], verbose: bool
) -> int:
    r"""Hold an entry, or all entries of a plugin, against the rules of the interface.

    \b
    nasapi check strategy evolution
    nasapi check strategy mine.py:Mine
    nasapi check nasapi-nb201

    A broken rule is quoted with the smallest example. The status is 1 if any rule is broken.
    """
    wanted = _wanted(names, everything)
    failed = 0
    for kind, spec in wanted:
        try:
            report = _report(kind, spec, rules, spaces)
        except NotAvailable as error:
            click.echo(f"{kind} {spec}: not checked: {error}")
            continue
        except NasapiError as error:
            if len(wanted) == 1:
                raise
            click.echo(f"{kind} {spec}: FAILED: {error}")
            failed += 1
            continue
        failed += not report.ok
        click.echo(_told(kind, spec, report, verbose))
    if len(wanted) > 1:
        click.echo(f"{len(wanted) - failed} of {len(wanted)} entries keep to the interface.")
    return int(failed > 0)


def _wanted(names: Sequence[str], everything: bool) -> list[tuple[Kind, str]]:
    """The kind and spec of everything to check."""
    if everything and not names:
        _require_usable(manager().plugins)
        return [(entry.kind, entry.id) for entry, _ in entries()]
    if len(names) == 2 and not everything:
        return [(kind_named(names[0]), names[1])]
    if len(names) == 1 and not everything:
        return _of_plugin(names[0])
    raise InvalidOption("Name what to check: KIND ID, or a plugin, or --all; see `nasapi check --help`.")


def _of_plugin(name: str) -> list[tuple[Kind, str]]:
    plugins = {plugin.name: plugin for plugin in manager().plugins}
    plugin = plugins.get(name) or plugins.get(f"nasapi-{name}")
    if plugin is None:
        of_kind = [kind for kind in KINDS for entry, _ in entries(kind) if entry.id == name]
        hint = f"There is a {of_kind[0]} of that name: `nasapi check {of_kind[0]} {name}`." if of_kind else ""
        raise UnknownId(f"No plugin {name!r}. {hint or near(name, plugins)}")
    _require_usable([plugin])
    return [(entry.kind, entry.id) for entry in plugin.entries]


def _require_usable(plugins: Iterable[Any]) -> None:
    for plugin in plugins:
        if plugin.error is not None:
            raise InvalidOption(f"Plugin {plugin.name} {plugin.version} cannot be used: {plugin.error}.")


def _report(kind: Kind, spec: str, rules: Sequence[str], spaces: Sequence[str]) -> Report:
    from nasapi.testing import check

    chosen = rules or None
    if kind == "encoder":
        return check(lambda space: load_encoder(spec, space), rules=chosen, spaces=_spaces(spec, spaces))
    make: dict[Kind, Callable[[], Any]] = {
        "space": lambda: load_space(spec),
        "objective": lambda: load_objective(spec),
        "strategy": lambda: load_strategy(spec),
        "benchmark": lambda: lambda: load_benchmark(spec),
    }
    return check(make[kind](), rules=chosen)


def _spaces(spec: str, names: Sequence[str]) -> list[SearchSpace]:
    """The spaces to try an encoder on: those named, else the toy space, else the first that it accepts."""
    if names:
        return [load_space(name) for name in names]
    first: NasapiError | None = None
    for name in ["toy", *(entry.id for entry, _ in entries("space") if entry.id != "toy")]:
        space = load_space(name)
        try:
            load_encoder(spec, space)
        except InvalidOption as error:
            first = first or error
            continue
        return [space]
    raise first or NotAvailable("No space is installed to try it on.")


def _told(kind: Kind, spec: str, report: Report, verbose: bool) -> str:
    counts = ", ".join(f"{count} {status}" for status, count in report.counts.items() if count)
    state = "ok" if report.ok else "FAILED"
    lines = [f"{kind} {spec}: {state}: {len(report.outcomes)} rules: {counts or 'none'}"]
    shown = {"failed", "skipped", "expected"} if verbose else {"failed"}
    return "\n".join([*lines, *(str(outcome) for outcome in report.outcomes if outcome.status in shown)])
