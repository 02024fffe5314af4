"""The DARTS space: the conformance kit, counts, networks, neighbours, draws and graphs."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasapi_darts.cells import OPERATIONS, changes
from nasapi_darts.isomorphism import networks_of_a_cell
from nasapi_darts.space import DARTS
from scipy.stats import chisquare

import nasapi
from nasapi.errors import InvalidArchitecture, InvalidOption
from nasapi.testing import parametrize

SPACE = DARTS()
SMALL = DARTS(nodes=1)
TWO = DARTS(nodes=2)
EVERY = np.concatenate(list(SMALL.enumerate()))
CODES = st.tuples(*(st.integers(0, cardinality - 1) for cardinality in SPACE.cardinalities)).map(np.array)
DRAWN = SPACE.sample(300, np.random.default_rng(0))


@parametrize(SPACE, SMALL, *(nasapi.load_encoder(name, SPACE) for name in ("adjacency", "path", "truncated-path")))
def test_conformance(rule):
    rule()


def test_the_size_is_that_of_the_paper():
    # Liu, Simonyan & Yang, DARTS, appendix A.1: a cell is one of prod_{k=1}^{4} (k + 1) k / 2 * 7^2, about 10^9
    cell = math.prod((k + 1) * k // 2 * 7**2 for k in range(1, 5))
    assert SPACE.size == cell**2 == 1_076_746_950_455_072_400
    assert math.prod(SPACE.cardinalities) == SPACE.size


def test_small_spaces_are_counted_by_listing_them():
    assert len(EVERY) == SMALL.size == 7**4
    assert len(np.unique(EVERY, axis=0)) == SMALL.size


def cells_of(nodes):
    """Every code of a space of `nodes` nodes whose reduction cell is the first."""
    half = len(DARTS(nodes).cardinalities) // 2
    cells = np.array(list(itertools.product(*map(range, DARTS(nodes).cardinalities[:half]))))
    return np.pad(cells, ((0, 0), (0, half)))


def test_networks_of_two_nodes_are_counted_by_listing_them():
    found = len(np.unique(TWO.canonical(cells_of(2)), axis=0))
    assert TWO.identities == {"code": 7203**2, "network": found**2}
    assert found == 7**4 * 2 + 7**2 * (7**2 + 1) // 2  # the second node takes the first, or they can change places


def with_two_operations(nodes):
    """Every wiring of a normal cell, with two of the operations, beside one reduction cell."""
    half = DARTS(nodes).cardinalities[: 3 * nodes - 1]
    cells = np.array(list(itertools.product(*(range(2 if place < 2 * nodes else n) for place, n in enumerate(half)))))
    return np.pad(cells, ((0, 0), (0, len(half))))


@pytest.mark.parametrize("nodes", [2, 3, 4])
def test_the_rule_that_counts_networks_agrees_with_listing_them(nodes):
    listed = DARTS(nodes).canonical(with_two_operations(nodes))
    assert networks_of_a_cell(nodes, operations=2) == len(np.unique(listed, axis=0))


def test_networks_are_the_isomorphism_classes():
    assert networks_of_a_cell(3, operations=2) == isomorphism_classes(DARTS(nodes=3), with_two_operations(3))


def isomorphism_classes(space, codes):
    """How many of the normal cells differ as labelled graphs, by networkx."""
    found = {}
    for code in codes:
        graph = nx.DiGraph()
        for edge, (source, operation) in enumerate(space.compact(code[None])[0, 0].tolist()):
            node = edge // 2 + 2
            graph.add_edge(int(source), node, op=int(operation))
        for node in graph:
            graph.nodes[node]["kind"] = min(node, 2)
        key = tuple(
            sorted((graph.out_degree(node), *sorted(op for *_, op in graph.in_edges(node, "op"))) for node in graph)
        )
        others = found.setdefault(key, [])
        if not any(same(graph, other) for other in others):
            others.append(graph)
    return sum(map(len, found.values()))


def same(one, other):
    return nx.is_isomorphic(
        one, other, node_match=lambda a, b: a["kind"] == b["kind"], edge_match=lambda a, b: a["op"] == b["op"]
    )


@settings(max_examples=60)
@given(code=CODES)
def test_exchanging_two_nodes_that_do_not_meet_is_the_same_network(code):
    edges = SPACE.compact(code[None]).reshape(1, 2, 4, 2, 2)
    for node in range(3):
        if node + 2 in edges[0, 0, node + 1, :, 0]:
            continue
        moved = edges.copy()
        moved[0, 0, [node, node + 1]] = edges[0, 0, [node + 1, node]]
        places = moved[0, 0, ..., 0]
        places[:] = np.where(places == node + 2, node + 3, np.where(places == node + 3, node + 2, places))
        other = SPACE.from_compact(moved.reshape(1, 2, 8, 2))
        np.testing.assert_array_equal(SPACE.canonical(other), SPACE.canonical(code[None]))


@settings(max_examples=40)
@given(code=CODES)
def test_the_canonical_code_is_an_isomorphic_cell_and_never_later(code):
    form = SPACE.canonical(code[None])[0]
    assert tuple(form) <= tuple(code.tolist())
    assert isomorphism_classes(SPACE, [code, form]) == 1


@settings(max_examples=60)
@given(code=CODES)
def test_graphs_hang_edges_as_the_literature_does(code):
    graphs = SPACE.graphs(code[None])
    compact = SPACE.compact(code[None])[0]
    adjacency = graphs.adjacency[0]
    assert not adjacency[:11, 11:].any()
    for cell, start in enumerate((0, 11)):
        for edge, (source, operation) in enumerate(compact[cell].tolist()):
            into = np.flatnonzero(adjacency[:, start + 2 + edge]) - start
            assert into.tolist() == ([source] if source < 2 else [2 * source - 2, 2 * source - 1])
            assert graphs.labels[graphs.ops[0, start + 2 + edge]] == OPERATIONS[operation]
        assert np.flatnonzero(adjacency[:, start + 10]).tolist() == list(range(start + 2, start + 10))


def test_the_cells_are_distinguished_by_their_inputs_and_outputs():
    labels = [SPACE.operations[op] for op in SPACE.graphs(DRAWN[:1]).ops[0]]
    assert labels[:2] == ["normal c_{k-2}", "normal c_{k-1}"]
    assert labels[11:13] == ["reduce c_{k-2}", "reduce c_{k-1}"]
    assert (labels[10], labels[21]) == ("normal c_{k}", "reduce c_{k}")


def test_a_code_has_96_operations_and_24_inputs_to_change():
    code = DRAWN[0]
    around = SPACE.neighbors(code)
    assert len(np.unique(around, axis=0)) == len(around) == 120
    own = set(edges_of(SPACE, code))
    assert {len(set(edges_of(SPACE, row)) - own) for row in around} == {1}


def edges_of(space, code):
    """Each edge as cell, node, input, operation."""
    compact = space.compact(np.asarray(code)[None])[0]
    return [(cell, edge // 2, *compact[cell, edge].tolist()) for cell in range(2) for edge in range(2 * space.nodes)]


@settings(max_examples=40)
@given(code=CODES)
def test_neighbours_are_mutual(code):
    around = SPACE.neighbors(code)
    for row in around[::7]:
        assert code.tolist() in SPACE.neighbors(row).tolist()


def test_samples_are_uniform():
    drawn = SMALL.sample(20 * SMALL.size, np.random.default_rng(1))
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(found) == SMALL.size
    assert chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("space", [SMALL, TWO, SPACE], ids=lambda space: f"{space.nodes} nodes")
def test_mutants_are_uniform_over_neighbours(space):
    code = space.sample(1, np.random.default_rng(2))
    around = np.unique(space.neighbors(code[0]), axis=0)
    drawn = space.mutate(np.repeat(code, 200 * len(around), axis=0), np.random.default_rng(3))
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    np.testing.assert_array_equal(found, around)
    assert len(around) == len(changes(space.nodes))
    assert chisquare(counts).pvalue > 1e-3


def test_children_are_uniform_over_mixtures_of_their_parents():
    pair = np.array([[0, 1, 2, 3], [4, 5, 6, 0]])
    drawn = SMALL.crossover(*(np.repeat(row[None], 3200, axis=0) for row in pair), np.random.default_rng(4))
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(found) == 16
    assert ((found == pair[0]) | (found == pair[1])).all()
    assert chisquare(counts).pvalue > 1e-3


def test_a_picture_shows_both_cells_with_operations_on_edges():
    graph = SPACE.picture(DRAWN[0])
    assert [data["label"] for _, data in graph.nodes(data=True)] == [
        f"{cell} {label}" if "c_" in label else label
        for cell in ("normal", "reduce")
        for label in ("c_{k-2}", "c_{k-1}", "0", "1", "2", "3", "c_{k}")
    ]
    assert sorted(data["label"] for *_, data in graph.edges(data=True) if data["label"]) == sorted(
        OPERATIONS[operation] for *_, operation in edges_of(SPACE, DRAWN[0])
    )
    assert nx.number_weakly_connected_components(graph) == 2


def test_compact_cells_come_back():
    np.testing.assert_array_equal(SPACE.from_compact(SPACE.compact(DRAWN)), DRAWN)


def test_published_cells_are_of_the_space(archives):
    for name in ("official_surrogate_1218.npz", "nb301_cells_11221.npz"):
        compact = np.load(archives / name)["compact"]
        codes = SPACE.from_compact(compact)
        assert SPACE.valid(codes).all()
        assert [sorted(node.tolist()) for node in SPACE.compact(codes[:50]).reshape(-1, 2, 2)] == [
            sorted(node.tolist()) for node in compact[:50].reshape(-1, 2, 2)
        ]


@pytest.mark.parametrize("nodes", [0, 5, True, 2.0, "4"])
def test_other_numbers_of_nodes_are_refused(nodes):
    with pytest.raises(InvalidOption, match=r"A cell of darts has 1 to 4 intermediate nodes, not"):
        DARTS(nodes=nodes)


@pytest.mark.parametrize(
    ("place", "value"), [((0, 0, 1, 0), 0), ((0, 1, 2, 0), 3), ((0, 0, 7, 1), 7), ((0, 0, 7, 1), -1)]
)
def test_compact_cells_outside_the_space_are_refused(place, value):
    compact = SPACE.compact(SPACE.parse(GENOTYPE)[None]).astype(np.int64)
    compact[place] = value
    with pytest.raises(
        InvalidArchitecture, match=r"Row 0 is no architecture of darts: node \d of its (normal|reduce) c"
    ):
        SPACE.from_compact(compact)


def test_compact_cells_of_another_shape_are_refused():
    with pytest.raises(
        InvalidArchitecture, match=r"whole numbers of shape \(n, 2, 8, 2\), not float64 of shape \(1, 8\)"
    ):
        SPACE.from_compact(np.zeros((1, 8)))


GENOTYPE = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], "
    "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])"
)
"""DARTS (second order) on CIFAR-10, Liu, Simonyan & Yang, ICLR 2019, figures 4 and 5."""
