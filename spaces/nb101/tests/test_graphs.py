"""Cells of NAS-Bench-101 read back from graphs."""

from __future__ import annotations

import numpy as np
import pytest
from nasapi_nb101.listed import listed as listed_of
from nasapi_nb101.space import NB101

from nasapi.errors import InvalidArchitecture
from nasapi.graphs import Graphs

SPACE = NB101()
CODES = SPACE.sample(500, np.random.default_rng(0))


def test_a_graph_with_dead_vertices_is_the_network_without():
    code = SPACE.parse("0110001000010000:input,conv3x3-bn-relu,maxpool3x3,output")
    graphs = SPACE.graphs(code[None])
    ops, adjacency = np.full((1, 7), -1), np.zeros((1, 7, 7), np.bool_)
    ops[0, :5] = [0, 2, 4, 3, 1]  # a vertex that leads nowhere before the output
    adjacency[0, :3, :3], adjacency[0, 1:3, 4] = graphs.adjacency[0, :3, :3], graphs.adjacency[0, 1:3, 3]
    adjacency[0, 0, 3] = True
    read = SPACE.from_graphs(Graphs(ops, adjacency, SPACE.operations))
    np.testing.assert_array_equal(SPACE.canonical(read), SPACE.canonical(code[None]))


@pytest.mark.parametrize(("node", "op"), [(0, 1), (0, 2), (0, -1), (1, 0), (1, 1)])
def test_other_ends_or_vertices_are_no_cell(node, op):
    graphs = SPACE.graphs(CODES[SPACE.graphs(CODES).ops[:, 2] >= 2])
    ops = graphs.ops.copy()
    ops[:, node] = op
    assert (SPACE.from_graphs(Graphs(ops, graphs.adjacency, graphs.labels)) == -1).all()


def test_more_than_nine_edges_are_no_cell():
    ops = np.array([[0, 2, 2, 2, 2, 2, 1]])
    full = np.triu(np.ones((1, 7, 7), np.bool_), 1)
    assert (SPACE.from_graphs(Graphs(ops, full, SPACE.operations)) == -1).all()


def test_graphs_of_other_labels_or_sizes_are_refused():
    graphs = SPACE.graphs(CODES)
    with pytest.raises(InvalidArchitecture, match="reads graphs of 7 nodes with its own operations, not of 7 nodes"):
        SPACE.from_graphs(Graphs(graphs.ops, graphs.adjacency, ("a", "b", "c", "d", "e")))
    with pytest.raises(InvalidArchitecture, match="not of 6 nodes"):
        SPACE.from_graphs(Graphs(graphs.ops[:, :6], graphs.adjacency[:, :6, :6], graphs.labels))


def test_a_list_reads_its_own_networks_and_no_others():
    codes = SPACE.canonical(CODES)
    codes = np.unique(codes, axis=0)
    listed = listed_of(codes[::2])
    assert SPACE.reads_graphs and listed.reads_graphs
    read = listed.from_graphs(SPACE.graphs(codes))
    np.testing.assert_array_equal(read[::2], codes[::2])
    assert (read[1::2] == -1).all()
