"""What z does in a generator: how much of a graph's nodes and edges it decides."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi_agnet.generator import Generator
from nasapi_agnet.messages import sigmoid
from nasapi_agnet.sampling import chances, uniform


@frozen
class Effect:
    """How the distributions of a graph's parts go with z, in nats and in probability."""

    entropy: float
    """Mean entropy of a node's label over all z."""
    information: float
    """Mean mutual information of z and a node's label: what is gone of that entropy once z is known."""
    edge_information: float
    """Mean mutual information of z and an edge."""
    deviation: float
    """Standard deviation over z of the label's probability that z moves most."""


def effect_of_z(generator: Generator, rng: np.random.Generator, n: int = 1_000) -> Effect:
    """The effect of `n` draws of z ~ U(-3, 3), those of a search, on the nodes and edges that are not given.

    Training pairs a graph with a z that was drawn without it, so that the likeliest generator ignores z; how nearly one
    does is what this measures.
    """
    scores = generator(uniform(n, rng)).scores
    labels = chances(scores)[:, 1:-1].astype(np.float64)
    given = generator.inputs * (generator.inputs + 1) // 2
    there = sigmoid(scores.edges[:, given:]).astype(np.float64)
    entropy = _entropy(labels.mean(axis=0))
    information = entropy - _entropy(labels).mean(axis=0)
    links = np.stack([there, 1 - there], axis=2)
    edges = _entropy(links.mean(axis=0)) - _entropy(links).mean(axis=0)
    return Effect(
        float(entropy.mean()), float(information.mean()), float(edges.mean()), float(labels.std(axis=0).max())
    )


def _entropy(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the last axis, in nats."""
    nats: NDArray[np.float64] = -(chance * np.log(np.maximum(chance, 1e-300))).sum(axis=-1)
    return nats
