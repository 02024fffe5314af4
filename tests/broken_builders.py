"""Builders of the toy space: one that keeps every rule, and others that break one each."""

import os
import random

import torch
from torch import nn

from nasapi.testing.toy import Toy


class Builds(Toy):
    """The toy space with a builder that keeps every rule."""

    builder = "broken_builders:sound"


class Flat(nn.Module):
    """A classifier of pixels, through as many layers as there are convolutions."""

    def __init__(self, convolutions, inputs, side, classes):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(inputs * side**2, 4), *(nn.Linear(4, 4) for _ in range(convolutions))
        )
        self.classifier = nn.Linear(4, classes)

    def forward(self, images):
        return self.classifier(self.layers(images))


def live(code):
    edges = list(code)
    if edges[0] == 0 or edges[2] == 0:
        edges[0] = edges[2] = 0
    return edges.count(2)


def sound(code, *, classes=10, inputs=1, side=4):
    return Flat(live(code), inputs, side, classes)


def none_as_given(code, *, classes=10, inputs=1, side=4, none="trained"):
    """Sound where `none` is zero: else dead convolutions are layers too."""
    return Flat(live(code) if none == "zero" else list(code).count(2), inputs, side, classes)


def only_large(code, *, channels=16, inputs=1, side=4, classes=10):
    from nasapi.errors import InvalidOption

    if channels < 16:
        raise InvalidOption(f"`channels` is a whole number from 16, not {channels}.")
    return Flat(live(code), inputs, side, classes)


def every_pixel(code, *, classes=10, inputs=1, side=4):
    network = sound(code, classes=classes, inputs=inputs, side=side)
    network.classifier = nn.Sequential(network.classifier, nn.Unflatten(1, (classes, 1)))
    return network


def pairs(code, *, classes=10, inputs=1, side=4):
    class Pairs(Flat):
        def forward(self, images):
            logits = super().forward(images)
            return logits, logits

    return Pairs(live(code), inputs, side, classes)


def for_one_number(code, *, classes=10, inputs=1, side=4):
    class Adding(Flat):
        def forward(self, images):
            return super().forward(images) + images.new_zeros(len(images), classes)  # which torch takes for a constant

    return Adding(live(code), inputs, side, classes)


def from_the_system(code, *, classes=10, inputs=1, side=4):
    network = sound(code, classes=classes, inputs=inputs, side=side)
    generator = torch.Generator().manual_seed(int.from_bytes(os.urandom(7)))
    if not network.classifier.weight.is_meta:
        nn.init.uniform_(network.classifier.weight, generator=generator)
    return network


def always_the_same(code, *, classes=10, inputs=1, side=4):
    network = sound(code, classes=classes, inputs=inputs, side=side)
    for weights in network.parameters():
        nn.init.constant_(weights, 0.5)
    return network


def seeds_the_world(code, *, classes=10, inputs=1, side=4):
    random.seed(0)
    return sound(code, classes=classes, inputs=inputs, side=side)


def dead_layers(code, *, classes=10, inputs=1, side=4):
    return Flat(list(code).count(2), inputs, side, classes)


def dead_beside_1(code, *, classes=10, inputs=1, side=4):
    """A dead convolution is a layer where the edge to the output skips."""
    return Flat(list(code).count(2) if code[1] == 1 else live(code), inputs, side, classes)


def dead_beside_2(code, *, classes=10, inputs=1, side=4):
    """A dead convolution is a layer where the edge to the output convolves."""
    return Flat(list(code).count(2) if code[1] == 2 else live(code), inputs, side, classes)


def fails_for_large(code, *, classes=10, inputs=1, side=4):
    if sum(code) > 2:
        raise ZeroDivisionError("too many layers")
    return sound(code, classes=classes, inputs=inputs, side=side)


def of_no_images(code):
    return sound(code)
