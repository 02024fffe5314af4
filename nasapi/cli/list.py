"""`nasapi list`: what is installed, by kind."""

from __future__ import annotations

import click

from nasapi.cli.console import show_json, show_table
from nasapi.errors import UnknownId, near
from nasapi.plugins.hooks import KINDS, Kind
from nasapi.plugins.manager import entries


@click.command("list")
@click.argument("kind", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(kind: str | None, as_json: bool) -> None:
    """List what plugins offer, all of it or one KIND: space, encoder, objective, strategy or benchmark."""
    found = entries(None if kind is None else kind_named(kind))
    if as_json:
        show_json(
            [
                {"kind": entry.kind, "id": entry.id, "summary": entry.summary, "plugin": plugin.name}
                for entry, plugin in found
            ]
        )
        return
    show_table(
        ("kind", "id", "summary", "plugin"),
        [(entry.kind, entry.id, entry.summary, plugin.name) for entry, plugin in found],
    )


def kind_named(word: str) -> Kind:
    """The kind that a word names, in the singular or the plural; raises UnknownId for no such kind."""
    for kind in KINDS:
        if word.lower() in (kind, f"{kind}s", f"{kind[:-1]}ies"):
            return kind
    raise UnknownId(f"There is no kind {word!r} of entry. {near(word, KINDS)}")
