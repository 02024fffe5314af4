"""The torch network of five widths: the published count, sizes as counted, and any side."""

import numpy as np
import pytest
from nasapi_natssize.counts import NetworkCounts

import nasapi
from nasapi import networks
from nasapi.errors import InvalidArchitecture, InvalidOption

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-natssize[torch]'")

from nasapi_natssize.build import build  # noqa: E402


@pytest.fixture(scope="module")
def space():
    return nasapi.load_space("natssize")


def test_a_published_network_has_its_published_parameters(space):
    assert networks.count(space, space.parse("16:40:56:24:40")).parameters == 242_138


@pytest.mark.parametrize("arguments", [{}, {"cells": 2, "inputs": 1, "side": 13, "classes": 5}])
def test_parameters_and_multiply_additions_are_those_of_the_rule(space, arguments):
    codes = np.concatenate([[[0] * 5, [0, 7, 0, 7, 0]], space.sample(1, np.random.default_rng(0))])
    rule = NetworkCounts(**({"classes": 10, "side": 32} | arguments))
    sizes = [networks.count(space, code, **arguments) for code in codes]
    assert [size.parameters for size in sizes] == rule.params(space.widths(codes)).tolist()
    assert [size.multiply_additions for size in sizes] == rule.multiply_additions(space.widths(codes)).tolist()


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
def test_every_side_gives_logits(stem):
    network = build(np.array([0, 1, 1, 0, 0]), stem=stem, classes=7, inputs=1).eval()
    for side in range(4 if stem == "cifar" else 16, 35):
        assert network(torch.zeros(1, 1, side, side)).shape == (1, 7)


def test_a_side_below_the_least_is_refused():
    with pytest.raises(InvalidOption, match="`side` is a whole number from 16 with the stem 'imagenet', not 15"):
        build(np.zeros(5, int), side=15, stem="imagenet")


def test_a_code_outside_the_space_is_refused():
    with pytest.raises(InvalidArchitecture, match="gene 4 is 8, but takes 0 to 7"):
        build(np.array([0, 0, 0, 0, 8]))
