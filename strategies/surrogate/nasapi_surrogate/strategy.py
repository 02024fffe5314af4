"""Search by surrogate: fit a model to the observations, evaluate the candidates of the best acquisition, and again."""

from __future__ import annotations

import numpy as np
from attrs import define, field, frozen
from nasapi_toolkit.acquisition import ACQUISITIONS, DECIMALS, acquisition_values
from nasapi_toolkit.features import Features
from nasapi_toolkit.models.model import Model, make_model
from nasapi_toolkit.pools import Pool, make_pool
from nasapi_toolkit.rounds import RoundSearch
from nasapi_toolkit.targets import TARGETS
from nasapi_toolkit.unseen import Name
from numpy.typing import NDArray

from nasapi import Codes
from nasapi import options as option
from nasapi.errors import InvalidOption


@frozen(eq=False)
class _Candidates:
    """Codes with the networks they are, each network once, and its features."""

    codes: Codes
    rows: dict[Name, int]
    """Which row each network is in, by its canonical code."""
    features: NDArray[np.float32]

    def free(self, taken: set[Name]) -> NDArray[np.bool_]:
        """(n,): which networks are not among those taken."""
        free = np.ones(len(self.codes), np.bool_)
        free[[row for row in map(self.rows.get, taken) if row is not None]] = False
        return free


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

    def _proposed(self, ranked: Codes) -> Codes:
        """Those of the pool with the best acquisition values; none where it has nothing new."""
        candidates = self._candidates(ranked)
        free = candidates.free(self._unseen.taken)
        return candidates.codes[self._chosen(candidates.features, free)] if free.any() else ranked[:0]

    def _chosen(self, candidates: NDArray[np.float32], free: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The rows of at most a round of the free candidates, the best acquisition value first."""
        targets = self._observations.scores(self.targets)
        self._model.fit(self._learned(), targets, self.rng)
        value = acquisition_values(
            self.acquisition, self._model, candidates, float(targets.min()), self.kappa, self.rng
        )
        value = np.where(free, value.round(DECIMALS), -np.inf)
        n = min(self.shortlist or self.round, int(free.sum()))
        best = np.argsort(-value, kind="stable")[:n]  # an unstable sort's choice among equals depends on the processor
        return best if self.shortlist is None else self.rng.permutation(best)[: self.round]

    def _candidates(self, ranked: Codes) -> _Candidates:
        """What the pool has; of a fixed one always the same object, so that models need not begin anew."""
        if self._encoded is None:
            self._features.prepare()
        if self._listed is not None:
            return self._listed
        made = self._described(self._pool.candidates(ranked, self.rng))
        if self._pool.fixed:
            self._listed = made
        return made

    def _described(self, codes: Codes) -> _Candidates:
        """The first code of each network, with the network's features."""
        networks, first = np.unique(self.problem.space.canonical(codes), axis=0, return_index=True)
        order = np.argsort(first)
        networks, first = networks[order], first[order]
        rows = {name: row for row, name in enumerate(map(tuple, networks.tolist()))}
        return _Candidates(codes[first], rows, self._features.of(networks))

    def _learned(self) -> NDArray[np.float32]:
        """(N, f): the features of the observations; each result is encoded once."""
        done = 0 if self._encoded is None else len(self._encoded)
        if done < len(self._observations):
            new = self._features.of(self.problem.space.canonical(self._observations.codes[done:]))
            self._encoded = new if self._encoded is None else np.concatenate([self._encoded, new])
        assert self._encoded is not None
        return self._encoded
