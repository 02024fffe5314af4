"""A generator of the toy space that was hardly trained, as decoded-gp retrains one."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from nasapi_latent.retrained import RetrainedGenerator

import nasapi
from nasapi.testing.toy import Toy


def generator(size: int = 2_000, **options: Any) -> RetrainedGenerator:
    """One that draws so many candidates at once, with these options of decoded-gp."""
    encoder = nasapi.load_encoder("svge[steps=2,batch=16]", Toy())
    encoder.fit(Toy().sample(50, np.random.default_rng(0)), np.random.default_rng(0))
    random = torch.Generator().manual_seed(0)
    return RetrainedGenerator(Toy(), encoder, random, size, **options)
