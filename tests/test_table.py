"""Tables on disk: what is written is read, and nothing else is."""

import errno
import json
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import google_crc32c
import numpy as np
import pytest
import zarr

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError
from nasapi.metric import Metric
from nasapi.spaces import ListedSpace
from nasapi.tables import TableObjective
from nasapi.tables.layout import digest
from nasapi.tables.reading import attributes_of, column_of
from nasapi.tables.table import Column, Table, fingerprint, write_table
from nasapi.testing.toy import Toy

ACCURACY = np.array([[91.5, np.nan], [88.25, 90.0], [10.0, 10.0]])
CODES = np.array([[0, 1], [1, 0], [2, 2]], np.int8)


def columns() -> dict[str, Column]:
    return {
        "accuracy": Column(ACCURACY, "accuracy of two runs", unit="%", split="valid"),
        "codes": Column(CODES, "the codes"),
    }


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_table(tmp_path / "toy.zarr", columns(), title="toy", source="made up", licence="CC0").path


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def rewrite_header(folder: Path, **changes: object) -> None:
    group = zarr.open_group(folder, mode="r+")
    header = {**group.attrs.asdict()["nasapi"], **changes}  # type: ignore[dict-item]
    group.attrs.put({"nasapi": header, "sha256": digest(header)})


def same(found: Table) -> bool:
    return (
        sorted(found) == ["accuracy", "codes"]
        and found["accuracy"].tobytes() == ACCURACY.tobytes()
        and found["codes"].tobytes() == CODES.tobytes()
        and found["codes"].dtype == CODES.dtype
        and found["accuracy"].shape == ACCURACY.shape
        and found.attributes["licence"] == "CC0"
        and found.describe("accuracy")["unit"] == "%"
    )


def test_columns_and_attributes_are_read_as_written(table: Path) -> None:
    found = Table(table)
    assert same(found)
    assert (found.rows, len(found)) == (3, 2)
    assert found.describe("accuracy")["sha256"] == fingerprint(ACCURACY)


def test_a_table_is_shown_by_its_place_and_size(table: Path) -> None:
    assert repr(Table(table)) == f"<table {str(table)!r}: 3 rows of 2 columns>"


def test_columns_are_read_only(table: Path) -> None:
    with pytest.raises(ValueError, match=r"read-only"):
        Table(table)["accuracy"][0] = 0


def test_a_table_is_ordinary_zarr(table: Path) -> None:
    group = zarr.open_group(table, mode="r")
    assert np.array_equal(group["codes"][...], CODES)  # type: ignore[index]


def test_a_zip_of_a_finished_table_is_read(table: Path, tmp_path: Path) -> None:
    packed = tmp_path / "toy.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in files(table):
            archive.write(path, path.relative_to(table).as_posix())
    assert same(Table(packed))


def test_a_flipped_bit_anywhere_is_refused_or_without_effect(table: Path, tmp_path: Path) -> None:
    unseen = []
    for path in files(table):
        original = path.read_bytes()
        for at in range(0, len(original), 3):
            path.write_bytes(original[:at] + bytes([original[at] ^ (1 << at % 8)]) + original[at + 1 :])
            try:
                unseen += [] if same(Table(table)) else [(path.name, at)]
            except CorruptData:
                continue
        path.write_bytes(original)
    assert unseen == []
    assert same(Table(table))


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_in_a_chunk_is_refused_by_name(table: Path, bit: int) -> None:
    chunk = table / "accuracy" / "c" / "0" / "0"
    original = chunk.read_bytes()
    for at in range(len(original)):
        chunk.write_bytes(original[:at] + bytes([original[at] ^ (1 << bit)]) + original[at + 1 :])
        with pytest.raises(CorruptData, match=r"Column 'accuracy' of table '.*toy.zarr' (cannot be read|is not what)"):
            Table(table)["accuracy"]


def test_a_missing_chunk_is_refused_by_name(table: Path) -> None:
    (table / "codes" / "c" / "0" / "0").unlink()
    with pytest.raises(CorruptData, match=r"Column 'codes' of table .* is not what was written: its type or SHA-256"):
        Table(table).verify()


def test_a_missing_column_cannot_be_read(table: Path) -> None:
    shutil.rmtree(table / "codes")
    with pytest.raises(CorruptData, match=r"Column 'codes' of table .* cannot be read"):
        Table(table).verify()


def test_a_wrong_count_is_refused(table: Path) -> None:
    rewrite_header(table, rows=4)
    with pytest.raises(CorruptData, match=r"Column 'accuracy' of table .* has 3 rows; it was written with 4"):
        Table(table).verify()


def test_another_layout_is_refused(table: Path) -> None:
    rewrite_header(table, schema=7)
    with pytest.raises(CorruptData, match=r"has layout 7; this nasapi reads layout 1"):
        Table(table)


def test_a_changed_header_is_refused(table: Path) -> None:
    text = (table / "zarr.json").read_text()
    (table / "zarr.json").write_text(text.replace("made up", "made us"))
    with pytest.raises(CorruptData, match=r"The header of table .* is not what was written"):
        Table(table)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    zarr.create_group(tmp_path / "other.zarr")
    with pytest.raises(CorruptData, match=r"is not a nasapi table \(KeyError: .*\); give the folder or zip"):
        Table(tmp_path / "other.zarr")


def test_no_table_is_not_available(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match=r"There is no table at"):
        Table(tmp_path / "absent.zarr")


def test_an_unknown_column_offers_the_nearest(table: Path) -> None:
    with pytest.raises(NotAvailable, match=r"has no column 'acuracy'. Did you mean 'accuracy'?"):
        Table(table)["acuracy"]


def test_columns_of_different_length_are_refused(tmp_path: Path) -> None:
    uneven = {"a": Column(np.zeros(2), ""), "b": Column(np.zeros(3), "")}
    with pytest.raises(InvalidOption, match=r"must have one length, not \[2, 3\]"):
        write_table(tmp_path / "t.zarr", uneven)


def test_a_table_is_replaced_and_nothing_else_stays(table: Path) -> None:
    write_table(table, {"accuracy": Column(np.ones(2), "")})
    assert list(Table(table)) == ["accuracy"]
    assert [path.name for path in table.parent.iterdir()] == ["toy.zarr"]


def test_a_write_that_fails_leaves_the_old_table(table: Path) -> None:
    big = {"noise": Column(np.random.default_rng(0).random(10_000), "")}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(StoreError, match=r"The table '.*toy.zarr' cannot be written: File too large"):
            write_table(table, big)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert same(Table(table))
    assert [path.name for path in table.parent.iterdir()] == ["toy.zarr"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"The table '.*t.zarr' cannot be written: Not a directory"):
        write_table(tmp_path / "file" / "deep" / "t.zarr", columns())


def test_the_same_columns_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = (write_table(tmp_path / name, columns(), title="toy").path for name in ("a.zarr", "b.zarr"))
    assert [path.read_bytes() for path in files(one)] == [path.read_bytes() for path in files(two)]


def test_a_table_is_read_without_zarr_and_is_the_same_with_it(table: Path) -> None:
    program = """
import sys
from nasapi.tables.table import Table
table = Table(sys.argv[1])
table.verify()
print("zarr" in sys.modules, *(table[name].tobytes().hex() for name in table))
"""
    done = subprocess.run([sys.executable, "-c", program, table], capture_output=True, text=True, check=True)
    group = zarr.open_group(table, mode="r")
    assert done.stdout.split() == ["False", *(group[name][...].tobytes().hex() for name in Table(table))]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"shape": [2, 3]},
        {"data_type": "float32"},
        {"chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1, 2]}}},
        {"chunk_key_encoding": {"name": "v2", "configuration": {"separator": "/"}}},
        {"chunk_key_encoding": {"name": "default", "configuration": {"separator": "."}}},
        {"storage_transformers": [{"name": "other"}]},
        {"codecs": [{"name": "bytes", "configuration": {"endian": "big"}}, {"name": "blosc"}, {"name": "crc32c"}]},
        {"codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "gzip"}, {"name": "crc32c"}]},
        {"codecs": ["bytes"]},
        {"codecs": None},
    ],
)
def test_only_what_was_laid_out_here_is_read_without_zarr(table: Path, changes: dict[str, object]) -> None:
    header = table / "accuracy" / "zarr.json"
    header.write_text(json.dumps({**json.loads(header.read_text()), **changes}))
    found = column_of(table / "accuracy", ACCURACY.shape, "<f8")
    if changes:
        assert found is None
    else:
        assert found is not None
        np.testing.assert_array_equal(found, ACCURACY)
        assert column_of(table / "accuracy", (2, 3), "<f8") is column_of(table / "accuracy", (3, 2), "<f4") is None
        assert column_of(table / "accuracy", (), "<f8") is None


def test_a_header_that_is_no_group_of_zarr_3_is_left_to_zarr(table: Path) -> None:
    header = json.loads((table / "zarr.json").read_text())
    assert attributes_of(table) == header["attributes"]
    for changes in ({"node_type": "array"}, {"zarr_format": 2}, {"attributes": []}):
        (table / "zarr.json").write_text(json.dumps({**header, **changes}))
        assert attributes_of(table) is None
    for text in ("[1]", "{", ""):
        (table / "zarr.json").write_text(text)
        assert attributes_of(table) is None
    assert attributes_of(table / "nowhere") is None


def test_columns_that_are_not_packed_are_read_without_zarr(tmp_path: Path) -> None:
    place = write_table(tmp_path / "plain.zarr", columns(), packed=False).path
    found = column_of(place / "accuracy", ACCURACY.shape, "<f8")
    assert found is not None
    np.testing.assert_array_equal(found, ACCURACY)
    assert column_of(place / "codes", CODES.shape, "|i1") is not None


@pytest.mark.parametrize(
    ("packed", "change", "message"),
    [
        (True, lambda content: content[:-5] + b"\0" + content[-4:], "its CRC-32C differs"),
        (
            True,
            lambda content: checksummed(content[:4] + b"\xff" + content[5:-4]),
            "it announces 255 bytes; its shape",
        ),
        (True, lambda content: checksummed(content[:-4] + b"\0"), "it announces 48 bytes; its shape needs 48"),
        (False, lambda content: checksummed(content[:-5]), "it has 47 bytes; its shape needs 48"),
    ],
)
def test_a_chunk_of_other_bytes_than_its_shape_needs_is_refused(
    tmp_path: Path, packed: bool, change: Callable[[bytes], bytes], message: str
) -> None:
    place = write_table(tmp_path / "t.zarr", columns(), packed=packed).path / "accuracy"
    chunk = place / "c" / "0" / "0"
    chunk.write_bytes(change(chunk.read_bytes()))
    with pytest.raises(ValueError, match=message):
        column_of(place, ACCURACY.shape, "<f8")


def checksummed(content: bytes) -> bytes:
    return content + google_crc32c.value(content).to_bytes(4, "little")


def test_a_column_that_announces_more_than_its_files_hold_is_refused_before_it_is_made(table: Path) -> None:
    rows = 10**7
    header = json.loads((table / "accuracy" / "zarr.json").read_text())
    grid = {"name": "regular", "configuration": {"chunk_shape": [rows, 2]}}
    changed = {**header, "shape": [rows, 2], "chunk_grid": grid, "codecs": [header["codecs"][0]]}
    (table / "accuracy" / "zarr.json").write_text(json.dumps(changed))
    known = dict(Table(table).attributes["columns"])
    rewrite_header(table, columns=known | {"accuracy": {**known["accuracy"], "shape": [rows, 2]}})
    with pytest.raises(CorruptData, match="it announces 160,000,000 bytes, which no file of its size holds"):
        Table(table)["accuracy"]


def test_want_of_a_library_is_no_damage(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "toy.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in files(table):
            archive.write(path, path.relative_to(table).as_posix())
    for library in ("zarr", "numcodecs", "zarr.storage"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError):
        Table(packed)
    with pytest.raises(ImportError):
        Table(table)["accuracy"]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.EIO])
def test_what_the_system_refuses_is_no_damage(table: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "no")

    found = Table(table)
    (table / "codes" / "zarr.json").write_text("left to zarr")
    monkeypatch.setattr("zarr.open_group", refuse)
    with pytest.raises(OSError, match="no"):
        found["codes"]
    (table / "zarr.json").write_text("left to zarr")
    with pytest.raises(OSError, match="no"):
        Table(table)


@pytest.mark.parametrize(
    "column, sentence",
    [
        (np.ma.array([1.0, 999.0], mask=[False, True]), "is a masked array, and a table keeps no mask"),
        (np.array([1j, 2.0]), "is complex128 of shape"),
        (np.array([{}, None], object), "is object of shape"),
        (5.0, "is float64 of shape \\(\\)"),
    ],
)
def test_a_column_that_no_table_keeps_is_refused_before_anything_is_written(tmp_path, column, sentence) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        write_table(tmp_path / "t.zarr", {"score": Column(column, "made up")}, space="toy")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "name, column, attributes, sentence",
    [
        ("../a", {}, {}, "'../a'"),
        ("score", {"split": "tests"}, {}, "'tests'"),
        ("score", {"unit": 5}, {}, "unit"),
        ("score", {}, {"space": 5}, "The space of a table is text, not 5"),
        ("score", {}, {"title": None}, "The title of a table is text, not None"),
        ("score", {}, {"made": {1, 2}}, "set is not JSON"),
    ],
)
def test_a_header_that_could_not_be_read_is_refused_before_it_is_written(
    tmp_path, name, column, attributes, sentence
) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        write_table(tmp_path / "t.zarr", {name: Column([1.0, 2.0], "made up", **column)}, **attributes)
    assert [*tmp_path.iterdir()] == []


ATTRIBUTES = {"space": "toy", "title": "A toy table"}


@pytest.mark.parametrize(
    "column, metric, sentence",
    [
        (("%", "test"), ("%", "valid"), "has the split 'test'; the metric says 'valid'"),
        (("%", "test"), ("%", "none"), "has the split 'test'; the metric says 'none'"),
        (("%", "valid"), ("1", "valid"), "has the unit '%'; the metric says '1'"),
    ],
)
def test_an_objective_of_a_table_says_of_its_columns_what_the_table_says(tmp_path, column, metric, sentence) -> None:
    codes = np.vstack([*Toy().enumerate()])
    columns = {"codes": Column(codes, "genes"), "score": Column(codes.sum(axis=1) + 0.5, "made up", *column)}
    table = write_table(tmp_path / "t.zarr", columns, **ATTRIBUTES)
    with pytest.raises(InvalidOption, match=sentence):
        TableObjective.of(table, Toy(), [Metric("score", "max", *metric)])
    assert TableObjective.of(table, Toy(), [Metric("score", "max", *column)]).expected("score")[0] == 1.5


def test_an_objective_of_a_table_is_of_the_space_that_the_table_says(tmp_path) -> None:
    codes = np.vstack([*Toy().enumerate()])
    columns = {"codes": Column(codes, "genes"), "score": Column(codes.sum(axis=1) + 0.5, "made up")}
    table = write_table(tmp_path / "t.zarr", columns, space="other")
    with pytest.raises(InvalidOption, match="The table is of space 'other', not of 'toy'"):
        TableObjective.of(table, Toy(), [Metric("score", "max")])
    listed = ListedSpace(Toy(), codes[::2], id="toy-half")
    for space in ("toy", "toy-half"):
        half = {name: Column(column.values[::2], "made up") for name, column in columns.items()}
        table = write_table(tmp_path / "half.zarr", half, space=space)
        assert len(TableObjective.of(table, listed, [Metric("score", "max")]).expected("score")) == listed.size
