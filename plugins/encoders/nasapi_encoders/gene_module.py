"""A module that scores the genes of codes one by one: where each gene's values begin, and which it does not take."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class GeneModule(nn.Module):
    """A module over the genes of codes; values of all genes stand in one row, and shorter genes are padded."""

    cardinalities: tuple[int, ...]
    """How many values each gene takes."""
    offsets: Tensor
    """(genes,): where each gene's values begin among all values."""
    outside: Tensor
    """(genes, values): which values a gene does not take."""

    def __init__(self, cardinalities: Sequence[int]):
        super().__init__()
        self.cardinalities = tuple(cardinalities)
        genes, most = len(self.cardinalities), max(self.cardinalities)
        self.register_buffer("offsets", torch.empty(genes, dtype=torch.int64), persistent=False)
        self.register_buffer("outside", torch.empty(genes, most, dtype=torch.bool), persistent=False)

    def fill_buffers(self) -> None:
        """Set the constants that follow from the cardinalities; `build` calls it once memory is there."""
        sizes = torch.tensor(self.cardinalities)
        self.offsets = torch.cumsum(sizes, 0) - sizes
        self.outside = torch.arange(max(self.cardinalities)) >= sizes[:, None]
