"""The encoding by functional paths: dead edges and the places of skips leave no trace."""

import numpy as np
import pytest
from nasapi_toolkit.encoders.functional_path import FunctionalPath

import nasapi
from nasapi.errors import InvalidOption
from nasapi.testing.toy import CONV, NONE, SKIP, Toy


def encoded(space, code):
    return FunctionalPath(space).encode(np.array([code]))[0].tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((CONV, CONV, NONE), (NONE, CONV, CONV)),  # a dead edge before or after the node in the middle
        ((SKIP, NONE, CONV), (CONV, NONE, SKIP)),  # a skip before or after the convolution
    ],
)
def test_networks_that_differ_in_nothing_functional_are_encoded_alike(one, other):
    assert encoded(Toy(), one) == encoded(Toy(), other)


def test_paths_of_one_sequence_are_counted():
    single, double = encoded(Toy(), (NONE, CONV, NONE)), encoded(Toy(), (CONV, CONV, SKIP))
    assert max(single) == 1
    assert double == [2 * count for count in single]


def test_different_functions_are_distinguished():
    codes = np.concatenate(list(Toy().enumerate()))
    found = FunctionalPath(Toy()).encode(codes)
    # skip, conv, conv conv, and sums of the direct edge with one of them
    assert len(np.unique(found, axis=0)) == 8


def test_all_codes_of_a_network_of_nb201_have_one_encoding():
    space = nasapi.load_space("nb201")
    codes = np.concatenate(list(space.enumerate()))
    encoder = FunctionalPath(space)
    found = encoder.encode(codes)
    np.testing.assert_array_equal(found, encoder.encode(space.canonical(codes)))
    assert encoder.dim == (40,)  # sequences of up to three of three operations
    assert found.sum(axis=1).max() == 4  # a cell has four paths


def test_a_limit_keeps_the_most_frequent_sequences():
    space = nasapi.load_space("nb201")
    assert FunctionalPath(space, limit=3).dim < FunctionalPath(space).dim


def test_no_codes_give_no_rows():
    assert FunctionalPath(Toy()).encode(np.empty((0, 3), np.int64)).shape == (0, *FunctionalPath(Toy()).dim)


def test_long_sequences_are_left_out():
    assert FunctionalPath(nasapi.load_space("nb201"), longest=2).dim == (1 + 3 + 9,)


@pytest.mark.parametrize("name", ["limit", "longest"])
@pytest.mark.parametrize("value", [0, True, 2.5])
def test_a_limit_that_is_no_whole_number_is_refused(name, value):
    with pytest.raises(InvalidOption, match=f"`{name}` of functional-path is a whole number from 1, not"):
        FunctionalPath(Toy(), **{name: value})


def test_a_space_without_inputs_is_refused():
    class Closed(Toy):
        inputs = ("output",)
        operations = ("nothing", "output", "none", "skip", "conv")

        def graphs(self, codes):
            graphs = super().graphs(codes)
            return nasapi.Graphs(np.where(graphs.ops == 1, 0, graphs.ops), graphs.adjacency, self.operations)

    with pytest.raises(InvalidOption, match="No graph of toy has a node of"):
        FunctionalPath(Closed())
