"""The decoder: an autoregressive distribution over the genes of a code, given a point of the latent space."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasapi_encoders.gene_module import GeneModule


class GeneDecoder(GeneModule):
    """p(code | z) as the product of p(gene j | genes before j, z), one hidden state shared by all prefixes.

    The prefix enters as a sum of one vector a chosen value, as in NADE (Larochelle & Murray, 2011), so that the states
    of all prefixes of all codes are one cumulative sum in training, and one addition a gene in sampling.
    """

    def __init__(self, cardinalities: Sequence[int], latent: int, width: int):
        super().__init__(cardinalities)
        genes, most = len(self.cardinalities), max(self.cardinalities)
        self.chosen = nn.Embedding.from_pretrained(torch.empty(sum(self.cardinalities), width), freeze=False)
        self.start = nn.Linear(latent, width)
        self.position = nn.Parameter(torch.empty(genes, width))
        self.mix = nn.Linear(width, width)
        self.again = nn.Linear(latent, width, bias=False)
        self.score = nn.Parameter(torch.empty(genes, width, most))
        self.prior = nn.Parameter(torch.empty(genes * most))

    def forward(self, z: Tensor, codes: Tensor, kept: Tensor | None = None) -> Tensor:
        """(B, genes, values) logits of every gene given the true genes before it: teacher forcing, all at once.

        `kept` (B, genes) multiplies what each gene adds to the prefix; zeros in it make the decoder listen to z.
        Values that a gene does not take have logit -inf.
        """
        added = self.chosen(codes + self.offsets)
        if kept is not None:
            added = added * kept[..., None]
        prefix = functional.pad(torch.cumsum(added, 1)[:, :-1], (0, 0, 1, 0))
        hidden = torch.relu(prefix + self.position + self.start(z)[:, None])
        hidden = torch.relu(self.mix(hidden) + self.again(z)[:, None])
        logits = torch.einsum("bgw,gwk->bgk", hidden, self.score) + self.prior.view_as(self.outside)
        return logits.masked_fill(self.outside, -torch.inf)

    def sample(self, z: Tensor, generator: torch.Generator | None) -> Tensor:
        """(B, genes) codes, each gene given those drawn before it; the likeliest ones without generator."""
        start, again = self.start(z), self.again(z)
        prefix = torch.zeros_like(start)
        prior = self.prior.view_as(self.outside)
        genes = []
        for gene, cardinality in enumerate(self.cardinalities):
            hidden = torch.relu(prefix + self.position[gene] + start)
            hidden = torch.relu(self.mix(hidden) + again)
            logits = hidden @ self.score[gene, :, :cardinality] + prior[gene, :cardinality]
            if generator is not None:
                logits = logits + gumbel(logits.shape, generator)
            drawn = logits.argmax(1)
            prefix = prefix + self.chosen.weight[self.offsets[gene] + drawn]
            genes.append(drawn)
        return torch.stack(genes, 1)


def gumbel(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Standard Gumbel noise: the largest of logits plus noise is a draw from their softmax."""
    exponential = -torch.log(torch.rand(shape, generator=generator).clamp_(min=1e-20))
    return -torch.log(exponential.clamp_(min=1e-20))
