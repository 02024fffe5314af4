"""The rules of how evenly a search space draws: samples, mutants and children."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from nasapi.space import Codes, SearchSpace
from nasapi.testing.cases import SpaceCase, stream
from nasapi.testing.chance import LEAST, chance_of_both, chance_of_counts, chance_of_pairs
from nasapi.testing.rules import Skipped, demand, rule

DRAWS = 4096
"""How many codes are drawn to see how evenly."""
TRIED = 65_536
"""How many codes are drawn gene by gene where the valid ones cannot be listed."""
SMALL, SAMPLES = 8, 256
"""How many codes small samples have, and how many of those are drawn."""
JOINT = 256
"""Up to how many codes a space has for each of them to be counted."""


@rule("space/sample-uniform", "(n, d): codes drawn independently and uniformly from the valid ones.")
def sample_uniform(case: SpaceCase) -> None:
    """Every gene of a sample takes its values as often as in the valid codes; in tiny spaces, so does every code."""
    drawn = np.asarray(case.space.sample(DRAWS, stream(20)))
    valid = _valid_codes(case)
    for gene, cardinality in enumerate(case.space.cardinalities):
        found = np.bincount(drawn[:, gene], minlength=cardinality)
        if valid is None:
            chance = chance_of_counts(found, np.full(cardinality, 1 / cardinality))
        elif len(valid) == case.space.size:
            chance = chance_of_counts(found, np.bincount(valid[:, gene], minlength=cardinality) / len(valid))
        else:
            chance = chance_of_both(found, np.bincount(valid[:, gene], minlength=cardinality))
        most = int(found.argmax())
        demand(
            chance > LEAST, f"gene {gene} is {most} in {found[most]} of {DRAWS} codes, not as in the valid ones", gene
        )
    if valid is not None and len(valid) == case.space.size and len(valid) <= JOINT:
        _, where = np.unique(np.concatenate([valid, drawn]), axis=0, return_inverse=True)
        where = where.ravel()  # numpy 2.0 gives a column
        counts = np.bincount(where[len(valid) :], minlength=len(valid))
        times = f"between {counts.min()} and {counts.max()} times in {DRAWS}"
        demand(
            chance_of_counts(counts, np.full(len(valid), 1 / len(valid))) > LEAST,
            f"the {len(valid)} codes are drawn {times}",
        )


@rule("space/sample-independent", "(n, d): codes drawn independently and uniformly from the valid ones.")
def sample_independent(case: SpaceCase) -> None:
    """A row of a sample tells nothing of the next one, in a large batch and in small ones; small spaces repeat some."""
    whole = np.asarray(case.space.sample(DRAWS, stream(21)))
    rng = stream(22)
    small = np.stack([case.space.sample(SMALL, rng) for _ in range(SAMPLES)])
    for gene, cardinality in enumerate(case.space.cardinalities):
        if cardinality == 1:
            continue
        width = -(-cardinality // 8)  # neighbouring values together, so that every pair of them is expected often
        for what, one, other in (
            ("next to each other", whole[:-1, gene], whole[1:, gene]),
            ("at the beginning of small samples", small[:, 0, gene], small[:, 1, gene]),
        ):
            chance = chance_of_pairs(one // width, other // width, min(cardinality, 8))
            demand(chance > LEAST, f"gene {gene} of rows {what} depends on the other row", gene)
    size = case.space.size or 0
    if SMALL < size <= JOINT:
        repeated = any(len(np.unique(sample, axis=0)) < SMALL for sample in small)
        unlikely = np.prod(1 - np.arange(SMALL) / size) ** SAMPLES < LEAST
        demand(repeated or not unlikely, f"none of {SAMPLES} samples of {SMALL} has a code twice, of {size} codes")


@rule(
    "space/mutate-uniform",
    "(n, d): for each row one of its neighbours, drawn uniformly; a row without neighbours stays as it is.",
)
def mutate_uniform(case: SpaceCase) -> None:
    """Each neighbour of a code is as often its mutant as any other."""
    for code in case.few[:3]:
        around = np.unique(case.space.neighbors(code.copy()), axis=0)
        if len(around) < 2:
            continue
        mutants = np.asarray(case.space.mutate(np.repeat(code[None], max(512, 16 * len(around)), axis=0), stream(23)))
        rows = {tuple(row): place for place, row in enumerate(around.tolist())}
        places = [rows[mutant] for mutant in map(tuple, mutants.tolist()) if mutant in rows]
        counts = np.bincount(places, minlength=len(around))
        chance = chance_of_counts(counts, np.full(len(around), 1 / len(around)))
        demand(chance > LEAST, f"neighbours are drawn between {counts.min()} and {counts.max()} times", code.tolist())


@rule(
    "space/crossover-parents",
    "(n, d): a valid child of each pair of rows, each gene from either parent with equal chance.",
)
def crossover_parents(case: SpaceCase) -> None:
    """Every gene of a child is one parent's, and where any mixture is valid as often the one's as the other's."""
    codes = case.few
    around = case.space.neighbors(codes[-1].copy())
    if (
        len(around)
        and ((around != codes[-1]).sum(axis=1) > 1).any()
        and case.space.size != math.prod(case.space.cardinalities)
    ):
        raise Skipped("a step changes several genes, so genes hang together")
    for a, b in zip(codes, codes[::-1], strict=True):
        differ = np.flatnonzero(a != b)
        if not len(differ):
            continue
        one, other = (np.repeat(parent[None], 512, axis=0) for parent in (a, b))
        children = np.asarray(case.space.crossover(one, other, stream(24)))
        strange = children[((children != a) & (children != b)).any(axis=1)]
        pair = [a.tolist(), b.tolist()]
        demand(not len(strange), f"the child {strange[:1].tolist()} has a gene of neither parent", pair)
        mixed = np.where(stream(25).random((256, case.d)) < 0.5, a, b)
        if case.space.valid(mixed).all():
            first = (children == a)[:, differ].sum(axis=0)
            uneven = differ[np.abs(first - 256) > 7 * math.sqrt(128)]  # seven standard deviations
            demand(not len(uneven), f"gene {uneven[:1]} is the first parent's in {first.max()} of 512 children", pair)


def _valid_codes(case: SpaceCase) -> Codes | None:
    """The valid codes or a fair draw from them; None where every code in range is valid."""
    cardinalities = case.space.cardinalities
    if case.space.size == math.prod(cardinalities):
        return None
    if case.space.size is not None and case.countable:
        return case.listed
    tried = stream(26).integers(0, cardinalities, size=(TRIED, case.d))
    kept = tried[_in_parts(case.space, tried)]
    if len(kept) < DRAWS // 2:
        raise Skipped(f"the valid codes cannot be listed, and of {TRIED:,} codes in range only {len(kept):,} are valid")
    return kept


def _in_parts(space: SearchSpace, codes: Codes) -> NDArray[np.bool_]:
    return np.concatenate([space.valid(part) for part in np.array_split(codes, 16)])
