"""`nasapi robustness`: the analyses of the data set as commands."""

from __future__ import annotations

import click


@click.group("robustness", no_args_is_help=True)
def command() -> None:
    """Analyse how all cells bear attacks and corruptions."""
