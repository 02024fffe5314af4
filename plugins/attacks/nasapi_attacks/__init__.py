"""Attacks on real networks as a nasapi plugin: adversarial images, corruptions, confidences, sensitivities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasapi.plugins import Entry, hookimpl

if TYPE_CHECKING:
    from nasapi_attacks.attacking import Attacked as Attacked
    from nasapi_attacks.attacking import attack as attack
    from nasapi_attacks.epsilon import Epsilon as Epsilon
    from nasapi_attacks.networks import Normalized as Normalized
    from nasapi_attacks.presets import parse_attacks as parse_attacks
    from nasapi_attacks.specs import Attack as Attack

__version__ = "0.1.0"

_PLACES = {
    "Attack": "specs",
    "Attacked": "attacking",
    "Epsilon": "epsilon",
    "Normalized": "networks",
    "attack": "attacking",
    "parse_attacks": "presets",
}


@hookimpl
def nasapi_entries() -> list[Entry]:
    """Nothing that has an id: what is offered is functions and a verb."""
    return []


def __getattr__(name: str) -> Any:
    """The public names, each imported when it is asked for, since torch takes seconds."""
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(f"nasapi_attacks.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
