"""What keeps torch repeatable: generators from numpy, weights from a generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

Built = TypeVar("Built", bound=nn.Module)
"""The kind of module that is made."""


def generator_from(rng: np.random.Generator) -> torch.Generator:
    """A torch generator seeded by one draw of `rng`."""
    return torch.Generator().manual_seed(int(rng.integers(2**63)))


def outline(make: Callable[[], Built]) -> Built:
    """The module that `make` describes, names and shapes without memory for the weights."""
    with torch.device("meta"):
        return make()


def build(make: Callable[[], Built], generator: torch.Generator) -> Built:
    """The module that `make` describes, its weights drawn from `generator` alone.

    torch's own layers draw their first weights from the global generator. Made on the meta device they draw nothing;
    every matrix is then filled uniformly in +-sqrt(3 / inputs), so that it keeps the variance of what it maps, biases
    with 0 and scales of normalisation with 1.
    """
    module = outline(make)
    # not `to_empty`: for memory of a shape on the meta device it imports sympy, half a second in each process
    memory = {name: torch.empty(each.shape, dtype=each.dtype) for name, each in module.state_dict().items()}
    module.load_state_dict(memory, assign=True)
    with torch.no_grad():
        for part in module.modules():
            for name, weight in part.named_parameters(recurse=False):
                if weight.dim() >= 2:
                    inputs = weight.shape[-2] if weight.dim() == 3 else weight.shape[-1]
                    bound = (3.0 / inputs) ** 0.5
                    weight.uniform_(-bound, bound, generator=generator)
                else:
                    weight.fill_(1.0 if isinstance(part, nn.LayerNorm) and name == "weight" else 0.0)
            fill: Any = getattr(part, "fill_buffers", None)
            if fill is not None:
                fill()
    return module
