"""A second process with another hash seed, in which an object is made and looked at again."""

from __future__ import annotations

import functools
import os
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import joblib
import numpy as np
from joblib.externals.loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

from nasapi.testing.rules import Broken, Skipped, close

_SEED = "PYTHONHASHSEED"
Look = Mapping[str, Any]
"""What an object gives, by name: arrays, and values that can be compared."""


def seen_elsewhere(make: Callable[[], Any], look: Callable[[Any], Look]) -> Look:
    """What `look` gives in the other process for what `make` makes there.

    Raises Skipped where `make` cannot be sent, and Broken where the process ends or raises.
    """
    try:
        sent = pickle.dumps((joblib.wrap_non_picklable_objects(make, keep_wrapper=True), look))
    except Exception as error:
        raise Skipped(f"it cannot be sent to another process: {type(error).__name__}: {error}") from error
    try:
        own = {name: value for name, value in os.environ.items() if name != _SEED}
        answer: Look | str = _process().submit(_look, sent, list(sys.path), os.getcwd(), own).result()
    except BrokenProcessPool as error:
        _process.cache_clear()
        raise Broken(f"the other process ended: {str(error).partition(chr(10))[0]}") from error
    if isinstance(answer, str):
        raise Broken(f"in another process it raises {answer}")
    return answer


def first_difference(one: Look, other: Look) -> str | None:
    """The name of the first thing that differs, None where nothing does."""
    return next((name for name in one if not _same(one[name], other.get(name))), None)


def _look(sent: bytes, path: Sequence[str], folder: str, environment: Mapping[str, str]) -> Look | str:
    """Look there; an error comes back as text, for its class may not exist here.

    What was sent is unpickled here, once modules and data are found where they are found there.
    """
    sys.path[:] = path
    os.chdir(folder)
    for name in os.environ.keys() - environment.keys() - {_SEED}:
        del os.environ[name]
    os.environ.update(environment)
    try:
        make, look = pickle.loads(sent)
        return dict(look(make()))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and one.dtype.kind in "fiub":
        return isinstance(other, np.ndarray) and close(one, other)
    return bool(one == other)


@functools.cache
def _process() -> ProcessPoolExecutor:
    """One process for all checks; it ends with this one, or when it had nothing to do for a minute."""
    seed = "1" if os.environ.get(_SEED) != "1" else "2"
    return ProcessPoolExecutor(max_workers=1, timeout=60, env={_SEED: seed})
