"""Outputs of the command line: whole or not at all, asked for before work is done, and never over others' files."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from stores import largest_file, snapshot

from nasapi.cli.main import cli
from nasapi.errors import CorruptData, StoreError
from nasapi.tables.table import Column, write_table


@pytest.fixture
def refused(here, precious):
    """Run a command that must be refused, with nothing in the folder touched; gives the sentence."""

    def run(*arguments, error=StoreError):
        before = snapshot(precious.parent)
        raised = CliRunner().invoke(cli, arguments, standalone_mode=False).exception
        assert isinstance(raised, error), raised
        assert snapshot(precious.parent) == before
        return str(raised)

    return run


@pytest.fixture
def precious(here, filled):
    folder = Path("precious").absolute()
    folder.mkdir()
    (folder / "thesis.tex").write_text("years of work")
    return folder


@pytest.mark.parametrize(
    "verb",
    [["report", "store"], ["new", "space", "x"], ["picture", "toy", "--sample", "1"]],
    ids=lambda verb: verb[0],
)
def test_an_output_through_a_folder_that_is_not_there_is_refused(refused, filled, verb):
    given = [str(filled) if word == "store" else word for word in verb]
    place = "nodir/../precious/x.svg" if verb[0] == "picture" else "nodir/../precious"
    assert "leads through 'nodir', which is not there; name a place that is." in refused(*given, "-o", place)


@pytest.mark.parametrize("place", ["precious", ".", "precious/thesis.tex", "/", "precious/" + "x" * 300, "/dev/null"])
def test_a_report_takes_nobodys_place(refused, filled, place):
    assert refused("report", str(filled), "-o", place, error=(StoreError, click.UsageError))


def test_a_report_is_not_written_over_a_link_or_a_folder_put_into_an_older_one(refused, filled, precious):
    CliRunner().invoke(cli, ["report", str(filled), "-o", "made"])
    (Path("made") / "mine").symlink_to(precious)
    assert "holds 'mine', which no report of nasapi wrote" in refused("report", str(filled), "-o", "made")
    (Path("made") / "mine").unlink()
    (Path("made") / "mine").mkdir()
    assert "holds 'mine/', which no report of nasapi wrote" in refused("report", str(filled), "-o", "made")


def test_a_study_is_not_kept_in_somebodys_folder(refused, precious):
    (precious / "movie.mkv.partial").write_text("half")
    (precious / ".lock").write_text("mine")
    arguments = ["bench", "toy/formula-v1", "-s", "random", "--seeds", "1", "--store", "precious"]
    pytest.importorskip("nasapi_baselines")
    assert "is no store, and it is not empty" in refused(*arguments)


def test_a_table_takes_no_place_but_a_tables(here, precious, filled):
    import numpy as np

    columns = {"a": Column(np.arange(3), "")}
    (precious / "zarr.json").write_text("{}")
    before = snapshot(precious.parent)
    for place in (precious, "nodir/../precious", precious / "thesis.tex", filled, ".", "/"):
        with pytest.raises(StoreError):
            write_table(place, columns)
    assert snapshot(precious.parent) == before


def test_a_damaged_table_is_replaced(here):
    import numpy as np

    place = write_table("t.zarr", {"a": Column(np.arange(3), "")}).path
    text = (place / "zarr.json").read_text()
    (place / "zarr.json").write_text(text.replace(":", ";", 1))
    with pytest.raises(CorruptData):
        from nasapi.tables.table import Table

        Table(place)
    assert write_table("t.zarr", {"a": Column(np.arange(4), "")}).rows == 4
    assert not [name for name in os.listdir() if "nasapi-" in name]


@pytest.mark.parametrize(
    "arguments",
    [["picture", "toy", "--sample", "2", "-o", "x/cell.svg"], ["new", "space", "mine"]],
    ids=["picture", "new"],
)
def test_what_does_not_fit_on_the_disk_leaves_nothing(here, arguments):
    before = os.listdir()
    with largest_file(200):
        raised = CliRunner().invoke(cli, arguments, standalone_mode=False).exception
    assert isinstance(raised, StoreError), raised
    assert "cannot be written: File too large" in str(raised)
    assert os.listdir() == before


def test_a_project_that_is_killed_while_it_is_made_is_made_by_the_next(here):
    program = """
import os, sys
def strike(event, arguments):
    if event == "os.rename": os.kill(os.getpid(), 9)
from nasapi.cli.main import main
sys.addaudithook(strike)
main(["new", "space", "mine"])
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == -9
    assert not Path("mine").exists()
    before = set(os.listdir())
    assert len(before) > 1
    assert CliRunner().invoke(cli, ["new", "space", "mine"]).exit_code == 0
    assert Path("mine/pyproject.toml").is_file()
    assert not [name for name in os.listdir() if "nasapi-" in name]
