"""Archives of arrays: what is read comes out equal; what announces more than it has is refused before it is made."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays

from nasapi.errors import CorruptData
from nasapi.safety.npz import read_npz

KINDS = arrays.scalar_dtypes().filter(lambda kind: kind.kind in "biufc" and kind.itemsize <= 16)


def packed(**columns: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **columns)
    return file.getvalue()


def announcing(kind: str, shape: str) -> bytes:
    head = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + bytes(16))
    return file.getvalue()


@given(arrays.arrays(KINDS, arrays.array_shapes(min_dims=0, min_side=0)))
def test_an_array_comes_out_as_it_went_in(values):
    for given_ in (values, np.asarray(values, order="F")):
        np.testing.assert_array_equal(read_npz(packed(a=given_), "the file")["a"], values, strict=True)


@pytest.mark.parametrize(
    ("kind", "shape", "message"),
    [
        ("'<f8'", "(10000000000000,)", "announces 80,000,000,000,000 bytes and has 16"),
        ("'<f8'", "(3,)", "announces 24 bytes and has 16"),
        ("'|O'", "(2,)", "holds object, which is not numbers or text"),
        ("[('a', '|O')]", "(2,)", "which is not numbers or text"),
        ("'<f8'", "(-2,)", "which no array has"),
        ("'<f8'", "(" + "(" * 500, "is no archive of numpy arrays"),
        ("__import__('os').system('x')", "(2,)", "is no archive of numpy arrays"),
    ],
)
def test_what_is_announced_is_held_against_what_is_there(kind, shape, message):
    with pytest.raises(CorruptData, match=message):
        read_npz(announcing(kind, shape), "the file")


def test_an_archive_that_swells_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(100 << 20))
    with pytest.raises(CorruptData, match="unpacks to 104,857,600, more than"):
        read_npz(file.getvalue(), "the file")


def test_an_archive_of_too_many_arrays_or_of_two_of_one_name_is_refused(monkeypatch):
    monkeypatch.setattr("nasapi.safety.npz._MOST_ARRAYS", 2)
    assert list(read_npz(packed(a=np.zeros(2), b=np.ones(1)), "the file")) == ["a", "b"]
    with pytest.raises(CorruptData, match="the file has 3 arrays, or two of one name"):
        read_npz(packed(a=np.zeros(2), b=np.ones(1), c=np.ones(1)), "the file")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.npy", b"")
        archive.writestr("a", b"")
    with pytest.raises(CorruptData, match="the file has 2 arrays, or two of one name"):
        read_npz(file.getvalue(), "the file")
