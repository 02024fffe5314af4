"""VGAE: the variational graph autoencoder of arch2vec, an isomorphism network with one latent vector a node.

Yan, Zheng, Ao, Zeng & Zhang, "Does Unsupervised Architecture Representation Learning Help Neural Architecture
Search?", NeurIPS 2020. Layers are normalised within a node rather than over the batch, so that an architecture's
features depend on it alone.
"""

from __future__ import annotations

from typing import Any, Self

import attrs
import numpy as np
import torch
from attrs import define, field
from torch import Tensor, nn
from torch.nn import functional

from nasapi.encoder import Decoder, Features, LearnedEncoder
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.graphs import Graphs
from nasapi.space import Codes, SearchSpace
from nasapi_encoders import checkpoint as checkpoints
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_encoders.torch_state import build, generator_from, one_thread

_ROWS = 4096  # graphs encoded at once
_SIZES = ("latent", "hidden", "layers", "canonical")


class IsomorphismNetwork(nn.Module):
    """GIN (Xu et al., 2019) on the graph with its edges both ways, and the decoder of operations and adjacency."""

    def __init__(self, operations: int, latent: int, hidden: int, layers: int):
        super().__init__()
        self.embed = nn.Embedding.from_pretrained(torch.empty(operations + 1, hidden), freeze=False)
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Linear(hidden, hidden),
                nn.LayerNorm(hidden),
                nn.ReLU(),
                nn.Linear(hidden, hidden),
                nn.LayerNorm(hidden),
                nn.ReLU(),
            )
            for _ in range(layers)
        )
        self.posterior = nn.Linear((layers + 1) * hidden, 2 * latent)
        self.operation = nn.Linear(latent, operations)

    def encode(self, graphs: GraphBatch) -> tuple[Tensor, Tensor]:
        """(B, L, latent) mean and log standard deviation of every node's z."""
        both_ways = graphs.adjacency + graphs.adjacency.transpose(1, 2)
        state = self.embed(graphs.ops) * graphs.mask[..., None]
        states = [state]  # what every layer made is read out (Xu et al., eq. 4.2), lest a node forget what it is
        for layer in self.layers:
            states.append(layer(states[-1] + both_ways @ states[-1]) * graphs.mask[..., None])
        mean, log_deviation = self.posterior(torch.cat(states, 2)).chunk(2, dim=2)
        return mean, log_deviation.clamp(-6.0, 2.0)

    def decode(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of operations (B, L, operations) and of edges between nodes (B, L, L), which is z z^T."""
        return self.operation(z), z @ z.transpose(1, 2)


@define(eq=False)
class VGAE(LearnedEncoder, Decoder):
    """Encodes an architecture as the mean over its nodes of the posterior means, (n, latent) float32.

    That mean has no inverse: `decode` gives the nearest of the architectures that it was fitted on, which is how
    arch2vec itself leaves its latent space.
    """

    space: SearchSpace
    latent: int = field(default=16, kw_only=True)
    hidden: int = field(default=128, kw_only=True)
    layers: int = field(default=4, kw_only=True)
    steps: int = field(default=1500, kw_only=True)
    """Steps of Adam in `fit`."""
    batch: int = field(default=64, kw_only=True)
    rate: float = field(default=1e-3, kw_only=True)
    beta: float = field(default=0.005, kw_only=True)
    """Weight of the divergence from the prior."""
    dropout: float = field(default=0.3, kw_only=True)
    """Share of z's entries that are dropped before decoding in training."""
    landmarks: int = field(default=10_000, kw_only=True)
    """How many of the fitted architectures `decode` may give, drawn among them."""
    canonical: bool = field(default=False, kw_only=True)
    """Whether networks are learned rather than codes: each code is replaced by its canonical one."""
    checkpoint: str | None = field(default="shipped", kw_only=True)
    """A file of weights; "shipped" for the package's own where it has one; None to start without weights."""
    dim: tuple[int, ...] = field(init=False)
    model: IsomorphismNetwork | None = field(init=False, default=None)
    losses: list[float] = field(init=False, factory=list)
    """Loss of every step of the last `fit`, in nats a graph."""
    _known: Codes = field(init=False)
    _places: Features | None = field(init=False, default=None)

    @latent.validator
    @hidden.validator
    @layers.validator
    @steps.validator
    @batch.validator
    @landmarks.validator
    def _at_least_one(self, attribute: attrs.Attribute[int], value: int) -> None:
        if value < 1:
            raise InvalidOption(f"{attribute.name!r} of vgae must be at least 1, not {value!r}.")

    @dropout.validator
    def _a_share(self, _: Any, value: float) -> None:
        if not 0 <= value < 1:
            raise InvalidOption(f"'dropout' of vgae must be in [0, 1), not {value!r}.")

    def __attrs_post_init__(self) -> None:
        path = checkpoints.shipped("vgae", self.space) if self.checkpoint == "shipped" else self.checkpoint
        self._known = np.empty((0, len(self.space.cardinalities)), np.int64)
        if path is not None:
            found = checkpoints.load(path, "vgae", self.space)
            for name in _SIZES:
                setattr(self, name, found.sizes[name])
            self.model = self._made(torch.Generator())
            found.into(self.model)
            self._known = self.space.sample(self.landmarks, np.random.default_rng(0))  # the same for every reader
        self.dim = (self.latent,)

    def fit(self, codes: Codes, rng: np.random.Generator) -> Self:
        """Train from nothing on `codes` by `steps` steps of Adam."""
        codes = self.learned(codes)
        with one_thread():
            generator = generator_from(rng)
            self.model = self._made(generator)
            self.losses = self._train(self.model, GraphBatch.encode(self.space, codes), generator)
        chosen = rng.permutation(len(codes))[: self.landmarks]
        self._known, self._places = np.asarray(codes)[chosen], None
        return self

    def encode(self, codes: Codes) -> Features:
        """(n, latent) float32: the mean over each architecture's nodes of their posterior means."""
        model, codes = self.trained, self.learned(codes)
        parts = [np.empty((0, self.latent), np.float32)]
        with one_thread(), torch.no_grad():
            for start in range(0, len(codes), _ROWS):
                graphs = GraphBatch.encode(self.space, codes[start : start + _ROWS])
                mean = (model.encode(graphs)[0] * graphs.mask[..., None]).sum(1)
                parts.append((mean / graphs.mask.sum(1, keepdim=True)).numpy())
        return np.concatenate(parts)

    def decode(self, features: Features, rng: np.random.Generator) -> Codes:
        """(n, d): the nearest landmark of each row in Euclidean distance; nothing is drawn from `rng`."""
        if self._places is None:
            self._places = self.encode(self._known)
        rows = np.asarray(features, np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.latent:
            raise InvalidOption(f"vgae decodes features of shape (n, {self.latent}), not {rows.shape}.")
        squares = (self._places**2).sum(1)
        nearest = [
            np.argmin(squares - 2 * rows[start : start + _ROWS] @ self._places.T, axis=1)
            for start in range(0, len(rows), _ROWS)
        ]
        return self._known[np.concatenate([np.empty(0, np.int64), *nearest])]

    def reconstruct(self, codes: Codes) -> Graphs:
        """The graphs that the decoder makes of the posterior means: likeliest operations, edges likelier than not."""
        model, graphs = self.trained, GraphBatch.encode(self.space, self.learned(codes))
        with one_thread(), torch.no_grad():
            operations, edges = model.decode(model.encode(graphs)[0])
        there = graphs.mask.bool()
        ops = torch.where(there, operations.argmax(2), -1)
        pairs = there[:, :, None] & there[:, None, :]
        adjacency = torch.triu((edges > 0) & pairs, 1)
        return Graphs(ops.numpy(), adjacency.numpy(), self.space.operations)

    def learned(self, codes: Codes) -> Codes:
        """The valid codes as the model sees them: themselves, or their canonical ones."""
        codes = self.space.require(codes)
        return self.space.canonical(codes) if self.canonical else codes

    @property
    def trained(self) -> IsomorphismNetwork:
        """The model; raises NotAvailable before `fit`."""
        if self.model is None:
            raise NotAvailable(f"vgae has no weights for {self.space.id!r}; call fit, or give it a checkpoint.")
        return self.model

    def save(self, path: str) -> None:
        """Write the weights as a checkpoint that `checkpoint=path` reads."""
        sizes = {name: getattr(self, name) for name in _SIZES}
        checkpoints.save(path, "vgae", self.space, self.trained, sizes)

    def _made(self, generator: torch.Generator) -> IsomorphismNetwork:
        operations = len(self.space.operations)
        return build(lambda: IsomorphismNetwork(operations, self.latent, self.hidden, self.layers), generator)

    def _train(self, model: IsomorphismNetwork, graphs: GraphBatch, generator: torch.Generator) -> list[float]:
        optimiser = torch.optim.Adam(model.parameters(), lr=self.rate, fused=True)
        losses = []
        for _ in range(self.steps):
            rows = torch.randint(len(graphs), (min(self.batch, len(graphs)),), generator=generator)
            loss = self._loss(model, graphs[rows], generator)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimiser.step()
            losses.append(float(loss.detach()))
        return losses

    def _loss(self, model: IsomorphismNetwork, graphs: GraphBatch, generator: torch.Generator) -> Tensor:
        """Cross entropies of operations and of the pairs of nodes, plus beta times the divergence, a graph."""
        mean, log_deviation = model.encode(graphs)
        deviation = torch.exp(log_deviation)
        z = mean + deviation * torch.randn(mean.shape, generator=generator)
        kept = (torch.rand(z.shape, generator=generator) >= self.dropout) / (1 - self.dropout)
        operations, edges = model.decode(z * kept)
        named = functional.cross_entropy(
            operations.transpose(1, 2), graphs.ops.clamp(max=operations.shape[2] - 1), reduction="none"
        )
        pairs = torch.triu(graphs.mask[:, :, None] * graphs.mask[:, None, :], 1)
        linked = functional.binary_cross_entropy_with_logits(edges, graphs.adjacency, reduction="none")
        divergence = 0.5 * (mean**2 + deviation**2 - 1 - 2 * log_deviation).sum(2)
        nodes = (named + self.beta * divergence) * graphs.mask
        return (nodes.sum(1) + (linked * pairs).sum((1, 2))).mean()
