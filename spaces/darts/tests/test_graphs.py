"""Cells of DARTS read back from graphs."""

from __future__ import annotations

import numpy as np
from nasapi_darts.space import DARTS

from nasapi.graphs import Graphs

SPACE = DARTS()
CODES = SPACE.sample(200, np.random.default_rng(0))


def test_every_code_is_read_from_its_own_graph():
    for space in (SPACE, DARTS(nodes=2), DARTS(nodes=1)):
        codes = space.sample(200, np.random.default_rng(0))
        np.testing.assert_array_equal(space.from_graphs(space.graphs(codes)), codes)


def test_the_edges_of_a_node_may_stand_in_either_order():
    graphs = SPACE.graphs(CODES)
    for first in (8, 8 + 11):  # the two edges of the last node, on which nothing else hangs
        order = np.arange(22)
        order[[first, first + 1]] = order[[first + 1, first]]
        turned = Graphs(graphs.ops[:, order], graphs.adjacency[:, order][:, :, order], graphs.labels)
        np.testing.assert_array_equal(SPACE.from_graphs(turned), CODES)


def test_one_edge_more_or_less_is_no_cell():
    graphs, rng = SPACE.graphs(CODES), np.random.default_rng(0)
    for _ in range(40):
        source, target = np.sort(rng.choice(22, 2, replace=False))
        adjacency = graphs.adjacency.copy()
        adjacency[:, source, target] ^= True
        assert (SPACE.from_graphs(Graphs(graphs.ops, adjacency, graphs.labels)) == -1).all()


def test_other_labels_than_an_operation_between_the_ends_are_no_cell():
    graphs = SPACE.graphs(CODES)
    for node in range(22):
        for op in (-1, 0, 5):
            ops = graphs.ops.copy()
            ops[:, node] = op
            changed = (ops != graphs.ops).any(axis=1)
            read = SPACE.from_graphs(Graphs(ops, graphs.adjacency, graphs.labels))
            assert (read[changed] == -1).all()
