"""The network of NAO: an encoder of codes, a predictor of how good they are, and a decoder back to codes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from nasapi_encoders.gene_module import GeneModule
from torch import Tensor, nn
from torch.nn import functional


class EncoderPredictorDecoder(GeneModule):
    """Codes as sequences of genes: an LSTM in, an LSTM with attention out, and a perceptron on the mean between.

    Luo, Tian, Qin, Chen & Liu, "Neural Architecture Optimization", NeurIPS 2018, section 3.2. A gene's embedding is of
    its position and value together; values that a gene does not take have logit -inf.
    """

    def __init__(self, cardinalities: Sequence[int], width: int, hidden: int):
        super().__init__(cardinalities)
        genes, most = len(self.cardinalities), max(self.cardinalities)
        self.embed = nn.Embedding.from_pretrained(torch.empty(sum(self.cardinalities), width), freeze=False)
        self.encoder = nn.LSTM(width, hidden, batch_first=True)
        self.predictor = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        self.start = nn.Parameter(torch.empty(1, width))
        self.decoder = nn.LSTM(width, hidden, batch_first=True)
        self.attended = nn.Linear(2 * hidden, hidden)
        self.score = nn.Parameter(torch.empty(genes, hidden, most))

    def encode(self, codes: Tensor) -> Tensor:
        """(B, genes, hidden) of codes (B, genes): the embedding of an architecture, each gene's part of length 1."""
        hidden, _ = self.encoder(self.embed(codes + self.offsets))
        return functional.normalize(hidden, dim=2)

    def predict(self, embedding: Tensor) -> Tensor:
        """(B,): how good the architectures are, between 0 and 1, from embeddings (B, genes, hidden)."""
        mean = functional.normalize(embedding.mean(1), dim=1)
        return torch.sigmoid(self.predictor(mean)).squeeze(1)

    def forward(self, embedding: Tensor, codes: Tensor) -> Tensor:
        """(B, genes, values) logits of every gene given the true genes before it."""
        before = self.embed(codes[:, :-1] + self.offsets[:-1])
        first = self.start.expand(len(codes), 1, -1)
        hidden, _ = self.decoder(torch.cat([first, before], 1), self._beginning(embedding))
        logits = torch.einsum("bgh,ghk->bgk", self._attend(hidden, embedding), self.score)
        return logits.masked_fill(self.outside, -torch.inf)

    def decode(self, embedding: Tensor) -> Tensor:
        """(B, genes): each gene the likeliest given those before it."""
        inputs, state = self.start.expand(len(embedding), 1, -1), self._beginning(embedding)
        genes = []
        for gene, cardinality in enumerate(self.cardinalities):
            hidden, state = self.decoder(inputs, state)
            chosen = (self._attend(hidden, embedding)[:, 0] @ self.score[gene, :, :cardinality]).argmax(1)
            genes.append(chosen)
            inputs = self.embed(chosen + self.offsets[gene])[:, None]
        return torch.stack(genes, 1)

    def _beginning(self, embedding: Tensor) -> tuple[Tensor, Tensor]:
        mean = embedding.mean(1)[None].contiguous()
        return mean, mean

    def _attend(self, hidden: Tensor, embedding: Tensor) -> Tensor:
        """(B, T, hidden): the decoder's states joined with what they attend to (Luong, Pham & Manning 2015, dot)."""
        weights = torch.softmax(hidden @ embedding.transpose(1, 2), 2)
        return torch.tanh(self.attended(torch.cat([weights @ embedding, hidden], 2)))
