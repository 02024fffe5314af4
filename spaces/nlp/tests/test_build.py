"""The torch language model of a cell: published counts, states that go on, and what is dropped."""

import numpy as np
import pytest
from nasapi_nlp.cells import split
from nasapi_nlp.features import parameters
from nasapi_nlp.space import NLP

from nasapi import networks
from nasapi.errors import InvalidArchitecture, InvalidOption
from nasapi.testing import shared_data

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-nlp[torch]'")

from nasapi_nlp.build import build  # noqa: E402

SPACE = NLP()
SMALL = {"channels": 6, "embedding": 4, "classes": 9}
TANH = '{"f": {"op": "linear", "input": ["x", "h_prev_0"]}, "h_new_0": {"op": "activation_tanh", "input": ["f"]}}'


def built_parameters(code, **arguments):
    with torch.device("meta"):
        return sum(weights.numel() for weights in build(code, **arguments).parameters())


def some(n):
    return NLP(draw="generator").sample(n, np.random.default_rng(0))


def test_networks_have_the_parameters_that_were_published_with_their_runs():
    archive = np.load(shared_data("nlp", "the real runs of NAS-Bench-NLP") / "wikitext2_345.npz")
    for row in range(0, 345, 69):
        code = SPACE.parse(archive["recepie"][row].item())
        assert built_parameters(code) == archive["num_params"][row]


def test_parameters_are_those_of_the_rule_and_the_vocabulary_once():
    for code in some(6):
        wanted = parameters(split(code[None], SPACE.nodes))[0] + 10_000 * (400 + 1)
        assert built_parameters(code, classes=10_000) == wanted


def test_multiply_additions_of_a_word_are_the_matrices():
    size = networks.count(SPACE, SPACE.parse(TANH))
    matrices = size.parameters - 1_600 - 33_278  # but for the biases
    assert size.multiply_additions == matrices


def test_a_model_is_the_recurrence_that_its_recipe_says():
    network = build(SPACE.parse(TANH), cells=1, embedding=4, classes=9).eval()
    (layer,) = network.layers
    words = torch.tensor([[1], [2], [5]])
    state = torch.zeros(1, 4)
    wanted = []
    for word in words:
        total = layer.biases["0"] + network.embedding(word) @ layer.matrices["0<1"].T + state @ layer.matrices["0<2"].T
        state = torch.tanh(total)
        wanted.append(state @ network.embedding.weight.T + network.bias)
    assert torch.allclose(network(words), torch.cat(wanted), atol=1e-6)


def test_a_text_in_two_parts_is_the_text():
    for code in some(4):
        network = networks.build(SPACE, code, seed=0, **SMALL).eval()
        (words,) = network.example(6)
        first, states = network.advance(words[:2])
        second, _ = network.advance(words[2:], states)
        assert torch.allclose(torch.cat([first, second]), network(words), atol=1e-6)


def test_logits_are_a_row_a_word():
    network = networks.build(SPACE, some(1)[0], seed=0, **SMALL).eval()
    assert network(torch.zeros(5, 3, dtype=torch.long)).shape == (15, 9)


@pytest.mark.parametrize("name", ["dropout", "dropout_embedding", "dropout_hidden", "dropout_weights"])
def test_each_share_is_dropped_in_training_mode_alone(name):
    none = dict.fromkeys(["dropout", "dropout_embedding", "dropout_hidden", "dropout_weights"], 0.0)
    network = networks.build(SPACE, some(1)[0], seed=0, **SMALL, **(none | {name: 0.5}))
    (words,) = network.example(6)
    torch.manual_seed(0)
    assert not torch.equal(network(words), network(words))
    network.eval()
    assert torch.equal(network(words), network(words))


def test_a_smaller_space_is_built():
    space = NLP(nodes=4, states=1)
    code = space.sample(1, np.random.default_rng(0))[0]
    assert networks.build(space, code, seed=0, **SMALL).eval()(torch.zeros(2, 1, dtype=torch.long)).shape == (2, 9)


def test_isomorphic_cells_are_one_module():
    code = SPACE.parse(TANH.replace('"f"', '"a"'))
    other = SPACE.parse(
        '{"h_new_0": {"op": "activation_tanh", "input": ["b"]}, "b": {"op": "linear", "input": ["x", "h_prev_0"]}}'
    )
    one, two = (networks.build(SPACE, each, seed=3, **SMALL).state_dict() for each in (code, other))
    assert all(torch.equal(one[name], two[name]) for name in one | two)


def test_a_code_outside_the_space_is_refused():
    with pytest.raises(InvalidArchitecture, match="no architecture of nlp"):
        build(np.zeros(103, int))


def test_dropping_all_is_refused():
    with pytest.raises(InvalidOption, match=r"`dropout_hidden` is a number from 0 and below 1, not 1\.5"):
        build(some(1)[0], dropout_hidden=1.5)
