"""Genotypes as they are found in the wild, what is not one of this space, and the notations of other libraries."""

import json
from collections import namedtuple

import numpy as np
import pytest
from nasapi_darts.space import DARTS

from nasapi.errors import InvalidArchitecture

SPACE = DARTS()
PDARTS = (
    "Genotype(normal=[('skip_connect', 0), ('dil_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('sep_conv_3x3', 3), ('sep_conv_3x3', 0), ('dil_conv_5x5', 4)], normal_concat=range(2, 6), "
    "reduce=[('avg_pool_3x3', 0), ('sep_conv_5x5', 1), ('sep_conv_3x3', 0), ('dil_conv_5x5', 2), "
    "('max_pool_3x3', 0), ('dil_conv_3x3', 1), ('dil_conv_3x3', 1), ('dil_conv_5x5', 3)], reduce_concat=range(2, 6))"
)
"""P-DARTS on CIFAR-10 (Chen, Xie, Wu & Tian, ICCV 2019)."""
CODE = SPACE.parse(PDARTS)
FIELDS = json.loads(SPACE.write(CODE, "json"))
Genotype = namedtuple("Genotype", "normal normal_concat reduce reduce_concat")


def nested(edges):
    """Pairs of edges, one a node, a node's second edge first."""
    return [(tuple(edges[at + 1]), tuple(edges[at])) for at in range(0, 8, 2)]


@pytest.mark.parametrize(
    "text",
    [
        PDARTS.replace("range(2, 6)", "list(range(2, 6))"),
        PDARTS.replace("range(2, 6)", "range(2, 6, 1)"),
        PDARTS[:-1] + ", connectN=None, connects=None)",
        "PDARTS = " + PDARTS,
        "genotypes." + PDARTS,
        "2019-05-05 10:10:10,123 genotype = " + PDARTS + "\n",
        "03/11 [epoch 49] (best): genotype: " + PDARTS,
        PDARTS.replace("reduce_concat=range(2, 6)", "reduce_concat=array([2, 3, 4, 5])"),
        PDARTS.replace("', 0)", "', np.int64(0))").replace("'skip_connect'", "np.str_('skip_connect')"),
        f"Genotype(normal={nested(FIELDS['normal'])}, reduce={nested(FIELDS['reduce'])})",
        json.dumps(FIELDS),
        json.dumps({"normal": FIELDS["normal"], "reduce": nested(FIELDS["reduce"])}),
    ],
)
def test_a_genotype_is_read_as_it_is_found(text):
    np.testing.assert_array_equal(SPACE.parse(text), CODE)
    np.testing.assert_array_equal(SPACE.read(text), CODE)


def test_a_genotype_object_is_read():
    edges = [[(name, np.int64(source)) for name, source in FIELDS[cell]] for cell in ("normal", "reduce")]
    given = Genotype(edges[0], range(2, 6), edges[1], list(range(2, 6)))
    np.testing.assert_array_equal(SPACE.parse(given), CODE)
    np.testing.assert_array_equal(SPACE.read(given), CODE)
    with pytest.raises(InvalidArchitecture, match="concatenates nodes"):
        SPACE.parse(given._replace(normal_concat=[2]))
    with pytest.raises(InvalidArchitecture, match=r"nodes \[2, 2, 3, 4, 5\] of the reduce cell.* each once"):
        SPACE.parse(given._replace(reduce_concat=[2, 2, 3, 4, 5]))
    assert SPACE.parse(given._replace(normal_concat=[5, 4, 3, 2])).tolist() == SPACE.parse(given).tolist()


NASNET = (
    "Genotype(normal=[('sep_conv_5x5', 1), ('sep_conv_3x3', 0), ('sep_conv_5x5', 0), ('sep_conv_3x3', 0), "
    "('avg_pool_3x3', 1), ('skip_connect', 0), ('avg_pool_3x3', 0), ('avg_pool_3x3', 0), ('sep_conv_3x3', 1), "
    "('skip_connect', 1)], normal_concat=[2, 3, 4, 5, 6], reduce=[('sep_conv_5x5', 1), ('sep_conv_7x7', 0)], "
    "reduce_concat=[4, 5, 6])"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PDARTS.replace("range(2, 6)", "range(2, 6, 2)", 1), r"concatenates nodes \[2, 4\] of the normal cell"),
        (PDARTS.replace("range(2, 6)", "range(2, 6, 0)", 1), "has no range of nodes for normal_concat"),
        (PDARTS.replace("range(2, 6)", "range(6, 1, -1)", 1), "concatenates nodes"),
        (
            NASNET,
            "has 10 edges in the normal cell at position 16, five nodes of two inputs; darts has four, and no "
            "operation 'sep_conv_7x7'$",
        ),
        (NASNET.replace("7x7", "3x3"), "five nodes of two inputs; darts has four$"),
        (PDARTS.replace("sep_conv_5x5", "sep_conv_7x7"), "has the operation 'sep_conv_7x7' at node 2 of the reduce"),
        (PDARTS + " " + PDARTS, "is no genotype"),
        (PDARTS.replace("skip_connect", r"\d", 1), "has the operation .* at node 2 of the normal cell"),
        (PDARTS[:-1] + ", connects=3)", "has the argument 'connects'"),
        ("Genotype(recurrent=[('tanh', 0)], concat=range(1, 9))", "is of a recurrent cell; those of darts are"),
        ("{", "is no genotype at position 0"),
        ('{"normal": [], "a b": 1}', "has the argument 'a b' at position 22"),
        ("dict(3)", "is no call of Genotype and no dictionary of its fields"),
        ("OrderedDict([3])", "is no call of Genotype and no dictionary of its fields"),
        ("{**a}", "has the argument None"),
        (PDARTS.replace("('skip_connect', 0)", "('skip_connect', os.getpid(0))", 1), "has no number of a node"),
    ],
)
def test_what_is_another_network_is_refused(text, message):
    with pytest.raises(InvalidArchitecture, match=message.rstrip("$")) as raised:
        SPACE.parse(text)
    assert len(str(raised.value)) < 400
    assert not message.endswith("$") or str(raised.value).rstrip(".").endswith(message[-10:-1])


def test_dictionaries_of_a_genotypes_fields_are_read_in_every_way_that_python_has_them():
    fields = namedtuple("Genotype", "normal normal_concat reduce reduce_concat connects")
    text = SPACE.format(CODE)
    genotype = eval(text[:-1] + ", connects=None)", {"Genotype": fields, "range": range})
    configuration = json.loads(SPACE.write(CODE, "configuration"))
    ordered = f"OrderedDict({list(genotype._asdict().items())})"
    found = [str(genotype._asdict()), genotype._asdict(), genotype, ordered, f"dict{text.removeprefix('Genotype')}"]
    null = json.dumps(json.loads(SPACE.write(CODE, "json")) | {"connects": None})
    for given in [*found, null, configuration, str(configuration)]:
        np.testing.assert_array_equal(SPACE.read(given), CODE)
    for given in [*found, null]:
        np.testing.assert_array_equal(SPACE.parse(given), CODE)
    with pytest.raises(InvalidArchitecture, match=r"as json, '{}' has no 'normal' cell; as configuration, .*[^.]\.$"):
        SPACE.read("{}")


@pytest.mark.parametrize("notation", SPACE.notations)
def test_what_a_notation_writes_it_reads(notation):
    for code in SPACE.sample(20, np.random.default_rng(0)):
        np.testing.assert_array_equal(SPACE.read(SPACE.write(code, notation), notation), code)


def test_tuples_of_other_libraries_are_never_guessed():
    assert SPACE.write(CODE, "naslib").startswith("(((0, 2), (1, 5), (0, 2), (1, 3), (1, 3), (3, 3), (0, 3), (4, 6)), ")
    assert SPACE.write(CODE, "bananas").startswith("(((0, 3), (1, 6), (0, 3), (1, 4)")
    with pytest.raises(InvalidArchitecture, match="can be read as 'naslib' and as 'bananas'"):
        SPACE.read(SPACE.write(SPACE.parse(PDARTS.replace("max_pool", "avg_pool")), "naslib"))
    np.testing.assert_array_equal(SPACE.read(SPACE.write(CODE, "naslib")), CODE)  # BANANAS has `none` as 0


@pytest.mark.parametrize(
    ("text", "notation", "message"),
    [
        ("((0, 1), (2, 3))", "naslib", "wanted whole numbers"),
        (
            str((((0, 0), (0, 1)) * 4,) * 2),
            "naslib",
            r"of the normal cell has \[\[0, 0\], \[0, 1\]\]; wanted two",
        ),
        (str((((0, 0), (1, 1)) * 4,) * 2), "bananas", "operations from 0 to 7 without 0"),
        ("[1]", "configuration", "wanted a dictionary"),
        ("[1]", "json", "begins with a brace"),
    ],
)
def test_what_is_not_written_so_is_refused(text, notation, message):
    with pytest.raises(InvalidArchitecture, match=message):
        SPACE.read(text, notation)
