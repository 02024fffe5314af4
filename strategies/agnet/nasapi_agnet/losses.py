"""What the generator is trained by: the reconstruction of graphs from the scores of any z."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi_agnet.forms import LabelledGraphs
from nasapi_agnet.generator import Scores
from nasapi_agnet.messages import sigmoid
from nasapi_agnet.parameters import Array


def reconstruction(scores: Scores, graphs: LabelledGraphs, nodes: float = 1.0) -> tuple[Array, Scores]:
    """(B,): mean cross entropy of the nodes, times `nodes`, plus mean binary cross entropy of the edges.

    And how each row's loss grows with its scores.
    """
    n, length, _ = scores.nodes.shape
    at = (np.arange(n)[:, None], np.arange(length), graphs.labels)
    shifted = scores.nodes - scores.nodes.max(axis=2, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=2, keepdims=True)
    labels = (np.log(sums[:, :, 0]) - shifted[at]).mean(axis=1)
    by_nodes = powers / sums
    by_nodes[at] -= 1
    by_nodes *= np.float32(nodes / length)
    e, there = scores.edges, graphs.edges
    edges = (np.maximum(e, 0) - e * there + np.log1p(np.exp(-np.abs(e)))).mean(axis=1)
    by_edges = (sigmoid(e) - there) / np.float32(e.shape[1])
    return np.float32(nodes) * labels + edges, Scores(by_nodes, by_edges)


def exact(graphs: LabelledGraphs, labels: int) -> NDArray[np.float32]:
    """(B, L K + E): graphs as zeros and ones, in the order of scores."""
    one_hot = np.eye(labels, dtype=np.float32)[graphs.labels]
    return np.concatenate(
        [one_hot.reshape(len(graphs), labels * graphs.labels.shape[1]), graphs.edges.astype(np.float32)], axis=1
    )
