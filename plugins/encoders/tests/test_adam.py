"""Adam against torch's own, weight for weight, and what it spares."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from nasapi_encoders.adam import Adam
from nasapi_encoders.torch_state import build
from torch import Tensor, nn


def network() -> nn.ModuleList:
    """Two layers with equal weights each time, the second of which a loss may leave out."""
    return build(
        lambda: nn.ModuleList([nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2)]), torch.Generator().manual_seed(1)
    )


def loss(layers: nn.ModuleList, step: int) -> Tensor:
    """That of a step, large enough to be shortened; every third does without the second layer."""
    hidden, _ = layers[0](torch.linspace(-1, 1, 30).view(2, 5, 3) * (step + 1))
    return 40 * (hidden if step % 3 == 2 else layers[1](hidden)).square().sum()


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.999)])
def test_every_step_is_that_of_torch_to_the_last_bit(betas: tuple[float, float]) -> None:
    ours, theirs = network(), network()
    rated = torch.optim.Adam(theirs.parameters(), lr=0.01, betas=betas, fused=True)
    adam = Adam(ours.parameters(), 0.01, betas)
    for step in range(9):
        adam.rate = rated.param_groups[0]["lr"] = 0.01 / (step + 1)
        adam.step(loss(ours, step), 5.0)
        rated.zero_grad()
        loss(theirs, step).backward()
        nn.utils.clip_grad_norm_(theirs.parameters(), 5.0)
        rated.step()
        assert all(torch.equal(*pair) for pair in zip(ours.parameters(), theirs.parameters(), strict=True))
    free, shortened = network(), network()
    Adam(free.parameters(), 0.01).step(loss(free, 0))
    Adam(shortened.parameters(), 0.01).step(loss(shortened, 0), 5.0)
    norms = [torch.cat([weight.grad.flatten() for weight in each.parameters()]).norm() for each in (free, shortened)]
    assert norms[0] > 50
    assert norms[1] == pytest.approx(5, rel=1e-3)


def test_training_does_without_the_compiler_of_torch() -> None:
    program = """
import sys
import nasapi
from nasapi.testing.toy import Toy
encoder = nasapi.load_encoder("svge[steps=2]", Toy())
import numpy as np
encoder.fit(Toy().sample(8, np.random.default_rng(0)), np.random.default_rng(0))
print("torch" in sys.modules, "torch._dynamo" in sys.modules, "sympy" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=100)
    assert done.stdout.split() == ["True", "False", "False"]
