"""Which architectures a strategy has not asked for yet, and uniform draws from those."""

from __future__ import annotations

from typing import Literal

import numpy as np
from attrs import define, field

from nasapi import Codes, SearchSpace

Name = tuple[int, ...]
"""One code as a key."""
IDENTITIES: tuple[Literal["code", "network"], ...] = ("code", "network")
"""What may be asked for at most once."""
Distinct = Literal["code", "network"] | None
"""What is asked for at most once: a code, a network whatever its code, or (None) nothing in particular."""

_ROUNDS = 64  # draws, the later ones of 256 rows, before the rest of the space is looked for systematically
_LISTED = 2**20  # the largest space that is then listed


@define(eq=False)
class Unseen:
    """The part of a space that has not been taken yet."""

    space: SearchSpace
    distinct: Distinct = "code"
    taken: set[Name] = field(factory=set, init=False)
    """The codes, or the canonical codes of the networks, that are not drawn again."""

    @property
    def exhausted(self) -> bool:
        """Whether all that the space counts has been taken; False where nobody has counted it."""
        counted = self.space.size if self.distinct == "code" else self.space.identities.get(self.distinct or "")
        return len(self.taken) == counted

    def take(self, codes: Codes, n: int) -> Codes:
        """(m, d): the first `n` rows, or as many as there are, that were not taken before; they are taken now."""
        if self.distinct is None:
            return codes[:n]
        rows: list[int] = []
        for row, name in enumerate(map(tuple, self.names(codes).tolist())):
            if len(rows) == n:
                break
            if name not in self.taken:
                self.taken.add(name)
                rows.append(row)
        return codes[rows]

    def new(self, codes: Codes) -> Codes:
        """(m, d): of the rows that were not taken before, the first of each code or network; none is taken yet."""
        names = self.names(codes)
        first = np.sort(np.unique(names, axis=0, return_index=True)[1])
        free = [name not in self.taken for name in map(tuple, names[first].tolist())]
        return codes[first[np.array(free, np.bool_)]]

    def names(self, codes: Codes) -> Codes:
        """(n, d): by what each row counts as taken: the network's one code for "network", else the code itself."""
        return self.space.canonical(codes) if self.distinct == "network" else codes

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """(m, d): `n` uniform draws from what was not taken before; fewer where less is left."""
        found = self.take(self.space.sample(n, rng), n)
        for _ in range(_ROUNDS):
            if len(found) == n or self.exhausted:
                return found
            found = self._joined(found, self.space.sample(256, rng), n)
        if self.space.size is not None and self.space.size <= _LISTED:
            found = self._joined(found, rng.permutation(np.concatenate(list(self.space.enumerate()))), n)
        return found

    def _joined(self, found: Codes, codes: Codes, n: int) -> Codes:
        return np.concatenate([found, self.take(codes, n - len(found))])
