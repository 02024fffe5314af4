"""The verb `nasapi reproduce`, with the tables of AG-Net's paper and one on NAS-Bench-Graph as rows for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import Reproduction, hookimpl
from nasapi_reproduce.graph import graph
from nasapi_reproduce.published import ablation_table, nb101, nb201, nb301, nlp

if TYPE_CHECKING:
    import click

__version__ = "0.1.0"


@hookimpl
def nasapi_reproductions() -> list[Reproduction]:
    """NAS-Bench-201, -101, -301, -NLP and -Graph, and the ablations."""
    return [nb201(), nb101(), nb301(), nlp(), graph(), ablation_table()]


@hookimpl
def nasapi_commands(group: click.Group) -> None:
    """Add the verbs `reproduce` and `control`."""
    from nasapi.cli.lazy import LazyCommand

    sentence = (
        "Run the published table NAME again, and say of each number whether it holds; without NAME, list the tables."
    )
    group.add_command(LazyCommand("reproduce", "nasapi_reproduce.command:reproduce", sentence))
    sentence = "Permute a table's values among its networks, and say which strategies still ask for its best network."
    group.add_command(LazyCommand("control", "nasapi_reproduce.command:control", sentence))
