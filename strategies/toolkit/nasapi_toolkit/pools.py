"""Where candidates come from: random architectures, relatives of the best, a generator, or the whole space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from attrs import define, field

from nasapi import Codes, Decoder, Encoder, Problem, SearchSpace, load_encoder
from nasapi import options as option
from nasapi.errors import InvalidOption, near
from nasapi.options import document
from nasapi.plugins import Spec
from nasapi_toolkit.fitted import fitted
from nasapi_toolkit.mutation import mutate_genes

LISTED = 50_000
"""The most networks that a space may have to be listed whole; its codes may be ten times as many."""


@define(eq=False)
class Pool(ABC):
    """A source of candidates; what was asked for before is sorted out by whoever uses it."""

    space: SearchSpace
    """Where candidates come from."""

    fixed: ClassVar[bool] = False
    """Whether every call gives the same, so that one is enough."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        document(cls)

    @abstractmethod
    def candidates(self, ranked: Codes, rng: np.random.Generator) -> Codes:
        """(m, d): valid codes, repeats allowed, given what succeeded, (n, d), one code or more, the best first."""


@define(eq=False)
class RandomPool(Pool):
    """Uniform draws."""

    size: int = option.count(1000, "How many are drawn.")

    def candidates(self, ranked: Codes, rng: np.random.Generator) -> Codes:
        """`size` draws."""
        return self.space.sample(self.size, rng)


@define(eq=False)
class MutationPool(Pool):
    """Mutants of the best, by one to `steps` steps, as many of each number of steps, or gene by gene."""

    size: int = option.count(100, "How many mutants are made.")
    parents: int = option.count(5, "How many of the best are mutated, equally often.")
    steps: int = option.count(1, "The most steps of a mutant from its parent.")
    genewise: bool = option.flag(
        False, "Whether each gene changes with a probability of its own, as published for the space, in place of steps."
    )

    def __attrs_post_init__(self) -> None:
        if self.genewise and self.steps != 1:
            raise InvalidOption("A mutant is made gene by gene or by `steps` steps; give one of the two.")

    def candidates(self, ranked: Codes, rng: np.random.Generator) -> Codes:
        """`size` mutants."""
        row = np.arange(self.size)
        codes = ranked[: self.parents][row % min(self.parents, len(ranked))]
        if self.genewise:
            return mutate_genes(self.space, codes, rng)
        left = (row * self.steps) // self.size
        for step in range(self.steps):
            codes = np.where((left >= step)[:, None], self.space.mutate(codes, rng), codes)
        return codes


@define(eq=False)
class RelativesPool(Pool):
    """Every neighbour of the very best, then mutants, children of two of the best, and random architectures."""

    size: int = option.count(1500, "How many there are beside the neighbours.")
    parents: int = option.count(20, "How many of the best have descendants.")
    centres: int = option.count(3, "How many of the best have all their neighbours looked at.")
    _around: dict[tuple[int, ...], Codes] = field(init=False, factory=dict)
    """The neighbours of the last centres, of which most are centres again."""

    def candidates(self, ranked: Codes, rng: np.random.Generator) -> Codes:
        """All neighbours of `centres`, and `size` others: half of them mutants of one to three steps."""
        best, around = ranked[: self.parents], self._around
        centres = ranked[: self.centres]
        self._around = {
            name: around[name] if name in around else self.space.neighbors(code)
            for name, code in zip(map(tuple, centres.tolist()), centres, strict=True)
        }
        third, half = self.size // 3, self.size // 2
        mutants = MutationPool(self.space, size=max(half, 1), parents=self.parents, steps=3).candidates(ranked, rng)
        pairs = rng.integers(len(best), size=(2, third))
        children = self.space.crossover(best[pairs[0]], best[pairs[1]], rng)
        children = np.where(rng.random((third, 1)) < 0.5, self.space.mutate(children, rng), children)
        others = self.space.sample(max(self.size - half - third, 1), rng)
        return np.concatenate([*self._around.values(), mutants, children, others])


@define(eq=False)
class GeneratorPool(Pool):
    """Samples of a generative encoder: points near the best ones' places in its latent space, decoded."""

    encoder: str = option.spec(
        "svge", "Any encoder that is also a Decoder; one without weights is fitted to samples of the space first."
    )
    size: int = option.count(1000, "How many points are decoded.")
    parents: int = option.count(20, "How many of the best have points around them.")
    noise: float = option.positive(
        0.5, "The deviation of a sample from its parent's place, in units of the latent space's own deviation."
    )
    _made: Encoder = field(init=False)
    """Without weights until the first candidates where none came along."""

    def __attrs_post_init__(self) -> None:
        self._made = load_encoder(self.encoder, self.space)
        if not isinstance(self._made, Decoder):
            raise InvalidOption(f"Encoder {self.encoder!r} cannot decode; the pool 'generator' needs a Decoder.")

    def candidates(self, ranked: Codes, rng: np.random.Generator) -> Codes:
        """`size` decoded points, one in five of them around a random architecture instead of a good one."""
        self._made = fitted(self.encoder, self._made)
        assert isinstance(self._made, Decoder)
        random = self.space.sample(max(self.size // 5, 2), rng)
        places = np.asarray(self._made.encode(random), np.float64)
        best = np.asarray(self._made.encode(ranked[: self.parents]), np.float64)
        centres = np.concatenate([places, best[np.arange(self.size - len(places)) % len(best)]])
        points = centres + self.noise * places.std(axis=0) * rng.standard_normal(centres.shape)
        return self._made.decode(points, rng)


@define(eq=False)
class WholePool(Pool):
    """Every architecture of the space, for spaces that can be listed."""

    fixed: ClassVar[bool] = True

    def __attrs_post_init__(self) -> None:
        if not listable(self.space):
            size = "of unknown size" if self.space.size is None else f"with {self.space.size:,} codes"
            raise InvalidOption(
                f"The pool 'whole' lists spaces of up to {LISTED:,} networks, not {self.space.id}, {size}; use 'auto'."
            )

    def candidates(self, ranked: Codes, rng: np.random.Generator) -> Codes:
        """Every code once, in random order: of the codes of one network a random one comes first."""
        return rng.permutation(np.concatenate(list(self.space.enumerate())))


POOLS: dict[str, type[Pool]] = {
    "random": RandomPool,
    "mutate": MutationPool,
    "relatives": RelativesPool,
    "generator": GeneratorPool,
    "whole": WholePool,
}
"""The pools by name; beside them "auto" is "whole" where the space can be listed and "relatives" elsewhere."""


def listable(space: SearchSpace) -> bool:
    """Whether the space is counted and small enough to be listed."""
    if space.size is None:
        return False
    return space.size <= 10 * LISTED and space.identities.get("network", space.size) <= LISTED


def make_pool(spec: str, problem: Problem) -> Pool:
    """The pool that a spec names, `mutate[parents=1]`; raises InvalidOption for an unknown one."""
    read = Spec.parse(spec)
    name = read.id
    if name == "auto":
        name = "whole" if listable(problem.space) else "relatives"
    if name not in POOLS:
        raise InvalidOption(f"There is no pool {name!r}. {near(name, ('auto', *POOLS))}")
    try:
        return POOLS[name](problem.space, **read.options)
    except TypeError as error:
        raise InvalidOption(f"Pool {spec!r} cannot be made: {error}") from error
