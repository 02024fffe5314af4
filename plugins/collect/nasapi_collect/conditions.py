"""What numbers depend on beside the recipe: versions, processor and device of who measured, and where they differ."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from nasapi.plugins import entries
from nasapi.running import processor
from nasapi.safety.grammar import anything, mapped, text

_PACKAGES = (
    *("nasapi", "nasapi-collect", "nasapi-networks", "nasapi-attacks", "torch", "numpy"),
    *("foolbox", "pyautoattack", "imagecorruptions-imaug"),
)
"""Beside the plugin of the space, which has its builder."""
VERSIONS = mapped(anything, text(200))
"""What stands in `versions` of a session."""
_TITLES = {"python": "Python", "model": "processor", "processor": "instructions", "device": "device"}


def conditions(space: str, device: str = "cpu") -> dict[str, Any]:
    """Those of this process, as a session of a shard has them, for networks of the space of that id."""
    import torch

    versions = {}
    for name in (*_PACKAGES, distribution_of(space)):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "device": device,
        "versions": versions,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processor": torch.backends.cpu.get_cpu_capability(),
        "model": processor(),
    }


def distribution_of(space: str) -> str:
    """The distribution that offers a space."""
    owners = (plugin.name.partition(":")[0] for entry, plugin in entries("space") if entry.id == space)
    return next(owners, f"nasapi-{space}")


def differing(sessions: Iterable[Mapping[str, Any]]) -> list[str]:
    """What differs among sessions, each as "torch 2.12.0 and 2.13.0"; what one of them did not record is left out."""
    found: dict[str, set[str]] = {}
    for session in sessions:
        plain = {title: session[name] for name, title in _TITLES.items() if name in session}
        for name, value in {**plain, **session.get("versions", {})}.items():
            found.setdefault(name, set()).add(str(value))
    return [f"{name} {' and '.join(sorted(values))}" for name, values in found.items() if len(values) > 1]
