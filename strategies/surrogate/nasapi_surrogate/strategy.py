"""Search by surrogate: fit a model to what is known, score candidates, evaluate the most wanted, and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from attrs import define, field, frozen
from nasapi_baselines.options import at_least_one
from nasapi_baselines.unseen import Name, Unseen
from numpy.typing import NDArray

from nasapi import Codes, Result, Strategy, Trial
from nasapi.errors import InvalidOption
from nasapi_surrogate.acquisition import ACQUISITIONS, wanted
from nasapi_surrogate.features import Features, split
from nasapi_surrogate.models import Model, make_model
from nasapi_surrogate.pools import MutationPool, Pool, make_pool
from nasapi_surrogate.targets import TARGETS, scores


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
class SurrogateSearch(Strategy):
    """Rounds of model-based search: encoder x model x acquisition x pool.

    A network is asked for once, whatever code names it. Where a pool has too little that is new, mutants of the best
    stand in, then uniform draws; the run ends when every network was asked for. Failures are told to the model as the
    worst results; until something succeeds, draws are uniform.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"constraints"})

    encoder: str = field(default="path", kw_only=True)
    """The features of the canonical codes: an encoder's id, or several joined by plus signs."""
    model: str = field(default="gp", kw_only=True)
    """What learns them: a name in `MODELS`, with options in brackets."""
    acquisition: str = field(default="ei", kw_only=True)
    """What is wanted: "ei", "ucb", "pi", "its", "ts" or "mean"."""
    pool: str = field(default="auto", kw_only=True)
    """Where candidates come from: a name in `POOLS`, with options in brackets, or "auto"."""
    targets: str = field(default="ranks", kw_only=True)
    """What of the results is learned: "ranks" as normal scores, or standardised "values"."""
    initial: int = field(default=16, kw_only=True, validator=at_least_one)
    """How many uniformly drawn architectures come first."""
    round: int = field(default=16, kw_only=True, validator=at_least_one)
    """How many are chosen by one fit of the model."""
    kappa: float = field(default=0.5, kw_only=True)
    """How many spreads "ucb" adds."""
    shortlist: int | None = field(default=None, kw_only=True, validator=at_least_one)
    """Draw the round uniformly from so many of the most wanted; None takes the most wanted."""
    _model: Model = field(init=False)
    _pool: Pool = field(init=False)
    _features: Features = field(init=False)
    _unseen: Unseen = field(init=False)
    _codes: list[Name] = field(init=False, factory=list)
    _losses: list[float] = field(init=False, factory=list)
    _violations: list[float] = field(init=False, factory=list)
    _encoded: NDArray[np.float32] | None = field(init=False, default=None)
    """(at most N, f): features of the first of what is known."""
    _listed: _Candidates | None = field(init=False, default=None)
    """The candidates of a fixed pool."""
    _queue: list[Trial] = field(init=False, factory=list)
    _begun: bool = field(init=False, default=False)

    @acquisition.validator
    def _is_an_acquisition(self, _: Any, acquisition: str) -> None:
        if acquisition not in ACQUISITIONS:
            raise InvalidOption(f"`acquisition` is one of {', '.join(ACQUISITIONS)}, not {acquisition!r}.")

    @targets.validator
    def _is_a_target(self, _: Any, targets: str) -> None:
        if targets not in TARGETS:
            raise InvalidOption(f"`targets` is one of {', '.join(TARGETS)}, not {targets!r}.")

    @kappa.validator
    def _is_a_number(self, _: Any, kappa: float) -> None:
        if isinstance(kappa, bool) or not isinstance(kappa, (int, float)) or not 0 <= kappa < np.inf:
            raise InvalidOption(f"`kappa` is a number from 0, not {kappa!r}.")

    def __attrs_post_init__(self) -> None:
        self._model = make_model(self.model)
        if self.acquisition == "ts" and not self._model.joint:
            raise InvalidOption(f"Model {self.model!r} cannot draw whole functions, which 'ts' needs; use 'its'.")
        self._pool = make_pool(self.pool, self.problem)
        split(self.encoder)
        self._features = Features(self.problem.space, self.encoder)
        self._unseen = Unseen(self.problem.space, "network")

    def ask(self, n: int) -> list[Trial]:
        """Up to `n` of the round's architectures; where it is used up, a round is planned from what is known."""
        if not self._queue:
            codes = self._planned() if self._begun else self._unseen.draw(self.initial, self.rng)
            self._begun = True
            self._queue = self.problem.trials(codes)
        trials, self._queue = self._queue[:n], self._queue[n:]
        return trials

    def tell(self, results: Sequence[Result]) -> None:
        """Remember codes, losses and broken constraints; the next round learns from them."""
        self._codes.extend(result.trial.arch.code for result in results)
        self._losses.extend(self.problem.losses(results)[:, 0].tolist())
        self._violations.extend(self.problem.violations(results).sum(axis=1).tolist())

    def _planned(self) -> Codes:
        """(m, d): the next round, fewer than asked for only where fewer are left."""
        losses, violations = np.array(self._losses), np.array(self._violations)
        found = self.problem.space.codes([])
        if np.isfinite(losses).any():
            known = np.array(self._codes, np.int64)
            succeeded = np.isfinite(losses)
            order = np.lexsort((losses, violations))
            ranked = known[order[succeeded[order]]]
            candidates = self._candidates(ranked)
            free = candidates.free(self._unseen.taken)
            if free.any():
                rows = self._chosen(candidates.features, free, scores(losses, violations, self.targets))
                found = self._unseen.take(candidates.codes[rows], self.round)
            if len(found) < self.round:
                mutants = MutationPool(self.problem.space, size=8 * self.round, steps=3).candidates(ranked, self.rng)
                found = np.concatenate([found, self._unseen.take(mutants, self.round - len(found))])
        return np.concatenate([found, self._unseen.draw(self.round - len(found), self.rng)])

    def _chosen(
        self, candidates: NDArray[np.float32], free: NDArray[np.bool_], targets: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """The rows of at most a round of the free candidates, the most wanted first."""
        self._model.fit(self._known(), targets, self.rng)
        value = wanted(self.acquisition, self._model, candidates, float(targets.min()), self.kappa, self.rng)
        value[~free] = -np.inf
        n = min(self.shortlist or self.round, int(free.sum()))
        best = np.argpartition(-value, n - 1)[:n]
        best = best[np.lexsort((best, -value[best]))]
        return best if self.shortlist is None else self.rng.permutation(best)[: self.round]

    def _candidates(self, ranked: Codes) -> _Candidates:
        """What the pool has; of a fixed one always the same object, so that models need not begin anew."""
        if self._encoded is None:
            self._features.prepare(self.rng)
            self._model.expect(self._features.shape)
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

    def _known(self) -> NDArray[np.float32]:
        """(N, f): the features of what is known; each result is encoded once."""
        done = 0 if self._encoded is None else len(self._encoded)
        if done < len(self._codes):
            new = self._features.of(self.problem.space.canonical(np.array(self._codes[done:], np.int64)))
            self._encoded = new if self._encoded is None else np.concatenate([self._encoded, new])
        assert self._encoded is not None
        return self._encoded
