"""Several networks of one shape as one: grouped convolutions, so that the seeds of a cell train in one pass."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class Group(nn.Module):
    """K networks of one architecture side by side: images (n, K * channels, side, side) to logits (n, K, classes)."""

    def __init__(self, network: nn.Module, like: nn.Module, k: int):
        """Wrap a `network` whose layers hold those of `k` networks such as `like`."""
        super().__init__()
        self.network = network
        self.k = k
        self._like = [like]  # in a list: no part of this module

    def forward(self, images: Tensor) -> Tensor:
        """The logits of each network for its own images."""
        logits: Tensor = self.network(images)
        return logits.view(len(logits), self.k, -1)

    def split(self) -> list[nn.Module]:
        """The networks one by one, in the same mode, with copies of their weights."""
        apart = [copy.deepcopy(self._like[0]) for _ in range(self.k)]
        joined = dict(self.network.named_modules())
        for place, network in enumerate(apart):
            network.train(self.training)
            for name, layer in network.named_modules():
                _take(joined[name], layer, place)
        return apart


class Row(nn.Module):
    """K networks that cannot be one, each applied to its own images; the same interface, without the gain."""

    def __init__(self, networks: Sequence[nn.Module]):
        """Hold `networks`."""
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.k = len(networks)

    def forward(self, images: Tensor) -> Tensor:
        """The logits of each network for its own images."""
        return torch.stack([net(part) for net, part in zip(self.networks, images.chunk(self.k, 1), strict=True)], 1)

    def split(self) -> list[nn.Module]:
        """Copies of the networks one by one."""
        return [copy.deepcopy(network) for network in self.networks]


def group(networks: Sequence[nn.Module], example: Tensor) -> Group | Row:
    """The networks as one where their layers allow it, else in a row.

    Convolutions get groups, batch norms and linear layers stand side by side; sums and pooling need nothing. That holds
    for networks in which channels are not mixed otherwise (no concatenation, no layer with weights of another kind).
    Whether it does is not believed but tried: on `example`, (n, channels, side, side), the group must agree with its
    networks to 1e-4 of the largest logit.
    """
    joined = copy.deepcopy(networks[0])
    if not all(_join(joined, name, [dict(net.named_modules())[name] for net in networks]) for name in _leaves(joined)):
        return Row(networks)
    found = Group(joined, networks[0], len(networks))
    return found if _agrees(found, networks, example) else Row(networks)


class GroupedLinear(nn.Module):
    """K linear layers, each on its own part of the features: (n, K * inputs) to (n, K * outputs)."""

    def __init__(self, layers: Sequence[nn.Linear]):
        """Stack the layers' weights, (K, inputs, outputs)."""
        super().__init__()
        self.weight = nn.Parameter(torch.stack([layer.weight.detach().T for layer in layers]).contiguous())
        self.bias = None
        if layers[0].bias is not None:
            self.bias = nn.Parameter(torch.stack([layer.bias.detach() for layer in layers])[:, None].contiguous())

    def forward(self, features: Tensor) -> Tensor:
        """One product a network."""
        apart = features.view(len(features), len(self.weight), -1).transpose(0, 1)
        out = torch.bmm(apart, self.weight) if self.bias is None else torch.baddbmm(self.bias, apart, self.weight)
        return out.transpose(0, 1).flatten(1)


class Normalize(nn.Module):
    """Pixels from 0 to 1 less a mean, over a spread, a number each for every channel."""

    mean: Tensor
    spread: Tensor

    def __init__(self, mean: Tensor, spread: Tensor):
        """Keep `mean` and `spread`, (channels,)."""
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)

    def forward(self, images: Tensor) -> Tensor:
        """The images, normalised."""
        return (images - self.mean[:, None, None]) / self.spread[:, None, None]


def _leaves(network: nn.Module) -> list[str]:
    """The names of layers that have weights or buffers of their own."""
    return [
        name
        for name, layer in network.named_modules()
        if any(True for _ in layer.parameters(recurse=False)) or any(True for _ in layer.buffers(recurse=False))
    ]


def _join(network: nn.Module, name: str, layers: Sequence[Any]) -> bool:
    """Put one layer in the place of those of that name; False where there is no such layer."""
    k, first = len(layers), layers[0]
    made: nn.Module
    if type(first) is nn.Conv2d and first.padding_mode == "zeros":
        made = copy.deepcopy(first)
        made.in_channels, made.out_channels, made.groups = (
            k * first.in_channels,
            k * first.out_channels,
            k * first.groups,
        )
    elif type(first) is nn.BatchNorm2d:
        made = copy.deepcopy(first)
        made.num_features = k * first.num_features
    elif type(first) is nn.Linear:
        made = GroupedLinear(layers)
    elif type(first) is Normalize:
        made = copy.deepcopy(first)
    else:
        return False
    if not isinstance(made, GroupedLinear):
        for own, value in made.named_parameters():
            parts = [dict(layer.named_parameters())[own].detach() for layer in layers]
            setattr(made, own, nn.Parameter(torch.cat(parts), requires_grad=value.requires_grad))
        for own, buffer in made.named_buffers():
            if buffer.ndim:
                made.register_buffer(own, torch.cat([dict(layer.named_buffers())[own] for layer in layers]))
    parent, _, last = name.rpartition(".")
    setattr(network.get_submodule(parent), last, made)
    return True


def _take(joined: nn.Module, layer: nn.Module, place: int) -> None:
    """Copy into a layer what is its own of a joined one."""
    with torch.no_grad():
        if isinstance(joined, GroupedLinear) and isinstance(layer, nn.Linear):
            layer.weight.copy_(joined.weight[place].T)
            if joined.bias is not None:
                layer.bias.copy_(joined.bias[place, 0])
            return
        given = dict([*joined.named_parameters(recurse=False), *joined.named_buffers(recurse=False)])
        for name, value in [*layer.named_parameters(recurse=False), *layer.named_buffers(recurse=False)]:
            whole = given[name]
            value.copy_(whole[place * len(value) : (place + 1) * len(value)] if value.ndim else whole)


def _agrees(found: Group, networks: Sequence[nn.Module], example: Tensor) -> bool:
    """Whether the group gives what its networks give, each on images of its own; what these raise is raised."""
    modes = [(found, found.training), *((net, net.training) for net in networks)]
    images = [example.roll(shift, 0) for shift in range(len(networks))]
    try:
        with torch.no_grad():
            wanted = torch.stack([net.eval()(part) for net, part in zip(networks, images, strict=True)], 1)
            try:
                given = found.eval()(torch.cat(images, 1))
            except RuntimeError:  # layers that take other shapes than those of a group
                return False
    finally:
        for network, mode in modes:
            network.train(mode)
    near = 1e-4 * wanted.abs().max().clamp_min(1e-3)
    return given.shape == wanted.shape and bool((given - wanted).abs().max() <= near)
