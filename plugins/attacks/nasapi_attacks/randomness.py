"""Random numbers of libraries that draw from global generators: seeded for a while, and put back as they were."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from random import getstate, setstate
from random import seed as seed_python

import numpy.random as numpy_random
import torch

from nasapi.networks import require_seed


@contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seed the global generators of torch, numpy and Python within the block; afterwards they go on as if nothing was.

    A tracing function, which pyautoattack removes, is put back as well. `seed` is a whole number from 0 to `MOST_SEED`.
    """
    seed = require_seed(seed)
    cuda = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    python, numbers, trace = getstate(), numpy_random.get_state(), sys.gettrace()  # noqa: NPY002
    with torch.random.fork_rng(devices=cuda):
        try:
            torch.manual_seed(seed)
            numpy_random.seed(seed)  # noqa: NPY002
            seed_python(seed)
            yield
        finally:
            setstate(python)
            numpy_random.set_state(numbers)  # noqa: NPY002
            sys.settrace(trace)
