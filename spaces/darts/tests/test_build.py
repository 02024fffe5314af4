"""The torch networks of two cells: published counts, sizes as counted, skeletons, auxiliary head and drop path."""

import numpy as np
import pytest
from nasapi_darts.skeletons import sizes
from nasapi_darts.space import DARTS

from nasapi import networks
from nasapi.errors import InvalidArchitecture, InvalidOption

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-darts[torch]'")

from nasapi_darts.build import build  # noqa: E402
from nasapi_darts.layers import FactorizedReduction, drop_path  # noqa: E402

SPACE = DARTS()
SMALL = {"channels": 4, "cells": 3}
DARTS_V2 = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], "
    "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])"
)
PC_DARTS = (
    "Genotype(normal=[('sep_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 0), ('dil_conv_3x3', 1), "
    "('sep_conv_5x5', 0), ('sep_conv_3x3', 1), ('avg_pool_3x3', 0), ('dil_conv_3x3', 1)], normal_concat=range(2, 6), "
    "reduce=[('sep_conv_5x5', 1), ('max_pool_3x3', 0), ('sep_conv_5x5', 1), ('sep_conv_5x5', 2), ('sep_conv_3x3', 0), "
    "('sep_conv_3x3', 3), ('sep_conv_3x3', 1), ('sep_conv_3x3', 2)], reduce_concat=range(2, 6))"
)


def built_parameters(code, **arguments):
    with torch.device("meta"):
        return sum(weights.numel() for weights in build(code, **arguments).parameters())


def some(n, seed=0):
    return SPACE.sample(n, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("text", "stem", "count", "with_head"),
    [
        (DARTS_V2, "cifar", 3_349_342, 3_825_768),  # "3.3 M"
        (DARTS_V2, "imagenet", 4_718_752, 5_979_528),  # "4.7 M"
        (PC_DARTS, "cifar", 3_634_678, 4_111_104),  # "3.6 M"
    ],
)
def test_published_networks_have_their_published_parameters(text, stem, count, with_head):
    code = SPACE.parse(text)
    found = [built_parameters(code, stem=stem, auxiliary=auxiliary) for auxiliary in (False, True)]
    assert found == [count, with_head]
    assert sizes(code[None], stem=stem)[0].tolist() == [count]


def test_the_rule_has_the_parameters_of_networks_that_were_trained(archives):
    given = np.load(archives / "trained_545.npz")
    inside = (given["compact"][..., 1] < 7).all(axis=(1, 2))
    published = given["values"][inside, given["fields"].tolist().index("params")].astype(np.float64)
    counted = sizes(SPACE.from_compact(given["compact"][inside]))[0] / 1e6
    assert inside.sum() == 186
    np.testing.assert_allclose(published, counted, rtol=1e-6)


@pytest.mark.parametrize(
    "arguments",
    [
        {"channels": 5, "cells": 3, "side": 13, "inputs": 1, "classes": 3},
        {"channels": 4, "cells": 2, "side": 51, "stem": "imagenet"},
        {"channels": 1, "cells": 1},
    ],
)
def test_parameters_and_multiply_additions_are_those_of_the_rule(arguments):
    codes = some(1)
    found = [networks.count(SPACE, code, **arguments) for code in codes]
    params, flops = sizes(codes, **arguments)
    assert [size.parameters for size in found] == params.tolist()
    assert [size.multiply_additions for size in found] == flops.tolist()


@pytest.mark.parametrize("nodes", [1, 2, 3])
def test_cells_of_fewer_nodes_are_built(nodes):
    space = DARTS(nodes)
    code = space.sample(1, np.random.default_rng(0))[0]
    size = networks.count(space, code, side=8, **SMALL)
    assert [size.parameters] == sizes(code[None], side=8, **SMALL)[0].tolist()


def test_the_auxiliary_head_takes_every_depth_that_has_two_reductions():
    (code,) = some(1)
    for cells in range(2, 8):
        given = build(code, channels=2, cells=cells, classes=3, side=32, auxiliary=True)(torch.zeros(2, 3, 32, 32))
        assert [logits.shape for logits in given] == [(2, 3), (2, 3)]
    with pytest.raises(InvalidOption, match="`cells` is from 2 with it, not 1"):
        build(code, channels=2, cells=1, auxiliary=True)


@pytest.mark.parametrize(("stem", "least"), [("cifar", 4), ("imagenet", 32)])
def test_every_side_gives_logits(stem, least):
    network = build(some(1)[0], **SMALL, stem=stem, classes=7, side=least, inputs=1).eval()
    with torch.no_grad():
        for side in range(least, least + 24):
            assert network(torch.zeros(1, 1, side, side)).shape == (1, 7)
    with pytest.raises(InvalidOption, match=f"`side` is a whole number from {least}.*, not {least - 1}"):
        build(some(1)[0], stem=stem, side=least - 1)


def test_a_factorized_reduction_takes_even_and_odd_pixels():
    reduction = FactorizedReduction(1, 2).eval()
    for part in (reduction.even, reduction.odd):
        torch.nn.init.ones_(part.weight)
    images = torch.arange(25.0).reshape(1, 1, 5, 5)
    even, odd = reduction(images)[0].round()
    assert even.tolist() == [[0, 2, 4], [10, 12, 14], [20, 22, 24]]
    assert odd.tolist() == [[6, 8, 0], [16, 18, 0], [0, 0, 0]]


@pytest.mark.parametrize(("stem", "low", "high"), [("cifar", 29, 40), ("imagenet", 193, 256)])
def test_the_auxiliary_head_takes_every_side_that_it_says(stem, low, high):
    code = some(1)[0]
    for side in (low, high):
        network = build(code, **SMALL, stem=stem, side=side, classes=7, auxiliary=True)
        assert [logits.shape for logits in network(*network.example(2))] == [(2, 7), (2, 7)]
        assert network.eval()(*network.example(2)).shape == (2, 7)
    for side in (low - 1, high + 1):
        with pytest.raises(InvalidOption, match=f"auxiliary head of '{stem}' takes a `side` from {low} to {high}, not"):
            build(code, **SMALL, stem=stem, side=side, auxiliary=True)


def test_drop_path_drops_whole_images_and_keeps_the_mean():
    torch.manual_seed(0)
    dropped = drop_path(torch.ones(4000, 2, 3, 3), 0.25)
    images = dropped.flatten(1)
    assert (images == images[:, :1]).all()
    assert torch.unique(images).tolist() == pytest.approx([0, 4 / 3])
    assert dropped.mean().item() == pytest.approx(1, abs=0.03)


def test_drop_path_is_of_training_mode_alone():
    network = build(some(1)[0], **SMALL, side=8, drop_path=0.5)
    images = torch.rand(2, 3, 8, 8)
    torch.manual_seed(0)
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))


def test_an_exported_network_is_in_evaluation_mode(tmp_path):
    space, arguments = DARTS(1), {"channels": 2, "cells": 1, "side": 9, "drop_path": 0.5}
    code = space.sample(1, np.random.default_rng(0))[0]
    network = networks.build(space, code, seed=0, **arguments)
    path = networks.export(tmp_path / "model.pt2", network, space, **arguments)
    images = torch.rand(4, 3, 9, 9)
    again = torch.export.load(path).module()
    assert network.training
    assert torch.allclose(again(images), network.eval()(images), atol=1e-5)


def test_a_code_outside_the_space_is_refused():
    with pytest.raises(InvalidArchitecture, match="gene 0 is 7, but takes 0 to 6"):
        build(np.full(22, 7))


def test_dropping_every_path_is_refused():
    with pytest.raises(InvalidOption, match="`drop_path` is a number from 0 and below 1, not 1"):
        build(some(1)[0], drop_path=1)


def test_weights_load_where_a_default_is_given_by_its_number(tmp_path):
    space = DARTS(1)
    code = space.sample(1, np.random.default_rng(0))[0]
    network = networks.build(space, code, seed=0, cells=1)
    path = networks.save_weights(tmp_path / "weights.safetensors", network, space, code, cells=1)
    again = networks.load_weights(path, space, code, cells=1, channels=36)
    assert torch.equal(again.classifier.weight, network.classifier.weight)
    with pytest.raises(InvalidOption, match="with channels=36, not 4; give channels=36"):
        networks.load_weights(path, space, code, cells=1, channels=4)


def test_defaults_that_depend_on_the_skeleton_are_settled():
    settled = networks.settled(SPACE, {"stem": "imagenet", "cells": 3})
    assert {name: settled[name] for name in ("channels", "cells", "classes", "side")} == {
        "channels": 48,
        "cells": 3,
        "classes": 1000,
        "side": 224,
    }
