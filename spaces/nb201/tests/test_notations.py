"""The notations of NAS-Bench-201: NASLib's tuple, the nodes of the authors' code, and what logs print."""

from __future__ import annotations

import numpy as np
import pytest
from nasapi_nb201.space import NB201

from nasapi.errors import InvalidArchitecture

SPACE = NB201()
EVERY = SPACE.codes_at(np.arange(15_625))[::97]
CELL = "|avg_pool_3x3~0|+|skip_connect~0|none~1|+|nor_conv_1x1~0|avg_pool_3x3~1|nor_conv_1x1~2|"


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        ("(4, 0, 3, 1, 4, 3)", "naslib"),
        ("[4, 0, 3, 1, 4, 3]", "naslib"),
        ("2631", "index"),
        ("2631", None),
        (f"Structure(4 nodes with {CELL})", None),
        (f"[2020-01-01-10:11:12] <<<--->>> genotype : Structure(4 nodes with {CELL})\n", None),
        (f"best_arch = Structure(4 nodes with {CELL})", None),
        (f"CellStructure(4 nodes with {CELL})", None),
        (f"  {CELL}\n", None),
        (
            "[(('avg_pool_3x3', 0),), (('skip_connect', 0), ('none', 1)), "
            "(('nor_conv_1x1', 0), ('avg_pool_3x3', 1), ('nor_conv_1x1', 2))]",
            None,
        ),
        (
            '[[["avg_pool_3x3",0]],[["none",1],["skip_connect",0]],'
            '[["nor_conv_1x1",0],["avg_pool_3x3",1],["nor_conv_1x1",2]]]',
            "json",
        ),
    ],
)
def test_a_cell_is_read_however_it_is_written(text: str, notation: str | None) -> None:
    assert SPACE.format(SPACE.read(text, notation)) == CELL


@pytest.mark.parametrize("notation", SPACE.notations)
def test_what_a_notation_writes_it_reads(notation: str) -> None:
    for code in EVERY:
        np.testing.assert_array_equal(SPACE.read(SPACE.write(code, notation), notation), code)


@pytest.mark.parametrize(
    ("text", "notation", "message"),
    [
        ("(4, 0, 3, 1, 4, 3)", None, "can be read as 'code' and as 'naslib', which are different architectures"),
        ("(4, 0, 3, 1, 4, 5)", "naslib", "it has 5 as number 5; wanted 0 to 4"),
        ("(4, 0, 3)", "naslib", "it has 3 numbers, not 6"),
        ("[[]]", "json", "no list of NAS-Bench-201's three nodes"),
        ("[[['none', 0]], [['none', 0]], []]", "json", "node 2 has no 2 inputs"),
        ("[[['none', 0]], [['none', 0], ['none', 0]], []]", "json", r"node 2 has \['none', 0\]; its inputs"),
        ("[[['zero', 0]], [], []]", "json", r"node 1 has \['zero', 0\]; operations are"),
        ("15625", None, "no architecture 15625; its official numbers are 0 to 15624"),
        ("Structure(5 nodes with |none~0|)", None, "has 5 nodes; a cell of NAS-Bench-201 has 4"),
    ],
)
def test_what_is_no_cell_is_refused_with_the_reason(text: str, notation: str | None, message: str) -> None:
    with pytest.raises(InvalidArchitecture, match=message):
        SPACE.read(text, notation)
