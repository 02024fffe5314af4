"""Importing what a person has: which files are read and recorded, what is replaced, and what was published of it."""

import hashlib
import zipfile

import pytest
from number_tables import OFFICIAL, SHA256, numbers

from nasapi import data
from nasapi.errors import CorruptData
from nasapi.plugins import Spec, entries

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


def test_below_a_folder_linked_folders_are_entered_but_for_those_that_hold_the_link(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "near" / "in").mkdir(parents=True)
    for place in ("far/b.json", "near/a.json", "near/c.txt", "near/in/a.json"):
        (tmp_path / place).touch()
    for link, to in (("near/first", "far"), ("near/second", "far"), ("near/in/up", "near"), ("near/gone", "nowhere")):
        (tmp_path / link).symlink_to(tmp_path / to)
    found = [str(place.relative_to(tmp_path)) for place in data.files_below(tmp_path / "near", ".json")]
    assert found == ["near/a.json", "near/first/b.json", "near/in/a.json", "near/second/b.json"]


@pytest.mark.parametrize("content", [b"1 x", b""])
def test_a_refusal_leaves_no_folder_behind(offer, tmp_path, content):
    offer(numbers())
    (tmp_path / "own.txt").write_bytes(content)
    with pytest.raises(CorruptData):
        data.import_file("numbers", tmp_path / "own.txt", notify=str)
    assert not [*(data.folder() / "downloads").iterdir()]


def test_what_is_wrong_in_an_archive_is_said_of_the_archive(offer, tmp_path):
    offer(numbers(unpack=True, importer="number_tables:of_two_files"))
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
        archive.writestr("c.txt", "1")
    with pytest.raises(CorruptData, match=r"/own\.zip") as caught:
        data.import_file("numbers", tmp_path / "own.zip", notify=str)
    assert "partial" not in str(caught.value)


# What is replaced, and how much of a table is there


@pytest.fixture
def given(tmp_path):
    """A function that writes a file of numbers, and imports it; gives what a person is told."""

    def imported(name, content):
        (tmp_path / name).write_text(content)
        received = []
        data.import_file("numbers", tmp_path / name, notify=received.append)
        return received[1:]  # the first is that nobody recorded a digest

    return imported


def test_an_import_says_which_table_it_replaces(offer, given):
    offer(numbers(importer="number_tables:with_gaps"))
    assert given("old.txt", "1 nan 3") == []
    when = data.receipt("numbers")["imported"]
    held = f"3 rows (2 with values) from 'old.txt', imported {when}"
    assert given("new.txt", "4") == [f"Table 'numbers' replaces the one that was here: {held}."]
    assert data.open_table("numbers")["number"].tolist() == [4]


def test_a_table_that_nobody_can_read_or_that_has_no_receipt_is_said_to_be_replaced(offer, given):
    offer(numbers(importer="number_tables:with_gaps"))
    given("old.txt", "1")
    data.tables.receipt_place(data.path("numbers")).unlink()
    assert given("old.txt", "1 2") == ["Table 'numbers' replaces the one that was here: 1 row, without a receipt."]
    for chunk in (data.path("numbers") / "number" / "c").rglob("*"):
        chunk.write_bytes(b"\0" + chunk.read_bytes()[1:])
    assert "the one that was here: damaged from 'old.txt', imported 2" in given("new.txt", "4")[0]


def test_a_refused_file_replaces_nothing_and_says_nothing_of_it(offer, given):
    offer(numbers(importer="number_tables:with_gaps", benchmarks=("number_tables:numbered",)))
    given("old.txt", "50")
    with pytest.raises(CorruptData):
        given("new.txt", "40")
    assert data.open_table("numbers")["number"].tolist() == [50]
    assert data.receipt("numbers")["file"] == "old.txt"


# What can be


@pytest.mark.parametrize("content", ["% 0 100 nan", "s 0 1e9", "ms 3", "none -1 1e300 nan"])
def test_values_that_can_be_are_kept(offer, given, content):
    offer(numbers(importer="number_tables:measured"))
    given("own.txt", content)
    assert data.available("numbers")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("% 3 100.1", "row 1 of column 'number' the value 100.1 %; wanted 0 to 100, NaN for what was not measured"),
        ("% -0.5", "row 0 of column 'number' the value -0.5 %; wanted 0 to 100"),
        ("% 3 inf", "row 1 of column 'number' the value inf %; wanted 0 to 100"),
        ("s 3 4 -1", "row 2 of column 'number' the value -1 s; wanted 0 or more"),
        ("nats/word -6", "row 0 of column 'number' the value -6 nats/word; wanted 0 or more"),
        ("none 1 -inf", "row 1 of column 'number' the value -inf; wanted finite numbers"),
    ],
)
def test_values_that_nothing_measured_has_are_refused_before_a_search_meets_them(
    offer, given, tmp_path, content, message
):
    offer(numbers(importer="number_tables:measured"))
    with pytest.raises(CorruptData) as caught:
        given("own.txt", content)
    assert str(caught.value).startswith(f"{str(tmp_path / 'own.txt')!r} would give {message}")
    assert not data.available("numbers")


# What was published of it


@pytest.mark.parametrize("content", ["50", "50 60", "50.5 59.5", "nan 60", "50 nan 7"])
def test_a_table_that_agrees_with_what_was_published_is_kept(offer, given, content):
    offer(numbers(importer="number_tables:with_gaps", benchmarks=("no/such-v1", "number_tables:numbered")))
    given("own.txt", content)
    assert data.available("numbers")


def test_a_table_that_differs_from_what_was_published_is_refused_with_network_metric_and_both_values(
    offer, given, tmp_path
):
    offer(numbers(importer="number_tables:with_gaps", benchmarks=("number_tables:numbered",)))
    with pytest.raises(CorruptData) as caught:
        given("own.txt", "50 60.6")
    assert str(caught.value).startswith(
        f"{str(tmp_path / 'own.txt')!r} would give network 'none|skip|skip' a valid_accuracy of 60.6 on numbered-v1; "
        "60 was published, by a paper."
    )
    assert not data.available("numbers")


def test_every_benchmark_that_a_table_names_is_installed():
    installed = {entry.id for entry, _ in entries("benchmark")}
    named = {Spec.parse(name).id for table, _ in data.sources() for name in table.benchmarks}
    assert named <= installed
