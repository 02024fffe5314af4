"""Reading pickles as plain data: what is admitted comes out equal, all else is refused without running."""

from __future__ import annotations

import io
import os
import pickle
from collections import OrderedDict, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nasapi.errors import CorruptData
from nasapi.tables.pickle_growth import Room
from nasapi.tables.unpickle import load_plain

SIMPLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
PLAIN = st.recursive(
    SIMPLE | st.sets(SIMPLE) | st.frozensets(SIMPLE),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)
KINDS = st.sampled_from(["<f8", ">f4", "<i2", ">u8", "?", "<c16", "S3", "<U4"])


class Calls:
    """Pickles as a call of a function."""

    def __init__(self, function: Any, *arguments: Any):
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def read(content: bytes, *, with_arrays: bool = False) -> Any:
    return load_plain(io.BytesIO(content), "the file", arrays=with_arrays)


@settings(max_examples=60)
@given(content=PLAIN, protocol=st.integers(0, 5))
def test_plain_data_comes_out_as_it_went_in(content: Any, protocol: int) -> None:
    assert read(pickle.dumps(content, protocol)) == content


@settings(max_examples=60)
@given(content=PLAIN)
def test_plain_data_comes_out_the_same_where_arrays_are_admitted(content: Any) -> None:
    assert read(pickle.dumps(content), with_arrays=True) == content


@given(values=arrays.arrays(KINDS, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0)), protocol=st.integers(2, 5))
def test_arrays_come_out_with_values_type_and_shape(values: np.ndarray, protocol: int) -> None:
    found = read(pickle.dumps({"a": [values, values]}, protocol), with_arrays=True)["a"]
    assert found[0] is found[1]
    assert (found[0].dtype, found[0].shape) == (values.dtype, values.shape)
    assert found[0].tobytes() == values.tobytes()


def test_columns_stored_in_fortran_order_keep_their_places() -> None:
    values = np.asfortranarray(np.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(read(pickle.dumps((values,)), with_arrays=True)[0], values)


@pytest.mark.parametrize("value", [np.float32(0.1), np.int64(-3), np.bool_(True), np.str_("ab")])
def test_numpy_scalars_come_out_equal(value: Any) -> None:
    found = read(pickle.dumps([value]), with_arrays=True)[0]
    assert found == value
    assert type(found) is type(value)


def test_an_ordered_dictionary_becomes_a_dictionary() -> None:
    found = read(pickle.dumps(OrderedDict(b=1, a=2)))
    assert type(found) is dict
    assert list(found) == ["b", "a"]


def test_a_container_that_contains_itself_is_read() -> None:
    content: list[Any] = [np.arange(2)]
    content.append(content)
    found = read(pickle.dumps(content), with_arrays=True)
    assert found[1] is found
    np.testing.assert_array_equal(found[0], [0, 1])


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("with_arrays", [False, True])
def test_a_function_call_is_refused_and_does_not_run(protocol: int, with_arrays: bool, tmp_path: Path) -> None:
    content = pickle.dumps([1, Calls(os.mkdir, str(tmp_path / "ran"))], protocol)
    with pytest.raises(CorruptData, match=r"the file is not plain data: it asks for 'posix\.mkdir', which could run"):
        read(content, with_arrays=with_arrays)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [Decimal(1), {1, Decimal(2)}, Path("x"), np.random.default_rng(0), complex(1, 2)])
def test_an_object_of_another_class_is_refused(content: Any) -> None:
    with pytest.raises(CorruptData, match="is not plain data: it asks for"):
        read(pickle.dumps(content), with_arrays=True)


def test_an_array_is_refused_unless_it_is_asked_for() -> None:
    with pytest.raises(CorruptData, match=r"it asks for 'numpy\._core\.multiarray\._reconstruct'"):
        read(pickle.dumps(np.arange(3), 2))


def test_an_array_of_objects_is_refused() -> None:
    with pytest.raises(CorruptData, match="holds an array of 'O8', which is not numbers or text"):
        read(pickle.dumps(np.array([1, "a"], object)), with_arrays=True)


def test_an_array_of_records_is_refused() -> None:
    with pytest.raises(CorruptData, match="which is not numbers or text"):
        read(pickle.dumps(np.zeros(2, [("a", "i4"), ("b", "f4")])), with_arrays=True)


def test_an_array_with_too_few_bytes_is_refused() -> None:
    content = pickle.dumps(np.arange(3, dtype=np.uint8), 2).replace(b"K\x03\x85", b"K\x04\x85")
    with pytest.raises(CorruptData, match=r"it has 3 bytes for an array of shape \(4,\) and type uint8"):
        read(content, with_arrays=True)


@pytest.mark.parametrize(
    ("shape", "taken"), [((1,) * 32, True), ((1,) * 33, False), ((0, (1 << 48) - 1), True), ((0, 1 << 48), False)]
)
def test_an_array_has_a_shape_that_arrays_have(shape: tuple[int, ...], taken: bool) -> None:
    content = pickle.dumps(np.empty(shape, np.uint8), 2)
    if taken:
        assert read(content, with_arrays=True).shape == shape
    else:
        with pytest.raises(CorruptData, match="it has an array of a shape that no array has"):
            read(content, with_arrays=True)
    negative = pickle.dumps(np.arange(3, dtype=np.uint8), 2).replace(b"K\x03\x85", b"J\xff\xff\xff\xff\x85")
    with pytest.raises(CorruptData, match=r"it has 3 bytes for an array of shape \(-1,\) and type uint8"):
        read(negative, with_arrays=True)


def test_a_reference_outside_the_file_is_refused() -> None:
    with pytest.raises(CorruptData, match="it refers to 'storage' outside itself"):
        read(b"\x80\x04\x8c\x07storageQ.")


def test_a_change_of_an_admitted_function_is_refused() -> None:
    content = b"\x80\x02ccollections\nOrderedDict\n}X\x01\x00\x00\x00aK\x01sb."
    with pytest.raises(CorruptData, match="it sets the state of a function"):
        read(content)


@pytest.mark.parametrize("content", [b"ccollections\nOrderedDict\n.", b"cnumpy\ndtype\nX\x02\x00\x00\x00f8\x85R."])
def test_a_type_instead_of_data_is_refused(content: bytes) -> None:
    with pytest.raises(CorruptData, match="it holds a type instead of data"):
        read(b"\x80\x02" + content, with_arrays=True)


def test_a_type_as_a_key_is_refused() -> None:
    with pytest.raises(CorruptData, match="unhashable"):
        read(b"\x80\x02}ccollections\nOrderedDict\nK\x01s.")


def test_an_array_without_its_values_is_refused() -> None:
    with pytest.raises(CorruptData, match="makes an array without its values"):
        read(b"\x80\x02cnumpy\nndarray\nK\x09\x85\x85R.", with_arrays=True)


def test_text_in_another_encoding_is_refused() -> None:
    content = b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x05\x00\x00\x00rot13\x86R."
    with pytest.raises(CorruptData, match="encodes text as 'rot13'"):
        read(content, with_arrays=True)


@given(content=st.binary(max_size=60), with_arrays=st.booleans())
def test_any_bytes_are_read_or_refused(content: bytes, with_arrays: bool) -> None:
    try:
        read(content, with_arrays=with_arrays)
    except CorruptData as error:
        assert "the file" in str(error)


@given(where=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_damaged_file_is_read_or_refused(where: int, value: int) -> None:
    content = bytearray(pickle.dumps({"a": [np.arange(4.0), np.float32(2)], "b": (1, "c")}))
    content[where % len(content)] = value
    try:
        read(bytes(content), with_arrays=True)
    except CorruptData as error:
        assert "the file" in str(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x80\x04Nr\xff\xff\xff\xff.", "numbers part 3 as 4294967295"),
        (b"Np999999999\n.", "numbers part 2 as 999999999"),
        (b"\x80\x05\x96\xff\xff\xff\xff\xff\x00\x00\x00.", "ends before something that it announces"),
        (b"\x80\x04\x8e\xff\xff\xff\xff\x0f\x00\x00\x00.", "ends before something that it announces"),
        (b"\x80\x04N", "has no end"),
        (b"Vtext", "ends within a line"),
        (b"\x80\x04\xfe.", "unknown instruction at byte 2"),
    ],
)
def test_a_file_that_asks_for_memory_without_content_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(CorruptData, match=message):
        read(content)


class Model:
    """A class that a reader may admit for its attributes."""

    def __init__(self, **attributes: Any):
        self.__dict__.update(attributes)

    def __getstate__(self) -> Any:
        return self.__dict__.get("state", self.__dict__)


RECORD = f"{Model.__module__}.{Model.__qualname__}"


@pytest.mark.parametrize("protocol", range(2, 6))
def test_an_admitted_record_becomes_its_attributes(protocol: int) -> None:
    content = pickle.dumps([Model(trees=bytearray(b"\0\xff"), inner=Model(a=(1, 2)))], protocol)
    found = load_plain(io.BytesIO(content), "the file", records=(RECORD,))
    assert found == [{"trees": bytearray(b"\0\xff"), "inner": {"a": (1, 2)}}]


def test_a_record_is_refused_unless_it_is_admitted() -> None:
    with pytest.raises(CorruptData, match=r"it asks for '.*Model', which could run code"):
        read(pickle.dumps(Model(a=1)))


def test_an_admitted_record_admits_no_call_within_it(tmp_path: Path) -> None:
    content = pickle.dumps(Model(a=Calls(os.mkdir, str(tmp_path / "ran"))))
    with pytest.raises(CorruptData, match=r"it asks for 'posix\.mkdir'"):
        load_plain(io.BytesIO(content), "the file", records=(RECORD,))
    assert not (tmp_path / "ran").exists()


def test_a_record_with_attributes_of_another_form_is_refused() -> None:
    content = pickle.dumps(Model(state=5))
    with pytest.raises(CorruptData, match="gives the attributes of an object in another form than a dictionary"):
        load_plain(io.BytesIO(content), "the file", records=(RECORD,))


def test_a_bytearray_is_not_made_of_a_number() -> None:
    with pytest.raises(CorruptData, match="makes a bytearray of something that is no bytes"):
        read(pickle.dumps(Calls(bytearray, 10**12)))


def test_a_dictionary_with_a_default_becomes_a_dictionary() -> None:
    content: defaultdict[str, Any] = defaultdict(OrderedDict)
    content["a"]["b"] = 1
    found = read(pickle.dumps(content))
    assert type(found) is dict
    assert found == {"a": {"b": 1}}


def doubled(kind: str, levels: int, protocol: int = 2) -> bytes:
    part: Any = ()
    for _ in range(levels):
        part = {"tuple": lambda p: (p, p), "list": lambda p: [p, p], "dict": lambda p: {1: p, 2: p}}[kind](part)
    return pickle.dumps(part, protocol)


@pytest.mark.parametrize("kind", ["tuple", "list", "dict"])
@pytest.mark.parametrize("levels", [40, 400])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_what_doubles_a_level_is_refused_at_once(kind: str, levels: int, protocol: int) -> None:
    with pytest.raises(CorruptData, match="grow far beyond its bytes"):
        read(doubled(kind, levels, protocol))


@pytest.mark.parametrize("key", [b"\x80\x02}(%bK\x01u.", b"\x80\x04\x8f(%b\x90."])
def test_a_key_that_takes_for_ever_to_hash_is_refused_before(key: bytes) -> None:
    with pytest.raises(CorruptData, match="its tuples of tuples grow far beyond its bytes"):
        read(key % doubled("tuple", 60)[2:-1])
    with pytest.raises(CorruptData, match="its tuples of tuples grow far beyond its bytes"):
        read(key % (b")" + b"2\x86" * 60))


def test_a_key_of_the_oldest_protocol_that_takes_for_ever_to_hash_is_refused_before() -> None:
    with pytest.raises(CorruptData, match="its tuples of tuples grow far beyond its bytes"):
        read(b"(d" + doubled("tuple", 60, protocol=0)[:-1] + b"I1\ns.")


def test_parts_that_are_shared_by_many_are_read() -> None:
    shared = [("cifar10", 777), ("cifar100", 888)]
    content = [{key: float(number) for key in shared} for number in range(2000)]
    assert read(pickle.dumps(content)) == content


def test_what_is_referred_to_often_may_grow_in_proportion_to_the_bytes() -> None:
    part = tuple(range(1000))
    content = pickle.dumps([[part] * 11_000])
    assert len(read(content)[0]) == 11_000
    for kind in (tuple, list):
        with pytest.raises(CorruptData, match="grow far beyond its bytes"):
            read(pickle.dumps([[kind(part)] * 14_000]))


def test_what_is_made_of_parts_takes_sixteen_times_the_bytes_of_a_pickle_and_64_megabytes() -> None:
    make = Room(4).taking(lambda text, number: len(text))
    most = 16 * 4 + (1 << 26) - 64
    assert make("x" * most, 7) == most
    with pytest.raises(pickle.UnpicklingError, match="it makes far more of its parts than it holds"):
        make("", 7)


def test_of_recorded_bytes_growth_is_not_checked_and_calls_are_refused_as_ever() -> None:
    file = io.BytesIO(doubled("tuple", 20))
    assert len(load_plain(file, "a file", recorded=True)) == 2
    with pytest.raises(CorruptData, match="could run code"):
        load_plain(io.BytesIO(pickle.dumps(print)), "a file", recorded=True)
