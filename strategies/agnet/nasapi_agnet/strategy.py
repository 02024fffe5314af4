"""AG-Net: rounds of retraining a generator on what did well and evaluating the best of what it draws.

Lukasik, Jung & Keuper, "Learning Where To Look - Generative NAS is Surprisingly Efficient", ECCV 2022, algorithm 1.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import define, field, frozen
from nasapi_baselines.options import at_least_one, is_flag, known_identity
from nasapi_encoders.svge import SVGe
from nasapi_encoders.torch_state import generator_from
from nasapi_toolkit.acquisition import choose
from nasapi_toolkit.features import Features
from nasapi_toolkit.fitted import fitted
from nasapi_toolkit.models.model import Model
from nasapi_toolkit.observations import Matrix, ranks
from nasapi_toolkit.rounds import RoundSearch
from nasapi_toolkit.unseen import Distinct, Unseen
from nasapi_toolkit.weights import effective_sample_size, retraining_weights
from numpy.typing import NDArray

from nasapi.plugins import format_spec
from nasapi.space import Codes
from nasapi.trial import Trial
from nasapi_agnet.coupled import Coupled, Predictor
from nasapi_agnet.generator import Generator
from nasapi_agnet.settings import COUPLED, OFF, Settings, resolve

_DRAWS = 8  # times a round draws candidates again for lack of new ones, before uniform samples stand in
_PRETRAINING = 400  # steps where no checkpoint is there
_WORK = 16_000  # steps times genes that these may amount to, for a step's cost grows with the genes


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
class AGNet(RoundSearch):
    """A generator pretrained on the space, retrained each round by weights of rank, with a surrogate that chooses.

    Options left at None have the value of the preset: "default", or "paper" for the published settings. What is asked
    for at most once is a network or a code; rounds of one are the paper's top-1 variant. Where no checkpoint is there
    for the space, the generator is trained in `pretraining` steps when a process first needs it, the same for all runs.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"multi-objective", "constraints"})

    preset: str = field(default="default", kw_only=True)
    distinct: Distinct = field(default=None, kw_only=True, validator=known_identity)
    """What is asked for at most once: a "network", whatever code names it, or a "code".

    None chooses "code" where there are constraints or several goals, else "network": one goal is mostly an accuracy,
    which codes of one network share, but latency or energy also counts dead parts and so belongs to the code.
    """
    weighting: bool = field(default=True, kw_only=True, validator=is_flag)
    """Whether retraining weighs by rank (latent space optimisation); without, all weights are 1."""
    checkpoint: str | None = field(default="shipped", kw_only=True)
    """A file of the generator's weights; "shipped" for the one that comes along; None to train from nothing."""
    pretraining: int | None = field(default=None, kw_only=True, validator=at_least_one)
    """Steps of training where there is no checkpoint; None is 400, and fewer where a code has more than 40 genes."""
    surrogate: str | None = field(default=None, kw_only=True)
    """A model of nasapi-surrogate; "coupled", a network that is trained with the generator; or "off"."""
    encoder: str | None = field(default=None, kw_only=True)
    """What the surrogate sees: encoders joined by plus signs; "genes" for "coupled"."""
    acquisition: str | None = field(default=None, kw_only=True)
    """"thompson", "ei" or "mean"."""
    targets: str | None = field(default=None, kw_only=True)
    """"ranks" or "values"."""
    k: float | None = field(default=None, kw_only=True)
    """Flatness of the weights: towards 0 only the best counts, towards infinity all count alike."""
    squared: bool | None = field(default=None, kw_only=True)
    """Whether the weights are squared, as the published ones are by entering twice."""
    latent: str | None = field(default=None, kw_only=True)
    """Distribution of z: "normal", or "uniform" in [-3, 3]."""
    near: float | None = field(default=None, kw_only=True)
    mutants: float | None = field(default=None, kw_only=True)
    candidates: int | None = field(default=None, kw_only=True)
    epochs: float | None = field(default=None, kw_only=True)
    most_steps: int | None = field(default=None, kw_only=True)
    batch: int | None = field(default=None, kw_only=True)
    rate: float | None = field(default=None, kw_only=True)
    beta: float | None = field(default=None, kw_only=True)
    prior: float | None = field(default=None, kw_only=True)
    alpha: float | None = field(default=None, kw_only=True)
    backprop: bool | None = field(default=None, kw_only=True)
    settings: Settings = field(init=False)
    """The options with those of the preset in place of None; `Settings` says what each is."""
    _seen: Features = field(init=False)
    _models: Sequence[Model] = field(init=False, factory=list)
    """One for each column of what is known."""
    _encoder: SVGe = field(init=False)
    _generator: Generator | None = field(init=False, default=None)
    _note: Note = field(init=False, default=Note(0))
    """What the round that is planned will say."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        names = [option.name for option in attrs.fields(Settings)]
        self.settings = resolve(self.preset, {name: getattr(self, name) for name in names})
        self._seen = Features(self.problem.space, self.settings.encoder)
        identity = self.distinct or ("code" if self.problem.features else "network")
        self._unseen = Unseen(self.problem.space, identity)
        if self.settings.surrogate not in (COUPLED, OFF):
            self._models = self.settings.models(len(self.problem.goals), len(self.problem.constraints))
            for model in self._models:
                model.expect(self._seen.shape if identity == "network" else (2 * int(np.prod(self._seen.shape)),))
        self._encoder = SVGe(self.problem.space, **self._options)

    def _proposed(self, ranked: Codes) -> Codes:
        """Algorithm 1, one iteration: weigh, retrain, draw, score, choose."""
        columns, order = self._known.columns(self.settings.targets), self._known.order()
        rank = ranks(self._known.losses[order], self._known.violations[order])
        weights = np.ones(len(rank))
        if self.weighting:
            weights = retraining_weights(rank, self.settings.k, self.settings.squared)
        generator = self._made(columns.shape[1])
        generator.retrain(ranked, weights, columns[order], self.rng)
        candidates = self._enough(generator.candidates(ranked, self.rng) for _ in range(_DRAWS))
        self._note = Note(self._rounds, effective_sample_size(weights), len(candidates))
        if self.settings.surrogate == OFF or not len(candidates):
            return self.rng.permutation(candidates)  # which come in the order of where they were drawn
        return candidates[self._chosen(columns, candidates)]

    @property
    def _options(self) -> dict[str, Any]:
        """Those of the generator as it is before the search."""
        genes = len(self.problem.space.cardinalities)
        steps = self.pretraining or max(1, min(_PRETRAINING, _WORK // genes))
        return {"checkpoint": self.checkpoint, "steps": steps, "batch": 128}

    def _trials(self, codes: Codes) -> list[Trial]:
        note, self._note = attrs.evolve(self._note, round=self._rounds), Note(0)
        return [attrs.evolve(trial, note=note) for trial in super()._trials(codes)]

    def _made(self, targets: int) -> Generator:
        """The generator, with the weights of its space at first; trained once in a process where none came along."""
        if self._generator is None:
            self._seen.prepare()
            encoder = copy.copy(fitted(format_spec("svge", self._options), self._encoder))
            encoder.model = copy.deepcopy(encoder.trained)  # which the search goes on training
            random, predictor = generator_from(self.rng), None
            if self.settings.surrogate == COUPLED:
                predictor = Predictor.made(sum(self.problem.space.cardinalities), targets, random)
                self._models = [Coupled(predictor, column) for column in range(targets)]
            self._generator = Generator(self.problem.space, encoder, self.settings, random, predictor)
        return self._generator

    def _chosen(self, columns: Matrix, candidates: Codes) -> NDArray[np.int64]:
        """The rows of at most a round of candidates in the order in which the acquisition wants them."""
        known, features = self._features(self._known.codes), self._features(candidates)
        predictions = []
        for model, column in zip(self._models, columns.T, strict=True):
            model.fit(known, column, self.rng)
            predictions.append(model.predict(features))
        mean, spread = map(np.column_stack, zip(*predictions, strict=True))
        kind = "its" if self.settings.acquisition == "thompson" else self.settings.acquisition
        best = columns[self._known.feasible, : len(self.problem.goals)]
        return choose(kind, mean, spread, best, self._known.bounds(), self.round, self.rng)

    def _features(self, codes: Codes) -> NDArray[np.float32]:
        """(n, f): what is seen of the network's one code, and of the code too where that is what is asked for.

        For the coupled network they are those of the code as the generator learns to write it, and no other.
        """
        if self.settings.surrogate == COUPLED:
            return self._seen.of(self._encoder.learned(codes))
        forms = [self.problem.space.canonical(codes)]
        if self._unseen.distinct == "code":
            forms.append(codes)
        return np.concatenate([self._seen.of(form) for form in forms], axis=1)
