"""The torch network of a cell: sizes as counted, what `none` means, and bad options."""

import numpy as np
import pytest
from nasapi_nb201.counts import NETWORKS

import nasapi
from nasapi.errors import InvalidArchitecture, InvalidOption

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-nb201[torch]'")

from nasapi_nb201.build import build  # noqa: E402


@pytest.fixture(scope="module")
def space():
    return nasapi.load_space("nb201")


def parameters(network):
    return sum(weights.numel() for weights in network.parameters())


@pytest.mark.parametrize("dataset", NETWORKS)
def test_parameters_are_those_counted(space, dataset):
    codes = space.sample(12, np.random.default_rng(0))
    built = [parameters(build(code, classes=NETWORKS[dataset].classes)) for code in codes]
    assert built == NETWORKS[dataset].params(codes).tolist()


def test_multiply_additions_are_those_counted(space):
    from torch.utils.flop_counter import FlopCounterMode

    codes = space.sample(3, np.random.default_rng(1))
    for code in codes:
        network = build(code).eval()
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            network(torch.zeros(1, 3, 32, 32))
        counted = NETWORKS["cifar10"].flops(code[None])[0]
        assert counter.get_total_flops() / 2 + 10 == counted  # the counter leaves the classifier's ten biases out


def test_a_network_gives_logits_for_any_even_side(space):
    code = space.sample(1, np.random.default_rng(2))[0]
    logits = build(code, classes=7, channels=4, cells=1)(torch.randn(5, 3, 16, 16))
    assert logits.shape == (5, 7)


def test_all_none_gives_the_classifier_nothing_of_the_image(space):
    network = build(np.zeros(6, int), channels=4, cells=1).eval()
    first, second = network(torch.randn(2, 3, 8, 8))
    assert torch.equal(first, second)


@pytest.mark.parametrize(
    ("code", "layers"),
    [
        ((0, 0, 3, 0, 0, 3), 0),  # node 1 is dead, so nothing reaches the output
        ((3, 0, 0, 1, 0, 0), 0),  # node 1 leads nowhere
        ((3, 0, 3, 0, 0, 2), 3),
    ],
)
def test_dead_edges_are_left_out_where_none_is_zero(code, layers):
    count = {
        none: sum(
            isinstance(part, torch.nn.Conv2d) for part in build(np.array(code), cells=1, none=none).stages[0].modules()
        )
        for none in ("trained", "zero")
    }
    assert count == {"trained": sum(gene in (2, 3) for gene in code), "zero": layers}


def test_codes_of_one_network_give_the_same_where_none_is_zero(space):
    codes = space.sample(400, np.random.default_rng(3))
    dead = codes[(space.canonical(codes) == 0).all(axis=1)]
    assert len(dead) > 2
    for code in dead:
        network = build(code, channels=4, cells=1, none="zero")
        assert not list(network.stages[0].parameters())


def test_the_space_names_its_builder(space):
    module, _, name = space.builder.partition(":")
    assert (module, name) == (build.__module__, build.__name__)


def test_a_code_outside_the_space_is_refused():
    with pytest.raises(InvalidArchitecture, match="gene 2 is 9, but takes 0 to 4"):
        build(np.array([0, 0, 9, 0, 0, 0]))


@pytest.mark.parametrize("option", ["classes", "channels", "cells"])
def test_a_size_that_is_no_count_is_refused(option):
    with pytest.raises(InvalidOption, match=f"`{option}` is a whole number from 1, not 0"):
        build(np.zeros(6, int), **{option: 0})


def test_an_unknown_meaning_of_none_is_refused():
    with pytest.raises(InvalidOption, match="`none` is 'trained' or 'zero', not 'dead'"):
        build(np.zeros(6, int), none="dead")
