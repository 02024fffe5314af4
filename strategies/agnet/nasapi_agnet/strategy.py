"""AG-Net: rounds of retraining a generator on what did well and evaluating the best of what it draws.

Lukasik, Jung & Keuper, "Learning Where To Look - Generative NAS is Surprisingly Efficient", ECCV 2022, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import define, field, frozen
from nasapi_baselines.options import known_identity
from nasapi_baselines.unseen import Distinct, Unseen
from nasapi_encoders.gene_decoder import one_hot
from nasapi_encoders.svge import SVGe
from nasapi_encoders.torch_state import generator_from
from numpy.typing import NDArray

from nasapi.errors import InvalidOption
from nasapi.space import Codes
from nasapi.strategy import Strategy
from nasapi.trial import Result, Trial
from nasapi_agnet.acquisition import choose
from nasapi_agnet.coupled import Coupled
from nasapi_agnet.gaussian_process import GaussianProcess
from nasapi_agnet.generator import Generator
from nasapi_agnet.settings import Settings, resolve
from nasapi_agnet.surrogate import Indifferent, Matrix, Surrogate
from nasapi_agnet.targets import Known
from nasapi_agnet.trees import Trees
from nasapi_agnet.weights import effective_sample_size, ranks, retraining_weights

_DRAWS = 8  # times a round draws candidates again for lack of new ones, before uniform samples stand in
_PRETRAINING = 400  # steps where no checkpoint is there
_WORK = 16_000  # steps times genes that these may amount to, for a step's cost grows with the genes
_LEARNED = 5_000  # uniform samples on which a generator is pretrained where no checkpoint is there


@frozen
class Note:
    """What a trial says of the round that asked for it; observers find it in `result.trial.note`."""

    round: int
    """0 for the initial architectures."""
    effective_sample_size: float = 0.0
    """How many equally weighted architectures the retraining weights amount to."""
    candidates: int = 0
    """How many new codes or networks, as `distinct` has it, were there to choose from."""


@define(eq=False)
class AGNet(Strategy):
    """A generator pretrained on the space, retrained each round by weights of rank, with a surrogate that chooses.

    Options left at None have the value of the preset: "default", or "paper" for the published settings. What is asked
    for at most once is a network or a code; the run ends when no new one is found. Where no checkpoint is there for
    the space, the generator is trained in `pretraining` steps when it is first needed.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"multi-objective", "constraints"})

    preset: str = field(default="default", kw_only=True)
    initial: int = field(default=16, kw_only=True)
    """How many uniformly drawn architectures come first."""
    round: int = field(default=16, kw_only=True)
    """How many architectures are chosen at a time; 1 is the paper's top-1 variant."""
    distinct: Distinct = field(default=None, kw_only=True, validator=known_identity)
    """What is asked for at most once: a "network", whatever code names it, or a "code".

    None chooses "code" where there are constraints or several goals, else "network": one goal is mostly an accuracy,
    which codes of one network share, but latency or energy also counts dead parts and so belongs to the code.
    """
    weighting: bool = field(default=True, kw_only=True)
    """Whether retraining weighs by rank (latent space optimisation); without, all weights are 1."""
    checkpoint: str | None = field(default="shipped", kw_only=True)
    """A file of the generator's weights; "shipped" for the one that comes along; None to train from nothing."""
    pretraining: int | None = field(default=None, kw_only=True)
    """Steps of training where there is no checkpoint; None is 400, and fewer where a code has more than 40 genes."""
    surrogate: str | None = field(default=None, kw_only=True)
    """"gp", "mlp" (coupled with the generator), "xgb", "xgb-rank" or "off"."""
    acquisition: str | None = field(default=None, kw_only=True)
    """"thompson", "ei" or "mean"."""
    targets: str | None = field(default=None, kw_only=True)
    """"ranks" or "values"."""
    k: float | None = field(default=None, kw_only=True)
    """Flatness of the weights: towards 0 only the best counts, towards infinity all count alike."""
    latent: str | None = field(default=None, kw_only=True)
    """Distribution of z: "normal", or "uniform" in [-3, 3]."""
    near: float | None = field(default=None, kw_only=True)
    mutants: float | None = field(default=None, kw_only=True)
    candidates: int | None = field(default=None, kw_only=True)
    epochs: float | None = field(default=None, kw_only=True)
    most_steps: int | None = field(default=None, kw_only=True)
    batch: int | None = field(default=None, kw_only=True)
    rate: float | None = field(default=None, kw_only=True)
    prior: float | None = field(default=None, kw_only=True)
    alpha: float | None = field(default=None, kw_only=True)
    backprop: bool | None = field(default=None, kw_only=True)
    settings: Settings = field(init=False)
    """The options with those of the preset in place of None; `Settings` says what each is."""
    _known: Known = field(init=False)
    _unseen: Unseen = field(init=False)
    _encoder: SVGe = field(init=False)
    _generator: Generator | None = field(init=False, default=None)
    _queue: list[Trial] = field(init=False, factory=list)
    _rounds: int = field(init=False, default=0)

    @initial.validator
    @round.validator
    @pretraining.validator
    def _at_least_one(self, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value is None and attribute.name == "pretraining":
            return
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InvalidOption(f"{attribute.name!r} of agnet must be a whole number from 1, not {value!r}.")

    def __attrs_post_init__(self) -> None:
        names = [option.name for option in attrs.fields(Settings)]
        self.settings = resolve(self.preset, {name: getattr(self, name) for name in names})
        self._known = Known(self.problem)
        identity = self.distinct or ("code" if self.problem.features else "network")
        self._unseen = Unseen(self.problem.space, identity)
        genes = len(self.problem.space.cardinalities)
        steps = self.pretraining or max(1, min(_PRETRAINING, _WORK // genes))
        self._encoder = SVGe(self.problem.space, checkpoint=self.checkpoint, steps=steps, batch=128)

    def ask(self, n: int) -> list[Trial]:
        """Up to `n` of the round's architectures; an empty round is planned anew from what is known."""
        if not self._queue:
            self._queue = self._initial() if self._rounds == 0 else self._planned()
            self._rounds += 1
        trials, self._queue = self._queue[:n], self._queue[n:]
        return trials

    def tell(self, results: Sequence[Result]) -> None:
        """Remember the results; the next round counts them."""
        self._known.add(results)

    def _initial(self) -> list[Trial]:
        return self._trials(self._unseen.draw(self.initial, self.rng), Note(0))

    def _planned(self) -> list[Trial]:
        """Algorithm 1, one iteration: weigh, retrain, draw, score, choose."""
        if not self._known.succeeded.any():
            return self._trials(self._unseen.draw(self.round, self.rng), Note(self._rounds))
        weights = self._weights()
        targets = self._known.targets(self.settings.targets)
        generator = self._made(targets.shape[1])
        good = weights > 0
        generator.retrain(self._known.codes[good], weights[good], targets[good], self.rng)
        candidates = self._candidates(generator, self._known.codes[good], weights[good])
        codes = self._chosen(generator, targets, candidates) if len(candidates) else candidates
        codes = self._unseen.take(codes, self.round)
        codes = np.concatenate([codes, self._unseen.draw(self.round - len(codes), self.rng)])
        size = effective_sample_size(weights[good])
        return self._trials(codes, Note(self._rounds, size, len(candidates)))

    def _weights(self) -> NDArray[np.float64]:
        """(N,): the weights of what succeeded, with mean 1; 0 for failures."""
        there = self._known.succeeded
        weights = np.zeros(len(there))
        rank = ranks(self._known.losses[there], self._known.violations[there])
        weights[there] = retraining_weights(rank, self.settings.k) if self.weighting else 1.0
        return weights

    def _made(self, targets: int) -> Generator:
        """The generator, trained from nothing at its first use where it came without weights."""
        if self._generator is None:
            if self._encoder.model is None:
                self._encoder.fit(self.problem.space.sample(_LEARNED, self.rng), self.rng)
            random = generator_from(self.rng)
            genes = sum(self.problem.space.cardinalities)
            coupled = Coupled.made(genes, targets, random) if self.settings.surrogate == "mlp" else None
            self._generator = Generator(self._encoder, self.settings, random, coupled)
        return self._generator

    def _candidates(self, generator: Generator, codes: Codes, weights: NDArray[np.float64]) -> Codes:
        """(m, d): the first `candidates` draws' distinct new codes or networks; a round if it can."""
        taken = np.array(list(self._unseen.taken), np.int64)
        found, names = np.empty((0, codes.shape[1]), np.int64), taken
        for _ in range(_DRAWS):
            drawn = generator.draw(self.settings.candidates, codes, weights, self.rng)
            names = np.concatenate([names, self._unseen.names(drawn)])
            found = np.concatenate([found, drawn])
            first = np.sort(np.unique(names, axis=0, return_index=True)[1])
            names, found = names[first], found[first[first >= len(taken)] - len(taken)]
            if len(found) >= self.round:
                break
        return found

    def _chosen(self, generator: Generator, targets: Matrix, candidates: Codes) -> Codes:
        """The candidates in the order in which the acquisition wants them, at most a round."""
        surrogate = generator.coupled or self._surrogate()
        surrogate.fit(self._features(self._known.codes), targets, self.rng)
        mean, spread = surrogate.predict(self._features(candidates))
        goals = len(self.problem.goals)
        feasible = self._known.succeeded & (self._known.violations.sum(axis=1) == 0)
        rows = choose(
            self.settings.acquisition,
            mean,
            spread,
            targets[feasible, :goals],
            self._known.bounds(),
            self.round,
            self.rng,
        )
        return candidates[rows]

    def _surrogate(self) -> Surrogate:
        if self.settings.surrogate == "gp":
            return GaussianProcess()
        if self.settings.surrogate == "off":
            return Indifferent()
        return Trees(len(self.problem.goals), rank=self.settings.surrogate == "xgb-rank")

    def _features(self, codes: Codes) -> Matrix:
        """(n, f): genes one-hot, of the network's one code, and of the code too where that is what is asked for.

        For the coupled surrogate they are those of the code alone, for that is what the generator writes.
        """
        space = self.problem.space
        forms = [space.canonical(codes)] if self.settings.surrogate != "mlp" else []
        if self._unseen.distinct == "code" or not forms:
            forms.append(codes)
        return np.concatenate([one_hot(form, space.cardinalities).numpy() for form in forms], 1).astype(np.float64)

    def _trials(self, codes: Codes, note: Note) -> list[Trial]:
        return [attrs.evolve(trial, note=note) for trial in self.problem.trials(codes)]
