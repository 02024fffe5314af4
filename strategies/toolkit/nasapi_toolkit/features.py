"""The features of architectures: one encoder's, or several encoders' side by side on one scale."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi import Codes, Encoder, SearchSpace, load_encoder
from nasapi.errors import InvalidOption
from nasapi.plugins import Spec
from nasapi_toolkit.encoders.histograms import Histogram
from nasapi_toolkit.fitted import fitted

_SAMPLE = 1024  # architectures whose distances set the scale
_ROWS = 4096  # architectures described at once


@define(eq=False)
class Features:
    """Vectors for networks: the space's canonical codes, encoded.

    `spec` names an encoder with its options. Several are joined by plus signs: each is then scaled to a mean squared
    distance of 1 over samples of the space, so that none drowns another.
    """

    space: SearchSpace
    """Whose architectures are described."""
    spec: str
    """The encoders, with plus signs between."""
    _encoders: list[Encoder] = field(init=False)
    _scales: list[np.float32] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self._encoders = [load_encoder(name, self.space) for name in split(self.spec)]

    def prepare(self) -> None:
        """Fit the encoders that learn and came without weights to samples of the space, and find the scales."""
        self._encoders = [fitted(*pair) for pair in zip(split(self.spec), self._encoders, strict=True)]
        if len(self._encoders) == 1:
            self._scales = [np.float32(1)]
            return
        codes = self.space.canonical(self.space.sample(_SAMPLE, np.random.default_rng(0)))
        spreads = [2 * float(_flat(encoder, codes).var(axis=0).sum()) for encoder in self._encoders]
        self._scales = [np.float32(1 / np.sqrt(spread) if spread > 0 else 1) for spread in spreads]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what shape a row was: the encoder's own, or a number of features where there are several."""
        if len(self._encoders) == 1:
            return self._encoders[0].dim
        return (sum(int(np.prod(encoder.dim)) for encoder in self._encoders),)

    def of(self, networks: Codes) -> NDArray[np.float32]:
        """(n, f): the features of canonical codes, once prepared."""
        widths = [int(np.prod(encoder.dim)) for encoder in self._encoders]
        found = np.empty((len(networks), sum(widths)), np.float32)
        counters = [encoder for encoder in self._encoders if isinstance(encoder, Histogram)]
        for start in range(0, len(networks), _ROWS):
            some = networks[start : start + _ROWS]
            graphs = self.space.graphs(some) if len(counters) > 1 else None  # which all of them count in
            places = np.split(found[start : start + _ROWS], np.cumsum(widths)[:-1], axis=1)
            for place, scale, encoder in zip(places, self._scales, self._encoders, strict=True):
                if graphs is not None and isinstance(encoder, Histogram):
                    np.multiply(encoder.of(graphs), scale, out=place)
                else:
                    np.multiply(_flat(encoder, some), scale, out=place)
        return found


def split(spec: str) -> list[str]:
    """The encoders of a joined spec, `genes+functional-path`; raises InvalidOption where one has no name."""
    parts = Spec.joined(spec)
    if not all(Spec.parse(part).id for part in parts):
        raise InvalidOption(f"`encoder` is an encoder, or several with plus signs between, not {spec!r}.")
    return parts


def _flat(encoder: Encoder, codes: Codes) -> NDArray[np.float32]:
    return np.asarray(encoder.encode(codes), np.float32).reshape(len(codes), int(np.prod(encoder.dim)))
