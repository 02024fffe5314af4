"""The torch network of a cell: published counts, sizes as counted, any side, and codes of one network."""

import numpy as np
import pytest
from nasapi_nb101.cells import split
from nasapi_nb101.parameters import multiply_additions, trainable_parameters
from nasapi_nb101.space import NB101

from nasapi import networks
from nasapi.errors import InvalidArchitecture, InvalidOption

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-nb101[torch]'")

from nasapi_nb101.build import build  # noqa: E402

SPACE = NB101()
SMALL = {"channels": 8, "cells": 1}
PUBLISHED = {
    "the Inception-like cell of the official README": (
        "0111010"
        "0000001"
        "0000001"
        "0000100"
        "0000001"
        "0000001"
        "0000000"
        ":input,conv1x1-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,maxpool3x3,output",
        2_694_282,
    ),
    "the example of the official notebook": (
        "0100110"
        "0010000"
        "0001001"
        "0000010"
        "0000010"
        "0000001"
        "0000000"
        ":input,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,output",
        8_555_530,
    ),
}


def sizes_of_rule(codes, **arguments):
    cells = split(SPACE.canonical(codes), 7)
    sided = {name: value for name, value in arguments.items() if name != "side"}
    return trainable_parameters(*cells, **sided).tolist(), multiply_additions(*cells, **arguments).tolist()


@pytest.mark.parametrize("example", PUBLISHED)
def test_published_networks_have_their_published_parameters(example):
    text, count = PUBLISHED[example]
    code = SPACE.parse(text)
    with torch.device("meta"):
        network = build(code)
    assert sum(weights.numel() for weights in network.parameters()) == count
    assert SPACE.parameters(code[None]).tolist() == [count]


@pytest.mark.parametrize("arguments", [{}, {**SMALL, "inputs": 1, "classes": 3, "side": 13}])
def test_parameters_and_multiply_additions_are_those_of_the_rule(arguments):
    codes = SPACE.sample(1, np.random.default_rng(0))
    sizes = [networks.count(SPACE, code, **arguments) for code in codes]
    found = [size.parameters for size in sizes], [size.multiply_additions for size in sizes]
    assert found == sizes_of_rule(codes, **arguments)


def test_parameters_are_those_of_the_rule_for_cells_of_every_size():
    for code in SPACE.sample(30, np.random.default_rng(1)):
        with torch.device("meta"):
            network = build(code, channels=7, cells=1)  # does not divide among two to five sources
        found = sum(weights.numel() for weights in network.parameters())
        assert [found] == sizes_of_rule(code[None], channels=7, cells=1)[0]


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
def test_every_side_gives_logits(stem):
    code = SPACE.sample(1, np.random.default_rng(2))[0]
    network = build(code, **SMALL, stem=stem, classes=7, inputs=1).eval()
    for side in range(4 if stem == "cifar" else 16, 35):
        assert network(torch.zeros(1, 1, side, side)).shape == (1, 7)


def test_codes_of_one_network_are_one_module():
    code = SPACE.sample(1, np.random.default_rng(3))[0]
    around = SPACE.neighbors(code)
    same = around[(SPACE.canonical(around) == SPACE.canonical(code[None])).all(axis=1)][:5]
    assert len(same)
    wanted = networks.build(SPACE, code, seed=1, **SMALL).state_dict()
    for other in same:
        found = networks.build(SPACE, other, seed=1, **SMALL).state_dict()
        assert list(found) == list(wanted)
        assert all(torch.equal(found[name], wanted[name]) for name in wanted)


def test_every_batch_norm_has_the_published_epsilon_and_momentum():
    network = networks.build(SPACE, SPACE.sample(1, np.random.default_rng(0))[0], **SMALL)
    norms = [part for part in network.modules() if isinstance(part, torch.nn.BatchNorm2d)]
    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-5, 0.003)}


def test_a_cell_of_nothing_but_its_input_is_built():
    space = NB101(2)
    assert networks.build(space, [1], **SMALL)(torch.zeros(2, 3, 8, 8)).shape == (2, 10)


def test_a_wide_vertex_gives_its_first_channels_to_a_narrow_one():
    # vertex 1 feeds vertex 2 and, with it, the output of 9 channels: 5 and 4 of them
    space = NB101(4)
    code = space.parse("0100001100010000:input,conv1x1-bn-relu,maxpool3x3,output")
    module = build(code, channels=9, cells=1).stacks[0].eval()
    features = torch.rand(1, 9, 4, 4)
    first, second = module(features).split([5, 4], dim=1)
    assert torch.equal(second, torch.nn.functional.max_pool2d(first[:, :4], 3, stride=1, padding=1))


def test_a_vertex_sums_its_inputs_and_the_output_adds_the_input_to_what_it_joins():
    space = NB101(4)
    code = space.parse("0111001100010000:input,conv1x1-bn-relu,conv3x3-bn-relu,output")  # every edge there is
    module = build(code, channels=9, cells=1).stacks[0].eval()
    features = torch.rand(2, 9, 4, 4)
    first = module.operations["1"](module.projections["1"](features))
    second = module.operations["2"](first[:, :4] + module.projections["2"](features))
    assert (first.shape[1], second.shape[1]) == (5, 4)
    torch.testing.assert_close(module(features), torch.cat([first, second], 1) + module.projections["3"](features))


def test_the_stem_for_large_images_quarters_the_side_in_two_strides():
    code = SPACE.parse("0100:input,output")
    stem = build(code, channels=9, cells=1, stem="imagenet").stem.eval()
    assert [(part.in_channels, part.out_channels, part.kernel_size) for part in convolutions(stem)] == [
        (3, 4, (3, 3)),
        (4, 9, (3, 3)),
    ]
    assert stem(torch.zeros(1, 3, 20, 24)).shape == (1, 9, 5, 6)


def convolutions(module):
    return [part for part in module.modules() if isinstance(part, torch.nn.Conv2d)]


@pytest.mark.parametrize("genes", [26, 27, 34])
def test_a_code_outside_the_space_is_refused(genes):
    with pytest.raises(InvalidArchitecture, match="nb101"):
        build(np.zeros(genes, int))


def test_too_few_channels_for_five_sources_are_refused():
    with pytest.raises(InvalidOption, match="`channels` is a whole number from 5, not 4"):
        build(SPACE.sample(1, np.random.default_rng(0))[0], channels=4)


def test_a_side_below_the_least_is_refused():
    with pytest.raises(InvalidOption, match="`side` is a whole number from 16 with the stem 'imagenet', not 15"):
        build(SPACE.sample(1, np.random.default_rng(0))[0], side=15, stem="imagenet")
