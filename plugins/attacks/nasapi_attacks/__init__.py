"""Attacks on real networks as a nasapi plugin: adversarial images, corruptions, confidences, sensitivities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasapi.plugins import hookimpl

if TYPE_CHECKING:
    import click
    from nasapi_networks.predictions import Predictions as Predictions

    from nasapi_attacks.attacking import Attacked as Attacked
    from nasapi_attacks.attacking import Target as Target
    from nasapi_attacks.attacking import attack as attack
    from nasapi_attacks.corruptions import corrupt as corrupt
    from nasapi_attacks.corruptions import corruption_names as corruption_names
    from nasapi_attacks.epsilon import Epsilon as Epsilon
    from nasapi_attacks.networks import Normalized as Normalized
    from nasapi_attacks.presets import parse_attacks as parse_attacks
    from nasapi_attacks.sensitivities import sensitivity as sensitivity
    from nasapi_attacks.specs import Attack as Attack

__version__ = "0.1.0"

_PLACES = {
    "Attack": "nasapi_attacks.specs",
    "Attacked": "nasapi_attacks.attacking",
    "Epsilon": "nasapi_attacks.epsilon",
    "Normalized": "nasapi_attacks.networks",
    "Predictions": "nasapi_networks.predictions",
    "Target": "nasapi_attacks.attacking",
    "attack": "nasapi_attacks.attacking",
    "corrupt": "nasapi_attacks.corruptions",
    "corruption_names": "nasapi_attacks.corruptions",
    "parse_attacks": "nasapi_attacks.presets",
    "sensitivity": "nasapi_attacks.sensitivities",
}


@hookimpl
def nasapi_commands(group: click.Group) -> None:
    """The verb `attack`."""
    from nasapi.cli.lazy import LazyCommand

    sentence = "Attack the network of ARCH with trained weights, and say what is left of its accuracy."
    group.add_command(LazyCommand("attack", "nasapi_attacks.command:command", sentence))


def __getattr__(name: str) -> Any:
    """The public names, each imported when it is asked for, since torch takes seconds."""
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
