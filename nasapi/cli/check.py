"""`nasapi check`: the conformance kit over entries, plugins, or everything installed."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from nasapi.cli.console import show
from nasapi.cli.list import kind_named
from nasapi.errors import InvalidOption, UnknownId, near, with_article
from nasapi.plugins.hooks import KINDS
from nasapi.plugins.loading import load_space
from nasapi.plugins.manager import Plugin, entries, manager
from nasapi.words import counted

if TYPE_CHECKING:
    from nasapi.testing import Conformance


@click.command("check")
@click.argument("names", nargs=-1, metavar="[KIND] ID | PLUGIN")
@click.option("--all", "everything", is_flag=True, help="Every entry of every installed plugin.")
@click.option("--rule", "rules", multiple=True, help="Of one entry, only the rule of that id; repeatable.")
@click.option("--on", "spaces", multiple=True, help="A space to try encoders on; repeatable; by default the toy space.")
@click.option(
    "--evaluations", type=click.IntRange(min=1), help="At most so many evaluations an entry, for those that train."
)
@click.option("-j", "--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Worker processes.")
@click.option("-v", "--verbose", is_flag=True, help="Also say which rules were skipped, and why.")
def command(
    names: tuple[str, ...],
    everything: bool,
    rules: tuple[str, ...],
    spaces: tuple[str, ...],
    evaluations: int | None,
    jobs: int,
    verbose: bool,
) -> int:
    """Hold an entry, or all entries of a plugin, against the rules of the interface.

    \b
    nasapi check strategy evolution
    nasapi check strategy mine.py:Mine
    nasapi check nasapi-nb201

    A broken rule is quoted with the smallest example. With --evaluations, rules look at few architectures or are
    skipped, and say so. The status is 1 if any rule is broken, or if nothing could be checked.
    """
    states = []
    for name, found in _checked(names, everything, rules, spaces, evaluations, jobs):
        state = _state(found)
        states.append(state)
        show(_result_lines(name, state, found, verbose or evaluations is not None))
    if len(states) > 1:
        counts = [f"{states.count(state)} {state}" for state in ("ok", "FAILED", "not checked") if state in states]
        show(f"{len(states)} in all: {', '.join(counts)}.")
    return int("FAILED" in states or "ok" not in states)


def _checked(
    names: Sequence[str],
    everything: bool,
    rules: Sequence[str],
    spaces: Sequence[str],
    evaluations: int | None,
    jobs: int,
) -> Iterator[tuple[str, Conformance]]:
    """The name and conformance of everything that was asked for, one by one."""
    from nasapi.testing import check_entry
    from nasapi.testing.entries import plugin_checks

    on = [load_space(name) for name in spaces] or None
    if len(names) == 2 and not everything:
        if jobs > 1:
            raise InvalidOption("--jobs divides the entries of a plugin among processes; leave it out for one entry.")
        kind = kind_named(names[0])
        if on and kind != "encoder":
            raise InvalidOption(f"--on is a space to try an encoder on; {with_article(kind)} has its own.")
        found = check_entry(kind, names[1], rules=rules or None, spaces=on, evaluations=evaluations)
        yield f"{kind} {names[1]}", found
        return
    if len(names) + everything != 1:
        raise InvalidOption("Name what to check: KIND ID, or a plugin, or --all; see `nasapi check --help`.")
    if rules:
        raise InvalidOption("--rule is for one entry; name it as KIND ID.")
    plugins = manager().plugins if everything else [_plugin(names[0])]
    for plugin in plugins:
        if plugin.error is not None and not everything:  # of all, the rules find it
            raise InvalidOption(f"Plugin {plugin.name} {plugin.version} cannot be used: {plugin.error}.")
    if on and not any(entry.kind == "encoder" for plugin in plugins for entry in plugin.entries):
        raise InvalidOption(f"--on is a space to try encoders on; {names[0]} offers none.")
    import joblib

    distributions = dict.fromkeys(plugin.name.partition(":")[0] for plugin in plugins)
    of_plugins = (plugin_checks(distribution, {}, spaces=on, evaluations=evaluations) for distribution in distributions)
    checks = itertools.chain.from_iterable(of_plugins)
    for found in joblib.Parallel(jobs, return_as="generator")(joblib.delayed(check)() for check in checks):
        kinds = dict.fromkeys(outcome.rule.kind for outcome in found.outcomes)
        yield f"{' '.join(kinds)} {found.subject}", found


def _plugin(name: str) -> Plugin:
    """The plugin of that name, which may lack its "nasapi-"; raises UnknownId for none."""
    if ":" in name and name.rpartition(":")[0].endswith(".py"):
        raise InvalidOption(
            f"{name!r} is a place in a file; say of which kind, as `nasapi check strategy {shlex.quote(name)}`."
        )
    if name in KINDS:
        raise InvalidOption(f"{name!r} is a kind; name one of it too, as `nasapi check {name} ID`.")
    plugins = {plugin.name: plugin for plugin in manager().plugins}
    plugin = plugins.get(name) or plugins.get(f"nasapi-{name}")
    if plugin is None:
        of_kind = [kind for kind in KINDS for entry, _ in entries(kind) if entry.id == name]
        verb = f"`nasapi check {of_kind[0]} {name}`" if of_kind else ""
        hint = f"There is {with_article(of_kind[0])} of that name: {verb}." if of_kind else ""
        raise UnknownId(f"No plugin {name!r}. {hint or near(name, plugins)}")
    return plugin


def _state(found: Conformance) -> str:
    if not found.ok:
        return "FAILED"
    counts = found.counts
    return "ok" if counts["passed"] or counts["expected"] else "not checked"


def _result_lines(name: str, state: str, found: Conformance, verbose: bool) -> str:
    if state == "not checked":
        reasons = dict.fromkeys(outcome.reason for outcome in found.outcomes)
        return f"{name}: not checked: {'; '.join(reasons) or 'no rule was run'}"
    counts = ", ".join(f"{count} {status}" for status, count in found.counts.items() if count)
    shown = {"failed", "skipped", "expected"} if verbose else {"failed"}
    head = f"{name}: {state}: {counted(len(found.outcomes), 'rule', 'rules')}: {counts}"
    lines = [str(outcome) for outcome in found.outcomes if outcome.status in shown]
    notes = [outcome.reason for outcome in found.outcomes if outcome.status == "passed" and outcome.reason]
    partly = sorted({left for note in notes for left in note.split("; ")}) if verbose else []
    return "\n".join([head, *lines, *([f"left out by rules that passed: {'; '.join(partly)}"] if partly else [])])
