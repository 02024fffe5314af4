"""Learned encoders of architectures as graphs, and decoders back to them, for any search space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasapi.plugins import Entry, hookimpl

if TYPE_CHECKING:
    import click


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The learned encoders."""
    return [
        Entry(
            "encoder",
            "svge",
            "nasapi_encoders.svge:SVGe",
            "graph network and autoregressive decoder of codes (VAE)",
            kit={"steps": 20},
        ),
        Entry(
            "encoder",
            "vgae",
            "nasapi_encoders.vgae:VGAE",
            "arch2vec: isomorphism network, decoder of the graph",
            kit={"steps": 20},
        ),
    ]


@hookimpl
def nasapi_commands(group: click.Group) -> None:
    """Add the verb `pretrain`."""
    from nasapi.cli.lazy import LazyCommand

    sentence = "Train an encoder on samples of SPACE, without any values, and write a checkpoint."
    group.add_command(LazyCommand("pretrain", "nasapi_encoders.command:pretrain", sentence))
