"""The torch network of a cell: sizes as counted, any side and any images, what `none` means, and bad options."""

import itertools

import numpy as np
import pytest
from nasapi_nb201.counts import NETWORKS, NetworkCounts

import nasapi
from nasapi import networks
from nasapi.errors import InvalidArchitecture, InvalidOption

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-nb201[torch]'")

from nasapi_nb201.build import build  # noqa: E402

SMALL = {"channels": 2, "cells": 1}
ALL_3X3 = np.full(6, 3)
FIRST_WEIGHTS = [0.1305263, -0.1282232, 0.1561532]


@pytest.fixture(scope="module")
def space():
    return nasapi.load_space("nb201")


@pytest.fixture(scope="module")
def every(space):
    return np.concatenate(list(space.enumerate()))


def parameters(network):
    return sum(weights.numel() for weights in network.parameters())


@pytest.mark.parametrize("dataset", NETWORKS)
def test_parameters_are_those_counted(space, dataset):
    codes = space.sample(7, np.random.default_rng(0))
    with torch.device("meta"):
        built = [parameters(build(code, classes=NETWORKS[dataset].classes)) for code in codes]
    assert built == NETWORKS[dataset].params(codes).tolist()


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"channels": 8, "cells": 2, "inputs": 1, "side": 8, "reduction": "light"},
        {"channels": 3, "cells": 1, "classes": 7, "side": 13},
    ],
)
def test_parameters_and_multiply_additions_are_those_of_the_rule(space, arguments):
    codes = np.concatenate([[[op] * 6 for op in range(5)], space.sample(1, np.random.default_rng(1))])
    rule = NetworkCounts(**({"classes": 10, "side": 32} | arguments))
    sizes = [networks.count(space, code, **arguments) for code in codes]
    assert [size.parameters for size in sizes] == rule.params(codes).tolist()
    assert [size.multiply_additions for size in sizes] == rule.multiply_additions(codes).tolist()


def test_the_parameters_of_a_cell_are_those_of_the_built_one(every):
    for code in (every[-1], *every[[7, 4_321, 12_000]]):
        cell = build(code, channels=6, cells=1).stages[0]
        assert NetworkCounts(classes=10, side=32, channels=6).cell_params(code[None]) == [parameters(cell)]


def test_the_imagenet_stem_halves_sides_twice():
    stem = build(ALL_3X3, **SMALL, stem="imagenet").stem
    assert [tuple(stem(torch.zeros(1, 3, side, side)).shape[2:]) for side in (32, 33, 64)] == [(8, 8), (9, 9), (16, 16)]


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
def test_every_side_gives_logits(stem):
    network = build(np.array([3, 1, 2, 4, 0, 3]), **SMALL, stem=stem, classes=7).eval()
    for side in range(4 if stem == "cifar" else 16, 41):
        assert network(torch.zeros(1, 3, side, side)).shape == (1, 7)


@pytest.mark.parametrize("side", range(4, 20))
def test_a_reduction_adds_blocks_of_one_size(side):
    reduction = build(ALL_3X3, **SMALL).stages[1]
    features = torch.zeros(1, 2, side, side)
    assert reduction.block(features).shape == reduction.shortcut(features).shape == (1, 4, *2 * [-(-side // 2)])


def test_a_side_below_the_least_is_refused():
    with pytest.raises(InvalidOption, match="`side` is a whole number from 4, not 3"):
        build(ALL_3X3, side=3)
    with pytest.raises(InvalidOption, match="`side` is a whole number from 16 with the stem 'imagenet', not 15"):
        build(ALL_3X3, side=15, stem="imagenet")


@pytest.mark.parametrize("inputs", [1, 3, 5])
def test_images_have_any_number_of_channels(inputs):
    assert build(ALL_3X3, **SMALL, inputs=inputs)(torch.zeros(2, inputs, 8, 8)).shape == (2, 10)


def test_light_reductions_have_nothing_but_their_shortcut():
    light, residual = (build(ALL_3X3, **SMALL, reduction=name) for name in ("light", "residual"))
    left = {name for name, _ in residual.named_parameters()} - {name for name, _ in light.named_parameters()}
    assert left
    assert all(".block." in name for name in left)


def test_default_weights_are_those_that_a_seed_always_gave():
    torch.manual_seed(5)
    weights = build(np.array([3, 1, 2, 4, 0, 3]), channels=4, cells=2).classifier.weight
    assert weights[0, :3].tolist() == pytest.approx(FIRST_WEIGHTS, abs=1e-7)


def test_all_none_gives_the_classifier_nothing_of_the_image():
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


def test_codes_of_one_network_are_one_module_where_none_is_zero(space, every):
    forms = space.canonical(every)
    for code in space.sample(4, np.random.default_rng(3)):
        same = every[(forms == space.canonical(code[None])).all(axis=1)][:6]
        states = [networks.build(space, one, seed=1, none="zero", **SMALL).state_dict() for one in same]
        assert all(list(state) == list(states[0]) for state in states)
        assert all(torch.equal(state[name], states[0][name]) for state in states for name in state)


def test_a_convolution_of_nothing_distinguishes_the_meanings_in_2140_cells(every):
    """Where a convolution's input is dead and its output is not, its batch norm's shift goes on."""
    there = every != 0
    first = there[:, 0]  # node 1 is reached
    second = there[:, 1] | (there[:, 2] & first)
    into_second = (there[:, 2] & np.isin(every[:, 2], (2, 3))) & ~first & there[:, 5]
    into_output = np.isin(every[:, 4], (2, 3)) & ~first | np.isin(every[:, 5], (2, 3)) & ~second
    assert (into_second | into_output).sum() == 2140


def test_the_shift_of_a_convolution_of_nothing_reaches_the_output_in_one_meaning_alone():
    code = np.array([0, 1, 3, 0, 0, 1])  # a convolution of the dead node 1 beside a skip
    images = torch.ones(1, 3, 8, 8)
    shifted = {}
    for none in ("trained", "zero"):
        network = build(code, none=none, **SMALL).eval()
        before = network.stages[0](network.stem(images))
        for part in network.stages[0].modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                torch.nn.init.ones_(part.bias)
        shifted[none] = (network.stages[0](network.stem(images)) - before).abs().max().item()
    assert shifted == {"trained": pytest.approx(1.0), "zero": 0.0}


@pytest.mark.parametrize("code", [[0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0], [3, 0, 0, 1, 0, 0], [0, 2, 3, 0, 1, 4]])
def test_cells_with_nodes_that_nothing_reaches_are_exported_for_any_number_of_images(space, code, tmp_path):
    network = networks.build(space, code, seed=0, **SMALL).eval()
    again = torch.export.load(networks.export(tmp_path / "cell.pt2", network, space, **SMALL)).module()
    images = torch.rand(7, 3, 32, 32)
    assert torch.allclose(again(images), network(images), atol=1e-5)


def test_the_space_names_its_builder(space):
    module, _, name = space.builder.partition(":")
    assert (module, name) == (build.__module__, build.__name__)


def test_a_code_outside_the_space_is_refused():
    with pytest.raises(InvalidArchitecture, match="gene 2 is 9, but takes 0 to 4"):
        build(np.array([0, 0, 9, 0, 0, 0]))


@pytest.mark.parametrize(
    ("option", "value"), list(itertools.product(["classes", "channels", "cells", "inputs"], [0, -1, True, 2.0, "3"]))
)
def test_a_size_that_is_no_count_is_refused(option, value):
    with pytest.raises(InvalidOption, match=rf"`{option}` is a whole number from 1( to 1000)?, not {value!r}"):
        build(np.zeros(6, int), **{option: value})


@pytest.mark.parametrize("option", ["none", "stem", "reduction"])
def test_an_unknown_choice_is_refused(option):
    with pytest.raises(InvalidOption, match=f"`{option}` is '.*' or '.*', not 'dead'"):
        build(np.zeros(6, int), **{option: "dead"})
