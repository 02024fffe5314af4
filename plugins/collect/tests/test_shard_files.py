"""The lines of shards and the headers of collections: what they are to the byte, and what is refused in them."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from nasapi_collect.collection import Collection, Done
from nasapi_collect.recipe import read_recipe
from nasapi_collect.shards import Rows, Shard, open_shard, read_shard, shard_files
from nasapi_collect.workplace import Workplace

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError

DIGEST = "ab" * 32


def unit(row: int, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "unit",
        "row": row,
        "values": {"x": [1.0, None]},
        "errors": [None, "lost"],
        "warnings": [],
        "grouped": True,
        "log": {"seconds": {"train": 0.5}, "more": 1},
    } | changes


def line(record: dict[str, Any]) -> bytes:
    body = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


HEADER = {"kind": "shard", "collection": DIGEST, "units": 3}


def written(folder: Path, *records: dict[str, Any], more: bytes = b"") -> Path:
    path = folder / Shard().file
    path.write_bytes(b"".join(map(line, records)) + more)
    return path


def test_a_shard_is_written_line_by_line_to_the_byte(tmp_path: Path) -> None:
    session = {"kind": "session", "python": "3.11", "machine": "é"}
    before = os.umask(0)
    try:
        with open_shard(tmp_path, Shard(2, 7), DIGEST, 3) as (lines, append):
            assert (lines.measured, lines.sessions, lines.whole) == ({}, [], 0)
            append(**session)
            append(**unit(2))
    finally:
        os.umask(before)
    path = tmp_path / "0002-of-0007.jsonl"
    assert path.read_bytes() == line(HEADER) + line(session) + line(unit(2))
    assert path.stat().st_mode & 0o777 == 0o666
    with open_shard(tmp_path, Shard(2, 7), DIGEST, 3) as (lines, append):
        assert lines.measured == {2: unit(2, errors=(None, "lost"), warnings=())}
        assert lines.sessions == [session]
        assert lines.whole == path.stat().st_size
        append(**unit(0))
        with pytest.raises(ValueError, match="not JSON compliant"):
            append(**unit(1, values={"x": [float("nan")]}))
    assert read_shard(path).measured.keys() == {2, 0}
    assert shard_files(tmp_path) == [path]


def test_a_line_that_the_disk_takes_in_pieces_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:7]))
    with open_shard(tmp_path, Shard(), DIGEST, 3) as (_, append):
        append(**unit(1))
    assert (tmp_path / Shard().file).read_bytes() == line(HEADER) + line(unit(1))


def test_what_could_not_be_written_whole_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def full(handle: int, data: bytes) -> int:
        if b'"row":2' in data:
            write(handle, data[:9])
            raise OSError(28, "No space left on device")
        return write(handle, data)

    monkeypatch.setattr(os, "write", full)
    with open_shard(tmp_path, Shard(), DIGEST, 3) as (_, append):
        append(**unit(1))
        with pytest.raises(StoreError, match="cannot be written: No space left on device"):
            append(**unit(2))
        append(**unit(0))
    assert (tmp_path / Shard().file).read_bytes() == line(HEADER) + line(unit(1)) + line(unit(0))


def test_a_shard_of_one_network_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, {**HEADER, "units": 1}, unit(0))
    assert list(read_shard(path, DIGEST, 1).measured) == [0]


@pytest.mark.parametrize("more", [b"", line(unit(1))[:30], line(unit(1))[:-1], b"x", b"no line\n"])
def test_a_last_line_that_was_not_finished_is_cut_off(tmp_path: Path, more: bytes) -> None:
    path = written(tmp_path, HEADER, unit(2), more=more)
    found = read_shard(path)
    assert (list(found.measured), found.whole) == ([2], len(line(HEADER) + line(unit(2))))
    with open_shard(tmp_path, Shard(), DIGEST, 3) as (_, append):
        append(**unit(0))
    assert path.read_bytes() == line(HEADER) + line(unit(2)) + line(unit(0))


@pytest.mark.parametrize("content", [b"", line(HEADER)[:20], b"\n"])
def test_a_shard_that_was_killed_before_its_first_line_has_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / Shard().file
    path.write_bytes(content)
    assert (read_shard(path).measured, read_shard(path).whole) == ({}, 0)
    with open_shard(tmp_path, Shard(), DIGEST, 3):
        pass
    assert path.read_bytes() == line(HEADER)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([HEADER, unit(3)], "Line 2 of shard .* is of row 3, which is there already or not in the collection"),
        ([HEADER, unit(2), unit(1), unit(2)], "Line 4 of shard .* is of row 2, which is there already"),
        ([HEADER, unit(0, grouped=1)], "Line 2"),
        ([HEADER, unit(0, grouped="no")], "Line 2"),
        ([HEADER, unit(-1)], "Line 2"),
        ([HEADER, unit(0, values={"x" * 201: [1.0]})], "Line 2"),
        ([HEADER, unit(0, values={"x": [[1.0], "a"]})], "Line 2"),
        ([HEADER, unit(0, values={"x": [["a"]]})], "Line 2"),
        ([HEADER, unit(0, values={"x": 3})], "Line 2"),
        ([HEADER, unit(0, log={"seconds": {"x" * 201: 1.0}})], "Line 2"),
        ([{**HEADER, "units": 0}], "The header of shard"),
        ([{**HEADER, "collection": "zz" * 32}], "The header of shard"),
        ([{**HEADER, "kind": "unit"}], "The header of shard"),
    ],
)
def test_a_line_of_another_kind_is_refused(tmp_path: Path, records: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(CorruptData, match=words):
        read_shard(written(tmp_path, *records))


def test_longest_names_and_both_answers_are_read(tmp_path: Path) -> None:
    long = "x" * 200
    path = written(
        tmp_path,
        HEADER,
        unit(0, grouped=False, values={long: [[[1.0]], [[0.0]]]}),
        unit(1, log={"seconds": {long: 1.0}}),
        {"kind": "session", "taken": {"table": "t"}},
    )
    found = read_shard(path)
    assert (found.measured[0]["grouped"], list(found.measured[1]["log"]["seconds"])) == (False, [long])
    assert found.sessions == [{"kind": "session", "taken": {"table": "t"}}]


def test_a_line_that_is_no_object_or_of_another_sum_is_named(tmp_path: Path) -> None:
    number = b"%08x 7\n" % zlib.crc32(b"7")
    with pytest.raises(CorruptData, match=r"Line 2 of shard .* is no object of JSON"):
        read_shard(written(tmp_path, HEADER, more=number + line(unit(0))))
    with pytest.raises(CorruptData, match=r"Line 2 of shard .* is not what was written: its checksum differs"):
        read_shard(written(tmp_path, HEADER, more=b"0" + line(unit(1))[1:] + line(unit(0))))


@pytest.mark.parametrize(("digest", "networks"), [("cd" * 32, 3), (DIGEST, 4)])
def test_a_shard_of_another_collection_is_refused(tmp_path: Path, digest: str, networks: int) -> None:
    path = written(tmp_path, HEADER)
    assert read_shard(path, DIGEST, 3).measured == {}
    with pytest.raises(InvalidOption, match="was made by another recipe or from other data"):
        read_shard(path, digest, networks)


def test_a_shard_that_is_a_link_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"")
    (tmp_path / Shard().file).symlink_to(tmp_path / "mine")
    with pytest.raises(StoreError, match="cannot be written"):
        with open_shard(tmp_path, Shard(), DIGEST, 3):
            pass
    assert (tmp_path / "mine").read_bytes() == b""


def test_rows_are_found_as_they_are_appended(tmp_path: Path) -> None:
    rows = Rows(tmp_path)
    assert rows.now() == frozenset()
    path = written(tmp_path, HEADER, unit(2), {"kind": "session"}, more=line(unit(1))[:25])
    other = tmp_path / Shard(2, 2).file
    other.write_bytes(line(HEADER) + b"damaged\n" + line(unit(0)))
    (tmp_path / "0001-of-1.jsonl").write_bytes(line(unit(9)))  # of no shard
    assert rows.now() == {0, 2}
    with path.open("ab") as file:
        file.write(line(unit(1))[25:])
    assert rows.now() == rows.now() == {0, 1, 2}
    assert Rows(tmp_path / "nowhere").now() == frozenset() and shard_files(tmp_path / "nowhere") == []


def test_shards_divide_a_collection() -> None:
    assert [place for place in range(10) if place in Shard(2, 3)] == [1, 4, 7]
    assert all(place in Shard() for place in range(5))
    parts = [Shard(2, 3).part(index, 2) for index in (1, 2)]
    assert parts == [Shard(2, 6), Shard(5, 6)]
    assert [place for place in range(20) if any(place in part for part in parts)] == [1, 4, 7, 10, 13, 16, 19]
    assert (Shard.parse("9999/9999"), str(Shard(2, 8))) == (Shard(9999, 9999), "2/8")
    assert (Shard.parse("1/1"), Shard()) == (Shard(1, 1), Shard(1, 1))
    most = {"SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_MIN": "1"}
    assert Shard.of_array({**most, "SLURM_ARRAY_TASK_COUNT": "9999"}) == Shard(1, 9999)
    with pytest.raises(InvalidOption, match="An array of 10,000 tasks is more than 9,999 shards"):
        Shard.of_array({**most, "SLURM_ARRAY_TASK_COUNT": "10000"})


def test_what_was_done_adds_up() -> None:
    assert Done() == Done(0, 0)
    assert sum([Done(1, 2), Done(3, 4)], Done()) == Done(4, 6)


@pytest.fixture(scope="module")
def workplace(tiny: Path) -> Workplace:
    return Workplace.of(read_recipe(tiny)[0])


@pytest.fixture
def begun(tiny: Path, workplace: Workplace, tmp_path: Path) -> Path:
    """A collection of which nothing is measured."""
    Collection.begin(tmp_path / "begun", workplace, tiny.read_text())
    return tmp_path / "begun"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"name": "n" * 200}, False),
        ({"name": "n" * 201}, True),
        ({"units": 1}, False),
        ({"units": 0}, True),
        ({"schema": 2}, True),
        ({"schema": 0}, True),
        ({"kind": "shard"}, True),
        ({"collection": "zz" * 32}, True),
        ({"recipe": "ab" * 31}, True),
    ],
)
def test_the_header_of_a_collection_is_checked(begun: Path, change: dict[str, Any], refused: bool) -> None:
    header = json.loads((begun / "collection.json").read_text())
    assert header.keys() == {"kind", "schema", "name", "collection", "recipe", "units"}
    assert (header["schema"], header["units"], header["name"]) == (1, 6, "nb201/tiny-v1")
    (begun / "collection.json").write_text(json.dumps({**header, **change}))
    if refused:
        with pytest.raises(CorruptData, match="The header of"):
            Collection.open(begun)
    else:
        assert Collection.open(begun).networks == {**header, **change}["units"]


def test_a_recipe_that_was_changed_afterwards_is_named_and_a_comment_is_kept(
    begun: Path, tiny: Path, workplace: Workplace
) -> None:
    words = tiny.read_text().replace("[network]", "# by one cell a stage\n[network]")
    Collection.begin(begun, workplace, words)
    assert (begun / "recipe.toml").read_text() == words != tiny.read_text()
    assert Collection.open(begun).recipe()[1] == words
    (begun / "recipe.toml").write_text(words.replace("epochs = 2", "epochs = 3"))
    with pytest.raises(CorruptData, match="is not the one it was begun with; put that back"):
        Collection.open(begun).recipe()


def test_a_collection_of_other_data_is_named_as_that(begun: Path, tiny: Path, workplace: Workplace) -> None:
    header = json.loads((begun / "collection.json").read_text())
    (begun / "collection.json").write_text(json.dumps({**header, "collection": DIGEST}))
    with pytest.raises(InvalidOption, match="was begun with other data; collect into another folder, or put the data"):
        Collection.begin(begun, workplace, tiny.read_text())
    with pytest.raises(NotAvailable, match="There is no collection in"):
        Collection.open(begun / "nowhere")


def test_a_folder_with_hidden_files_is_begun_and_one_that_is_a_file_is_not(
    tiny: Path, workplace: Workplace, tmp_path: Path
) -> None:
    (tmp_path / "deep" / "folder").mkdir(parents=True)
    (tmp_path / "deep" / "folder" / ".hidden").touch()
    Collection.begin(tmp_path / "deep" / "folder", workplace, tiny.read_text())
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file"):
        Collection.begin(tmp_path / "file", workplace, tiny.read_text())
