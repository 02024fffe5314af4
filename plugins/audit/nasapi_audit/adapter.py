"""The adapter: what an audit asks of another package, in nasapi's names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InterfaceError
from nasapi.safety.fences import Fence
from nasapi.space import Codes, SearchSpace


class Adapter(ABC):
    """Another source of values for the architectures of a space, with its numbers as they come."""

    name: str
    """What findings call it."""
    terms: str = ""
    """How it was asked, for a person to read: "hp='12' by default"."""
    goals: Mapping[str, Literal["min", "max"]] = {}
    """Which way up it says that metrics are; empty where it does not say."""

    @abstractmethod
    def answers(self, space: SearchSpace, codes: Codes) -> Mapping[str, NDArray[np.float64]]:
        """(n,) numbers for each metric that it has, by our names; NaN where it has none. Units are its own."""

    def alternatives(self) -> Iterable[Alternative]:
        """Other ways in which it can be asked, those that depart least first; tried where nothing else explains."""
        return ()

    def listed(self, space: SearchSpace) -> Codes | None:
        """The architectures that it has, if it has not all of them; None for all."""
        return None


class Alternative(NamedTuple):
    """Another way of asking the same source."""

    kinds: tuple[str, ...]
    """What the usual way departs in, if this one agrees: "epochs", "seed"."""
    words: str
    """The other terms, "hp='200'"."""
    adapter: Adapter


def one_by_one(
    space: SearchSpace, codes: Codes, ask: Callable[[str], Mapping[str, Any]], names: Mapping[str, str], owner: str
) -> dict[str, NDArray[np.float64]]:
    """Columns from a function that answers for one architecture's string.

    `names` maps our metrics to the keys of its answers; a metric that no answer has is left out. Raises InterfaceError
    that quotes the architecture for which the other package raised or answered with something else.
    """
    columns = {name: np.full(len(codes), np.nan) for name in names}
    for row, code in enumerate(codes):
        text = space.format(code)
        with Fence() as fence:
            found = ask(text)
            for name, key in names.items():
                if found.get(key) is not None:
                    columns[name][row] = float(found[key])
        if fence.error is not None:
            raise InterfaceError(f"{owner} failed for {text!r}: {fence.reason}") from fence.error
    return {name: values for name, values in columns.items() if not np.isnan(values).all()}
