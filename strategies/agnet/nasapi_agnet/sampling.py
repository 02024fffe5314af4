"""Graphs drawn from a generator's scores: line 10 of algorithm 3."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from nasapi.space import Codes
from nasapi_agnet.forms import Form, LabelledGraphs
from nasapi_agnet.generator import LATENT, Generator, Scores
from nasapi_agnet.messages import sigmoid
from nasapi_agnet.parameters import Array

REACH = 3.0
"""z of a search is uniform in -REACH .. REACH."""


@frozen(eq=False)
class Samples:
    """What the generator made of a batch of z."""

    codes: Codes
    """(n, d): the architectures; -1 where a graph is none."""
    scores: Array
    """(n, L K + L (L - 1) / 2): the scores that they were drawn from, which is what the surrogate sees."""
    graphs: LabelledGraphs
    """What was drawn."""


def chances(scores: Scores) -> Array:
    """(B, L, K): the probabilities of each node's labels."""
    powers = np.exp(scores.nodes - scores.nodes.max(axis=2, keepdims=True))
    shares: Array = powers / powers.sum(axis=2, keepdims=True)
    return shares


def draw(scores: Scores, rng: np.random.Generator) -> LabelledGraphs:
    """One graph for each row: every node and every edge by itself, given its scores."""
    below = np.cumsum(chances(scores), axis=2)[:, :, :-1]
    labels = (rng.random((*below.shape[:2], 1)) >= below).sum(axis=2)  # alg. 3, l. 10
    edges = rng.random(scores.edges.shape) < sigmoid(scores.edges)  # alg. 3, l. 10
    return LabelledGraphs(labels, edges)


def sample(generator: Generator, form: Form, z: Array, rng: np.random.Generator) -> Samples:
    """Graphs of latent vectors, read as architectures."""
    scores = generator(z).scores
    graphs = draw(scores, rng)
    return Samples(form.read(graphs, scores.edges), scores.flat(), graphs)


def uniform(n: int, rng: np.random.Generator) -> Array:
    """(n, 32): z ~ U(-3, 3), which a search draws from."""
    return rng.uniform(-REACH, REACH, (n, LATENT)).astype(np.float32)


def normal(n: int, rng: np.random.Generator) -> Array:
    """(n, 32): z ~ N(0, I), which all training draws from."""
    return rng.standard_normal((n, LATENT), np.float32)
