"""Local search in latent space: decode points of a box around the best, and move while that improves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import define, field
from nasapi_toolkit.rounds import RoundSearch

from nasapi import Codes, Decoder
from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi_latent.places import Latent

_DRAWS = 8  # points a box for each architecture of a round, since several decode to one
_WIDER = 6  # boxes, each half as wide again as the last, before mutants stand in


@define(eq=False)
class LatentLocalSearch(RoundSearch):
    """Climbs in the latent space of a generator.

    The ablation of Lukasik, Jung & Keuper, "Learning Where To Look", ECCV 2022: 16 random architectures, then 16 of a
    box U(-0.5, 0.5) around the place of the best, and again while the best improves; then a new start. A box that
    decodes to too few new networks is widened by half, and what the smaller one held comes first.
    """

    encoder: str = option.spec(
        "svge[steps=400]",
        "Whose latent space is searched; it must be a Decoder. Fitted by so many steps where no weights are shipped.",
    )
    reach: float = option.positive(0.5, "Half the box's width, in deviations of the latent space.")
    _latent: Latent = field(init=False)
    _start: int = field(init=False, default=0)
    """How many results had come when this climb began."""
    _centre: tuple[int, ...] | None = field(init=False, default=None)
    """What the box is around; None while a start is awaited."""
    _candidates: set[tuple[int, ...]] = field(init=False, factory=set)
    """The last round, whose results decide whether the climb goes on."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._latent = Latent(self.problem, self.encoder)
        if not isinstance(self._latent.encoder, Decoder):
            raise InvalidOption(f"Encoder {self.encoder!r} cannot decode; latent-local-search needs a Decoder.")

    def _proposed(self, ranked: Codes) -> Codes:
        """Points of the box around the best of this climb; uniform draws where that was the centre already."""
        self._latent.prepare()
        observed = list(map(tuple, self._observations.codes.tolist()))
        evaluated, climbed = set(observed), set(observed[self._start :])
        best = next((name for name in map(tuple, ranked.tolist()) if name in climbed), None)
        if best is None or (best == self._centre and self._candidates <= evaluated):
            self._start, self._centre = len(observed), None
            return self._remembered(self._unseen.new(self.problem.space.sample(_DRAWS * self.round, self.rng)))
        self._centre = best
        return self._remembered(self._enough(self._boxed(best)))

    def _boxed(self, centre: tuple[int, ...]) -> Iterator[Codes]:
        """What the points of a box around the centre decode to, then those of wider ones."""
        middle = self._latent.of(np.array([centre]))
        for widening in range(_WIDER):
            reach = self.reach * 1.5**widening
            points = middle + self.rng.uniform(-reach, reach, (_DRAWS * self.round, self._latent.width))
            yield self._latent.decode(points, self.rng)

    def _remembered(self, codes: Codes) -> Codes:
        """At most a round of the codes, remembered as what this round asks for."""
        kept = codes[: self.round]
        self._candidates = set(map(tuple, kept.tolist()))
        return kept
