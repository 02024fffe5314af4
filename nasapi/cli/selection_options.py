"""The ways in which a person asks for some of many architectures: the best, those above a bound, one a network."""

from __future__ import annotations

import click
import numpy as np
from attrs import frozen

from nasapi.cli.console import show_message
from nasapi.cli.gathered_options import gathered
from nasapi.errors import InvalidOption
from nasapi.space import Codes
from nasapi.tables.selection import Selection
from nasapi.words import counted


@frozen
class SelectionOptions:
    """What was asked for with the options --all, --where, --distinct, --top and --by."""

    everything: bool
    conditions: tuple[str, ...]
    distinct: bool
    top: int | None
    by: str | None

    def __attrs_post_init__(self) -> None:
        if self.by is not None and self.top is None:
            raise InvalidOption("--by ranks what --top shows; give --top N too.")

    def of_all(self, named: bool) -> bool:
        """Whether every architecture is asked; raises InvalidOption where --all stands beside named ones."""
        if self.everything and named:
            raise InvalidOption("--all is every architecture; leave it out, or name none.")
        return not named and (self.everything or self.top is not None or bool(self.conditions))

    def of(self, found: Selection) -> Selection:
        """The rows asked for: those that keep the conditions, ranked, the best of each network, the first N."""
        kept = found.where(*self.conditions)
        if len(found) and not len(kept):
            show_message(
                f"Of {counted(len(found), 'architecture', 'architectures')} none keeps {' and '.join(self.conditions)}."
            )
        found = kept
        if self.top is not None:
            metric = found.metric(self.by)
            if self.by is None:
                first = "highest" if metric.goal == "max" else "lowest"
                show_message(f"By {metric.name}, the {first} first; --by ranks by another metric.")
            found = _ranked(found, self.by)
        if self.distinct:
            found = found.distinct()
        return found if self.top is None else found.head(self.top)

    def note_repeats(self, codes: Codes) -> None:
        """Say of a sample how many of its codes are distinct, unless one a network is shown."""
        distinct = len(np.unique(codes, axis=0))
        if distinct < len(codes) and not self.distinct:
            show_message(
                f"{len(codes):,} were drawn, {distinct:,} of them distinct; --distinct shows each network once, and "
                "--all every architecture."
            )


def _ranked(found: Selection, by: str | None) -> Selection:
    """The rows, the best first; says on stderr which bounds they keep, or that none has a value."""
    ranked, name = found.ranked(by), found.metric(by).name
    many = counted(len(found), "architecture", "architectures")
    if len(found) and np.isnan(found.columns[name]).all():
        show_message(f"Of {many} none has a value of {name}.")
    elif found.constraints:
        bounds = " and ".join(map(str, found.constraints))
        none = f", of {many} none" if len(found) and not len(ranked) else ""
        show_message(f"Ranked are those that keep the benchmark's constraints: {bounds}{none}.")
    return ranked


selection_options = gathered(
    "selection",
    SelectionOptions,
    click.option("--all", "everything", is_flag=True, help="Every architecture; so with --top and --where alone."),
    click.option(
        "--where",
        "conditions",
        multiple=True,
        metavar="CONDITION",
        help="Those that keep it alone: 'params<400000', or several joined by 'and'; repeatable.",
    ),
    click.option("--distinct", is_flag=True, help="One row a network, with --top its best."),
    click.option("--top", type=click.IntRange(min=1), metavar="N", help="The best N alone, the best first."),
    click.option("--by", metavar="METRIC", help="What --top ranks by; by default the goal."),
)
"""Decorates a command with --all, --where, --distinct, --top and --by, given to it as `selection`."""
