"""What a person reads who interrupts a verb that keeps something: what is kept, and what to type again."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from nasapi import data
from nasapi.cli.console import resumable
from nasapi.cli.main import cli
from nasapi.plugins import TableSource, hookimpl
from nasapi.plugins.manager import manager
from nasapi.safety.fences import Interrupted


def interrupting(file, target):
    """An importer whose person gives up."""
    raise Interrupted


class Offers:
    """A table whose importer is interrupted."""

    @hookimpl
    def nasapi_tables(self):
        return [TableSource("slow", "Slow", "Nothing.", f"{__name__}:interrupting", licence="CC0")]


@pytest.fixture
def slow(tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    manager().register(Offers(), "slow")
    yield tmp_path
    manager().unregister(name="slow")


def test_what_is_interrupted_ends_with_130_and_the_command_as_it_was_typed():
    @click.command()
    def verb():
        with resumable("three are kept, and it goes on by"):
            raise KeyboardInterrupt

    ran = CliRunner().invoke(verb, [], obj=("bench", "a b"))
    assert (ran.exit_code, ran.stderr) == (130, "Interrupted; three are kept, and it goes on by: nasapi bench 'a b'\n")


def test_an_interrupted_import_says_that_nothing_was_kept_and_how_it_is_done_again(slow):
    (slow / "file").write_bytes(b"bytes")
    words = ["data", "import", "slow", str(slow / "file")]
    ran = CliRunner().invoke(cli, words, obj=tuple(words))
    assert ran.stderr.splitlines()[-1] == (
        "Interrupted; nothing was kept of the file, and no table slow is here. It is read from its beginning by: "
        f"nasapi data import slow {slow / 'file'}"
    )
    assert ran.exit_code == 130
    assert not data.available("slow")
    assert [path for path in (slow / "data").rglob("*") if path.is_file() and path.name != ".lock"] == []
