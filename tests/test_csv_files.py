"""CSV files of others: what would be taken for another number without a word is refused."""

from pathlib import Path

import pytest

from nasapi.errors import CorruptData
from nasapi.safety.csv_files import read_csv


def test_lines_are_read_by_the_names_of_their_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'\xef\xbb\xbfidx,"a, b"\r\n0,1\r\n\r\n1,\r\n')
    assert read_csv(tmp_path / "a.csv", "it") == [{"idx": "0", "a, b": "1"}, {"idx": "1", "a, b": ""}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"idx,a,a\n0,90,1.7\n", "it has two columns 'a', and nothing says which is meant"),
        (b"idx,a\n0,90\n\n1\n", "Line 4 of it has 1 values; its head names 2 columns"),
        (b"idx,a\n0,90,3\n", "Line 2 of it has 3 values"),
        (b"idx,a\n", "it has no lines below a head"),
        (b"", "it has no lines below a head"),
        (b"idx,\xff\n0,1\n", "it is no CSV in UTF-8"),
    ],
)
def test_a_file_that_could_be_read_in_two_ways_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(CorruptData, match=message):
        read_csv(tmp_path / "a.csv", "it")
