"""The state of the process's global random generators, to tell whether somebody touched it."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable

import numpy as np

from nasapi.testing.rules import Broken


def global_states() -> dict[str, object]:
    """The states of `random`, `np.random` and, if it is imported, torch, in a form that can be compared."""
    name, words, position, *rest = np.random.get_state(legacy=True)  # noqa: NPY002
    states: dict[str, object] = {
        "random": random.getstate(),
        "np.random": (name, np.asarray(words).tobytes(), position, *rest),
    }
    torch = sys.modules.get("torch")
    if torch is not None:
        states["torch"] = bytes(torch.get_rng_state().tolist())
    return states


def demand_untouched(action: Callable[[], object]) -> None:
    """Raise Broken with the name of the generator whose global state `action` changed."""
    action()  # what is imported for the first time may seed itself
    before = global_states()
    action()
    after = global_states()
    for name, state in before.items():
        if after[name] != state:
            raise Broken(f"the global state of {name} changed; draw from the `rng` that is given")
