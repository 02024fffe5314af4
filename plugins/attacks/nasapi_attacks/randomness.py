"""Random numbers of libraries that draw from global generators: seeded for a while, and put back as they were."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from random import getstate, setstate
from random import seed as seed_python

import numpy.random as numpy_random
import torch

from nasapi.errors import InvalidOption


@contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seed the global generators of torch, numpy and Python within the block; afterwards they go on as if nothing was.

    A tracing function, which pyautoattack removes, is put back as well. `seed` is a whole number from 0 below 2**63.
    """
    seed = require_seed(seed)
    cuda = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    python, numbers, trace = getstate(), numpy_random.get_state(), sys.gettrace()  # noqa: NPY002
    with torch.random.fork_rng(devices=cuda):
        try:
            torch.manual_seed(seed)
            numpy_random.seed(seed % 2**32)  # noqa: NPY002
            seed_python(seed)
            yield
        finally:
            setstate(python)
            numpy_random.set_state(numbers)  # noqa: NPY002
            sys.settrace(trace)


def require_seed(seed: object) -> int:
    """The seed as a whole number; raises InvalidOption for what is none."""
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= seed.__index__() < 2**63:
        raise InvalidOption(f"A seed is a whole number from 0 below 2**63, not {seed!r:.80}.")
    return int(seed.__index__())
