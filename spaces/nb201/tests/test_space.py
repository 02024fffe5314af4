"""The NAS-Bench-201 space against the published list of cells and the counts of the literature."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nasapi_nb201 import isomorphism
from nasapi_nb201.notations import EDGES, OPERATIONS
from nasapi_nb201.order import FILE, official_order
from nasapi_nb201.space import NB201

from nasapi.errors import CorruptData, InvalidArchitecture
from nasapi.testing import shared_data

SPACE = NB201()
EVERY = SPACE.codes_at(np.arange(15_625))
CODE = st.lists(st.integers(0, 4), min_size=6, max_size=6).map(np.array)
NONE, SKIP, CONV1, CONV3, POOL = range(5)


@pytest.fixture(scope="module")
def published() -> list[dict[str, str]]:
    with open(shared_data("nb201/archs.csv", "the published cells"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def output_term(code: list[int]) -> tuple[object, ...]:
    """The network of a cell as nested sorted sums, written without arrays: the oracle of `canonical`."""
    sums: list[tuple[object, ...]] = [("input",)]
    for head in (1, 2, 3):
        terms: list[object] = []
        for (tail, end), op in zip(EDGES, code, strict=True):
            if end == head and op == SKIP:
                terms += sums[tail]
            elif end == head and op != NONE and sums[tail]:
                terms.append((op, sums[tail]))
        sums.append(tuple(sorted(terms, key=repr)))
    return sums[3]


def test_strings_and_order_are_the_published_ones(published: list[dict[str, str]]) -> None:
    assert [SPACE.format(code) for code in EVERY] == [row["arch_str"] for row in published]
    assert list(SPACE.official_strings) == [row["arch_str"] for row in published]


def test_string_classes_are_the_published_isomorphism_classes(published: list[dict[str, str]]) -> None:
    assert SPACE.string_classes(EVERY).tolist() == [int(row["isomorph_idx"]) for row in published]


def test_every_code_is_listed_once() -> None:
    assert len(np.unique(EVERY, axis=0)) == SPACE.size == SPACE.identities["code"] == 5**6


def test_index_undoes_codes_at() -> None:
    np.testing.assert_array_equal(SPACE.index(EVERY), np.arange(15_625))


@given(code=CODE)
def test_parse_undoes_format(code: np.ndarray) -> None:
    np.testing.assert_array_equal(SPACE.parse(SPACE.format(code)), code)


def test_the_first_official_cell_reads_as_published() -> None:
    text = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
    assert SPACE.parse(text).tolist() == EVERY[0].tolist() == [POOL, CONV1, SKIP, CONV1, SKIP, SKIP]


def test_the_counts_of_string_classes_and_networks_are_those_stated() -> None:
    assert len(np.unique(SPACE.string_classes(EVERY))) == SPACE.identities["string"] == 6_466
    assert len(np.unique(SPACE.canonical(EVERY), axis=0)) == SPACE.identities["network"] == 4_930


def test_341_cells_are_the_zero_function() -> None:
    assert (SPACE.canonical(EVERY) == NONE).all(axis=1).sum() == 341
    assert (isomorphism.networks(EVERY) == 0).sum() == 341


def test_canonical_codes_are_their_own_canonical_form() -> None:
    once = SPACE.canonical(EVERY)
    np.testing.assert_array_equal(SPACE.canonical(once), once)


def test_networks_are_those_of_a_plain_symbolic_evaluation() -> None:
    terms = [output_term(code) for code in EVERY.tolist()]
    canonical = [output_term(code) for code in SPACE.canonical(EVERY).tolist()]
    assert terms == canonical
    assert len(set(terms)) == 4_930


def test_a_canonical_code_is_the_first_of_its_network() -> None:
    first: dict[object, list[int]] = {}
    for code in sorted(EVERY.tolist()):
        first.setdefault(output_term(code), code)
    assert SPACE.canonical(EVERY).tolist() == [first[output_term(code)] for code in EVERY.tolist()]


def test_cells_of_one_string_are_one_network() -> None:
    pairs = np.column_stack([SPACE.string_classes(EVERY), SPACE.index(SPACE.canonical(EVERY))])
    assert len(np.unique(pairs, axis=0)) == 6_466


def test_2140_cells_have_a_convolution_of_a_dead_node_that_reaches_the_output() -> None:
    to_1, to_2, from_1_to_2, _, from_1, from_2 = EVERY.T
    dead_1 = to_1 == NONE
    dead_2 = (to_2 == NONE) & ((from_1_to_2 == NONE) | dead_1)
    shift_1_to_2 = dead_1 & np.isin(from_1_to_2, (CONV1, CONV3)) & (from_2 != NONE)
    shift_1 = dead_1 & np.isin(from_1, (CONV1, CONV3))
    shift_2 = dead_2 & np.isin(from_2, (CONV1, CONV3))
    assert (shift_1_to_2 | shift_1 | shift_2).sum() == 2_140


def test_dead_edges_become_none() -> None:
    cell = SPACE.parse("|none~0|+|skip_connect~0|nor_conv_3x3~1|+|nor_conv_1x1~0|avg_pool_3x3~1|none~2|")
    assert SPACE.canonical(cell[None])[0].tolist() == [NONE, NONE, NONE, CONV1, NONE, NONE]


def test_canonical_keeps_the_type_of_its_codes_and_does_not_change_them() -> None:
    codes = EVERY[:100].astype(np.int8)
    before = codes.copy()
    assert SPACE.canonical(codes).dtype == np.int8
    np.testing.assert_array_equal(codes, before)


@given(code=CODE)
def test_a_cell_has_24_neighbours_that_differ_in_one_edge(code: np.ndarray) -> None:
    found = SPACE.neighbors(code)
    assert len(np.unique(found, axis=0)) == 24
    assert ((found != code).sum(axis=1) == 1).all()


def test_graphs_are_the_line_graph_of_the_cell() -> None:
    graphs = SPACE.graphs(EVERY[:2])
    links = {node: np.flatnonzero(row).tolist() for node, row in enumerate(graphs.adjacency[1])}
    assert links == {0: [1, 2, 4], 1: [3, 5], 2: [6], 3: [6], 4: [7], 5: [7], 6: [7], 7: []}
    labels = [graphs.labels[op] for op in graphs.ops[0]]
    assert labels == ["input", *(OPERATIONS[op] for op in EVERY[0]), "output"]


def test_the_picture_has_the_operations_on_its_edges_and_no_none() -> None:
    cell = SPACE.parse("|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|avg_pool_3x3~2|")
    picture = SPACE.picture(cell)
    assert [picture.nodes[node]["label"] for node in picture] == ["input", "1", "2", "output"]
    assert {(a, b): data["label"] for a, b, data in picture.edges(data=True)} == {
        (0, 1): "nor_conv_3x3",
        (0, 2): "skip_connect",
        (2, 3): "avg_pool_3x3",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' has nothing at position 0; wanted '\\|'"),
        ("none~0|", "has 'n' at position 0; wanted '\\|'"),
        ("|none~0|", "has '\\|' at position 7; wanted '\\|\\+\\|'"),
        ("|conv_3x3~0|", "names the operation 'conv_3x3' at position 1. Did you mean 'nor_conv_3x3'"),
        ("|none~1|", "has '~1' at position 5; wanted '~0'"),
        ("|none", "has nothing at position 5; wanted '~0'"),
        ("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|x", "goes on after its end at position 47"),
        ("|none~0|+|none~0|none~1|+|none~0|none~1|none~2", "has nothing at position 46; wanted '\\|'"),
    ],
)
def test_a_bad_string_is_refused_with_the_position(text: str, message: str) -> None:
    with pytest.raises(InvalidArchitecture, match=message):
        SPACE.parse(text)


@given(code=CODE, position=st.integers(0, 60), letter=st.sampled_from("|~+0123xn_"))
def test_a_changed_letter_gives_another_cell_or_a_refusal(code: np.ndarray, position: int, letter: str) -> None:
    text = SPACE.format(code)
    changed = text[: position % len(text)] + letter + text[position % len(text) + 1 :]
    try:
        assert SPACE.format(SPACE.parse(changed)) == changed
    except InvalidArchitecture as error:
        assert "position" in str(error)


def test_an_index_outside_the_official_order_is_refused() -> None:
    with pytest.raises(InvalidArchitecture, match="no architecture 15625; its official numbers are 0 to 15624"):
        SPACE.codes_at(np.array([3, 15_625]))
    with pytest.raises(InvalidArchitecture, match="no architecture -1;"):
        SPACE.codes_at(np.array([-1]))


def test_indices_that_are_no_whole_numbers_are_refused() -> None:
    with pytest.raises(InvalidArchitecture, match="a list of whole numbers"):
        SPACE.codes_at(np.array([0.5]))


def test_codes_out_of_range_are_refused_by_gene() -> None:
    with pytest.raises(InvalidArchitecture, match="Row 1 is no architecture of nb201: gene 2 is 5, but takes 0 to 4"):
        SPACE.require([[0, 0, 0, 0, 0, 0], [0, 0, 5, 0, 0, 0]])


def test_a_changed_order_file_is_refused(tmp_path: Path) -> None:
    changed = np.load(FILE)
    changed[[0, 1]] = changed[[1, 0]]
    np.save(tmp_path / "order.npy", changed)
    with pytest.raises(CorruptData, match="is not what was shipped; reinstall nasapi-nb201"):
        official_order(tmp_path / "order.npy")


def test_a_missing_order_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorruptData, match="cannot be read"):
        official_order(tmp_path / "order.npy")
