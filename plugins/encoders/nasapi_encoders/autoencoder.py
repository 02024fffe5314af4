"""What the learned encoders share: options, weights from a checkpoint or from `fit`, and features in batches."""

from __future__ import annotations

import reprlib
from abc import abstractmethod
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np
import torch
from attrs import define, field

from nasapi import options as option
from nasapi.encoder import Decoder, Features, LearnedEncoder
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.networks import on_threads
from nasapi.space import Codes, SearchSpace
from nasapi_encoders import checkpoint as checkpoints
from nasapi_encoders.graph_batch import GraphBatch
from nasapi_encoders.latent_model import LatentModel, descend
from nasapi_encoders.torch_state import build, generator_from, outline

ROWS = 4096
"""Architectures treated at once, so that memory does not grow with the batch."""

Model = TypeVar("Model", bound=LatentModel)
"""The networks of an encoder."""


@define(eq=False)
class Autoencoder(LearnedEncoder, Decoder, Generic[Model], checked=True):
    """An encoder by the latent space of a model, which a subclass makes, and a decoder, which it has.

    Without weights until `fit`, unless `checkpoint` is a file or, by default, one is shipped for the space. A subclass
    makes options of what has no default here.
    """

    kind: ClassVar[str]
    """The encoder's id, which checkpoints carry."""
    sizes: ClassVar[tuple[str, ...]]
    """The options that the weights' shapes follow from."""
    cosine: ClassVar[bool]
    """Whether the rate falls along a cosine in `fit`."""

    space: SearchSpace
    """Whose architectures are encoded."""
    latent: int = field(kw_only=True)
    """Dimensions of the latent space."""
    steps: int = field(kw_only=True)
    """Steps of Adam in `fit`."""
    batch: int = field(kw_only=True)
    """Architectures a step."""
    rate: float = field(kw_only=True)
    """Adam's, at the first step."""
    beta: float = field(kw_only=True)
    """Weight of the divergence from the prior."""
    dropout: float = field(kw_only=True)
    """What the decoder is kept from seeing in `fit`; a subclass says of what it is a share."""
    canonical: bool = option.flag(
        False, "Whether networks are learned rather than codes: each code is replaced by its canonical one."
    )
    checkpoint: str | None = option.file(
        "shipped",
        'A file of weights; "shipped" for the package\'s own where it has one; None to start without weights.',
        optional=True,
    )
    dim: tuple[int, ...] = field(init=False)
    """The shape of one architecture's features: (latent,)."""
    model: Model | None = field(init=False, default=None)
    """The networks with their weights; None without weights."""
    losses: list[float] = field(init=False, factory=list)
    """Loss of every step of the last `fit`, in nats an architecture."""

    @abstractmethod
    def build_model(self) -> Model:
        """The model in the sizes that the options say, its weights not set."""

    def __attrs_post_init__(self) -> None:
        path = checkpoints.shipped(self.kind, self.space) if self.checkpoint == "shipped" else self.checkpoint
        if path is not None:
            self._read(checkpoints.load(path, self.kind, self.space))
        self.dim = (self.latent,)

    def _read(self, found: checkpoints.Checkpoint) -> None:
        """Take sizes and weights from a checkpoint; raises CorruptData where they do not fit each other."""
        sizes = found.sizes()
        for name in (*self.sizes, "canonical"):
            try:
                setattr(self, name, sizes.get(name))
            except InvalidOption as error:
                raise found.refused(f"has {reprlib.repr(sizes.get(name))} as {name!r} of {self.kind}") from error
        found.match(outline(self.build_model))  # before there is memory for what the sizes say
        self.model = build(self.build_model, torch.Generator())
        self.model.load_state_dict(dict(found.weights))

    def fit(self, codes: Codes, rng: np.random.Generator) -> Self:
        """Train from nothing on `codes` by `steps` steps of Adam."""
        codes = self.learned(codes)
        with on_threads(1):
            generator = generator_from(rng)
            self.model = build(self.build_model, generator)
            graphs = GraphBatch.of_codes(self.space, codes)
            targets = torch.from_numpy(np.asarray(codes, np.int64))
            options = {name: getattr(self, name) for name in ("steps", "batch", "rate", "beta", "dropout", "cosine")}
            self.losses = descend(self.model, graphs, targets, generator, **options)
        return self

    def encode(self, codes: Codes) -> Features:
        """(n, latent) float32: each architecture's place in the latent space."""
        model, codes = self.trained, self.learned(codes)
        parts = [np.empty((0, self.latent), np.float32)]
        with on_threads(1), torch.no_grad():
            for start in range(0, len(codes), ROWS):
                parts.append(model.features(GraphBatch.of_codes(self.space, codes[start : start + ROWS])).numpy())
        return np.concatenate(parts)

    def learned(self, codes: Codes) -> Codes:
        """The valid codes as the model sees them: themselves, or their canonical ones."""
        codes = self.space.require(codes)
        return self.space.canonical(codes) if self.canonical else codes

    def places(self, features: Features) -> Features:
        """Features as float32."""
        return np.asarray(features, np.float32)

    @property
    def trained(self) -> Model:
        """The model; raises NotAvailable before `fit`."""
        if self.model is None:
            raise NotAvailable(f"{self.kind} has no weights for {self.space.id!r}; call fit, or give it a checkpoint.")
        return self.model

    def save(self, path: str) -> None:
        """Write the weights as a checkpoint that `checkpoint=path` reads."""
        sizes = {name: getattr(self, name) for name in (*self.sizes, "canonical")}
        checkpoints.save(path, self.kind, self.space, self.trained, sizes)
