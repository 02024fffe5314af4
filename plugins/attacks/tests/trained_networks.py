"""Small networks that tests train for real."""

from __future__ import annotations

import torch
from attrs import frozen
from torch import Tensor, nn


@frozen(eq=False)
class Trained:
    """A network with images that it has not seen."""

    model: nn.Module
    images: Tensor
    labels: Tensor


def fit(model: nn.Module, images: Tensor, labels: Tensor, epochs: int) -> nn.Module:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(epoch))
        for rows in order.split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[rows]), labels[rows]).backward()
            optimizer.step()
    return model.eval()
