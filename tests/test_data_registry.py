"""Which tables plugins name, and what is refused."""

import pytest
from number_tables import numbers

from nasapi import data
from nasapi.errors import CorruptData, NotAvailable, PluginError, StoreError, UnknownId


def test_an_unknown_table_offers_near_names(offer):
    offer(numbers())
    with pytest.raises(UnknownId, match=r"No table 'nubmers'. Did you mean 'numbers'?"):
        data.path("nubmers")


def test_a_table_that_two_plugins_name_is_refused(offer):
    offer(numbers())
    offer(numbers(), name="b-plugin")
    with pytest.raises(PluginError, match=r"Table 'numbers' is named by (a-plugin and b-plugin|b-plugin and a-plugin)"):
        data.source("numbers")


def test_an_importer_whose_packages_are_missing_names_them_before_anything_is_downloaded(offer):
    offer(numbers(importer="no_such_package:read", urls=("http://127.0.0.1:9/x",), requires="nasapi-x[official]"))
    with pytest.raises(NotAvailable, match=r"no_such_package.*`pip install 'nasapi-x\[official\]'`"):
        data.get("numbers")


def test_an_importer_that_does_not_exist_is_named(offer, tmp_path):
    offer(numbers(importer="number_tables:nothing"))
    with pytest.raises(PluginError, match=r"Table 'numbers' cannot be converted: .*'nothing'"):
        data.import_file("numbers", tmp_path)


def test_an_importer_that_writes_nothing_is_named(offer, tmp_path):
    offer(numbers(importer="number_tables:lazy_importer"))
    with pytest.raises(PluginError, match="'number_tables:lazy_importer' of table 'numbers' wrote nothing"):
        data.import_file("numbers", tmp_path, notify=str)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["a string"], "wanted TableSource"),
        ([numbers(name="../x")], "the table name '../x' is not made of"),
        ([numbers(importer="x")], "the importer 'x' of 'numbers' is not of the form"),
        ([numbers(sha256="ABC")], "the SHA-256 'ABC' of 'numbers' is not 64 small hexadecimal digits"),
        ([numbers(urls="http://x")], "the urls of 'numbers' are one string"),
    ],
)
def test_a_plugin_with_wrong_tables_loses_only_its_own(offer, capsys, given, message):
    offer(*given)
    offer(numbers(name="others"), name="b-plugin")
    assert "others" in [table.name for table, _ in data.sources()]
    error = capsys.readouterr().err
    assert "nasapi: the tables of a-plugin are left out" in error
    assert message in error


def test_a_plugin_that_exits_when_asked_for_tables_loses_only_its_own(offer, capsys):
    offer(hook=lambda: exit(3))
    offer(numbers(name="others"), name="b-plugin")
    assert "others" in [table.name for table, _ in data.sources()]
    assert "the tables of a-plugin are left out: SystemExit: 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("importer", "error", "message"),
    [
        ("ends_early", CorruptData, "cannot be read as the file of table 'numbers': EOFError"),
        ("overflowing", CorruptData, "cannot be read as the file of table 'numbers': OverflowError: int too large"),
        ("bad_stream", CorruptData, "cannot be read as the file of table 'numbers': OSError: Invalid data stream"),
        ("bad_archive", CorruptData, "cannot be read as the file of table 'numbers': BadZipFile: Bad magic number"),
        ("unfinished", PluginError, "'number_tables:unfinished' of table 'numbers' failed on .*: NotImplementedError"),
        ("mistaken", PluginError, "'number_tables:mistaken' of table 'numbers' failed on .*: TypeError: no such thing"),
        ("cancelled", PluginError, "'number_tables:cancelled' of table 'numbers' failed on .*: CancelledError"),
        ("full_disk", StoreError, "cannot be kept in .*No space left on device"),
    ],
)
def test_what_an_importer_cannot_read_is_no_fault_of_the_place(offer, tmp_path, importer, error, message):
    offer(numbers(importer=f"number_tables:{importer}"))
    (tmp_path / "file").write_bytes(b"1")
    with pytest.raises(error, match=message):
        data.import_file("numbers", tmp_path / "file", notify=str)
