"""What rules of spaces and encoders are tested on: objects with the codes, features and draws that tests share."""

from __future__ import annotations

import copy
import functools
import math
import time
from collections.abc import Callable

import numpy as np

from nasapi.encoder import Encoder, LearnedEncoder
from nasapi.space import Codes, SearchSpace
from nasapi.testing.randomness import touched_by
from nasapi.testing.rules import Broken, Skipped

ROWS = 48
"""How many codes a rule sees at most."""
RELATED = 40
"""How many neighbours of a code are looked at to find two codes of one network."""
TIMED = 4
"""Codes that are evaluated to see how long others would take."""
PATIENCE = 5.0
"""Up to how many seconds evaluating all codes of a space, or fitting an encoder once more, may take."""
LISTED = 200_000
"""Up to how many codes a space is counted."""


def stream(number: int = 0) -> np.random.Generator:
    """A fresh generator; the same number gives the same draws."""
    return np.random.default_rng([2024, number])


class SpaceCase:
    """A space with valid codes of it, small ones first."""

    def __init__(self, space: SearchSpace):
        self.space = space
        self.makes: tuple[Callable[[], SpaceCase], ...] = ()
        """Make the case anew, here or in another process; the first of this object, others of what its class makes."""
        self.d = len(space.cardinalities)

    @property
    def codes(self) -> Codes:
        """(n, d): up to ROWS distinct valid codes, a copy each time."""
        return self._codes.copy()

    @property
    def few(self) -> Codes:
        """(n, d): at most eight of the codes."""
        return self.codes[:: max(len(self._codes) // 8, 1)][:8]

    @functools.cached_property
    def _codes(self) -> Codes:
        """Drawn by the space itself, but kept only where it calls them valid, so that rules fail one at a time."""
        for sample in (self.space.sample, functools.partial(SearchSpace.sample, self.space)):
            drawn = np.asarray(sample(64, stream()))
            if drawn.ndim == 2 and drawn.shape[1] == self.d and drawn.dtype.kind in "iu":
                kept = np.unique(drawn[self.space.valid(drawn)], axis=0)
                if len(kept):
                    some = kept[stream(1).permutation(len(kept))[:ROWS]]
                    return np.asarray(some[np.lexsort((*some.T[::-1], some.sum(axis=1)))])
        raise Broken(f"{self.space.id} gave no valid code to test with")

    @functools.cached_property
    def fresh(self) -> Codes:
        """(m, d): a few valid codes beside `codes`, or of them where there are no others."""
        drawn = np.asarray(self.space.sample(64, stream(41)))
        seen = set(map(tuple, self._codes.tolist()))
        others = [code for code in drawn[self.space.valid(drawn)] if tuple(code.tolist()) not in seen]
        return np.array(others[:TIMED]) if others else self.codes[:TIMED]

    @property
    def candidates(self) -> int:
        """How many codes there are to list, or to look through."""
        return math.prod(self.space.cardinalities) if self.space.size is None else self.space.size

    @property
    def countable(self) -> bool:
        """Whether the space is small enough to count."""
        return self.candidates <= LISTED

    @functools.cached_property
    def listed(self) -> Codes:
        """(n, d): the codes that `enumerate` gives, for spaces small enough to count."""
        if not self.countable:
            raise Skipped(f"{self.candidates:,} codes are too many to count")
        return np.concatenate([np.empty((0, self.d), np.int64), *self.space.enumerate()])

    @functools.cached_property
    def related(self) -> Codes:
        """(n, d): the codes, and all neighbours of a few of them: many of one network, where there are such."""
        around = [self.codes, *(self.space.neighbors(code.copy())[:RELATED] for code in self.few)]
        return np.unique(np.concatenate(around), axis=0)

    def outside(self) -> Codes:
        """(1, d): a valid code with its last gene moved just out of range."""
        code = self.codes[:1].astype(np.int64)
        code[0, -1] = self.space.cardinalities[-1]
        return code


class EncoderCase:
    """An encoder, fitted if it learns, with codes of its space."""

    def __init__(self, encoder: Encoder, make: Callable[[SearchSpace], Encoder] | None = None):
        self.made = encoder
        self.make = make
        """Makes the encoder of another space."""
        self.makes: tuple[Callable[[], EncoderCase], ...] = ()
        self.space_case = SpaceCase(encoder.space)

    @property
    def codes(self) -> Codes:
        """(n, d): valid codes, a copy each time."""
        return self.space_case.codes

    def fitted(self) -> tuple[Encoder, Encoder]:
        """A copy of the encoder and what its `fit` gave, always from the same state; itself where it does not learn."""
        encoder = copy.deepcopy(self.made)
        return encoder, encoder.fit(self.codes, stream()) if isinstance(encoder, LearnedEncoder) else encoder

    @functools.cached_property
    def encoder(self) -> Encoder:
        """The encoder that most rules test; fitting may take minutes, so they share it."""
        start = time.process_time()
        encoder = self.fitted()[0]
        self._seconds = time.process_time() - start
        return encoder

    @functools.cached_property
    def patient(self) -> bool:
        """Whether fitting the encoder is quick enough to be done a few times more."""
        assert self.encoder is not None
        return self._seconds < PATIENCE

    @property
    def again(self) -> tuple[Encoder, Encoder]:
        """A second one, with what its `fit` gave."""
        return self._second[0]

    @property
    def touched(self) -> str | None:
        """The global generator that fitting the second one changed, None for none."""
        return self._second[1]

    @functools.cached_property
    def _second(self) -> tuple[tuple[Encoder, Encoder], str | None]:
        """One watched fit for all rules that need another; the first came before, as first imports may seed."""
        assert self.encoder is not None
        fits: list[tuple[Encoder, Encoder]] = []
        touched = touched_by(lambda: fits.append(self.fitted()))
        return fits[0], touched
