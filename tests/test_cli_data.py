"""`nasapi data` on tables that a plugin made here offers."""

import hashlib
import json
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from nasapi import data
from nasapi.cli.main import cli
from nasapi.errors import UnknownId
from nasapi.plugins.hooks import TableSource, hookimpl
from nasapi.plugins.manager import manager
from nasapi.tables.table import Column, write_table


def importer(path, target):
    """Read whole numbers from a file."""
    files = [path] if path.is_file() else sorted(path.iterdir())
    numbers = np.array([int(word) for file in files for word in file.read_text().split()])
    write_table(target, {"number": Column(numbers, "the numbers")}, title="numbers")


@pytest.fixture
def nasapi(tmp_path, monkeypatch):
    """Run `nasapi data` with one table that a plugin names; gives what it printed and its status."""
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    monkeypatch.setitem(sys.modules, "importers_of_test_cli_data", SimpleNamespace(importer=importer))
    (tmp_path / "numbers.txt").write_text("1 2 3")
    sha256 = hashlib.sha256(b"1 2 3").hexdigest()

    class Plugin:
        @hookimpl
        def nasapi_tables(self):
            where = "importers_of_test_cli_data:importer"
            several = {"files": ("a.txt", "b.txt"), "benchmarks": ("toy/a-v1",)}
            return [
                TableSource("numbers", "three", "Numbers.", where, size=5, sha256=sha256, page="https://x.org"),
                TableSource("others", "of two files", "More.", where, **several),
            ]

    def run(*arguments):
        result = CliRunner().invoke(cli, ["data", *arguments], standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return result.stdout, result.return_value or 0

    plugin = Plugin()
    manager().register(plugin, "a-plugin")
    yield run
    manager().unregister(plugin)


def row_of(text, name):
    return next(line.split() for line in text.splitlines() if line.startswith(name))


def test_list_says_whether_a_table_is_here(nasapi, tmp_path):
    assert row_of(nasapi("list")[0], "numbers") == ["numbers", "no", "0.0", "three", "a-plugin"]
    assert row_of(nasapi("list")[0], "others")[:3] == ["others", "no", "-"]
    ends = {re.match(r"\S+ +\S+ +\S+", line).end() for line in nasapi("list")[0].splitlines()}
    assert len(ends) == 1  # numbers stand to the right
    nasapi("import", "numbers", str(tmp_path / "numbers.txt"))
    assert row_of(nasapi("list")[0], "numbers")[1] == "yes"


def test_list_of_one_table_says_all_that_is_known(nasapi, tmp_path):
    completed, _ = nasapi("list", "numbers")
    assert "nasapi data import numbers FILE" in completed
    pairs = dict(line.split(None, 1) for line in completed.splitlines())
    assert (pairs["name"], pairs["title"], pairs["size"]) == ("numbers", "three", "5 bytes")
    assert pairs["sha256"] == hashlib.sha256(b"1 2 3").hexdigest()
    assert not {"importer", "urls", "files", "benchmarks"} & pairs.keys()
    others = nasapi("list", "others")[0]
    for line in ("sha256", "not recorded: a download cannot be verified"), ("benchmarks", "toy/a-v1"):
        assert "  ".join((line[0].ljust(11), line[1])) in others
    assert f"files        a.txt\n{' ' * 13}b.txt\n" in others and "size" not in others
    nasapi("import", "numbers", str(tmp_path / "numbers.txt"))
    completed = nasapi("list", "numbers")[0]
    assert f"here               {tmp_path / 'data' / 'numbers.zarr'}\n" in completed
    assert "receipt: verified  True" in completed
    (tmp_path / "both").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "both" / name).write_text("7")
    nasapi("import", "others", str(tmp_path / "both"))
    printed = hashlib.sha256(b"7").hexdigest()
    assert f"receipt: files     a.txt 1 {printed}\n{' ' * 19}b.txt 1 {printed}\n" in nasapi("list", "others")[0]


def test_list_gives_json(nasapi):
    parsed = {table["name"]: table for table in json.loads(nasapi("list", "--json")[0])}
    assert parsed["numbers"]["plugin"] == "a-plugin"
    assert parsed["numbers"]["here"] is False


def test_path_is_printed_for_a_table_that_is_here(nasapi, tmp_path):
    completed, _ = nasapi("import", "numbers", str(tmp_path / "numbers.txt"))
    place = tmp_path / "data" / "numbers.zarr"
    assert completed == f"numbers: 3 rows in {place}\n"
    assert nasapi("path", "numbers")[0] == f"{place}\n"
    assert nasapi("path")[0] == f"{tmp_path / 'data'}\n"


def test_who_imports_a_file_is_told_that_it_is_read(nasapi, tmp_path):
    for name, readable in (("numbers.txt", True), ("nowhere.txt", False)):
        file = str(tmp_path / name)
        message = f"numbers: reading {file!r}; the largest take minutes, and nothing is kept until all is read.\n"
        result = CliRunner().invoke(cli, ["data", "import", "numbers", file])
        assert result.stderr == message * readable
        assert (result.exception is None) is readable


def test_get_of_a_table_that_is_here_downloads_nothing(nasapi, tmp_path):
    nasapi("import", "numbers", str(tmp_path / "numbers.txt"))
    assert nasapi("get", "numbers")[0].startswith("numbers: 3 rows in ")
    for names in (("others", "nothing"), ("nothing", "numbers")):  # before any is fetched
        with pytest.raises(UnknownId, match="No table 'nothing'"):
            nasapi("get", *names)


def test_verify_names_damaged_tables_and_exits_with_1(nasapi, tmp_path):
    assert nasapi("verify") == (f"No table is in {tmp_path / 'data'}.\n", 0)
    nasapi("import", "numbers", str(tmp_path / "numbers.txt"))
    assert nasapi("verify") == ("numbers: ok, official file verified\n", 0)
    for chunk in (data.path("numbers") / "number" / "c").rglob("*"):
        chunk.write_bytes(b"\0" + chunk.read_bytes()[1:])
    completed, status = nasapi("verify")
    assert completed.startswith("numbers: damaged: Column 'number' of table")
    assert status == 1
