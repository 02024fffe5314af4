"""The encoder: architectures as the feature vectors that surrogates learn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nasapi.argument_checks import ChecksArguments, array_of, require_generator
from nasapi.errors import InvalidArchitecture
from nasapi.options import document
from nasapi.space import Codes, SearchSpace

Features = NDArray[Any]
"""(n, *dim): one row an architecture."""


def _finite(decoder: Any, features: Any) -> Features:
    """The features, if they are finite numbers, (n, *dim) where the decoder has a `dim`."""
    shape = ", ".join(["n", *map(str, getattr(decoder, "dim", ("…",)))])
    array = array_of(features, f"Features are finite numbers of shape ({shape})")
    fits = array.ndim > 0 and array.shape[1:] == tuple(getattr(decoder, "dim", array.shape[1:]))
    if not fits or array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise InvalidArchitecture(
            f"Features are finite numbers of shape ({shape}), not {array.dtype} of shape {array.shape}"
            f"{' with some that are not finite' if fits and array.dtype.kind == 'f' else ''}."
        )
    return array


class Encoder(ChecksArguments, ABC):
    """Features of the architectures of one space. One method is abstract.

    An encoder can be pickled, and gives the same features afterwards. No method of an encoder touches the global random
    state. Codes that are no codes of the space raise InvalidArchitecture, whoever wrote `encode`. Another process gives
    the same features. Spaces of many genes, and of many values a gene, are encoded too, or refused by InvalidOption.
    """

    space: SearchSpace
    dim: tuple[int, ...]
    """The shape of one architecture's features."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        document(cls)

    def __repr__(self) -> str:
        return f"<encoder {type(self).__name__} of {self.space.id}>"

    @abstractmethod
    def encode(self, codes: Codes) -> Features:
        """(n, *dim): row i depends on `codes[i]` alone, whatever else is in the batch.

        Features are finite numbers. The codes are not changed. What `encode` gives is the caller's own: writing into it
        changes nothing else. The same codes always have the same features, whatever was encoded in between. Not all
        architectures have the same features. Codes of any integer type are taken.
        """

    _checks = {"codes": lambda self, codes: self.space.admitted(codes), "rng": require_generator}


class LearnedEncoder(Encoder, checked=True):
    """An encoder with weights that are fitted to architectures, without their values.

    Before `fit`, one that came without weights raises NotAvailable from `encode`.
    """

    @abstractmethod
    def fit(self, codes: Codes, rng: np.random.Generator) -> Self:
        """Learn from `codes` and give the encoder itself; the same rng state gives the same encoder."""


class Decoder(ChecksArguments, ABC):
    """What a generative encoder adds: features back to architectures."""

    @abstractmethod
    def decode(self, features: Features, rng: np.random.Generator) -> Codes:
        """(n, d): a valid code for each row of `features`, drawn from the decoder's distribution given that row.

        The same features and the same rng state give the same codes.
        """

    _checks = {"features": _finite, "rng": require_generator}
