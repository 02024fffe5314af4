"""SVGe: a graph network into a latent space, and an autoregressive decoder of codes out of it, for any space.

Lukasik, Friede, Zela, Hutter & Keuper, "Smooth Variational Graph Embeddings for Efficient Neural Architecture
Search", 2021; the generator of AG-Net (Lukasik, Jung & Keuper, ECCV 2022) is its decoder.
"""

from __future__ import annotations

import attrs
import numpy as np
import torch
from attrs import define

from nasapi import options as option
from nasapi.encoder import Features
from nasapi.networks import on_threads
from nasapi.space import Codes
from nasapi_encoders.autoencoder import Autoencoder
from nasapi_encoders.graph_vae import GraphVAE, Sizes
from nasapi_encoders.torch_state import generator_from

_ROUNDS = 16  # draws of a row before an invalid one is replaced


@define(eq=False)
class SVGe(Autoencoder[GraphVAE], checked=True):
    """Encodes an architecture as the posterior mean of z, (n, latent) float32, and decodes z to a code.

    Without weights until `fit`, unless `checkpoint` is a file or, by default, one is shipped for the space.
    """

    kind = "svge"
    sizes = tuple(size.name for size in attrs.fields(Sizes))
    cosine = True

    latent: int = option.count(32, "Dimensions of the latent space.")
    width: int = option.count(
        32, "Dimensions of a node's state, from 2: half of a message runs along the edges, half against them.", least=2
    )
    hidden: int = option.count(128, "Dimensions of a prefix's state in the decoder.")
    layers: int = option.count(2, "Rounds of messages.")
    steps: int = option.count(3000, "Steps of Adam in `fit`.")
    batch: int = option.count(256, "Architectures a step.")
    rate: float = option.positive(3e-3, "Adam's, at the first step.")
    beta: float = option.number(0.02, "Weight of the divergence from the prior.", least=0)
    dropout: float = option.number(
        0.25, "Share of the genes in a prefix that the decoder is not told in training.", least=0, below=1
    )

    def decode(self, features: Features, rng: np.random.Generator) -> Codes:
        """(n, d): a valid code drawn from p(code | z) for each row z.

        An invalid draw is drawn again; a row that stays invalid in 16 draws gets a uniform sample of the space.
        """
        codes = self.draw(features, rng)
        for _ in range(_ROUNDS - 1):
            bad = np.flatnonzero(~self.space.valid(codes))
            if not len(bad):
                return codes
            codes[bad] = self.draw(np.asarray(features)[bad], rng)
        bad = np.flatnonzero(~self.space.valid(codes))
        codes[bad] = self.space.sample(len(bad), rng)
        return codes

    def draw(self, features: Features, rng: np.random.Generator) -> Codes:
        """(n, d): one draw from p(code | z) for each row, valid or not."""
        return self._sampled(features, generator_from(rng))

    def likeliest(self, features: Features) -> Codes:
        """(n, d): gene by gene the most probable value for each row, valid or not."""
        return self._sampled(features, None)

    def _sampled(self, features: Features, generator: torch.Generator | None) -> Codes:
        model, z = self.trained, torch.from_numpy(self.places(features))
        with on_threads(1), torch.no_grad():
            return model.decoder.sample(z, generator).numpy()

    def build_model(self) -> GraphVAE:
        """The graph network and the gene decoder."""
        sizes = Sizes(**{name: getattr(self, name) for name in self.sizes})
        return GraphVAE(len(self.space.operations), self.space.cardinalities, sizes)
