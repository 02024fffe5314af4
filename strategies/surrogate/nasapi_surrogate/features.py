"""The features of architectures: one encoder's, or several encoders' side by side on one scale."""

from __future__ import annotations

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from nasapi import Codes, Encoder, LearnedEncoder, SearchSpace, load_encoder
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.specs import parse_spec

_SAMPLE = 1024  # architectures whose distances set the scale
_LEARNED = 5_000  # samples on which an encoder without weights is fitted


@define(eq=False)
class Features:
    """Vectors for networks: the space's canonical codes, encoded.

    `spec` names an encoder with its options. Several are joined by plus signs: each is then scaled to a mean squared
    distance of 1 over samples of the space, so that none drowns another.
    """

    space: SearchSpace
    spec: str
    _blocks: list[tuple[Encoder, np.float32]] = field(init=False, factory=list)

    def prepare(self, rng: np.random.Generator) -> None:
        """Load the encoders; those that learn and came without weights are fitted to samples of the space."""
        names = split(self.spec)
        encoders = [ready(name, self.space, rng) for name in names]
        if len(encoders) == 1:
            self._blocks = [(encoders[0], np.float32(1))]
            return
        codes = self.space.canonical(self.space.sample(_SAMPLE, np.random.default_rng(0)))
        for encoder in encoders:
            spread = 2 * float(_flat(encoder, codes).var(axis=0).sum())
            self._blocks.append((encoder, np.float32(1 / np.sqrt(spread) if spread > 0 else 1)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what shape a row was: the encoder's own, or a number of features where there are several."""
        if len(self._blocks) == 1:
            return self._blocks[0][0].dim
        return (sum(int(np.prod(encoder.dim)) for encoder, _ in self._blocks),)

    def of(self, networks: Codes) -> NDArray[np.float32]:
        """(n, f): the features of canonical codes."""
        return np.concatenate([scale * _flat(encoder, networks) for encoder, scale in self._blocks], axis=1)


def ready(spec: str, space: SearchSpace, rng: np.random.Generator) -> Encoder:
    """The encoder of that spec, fitted to samples of the space where it learns and came without weights."""
    encoder = load_encoder(spec, space)
    if isinstance(encoder, LearnedEncoder):
        try:
            encoder.encode(space.sample(1, np.random.default_rng(0)))
        except NotAvailable:
            encoder.fit(space.sample(_LEARNED, rng), rng)
    return encoder


def split(spec: str) -> list[str]:
    """The encoders of a joined spec, `genes+functional-path`; raises InvalidOption where one has no name."""
    parts, depth = [""], 0
    for character in spec:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "+" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    if not all(parse_spec(part)[0] for part in parts):
        raise InvalidOption(f"`encoder` is an encoder, or several with plus signs between, not {spec!r}.")
    return parts


def _flat(encoder: Encoder, codes: Codes) -> NDArray[np.float32]:
    return np.asarray(encoder.encode(codes), np.float32).reshape(len(codes), int(np.prod(encoder.dim)))
