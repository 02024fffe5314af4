"""Published tables in tests: found, skipped with a reason, imported."""

import os

import pytest
from number_tables import OFFICIAL, numbers

from nasapi import data
from nasapi.testing import import_into, shared_data


def test_shared_data_are_found_in_the_folder_that_is_named(tmp_path, monkeypatch):
    (tmp_path / "values.csv").touch()
    monkeypatch.setenv("NASAPI_SHARED_DATA", str(tmp_path))
    assert shared_data("values.csv", "the values") == tmp_path / "values.csv"


def test_data_that_are_not_there_skip_the_test_and_say_why(tmp_path, monkeypatch):
    monkeypatch.setenv("NASAPI_SHARED_DATA", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=r"the values, values\.csv, are not in .*; set NASAPI_SHARED"):
        shared_data("values.csv", "the values")


def test_without_a_folder_the_test_is_skipped(monkeypatch):
    monkeypatch.delenv("NASAPI_SHARED_DATA")
    with pytest.raises(pytest.skip.Exception, match=r"the values, values\.csv, are not looked for; set NASAPI_SHARED"):
        shared_data("values.csv", "the values")


def test_a_table_is_imported_into_a_folder_of_its_own(offer, tmp_path, monkeypatch):
    offer(numbers())
    (tmp_path / "official.txt").write_bytes(OFFICIAL)
    before = os.environ["NASAPI_DATA"]
    folder = import_into(tmp_path / "own", "numbers", tmp_path / "official.txt")
    assert os.environ["NASAPI_DATA"] == before
    monkeypatch.setenv("NASAPI_DATA", str(folder))
    assert data.path("numbers").is_relative_to(folder)
    assert data.available("numbers")
