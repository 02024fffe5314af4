"""Cells drawn uniformly and by the generator: held against all codes, and against chances computed choice by choice."""

import json
from collections import Counter
from itertools import combinations, permutations, product

import numpy as np
import pytest
from nasapi_nlp.space import NLP
from scipy.stats import chisquare

from nasapi.errors import InvalidOption

GENERATED = NLP(draw="generator")
SMALL = NLP(nodes=2, states=2)
TINY = NLP(nodes=3, states=1)


def test_samples_are_uniform_over_all_valid_codes(tiny):
    drawn = TINY.sample(200 * len(tiny), np.random.default_rng(0))
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    np.testing.assert_array_equal(found, tiny)
    assert chisquare(counts).pvalue > 1e-3


def test_samples_are_uniform_where_there_are_two_hidden_states(small):
    drawn = SMALL.sample(200 * len(small), np.random.default_rng(1))
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    np.testing.assert_array_equal(found, small)
    assert chisquare(counts).pvalue > 1e-3


def test_the_generator_draws_with_the_chances_of_its_procedure():
    space = NLP(nodes=4, states=1, draw="generator")
    wanted = chances()
    drawn = space.sample(40_000, np.random.default_rng(2))
    counts = Counter(space.format(code) for code in drawn)
    assert counts.keys() == wanted.keys()
    expected = np.array([wanted[text] for text in counts]) * 40_000
    found = np.array(list(counts.values()))
    rare = expected < 5
    both = np.append(found[~rare], found[rare].sum()), np.append(expected[~rare], expected[rare].sum())
    kept = both[1] > 0
    assert chisquare(both[0][kept], both[1][kept]).pvalue > 1e-3


def chances():
    """What the generator draws for one hidden state and two intermediate nodes, gone through choice by choice."""
    ends = Counter()

    def grow(recipe, activated, chance):
        at = len(recipe)
        if at >= 3:
            for hidden in recipe:
                ends[json.dumps([recipe, hidden])] += chance / at
            return
        elementwise = ["h_prev_0", *recipe]
        room = [
            (op, n)
            for op, n in (("blend", 3), ("elementwise_prod", 2), ("elementwise_sum", 2))
            if n <= len(elementwise)
        ]
        total = 3 + len(room)  # those without room are drawn anew
        sources = ["x", "h_prev_0", *activated]
        for wanted, share in ((2, 0.8), (3, 0.2)):
            taken = list(combinations(sources, min(wanted, len(sources))))
            for some, activation in product(taken, ("tanh", "sigm", "leaky_relu")):
                node, after = f"n{at}", f"n{at + 1}"
                grown = recipe | {
                    node: {"op": "linear", "input": some},
                    after: {"op": f"activation_{activation}", "input": [node]},
                }
                grow(grown, [*activated, after], chance * 3 / total * share / len(taken) / 3)
        for op, number in room:
            taken = list((permutations if op == "blend" else combinations)(elementwise, number))
            for some in taken:
                grow(recipe | {f"n{at}": {"op": op, "input": some}}, activated, chance / total / len(taken))

    grow({}, [], 1.0)
    space, kept = NLP(nodes=4, states=1), Counter()
    for text, chance in ends.items():
        recipe, hidden = json.loads(text)
        if "h_prev_0" in recipe[hidden]["input"]:
            continue
        needed, queue = set(), [hidden]
        while queue:
            name = queue.pop()
            needed.add(name)
            queue += recipe.get(name, {"input": []})["input"]
        if {"x", "h_prev_0"} <= needed:
            named = {name: "h_new_0" if name == hidden else name for name in recipe}
            live = {
                named[name]: {"op": node["op"], "input": [named.get(source, source) for source in node["input"]]}
                for name, node in recipe.items()
                if name in needed
            }
            kept[space.format(space.parse(json.dumps(live)))] += chance
    whole = sum(kept.values())
    return {text: chance / whole for text, chance in kept.items()}


def test_generated_cells_are_of_the_published_sizes():
    codes = GENERATED.sample(3000, np.random.default_rng(3))
    states = (codes[:, -3:] > 0).sum(axis=1)
    assert chisquare(np.bincount(states)[1:]).pvalue > 1e-3
    assert GENERATED.valid(codes).all()


def test_a_generator_without_room_is_refused():
    with pytest.raises(
        InvalidOption, match="needs room for a linear node and its activation beside 3 hidden states; 4"
    ):
        NLP(nodes=4, states=3, draw="generator").sample(1, np.random.default_rng(0))
