"""The listed space: any spelling of what is listed, a reason for what is not, and neighbours that walk."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable
from nasapi.spaces import ListedSpace
from nasapi.spaces.rows import Rows
from nasapi.testing import check, parametrize, problems
from nasapi.testing.toy import Toy

PARENT = Toy()
ALL = np.concatenate(list(PARENT.enumerate()))
HALF = ListedSpace(PARENT, ALL[1::2], id="toy-half")


@parametrize(HALF)
def test_conformance(rule):
    rule()


def test_any_spelling_of_a_listed_network_is_read_as_the_listed_code():
    for code in ALL:
        listed = HALF.networks(code[None])[0]
        if listed >= 0:
            read = HALF.parse(PARENT.format(code))
            assert HALF.valid(read[None])[0]
            np.testing.assert_array_equal(PARENT.canonical(read[None]), PARENT.canonical(code[None]))


def test_a_code_that_is_listed_itself_is_read_as_itself():
    for code in HALF.listed:
        np.testing.assert_array_equal(HALF.parse(HALF.format(code)), code)


def test_what_is_not_listed_is_reported_to_be_an_architecture_of_the_parent():
    outside = ALL[HALF.networks(ALL) < 0]
    alone = ListedSpace(PARENT, ALL[:1], id="toy-one")
    text = PARENT.format(ALL[-1])
    with pytest.raises(InvalidArchitecture, match="is an architecture of toy, but not among the 1 network of toy-one"):
        alone.parse(text)
    with pytest.raises(InvalidArchitecture, match="is an architecture of toy, but not among the 1 network of toy-one"):
        alone.require(ALL[-1:])
    assert len(outside) < len(ALL)


def test_another_spelling_as_a_code_is_refused_with_the_listed_one():
    others = ALL[(HALF.rows(ALL) < 0) & (HALF.networks(ALL) >= 0)]
    with pytest.raises(InvalidArchitecture, match="spells a network that toy-half lists otherwise"):
        HALF.require(others[:1])


def test_what_the_parent_does_not_know_is_refused_by_the_parent():
    with pytest.raises(InvalidArchitecture, match=r"not text, .*; the space's `parse` gives the code"):
        ListedSpace(Toy(), ["conv|skip|conv"], id="toy-one")  # type: ignore[arg-type]
    with pytest.raises(InvalidArchitecture, match="takes 0 to"):
        HALF.require(np.array([[9, 0, 0]]))


def test_neighbours_walk_to_every_architecture_of_the_list():
    seen, front = {0}, [0]
    while front:
        front = [row for here in front for row in HALF.rows(HALF.neighbors(HALF.listed[here])) if row not in seen]
        seen |= set(front)
    assert len(seen) == HALF.size


def test_steps_of_the_parent_are_neighbours_and_the_nearest_fill_up():
    for code in HALF.listed:
        around = HALF.rows(HALF.neighbors(code))
        stepped = HALF.networks(PARENT.neighbors(code))
        own = HALF.networks(code[None])[0]
        assert set(stepped[(stepped >= 0) & (stepped != own)].tolist()) <= set(around.tolist())
        assert len(around) >= min(8, HALF.size - 1)


def test_a_list_that_names_a_code_twice_is_refused():
    with pytest.raises(InvalidOption, match="has row 2 twice"):
        ListedSpace(PARENT, ALL[[0, 1, 0]], id="toy-twice")


def test_a_list_of_one_stays_where_it_is():
    alone, rng = ListedSpace(PARENT, ALL[:1], id="toy-one"), np.random.default_rng(0)
    assert len(alone.neighbors(ALL[0])) == 0
    np.testing.assert_array_equal(alone.mutate(ALL[:1], rng), ALL[:1])
    np.testing.assert_array_equal(alone.crossover(ALL[:1], ALL[:1], rng), ALL[:1])


@pytest.mark.parametrize(("name", "fits"), [("toy-half/sum-v1", True), ("toy/sum-v1", True), ("half/sum-v1", False)])
def test_a_benchmark_is_named_after_the_list_or_its_parent(name, fits):
    benchmark = attrs.evolve(problems.made_up(HALF), id=name)
    report = check(benchmark, rules=["benchmark/id"])
    assert report.ok == fits
    assert fits or "does not begin with its space, 'toy-half' or 'toy'" in str(report)


def test_a_row_that_stands_twice_is_named_by_its_second_place():
    assert Rows(np.array([[0], [5], [3], [5], [9], [5]])).twice == 3
    assert Rows(np.array([[3], [5]])).twice is None
    assert Rows(np.array([[3], [5], [0]])).of(np.array([[0], [5], [9], [-1], [3]])).tolist() == [2, 1, -1, -1, 0]


def test_whether_graphs_are_read_and_networks_built_is_as_of_the_parent():
    for parent in (PARENT, type("Plain", (Toy,), {"reads_graphs": False, "builder": "x:y", "graphs_omit": "all"})()):
        part = ListedSpace(parent, ALL[1::2], id="toy-half")
        names = ("reads_graphs", "builder", "graphs_omit")
        assert [getattr(part, name) for name in names] == [getattr(parent, name) for name in names]


def test_notations_and_numbers_are_the_parents_read_as_the_listed_code():
    assert list(HALF.notations) == list(PARENT.notations)
    for code in HALF.listed:
        np.testing.assert_array_equal(HALF.read(HALF.write(code, "code"), "code"), code)
    alone = ListedSpace(PARENT, ALL[:1], id="toy-one")
    with pytest.raises(InvalidArchitecture, match="is an architecture of toy, but not among the 1 network of toy-one"):
        alone.read(str(ALL[-1].tolist()), "code")
    with pytest.raises(NotAvailable, match="have no official numbers"):
        HALF.index(HALF.listed)


def test_each_notation_by_itself_reads_any_spelling_as_the_listed_code():
    spellings = ALL[(HALF.rows(ALL) < 0) & (HALF.networks(ALL) >= 0)]
    for code in spellings:
        read = HALF.notations["code"].read(str(code.tolist()))
        np.testing.assert_array_equal(read, HALF.resolved(code[None])[0])


def test_parents_that_are_all_that_is_listed_have_no_other_child():
    two = ListedSpace(PARENT, PARENT.canonical(ALL)[[0, -1]], id="toy-two")
    for parents in (two.listed, two.listed[::-1]):
        children = two.crossover(parents[:1], parents[1:], np.random.default_rng(0))
        np.testing.assert_array_equal(children, parents[:1])


def by_hand(space, code, features):
    """The rows of the listed steps, filled up to eight with the nearest, the earlier of equals first."""
    (row,) = space.rows(code[None])
    stepped = space.networks(PARENT.neighbors(code))
    own = space.networks(space.listed)
    found = {int(at) for at in stepped if at >= 0 and own[at] != own[row]}
    apart = ((features(space.listed) - features(code[None])) ** 2).sum(axis=1)
    others = sorted((distance, at) for at, distance in enumerate(apart.tolist()) if at != row and at not in found)
    return sorted(found | {at for _, at in others[: max(min(8, space.size - 1) - len(found), 0)]})


def bits(codes):
    return (PARENT.canonical(codes)[:, :, None] == np.arange(3)).reshape(len(codes), -1).astype(float)


@pytest.mark.parametrize("features", [None, lambda codes: codes @ np.array([[1.0], [5.0], [2.0]])])
@pytest.mark.parametrize("rows", [slice(1, None, 2), slice(0, None, 3), slice(0, 3)])
def test_neighbours_are_the_listed_steps_and_then_the_nearest_by_features(features, rows):
    space = ListedSpace(PARENT, ALL[rows], id="toy-part", features=features)
    of = bits if features is None else lambda codes: features(PARENT.canonical(codes))
    for code in space.listed:
        assert space.rows(space.neighbors(code)).tolist() == by_hand(space, code, of)


def test_mutants_are_every_neighbour_equally_often():
    code = HALF.listed[3]
    around = HALF.neighbors(code)
    drawn = HALF.rows(HALF.mutate(np.tile(code, (4000, 1)), np.random.default_rng(0)))
    rows, times = np.unique(drawn, return_counts=True)
    assert rows.tolist() == HALF.rows(around).tolist()
    assert times.min() > 0.8 * 4000 / len(around)


def test_children_are_listed_and_of_neither_parents_network():
    a, b = (
        np.concatenate(part) for part in (([HALF.listed] * 11), [np.roll(HALF.listed, k, axis=0) for k in range(11)])
    )
    children = HALF.crossover(a, b, np.random.default_rng(0))
    rows = HALF.rows(children)
    assert (rows >= 0).all()
    networks = HALF.networks(np.concatenate([children, a, b])).reshape(3, -1)
    step = HALF.networks(PARENT.crossover(a, b, np.random.default_rng(1)))
    possible = (step >= 0) & (step != networks[1]) & (step != networks[2])
    assert (networks[0] != networks[1])[possible].all() and (networks[0] != networks[2])[possible].all()
    assert (children != a).any(axis=1).all() and (children != b).any(axis=1).all()


def test_the_listed_code_of_a_network_is_itself_or_the_first_of_the_list():
    twins = ListedSpace(PARENT, ALL[::-1], id="toy-back")
    networks = PARENT.canonical(twins.listed)
    first = [int((networks == network).all(axis=1).argmax()) for network in networks]
    np.testing.assert_array_equal(twins.networks(twins.listed), first)
    np.testing.assert_array_equal(twins.canonical(twins.listed), twins.listed[first])
    np.testing.assert_array_equal(twins.resolved(ALL), ALL)
    assert twins.identities == {"code": 22, "network": len(set(first))}
    spelt = ALL[(HALF.rows(ALL) < 0) & (HALF.networks(ALL) >= 0)]
    np.testing.assert_array_equal(HALF.resolved(spelt), HALF.listed[HALF.networks(spelt)])
    read = HALF.from_graphs(PARENT.graphs(ALL))
    for code, found in zip(ALL, read, strict=True):
        row = HALF.networks(code[None])[0]
        assert (found == -1).all() if row < 0 else HALF.networks(found[None])[0] == row


def test_a_list_is_enumerated_in_its_order_whatever_the_batch():
    for batch in (1, 4, 100):
        parts = list(HALF.enumerate(batch))
        assert max(map(len, parts)) <= batch
        np.testing.assert_array_equal(np.concatenate(parts), HALF.listed)
    assert HALF.rows(np.empty((0, 3), np.int64)).shape == (0,)
    assert (HALF.rows(HALF.sample(500, np.random.default_rng(0))) >= 0).all()
    assert len(np.unique(HALF.sample(500, np.random.default_rng(0)), axis=0)) == HALF.size
