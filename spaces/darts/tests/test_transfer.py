"""The published architectures of a transfer to ImageNet: read by the space, counted, printed and not run."""

import json
from pathlib import Path

import numpy as np
import pytest
from nasapi_darts.space import DARTS
from nasapi_darts.transfer import FOUND, counts, run, table4

from nasapi.errors import InvalidOption

CALL = {"benchmarks": (), "seeds": 2, "jobs": 1, "store": Path("nowhere")}


def test_every_architecture_is_of_the_space_and_written_as_published():
    space = DARTS()
    codes = np.array([space.parse(found.genotype) for found in FOUND])
    assert len(np.unique(space.canonical(codes), axis=0)) == len(FOUND) == 8
    assert "('sep_conv_5x5', 0), ('skip_connect', 1), ('skip_connect', 0), ('sep_conv_3x3', 1)" in FOUND[0].genotype


def test_sizes_are_those_that_their_papers_print():
    counted = counts(FOUND)
    darts = [found.name for found in FOUND].index("DARTS_V2")
    assert counted["cifar"][0][darts] == 3_349_342  # "3.3 M"
    assert counted["imagenet"][0][darts] == 4_718_752  # "4.7 M"
    tenas = [found.name for found in FOUND].index("TENAS_imagenet")
    assert round(counted["imagenet"][0][tenas] / 1e6, 1) == 5.4


def test_the_table_is_printed_with_what_is_missing(capsys):
    run(strategies=(), as_json=False, **CALL)
    shown = capsys.readouterr().out
    assert sum(line.endswith("counted here") for line in shown.splitlines()) == len(FOUND)
    assert shown.count(" = Genotype(") == len(FOUND)
    assert any("errors on ImageNet" in sentence for sentence in table4().missing)


def test_one_row_is_given_as_json(capsys):
    run(strategies=("XGB_NB301_cifar10",), as_json=True, **CALL)
    (row,) = json.loads(capsys.readouterr().out)
    assert row["method"] == "AG-Net, XGBoost"
    assert row["cifar_parameters"] == counts(FOUND)["cifar"][0][1]


def test_an_unknown_method_is_named_with_the_nearest():
    with pytest.raises(InvalidOption, match=r"No row is of 'DART_V2'\. Did you mean 'DARTS_V2'"):
        run(strategies=("DART_V2",), as_json=False, **CALL)
