"""Whether somebody touches the process's global random generators."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from nasapi.testing.rules import Broken


def demand_untouched(action: Callable[[], object], *, warm: bool = False) -> None:
    """Raise Broken with the name of the generator whose global state `action` changed.

    The generators are moved on before `action`, so that seeding them with a constant is seen too, and have their old
    states afterwards. Unless `warm`, `action` is done once before: what is imported for the first time may seed itself.
    """
    if not warm:
        action()
    if touched := touched_by(action):
        raise Broken(f"the global state of {touched} changed; draw from the `rng` that is given")


def touched_by(action: Callable[[], object]) -> str | None:
    """The name of the generator whose global state `action` changes, None for none; all have their old states then."""
    saved = _states()
    try:
        random.random()
        np.random.random()  # noqa: NPY002
        if "torch" in sys.modules:
            sys.modules["torch"].rand(1)
        before = {name: _plain(state) for name, state in _states().items()}
        action()
        after = {name: _plain(state) for name, state in _states().items()}
    finally:
        _restore(saved)
    return next((name for name, state in before.items() if after[name] != state), None)


def _states() -> dict[str, Any]:
    """The states of `random`, `np.random` and, if it is imported, torch."""
    states = {"random": random.getstate(), "np.random": np.random.get_state(legacy=True)}  # noqa: NPY002
    if "torch" in sys.modules:
        states["torch"] = sys.modules["torch"].get_rng_state()
    return states


def _plain(state: Any) -> object:
    """A state in a form that can be compared."""
    if isinstance(state, tuple):
        return tuple(_plain(part) for part in state)
    return tuple(state.tolist()) if hasattr(state, "tolist") else state


def _restore(states: dict[str, Any]) -> None:
    random.setstate(states["random"])
    np.random.set_state(states["np.random"])  # noqa: NPY002
    if "torch" in states:
        sys.modules["torch"].set_rng_state(states["torch"])
