"""Where architectures are in a latent space: a pool of networks with their places, and the nearest to a point."""

from __future__ import annotations

from collections.abc import Set

import numpy as np
from attrs import define, field
from nasapi_toolkit.fitted import fitted
from nasapi_toolkit.pools import Pool, make_pool
from nasapi_toolkit.unseen import Name
from numpy.typing import NDArray

from nasapi import Codes, Decoder, Encoder, Problem, load_encoder
from nasapi.errors import InvalidOption

Points = NDArray[np.float64]
"""(n, l): one point of the latent space a row."""

_SAMPLE = 1024  # architectures that set middle and scale
_DECODED = 512  # candidates decoded from the latent space's own distribution, where a pool does not list the space


@define(eq=False)
class Latent:
    """An encoder's latent space, moved to mean 0 and scaled, by one factor, to a mean variance of 1 over the space.

    Encoders differ in how large a space they use; a step of one length then means the same in each.
    """

    problem: Problem
    """Whose space is encoded."""
    spec: str
    """The encoder, with its options."""
    encoder: Encoder = field(init=False)
    """Without weights until `prepare` where none are shipped for the space."""
    _prepared: bool = field(init=False, default=False)
    _middle: Points = field(init=False)
    _scale: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.encoder = load_encoder(self.spec, self.problem.space)
        if len(self.encoder.dim) != 1:
            raise InvalidOption(f"`encoder` gives vectors; {self.spec!r} gives arrays of shape {self.encoder.dim}.")

    @property
    def width(self) -> int:
        """How many dimensions it has."""
        return self.encoder.dim[0]

    def prepare(self) -> None:
        """Fit an encoder that came without weights to samples of the space, and measure the space; once."""
        if self._prepared:
            return
        self.encoder = fitted(self.spec, self.encoder)
        places = self._raw(self.problem.space.sample(_SAMPLE, np.random.default_rng(0)))
        spread = float(np.sqrt(places.var(axis=0).mean()))
        self._middle, self._scale = places.mean(axis=0), spread if spread > 0 else 1.0
        self._prepared = True

    def of(self, codes: Codes) -> Points:
        """(n, l): the places of the networks that the codes name."""
        return np.asarray((self._raw(codes) - self._middle) / self._scale)

    def decode(self, points: Points, rng: np.random.Generator) -> Codes:
        """(n, d): an architecture at each point; the encoder must be a Decoder."""
        assert isinstance(self.encoder, Decoder)
        return self.encoder.decode((points * self._scale + self._middle).astype(np.float32), rng)

    def _raw(self, codes: Codes) -> Points:
        return np.asarray(self.encoder.encode(self.problem.space.canonical(codes)), np.float64)


@define(eq=False)
class Places:
    """The candidates of a search with their places; a candidate that is taken is gone.

    They are a pool's and, where that is not the whole space and the encoder is a Decoder, what it decodes from draws of
    N(0, I): architectures from all over the latent space beside the relatives of the best.
    """

    latent: Latent
    """Where the candidates are placed."""
    pool: str
    """Where candidates come from: a pool of nasapi-toolkit; one that is fixed is placed once."""
    _pool: Pool = field(init=False)
    _codes: Codes | None = field(init=False, default=None)
    _names: list[Name] = field(init=False, factory=list)
    _points: Points = field(init=False)
    _squares: Points = field(init=False)
    """(m,): squared lengths of the points, infinite for what is gone."""

    def __attrs_post_init__(self) -> None:
        self._pool = make_pool(self.pool, self.latent.problem)

    def renew(self, ranked: Codes, taken: Set[Name], rng: np.random.Generator) -> None:
        """Gather candidates, given what succeeded, the best first, and the networks that were asked for."""
        self.latent.prepare()
        if self._codes is None or not self._pool.fixed:
            codes = self._pool.candidates(ranked, rng)
            if not self._pool.fixed and isinstance(self.latent.encoder, Decoder):
                points = rng.standard_normal((_DECODED, self.latent.width))
                codes = np.concatenate([codes, self.latent.decode(points, rng)])
            networks = self.latent.problem.space.canonical(codes)
            first = np.sort(np.unique(networks, axis=0, return_index=True)[1])
            self._codes, self._names = codes[first], list(map(tuple, networks[first].tolist()))
            self._points = self.latent.of(networks[first])
            self._squares = (self._points**2).sum(axis=1)
        gone = np.array([name in taken for name in self._names], np.bool_)
        self._squares[gone] = np.inf

    def nearest(self, point: Points) -> tuple[Codes, Points] | None:
        """The code (d,) and the place (l,) of the candidate nearest to `point` (l,), which is then gone.

        None where no candidate is left.
        """
        assert self._codes is not None
        row = int(np.argmin(self._squares - 2 * self._points @ point))
        if not np.isfinite(self._squares[row]):
            return None
        self._squares[row] = np.inf
        return self._codes[row], self._points[row]
