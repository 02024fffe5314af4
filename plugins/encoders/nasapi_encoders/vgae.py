"""VGAE: the variational graph autoencoder of arch2vec, for any space.

Yan, Zheng, Ao, Zeng & Zhang, "Does Unsupervised Architecture Representation Learning Help Neural Architecture
Search?", NeurIPS 2020.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import torch
from attrs import define, field

from nasapi import options as option
from nasapi.encoder import Features
from nasapi.graphs import Graphs
from nasapi.networks import on_threads
from nasapi.space import Codes
from nasapi_encoders.autoencoder import ROWS, Autoencoder
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_encoders.isomorphism_network import IsomorphismNetwork


@define(eq=False)
class VGAE(Autoencoder[IsomorphismNetwork], checked=True):
    """Encodes an architecture as the mean over its nodes of the posterior means, (n, latent) float32.

    That mean has no inverse: `decode` gives the nearest of the architectures that it was fitted on, which is how
    arch2vec itself leaves its latent space.
    """

    kind = "vgae"
    sizes = ("latent", "hidden", "layers")
    cosine = False

    latent: int = option.count(16, "Dimensions of the latent space.")
    hidden: int = option.count(128, "Dimensions of a node's state.")
    layers: int = option.count(4, "Rounds of sums over neighbours.")
    steps: int = option.count(1500, "Steps of Adam in `fit`.")
    batch: int = option.count(64, "Architectures a step.")
    rate: float = option.positive(1e-3, "Adam's, at the first step.")
    beta: float = option.number(0.005, "Weight of the divergence from the prior.", least=0)
    dropout: float = option.number(
        0.3, "Share of z's entries that are dropped before decoding in training.", least=0, below=1
    )
    landmarks: int = option.count(10_000, "How many of the fitted architectures `decode` may give, drawn among them.")
    _landmark_codes: Codes = field(init=False)
    _landmarks: Features | None = field(init=False, default=None)
    """The places of `_landmark_codes`, once they are asked for."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._landmark_codes = np.empty((0, len(self.space.cardinalities)), np.int64)
        if self.model is not None:
            self._landmark_codes = self.space.sample(
                self.landmarks, np.random.default_rng(0)
            )  # the same for every reader

    def fit(self, codes: Codes, rng: np.random.Generator) -> Self:
        """Train from nothing on `codes` by `steps` steps of Adam, and keep some of them for `decode`."""
        super().fit(codes, rng)
        codes = self.learned(codes)
        chosen = rng.permutation(len(codes))[: self.landmarks]
        self._landmark_codes, self._landmarks = np.asarray(codes)[chosen], None
        return self

    def decode(self, features: Features, rng: np.random.Generator) -> Codes:
        """(n, d): the nearest landmark of each row in Euclidean distance; nothing is drawn from `rng`."""
        if self._landmarks is None:
            self._landmarks = self.encode(self._landmark_codes)
        rows = self.places(features)
        squares = (self._landmarks**2).sum(1)
        nearest = [
            np.argmin(squares - 2 * rows[start : start + ROWS] @ self._landmarks.T, axis=1)
            for start in range(0, len(rows), ROWS)
        ]
        found: Codes = self._landmark_codes[np.concatenate([np.empty(0, np.int64), *nearest])]
        return found

    def reconstruct(self, codes: Codes) -> Graphs:
        """The graphs that the decoder makes of the posterior means: likeliest operations, edges likelier than not."""
        model, graphs = self.trained, GraphBatch.of_codes(self.space, self.learned(codes))
        with on_threads(1), torch.no_grad():
            operations, edges = model.decode(model.encode(graphs)[0])
        there = graphs.mask.bool()
        ops = torch.where(there, operations.argmax(2), -1)
        pairs = there[:, :, None] & there[:, None, :]
        adjacency = torch.triu((edges > 0) & pairs, 1)
        return Graphs(ops.numpy(), adjacency.numpy(), self.space.operations)

    def build_model(self) -> IsomorphismNetwork:
        """The isomorphism network and its decoder."""
        return IsomorphismNetwork(len(self.space.operations), self.latent, self.hidden, self.layers)
