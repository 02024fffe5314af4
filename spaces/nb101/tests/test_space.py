"""The space of NAS-Bench-101: counts, hashes, canonical forms and its laws."""

import hashlib
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasapi_nb101.cells import join, split
from nasapi_nb101.hashes import as_text, graph_hashes
from nasapi_nb101.md5 import digests
from nasapi_nb101.space import NB101
from scipy.stats import chisquare

import nasapi
from nasapi.errors import InvalidOption
from nasapi.testing import parametrize

SPACE = NB101()
SIXTEENTH = "cd28041d53819f07606d02f34a4b62a0791ab4108bf47b5557a207a6b57cdaf2"
"""SHA-256 of the hashes, sorted, of every 16th network."""
INCEPTION = (
    "0111010000000100000010000100000000100000010000000:"
    "input,conv1x1-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,maxpool3x3,output"
)


@parametrize(NB101(), NB101(vertices=4), NB101(vertices=2, edges=1))
def test_the_space_keeps_the_rules(rule):
    rule()


def codes_of(seed, n=64, space=SPACE):
    return space.sample(n, np.random.default_rng(seed))


def test_the_space_has_423624_networks_with_the_published_hashes(networks):
    """Of every 16th; the hashes of all stand in docs/spaces.md, and `make claims` computes them again."""
    assert len(networks) == len({code.tobytes() for code in networks}) == 423_624
    hashes = sorted(row.tobytes() for row in graph_hashes(*split(networks[::16], 7)))
    assert len(set(hashes)) == 26_477
    assert hashlib.sha256(b"".join(hashes)).hexdigest() == SIXTEENTH


def test_networks_are_counted_by_vertices(networks):
    vertices = (SPACE.graphs(networks).ops >= 0).sum(axis=1)
    assert np.bincount(vertices).tolist() == [0, 0, 1, 6, 84, 2441, 62010, 359082]


def test_networks_are_canonical_codes(networks):
    np.testing.assert_array_equal(SPACE.canonical(networks), networks)


def test_the_size_is_the_number_of_valid_codes():
    masks = np.arange(1 << 21)
    count = 0
    for part in np.array_split(masks, 32):
        edges = part[:, None] >> np.arange(21) & 1
        count += int(SPACE.valid(np.pad(edges, ((0, 0), (0, 5)))).sum())
    assert count * 3**5 == SPACE.size == SPACE.identities["code"]


def test_the_space_says_how_many_codes_and_networks_it_has_where_they_were_counted():
    assert (SPACE.size, SPACE.numbered) == (373_754_169, 423_624)
    assert SPACE.identities == {"code": 373_754_169, "network": 423_624}
    other = NB101(edges=1)
    assert (other.size, other.numbered) == (None, None)
    assert (NB101(vertices=3).size, NB101(vertices=3).numbered) == (15, None)


@pytest.mark.parametrize(("vertices", "count"), [(2, 1), (3, 7), (4, 91), (5, 2532), (6, 64542)])
def test_smaller_spaces_have_the_networks_of_their_size(vertices, count):
    assert NB101(vertices=vertices).identities["network"] == count


@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_isomorphic_cells_have_one_canonical_code_and_one_hash(seed):
    rng = np.random.default_rng(seed)
    code = SPACE.canonical(codes_of(seed, 1))
    adjacency, operations = split(code, 7)
    order = np.concatenate([[0], 1 + rng.permutation(5), [6]])
    moved = adjacency[0][np.ix_(order, order)]
    if np.tril(moved).any():  # this order is no topological one
        return
    twin = join(moved[None], operations[:, order[1:-1] - 1])
    np.testing.assert_array_equal(SPACE.canonical(twin), code)
    assert SPACE.hashes(twin) == SPACE.hashes(code)


def test_canonical_codes_are_the_smallest_of_all_topological_orders():
    for code in SPACE.canonical(codes_of(0, 20)):
        adjacency, operations = (part[0] for part in split(code[None], 7))
        inner = int((SPACE.graphs(code[None]).ops >= 0).sum()) - 2
        forms = []
        for inside in permutations(range(1, inner + 1)):
            order = [0, *inside, *range(inner + 1, 7)]
            moved = adjacency[np.ix_(order, order)]
            if not np.tril(moved).any():
                mask = sum(1 << (i + j * (j - 1) // 2) for i, j in np.argwhere(moved).tolist())
                forms.append((mask, [int(operations[vertex - 1]) for vertex in order[1:-1]]))
        own = sum(1 << (i + j * (j - 1) // 2) for i, j in np.argwhere(adjacency).tolist())
        assert (own, operations.tolist()) == min(forms)


def test_dead_parts_change_neither_network_nor_graph():
    code = SPACE.parse("001001000:input,conv1x1-bn-relu,output")  # nothing feeds vertex 1
    bare = SPACE.parse("0100:input,output")
    np.testing.assert_array_equal(SPACE.canonical(code[None])[0], bare)
    assert SPACE.hashes(code[None]) == SPACE.hashes(bare[None])
    assert SPACE.graphs(code[None]).ops.tolist() == [[0, 1, -1, -1, -1, -1, -1]]


def test_hashes_are_those_of_the_plain_algorithm():
    codes = codes_of(1, 40)
    assert SPACE.hashes(codes) == [plain_hash(SPACE.graphs(code[None])) for code in codes]


def plain_hash(graphs):
    """The hash vertex by vertex, as the data set's paper describes it."""
    ops = graphs.ops[0][graphs.ops[0] >= 0]
    matrix = graphs.adjacency[0][: len(ops), : len(ops)]
    labels = [-1, *(ops[1:-1] - 2).tolist(), -2]
    degrees = zip(matrix.sum(1).tolist(), matrix.sum(0).tolist(), labels, strict=True)
    state = [hashlib.md5(str(triple).encode()).hexdigest() for triple in degrees]
    for _ in ops:
        before = ["".join(sorted(state[j] for j in np.flatnonzero(matrix[:, v]))) for v in range(len(ops))]
        after = ["".join(sorted(state[j] for j in np.flatnonzero(matrix[v]))) for v in range(len(ops))]
        state = [
            hashlib.md5(f"{a}|{b}|{own}".encode()).hexdigest() for a, b, own in zip(before, after, state, strict=True)
        ]
    return hashlib.md5(str(sorted(state)).encode()).hexdigest()


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 119, 200])
@pytest.mark.parametrize("n", [3, 5000])
def test_digests_of_a_batch_are_those_of_hashlib(n, length):
    messages = np.random.default_rng(length).integers(0, 256, (n, length)).astype(np.uint8)
    expected = [hashlib.md5(row.tobytes()).digest() for row in messages]
    assert [row.tobytes() for row in digests(messages)] == expected


def test_an_enumeration_gives_all_codes_in_order_whatever_its_batch():
    space = NB101(vertices=4)
    (whole,) = space.enumerate()
    assert whole.tolist() == sorted(whole.tolist())
    for batch in (1, 20, 100):
        parts = list(space.enumerate(batch))
        assert max(9, batch / 2) <= max(map(len, parts)) <= max(9, batch)  # 9 are one set of edges with all labels
        np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_samples_are_uniform_over_codes():
    space = NB101(vertices=4)
    every = np.concatenate(list(space.enumerate()))
    drawn = space.sample(100 * len(every), np.random.default_rng(0))
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    np.testing.assert_array_equal(found, every)
    assert chisquare(counts).pvalue > 1e-3


def test_mutants_are_uniform_over_neighbours():
    space = NB101(vertices=4)
    for code in codes_of(2, 4, space):
        around = space.neighbors(code)
        drawn = space.mutate(np.repeat(code[None], 200 * len(around), axis=0), np.random.default_rng(1))
        found, counts = np.unique(drawn, axis=0, return_counts=True)
        np.testing.assert_array_equal(found, np.unique(around, axis=0))
        assert chisquare(counts).pvalue > 1e-3


def test_crossover_takes_each_gene_from_either_parent_uniformly():
    space = NB101(vertices=4)
    a, b = np.array([1, 0, 1, 1, 0, 1, 0, 0]), np.array([1, 0, 1, 1, 0, 1, 2, 1])
    children = space.crossover(*(np.repeat(code[None], 4000, axis=0) for code in (a, b)), np.random.default_rng(0))
    found, counts = np.unique(children[:, 6:], axis=0, return_counts=True)
    assert len(found) == 4
    assert chisquare(counts).pvalue > 1e-3


def test_neighbours_flip_an_edge_or_change_an_operation():
    code = SPACE.parse(INCEPTION)
    around = SPACE.neighbors(code)
    assert ((around != code).sum(axis=1) == 1).all()
    assert len(around) == int(SPACE.valid(changes(code)).sum())


def changes(code):
    rows = [code.copy() for _ in range(21 + 10)]
    for gene in range(21):
        rows[gene][gene] ^= 1
    for change in range(10):
        rows[21 + change][21 + change // 2] = (code[21 + change // 2] + 1 + change % 2) % 3
    return np.array(rows)


def test_more_than_nine_live_edges_are_refused():
    full = np.array([1] * 21 + [0] * 5)
    assert not SPACE.valid(full[None])[0]
    assert NB101(edges=21).valid(full[None])[0]


def test_the_inception_cell_of_the_official_example_has_its_graph():
    graph = SPACE.picture(SPACE.parse(INCEPTION))
    assert graph.number_of_edges() == 9
    assert [data["label"] for _, data in graph.nodes(data=True)] == INCEPTION.partition(":")[2].split(",")


def test_the_space_is_found_by_its_id_with_options():
    assert nasapi.load_space("nb101[vertices=5]").identities["network"] == 2532


@pytest.mark.parametrize("vertices", [1, 8, True, "7"])
def test_impossible_numbers_of_vertices_are_refused(vertices):
    with pytest.raises(InvalidOption, match="has at most 2 to 7 vertices, not"):
        NB101(vertices=vertices)


@pytest.mark.parametrize("edges", [0, -1, 2.5, True, "9"])
def test_impossible_numbers_of_edges_are_refused(edges):
    with pytest.raises(InvalidOption, match="allows none"):
        NB101(edges=edges)


@pytest.mark.parametrize("vertices", [2, 3, 5, 7])
def test_a_cell_alone_has_the_hash_that_it_has_among_many(vertices):
    space = NB101(vertices=vertices)
    codes = space.sample(300, np.random.default_rng(vertices))
    assert [space.hashes(code[None])[0] for code in codes] == as_text(graph_hashes(*split(codes, vertices)))
