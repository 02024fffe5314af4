"""The encoder: architectures as the feature vectors that surrogates learn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nasapi.options import document
from nasapi.space import Codes, SearchSpace

Features = NDArray[Any]
"""(n, *dim): one row an architecture."""


class Encoder(ABC):
    """Features of the architectures of one space. One method is abstract.

    An encoder can be pickled, and gives the same features afterwards. No method of an encoder touches the global random
    state.
    """

    space: SearchSpace
    dim: tuple[int, ...]
    """The shape of one architecture's features."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        document(cls)

    @abstractmethod
    def encode(self, codes: Codes) -> Features:
        """(n, *dim): row i depends on `codes[i]` alone, whatever else is in the batch.

        Features are finite numbers. The codes are not changed.
        """


class LearnedEncoder(Encoder):
    """An encoder with weights that are fitted to architectures, without their values.

    Before `fit`, one that came without weights raises NotAvailable from `encode`.
    """

    @abstractmethod
    def fit(self, codes: Codes, rng: np.random.Generator) -> Self:
        """Learn from `codes` and give the encoder itself; the same rng state gives the same encoder."""


class Decoder(ABC):
    """What a generative encoder adds: features back to architectures."""

    @abstractmethod
    def decode(self, features: Features, rng: np.random.Generator) -> Codes:
        """(n, d): a valid code for each row of `features`, drawn from what the decoder thinks of that row.

        The same features and the same rng state give the same codes.
        """
