"""The text form of NAS-Bench-101 cells, both ways, and what is refused."""

import numpy as np
import pytest
from nasapi_nb101.listed import TabledNB101
from nasapi_nb101.space import NB101

import nasapi
from nasapi.errors import InvalidArchitecture, NotAvailable

SPACE = NB101()
SMALL = NB101(vertices=4)


def digests(cells):
    """(n, 16): the bytes of the hashes of cells."""
    return np.array([list(bytes.fromhex(text)) for text in SPACE.hashes(cells)], np.uint8)


FULL = "0111010000000100000010000100000000100000010000000"
FIVE = "input,maxpool3x3,conv1x1-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,output"
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


@pytest.mark.parametrize("notation", ["string", "code", "hash", "json", "naslib"])
def test_what_a_notation_writes_it_reads_as_the_same_network(notation):
    assert notation in SMALL.notations
    for code in SMALL.networks()[::5]:
        read = SMALL.read(SMALL.write(code, notation), notation)
        np.testing.assert_array_equal(SMALL.canonical(read[None])[0], code)


@pytest.mark.parametrize(
    "text",
    [
        '{"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["input", "conv1x1-bn-relu", "output"]}',
        '{"module_adjacency": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], '
        '"module_operations": ["input", "conv1x1-bn-relu", "output"]}',
        "([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ['input', 'conv1x1-bn-relu', 'output'])",
        "{'module_adjacency': array([[0, 1, 0],\n       [0, 0, 1],\n       [0, 0, 0]], dtype=int8), "
        "'module_operations': ['input', 'conv1x1-bn-relu', 'output'], 'trainable_parameters': 2694282}",
        "api.ModelSpec(matrix=[[0, 1, 0], [0, 0, 1], [0, 0, 0]], ops=['input', 'conv1x1-bn-relu', 'output'])",
        "(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 3, 1)",
        f"  {CELL}\n",
    ],
)
def test_a_cell_is_read_however_it_is_written(text):
    np.testing.assert_array_equal(SPACE.read(text), SPACE.parse(CELL))


@pytest.mark.parametrize("notation", ["json", "naslib"])
@pytest.mark.parametrize("cell", ["0100:input,output", f"{FULL}:{FIVE}"], ids=["two vertices", "seven vertices"])
def test_the_smallest_and_the_largest_cells_are_written_and_read(notation, cell):
    code = SPACE.parse(cell)
    np.testing.assert_array_equal(SPACE.read(SPACE.write(code, notation), notation), code)


def test_naslib_numbers_input_output_pooling_and_convolutions_from_0():
    code = SPACE.parse(f"{FULL}:{FIVE}")
    assert SPACE.write(code, "naslib") == str((*map(int, FULL), 0, 2, 3, 4, 4, 4, 1))
    assert SPACE.read("(0, 1, 0, 0, 0, 1)", "naslib").tolist() == SPACE.parse("0100:input,output").tolist()


@pytest.mark.parametrize(
    ("text", "notation", "message"),
    [
        ("{}", "json", "wanted the keys module_adjacency and module_operations or matrix and ops or adjacency and"),
        ("[[1], 2, 3]", "json", "is no matrix of 0 and 1 with the operations of its vertices"),
        ("[[[0, 1], [0]], ['input', 'output']]", "json", "wanted 2 to 7 rows of as many numbers"),
        ("[[[0, 0], [1, 0]], ['input', 'output']]", "json", "has an edge from vertex 1 to vertex 0; edges lead"),
        ("[[[0, 1], [0, 0]], ['input', 'out']]", "json", "has 'out' as vertex 1"),
        ("(0, 1, 'a')", "naslib", "wanted whole numbers with commas between brackets"),
        ("[3, []]", "json", "wanted 2 to 7 rows of as many numbers"),
        ("[[0, 1], ['input', 'output']]", "json", "wanted 2 to 7 rows of as many numbers"),
        ("[[[0, 2], [0, 0]], ['input', 'output']]", "json", "wanted 2 to 7 rows of as many numbers"),
        ("[[[0, 1], [0, 0]], 5]", "json", "wanted 2 to 7 rows of as many numbers"),
        ("[[[0]], ['input']]", "json", "wanted 2 to 7 rows of as many numbers"),
        (str([[[0] * 8] * 8, ["input", "output"]]), "json", "wanted 2 to 7 rows of as many numbers"),
        ("(0, 1)", "naslib", "2 numbers are no matrix with a number for each vertex"),
        ("(0, 1, 0, 0, 0, 1, 1)", "naslib", "7 numbers are no matrix with a number for each vertex"),
        (str((0,) * 72), "naslib", "72 numbers are no matrix with a number for each vertex"),
        ("(0, 2, 0, 0, 0, 1)", "naslib", "a matrix has 0 and 1, operations are 0 to 4"),
        ("5", "naslib", "wanted whole numbers with commas between brackets"),
        ("(0, 1, 0, 0, 0)", "naslib", "5 numbers are no matrix with a number for each vertex"),
        ("(0, 1, 0, 0, 0, 5)", "naslib", "a matrix has 0 and 1, operations are 0 to 4"),
        ("xyz", "hash", "wanted 32 hexadecimal digits"),
        ("423624", None, "nb101 has no architecture 423624; its official numbers are 0 to 423623"),
    ],
)
def test_what_is_no_cell_in_a_notation_is_refused_with_the_reason(text, notation, message):
    with pytest.raises(InvalidArchitecture, match=message):
        SPACE.read(text, notation)


def test_a_hash_is_looked_up_among_the_networks_of_a_table(stored):
    """The network of the paper with the best mean test accuracy has this hash and 2,694,282 parameters."""
    cells = stored[359_000:360_000]
    for space in (TabledNB101(cells), TabledNB101(cells, lambda: digests(cells))):
        code = space.read("28cfc7874f6d200472e1a9dcd8650aa0")
        assert space.parameters(code[None]).tolist() == [2_694_282]
        with pytest.raises(
            InvalidArchitecture, match=r"None of the 1,000 networks .* has the hash 'f{32}'; the space has more"
        ):
            space.read("f" * 32)


def test_without_a_table_a_hash_is_not_known(tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    with pytest.raises(NotAvailable, match="none is here; run `nasapi data get nb101`"):
        SPACE.read("28cfc7874f6d200472e1a9dcd8650aa0")


def test_a_number_is_the_place_in_the_enumeration(stored):
    space = TabledNB101(stored)
    places = np.array([0, 1, 359_715, 423_623])
    np.testing.assert_array_equal(space.codes_at(places), stored[places])
    np.testing.assert_array_equal(space.index(stored[places].astype(np.int64)), places)
    np.testing.assert_array_equal(space.read("359715"), space.read(space.format(stored[359_715])))


def test_a_smaller_space_has_no_official_numbers():
    with pytest.raises(NotAvailable, match=r"nb101\[vertices=4\] have no official numbers"):
        SMALL.index(SMALL.networks())
    with pytest.raises(NotAvailable, match=r"nb101\[vertices=4\] have no official numbers"):
        SMALL.codes_at(np.array([0]))


def test_options_are_part_of_what_a_space_is_called():
    assert (SPACE.id, SMALL.id, NB101(3, 2).id) == ("nb101", "nb101[vertices=4]", "nb101[edges=2,vertices=3]")
    assert {space.family for space in (SPACE, SMALL, TabledNB101(SPACE.sample(3, np.random.default_rng(0))))} == {
        "nb101"
    }
    assert nasapi.load_space(SMALL.id).size == SMALL.size
