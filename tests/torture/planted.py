"""Planted mistakes against all rules of the kit: it ends, and says that something is broken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from planted_mistakes import PLANTED

from nasapi.testing import check


def mistakes(seed: int, count: int) -> Iterator[tuple[int, int, int, str]]:
    """Check `count` of the plugins with mistakes, drawn without putting back."""
    for at in np.random.default_rng(seed).permutation(len(PLANTED))[:count]:
        rule, thing = PLANTED[at]
        try:
            failed = check(thing).failed
            fault = "" if failed else "nothing was broken"
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
        yield 1, int(not fault), int(bool(fault)), f"mistake {at}, for {rule}: {fault or 'caught'}"
