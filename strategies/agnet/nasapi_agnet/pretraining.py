"""Pretraining: the generator learns the architectures of a space, without any of their values.

For every batch a fresh z ~ N(0, I) is drawn, whatever the graphs are; so the best that it can learn is to ignore z and
give each node and edge its frequency in the data.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen

from nasapi.space import Codes
from nasapi_agnet.forms import Form
from nasapi_agnet.generator import Generator, Scores
from nasapi_agnet.gradient import gradient
from nasapi_agnet.losses import reconstruction
from nasapi_agnet.parameters import Adam
from nasapi_agnet.sampling import normal, sample

RATE, BETAS = 2e-4, (0.5, 0.999)
"""Of Adam."""
BATCH = 32
SAMPLES = 2_500_000
"""How many graphs are seen: 500 times 5,000."""
TICK = 5_000
"""After how many graphs the generator is looked at."""


@frozen
class Quality:
    """What 10,000 samples of z ~ N(0, I) are like."""

    seen: int
    """Graphs seen in training."""
    loss: float
    """Mean reconstruction loss since the last look."""
    valid: float
    """Share of samples that are architectures."""
    unique: float
    """Share of the valid samples that are distinct codes."""


def pretrain(
    form: Form,
    codes: Codes,
    rng: np.random.Generator,
    samples: int = SAMPLES,
    look: Callable[[Generator, Quality], bool] | None = None,
    tick: int = TICK,
) -> Generator:
    """A generator trained on uniform draws of `codes`; `look` is called after each tick and ends it by False."""
    generator = Generator.fresh(form.nodes, form.labels, form.layers, form.inputs, rng)
    optimiser = Adam(len(generator.weights.flat), RATE, BETAS)
    graphs, losses, seen = form.write(codes), [], 0
    while seen < samples:
        done = generator(normal(BATCH, rng))
        loss, by_scores = reconstruction(done.scores, graphs[rng.integers(len(codes), size=BATCH)])
        by_scores = Scores(by_scores.nodes / np.float32(BATCH), by_scores.edges / np.float32(BATCH))
        optimiser.step(generator.weights.flat, gradient(done, by_scores).flat)
        losses.append(loss.mean())
        before, seen = seen, seen + BATCH
        if look is not None and seen // tick > before // tick:
            if not look(generator, quality(generator, form, seen, float(np.mean(losses)), rng)):
                break
            losses = []
    return generator


def quality(generator: Generator, form: Form, seen: int, loss: float, rng: np.random.Generator) -> Quality:
    """A look at the generator."""
    codes = np.concatenate([sample(generator, form, normal(1_000, rng), rng).codes for _ in range(10)])
    valid = codes[codes[:, 0] >= 0]
    return Quality(seen, loss, len(valid) / len(codes), len(np.unique(valid, axis=0)) / max(len(valid), 1))
