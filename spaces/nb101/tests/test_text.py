"""The text form of NAS-Bench-101 cells, both ways, and what is refused."""

import numpy as np
import pytest
from nasapi_nb101.space import NB101

from nasapi.errors import InvalidArchitecture

SPACE = NB101()
CELL = "010001000:input,conv1x1-bn-relu,output"


def test_text_is_the_matrix_and_the_operations():
    assert NB101(vertices=3).format(np.array([1, 0, 1, 1])) == CELL


def test_a_smaller_cell_is_the_same_network():
    code = SPACE.parse(CELL)
    assert SPACE.format(code).startswith("0100000000000100000")
    np.testing.assert_array_equal(SPACE.canonical(code[None])[0], code)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("010001000", "has no colon between matrix and operations"),
        ("010021000:input,conv1x1-bn-relu,output", "has '2' at position 4"),
        ("01000100:input,conv1x1-bn-relu,output", "has 8 digits before its colon; a matrix of 2 to 7 vertices"),
        ("0" * 64 + ":input,output", "has 64 digits before its colon"),
        ("010101000:input,conv1x1-bn-relu,output", "an edge from vertex 1 to vertex 0 at position 3"),
        ("010001000:input,output", "names 2 operations for 3 vertices"),
        ("010001000:input,conv1x1,output", "has 'conv1x1' at position 16 as vertex 1. Did you mean 'conv1x1-bn-relu'"),
        ("010001000:inputs,conv1x1-bn-relu,output", "has 'inputs' at position 10 as vertex 0"),
        ("010001000:input,conv1x1-bn-relu,exit", "has 'exit' at position 32 as vertex 2"),
        ("000001000:input,conv1x1-bn-relu,output", "its output must be reached from its input by at most 9 edges"),
    ],
)
def test_text_that_is_no_cell_is_refused_with_the_position(text, message):
    with pytest.raises(InvalidArchitecture) as raised:
        SPACE.parse(text)
    assert message in str(raised.value)
