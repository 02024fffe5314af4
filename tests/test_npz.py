"""Archives of arrays: what is read comes out equal; what announces more than it has is refused before it is made."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays

from nasapi.errors import CorruptData
from nasapi.safety.npz import named_arrays, read_npz

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
        ("'<f8'", f"({'1, ' * 32}2)", "which no array has"),
        ("'<f8'", "(" + "(" * 500, "is no archive of numpy arrays"),
        ("__import__('os').system('x')", "(2,)", "is no archive of numpy arrays"),
    ],
)
def test_what_is_announced_is_held_against_what_is_there(kind, shape, message):
    with pytest.raises(CorruptData, match=message):
        read_npz(announcing(kind, shape), "the file")


def test_an_array_has_up_to_thirty_two_axes():
    assert read_npz(announcing("'<f8'", f"({'1, ' * 31}2)"), "the file")["a"].shape == (*[1] * 31, 2)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_headers_of_versions_that_archives_of_numbers_have_are_read(version):
    array, file = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array(array, np.arange(3.0), version)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.npy", array.getvalue())
    if version < (3, 0):
        assert read_npz(file.getvalue(), "the file")["a"].tolist() == [0, 1, 2]
    else:
        with pytest.raises(CorruptData, match=r"has a header of version \(3, 0\); wanted 1\.0 or 2\.0"):
            read_npz(file.getvalue(), "the file")


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


WHOLE = np.arange(3)


@pytest.mark.parametrize("values", [WHOLE, WHOLE.astype(np.uint8), WHOLE.astype(">i4"), WHOLE.astype(np.float16)])
def test_whole_numbers_are_read_from_every_type_that_has_them(values):
    np.testing.assert_array_equal(
        named_arrays({"a": values}, {"a": ("whole numbers", 1)}, "the file")[0], WHOLE, strict=True
    )


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("numbers", np.array(["1", "2"]), r"Array 'a' of the file is <U1 of shape \(2,\); wanted numbers along 1 axis"),
        ("numbers", np.array([1 + 2j]), "is complex128"),
        ("numbers", np.array([True]), "is bool"),
        ("numbers", np.array(1.0), r"of shape \(\); wanted numbers along 1 axis"),
        ("numbers", np.ones((2, 1)), r"of shape \(2, 1\)"),
        ("text", np.array([b"a"]), "is |S1 of shape"),
        ("whole numbers", np.array([1, np.nan]), "has nan, which is no whole number in 64 bits"),
        ("whole numbers", np.array([1, 0.5]), "has 0.5, which is no whole number"),
        ("whole numbers", np.array([1e300]), "has 1e.300, which is no whole number in 64 bits"),
        ("whole numbers", np.array([2.0**53]), "has 9007199254740992.0, which is no whole number in 64 bits"),
        ("whole numbers", np.array([1 << 63], np.uint64), "has 9223372036854775808, which is no whole number in 64"),
    ],
)
def test_an_array_of_another_kind_is_refused_before_numpy_makes_one_of_it(kind, values, message):
    with pytest.raises(CorruptData, match=message):
        named_arrays({"a": values}, {"a": (kind, 1)}, "the file")


def test_an_array_that_lacks_is_named_with_those_that_are_there():
    with pytest.raises(CorruptData, match="the file has no array 'b'; it has 'a'; wanted a, b"):
        named_arrays({"a": WHOLE}, {"a": ("numbers", 1), "b": ("text", 1)}, "the file")
