"""Decoded GP: rounds of retraining a generator on what did well, and a Gaussian process that picks what it draws.

It grew from AG-Net (Lukasik, Jung & Keuper, "Learning Where To Look - Generative NAS is Surprisingly Efficient", ECCV
2022, algorithm 1), of which it keeps the rounds and the weights of retraining and little else.
"""

from __future__ import annotations

import copy
from typing import Any, ClassVar, cast

import attrs
import numpy as np
from attrs import define, field, frozen
from nasapi_encoders.svge import SVGe
from nasapi_encoders.torch_state import generator_from
from nasapi_toolkit.acquisition import choose
from nasapi_toolkit.features import Features
from nasapi_toolkit.fitted import fitted
from nasapi_toolkit.models.model import MODELS, Model, make_model
from nasapi_toolkit.observations import Matrix
from nasapi_toolkit.ranks import ranks
from nasapi_toolkit.rounds import RoundSearch
from nasapi_toolkit.targets import TARGETS
from nasapi_toolkit.unseen import IDENTITIES, Distinct, Unseen
from nasapi_toolkit.weights import effective_sample_size, retraining_weights
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi.plugins import Spec
from nasapi.space import Codes
from nasapi.trial import Trial
from nasapi_latent.retrained import RetrainedGenerator, Retraining

ACQUISITIONS = ("thompson", "ei", "mean")
OFF = "off"
"""No surrogate: candidates are taken in random order."""

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
class DecodedGP(Retraining, RoundSearch):
    """A generator pretrained on the space, retrained each round by weights of rank, with a surrogate that chooses.

    Where no checkpoint is there for the space, the generator is trained in `pretraining` steps when a process first
    needs it, the same for all runs.
    """

    supports: ClassVar[frozenset[str]] = frozenset({"multi-objective", "constraints"})

    distinct: Distinct = option.choice(
        None,
        "What is asked for at most once: a network, whatever code names it, or a code. None is a code where there are "
        "constraints or several goals, else a network: latency and energy also count dead parts, accuracy does not.",
        among=IDENTITIES,
    )
    weighting: bool = option.flag(True, "Whether retraining weighs by rank; without, all weights are 1.")
    checkpoint: str | None = option.file(
        "shipped",
        "A file of the generator's weights; 'shipped' for those that come along, none to train from nothing.",
        optional=True,
    )
    pretraining: int | None = option.count(
        None, "Steps of training without a checkpoint; none is 400, and fewer where a code has more than 40 genes."
    )
    surrogate: str = option.spec(
        "grid-gp[kernel=rbf]",
        "What scores candidates: a surrogate model, or 'off'.",
        of="a model",
        among=(OFF, *MODELS),
    )
    encoder: str = option.spec(
        "genes+operation-histogram+link-histogram",
        "What the surrogate sees of an architecture: encoders joined by plus signs.",
        of="an encoder",
    )
    acquisition: str = option.choice("thompson", "How candidates are chosen by mean and spread.", among=ACQUISITIONS)
    targets: str = option.choice(
        "ranks", "What the surrogate learns: ranks as normal scores, or standardised values.", among=TARGETS
    )
    k: float = option.positive(
        1e-2, "Flatness of the weights 1 / (kN + rank): towards 0 only the best counts, towards infinity all alike."
    )
    candidates: int = option.count(2_000, "How many draws are scored in a round.")
    _seen: Features = field(init=False)
    """What the surrogate sees of a code."""
    _models: list[Model] = field(init=False, factory=list)
    """One for each column of the observations."""
    _encoded: NDArray[np.float32] = field(init=False, factory=lambda: np.empty((0, 0), np.float32))
    """(at most N, f): features of the first of the observations; each result is encoded once."""
    _pretrained: SVGe = field(init=False)
    """The autoencoder as it is before the search, whose copy is retrained."""
    _generator: RetrainedGenerator | None = field(init=False, default=None)
    _note: Note = field(init=False, default=Note(0))
    """What the round that is planned will say."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.near + self.mutants > 1:
            raise InvalidOption(f"`near` and `mutants` add up to at most 1, not {self.near + self.mutants!r}.")
        self._seen = Features(self.problem.space, self.encoder)
        identity = self.distinct or ("code" if self.problem.features else "network")
        self._unseen = Unseen(self.problem.space, identity)
        if self.surrogate != OFF:
            self._models = self._surrogates()
            for model in self._models:
                shape = self._seen.shape
                model.expect(shape if identity == "network" else (2 * int(np.prod(shape)),))
        self._pretrained = SVGe(self.problem.space, **self._encoder_options)

    def _proposed(self, ranked: Codes) -> Codes:
        """One round: weigh, retrain, draw, score, choose."""
        columns, order = self._observations.columns(self.targets), self._observations.order()
        rank = ranks(self._observations.losses[order], self._observations.violations[order])
        weights = retraining_weights(rank, self.k) if self.weighting else np.ones(len(rank))
        generator = self._made()
        generator.retrain(ranked, weights, self.rng)
        candidates = self._enough(generator.candidates(ranked, self.rng) for _ in range(_DRAWS))
        self._note = Note(self._rounds, effective_sample_size(weights), len(candidates))
        if self.surrogate == OFF or not len(candidates):
            return self.rng.permutation(candidates)  # which come in the order of where they were drawn
        return candidates[self._chosen(columns, candidates)]

    @property
    def _encoder_options(self) -> dict[str, Any]:
        """Those of the generator as it is before the search."""
        genes = len(self.problem.space.cardinalities)
        steps = self.pretraining or max(1, min(_PRETRAINING, _WORK // genes))
        return {"checkpoint": self.checkpoint, "steps": steps, "batch": 128}

    def _surrogates(self) -> list[Model]:
        """A model for each goal, then for each constrained value, which needs a unit: there, trees learn no order.

        Raises InvalidOption where the acquisition compares values and the model predicts an order.
        """
        spec = Spec.parse(self.surrogate)
        in_unit = Spec(spec.id, {key: value for key, value in spec.options.items() if key != "objective"})
        models = [make_model(spec) for _ in self.problem.goals]
        if self.acquisition == "ei" and not models[0].has_unit:
            raise InvalidOption(
                f"Surrogate {self.surrogate!r} predicts an order without unit, which 'ei' cannot compare with the best "
                "result; use 'mean' or 'thompson'."
            )
        return models + [make_model(in_unit) for _ in self.problem.constraints]

    def _trials(self, codes: Codes) -> list[Trial]:
        note, self._note = attrs.evolve(self._note, round=self._rounds), Note(0)
        return [attrs.evolve(trial, note=note) for trial in super()._trials(codes)]

    def _made(self) -> RetrainedGenerator:
        """The generator, with the weights of its space at first; trained once in a process where none came along."""
        if self._generator is None:
            self._seen.prepare()
            encoder = cast("SVGe", copy.copy(fitted(str(Spec("svge", self._encoder_options)), self._pretrained)))
            encoder.model = copy.deepcopy(encoder.trained)  # which the search goes on training
            self._generator = RetrainedGenerator(
                self.problem.space,
                encoder,
                generator_from(self.rng),
                self.candidates,
                **self.retraining,
            )
        return self._generator

    def _chosen(self, columns: Matrix, candidates: Codes) -> NDArray[np.int64]:
        """The rows of at most a round of candidates, the best acquisition first."""
        new = self._features(self._observations.codes[len(self._encoded) :])
        self._encoded = np.concatenate([self._encoded, new]) if len(self._encoded) else new
        features = self._features(candidates)
        predictions = []
        for model, column in zip(self._models, columns.T, strict=True):
            model.fit(self._encoded, column, self.rng)
            predictions.append(model.predict(features))
        mean, spread = map(np.column_stack, zip(*predictions, strict=True))
        kind = "its" if self.acquisition == "thompson" else self.acquisition
        best = columns[self._observations.feasible, : len(self.problem.goals)]
        return choose(kind, mean, spread, best, self._observations.bounds(), self.round, self.rng)

    def _features(self, codes: Codes) -> NDArray[np.float32]:
        """(n, f): what is seen of the network's one code, and of the code too where that is what is asked for."""
        forms = [self.problem.space.canonical(codes)]
        if self._unseen.distinct == "code":
            forms.append(codes)
        return np.concatenate([self._seen.of(form) for form in forms], axis=1)
