"""Two spaces that are unlike cells: a deep chain of few operations, and a short one of many."""

from __future__ import annotations

import numpy as np

from nasapi.errors import InvalidArchitecture
from nasapi.graphs import Graphs
from nasapi.space import Code, Codes, SearchSpace


class DeepChain(SearchSpace):
    """Chains of 32 operations, each one of three: more nodes than any cell of the literature."""

    id = "toy-deep"
    cardinalities: tuple[int, ...] = (3,) * 32
    operations: tuple[str, ...] = ("input", "output", "op0", "op1", "op2")
    size = 3**32

    def graphs(self, codes: Codes) -> Graphs:
        """Input, the operations in the order of the genes, output."""
        n, d = codes.shape
        ops = np.column_stack([np.zeros(n, np.int64), codes.astype(np.int64) + 2, np.ones(n, np.int64)])
        return Graphs(ops, np.repeat(np.eye(d + 2, k=1, dtype=np.bool_)[None], n, axis=0), self.operations)

    def format(self, code: Code) -> str:
        """The names of the operations with hyphens between, `op0-op2-op1`."""
        return "-".join(self.operations[2 + gene] for gene in code)

    def parse(self, text: str) -> Code:
        """The code of such a text."""
        words, known = text.split("-"), self.operations[2:]
        if len(words) != len(self.cardinalities):
            raise InvalidArchitecture(f"{text!r} has {len(words)} operations, not {len(self.cardinalities)}.")
        for place, word in enumerate(words):
            if word not in known:
                raise InvalidArchitecture(f"{word!r} at position {place} is none of {known}.")
        return np.array([known.index(word) for word in words])


class LargeAlphabet(DeepChain):
    """Chains of three operations, each one of 64."""

    id = "toy-alphabet"
    cardinalities = (64,) * 3
    operations = ("input", "output", *(f"op{number}" for number in range(64)))
    size = 64**3
