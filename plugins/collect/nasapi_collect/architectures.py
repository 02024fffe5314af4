"""The architectures of a collection: which, in which rows of the table, and in which order they are measured."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from nasapi.errors import InvalidOption
from nasapi.space import Codes, SearchSpace
from nasapi_collect.recipe import Recipe

_DRAWN_AT_ONCE = 256  # a constant, so that a smaller sample of a large space begins a larger one
_DRAWS = 100
_MOST_LISTED = 1_000_000


@frozen
class Architectures:
    """The architectures that a recipe names.

    They are drawn one after the other by `sample_seed`, and a sample of n is the first n of that order. So samples of
    one seed are nested, and what a whole collection has measured when it is interrupted is a sample of the space.
    """

    codes: Codes
    """(n, genes): sorted, a row of the table each; `distinct` has the one canonical code of each network."""
    order: tuple[int, ...]
    """The rows in the order in which they were drawn, which is that of measuring."""

    @classmethod
    def of(cls, recipe: Recipe, space: SearchSpace) -> Architectures:
        """The architectures of a recipe; raises InvalidOption where a large space lacks a `sample`."""
        asked = recipe.networks
        rng = np.random.default_rng(asked.sample_seed)
        if (asked.which == "listed") != bool(asked.listed):
            raise InvalidOption('`listed` of [networks] goes with which = "listed", and that with `listed`.')
        if asked.which == "listed":
            every = np.unique(np.stack([space.read(text) for text in asked.listed]), axis=0)
        elif space.size is None or space.size > _MOST_LISTED:
            if asked.sample is None:
                raise InvalidOption(f"{space.id} is too large to be collected whole; give `sample` in [networks].")
            drawn = _drawn(space, asked.sample, asked.which == "distinct", rng)
            codes, order = np.unique(drawn, axis=0, return_inverse=True)
            return cls(codes, tuple(order.ravel().tolist()))
        else:
            every = np.concatenate(list(space.enumerate()))
            every = np.unique(space.canonical(every) if asked.which == "distinct" else every, axis=0)
        if asked.sample is not None and asked.sample > len(every):
            raise InvalidOption(
                f"`sample` of [networks] is {asked.sample:,}, and there are {len(every):,} networks to draw from; "
                "ask for fewer, or leave it out for all of them."
            )
        chosen = rng.permutation(len(every))[: asked.sample]
        rows = np.sort(chosen)
        return cls(every[rows], tuple(np.searchsorted(rows, chosen).tolist()))


def _drawn(space: SearchSpace, n: int, distinct: bool, rng: np.random.Generator) -> Codes:
    """(n, genes): so many different architectures of a space that is not listed, in the order of drawing."""
    found: Codes = np.empty((0, len(space.cardinalities)), np.int64)
    for _ in range(_DRAWS * -(-n // _DRAWN_AT_ONCE)):
        more = space.sample(_DRAWN_AT_ONCE, rng)
        both = np.concatenate([found, space.canonical(more) if distinct else more])
        _, first = np.unique(both, axis=0, return_index=True)
        found = both[np.sort(first)][:n]
        if len(found) == n:
            return found
    raise InvalidOption(
        f"{space.id} gave {len(found)} different architectures in {_DRAWS} times as many draws as were asked for, "
        f"{n}; take fewer."
    )
