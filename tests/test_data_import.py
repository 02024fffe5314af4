"""Importing what a person has: which files are read and recorded, what is replaced, and what was published of it."""

import hashlib

import pytest
from number_tables import OFFICIAL, SHA256, numbers

from nasapi import data
from nasapi.errors import CorruptData

PAIR = numbers(importer="number_tables:of_two_files", files=("a.txt", "b.txt"))


@pytest.fixture
def pair(tmp_path):
    """A folder with the two files of a table, and one of another."""
    folder = tmp_path / "pair"
    folder.mkdir()
    for name, content in (("a.txt", b"1 2"), ("b.txt", b"3"), ("other.txt", b"7")):
        (folder / name).write_bytes(content)
    return folder


def printed(name, content):
    return {"file": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


# What is read


@pytest.mark.parametrize("given", ["", "a.txt", "b.txt"])
def test_of_a_table_of_several_files_each_is_read_and_recorded_whichever_is_given(offer, pair, given):
    offer(PAIR)
    assert data.import_file("numbers", pair / given, notify=str)["number"].tolist() == [1, 2, 3]
    receipt = data.receipt("numbers")
    assert list(receipt["files"]) == [printed("a.txt", b"1 2"), printed("b.txt", b"3")]
    assert (receipt["file"], receipt["size"], receipt["sha256"]) == ("pair", None, None)


def test_a_file_that_a_table_is_not_made_of_is_refused_with_those_that_are_wanted(offer, pair):
    offer(PAIR)
    with pytest.raises(CorruptData, match=r"other.txt' is not read: table 'numbers' is made of 'a.txt' and 'b.txt'"):
        data.import_file("numbers", pair / "other.txt", notify=str)
    (pair / "b.txt").unlink()
    with pytest.raises(CorruptData, match=r"There is no 'b.txt' in '.*pair'; table 'numbers' is made of 'a.txt' and"):
        data.import_file("numbers", pair, notify=str)
    assert not data.available("numbers")


def test_of_several_files_each_is_looked_at_before_it_is_read(offer, pair):
    offer(PAIR)
    (pair / "b.txt").write_bytes(b"<html>")
    with pytest.raises(CorruptData, match=r"b.txt' is a web page"):
        data.import_file("numbers", pair / "a.txt", notify=str)


def test_of_a_table_of_one_file_that_file_is_recorded_where_its_folder_is_given(offer, pair):
    offer(numbers(files=("numbers.txt",), sha256=SHA256))
    (pair / "numbers.txt").write_bytes(OFFICIAL)
    data.import_file("numbers", pair, notify=pytest.fail)
    assert data.receipt("numbers").items() >= (printed("numbers.txt", OFFICIAL) | {"verified": True}).items()


def test_of_a_table_of_one_file_any_name_will_do(offer, pair):
    offer(numbers(files=("numbers.txt",)))
    assert data.import_file("numbers", pair / "other.txt", notify=str)["number"].tolist() == [7]
    assert data.receipt("numbers").items() >= printed("other.txt", b"7").items()
