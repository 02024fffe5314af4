"""Recurrent cells read back from graphs."""

from __future__ import annotations

import numpy as np
import pytest
from nasapi_nlp.cells import BLEND, split
from nasapi_nlp.listed import listed as listed_of
from nasapi_nlp.space import NLP

from nasapi.graphs import Graphs

SPACE = NLP(draw="generator")


@pytest.mark.parametrize("space", [SPACE, NLP(), NLP(nodes=5, states=2), NLP(nodes=2, states=1)])
def test_the_graph_of_what_was_read_is_the_graph(space):
    codes = space.sample(100, np.random.default_rng(0))
    graphs = space.graphs(codes)
    read = space.from_graphs(graphs)
    assert space.valid(read).all()
    again = space.graphs(read)
    np.testing.assert_array_equal(again.ops, graphs.ops)
    np.testing.assert_array_equal(again.adjacency, graphs.adjacency)
    plain = ~(split(codes, space.nodes).ops == BLEND).any(axis=1)
    np.testing.assert_array_equal(read[plain], codes[plain])


def test_the_first_source_of_a_blend_is_its_gate():
    codes = SPACE.sample(100, np.random.default_rng(1))
    read = split(SPACE.from_graphs(SPACE.graphs(codes)), SPACE.nodes)
    blends = read.inputs[read.ops == BLEND]
    assert len(blends) > 10
    assert (np.diff(blends, axis=1) > 0).all()


def test_what_is_changed_is_a_valid_cell_or_none():
    codes, rng = SPACE.sample(100, np.random.default_rng(2)), np.random.default_rng(0)
    graphs, none = SPACE.graphs(codes), 0
    for _ in range(60):
        source, target = np.sort(rng.choice(graphs.ops.shape[1], 2, replace=False))
        adjacency, ops = graphs.adjacency.copy(), graphs.ops.copy()
        adjacency[:, source, target] ^= True
        ops[:, target] = rng.integers(-1, len(SPACE.operations))
        for changed in (Graphs(graphs.ops, adjacency, graphs.labels), Graphs(ops, graphs.adjacency, graphs.labels)):
            read = SPACE.from_graphs(changed)
            lost = (read == -1).all(axis=1)
            assert SPACE.valid(read[~lost]).all()
            again = SPACE.graphs(read[~lost])
            np.testing.assert_array_equal(again.ops, changed.ops[~lost])
            np.testing.assert_array_equal(again.adjacency, changed.adjacency[~lost])
            none += int(lost.sum())
    assert none > 6_000


def test_a_list_reads_its_own_networks_and_no_others():
    codes = SPACE.canonical(SPACE.sample(60, np.random.default_rng(3)))
    codes = np.unique(codes[~(split(codes, SPACE.nodes).ops == BLEND).any(axis=1)], axis=0)
    assert len(codes) > 4
    listed = listed_of(codes[::2], "nlp-some")
    read = listed.from_graphs(SPACE.graphs(codes))
    np.testing.assert_array_equal(read[::2], codes[::2])
    assert (read[1::2] == -1).all()
