"""What the header of a table may hold, and what at a place is taken for a table of ours."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import pytest

from nasapi.tables.layout import foreign_table, number, plain


def test_a_header_has_numbers_that_are_not_finite_as_words() -> None:
    value = {"a": (math.inf, [-math.inf, 1.5, 2]), 3: {"b": None, "c": "inf"}}
    assert plain(value) == {"a": ["inf", ["-inf", 1.5, 2]], "3": {"b": None, "c": "inf"}}
    assert list(map(number, plain([math.inf, -math.inf, 1.5]))) == [math.inf, -math.inf, 1.5]


@pytest.mark.parametrize(
    ("header", "ours"),
    [
        (b'{"attributes": {"nasapi": {"kind": "table"}}}', True),
        (b'{"attributes": {"nasapi": {"kind": "tab', False),
        (b'{"attributes": {"nasapi": {"kind": "table', False),
        (b'{"attributes": {"nasapi": {"kind": "table"', True),
        (b'{"attributes": {"other": {"kind": "table"', False),
        (b'{"attributes": {"nasapi": {"kind": "study"}}}', False),
        (b'{"attributes": {}, "note": ["nasapi", "table"]}', False),
        (b'["nasapi", "table"]', False),
        (b"", False),
    ],
)
def test_only_a_table_or_what_reads_like_a_damaged_one_is_replaced(tmp_path: Path, header: bytes, ours: bool) -> None:
    folder, packed = tmp_path / "t.zarr", tmp_path / "t.zip"
    folder.mkdir()
    assert foreign_table(folder) is None
    (folder / "zarr.json").write_bytes(header)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("zarr.json", header)
    wanted = None if ours else "is no table of nasapi; name another place or move it away"
    assert foreign_table(folder) == foreign_table(packed) == wanted
    (folder / "accuracy").mkdir()
    (folder / "accuracy" / "thesis.tex").write_text("years of work")
    assert str(foreign_table(folder)).startswith("holds 'accuracy/thesis.tex', which is no part of a table")


@pytest.mark.parametrize("content", [b"no zip", b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_no_zip_of_a_table_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.zip").write_bytes(content)
    assert "is no table of nasapi" in str(foreign_table(tmp_path / "t.zip"))
