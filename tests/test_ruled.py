"""Spaces of a rule: found, counted, crossed and repaired where almost no code is an architecture."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import combinations, product

import numpy as np
import pytest
from attrs import frozen

from nasapi.errors import InvalidArchitecture
from nasapi.graphs import Graphs
from nasapi.space import Code, Codes, SearchSpace
from nasapi.spaces import RuledSpace
from nasapi.testing import check


@frozen(eq=False)
class Rising(RuledSpace):
    """Chains whose genes rise strictly: of 12 ^ 10 codes there are 66."""

    id = "rising"
    d: int = 10
    values: int = 12

    @property
    def cardinalities(self) -> tuple[int, ...]:  # type: ignore[override]
        return (self.values,) * self.d

    @property
    def operations(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("input", "output", *(f"op{value}" for value in range(self.values)))

    def begin(self) -> Hashable:
        return -1

    def step(self, state: Hashable, gene: int, value: int) -> Hashable | None:
        return value if isinstance(state, int) and value > state else None

    def graphs(self, codes: Codes) -> Graphs:
        n = len(codes)
        ops = np.column_stack([np.zeros(n, np.int64), codes + 2, np.ones(n, np.int64)]).astype(np.int64)
        return Graphs(ops, np.repeat(np.eye(self.d + 2, k=1, dtype=bool)[None], n, axis=0), self.operations)

    def format(self, code: Code) -> str:
        return "-".join(map(str, code))

    def parse(self, text: str) -> Code:
        words = text.split("-")
        known = [str(value) for value in range(self.values)]
        for word in words:
            if word not in known or len(words) != self.d:
                raise InvalidArchitecture(f"{text!r} has {word!r} at position {text.index(word)}.")
        return self.require(np.array([[int(word) for word in words]]))[0]


def stream(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_space_of_few_valid_codes_keeps_to_the_interface() -> None:
    report = check(Rising(4, 7))
    assert report.ok, str(report)


def test_architectures_are_found_where_drawing_genes_finds_none() -> None:
    space = Rising()
    with pytest.raises(InvalidArchitecture, match="too few valid codes"):
        SearchSpace.sample(space, 1, stream(0))
    assert space.size == 66
    codes = space.sample(1000, stream(0))
    assert space.valid(codes).all()
    assert len(np.unique(codes, axis=0)) == 66
    assert not space.valid(codes[:, ::-1]).any()


def test_every_architecture_is_listed_once_in_order_whatever_the_batch() -> None:
    wanted = list(combinations(range(12), 10))
    for batch in (7, 100):
        assert [tuple(row) for part in Rising().enumerate(batch) for row in part.tolist()] == wanted


def test_repair_gives_the_nearest_architectures_each_as_often() -> None:
    space = Rising(3, 5)
    every = np.array(list(combinations(range(5), 3)))
    for code in product(range(5), repeat=3):
        away = (every != code).sum(axis=1)
        nearest = {tuple(row) for row in every[away == away.min()].tolist()}
        repaired = space.repair(np.tile(code, (400, 1)), stream(1))
        found, times = np.unique(repaired, axis=0, return_counts=True)
        assert {tuple(row) for row in found.tolist()} == nearest
        assert times.min() > 0.4 * 400 / len(nearest)


def test_children_are_drawn_as_if_until_one_is_valid() -> None:
    space = Rising(3, 6)
    for one, other in (((0, 1, 5), (1, 3, 4)), ((0, 1, 2), (1, 2, 3)), ((0, 1, 2), (2, 3, 4)), ((0, 2, 3), (0, 1, 2))):
        a, b = (np.tile(parent, (4000, 1)) for parent in (one, other))
        found, times = np.unique(space.crossover(a, b, stream(2)), axis=0, return_counts=True)
        children = [row for row in product(*zip(one, other, strict=True)) if row[0] < row[1] < row[2]]
        shares = {row: children.count(row) / len(children) for row in children}  # a gene that both have counts twice
        assert [tuple(row) for row in found.tolist()] == sorted(shares)
        np.testing.assert_allclose(times / 4000, [share for _, share in sorted(shares.items())], rtol=0.2)


def test_a_rule_that_accepts_nothing_is_refused() -> None:
    with pytest.raises(InvalidArchitecture, match="The rule of rising accepts no code"):
        Rising(5, 4).sample(1, stream(0))


def test_a_rule_of_too_many_states_is_refused() -> None:
    class Remembering(Rising):
        """Keeps the whole prefix."""

        def begin(self) -> Hashable:
            return ()

        def step(self, state: Hashable, gene: int, value: int) -> Hashable | None:
            return (*state, value) if isinstance(state, tuple) else None

    with pytest.raises(InvalidArchitecture, match="over 100,000 states after gene 4; let `step` keep less"):
        Remembering().sample(1, stream(0))


@frozen(eq=False)
class Sums(Rising):
    """Codes whose genes have an odd sum of at most 5: the states grow from gene to gene."""

    id = "sums"
    d: int = 3
    values: int = 4

    def begin(self) -> Hashable:
        return 0

    def step(self, state: Hashable, gene: int, value: int) -> Hashable | None:
        return state + value if isinstance(state, int) and state + value <= 5 else None

    def accepts(self, state: Hashable) -> bool:
        return isinstance(state, int) and state % 2 == 1


def test_states_that_grow_from_gene_to_gene_are_counted_crossed_and_repaired() -> None:
    space = Sums()
    every = [code for code in product(range(4), repeat=3) if sum(code) % 2 == 1 and sum(code) <= 5]
    assert space.size == len(every)
    assert [tuple(row) for part in space.enumerate(5) for row in part.tolist()] == every
    codes = np.array(every)
    assert set(map(tuple, space.sample(2000, stream(0)).tolist())) == set(every)
    for code in product(range(4), repeat=3):
        away = (codes != code).sum(axis=1)
        repaired = space.repair(np.tile(code, (60, 1)), stream(1))
        assert set(map(tuple, repaired.tolist())) <= {tuple(row) for row in codes[away == away.min()].tolist()}
    a, b = codes[stream(2).integers(len(codes), size=300)], codes[stream(3).integers(len(codes), size=300)]
    children = space.crossover(a, b, stream(4))
    assert space.valid(children).all()
    assert ((children == a) | (children == b)).all()
    assert len(np.unique(children, axis=0)) == len(every)
    invalid, worse = np.tile([3, 3, 0], (50, 1)), np.tile([3, 3, 3], (50, 1))  # without a valid child
    np.testing.assert_array_equal(space.crossover(invalid, worse, stream(5)), invalid)
    np.testing.assert_array_equal(space.crossover(invalid[:1], codes[:1], stream(5)).sum() % 2, 1)


def test_a_space_too_large_to_list_is_not_begun() -> None:
    class Vast(Rising):
        id = "vast"

        def step(self, state: Hashable, gene: int, value: int) -> Hashable | None:
            return state

    with pytest.raises(InvalidArchitecture, match=r"vast has [\d,]+ architectures, too many to list"):
        next(iter(Vast(31, 4).enumerate()))
    assert Vast(31, 4).size == 4**31
    assert len(next(iter(Vast(30, 4).enumerate(3)))) == 3
