"""SVGe: a graph network into a latent space, and an autoregressive decoder of codes out of it, for any space.

Lukasik, Friede, Zela, Hutter & Keuper, "Smooth Variational Graph Embeddings for Efficient Neural Architecture
Search", 2021; the generator of AG-Net (Lukasik, Jung & Keuper, ECCV 2022) is its decoder.
"""

from __future__ import annotations

from typing import Any, Self

import attrs
import numpy as np
import torch
from attrs import define, field
from torch import Tensor

from nasapi.encoder import Decoder, Features, LearnedEncoder
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.space import Codes, SearchSpace
from nasapi_encoders import checkpoint as checkpoints
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_encoders.graph_vae import GraphVAE, Sizes, train
from nasapi_encoders.torch_state import build, generator_from, one_thread

_SIZES = tuple(field.name for field in attrs.fields(Sizes))
_ROWS = 4096  # graphs encoded at once, so that memory does not grow with the batch
_ROUNDS = 16  # draws of a row before an invalid one is replaced


@define(eq=False)
class SVGe(LearnedEncoder, Decoder):
    """Encodes an architecture as the posterior mean of z, (n, latent) float32, and decodes z to a code.

    Without weights until `fit`, unless `checkpoint` is a file or, by default, one is shipped for the space.
    """

    space: SearchSpace
    latent: int = field(default=32, kw_only=True)
    width: int = field(default=32, kw_only=True)
    hidden: int = field(default=128, kw_only=True)
    layers: int = field(default=2, kw_only=True)
    steps: int = field(default=3000, kw_only=True)
    """Steps of Adam in `fit`."""
    batch: int = field(default=256, kw_only=True)
    rate: float = field(default=3e-3, kw_only=True)
    beta: float = field(default=0.02, kw_only=True)
    """Weight of the divergence from the prior."""
    dropout: float = field(default=0.25, kw_only=True)
    """Share of the genes in a prefix that the decoder is not told in training."""
    canonical: bool = field(default=False, kw_only=True)
    """Whether networks are learned rather than codes: each code is replaced by its canonical one."""
    checkpoint: str | None = field(default="shipped", kw_only=True)
    """A file of weights; "shipped" for the package's own where it has one; None to start without weights."""
    dim: tuple[int, ...] = field(init=False)
    model: GraphVAE | None = field(init=False, default=None)
    losses: list[float] = field(init=False, factory=list)
    """Loss of every step of the last `fit`, in nats a code."""

    @latent.validator
    @width.validator
    @hidden.validator
    @layers.validator
    @steps.validator
    @batch.validator
    def _at_least_one(self, attribute: attrs.Attribute[int], value: int) -> None:
        if value < 1:
            raise InvalidOption(f"{attribute.name!r} of svge must be at least 1, not {value!r}.")

    @dropout.validator
    def _a_share(self, _: Any, value: float) -> None:
        if not 0 <= value < 1:
            raise InvalidOption(f"'dropout' of svge must be in [0, 1), not {value!r}.")

    def __attrs_post_init__(self) -> None:
        path = checkpoints.shipped("svge", self.space) if self.checkpoint == "shipped" else self.checkpoint
        if path is not None:
            found = checkpoints.load(path, "svge", self.space)
            for name in (*_SIZES, "canonical"):
                setattr(self, name, found.sizes[name])
            self.model = self._made(torch.Generator())
            found.into(self.model)
        self.dim = (self.latent,)

    def fit(self, codes: Codes, rng: np.random.Generator) -> Self:
        """Train from nothing on `codes` by `steps` steps of Adam."""
        codes = self.learned(codes)
        with one_thread():
            generator = generator_from(rng)
            self.model = self._made(generator)
            graphs = GraphBatch.encode(self.space, codes)
            targets = torch.from_numpy(np.asarray(codes, np.int64))
            options = {name: getattr(self, name) for name in ("steps", "batch", "rate", "beta", "dropout")}
            self.losses = train(self.model, graphs, targets, generator, **options)
        return self

    def encode(self, codes: Codes) -> Features:
        """(n, latent) float32: the posterior mean of each architecture."""
        model, codes = self.trained, self.learned(codes)
        parts = [np.empty((0, self.latent), np.float32)]
        with one_thread(), torch.no_grad():
            for start in range(0, len(codes), _ROWS):
                graphs = GraphBatch.encode(self.space, codes[start : start + _ROWS])
                parts.append(model.posterior(graphs)[0].numpy())
        return np.concatenate(parts)

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

    def draw(self, features: Features, rng: np.random.Generator | None) -> Codes:
        """(n, d): one draw from p(code | z) for each row, valid or not; the likeliest genes where `rng` is None."""
        model = self.trained
        z = self._latent(features)
        with one_thread(), torch.no_grad():
            return model.decoder.sample(z, None if rng is None else generator_from(rng)).numpy()

    def learned(self, codes: Codes) -> Codes:
        """The valid codes as the model sees them: themselves, or their canonical ones."""
        codes = self.space.require(codes)
        return self.space.canonical(codes) if self.canonical else codes

    @property
    def trained(self) -> GraphVAE:
        """The model; raises NotAvailable before `fit`."""
        if self.model is None:
            raise NotAvailable(f"svge has no weights for {self.space.id!r}; call fit, or give it a checkpoint.")
        return self.model

    def save(self, path: str) -> None:
        """Write the weights as a checkpoint that `checkpoint=path` reads."""
        sizes = {name: getattr(self, name) for name in (*_SIZES, "canonical")}
        checkpoints.save(path, "svge", self.space, self.trained, sizes)

    def _made(self, generator: torch.Generator) -> GraphVAE:
        sizes = Sizes(**{name: getattr(self, name) for name in _SIZES})
        return build(lambda: GraphVAE(len(self.space.operations), self.space.cardinalities, sizes), generator)

    def _latent(self, features: Features) -> Tensor:
        z = torch.as_tensor(np.asarray(features, np.float32))
        if z.dim() != 2 or z.shape[1] != self.latent:
            raise InvalidOption(f"svge decodes features of shape (n, {self.latent}), not {tuple(z.shape)}.")
        return z
