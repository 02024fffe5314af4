"""Networks that are really trained, once for all tests, on scikit-learn's digits."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from trained_networks import Trained, fit


@pytest.fixture(scope="session")
def digits() -> tuple[Tensor, Tensor]:
    from sklearn.datasets import load_digits

    data = load_digits()
    order = torch.randperm(len(data.target), generator=torch.Generator().manual_seed(0))
    images = torch.from_numpy(data.images / 16).float()[:, None]
    return images[order], torch.from_numpy(data.target).long()[order]


@pytest.fixture(scope="session")
def trained(digits: tuple[Tensor, Tensor]) -> Trained:
    images, labels = digits
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 16, 3, padding=1, stride=2),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(256, 10),
        )
        fit(model, images[:1000], labels[:1000], 8)
    return Trained(model, images[1000:1200], labels[1000:1200])


@pytest.fixture(scope="session")
def linear(digits: tuple[Tensor, Tensor]) -> Trained:
    """Two classes told apart by one plane, in float64: what attacks can reach has a closed form."""
    images, labels = digits
    two = labels < 2
    images, labels = images[two].double(), labels[two]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)).double()
        fit(model, images[:200], labels[:200], 5)
    return Trained(model, images[200:], labels[200:])
