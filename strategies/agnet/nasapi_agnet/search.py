"""AG-Net as published: rounds of weighted retraining, and of the best predicted among what the generator draws.

Lukasik, Jung & Keuper, "Learning Where To Look - Generative NAS is Surprisingly Efficient", ECCV 2022, algorithm 1. It
is restated here; statements of the code end with its lines. N is the number of data so far.

     1  D := architectures drawn uniformly, with their values; G pretrained, P fresh
     2  while there is budget:
     3      w_i := 1 / (kN + rank of i)                          for each of D
     4      repeat for the epochs of a round:
     5          batches of D, N draws in proportion to w
     6              z ~ N(0, I), whatever the batch
     7              l_i := (1 - a) reconstruction(G(z_i), i) + a (P(G(z_i)) - value of i)^2
     8              a step of Adam on the batch's mean of w_i l_i, for G and P
     9      C := new architectures drawn from G(z), z ~ U(-3, 3)
    10      evaluate those of C with the best P(G(z)), and add them to D
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import attrs
import numpy as np
from attrs import define, field, frozen
from nasapi_toolkit.unseen import Unseen
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.space import Codes
from nasapi.strategy import Strategy
from nasapi.trial import Result, Trial
from nasapi_agnet.candidates import Candidates, collect
from nasapi_agnet.checkpoints import pretrained
from nasapi_agnet.forms import Form
from nasapi_agnet.generator import Generator
from nasapi_agnet.known_forms import form_of
from nasapi_agnet.losses import exact
from nasapi_agnet.observations import Observations
from nasapi_agnet.sampling import Samples, sample, uniform
from nasapi_agnet.settings import DEVICES, PLAIN, Settings, published
from nasapi_agnet.training import Pair
from nasapi_agnet.weighting import weights


@frozen
class Note:
    """What a trial says of the round that asked for it; observers find it in `result.trial.note`."""

    round: int
    """0 for the initial architectures."""
    drawn: int = 0
    """How many z the round drew."""
    valid: int = 0
    """How many of them were architectures."""
    candidates: int = 0
    """How many it chose from."""
    generated: tuple[tuple[int, ...], ...] = attrs.field(default=(), repr=False)
    """Their codes, evaluated or not: how many keep a constraint tells whether the generator follows it."""


@define(eq=False)
class AGNet(Strategy):
    """The published algorithm with its published settings; `round=1` is its top-1 variant.

    Constraints or a second goal make it the paper's hardware-aware search: one goal under a bound is its "joint = 0",
    two goals under a bound its "joint = 1".
    """

    supports: ClassVar[frozenset[str]] = frozenset({"multi-objective", "constraints"})

    initial: int = option.count(PLAIN.initial, "How many architectures are drawn uniformly before the first round.")
    round: int = option.count(PLAIN.round, "How many are evaluated a round.")
    epochs: int | None = option.count(
        None, "Passes over the data a round; None is the published number for the space, 15 or 30."
    )
    weighting: bool = option.flag(
        True, "Whether data are weighted by rank; without, all weights are 1 (an ablation of the paper)."
    )
    backprop: bool = option.flag(
        True,
        "Whether the surrogate is trained on what the generator writes; else on the data (an ablation of the paper).",
    )
    generator: bool = option.flag(
        True,
        "Whether candidates are drawn from the generator; else uniformly, and the surrogate learns the data as with "
        "backprop=false (an ablation of ours).",
    )
    checkpoint: str | None = option.file(
        "shipped",
        'A file of pretrained weights; "shipped" for the one that comes along, or a short pretraining where none does.',
        optional=True,
    )
    pretraining: int = option.count(
        1_500, "Batches of a pretraining where no checkpoint came along; a process does it once for a space."
    )
    settings: Settings = field(init=False)
    """The published settings of this problem."""
    _form: Form = field(init=False)
    _observations: Observations = field(init=False)
    _unseen: Unseen = field(init=False)
    _pair: Pair | None = field(init=False, default=None)
    _queue: list[Trial] = field(init=False, factory=list)
    _rounds: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._form = form_of(self.problem.space)
        self.settings = published(self.problem.space.family, bool(self.problem.features))
        self._observations = Observations(self.problem)
        self._unseen = Unseen(self.problem.space, "code" if self.problem.features else self._form.distinct)

    def ask(self, n: int) -> list[Trial]:
        """Up to `n` of the round's architectures; where it is used up, a round is planned from the observations."""
        if not self._queue:
            self._queue = self._planned() if self._rounds else self._uniform(self.initial)  # alg. 1, l. 1
            self._rounds += 1
        trials, self._queue = self._queue[:n], self._queue[n:]
        return trials

    def tell(self, results: Sequence[Result]) -> None:
        """Add what succeeded to the data."""
        self._observations.add(results)

    def _planned(self) -> list[Trial]:
        """The next round; uniform draws where nothing has succeeded yet, or where nothing new is there or generated."""
        if not len(self._observations) or self._unseen.exhausted:
            return self._uniform(self.round)
        self._form.advance(
            self._observations.codes[np.argsort(self._observations.ranks(self._observations.targets()))],
            self.problem.budget,
        )
        self._retrain()
        candidates = self._candidates(self._generator)  # alg. 1, l. 9
        codes = tuple(map(tuple, candidates.codes.tolist()))
        note = Note(self._rounds, candidates.drawn, candidates.valid, len(codes), codes)
        if not note.candidates:
            return self._noted(self._form.draw(self._unseen, self.round, self.rng), note)
        predicted = self._predicted(candidates)
        best = np.argsort(self._observations.ranks(predicted), kind="stable")[: self.round]  # alg. 1, l. 10
        return self._noted(self._unseen.take(candidates.codes[best], self.round), note)

    def _retrain(self) -> None:
        """Train generator and surrogate on the data as they are weighted now."""
        data, pair, w = self._observations, self._networks, self._weights()  # alg. 1, l. 3
        graphs, values = self._form.write(data.codes), data.targets().astype(np.float32)
        for _ in range(self.epochs or self.settings.epochs):  # alg. 1, l. 4
            pair.epoch(graphs, values, w)  # alg. 1, l. 5

    def _weights(self) -> NDArray[np.float64]:
        """(N,): the data's weights."""
        data = self._observations
        return weights(data.ranks(data.targets()), self.settings.k) if self.weighting else np.ones(len(data))

    def _predicted(self, candidates: Candidates) -> NDArray[np.float64]:
        """(m, columns): the surrogate's values, in the unit of the data's targets."""
        return self._networks.predict(candidates.scores)

    def _candidates(self, generator: Generator) -> Candidates:
        """What the round chooses from."""

        def samples(n: int) -> Samples:
            if not self.generator:
                codes = self.problem.space.sample(n, self.rng)
                graphs = self._form.write(codes)
                return Samples(codes, exact(graphs, self._form.labels), graphs)
            return sample(generator, self._form, uniform(n, self.rng), self.rng)

        return collect(samples, self._unseen, self.settings.draws, self.settings.candidates, self.rng)

    def _uniform(self, n: int) -> list[Trial]:
        """Architectures that were not asked for, drawn uniformly."""
        return self._noted(self._form.draw(self._unseen, n, self.rng), Note(self._rounds))

    def _noted(self, codes: Codes, note: Note) -> list[Trial]:
        return [attrs.evolve(trial, note=note) for trial in self.problem.trials(codes)]

    @property
    def _generator(self) -> Generator:
        return self._networks.generator

    def _pretrained(self) -> Generator:
        return pretrained(self._form, self.checkpoint, self.pretraining)

    @property
    def _networks(self) -> Pair:
        """Made with the first round: a copy of the pretrained generator, a surrogate of fresh weights, one Adam."""
        if self._pair is None:
            condition = np.eye(len(DEVICES), dtype=np.float32)[0] if self.problem.features else np.empty(0, np.float32)
            outputs, coupled = len(self._observations.columns), self.backprop and self.generator
            self._pair = Pair(self._pretrained(), self.settings, outputs, condition, coupled, self.rng)
        return self._pair
