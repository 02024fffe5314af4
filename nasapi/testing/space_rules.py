"""The rules of how a search space draws codes and changes them."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from nasapi.space import Codes
from nasapi.testing.cases import SpaceCase, stream
from nasapi.testing.randomness import demand_untouched
from nasapi.testing.rules import Broken, Skipped, demand, on_rows, rule

RETURNS = 24
"""How many steps from a code are tried to be taken back."""


@rule("space/genes", "A set of architectures, each named by a code: gene j takes the values 0 .. cardinalities[j] - 1.")
def genes(case: SpaceCase) -> None:
    """The id is a word, and cardinalities are a tuple of whole numbers from 1."""
    space = case.space
    demand(isinstance(space.id, str) and space.id and "/" not in space.id, f"the id is {space.id!r}")
    fine = isinstance(space.cardinalities, tuple) and all(
        isinstance(number, (int, np.integer)) and number >= 1 for number in space.cardinalities
    )
    demand(fine and case.d > 0, f"cardinalities are {space.cardinalities!r}; wanted a tuple of whole numbers from 1")


@rule("space/sample-valid", "(n, d): codes drawn independently and uniformly from the valid ones.")
def sample_valid(case: SpaceCase) -> None:
    """Samples are integer codes, all valid."""
    for n in (1, 64):
        codes = case.space.sample(n, stream(2))
        demand(np.shape(codes) == (n, case.d), f"sample({n}) has shape {np.shape(codes)}, not ({n}, {case.d})")
        demand(codes.dtype.kind in "iu", f"sample gives {codes.dtype}, not integers")
        bad = codes[~case.space.valid(codes)]
        demand(not len(bad), f"{len(bad)} of {n} sampled codes are not valid", _first(bad))


@rule("space/sample-none", "A sample of 0 codes is empty.")
def sample_none(case: SpaceCase) -> None:
    """Sampling nothing gives shape (0, d)."""
    shape = np.shape(case.space.sample(0, stream()))
    demand(shape == (0, case.d), f"sample(0) has shape {shape}, not (0, {case.d})")


@rule("space/rng-alone", "Whatever draws takes its randomness from `rng` alone: the same state gives the same codes.")
def rng_alone(case: SpaceCase) -> None:
    """Drawing twice from equal generators gives equal codes."""
    space, codes = case.space, case.codes
    draws: dict[str, Callable[[np.random.Generator], Codes]] = {
        "sample": lambda rng: space.sample(32, rng),
        "mutate": lambda rng: space.mutate(codes.copy(), rng),
        "crossover": lambda rng: space.crossover(codes.copy(), codes[::-1].copy(), rng),
    }
    for name, draw in draws.items():
        demand(np.array_equal(draw(stream(3)), draw(stream(3))), f"{name} differs for two generators of the same state")


@rule("space/rng-moves", "Each draw moves `rng` on.")
def rng_moves(case: SpaceCase) -> None:
    """Sampling twice from one generator gives different codes."""
    if len(case.codes) < 2:
        raise Skipped("the space has one code")
    rng = stream(4)
    demand(not np.array_equal(case.space.sample(64, rng), case.space.sample(64, rng)), "two samples in a row are equal")


@rule("space/global-random", "No method touches the global random state.")
def global_random(case: SpaceCase) -> None:
    """Nothing that the space does changes `random`, `np.random` or torch."""
    space = case.space

    def use() -> None:
        codes = space.sample(8, stream())
        space.mutate(codes, stream())
        space.crossover(codes, codes, stream())
        space.canonical(codes)
        space.neighbors(codes[0])
        space.graphs(codes)

    demand_untouched(use)


@rule("space/arguments-unchanged", "Methods take and give whole batches; none changes its arguments.")
def arguments_unchanged(case: SpaceCase) -> None:
    """Codes are the same after each method as before."""
    space, codes = case.space, case.codes
    other = codes[::-1].copy()
    uses: dict[str, Callable[[Codes], object]] = {
        "valid": lambda given: space.valid(given),
        "canonical": lambda given: space.canonical(given),
        "mutate": lambda given: space.mutate(given, stream()),
        "crossover": lambda given: space.crossover(given, other, stream()),
        "neighbors": lambda given: space.neighbors(given[0]),
        "graphs": lambda given: space.graphs(given),
        "format": lambda given: space.format(given[0]),
        "require": lambda given: space.require(given),
    }
    for name, use in uses.items():
        given = codes.copy()
        use(given)
        changed = codes[(given != codes).any(axis=1)]
        demand(not len(changed), f"{name} changed the codes it was given", _first(changed))
    demand(np.array_equal(other, codes[::-1]), "crossover changed the second parents it was given")


@rule(
    "space/mutate-neighbor",
    "(n, d): for each row one of its neighbours, drawn uniformly; a row without neighbours stays as it is.",
)
def mutate_neighbor(case: SpaceCase) -> None:
    """A mutated code is a row of `neighbors`."""
    for code in case.few:
        around = {tuple(row) for row in case.space.neighbors(code.copy()).tolist()} or {tuple(code.tolist())}
        for number in range(8):
            child = tuple(np.asarray(case.space.mutate(code[None].copy(), stream(number)))[0].tolist())
            demand(child in around, f"mutate gave {list(child)}, which is no neighbour", code.tolist())


@rule("space/mutate-shape", "A mutant stands in its parent's row.")
def mutate_shape(case: SpaceCase) -> None:
    """Mutating a batch gives a batch of integers of its shape, none included."""
    for codes in (case.codes, case.codes[:0]):
        _demand_alike("mutate", case.space.mutate(codes.copy(), stream()), codes)


@rule(
    "space/crossover-valid",
    "(n, d): a valid child of each pair of rows, each gene from either parent with equal chance.",
)
def crossover_valid(case: SpaceCase) -> None:
    """Children are valid and as many as the pairs."""
    codes = case.codes
    other = codes[stream().permutation(len(codes))]
    children = case.space.crossover(codes.copy(), other.copy(), stream())
    _demand_alike("crossover", children, codes)
    for row in np.flatnonzero(~case.space.valid(children))[:1]:
        pair = [codes[row].tolist(), other[row].tolist()]
        raise Broken(f"crossover gave {children[row].tolist()}, which is not valid", pair)


@rule(
    "space/neighbors-valid",
    "(m, d): every valid code one step away; by default a step changes one gene to another value.",
)
def neighbors_valid(case: SpaceCase) -> None:
    """Neighbours are integer codes, all valid."""
    for code in case.few:
        found = case.space.neighbors(code.copy())
        fine = found.ndim == 2 and found.shape[1] == case.d and found.dtype.kind in "iu"
        demand(fine, f"neighbors gave {found.dtype} of shape {found.shape}, not integers (m, {case.d})", code.tolist())
        bad = found[~case.space.valid(found)]
        demand(not len(bad), f"the neighbour {_first(bad)} is not valid", code.tolist())


@rule("space/neighbors-distinct", "No neighbour is given twice.")
def neighbors_distinct(case: SpaceCase) -> None:
    """Rows of `neighbors` are distinct."""
    for code in case.few:
        found = case.space.neighbors(code.copy())
        twice = len(found) - len(np.unique(found, axis=0))
        demand(not twice, f"{twice} of {len(found)} neighbours are given more than once", code.tolist())


@rule("space/neighbors-others", "A code is not its own neighbour.")
def neighbors_others(case: SpaceCase) -> None:
    """`neighbors` does not contain the code."""
    for code in case.few:
        same = (case.space.neighbors(code.copy()) == code).all(axis=1).any()
        demand(not same, "the code is among its own neighbours", code.tolist())


@rule("space/neighbors-back", "Where steps are single genes, every step can be taken back.")
def neighbors_back(case: SpaceCase) -> None:
    """A code is a neighbour of its neighbours."""
    for code in case.few:
        around = case.space.neighbors(code.copy())[:RETURNS]
        if len(around) and ((around != code).sum(axis=1) > 1).any():
            raise Skipped("a step changes several genes")
        for other in around:
            back = (case.space.neighbors(other.copy()) == code).all(axis=1).any()
            demand(back, f"{other.tolist()} is its neighbour, but not the other way round", code.tolist())


@rule("space/canonical-valid", "A projection: canonical codes are valid and their own canonical form.")
@on_rows
def canonical_valid(case: SpaceCase, codes: Codes) -> None:
    """Canonical codes are valid."""
    form = case.space.canonical(codes)
    _demand_alike("canonical", form, codes)
    bad = form[~case.space.valid(form)]
    demand(not len(bad), f"the canonical form {_first(bad)} is not valid")


@rule("space/canonical-projection", "A projection: canonical codes are valid and their own canonical form.")
@on_rows
def canonical_projection(case: SpaceCase, codes: Codes) -> None:
    """The canonical form of a canonical form is itself."""
    once = case.space.canonical(codes).copy()
    twice = case.space.canonical(once.copy())
    demand(np.array_equal(once, twice), f"the canonical form {_first(once)} has the canonical form {_first(twice)}")


@rule("space/canonical-singles", "A batch gives what its rows give one by one.")
@on_rows
def canonical_singles(case: SpaceCase, codes: Codes) -> None:
    """Canonical forms of a batch are those of its rows."""
    singles = np.concatenate([case.space.canonical(code[None].copy()) for code in codes])
    demand(np.array_equal(case.space.canonical(codes), singles), "canonical forms of a batch are not those of its rows")


@rule("space/architectures", "(n, d): the codes of architectures; undoes `architectures`.")
@on_rows
def architectures(case: SpaceCase, codes: Codes) -> None:
    """Codes survive the way through the values that trials carry."""
    back = case.space.codes(copy.deepcopy(case.space.architectures(codes)))
    demand(np.array_equal(back, codes), f"codes(architectures(codes)) gives {_first(back)}")


def _first(codes: Codes) -> list[int] | None:
    return codes[0].tolist() if len(codes) else None


def _demand_alike(name: str, given: Codes, codes: Codes) -> None:
    demand(np.shape(given) == codes.shape, f"{name} of shape {codes.shape} gives shape {np.shape(given)}")
    demand(given.dtype.kind in "iu", f"{name} of shape {codes.shape} gives {given.dtype}, not integers")
