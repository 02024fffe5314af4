"""The space of recurrent cells: its codes, canonical forms, steps, graphs and pictures."""

import json
from zlib import crc32

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasapi_nlp.cells import BLEND, Cells, join, reordered, split
from nasapi_nlp.edits import edits
from nasapi_nlp.isomorphism import MOST_LEAVES
from nasapi_nlp.space import FULL, NLP
from nasapi_nlp.uniform import Uniform
from scipy.stats import chisquare

from nasapi.errors import InvalidOption
from nasapi.testing import parametrize

SPACE = NLP()
GENERATED = NLP(draw="generator")
SMALL = NLP(nodes=2, states=2)
TINY = NLP(nodes=3, states=1)


@parametrize(GENERATED, TINY)
def test_conformance(rule):
    rule()


def labelled(recipe):
    """A recipe as a graph that says all but the names: operations, states and the places of a blend's inputs."""
    graph = nx.DiGraph()
    for name, node in recipe.items():
        graph.add_node(name, what=(node["op"], name if name.startswith("h_new") and name[6:].isdecimal() else ""))
        for place, source in enumerate(node["input"]):
            if source not in recipe:
                graph.add_node(source, what=(source, ""))
            graph.add_edge(source, name, place=place if node["op"] == "blend" else -1)
    return graph


def isomorphic(a, b):
    return nx.is_isomorphic(
        labelled(a),
        labelled(b),
        node_match=lambda one, other: one["what"] == other["what"],
        edge_match=lambda one, other: one["place"] == other["place"],
    )


def shuffled(code, rng, nodes=25):
    """The same cell with its nodes in a random topological order."""
    cell = split(code[None], nodes)
    before = {
        node: {s - cell.base for s in cell.inputs[0, node].tolist() if s >= cell.base} for node in range(cell.count[0])
    }
    order = []
    while before:
        ready = [node for node, needs in before.items() if needs <= set(order)]
        order.append(ready[rng.integers(len(ready))])
        del before[order[-1]]
    rest = [*order, *range(len(order), nodes)]
    return join(reordered(cell, np.array([rest])))[0]


def test_the_whole_space_has_as_many_codes_as_recorded():
    assert Uniform(25, 3).size == FULL == SPACE.size


@pytest.mark.parametrize(("nodes", "states", "size"), [(2, 1, 22), (3, 1, 905), (3, 2, 47_059)])
def test_small_variants_have_as_many_codes_as_are_counted(nodes, states, size):
    space = NLP(nodes, states)
    listed = np.concatenate(list(space.enumerate(1000)))
    assert len(listed) == len(np.unique(listed, axis=0)) == space.size == size


def test_the_listed_codes_are_all_that_are_valid():
    space = NLP(nodes=2, states=1)
    every = np.stack(np.unravel_index(np.arange(np.prod(space.cardinalities)), space.cardinalities), axis=1)
    np.testing.assert_array_equal(every[space.valid(every)], np.concatenate(list(space.enumerate())))


def test_codes_are_listed_in_lexicographic_order(small):
    np.testing.assert_array_equal(small, small[np.lexsort(small.T[::-1])])


def test_canonical_codes_are_as_many_as_there_are_networks(tiny):
    forms = np.unique(TINY.canonical(tiny), axis=0)
    recipes = [json.loads(TINY.format(code)) for code in forms]
    marks = {}
    for recipe in recipes:
        marks.setdefault(tuple(sorted(node["op"] for node in recipe.values())), []).append(recipe)
    assert len(forms) == 776
    assert not any(isomorphic(a, b) for group in marks.values() for i, a in enumerate(group) for b in group[:i])


def test_canonical_forms_are_isomorphic_to_their_codes():
    codes = GENERATED.sample(100, np.random.default_rng(4))
    for code, form in zip(codes, GENERATED.canonical(codes), strict=True):
        assert isomorphic(json.loads(GENERATED.format(code)), json.loads(GENERATED.format(form)))


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from([SPACE, GENERATED]))
def test_the_order_of_nodes_does_not_change_the_canonical_form(seed, space):
    rng = np.random.default_rng(seed)
    code = space.sample(1, rng)[0]
    other = shuffled(code, rng)
    assert space.valid(other[None])[0]
    np.testing.assert_array_equal(*space.canonical(np.array([code, other])))


def ringed(pairs):
    """A cell of six linear nodes, sums of the given pairs of them, and what tells the six sums apart in no way."""
    recipe = {f"l{i}": {"op": "linear", "input": ["x", "h_prev_0"]} for i in range(6)}
    recipe |= {f"s{i}": {"op": "elementwise_sum", "input": [f"l{a}", f"l{b}"]} for i, (a, b) in enumerate(pairs)}
    recipe |= {f"p{i}": {"op": "elementwise_prod", "input": [f"s{j}" for j in js]} for i, js in enumerate(THIRDS)}
    return recipe | {"h_new_0": {"op": "elementwise_sum", "input": ["p0", "p1"]}}


THIRDS = ((0, 2, 4), (1, 3, 5))
RING, TRIANGLES = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)], [(0, 2), (1, 3), (2, 4), (3, 5), (4, 0), (5, 1)]


def test_cells_of_many_symmetries_have_one_form_each():
    rng = np.random.default_rng(5)
    forms = []
    for pairs in (RING, TRIANGLES):
        code = SPACE.parse(json.dumps(ringed(pairs)))
        orders = np.array([shuffled(code, rng) for _ in range(6)])
        forms.append(np.unique(SPACE.canonical(orders), axis=0))
    assert [len(form) for form in forms] == [1, 1]
    assert not np.array_equal(*forms)
    assert not isomorphic(ringed(RING), ringed(TRIANGLES))


def test_cells_of_more_symmetries_than_are_tried_have_one_form():
    recipe = {f"l{i}": {"op": "linear", "input": ["x", "h_prev_0"]} for i in range(15)}
    recipe |= {f"s{i}": {"op": "elementwise_sum", "input": [f"l{3 * i + j}" for j in range(3)]} for i in range(5)}
    recipe |= {f"p{i}": {"op": "elementwise_prod", "input": [f"s{2 * i}", f"s{2 * i + 1}"]} for i in range(2)}
    recipe |= {"h_new_0": {"op": "elementwise_sum", "input": ["p0", "p1", "s4"]}}
    code = SPACE.parse(json.dumps(recipe))
    assert 6**5 * 2**3 > MOST_LEAVES  # orders of three summands five times, of two factors twice, of the products
    rng = np.random.default_rng(6)
    forms = SPACE.canonical(np.array([shuffled(code, rng) for _ in range(5)]))
    assert SPACE.valid(forms).all() and len(np.unique(forms, axis=0)) == 1


def test_canonical_forms_stay_what_they_are():
    text = (
        '{"a": {"op": "linear", "input": ["x", "h_prev_0"]}, "b": {"op": "activation_sigm", "input": ["a"]}, '
        '"c": {"op": "linear", "input": ["h_prev_0", "x"]}, "d": {"op": "activation_tanh", "input": ["c"]}, '
        '"h_new_0": {"op": "blend", "input": ["b", "h_prev_0", "d"]}}'
    )
    form = SPACE.canonical(SPACE.parse(text)[None])[0]
    assert SPACE.format(form) == FORM


FORM = (
    '{"node_0": {"op": "linear", "input": ["x", "h_prev_0"]}, "node_1": {"op": "linear", "input": ["x", "h_prev_0"]}, '
    '"node_2": {"op": "activation_tanh", "input": ["node_1"]}, '
    '"node_3": {"op": "activation_sigm", "input": ["node_0"]}, '
    '"h_new_0": {"op": "blend", "input": ["node_3", "h_prev_0", "node_2"]}}'
)


def test_steps_lead_from_every_network_to_every_other(tiny):
    forms = np.unique(TINY.canonical(tiny), axis=0)
    names = {tuple(form): number for number, form in enumerate(forms.tolist())}
    graph = nx.DiGraph()
    for number, form in enumerate(forms):
        around = TINY.canonical(TINY.neighbors(form))
        graph.add_edges_from((number, names[tuple(row)]) for row in around.tolist())
    assert len(graph) == len(forms) and nx.is_strongly_connected(graph)


@pytest.mark.parametrize(("options", "n"), [({"nodes": 3, "states": 1}, 12), ({"nodes": 4, "states": 2}, 6)])
def test_every_edit_is_undone_by_another_but_for_the_order_of_nodes(options, n):
    space = NLP(**options)
    for code in space.sample(n, np.random.default_rng(0)):
        form = space.canonical(code[None])
        backs = [(space.canonical(space.neighbors(other)) == form).all(axis=1) for other in space.neighbors(code)]
        assert all(back.any() for back in backs)


def test_neighbours_stay_what_they_are():
    around = SPACE.neighbors(SPACE.parse(FORM))
    assert (len(around), crc32(around.astype(np.int8).tobytes())) == (66, 689356819)


@pytest.mark.parametrize("row", [500, 900])
def test_mutants_are_uniform_over_edits(tiny, row):
    code = tiny[row]
    around, edits_to = np.unique(join(edits(split(code[None], TINY.nodes))), axis=0, return_counts=True)
    drawn = TINY.mutate(np.repeat(code[None], 50 * len(around), axis=0), np.random.default_rng(7))
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(around) > 5
    np.testing.assert_array_equal(around, TINY.neighbors(code))
    np.testing.assert_array_equal(found, around)
    assert chisquare(counts, edits_to * len(drawn) / edits_to.sum()).pvalue > 1e-3


def test_mutants_of_large_cells_are_neighbours():
    codes = SPACE.sample(5, np.random.default_rng(11))
    for code, mutant in zip(codes, SPACE.mutate(codes, np.random.default_rng(12)), strict=True):
        assert mutant.tolist() in SPACE.neighbors(code).tolist()


def test_children_are_mostly_new_and_mix_their_parents():
    a, b = GENERATED.sample(200, np.random.default_rng(8)), GENERATED.sample(200, np.random.default_rng(9))
    children = GENERATED.crossover(a, b, np.random.default_rng(10))
    new = (children != a).any(axis=1) & (children != b).any(axis=1)
    assert GENERATED.valid(children).all() and new.mean() > 0.5


def test_steps_change_the_number_of_nodes_and_of_states(recipes):
    around = SPACE.neighbors(SPACE.parse(recipes[100]))
    nodes = (around[:, :100:4] > 0).sum(axis=1)
    states = (around[:, -3:] > 0).sum(axis=1)
    assert set(nodes) == {6, 7, 8} and set(states) == {1, 2}


def test_graphs_lead_from_the_inputs_to_the_states(recipes):
    code = SPACE.parse(recipes[0])
    graph = SPACE.to_networkx(code)
    assert [data["op"] for _, data in graph.nodes(data=True)] == [
        "x",
        "h_prev_0",
        "linear",
        "activation_tanh",
        "h_new_0",
    ]
    assert list(graph.edges) == [(0, 2), (1, 2), (2, 3), (3, 4)]


def test_pictures_say_which_input_of_a_blend_is_the_gate(recipes):
    cell = next(text for text in recipes if "blend" in text)
    code = SPACE.parse(cell)
    picture = SPACE.picture(code)
    blends = [node for node, data in picture.nodes(data=True) if data["label"] == "blend"]
    for node in blends:
        assert sorted(data["label"] for _, _, data in picture.in_edges(node, data=True)) == ["a", "b", "gate"]
    assert len(blends) == (split(code[None], 25).ops == BLEND).sum()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nodes": 1}, "at most 2 to 25 nodes, not 1"),
        ({"nodes": 26}, "at most 2 to 25 nodes, not 26"),
        ({"nodes": True}, "at most 2 to 25 nodes, not True"),
        ({"states": 4}, "at most 1 to 3 hidden states, each a node, not 4"),
        ({"nodes": 2, "states": 3}, "at most 1 to 3 hidden states, each a node, not 3"),
        ({"draw": "both"}, "draws 'uniform' or by the 'generator', not 'both'"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InvalidOption, match=message):
        NLP(**options)


def test_cells_are_split_and_joined():
    codes = SPACE.sample(5, np.random.default_rng(11))
    cells = split(codes, 25)
    assert isinstance(cells, Cells) and len(cells) == 5
    np.testing.assert_array_equal(join(cells), codes)
