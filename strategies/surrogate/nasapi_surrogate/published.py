"""Searches of which one published setting depends on the space; the others are the arguments of their entries."""

from __future__ import annotations

from attrs import define

from nasapi import options as option
from nasapi_surrogate.strategy import SurrogateSearch

_PATHS = {"nb101": 40, "nb201": 30, "darts": 100}
_FIRST = {"nb101": 100}


@define(eq=False)
class Bananas(SurrogateSearch):
    """Path encoding, an ensemble of networks, independent Thompson sampling, and mutants of the best.

    White, Neiswanger & Savani, "BANANAS: Bayesian Optimization with Neural Architectures for Neural Architecture
    Search", AAAI 2021, algorithm 1, with the settings of the authors' code.
    """

    encoder: str | None = option.spec(  # type: ignore[assignment]
        None,
        "The features of the canonical codes; none is the path encoding cut to the published number of paths: 40 for "
        "NAS-Bench-101, 30 for NAS-Bench-201, 100 for DARTS, and 40 elsewhere.",
    )

    def __attrs_post_init__(self) -> None:
        if self.encoder is None:
            self.encoder = f"path[limit={_PATHS.get(self.problem.space.family, 40)}]"
        super().__attrs_post_init__()


@define(eq=False)
class WeakNAS(SurrogateSearch):
    """A weak network ranks the space, and a round is drawn uniformly from its top 100.

    Wu, Dai, Chen, Chen, Liu, Yu, Wang, Liu, Chen & Yuan, "Stronger NAS with Weaker Predictors", NeurIPS 2021, algorithm
    1, with the settings of the authors' code.
    """

    initial: int | None = option.count(  # type: ignore[assignment]
        None,
        "How many uniformly drawn architectures come first; none is 100 on NAS-Bench-101, 10 elsewhere, as published.",
    )

    def __attrs_post_init__(self) -> None:
        if self.initial is None:
            self.initial = _FIRST.get(self.problem.space.family, 10)
        super().__attrs_post_init__()
