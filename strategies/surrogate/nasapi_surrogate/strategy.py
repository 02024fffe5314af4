"""Search by surrogate: fit a model to the observations, evaluate the candidates of the best acquisition, and again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define, field
from nasapi_toolkit.acquisition import ACQUISITIONS, DECIMALS, acquisition_values
from nasapi_toolkit.features import Features
from nasapi_toolkit.models.model import Model, make_model
from nasapi_toolkit.pools import Pool, make_pool
from nasapi_toolkit.rounds import RoundSearch
from nasapi_toolkit.targets import TARGETS
from numpy.typing import NDArray

from nasapi import Codes, Trial
from nasapi import options as option
from nasapi.errors import InvalidOption


@define(eq=False)
class _Candidates:
    """Codes with the networks they are, each network once, and its features."""

    codes: Codes
    rows: dict[bytes, int]
    """Which row each network is in, by the key of its canonical code."""
    features: NDArray[np.float32]
    free: NDArray[np.bool_]
    """(n,): which networks were not asked for."""
    _taken: int = field(init=False, default=0)
    """How many of those asked for are known here."""

    def take(self, asked: Sequence[bytes]) -> None:
        """Note all networks that were asked for, which are those of the last time and some more."""
        rows = map(self.rows.get, asked[self._taken :])
        self.free[[row for row in rows if row is not None]] = False
        self._taken = len(asked)


@define(eq=False)
class SurrogateSearch(RoundSearch):
    """Rounds of model-based search: encoder x model x acquisition x pool.

    Failures are told to the model as the worst results.
    """

    encoder: str = option.spec(
        "path", "The features of the canonical codes: an encoder's id, or several joined by plus signs."
    )
    model: str = option.spec("gp", "What learns them: a name in `MODELS`, with options in brackets.")
    acquisition: str = option.choice(
        "ei", "How a candidate is valued by what the model predicts of it.", among=ACQUISITIONS
    )
    pool: str = option.spec(
        "auto", 'Where candidates come from: a name in `POOLS`, with options in brackets, or "auto".'
    )
    targets: str = option.choice(
        "ranks", 'What of the results is learned: "ranks" as normal scores, or standardised "values".', among=TARGETS
    )
    kappa: float = option.number(0.5, 'How many spreads "ucb" adds.', least=0)
    shortlist: int | None = option.count(
        None, "Draw the round uniformly from so many of the best acquisition values; None takes the best."
    )
    _model: Model = field(init=False)
    _pool: Pool = field(init=False)
    _features: Features = field(init=False)
    _encoded: NDArray[np.float32] | None = field(init=False, default=None)
    """(at most N, f): features of the first of the observations."""
    _asked: list[bytes] = field(init=False, factory=list)
    """The networks that were asked for, by the keys of their canonical codes."""
    _listed: _Candidates | None = field(init=False, default=None)
    """The candidates of a fixed pool."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._model = make_model(self.model)
        if self.acquisition == "ts" and not self._model.joint:
            raise InvalidOption(f"Model {self.model!r} cannot draw whole functions, which 'ts' needs; use 'its'.")
        if self.acquisition in ("ei", "pi") and not self._model.has_unit:
            raise InvalidOption(
                f"Model {self.model!r} predicts an order without unit, which {self.acquisition!r} cannot compare with "
                "the best result; use 'mean', 'ucb' or 'its'."
            )
        if self.shortlist is not None and self.shortlist < self.round:
            raise InvalidOption(f"`shortlist` is at least `round`, {self.round}, not {self.shortlist}.")
        self._pool = make_pool(self.pool, self.problem)
        self._features = Features(self.problem.space, self.encoder)
        self._model.expect(self._features.shape)

    def _trials(self, codes: Codes) -> list[Trial]:
        self._asked += _keys(self.problem.space.canonical(codes))
        return super()._trials(codes)

    def _proposed(self, ranked: Codes) -> Codes:
        """Those of the pool with the best acquisition values; none where it has nothing new."""
        candidates = self._candidates(ranked)
        candidates.take(self._asked)
        return candidates.codes[self._chosen(candidates)] if candidates.free.any() else ranked[:0]

    def _chosen(self, candidates: _Candidates) -> NDArray[np.int64]:
        """The rows of at most a round of the free candidates, the best acquisition value first."""
        targets = self._observations.scores(self.targets)
        self._model.fit(self._learned(), targets, self.rng)
        value = acquisition_values(
            self.acquisition, self._model, candidates.features, float(targets.min()), self.kappa, self.rng
        )
        value = np.where(candidates.free, value.round(DECIMALS), -np.inf)
        best = _largest(value, min(self.shortlist or self.round, int(candidates.free.sum())))
        return best if self.shortlist is None else self.rng.permutation(best)[: self.round]

    def _candidates(self, ranked: Codes) -> _Candidates:
        """What the pool has; of a fixed one always the same object, so that models need not begin anew."""
        if self._encoded is None:
            self._features.prepare()
        if self._listed is not None:
            return self._listed
        found = self._described(self._pool.candidates(ranked, self.rng))
        if self._pool.fixed:
            self._listed = found
        return found

    def _learned(self) -> NDArray[np.float32]:
        """(N, f): the features of the observations; each result is encoded once."""
        done = 0 if self._encoded is None else len(self._encoded)
        if done < len(self._observations):
            new = self._features.of(self.problem.space.canonical(self._observations.codes[done:]))
            self._encoded = new if self._encoded is None else np.concatenate([self._encoded, new])
        assert self._encoded is not None
        return self._encoded

    def _described(self, codes: Codes) -> _Candidates:
        """The first code of each network with the network's features.

        They are computed each time: most of a pool is new, and to look the rest up takes longer than to compute it.
        """
        networks = self.problem.space.canonical(codes)
        first: dict[bytes, int] = {}
        for row, name in enumerate(_keys(networks)):
            first.setdefault(name, row)
        rows = list(first.values())
        numbered = dict(zip(first, range(len(rows)), strict=True))
        return _Candidates(codes[rows], numbered, self._features.of(networks[rows]), np.ones(len(rows), bool))


def _keys(networks: Codes) -> list[bytes]:
    """(n,): a key for each row, equal where all of its genes are."""
    rows = np.ascontiguousarray(networks, np.int64)
    found: list[bytes] = rows.view(f"V{rows.shape[1] * rows.itemsize}").ravel().tolist()
    return found


def _largest(values: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """(n,): where the n largest values are, the largest first, equals by row whatever the processor."""
    least = np.partition(values, len(values) - n)[len(values) - n]
    rows = np.flatnonzero(values >= least)
    return rows[np.argsort(-values[rows], kind="stable")[:n]]
