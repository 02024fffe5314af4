"""What describes a cell to a surrogate, by hand, and the smallest and largest spaces."""

import numpy as np
import pytest
from nasapi_nlp.cells import split
from nasapi_nlp.features import counted, described, parameters
from nasapi_nlp.space import NLP

TANH = '{"f": {"op": "linear", "input": ["x", "h_prev_0"]}, "h_new_0": {"op": "activation_tanh", "input": ["f"]}}'
SHORTCUT = (
    '{"a": {"op": "linear", "input": ["x", "h_prev_0"]}, "b": {"op": "activation_sigm", "input": ["a"]},'
    ' "c": {"op": "elementwise_sum", "input": ["a", "b"]}, "h_new_0": {"op": "activation_tanh", "input": ["c"]}}'
)


def of_state(text, state=0):
    """The nine numbers that describe one new hidden state."""
    space = NLP()
    found = described(split(space.parse(text)[None], space.nodes))[0]
    return found[len(found) - 9 * (3 - state) : len(found) - 9 * (2 - state)].tolist()


def test_a_chain_has_one_length_and_what_it_depends_on():
    longest, shortest, saturating, nodes, x, first, second, third, ways = of_state(TANH)
    assert (longest, shortest, saturating, nodes) == (2, 2, 1, 2)
    assert (x, first, second, third) == (1, 1, 0, 0)
    assert ways == pytest.approx(np.log1p(2))


def test_a_shortcut_makes_the_shortest_way_shorter():
    longest, shortest, saturating, nodes, x, first, _, _, ways = of_state(SHORTCUT)
    assert (longest, shortest, saturating, nodes) == (4, 3, 3, 4)
    assert (x, first) == (1, 1)
    assert ways == pytest.approx(np.log1p(4))


def test_a_state_that_is_not_computed_depends_on_nothing():
    assert of_state(TANH, 1)[:8] == [0.0] * 8


def test_operations_are_counted_by_what_feeds_them_and_the_gate_of_a_blend_apart():
    operations = ("linear", "blend", "prod", "sum", "tanh", "sigm", "relu")
    sources, places = ("x", "h0", "h1", "h2", *operations), (*operations, "gate")
    names = [*operations, *((a, b) for a in sources for b in places), *((s, op) for s in range(3) for op in operations)]
    gated = (
        '{"f": {"op": "linear", "input": ["x", "h_prev_0"]}, "g": {"op": "activation_sigm", "input": ["f"]},'
        ' "h_new_0": {"op": "blend", "input": ["g", "h_prev_0", "f"]}}'
    )
    space = NLP()
    for text, found in (
        (
            TANH,
            {"linear": 1, "tanh": 1, ("x", "linear"): 1, ("h0", "linear"): 1, ("linear", "tanh"): 1, (0, "tanh"): 1},
        ),
        (
            gated,
            {"linear": 1, "sigm": 1, "blend": 1, ("x", "linear"): 1, ("h0", "linear"): 1, ("linear", "sigm"): 1}
            | {("sigm", "gate"): 1, ("h0", "blend"): 1, ("linear", "blend"): 1, (0, "blend"): 1},
        ),
    ):
        counts = counted(split(space.parse(text)[None], space.nodes))[0].tolist()
        assert {name: count for name, count in zip(names, counts, strict=True) if count} == found


def test_matrices_are_of_the_widths_that_were_trained():
    cell = split(NLP().parse(TANH)[None], 25)
    assert parameters(cell).tolist() == [840_000 + 880_000 + 1_600]


@pytest.mark.parametrize("options", [{"nodes": 2, "states": 1}, {"nodes": 2, "states": 2}, {"nodes": 3, "states": 3}])
def test_the_smallest_spaces_are_spaces(options):
    space = NLP(**options)
    assert len(space.cardinalities) == 4 * space.nodes + space.states
    assert space.valid(space.sample(3, np.random.default_rng(0))).all()
    assert NLP(nodes=25).id == NLP().id == "nlp"
