"""The defaults that every search space inherits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chisquare

from nasapi.errors import InvalidArchitecture as Invalid
from nasapi.errors import NotAvailable
from nasapi.graphs import Graphs
from nasapi.space import Code, Codes, SearchSpace
from nasapi.spaces import ListedSpace
from nasapi.testing.toy import Toy
from nasapi.trial import Architecture


class Uneven(SearchSpace):
    """Three genes of unequal cardinality, one of them fixed; only codes with an even sum."""

    id = "uneven"
    cardinalities = (2, 1, 9)
    operations = ("input", "output")

    def graphs(self, codes: Codes) -> Graphs:
        n = len(codes)
        return Graphs(np.tile([0, 1], (n, 1)), np.tile(np.triu(np.ones((2, 2), bool), 1), (n, 1, 1)), self.operations)

    def format(self, code: Code) -> str:
        return "".join(map(str, code))

    def parse(self, text: str) -> Code:
        return np.array([int(character) for character in text])

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        return super().valid(codes) & (codes.sum(axis=1) % 2 == 0)


class Lonely(Uneven):
    """One valid code only."""

    id = "lonely"

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        return SearchSpace.valid(self, codes) & (codes == 0).all(axis=1)


class Empty(Uneven):
    """No valid code."""

    id = "empty"

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        return np.zeros(len(codes), bool)


class Rare(Uneven):
    """Two valid codes among ten thousand, a step apart."""

    id = "rare"
    cardinalities = (10_000, 1, 1)

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        return SearchSpace.valid(self, codes) & (codes[:, 0] % 5000 == 0)


class One(Uneven):
    """A single gene, of which every value is valid."""

    id = "one"
    cardinalities = (5,)
    valid = SearchSpace.valid


class Numbered(Toy):
    """The toy with official numbers."""

    numbered: int | None = 22

    def codes_at(self, indices: NDArray[np.int64]) -> Codes:
        return all_codes(Toy())[indices]


class FirstKept(Toy):
    """The toy, of which a step leaves the first gene as it is."""

    id = "first-kept"

    def neighbors(self, code: Code) -> Codes:
        around = super().neighbors(code)
        return around[around[:, 0] == code[0]]


def all_codes(space: SearchSpace) -> Codes:
    return np.concatenate(list(space.enumerate()))


@pytest.mark.parametrize("space", [Toy(), Uneven()])
def test_sample_is_uniform_over_valid_codes(space: SearchSpace) -> None:
    drawn, counts = np.unique(space.sample(20_000, np.random.default_rng(1)), axis=0, return_counts=True)
    assert (drawn == all_codes(space)).all()
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("space", [Toy(), Uneven()])
def test_mutate_is_uniform_over_the_neighbours_of_every_code(space: SearchSpace) -> None:
    rng = np.random.default_rng(2)
    for code in all_codes(space):
        drawn, counts = np.unique(space.mutate(np.tile(code, (4000, 1)), rng), axis=0, return_counts=True)
        assert (drawn == np.unique(space.neighbors(code), axis=0)).all()
        assert chisquare(counts).pvalue > 1e-5


def test_mutants_follow_the_steps_that_a_space_says_are_its_own() -> None:
    space, rng = FirstKept(), np.random.default_rng(2)
    for code in all_codes(space):
        drawn = np.unique(space.mutate(np.tile(code, (100, 1)), rng), axis=0)
        assert (drawn == np.unique(space.neighbors(code), axis=0)).all()


def test_crossover_draws_each_gene_from_either_parent_with_equal_chance() -> None:
    a, b = np.tile([2, 1, 2], (8000, 1)), np.tile([1, 2, 1], (8000, 1))
    children = Toy().crossover(a, b, np.random.default_rng(3))
    _, counts = np.unique(children, axis=0, return_counts=True)
    assert len(counts) == 8
    assert chisquare(counts).pvalue > 1e-4


def test_of_the_children_of_a_pair_each_valid_one_is_as_likely() -> None:
    a, b = np.tile([0, 0, 2], (2000, 1)), np.tile([1, 0, 1], (2000, 1))
    children, counts = np.unique(Uneven().crossover(a, b, np.random.default_rng(4)), axis=0, return_counts=True)
    assert children.tolist() == [[0, 0, 2], [1, 0, 1]]  # those between have odd sums
    assert chisquare(counts).pvalue > 1e-4


def test_a_pair_without_a_valid_child_gives_its_first_parent() -> None:
    a, b = np.array([[0, 0, 2]]), np.array([[0, 0, 4]])
    assert Empty().crossover(a, b, np.random.default_rng(4)).tolist() == a.tolist()


def test_a_mutant_alone_is_any_neighbour() -> None:
    rng = np.random.default_rng(5)
    for space in (Toy(), Uneven(), One()):
        for code in all_codes(space):
            drawn = np.unique([space.mutate(code[None], rng)[0] for _ in range(150)], axis=0)
            assert (drawn == np.unique(space.neighbors(code), axis=0)).all()


@pytest.mark.parametrize("rows", [1, 3])
def test_a_neighbour_that_draws_do_not_find_is_found(rows: int) -> None:
    for one, other in (([0, 0, 0], [5000, 0, 0]), ([5000, 0, 0], [0, 0, 0])):
        assert Rare().mutate(np.array([one] * rows), np.random.default_rng(0)).tolist() == [other] * rows


def test_a_space_may_have_a_single_gene() -> None:
    space = One()
    assert np.unique(space.sample(200, np.random.default_rng(0))).tolist() == [0, 1, 2, 3, 4]
    assert space.neighbors(np.array([2])).ravel().tolist() == [3, 4, 0, 1]


def test_a_code_without_neighbours_mutates_to_itself() -> None:
    lonely = Lonely()
    assert len(lonely.neighbors(np.zeros(3, int))) == 0
    assert (lonely.mutate(np.zeros((4, 3), int), np.random.default_rng(0)) == 0).all()


def test_neighbours_change_one_gene_to_every_other_value() -> None:
    code = np.array([2, 2, 2])
    neighbours = Toy().neighbors(code)
    assert len(np.unique(neighbours, axis=0)) == 6
    assert ((neighbours != code).sum(axis=1) == 1).all()


@pytest.mark.parametrize("batch", [1, 4, 27, 1000])
def test_enumerate_gives_every_valid_code_once_in_order_for_any_batch(batch: int) -> None:
    codes = np.concatenate(list(Toy().enumerate(batch)))
    assert len(codes) == Toy.size
    assert (np.unique(codes, axis=0) == codes).all()


def test_sampling_an_empty_space_says_what_to_do() -> None:
    with pytest.raises(Invalid, match="give it its own `sample`"):
        Empty().sample(1, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([1, 2, 0], r"shape \(n, 3\), not \(3,\)"),
        ([[1, 2]], r"shape \(n, 3\), not \(1, 2\)"),
        (np.zeros((2, 4), np.int64), r"shape \(n, 3\), not \(2, 4\)"),
        ([[1.0, 2.0, 0.0]], "integer codes, not float64"),
        ([[1, 2, 0], [1, 3, 0]], "Row 1 .* gene 1 is 3, but takes 0 to 2"),
        ([[1, -1, 0]], "gene 1 is -1"),
        ([[0, 0, 2]], "Row 0 .* breaks its rules"),
    ],
)
def test_require_names_what_is_wrong(codes: object, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        Toy().require(codes)


def test_require_gives_valid_codes_unchanged() -> None:
    codes = all_codes(Toy())
    assert (Toy().require(codes) == codes).all()
    assert Toy().require(np.empty((0, 3), int)).shape == (0, 3)


@given(st.lists(st.integers(0, 21), max_size=30))
def test_architectures_and_codes_undo_each_other(rows: list[int]) -> None:
    space = Toy()
    codes = all_codes(space)[rows]
    assert (space.codes(space.architectures(codes)) == codes).all()


def test_what_is_no_architecture_of_a_space_has_no_code_of_it() -> None:
    space = Toy()
    assert (space.codes([]).shape, space.codes([]).dtype) == ((0, 3), np.int64)
    for other in (Architecture("other", (0, 1, 0)), "conv|skip|none", (0, 1, 0), None):
        with pytest.raises(Invalid, match="is no architecture of toy"):
            space.codes([*space.architectures(all_codes(space)[:1]), other])  # type: ignore[list-item]
    assert repr(space) == "<search space toy: 3 genes>"


def test_a_space_that_reads_no_graphs_says_so() -> None:
    space = Uneven()
    assert not space.reads_graphs
    with pytest.raises(NotAvailable, match="uneven does not read graphs back into codes; a space that does has"):
        space.from_graphs(space.graphs(np.array([[0, 0, 2]])))


def test_official_numbers_are_those_that_a_space_has() -> None:
    assert (Numbered().codes_at(np.array([0, 21])) == all_codes(Toy())[[0, 21]]).all()
    assert Numbered().codes_at([]).shape == (0, 3)  # type: ignore[arg-type]
    for wrong in (-1, 22):
        with pytest.raises(Invalid, match=rf"has no architecture {wrong}; its official numbers are 0 to 21"):
            Numbered().codes_at(np.array([3, wrong]))
    for strange in (3, [0.5], [[1]], "1"):
        with pytest.raises(Invalid, match=r"(are|is) .*whole numbers"):
            Numbered().codes_at(strange)  # type: ignore[arg-type]
    uncounted = type("Uncounted", (Numbered,), {"numbered": None})()
    assert uncounted.codes_at(np.array([5])).tolist() == all_codes(Toy())[[5]].tolist()


def test_to_networkx_carries_operations_and_edges() -> None:
    graph = Toy().to_networkx(np.array([2, 1, 0]))
    assert [graph.nodes[node]["op"] for node in sorted(graph)] == ["input", "conv", "skip", "none", "output"]
    assert set(graph.edges) == {(0, 1), (0, 2), (1, 3), (2, 4), (3, 4)}


@given(st.integers(0, 2**32 - 1))
def test_methods_leave_their_arguments_alone(seed: int) -> None:
    space, rng = Toy(), np.random.default_rng(seed)
    a, b = space.sample(5, rng), space.sample(5, rng)
    before = a.copy(), b.copy()
    space.mutate(a, rng), space.crossover(a, b, rng), space.canonical(a), space.neighbors(a[0])
    assert (a == before[0]).all()
    assert (b == before[1]).all()


def test_the_family_of_a_space_is_its_plain_id_or_that_of_its_parent() -> None:
    class Small(Toy):
        id = "toy[edges=2]"

    whole, part = Toy(), ListedSpace(Small(), np.array([[0, 1, 0], [2, 2, 2]]), id="toy-two")
    assert (whole.family, Small().family, part.family) == ("toy", "toy", "toy")
    assert part.parent is not None and part.whole is part.parent and whole.whole is whole


def test_blanks_around_a_string_are_of_no_account() -> None:
    np.testing.assert_array_equal(Toy().parse(" conv|skip|none\n"), [2, 1, 0])


def test_graphs_are_read_only_and_say_which_nodes_there_are() -> None:
    graphs = Graphs(np.array([[0, 1, -1], [0, 1, 1]]), np.zeros((2, 3, 3), bool), ("a", "b"))
    assert not graphs.ops.flags.writeable and not graphs.adjacency.flags.writeable
    assert len(graphs) == 2
    assert graphs.mask.tolist() == [[True, True, False], [True, True, True]]
