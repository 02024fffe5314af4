"""The encodings of the core, against paths enumerated one by one, on graphs with dead nodes, padding and two inputs."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nasapi
from nasapi.encodings.adjacency import Adjacency, CategoricalAdjacency, Genes
from nasapi.encodings.path import Path, truncated_path
from nasapi.errors import InvalidArchitecture, InvalidOption
from nasapi.graphs import Graphs
from nasapi.space import SearchSpace
from nasapi.testing.search import ToyEncoder
from nasapi.testing.toy import Toy

SOURCES, TARGETS = np.triu_indices(6, 1)


class Cells(SearchSpace):
    """Two inputs, two or three inner nodes of two operations, one output, and any forward edges at all."""

    id = "cells"
    cardinalities = (2, 2, 2, 2) + (2,) * len(SOURCES)
    operations = ("conv", "left", "right", "pool", "end")
    inputs = ("left", "right")
    outputs = ("end",)

    def graphs(self, codes):
        n, small = len(codes), codes[:, 0] == 0
        ops = np.column_stack([np.full(n, 1), np.full(n, 2), codes[:, 1:4] * 3, np.full(n, 4)])
        ops[small, 4:] = [4, -1]
        adjacency = np.zeros((n, 6, 6), np.bool_)
        adjacency[:, SOURCES, TARGETS] = codes[:, 4:]
        adjacency[small, :, 5] = False
        return Graphs(ops.astype(np.int64), adjacency, self.operations)

    def format(self, code):
        return "".join(map(str, code.tolist()))

    def parse(self, text):
        return np.array([int(character) for character in text])


def spelled(space, code):
    """The sequences of operations of all simple paths from an input to an output, through operations alone."""
    graph = space.to_networkx(code)
    ops = nx.get_node_attributes(graph, "op")
    starts = [node for node, op in ops.items() if op in space.inputs]
    ends = [node for node, op in ops.items() if op in space.outputs]
    ways = (way for a in starts for b in ends for way in nx.all_simple_paths(graph, a, b))
    return {
        tuple(ops[node] for node in way[:-1])
        for way in ways
        if not any(ops[node] in (*space.inputs, *space.outputs) for node in way[1:-1])
    }


codes_of_cells = st.integers(0, 2**31).map(lambda seed: Cells().sample(5, np.random.default_rng(seed)))
ENCODERS = [Adjacency, CategoricalAdjacency, Genes, Path, truncated_path]


@settings(max_examples=60)
@given(codes_of_cells)
def test_path_bits_are_the_enumerated_paths(codes):
    space = Cells()
    encoder = Path(space)
    for code, bits in zip(codes, encoder.encode(codes), strict=True):
        assert {path for path, bit in zip(encoder.paths, bits, strict=True) if bit} == spelled(space, code)


@pytest.mark.parametrize("name", ["toy", "nb201", "nb101"])
def test_path_bits_are_the_enumerated_paths_of_a_shipped_space(name):
    try:
        space = nasapi.load_space(name)
    except LookupError:
        pytest.skip(f"{name} is not installed")
    encoder = nasapi.load_encoder("path", space)
    codes = space.sample(50, np.random.default_rng(1))
    for code, bits in zip(codes, encoder.encode(codes), strict=True):
        assert {path for path, bit in zip(encoder.paths, bits, strict=True) if bit} == spelled(space, code)


@pytest.mark.parametrize(("name", "paths"), [("toy", 3 + 9), ("nb201", 5 + 25 + 125), ("nb101", 364)])
def test_a_path_encoding_has_the_literatures_number_of_bits(name, paths):
    try:
        space = nasapi.load_space(name)
    except LookupError:
        pytest.skip(f"{name} is not installed")
    assert nasapi.load_encoder("path", space).dim == (paths,)


@settings(max_examples=60)
@given(codes_of_cells)
def test_isomorphic_graphs_have_one_path_encoding(codes):
    encoder = Path(Cells())
    codes[:, 4:][:, (SOURCES == 2) & (TARGETS == 3)] = 0  # then nodes 2 and 3 may change places
    swapped = codes.copy()
    swapped[:, [1, 2]] = codes[:, [2, 1]]
    place = np.array([0, 1, 3, 2, 4, 5])
    for column, (source, target) in enumerate(zip(place[SOURCES], place[TARGETS], strict=True)):
        if source < target:
            swapped[:, 4 + column] = codes[:, 4 + np.flatnonzero((SOURCES == source) & (TARGETS == target))[0]]
    np.testing.assert_array_equal(encoder.encode(swapped), encoder.encode(codes))


def test_paths_are_ordered_by_length_then_input_then_operations():
    paths = Path(Cells()).paths
    operations = Cells.operations
    assert paths == sorted(paths, key=lambda path: (len(path), [operations.index(name) for name in path]))
    assert len(set(paths)) == len(paths) == 2 * (1 + 2 + 4 + 8)


def test_a_limit_keeps_the_first_paths():
    space = Cells()
    codes = space.sample(200, np.random.default_rng(2))
    every = Path(space).encode(codes)
    for limit in (1, 2, 5, 17, 29, 30, 31):
        encoder = Path(space, limit=limit)
        assert encoder.dim == (min(limit, 30),)
        assert encoder.paths == Path(space).paths[:limit]
        np.testing.assert_array_equal(encoder.encode(codes), every[:, :limit])


def test_truncated_paths_are_forty_by_default():
    assert truncated_path(Cells(), limit=7).dim == (7,)
    assert truncated_path(Cells()).dim == (30,)
    assert truncated_path(Deep()).dim == (40,)


def test_without_a_limit_there_are_4096_paths_at_most_and_those_that_occur_where_not_all_have_room():
    class Long(Cells):
        id = "long"
        cardinalities = (1,)
        operations = ("left", "end", *"abcdefgh")
        inputs = ("left",)

        def graphs(self, codes):
            line = np.zeros((len(codes), 7, 7), np.bool_)
            line[:, range(6), range(1, 7)] = True
            return Graphs(np.tile([0, 2, 3, 4, 5, 9, 1], (len(codes), 1)), line, self.operations)

    code = np.zeros((1, 1), np.int64)
    place = (((0 * 8 + 1) * 8 + 2) * 8 + 3) * 8 + 7  # a, b, c, d, h
    every = Path(Long(), limit=10**6)
    assert every.dim == (8**5,)
    assert every.encode(code)[0].nonzero()[0].tolist() == [place]
    assert every.paths[place] == ("left", "a", "b", "c", "d", "h")
    assert Path(Long()).paths == [every.paths[place]]  # all that occurs, where not all that could has room
    assert Path(Deep()).dim[0] <= 4096


@pytest.mark.parametrize("make", ENCODERS)
@pytest.mark.parametrize("space", [Toy(), Cells()], ids=lambda space: space.id)
def test_a_batch_is_its_rows(make, space):
    encoder = make(space)
    codes = space.sample(40, np.random.default_rng(3))
    batch = encoder.encode(codes)
    assert batch.shape == (40, *encoder.dim)
    np.testing.assert_array_equal(batch, np.concatenate([encoder.encode(code[None]) for code in codes]))
    assert encoder.encode(codes[:0]).shape == (0, *encoder.dim)
    assert batch.dtype == encoder.encode(codes[:0]).dtype


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_path_encoding_in_chunks_is_the_whole(rows, monkeypatch):
    encoder, codes = Path(Cells()), Cells().sample(10, np.random.default_rng(4))
    whole = encoder.encode(codes)
    monkeypatch.setattr("nasapi.encodings.path._CELLS", rows * 6 * 16)
    np.testing.assert_array_equal(encoder.encode(codes), whole)


@pytest.mark.parametrize("make", [Adjacency, CategoricalAdjacency, Genes])
def test_different_codes_of_toy_differ_in_every_literal_encoding(make):
    codes = np.concatenate(list(Toy().enumerate()))
    assert len(np.unique(make(Toy()).encode(codes), axis=0)) == 22


def test_adjacency_is_one_hot_operations_then_edges():
    bits = Adjacency(Toy()).encode(np.array([[2, 0, 1]]))[0]
    assert bits[:25].reshape(5, 5).argmax(axis=1).tolist() == [0, 4, 2, 3, 1]
    assert bits[25:].tolist() == [1, 1, 0, 0, 0, 1, 0, 0, 1, 1]  # 0>1, 0>2, 1>3, 2>4, 3>4


def test_categorical_adjacency_is_edges_then_operations():
    row = CategoricalAdjacency(Toy()).encode(np.array([[2, 0, 1]]))[0]
    assert row.tolist() == [1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 4, 2, 3, 1]


def test_padding_is_no_operation():
    code = np.array([[0, 1, 1, 1] + [0] * 15])
    assert Adjacency(Cells()).encode(code)[0][:30].reshape(6, 5).sum(axis=1).tolist() == [1, 1, 1, 1, 1, 0]
    assert CategoricalAdjacency(Cells()).encode(code)[0][-6:].tolist() == [1, 2, 3, 3, 4, -1]


def test_genes_are_one_hot():
    assert Genes(Toy()).encode(np.array([[2, 0, 1]])).tolist() == [[0, 0, 1, 1, 0, 0, 0, 1, 0]]


@pytest.mark.parametrize("make", ENCODERS)
def test_a_code_outside_the_space_is_refused(make):
    with pytest.raises(InvalidArchitecture, match="gene 1 is 3, but takes 0 to 2"):
        make(Toy()).encode(np.array([[0, 3, 0]]))


@pytest.mark.parametrize("limit", [0, -3, 2.5, True, "many"])
def test_a_limit_that_is_no_number_of_paths_is_refused(limit):
    with pytest.raises(InvalidOption, match=r"`limit` is a whole number of paths from 1"):
        Path(Toy(), limit=limit)


def test_a_space_without_a_path_is_refused():
    class Cut(Toy):
        def graphs(self, codes):
            graphs = super().graphs(codes)
            return Graphs(graphs.ops, np.zeros_like(graphs.adjacency), graphs.labels)

    with pytest.raises(InvalidOption, match="No graph of toy has a path from"):
        Path(Cut())


class Deep(SearchSpace):
    """Fifteen nodes of fifteen operations in a chain, some of which a second input skips."""

    id = "deep"
    cardinalities = (15,) * 15 + (2,) * 3
    operations = ("in", "left", "out", *(f"op{number}" for number in range(15)))
    inputs = ("in", "left")
    outputs = ("out",)

    def graphs(self, codes):
        n = len(codes)
        ops = np.column_stack([np.zeros(n), np.ones(n), codes[:, :15] + 3, np.full(n, 2)]).astype(np.int64)
        adjacency = np.repeat(np.eye(18, k=1, dtype=np.bool_)[None], n, axis=0)
        adjacency[:, 0, 1], adjacency[:, 0, 2] = False, True
        for place in range(3):
            adjacency[:, 1, 2 + place] = codes[:, 15 + place] == 1
        return Graphs(ops, adjacency, self.operations)

    def format(self, code):
        return ",".join(map(str, code.tolist()))

    def parse(self, text):
        return np.array([int(word) for word in text.split(",")])


@pytest.mark.parametrize("limit", [None, 50])
def test_deep_spaces_have_bits_for_the_paths_that_are_there(limit):
    space = Deep()
    encoder = Path(space, limit=limit)
    codes = space.sample(2048, np.random.default_rng(0))[:40]  # the sample that the encoder takes
    assert encoder.dim[0] == len(encoder.paths) == len(set(encoder.paths)) <= (limit or 4096)
    known = set(encoder.paths)
    found = encoder.encode(codes)
    for code, bits in zip(codes, found, strict=True):
        assert {path for path, bit in zip(encoder.paths, bits, strict=True) if bit} == spelled(space, code) & known
    assert found.any(axis=1).mean() > (0.5 if limit is None else 0.0)
    lengths = [len(path) for path in encoder.paths]
    assert lengths == sorted(lengths)
    np.testing.assert_array_equal(found[3:4], encoder.encode(codes[3:4]))


def test_an_encoder_says_of_which_space_it_is() -> None:
    assert repr(ToyEncoder(Toy())) == "<encoder ToyEncoder of toy>"
