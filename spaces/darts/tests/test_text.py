"""Architectures as genotypes and as configurations, right and wrong ones."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nasapi_darts.space import DARTS

from nasapi.errors import InvalidArchitecture

SPACE = DARTS()
CODES = st.tuples(*(st.integers(0, cardinality - 1) for cardinality in SPACE.cardinalities)).map(np.array)
DARTS_V2 = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], "
    "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])"
)
"""DARTS, second order, on CIFAR-10: figures 4 and 5 of Liu, Simonyan & Yang, ICLR 2019."""
P = "NetworkSelectorDatasetInfo:darts:"


@settings(max_examples=50)
@given(code=CODES)
def test_parse_undoes_format(code):
    np.testing.assert_array_equal(SPACE.parse(SPACE.format(code)), code)


@settings(max_examples=50)
@given(code=CODES)
def test_a_configuration_comes_back(code):
    configuration = SPACE.configuration(code)
    assert len(configuration) == 2 * (8 + 3)
    np.testing.assert_array_equal(SPACE.from_configuration(configuration), code)


def test_the_published_cell_has_the_published_configuration():
    configuration = SPACE.configuration(SPACE.parse(DARTS_V2))
    normal = {name.removeprefix(P): value for name, value in configuration.items() if "normal" in name}
    assert normal == {
        "edge_normal_0": "sep_conv_3x3",
        "edge_normal_1": "sep_conv_3x3",
        "edge_normal_2": "sep_conv_3x3",
        "edge_normal_3": "sep_conv_3x3",
        "edge_normal_5": "skip_connect",
        "edge_normal_6": "sep_conv_3x3",
        "edge_normal_9": "skip_connect",
        "edge_normal_11": "dil_conv_3x3",
        "inputs_node_normal_3": "0_1",
        "inputs_node_normal_4": "0_1",
        "inputs_node_normal_5": "0_2",
    }


def test_the_order_of_a_nodes_edges_does_not_matter():
    other = DARTS_V2.replace("('sep_conv_3x3', 1), ('skip_connect', 0)", "('skip_connect', 0), ('sep_conv_3x3', 1)")
    assert other != DARTS_V2
    np.testing.assert_array_equal(SPACE.parse(other), SPACE.parse(DARTS_V2))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("[2, 3, 4, 5]", "range(2, 6)"),
        lambda text: text.replace("[2, 3, 4, 5]", "(5, 4, 3, 2)"),
        lambda text: text.replace(", normal_concat=[2, 3, 4, 5]", "").replace(", reduce_concat=[2, 3, 4, 5]", ""),
        lambda text: text.replace("normal=", "").replace("normal_concat=", ""),
        lambda text: "\n  " + text.replace(", ", ",\n "),
    ],
)
def test_genotypes_are_read_in_all_the_ways_they_are_written(change):
    assert change(DARTS_V2) != DARTS_V2
    np.testing.assert_array_equal(SPACE.parse(change(DARTS_V2)), SPACE.parse(DARTS_V2))


LAST = "('dil_conv_3x3', 2)"
FIRST = "('max_pool_3x3', 0), "
CONCAT = "normal_concat=[2, 3, 4, 5]"


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("reduce_concat=", "reduced=", "[2, 3, 4, 5])", "has the argument 'reduced' at position {}. Did you mean"),
        (CONCAT, "normal_concat=[4, 5]", "[4, 5]", "concatenates nodes [4, 5] of the normal cell at position {}; the"),
        (CONCAT, "normal_concat=7", "7, reduce", "has no list of nodes for normal_concat at position {}."),
        (CONCAT, "normal_concat=range()", "range()", "has no range of nodes for normal_concat at position {}."),
        ("[" + FIRST, "[", "[('max", "has 7 edges in the reduce cell at position {}; 4 nodes with two inputs have 8."),
        (FIRST, "5, ", "5, ('max", "has no pair of operation and input for node 2 of the reduce cell at position {}."),
        (LAST, "(dil, 2)", "dil, 2", "has no name of an operation for node 5 of the normal cell at position {}."),
        (LAST, "('dil_conv', 2)", "'dil_conv'", "'dil_conv' at node 5 of the normal cell at position {}. Did you mean"),
        (LAST, "('none', 2)", "'none'", "'none' at node 5 of the normal cell at position {}. The space has no edges"),
        (LAST, "('dil_conv_3x3', 0)", "('skip_connect', 0), ('dil", "normal cell input 0 twice at position {}; its"),
        (
            LAST,
            "('dil_conv_3x3', 5)",
            "5)]",
            "gives node 5 of the normal cell the input 5 at position {}; it takes 0 to 4",
        ),
        (LAST, "('dil_conv_3x3', -1)", "-1", "gives node 5 of the normal cell the input -1 at position {}; it takes"),
        (LAST, "('dil_conv_3x3', True)", "True", "has no number of a node in the normal cell at position {}."),
        (LAST, "('dil_conv_3x3', 10**9)", "10**9", "has no number of a node in the normal cell at position {}."),
    ],
)
def test_a_wrong_genotype_says_where_it_goes_wrong(old, new, at, message):
    text = "DARTS_V2 = " + DARTS_V2.replace(old, new, 1)
    with pytest.raises(InvalidArchitecture) as raised:
        SPACE.parse(text)
    assert message.format(text.index(at)) in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Genotype(", "Genotype", r"is no genotype at position \d+: .*A genotype looks like Genotype\(normal="),
        ("Genotype(", "Cell(", r"is no call of Genotype and no dictionary of its fields\. A genotype looks like"),
        (
            "Genotype(",
            "__import__('os').getcwd(",
            r"is no call of Genotype and no dictionary of its fields\. A genotype looks like",
        ),
        ("Genotype(", "Genotype(1, 2, 3, 4, 5, ", r"has 5 arguments; a genotype has normal, normal_concat, reduce"),
        ("Genotype(", "Genotype([], ", r"gives 'normal' twice\."),
        ("reduce_concat=", "normal=", r"gives 'normal' twice\."),
    ],
)
def test_what_is_not_written_as_a_genotype_is_refused(old, new, message):
    with pytest.raises(InvalidArchitecture, match=message):
        SPACE.parse(DARTS_V2.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no genotype at position 0"),
        ("x" * 20_000, r"has 20,000 characters; a genotype has at most 10,000\."),
        ("Genotype(" + "(" * 3000, "is no genotype"),
        ("Genotype(\0)", "is no genotype"),
        ("Genotype(normal=[])", r"has no 'reduce' cell\."),
        ("Genotype(normal={}, reduce=[])", r"has no list of edges for the normal cell at position 16\."),
        ("Genotype(**x)", r"has the argument None at position 11"),
    ],
)
def test_what_is_no_genotype_is_refused(text, message):
    with pytest.raises(InvalidArchitecture, match=message):
        SPACE.parse(text)


def test_a_genotype_is_never_run(tmp_path):
    file = tmp_path / "ran"
    text = DARTS_V2.replace("'dil_conv_3x3'", f"open({str(file)!r}, 'w').write('dil_conv_3x3')")
    with pytest.raises(InvalidArchitecture, match="has no name of an operation"):
        SPACE.parse(text)
    assert not file.exists()


def test_parameters_that_are_not_of_the_architecture_are_passed_over():
    configuration = SPACE.configuration(SPACE.parse(DARTS_V2))
    more = {"OptimizerSelector:sgd:learning_rate": 0.025, P + "layers": 8, **configuration}
    np.testing.assert_array_equal(SPACE.from_configuration(more), SPACE.parse(DARTS_V2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"edge_normal_0": None}, r"has no '.*edge_normal_0'; it takes one of max_pool_3x3, avg_pool_3x3"),
        ({"inputs_node_reduce_4": None}, r"has no '.*inputs_node_reduce_4'; it takes one of 0_1, 0_2, 0_3"),
        ({"edge_normal_0": "sep_conv_3"}, r"sets '.*edge_normal_0' to 'sep_conv_3'\. Did you mean 'sep_conv_3x3'"),
        ({"inputs_node_normal_3": "1_0"}, r"sets '.*inputs_node_normal_3' to '1_0'\."),
        ({"inputs_node_normal_5": 4}, r"sets '.*inputs_node_normal_5' to 4\."),
        ({"edge_normal_13": "skip_connect"}, r"sets '.*edge_normal_13' to 'skip_connect', which its inputs do not use"),
    ],
)
def test_a_wrong_configuration_names_the_parameter(changes, message):
    configuration = copy.copy(SPACE.configuration(SPACE.parse(DARTS_V2)))
    configuration |= {P + name: value for name, value in changes.items() if value is not None}
    for name in [name for name, value in changes.items() if value is None]:
        del configuration[P + name]
    with pytest.raises(InvalidArchitecture, match=message):
        SPACE.from_configuration(configuration)
