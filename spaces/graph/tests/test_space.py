"""The NAS-Bench-Graph space against the authors' own hash and counts."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nas_bench_graph.architecture import Arch, link_list
from nasapi_graph import isomorphism
from nasapi_graph.space import OPERATIONS, PROTEINS, NBGraph
from scipy import stats

import nasapi
from nasapi.errors import InvalidArchitecture, InvalidOption

SPACE = NBGraph()
EVERY = np.concatenate(list(SPACE.enumerate()))
SMALL = NBGraph(("gcn", "skip"))
CODE = st.integers(0, len(EVERY) - 1).map(lambda row: EVERY[row])


def official(code: list[int]) -> Arch:
    return Arch([0, *code[:3]], [OPERATIONS[op] for op in code[3:]])


def code_of(text: str) -> list[int]:
    return SPACE.parse(text).tolist()


@pytest.mark.parametrize(
    ("allowed", "identities"),
    [
        (OPERATIONS, {"code": 157_440, "network": 26_206}),
        (PROTEINS, {"code": 14_976, "network": 2_021}),
        (("gcn", "skip"), {"code": 360}),
    ],
)
def test_a_space_says_how_many_it_has(allowed: tuple[str, ...], identities: dict[str, int]) -> None:
    assert NBGraph(allowed).identities == identities


def test_there_are_157440_codes() -> None:
    assert len(np.unique(EVERY, axis=0)) == SPACE.size == SPACE.identities["code"] == 157_440


def test_there_are_26206_networks() -> None:
    networks = SPACE.networks()
    assert len(networks) == SPACE.identities["network"] == 26_206
    np.testing.assert_array_equal(networks, np.unique(SPACE.canonical(EVERY), axis=0))


def test_keys_are_the_hash_of_the_authors_for_every_code() -> None:
    assert SPACE.keys(EVERY).tolist() == [official(code).valid_hash() for code in EVERY.tolist()]


def test_canonical_codes_are_those_that_the_authors_list() -> None:
    names = [official(code) for code in SPACE.networks().tolist()]
    assert all(arch.check_isomorph() and arch.link in link_list for arch in names)


def test_canonical_is_a_projection_that_keeps_the_key() -> None:
    once = SPACE.canonical(EVERY)
    np.testing.assert_array_equal(SPACE.canonical(once), once)
    np.testing.assert_array_equal(SPACE.keys(once), SPACE.keys(EVERY))


def test_the_nine_trees_are_those_of_the_authors() -> None:
    assert [list(shape) for shape in isomorphism.SHAPES] == link_list


def test_networks_of_five_operations_are_2021() -> None:
    proteins = NBGraph(PROTEINS)
    assert proteins.size == sum(len(codes) for codes in proteins.enumerate()) == 24 * (5**4 - 1)
    assert len(proteins.networks()) == proteins.identities["network"] == 2_021


def test_nodes_in_another_order_are_one_network_unlike_the_example_in_the_authors_readme() -> None:
    one = SPACE.parse("Arch([0, 1, 2, 1], ['gcn', 'gin', 'fc', 'cheb'])")
    other = SPACE.parse("Arch([0, 1, 1, 3], ['gcn', 'cheb', 'gin', 'fc'])")
    readme = SPACE.parse("Arch([0, 1, 1, 2], ['gcn', 'cheb', 'gin', 'fc'])")
    assert SPACE.keys(np.stack([one, other, readme])).tolist() == [61237, 61237, 61327]


def test_idle_skips_are_moved_to_the_input() -> None:
    assert isomorphism.lifted((0, 1, 2, 2), (False, True, False, False)) == ((0, 1, 2, 2), (1, 0, 2, 3))


def test_a_shortcut_round_another_node_stays() -> None:
    code = np.array([code_of("Arch([0, 1, 1, 3], ['gcn', 'skip', 'gat', 'gin'])")])
    assert SPACE.format(SPACE.canonical(code)[0]) == "Arch([0, 1, 1, 2], ['gcn', 'gat', 'skip', 'gin'])"


@given(code=CODE)
def test_parse_undoes_format(code: np.ndarray) -> None:
    np.testing.assert_array_equal(SPACE.parse(SPACE.format(code)), code)


@given(code=CODE)
def test_renumbered_nodes_are_the_same_network(code: np.ndarray) -> None:
    links, orders = isomorphism.numberings((0, *code[:3].tolist()))
    renumbered = np.array([[*links[1:], *code[3:][list(order)]] for order in orders])
    assert (SPACE.keys(renumbered) == SPACE.keys(code[None])).all()


def test_spaces_and_double_quotes_do_not_matter() -> None:
    assert code_of(' Arch( [0,0,0, 3],["gat", "fc","skip",  "gin"] )') == [0, 0, 3, 0, 7, 8, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Arch([0, 0, 0], ['gcn'])", "has ']' at position 13; wanted ','"),
        ("Arch([0, 2, 0, 0], ['gcn', 'gcn', 'gcn', 'gcn'])", "joins node 2 to 2 at position 9; it can follow 0"),
        ("Arch([0, 0, 0, 0], ['gcm', 'gcn', 'gcn', 'gcn'])", "'gcm' at position 20. Did you mean 'gcn'"),
        ("Arch([0, 0, 0, 0], [gcn, 'gcn', 'gcn', 'gcn'])", "has 'gcn' at position 20; wanted an operation in quotes"),
        ("Arch([0, 0, x, 0], ['gcn'])", "has 'x' at position 12; wanted the number of a node"),
        ("Arch([0, 0, 0, 0], ['gcn', 'gcn', 'gcn', 'gcn']", "has 'nothing' at position 47; wanted ')'"),
        ("Arch([0, 0, 0, 0], ['fc', 'fc', 'fc', 'fc']) x", "goes on after its end at position 45; drop 'x'"),
        ("Arch([0, 0, 0, 0], ['skip', 'skip', 'skip', 'skip'])", "has skips alone from position 21 on"),
        ("", "has 'nothing' at position 0; wanted 'Arch'"),
    ],
)
def test_a_wrong_text_is_refused_with_its_position(text: str, message: str) -> None:
    with pytest.raises(InvalidArchitecture, match=re.escape(message)):
        SPACE.parse(text)


def test_an_operation_that_is_not_allowed_is_refused() -> None:
    with pytest.raises(InvalidArchitecture, match="names the operation 'gin' at position 20"):
        NBGraph(PROTEINS).parse("Arch([0, 0, 0, 0], ['gin', 'gcn', 'gcn', 'gcn'])")


def test_codes_with_genes_out_of_range_or_skips_alone_are_not_valid() -> None:
    codes = np.array([[2, 0, 0, 0, 0, 0, 0], [0, 0, 0, 9, 0, 0, 0], [0, 0, 0, 8, 8, 8, 8], [0, 0, -1, 0, 0, 0, 0]])
    assert not SPACE.valid(codes).any()


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        (("gcn", "skp"), "graph has no operation 'skp'. Did you mean 'skip'"),
        (("gcn",), "graph needs 'skip' and another operation, not ('gcn',)"),
        ("skip", "graph needs 'skip' and another operation, not ('skip',)"),
    ],
)
def test_a_wrong_set_of_operations_is_refused(allowed: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidOption, match=re.escape(message)):
        NBGraph(allowed)


def test_graphs_join_parents_to_children_and_leaves_to_the_output() -> None:
    graphs = SPACE.graphs(SPACE.parse("Arch([0, 1, 2, 1], ['gcn', 'gin', 'fc', 'cheb'])")[None])
    links = {node: np.flatnonzero(row).tolist() for node, row in enumerate(graphs.adjacency[0])}
    assert links == {0: [1], 1: [2, 4], 2: [3], 3: [5], 4: [5], 5: []}
    assert [graphs.labels[op] for op in graphs.ops[0]] == ["input", "gcn", "gin", "fc", "cheb", "output"]


def test_samples_are_uniform_over_the_codes_of_a_small_space() -> None:
    codes = SMALL.sample(9_000, np.random.default_rng(0))
    _, counts = np.unique(codes, axis=0, return_counts=True)
    assert len(counts) == SMALL.size == 360
    assert stats.chisquare(counts).pvalue > 0.001


def test_mutants_are_uniform_over_the_neighbours() -> None:
    code = code_of("Arch([0, 0, 1, 0], ['gcn', 'skip', 'skip', 'skip'])")
    mutants = SMALL.mutate(np.repeat([code], 18_000, axis=0), np.random.default_rng(1))
    found, counts = np.unique(mutants, axis=0, return_counts=True)
    np.testing.assert_array_equal(found, np.unique(SMALL.neighbors(np.array(code)), axis=0))
    assert stats.chisquare(counts).pvalue > 0.001


def test_children_take_each_differing_gene_from_either_parent_equally() -> None:
    a, b = np.array([0, 0, 0, 1, 1, 1, 1]), np.array([1, 2, 3, 1, 1, 1, 1])
    pairs = 16_000
    children = SPACE.crossover(np.tile(a, (pairs, 1)), np.tile(b, (pairs, 1)), np.random.default_rng(2))
    _, counts = np.unique(children, axis=0, return_counts=True)
    assert len(counts) == 8
    assert stats.chisquare(counts).pvalue > 0.001


def test_a_network_has_38_neighbours() -> None:
    code = SPACE.parse("Arch([0, 1, 2, 1], ['gcn', 'gin', 'fc', 'cheb'])")
    found = SPACE.neighbors(code)
    assert len(np.unique(found, axis=0)) == 1 + 2 + 3 + 4 * 8
    assert ((found != code).sum(axis=1) == 1).all()


def test_a_network_is_read_by_the_hash_of_the_benchmark() -> None:
    space = NBGraph()
    codes = space.networks()[::1_000]
    for code, key in zip(codes, space.keys(codes).tolist(), strict=True):
        np.testing.assert_array_equal(space.read(str(key)), code)
        assert space.write(code, "key") == str(key)
    assert space.read("61237").tolist() == space.read("61237", "key").tolist()
    with pytest.raises(
        InvalidArchitecture, match=r"is an architecture of graph, but has 'gin', 'cheb'; .* has gcn, fc, skip "
    ):
        NBGraph("gcn+fc+skip").read("61237")
    with pytest.raises(InvalidArchitecture, match="No network of graph has the key 99999"):
        space.read("99999")
    with pytest.raises(InvalidArchitecture, match="is no key of NAS-Bench-Graph: wanted up to five digits"):
        space.read("612370")


def test_options_are_part_of_what_a_space_is_called() -> None:
    assert NBGraph().id == "graph"
    assert SMALL.id == "graph[allowed=gcn+skip]" and SMALL.family == "graph"
    assert nasapi.load_space(SMALL.id).cardinalities == SMALL.cardinalities
    assert nasapi.load_space(SMALL.id).size == SMALL.size


@pytest.mark.parametrize(
    "text",
    [
        '{"link": [0, 1, 2, 1], "ops": ["gcn", "gin", "fc", "cheb"]}',
        "([0, 1, 2, 1], ['gcn', 'gin', 'fc', 'cheb'])",
        "[(0, np.int64(1), 2, 1), ('gcn', 'gin', 'fc', 'cheb')]",
    ],
)
def test_links_and_operations_are_read_as_data(text: str) -> None:
    assert NBGraph().read(text).tolist() == NBGraph().parse("Arch([0, 1, 2, 1], ['gcn', 'gin', 'fc', 'cheb'])").tolist()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "is no network of NAS-Bench-Graph: wanted four links and four operations"),
        ('{"link": [0, 1], "ops": [1, 2]}', "is no network of NAS-Bench-Graph"),
        ('{"link": [0, 1, 2], "ops": ["gcn", "gin", "fc"]}', "wanted ','"),
        ('{"link": [0, 3, 2, 1], "ops": ["gcn", "gin", "fc", "cheb"]}', "joins node 2 to 3"),
    ],
)
def test_data_that_are_no_network_are_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidArchitecture, match=message):
        NBGraph().read(text, "json")
