"""Named weights in one vector, so that an optimiser takes one step for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Shapes = Mapping[str, tuple[int, ...]]


class Parameters(Mapping[str, Array]):
    """Arrays by name, all of them parts of the vector `flat`: what is written into one is written into the vector."""

    def __init__(self, shapes: Shapes, flat: Array):
        """The parts of `flat`, one after another in the order of `shapes`."""
        self.shapes, self.flat = shapes, flat
        self._parts, start = {}, 0
        for name, shape in shapes.items():
            end = start + int(np.prod(shape))
            self._parts[name] = flat[start:end].reshape(shape)
            start = end

    @classmethod
    def zeros(cls, shapes: Shapes) -> Parameters:
        """All zero."""
        return cls(shapes, np.zeros(count(shapes), np.float32))

    @classmethod
    def fresh(cls, shapes: Shapes, inputs: Mapping[str, int], rng: np.random.Generator) -> Parameters:
        """Drawn uniformly from +-1/sqrt(n), n being how many `inputs` a weight is initialised for, as torch does."""
        drawn = cls.zeros(shapes)
        for name, part in drawn.items():
            bound = inputs[name] ** -0.5
            part[...] = rng.uniform(-bound, bound, part.shape)
        return drawn

    def __getitem__(self, name: str) -> Array:
        return self._parts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def copy(self) -> Parameters:
        """The same numbers in a vector of their own."""
        return Parameters(self.shapes, self.flat.copy())


def count(shapes: Shapes) -> int:
    """How many numbers there are."""
    return sum(int(np.prod(shape)) for shape in shapes.values())


def linear(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    """The shapes of a linear map's weight and bias."""
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


class Adam:
    """Kingma & Ba, "Adam", ICLR 2015, algorithm 1, with decay added to the gradient."""

    def __init__(self, size: int, rate: float, betas: tuple[float, float], decay: float = 0.0):
        """For a vector of `size` numbers."""
        self._rate, self._betas, self._decay, self._steps = rate, betas, decay, 0
        self._mean, self._square = np.zeros((2, size), np.float32)

    def step(self, flat: Array, gradient: Array) -> None:
        """Move `flat` against the gradient, in place."""
        first, second = self._betas
        if self._decay:
            gradient = gradient + np.float32(self._decay) * flat
        self._steps += 1
        self._mean *= first
        self._mean += np.float32(1 - first) * gradient
        self._square *= second
        self._square += np.float32(1 - second) * gradient * gradient
        scale = np.sqrt(self._square)
        scale *= np.float32((1 - second**self._steps) ** -0.5)
        scale += np.float32(1e-8)
        flat -= np.float32(self._rate / (1 - first**self._steps)) * self._mean / scale
