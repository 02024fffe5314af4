"""Adam on one vector of parameters, for networks so small that a library's overhead would be most of the work."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

Flat = NDArray[np.float32]
"""(p,): every parameter of a network, of which its weights and biases are views."""


@define(eq=False)
class Adam:
    """Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015, in the form at the end of section 2.

    There epsilon is added to the root before its correction, as in Keras; in algorithm 1, and torch, after it.
    """

    values: Flat
    """What is moved, in place."""
    rate: float = field(kw_only=True)
    """Length of a step, before the moments scale it."""
    moments: tuple[float, float] = field(default=(0.9, 0.999), kw_only=True)
    """Decay of the slope's and of its square's moving average, from 0 to below 1."""
    epsilon: float = field(default=1e-8, kw_only=True)
    """Added to the root of the squares' average, against division by 0."""
    _first: Flat = field(init=False)
    _second: Flat = field(init=False)
    _steps: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._first, self._second = np.zeros_like(self.values), np.zeros_like(self.values)

    def step(self, slope: Flat) -> None:
        """Move `values` against the slope (p,)."""
        a, b = self.moments
        self._steps += 1
        self._first *= a
        self._first += (1 - a) * slope
        self._second *= b
        self._second += (1 - b) * slope * slope
        size = self.rate * np.sqrt(1 - b**self._steps) / (1 - a**self._steps)
        self.values -= np.float32(size) * self._first / (np.sqrt(self._second) + np.float32(self.epsilon))
