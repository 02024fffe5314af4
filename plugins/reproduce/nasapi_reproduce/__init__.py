"""The verb `nasapi reproduce`, and the tables of AG-Net's paper as rows for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.hooks import Reproduction, hookimpl
from nasapi_reproduce.published import nb101, nb201

if TYPE_CHECKING:
    import click

__version__ = "0.1.0"


@hookimpl
def nasapi_reproductions() -> list[Reproduction]:
    """NAS-Bench-201 and NAS-Bench-101."""
    return [nb201(), nb101()]


@hookimpl
def nasapi_commands(group: click.Group) -> None:
    """Add the verb `reproduce`."""
    from nasapi_reproduce.command import reproduce

    group.add_command(reproduce)
