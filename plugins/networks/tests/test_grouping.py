"""Networks side by side: the layers of a group say what they hold, and what is no group is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from nasapi_nb201.space import NB201
from nasapi_networks.architecture import network_of
from nasapi_networks.datasets import load_data
from nasapi_networks.evaluation_form import channels_last, fold
from nasapi_networks.flat_sgd import FlatSGD
from nasapi_networks.grouped import Group, GroupedLinear, Row, group
from torch import nn

CELL = np.array((3, 2, 1, 0, 3, 4))


def cells(k: int) -> list[nn.Module]:
    data = load_data("digits", train=96, valid=40, test=40)
    return [network_of(NB201(), CELL, seed, data, {"channels": 2, "cells": 1}) for seed in range(k)]


def shallow(bias: bool = True, padding: str = "zeros") -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1, padding_mode=padding, bias=bias),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(3 * 16, 5, bias=bias),
    )


def test_the_layers_of_a_group_say_what_they_hold() -> None:
    found = group(cells(3), torch.rand(4, 1, 8, 8))
    assert isinstance(found, Group)
    layers = list(found.modules())
    assert sum(isinstance(layer, GroupedLinear) for layer in layers) == 1
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            assert tuple(layer.weight.shape[:2]) == (layer.out_channels, layer.in_channels // layer.groups)
            assert layer.groups % 3 == 0
        if isinstance(layer, nn.BatchNorm2d):
            assert layer.weight.shape == layer.running_mean.shape == (layer.num_features,)


@pytest.mark.parametrize("bias", [True, False])
def test_a_group_gives_each_network_its_own_answer_and_comes_apart(bias: bool) -> None:
    torch.manual_seed(0)
    networks = [shallow(bias) for _ in range(3)]
    for network in networks:
        network(torch.rand(9, 1, 4, 4))  # of which batch norms take statistics of their own
    found = group(networks, torch.rand(4, 1, 4, 4))
    assert isinstance(found, Group)
    assert found.training and all(network.training for network in networks)
    images = torch.rand(5, 3, 4, 4)
    given = found.eval()(images)
    apart = found.split()
    for place, (network, again) in enumerate(zip(networks, apart, strict=True)):
        wanted = network.eval()(images[:, place : place + 1])
        torch.testing.assert_close(given[:, place], wanted)
        torch.testing.assert_close(again(images[:, place : place + 1]), wanted)
        assert not again.training
        assert all(
            one.data_ptr() != other.data_ptr()
            for one, other in zip(again.parameters(), network.parameters(), strict=True)
        )


def test_a_network_that_cannot_take_the_images_is_no_matter_of_groups() -> None:
    with pytest.raises(RuntimeError, match="expected input"):
        group([shallow(), shallow()], torch.rand(4, 3, 4, 4))


def test_a_weight_that_does_not_learn_does_not_learn_in_a_group() -> None:
    networks = [shallow() for _ in range(2)]
    for network in networks:
        network[0].weight.requires_grad_(False)
    found = group(networks, torch.rand(4, 1, 4, 4))
    assert isinstance(found, Group)
    learning = {name: weight.requires_grad for name, weight in found.named_parameters()}
    assert [name for name, learns in learning.items() if not learns] == ["network.0.weight"]
    before = found.network[0].weight.clone()
    FlatSGD(found, 0.9, 0.1).step(found(torch.rand(4, 2, 4, 4)).square().sum(), 0.1)
    assert torch.equal(found.network[0].weight, before)


class Shuffling(nn.Module):
    """Turns its channels round, which a group would do over all networks."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Conv2d(1, 2, 1), nn.Conv2d(2, 4, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.last(self.first(images).flip(1)).mean((2, 3))
        return logits


class Scaling(nn.Module):
    """Has a weight of a kind that is not joined."""

    def __init__(self) -> None:
        super().__init__()
        self.scale, self.linear = nn.Parameter(torch.rand(4)), nn.Linear(4, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.linear(images.flatten(1)) * self.scale
        return logits


class Counting(nn.Module):
    """Knows how many channels it has, which a group has not."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 2, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.first(images).view(len(images), 2, 16).mean(2)


@pytest.mark.parametrize("made", [Shuffling, Scaling, Counting, lambda: shallow(padding="circular")])
def test_what_a_group_would_give_otherwise_stands_in_a_row(made) -> None:
    torch.manual_seed(0)
    networks = [made() for _ in range(2)]
    side = 2 if made is Scaling else 4
    found = group(networks, torch.rand(4, 1, side, side))
    assert isinstance(found, Row)
    images = torch.rand(3, 2, side, side)
    wanted = torch.stack([network.eval()(images[:, at : at + 1]) for at, network in enumerate(networks)], 1)
    torch.testing.assert_close(found.eval()(images), wanted)
    for one, other in zip(found.split(), networks, strict=True):
        torch.testing.assert_close(one.eval()(images[:, :1]), other(images[:, :1]))


def test_a_batch_norm_is_folded_into_the_convolution_right_before_it_alone() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.BatchNorm2d(1), nn.Conv2d(1, 3, 3), nn.ReLU(), nn.BatchNorm2d(3), nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2)
    )
    for _ in range(3):
        network(torch.rand(9, 1, 5, 5))
    wanted = network.eval()(torch.ones(2, 1, 5, 5))
    found = fold(network)
    assert [type(layer).__name__ for layer in found] == [
        "BatchNorm2d",
        "Conv2d",
        "ReLU",
        "BatchNorm2d",
        "Conv2d",
        "Identity",
    ]
    assert not any(layer.training for layer in found.modules())
    torch.testing.assert_close(found(torch.ones(2, 1, 5, 5)), wanted)


def test_weights_of_convolutions_lie_with_channels_last_and_are_the_same() -> None:
    network = nn.Sequential(nn.Conv2d(4, 6, 3), nn.Conv2d(6, 1, 1)).double()
    before = [layer.weight.clone() for layer in network]
    channels_last(network)
    assert network[0].weight.stride() == (36, 1, 12, 4)
    assert network[1].weight.stride() == (6, 1, 6, 6)
    for layer, weight in zip(network, before, strict=True):
        assert layer.weight.dtype == torch.float64 and torch.equal(layer.weight, weight)


def test_a_loss_that_depends_on_no_weight_lets_them_decay() -> None:
    network = nn.Linear(2, 1, bias=False)
    before = network.weight.detach().clone()
    FlatSGD(network, 0.5, 0.1).step(torch.tensor(3.0), 1.0)
    # the slope is a tenth of the weights, and with momentum of a half one and a half times as much is taken
    torch.testing.assert_close(network.weight.detach(), before * (1 - 0.15))
