"""Recipes read and written: every real one, and texts that are none."""

import json

import numpy as np
import pytest
from nasapi_nlp.cells import split
from nasapi_nlp.isomorphism import canonical
from nasapi_nlp.space import NLP

from nasapi.errors import InvalidArchitecture

SPACE = NLP()
RNN = {"f": ["linear", "x", "h_prev_0"], "h_new_0": ["activation_tanh", "f"]}
GRU = {
    "r": ["linear", "x", "h_prev_0"],
    "r_act": ["activation_sigm", "r"],
    "z": ["linear", "x", "h_prev_0"],
    "z_act": ["activation_sigm", "z"],
    "rh": ["elementwise_prod", "r_act", "h_prev_0"],
    "h_tilde": ["linear", "x", "rh"],
    "h_tilde_act": ["activation_tanh", "h_tilde"],
    "h_new_0": ["blend", "z_act", "h_prev_0", "h_tilde_act"],
}


def written(cell):
    return json.dumps({name: {"op": op, "input": inputs} for name, (op, *inputs) in cell.items()})


def unrolled(text):
    """What each hidden state computes, as one expression; inputs sorted where their order means nothing."""
    recipe = json.loads(text)

    def expression(name):
        if name not in recipe:
            return name
        inputs = [expression(source) for source in recipe[name]["input"]]
        return (recipe[name]["op"], *(inputs if recipe[name]["op"] == "blend" else sorted(map(repr, inputs))))

    return [expression(name) for name in sorted(recipe) if name.startswith("h_new_") and name[6:].isdecimal()]


def test_every_real_recipe_comes_back_as_the_same_cell(recipes):
    for text in recipes:
        code = SPACE.parse(text)
        back = SPACE.format(code)
        assert len(json.loads(back)) == len(json.loads(text))
        assert unrolled(back) == unrolled(text)
        np.testing.assert_array_equal(SPACE.parse(back), code)


def test_the_real_recipes_are_265_networks(recipes):
    codes = np.array([SPACE.parse(text) for text in recipes])
    assert len(np.unique(SPACE.canonical(codes), axis=0)) == 265


def test_a_recipe_is_read_gene_by_gene():
    code = SPACE.parse(written(RNN))
    np.testing.assert_array_equal(code[:12], [1, 1, 2, 0, 5, 5, 0, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(code[-3:], [2, 0, 0])


def test_the_order_of_a_blend_is_kept_and_that_of_others_is_not():
    swapped = GRU | {"h_new_0": ["blend", "z_act", "h_tilde_act", "h_prev_0"]}
    turned = GRU | {"h_tilde": ["linear", "rh", "x"]}
    code, other, same = (SPACE.parse(written(cell)) for cell in (GRU, swapped, turned))
    assert not np.array_equal(SPACE.canonical(code[None]), SPACE.canonical(other[None]))
    np.testing.assert_array_equal(code, same)


def test_nodes_may_stand_before_their_inputs():
    forward, backward = SPACE.parse(written(GRU)), SPACE.parse(written(dict(reversed(GRU.items()))))
    np.testing.assert_array_equal(*SPACE.canonical(np.array([forward, backward])))


def test_a_recipe_names_nodes_by_place_and_states():
    text = SPACE.format(SPACE.parse(written(RNN)))
    assert text == (
        '{"node_0": {"op": "linear", "input": ["x", "h_prev_0"]}, '
        '"h_new_0": {"op": "activation_tanh", "input": ["node_0"]}}'
    )


def test_a_single_cell_has_a_canonical_form():
    code = SPACE.parse(written(GRU))
    assert len(canonical(split(code[None], 25))) == 1
    assert len(canonical(split(code[None][:0], 25))) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON at position 0: Expecting value; a recipe is such as"),
        ('{"a": ', "is no JSON at position 5"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "is no recipe from position 0 on"),
        ("{}", "is no recipe from position 0 on"),
        ('{"a": 1}', "Node 'a' at position 1 of the recipe must have 'op' and 'input' and nothing else"),
        ('{"a": {"op": "linear"}}', "must have 'op' and 'input' and nothing else"),
        ('{"a": {"op": "lineal", "input": ["x"]}}', "has the unknown operation 'lineal'. Did you mean 'linear'"),
        ('{"a": {"op": ["x"], "input": ["x"]}}', "has the unknown operation"),
        ('{"a": {"op": "linear", "input": "x"}}', "has the inputs 'x', not a list of names"),
        ('{"a": {"op": "linear", "input": [1]}}', r"has the inputs \[1\], not a list of names"),
        ('{"x": {"op": "linear", "input": ["x"]}}', "Node 'x' at position 1 of the recipe has the name of an input"),
        (written(RNN)[:-1] + ", " + written(RNN)[1:], "Node 'f' at position 1 of the recipe is described twice"),
        (
            written(RNN | {"h_new_0": ["activation_tanh", "f", "h_prev_0"]}),
            "of 2 inputs; it takes 1",
        ),
        (written(RNN | {"f": ["linear"]}), "is 'linear' of 0 inputs; it takes 1 to 3"),
        (written(RNN | {"f": ["elementwise_sum", "h_prev_0"]}), "is 'elementwise_sum' of 1 inputs; it takes 2 to 3"),
        (written(RNN | {"f": ["linear", "x", "x"]}), "takes one input twice"),
        (
            written(RNN | {"f": ["elementwise_sum", "x", "h_prev_0"]}),
            "takes x, whose size",
        ),
        (
            written(RNN | {"f": ["linear", "x", "h_prev_9"]}),
            "takes 'h_prev_9', which is no node",
        ),
        (written(RNN | {"f": ["linear", "x", "h_new_0"]}), "Node 'f' at position 1 of the recipe depends on itself"),
        (
            written(RNN | {"g": ["activation_tanh", "f"]}),
            "Node 'g' at .* is used by no node",
        ),
        (written({"f": RNN["f"]}), r"computes the hidden states \[\]; wanted h_new_0"),
        (written({"h_new_1": RNN["f"]}), r"computes the hidden states \[1\]; wanted h_new_0"),
        (written({"h_new_00": RNN["f"]}), "has a hidden state's number with a leading zero"),
        (written({"h_new_0": ["linear", "h_prev_0"]}), "takes x"),
        (written({"h_new_0": ["linear", "x"]}), "computes h_new_0 but nothing takes h_prev_0"),
        (written({"h_new_0": ["linear", "x", "h_prev_0", "h_prev_1"]}), "takes h_prev_1 but does not compute h_new_1"),
        (written({f"h_new_{i}": RNN["f"] for i in range(4)}), "has 4 hidden states; a cell has at most 3"),
        (written({f"n{i}": ["linear", "x"] for i in range(25)} | RNN), "has 27 nodes; a cell has at most 25"),
    ],
)
def test_text_that_is_no_recipe_of_a_cell_is_refused(text, message):
    with pytest.raises(InvalidArchitecture, match=message):
        SPACE.parse(text)
