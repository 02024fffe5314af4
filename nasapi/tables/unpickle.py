"""Reads other people's pickles without running anything in them: numbers, text, plain containers, arrays."""

from __future__ import annotations

import io
import math
import pickle
import reprlib
from collections.abc import Callable, Collection, Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.tables.pickle_bounds import check_bounds
from nasapi.tables.pickle_growth import LEAVES, Room, check_unfolded

_NUMBERS = "biufcSU"  # the kinds of numpy type that hold no Python objects
_STORAGES = {
    **{"Double": "<f8", "Float": "<f4", "Half": "<f2"},
    **{"Long": "<i8", "Int": "<i4", "Short": "<i2", "Char": "i1"},
    **{"Byte": "u1", "Bool": "?"},
}
"""The numpy type of each class of storages of torch."""


def load_plain(
    file: IO[bytes],
    name: str,
    *,
    arrays: bool = False,
    records: Collection[str] = (),
    recorded: bool = False,
    storages: Mapping[str, bytes] | None = None,
) -> Any:
    """The contents of the pickle in `file`, which must be plain data; `name` is what messages call it.

    Admitted are None, truth values, numbers, text, bytes, lists, tuples, dictionaries (an `OrderedDict` or
    `defaultdict` becomes a `dict`) and sets; with `arrays` also numpy arrays and scalars of numbers or text. `records`
    names classes, `package.module.Class`, whose instances become dictionaries of their attributes. `storages` are the
    bytes that a pickle of torch refers to, by key; its tensors of numbers become arrays that cannot be written. No
    class or function that the pickle names is looked up or called: a name outside this list raises CorruptData that
    quotes it, as does a file that is no pickle. How much the pickle unfolds to is bounded, which takes longer than to
    read it; `recorded` says that the caller held the bytes against a SHA-256 that was recorded of them, and leaves
    these bounds out.
    """
    try:
        content = file.read()
        if not recorded:
            check_bounds(content)
        found = _Reader(io.BytesIO(content), name, arrays, records, Room(len(content)), storages).load()
        if not recorded:
            check_unfolded(found, len(content))
        return _finished(found, {})
    except CorruptData:
        raise
    except Exception as error:  # a hostile stream can fail in any way
        raise CorruptData(f"{name} cannot be read as a pickle: {type(error).__name__}: {error}") from error


class _Reader(pickle.Unpickler):
    """An unpickler to which every global is either a stand-in made here or refused."""

    def __init__(
        self,
        file: IO[bytes],
        name: str,
        arrays: bool,
        records: Collection[str],
        room: Room,
        storages: Mapping[str, bytes] | None,
    ):
        super().__init__(file)
        self._name, self._storages = name, storages
        self._admitted: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): _Named(room.taking(dict)),
            ("collections", "defaultdict"): _Named(lambda *_: {}),
            ("_codecs", "encode"): _Named(room.taking(_encode)),
        }
        for builtins in ("builtins", "__builtin__"):  # as protocols before 4 spell these
            self._admitted[builtins, "set"] = _Named(room.taking(set))
            self._admitted[builtins, "frozenset"] = _Named(room.taking(frozenset))
            self._admitted[builtins, "bytes"] = _Named(lambda: b"")
            self._admitted[builtins, "bytearray"] = _Named(room.taking(_bytearray))
        for record in records:
            module, _, kind = record.rpartition(".")
            self._admitted[module, kind] = _Record
        if arrays:
            for package in ("numpy.core", "numpy._core"):
                self._admitted[f"{package}.multiarray", "_reconstruct"] = _Named(lambda *_: _Array(room))
                self._admitted[f"{package}.multiarray", "scalar"] = _Named(room.taking(_scalar))
                self._admitted[f"{package}.numeric", "_frombuffer"] = _Named(room.taking(_from_buffer))
            self._admitted["numpy", "ndarray"] = _Named(_refused)
            self._admitted["numpy", "dtype"] = _Named(_Type)
        if storages is not None:
            self._admitted["torch._utils", "_rebuild_tensor_v2"] = _Named(room.taking(_tensor))
            for kind, dtype in _STORAGES.items():
                self._admitted["torch", f"{kind}Storage"] = _StorageKind(dtype)

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in for a global; raises CorruptData for all that have none."""
        try:
            return self._admitted[module, name]
        except KeyError:
            raise CorruptData(
                f"{self._name} is not plain data: it asks for {f'{module}.{name}'!r}, which could run code. "
                "It was not read; get the file from its publisher again."
            ) from None

    def persistent_load(self, pid: Any) -> Any:
        """The storage of torch that is referred to; refuses other references to things outside the file."""
        if self._storages is not None and isinstance(pid, tuple) and len(pid) == 5:
            what, kind, key, _, _ = pid
            if what == "storage" and isinstance(kind, _StorageKind) and isinstance(key, str) and key in self._storages:
                return _Storage(np.frombuffer(self._storages[key], kind.dtype))
        raise CorruptData(
            f"{self._name} is not plain data: it refers to {reprlib.repr(pid)} outside itself. It was not read."
        )


class _StandIn:
    """Stands for something of the pickle while it is read; unhashable, so that it is in no set and is no key."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]


class _Named(_StandIn):
    """What a global of the pickle stands for: callable, and nothing in the pickle can change it."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[..., Any]):
        self._make = make

    def __call__(self, *arguments: Any) -> Any:
        return self._make(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("it sets the state of a function")


class _StorageKind(_Named):
    """A class of storages of torch, which is named and never called."""

    __slots__ = ("dtype",)

    def __init__(self, dtype: str):
        super().__init__(_refused)
        self.dtype = np.dtype(dtype)


class _Storage(_StandIn):
    """The numbers that tensors are parts of."""

    __slots__ = ("values",)

    def __init__(self, values: NDArray[Any]):
        self.values = values


class _Record(_StandIn):
    """An instance of a class that may be read for its attributes."""

    __slots__ = ("attributes",)

    def __init__(self) -> None:
        self.attributes: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, dict):
            raise pickle.UnpicklingError("it gives the attributes of an object in another form than a dictionary")
        self.attributes = state


class _Type(_StandIn):
    """A numpy type as it is being read: the text and the byte order that the pickle gives."""

    __slots__ = ("_big", "_text")

    def __init__(self, text: Any, *_: Any):
        self._text, self._big = text, False

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._big = state[1] == ">"

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type, if it is one of numbers or text."""
        found = np.dtype(self._text) if isinstance(self._text, str) else None
        if found is None or found.kind not in _NUMBERS or found.itemsize == 0:
            raise pickle.UnpicklingError(
                f"it holds an array of {reprlib.repr(self._text)}, which is not numbers or text"
            )
        return found.newbyteorder(">" if self._big else "<")


class _Array(_StandIn):
    """An array as it is being read."""

    __slots__ = ("_room", "values")

    def __init__(self, room: Room):
        self._room = room

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, fortran, data = state
        self.values = self._room.taking(_from_buffer)(data, kind, shape, "F" if fortran else "C")


def _from_buffer(data: Any, kind: Any, shape: tuple[int, ...], order: str = "C") -> NDArray[Any]:
    """An array from its bytes, if they are as many as type and shape need."""
    dtype = kind.dtype
    if len(shape) > 32 or not all(type(side) is int and side < 1 << 48 for side in shape):
        raise pickle.UnpicklingError("it has an array of a shape that no array has")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(data):
        raise pickle.UnpicklingError(f"it has {len(data)} bytes for an array of shape {shape!r} and type {dtype}")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if order == "F" else "C").copy()


def _tensor(storage: Any, start: Any, shape: Any, strides: Any, *_: Any) -> NDArray[Any]:
    """The part of a storage that a tensor is, without a copy; one whose numbers do not follow each other is refused."""
    sides = (start, *shape, *strides)
    if len(sides) > 64 or not all(type(side) is int and 0 <= side < 1 << 48 for side in sides):
        raise pickle.UnpicklingError("it has a tensor of a shape that no tensor has")
    size, follows = 1, True
    for side, stride in reversed(list(zip(shape, strides, strict=True))):
        follows &= side <= 1 or stride == size
        size *= side
    if not isinstance(storage, _Storage) or not follows or start + size > len(storage.values):
        raise pickle.UnpicklingError("it has a tensor whose numbers are not in one piece of its storage")
    part: NDArray[Any] = storage.values[start : start + size].reshape(shape)
    return part


def _bytearray(data: Any = b"", encoding: str = "latin-1") -> bytearray:
    """Bytes that can be changed, from bytes or, as protocols before 3 spell them, from text; never from a number."""
    if isinstance(data, str):
        data = _encode(data, encoding)
    if not isinstance(data, bytes):
        raise pickle.UnpicklingError("it makes a bytearray of something that is no bytes")
    return bytearray(data)


def _scalar(kind: Any, data: bytes) -> Any:
    return _from_buffer(data, kind, ())[()]


def _encode(text: str, encoding: str) -> bytes:
    """Bytes as protocols before 3 spell them."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"it encodes text as {reprlib.repr(encoding)}")
    return text.encode("latin-1")


def _refused(*_: Any) -> Any:
    raise pickle.UnpicklingError("it makes an array without its values")


def _finished(found: Any, seen: dict[int, Any]) -> Any:
    """The same data with the stand-ins of arrays replaced by arrays; containers are changed where they are."""
    if isinstance(found, _Array):
        return found.values
    if isinstance(found, _Record):
        found = found.attributes
    elif isinstance(found, _StandIn):
        raise pickle.UnpicklingError("it holds a type instead of data")
    if not isinstance(found, (dict, list, tuple)) or id(found) in seen:
        return seen.get(id(found), found)
    seen[id(found)] = found
    if isinstance(found, dict):
        _replace(found, found.items(), seen)
    elif isinstance(found, list):
        _replace(found, enumerate(found), seen)
    else:
        seen[id(found)] = tuple(part if type(part) in LEAVES else _finished(part, seen) for part in found)
    return seen[id(found)]


def _replace(container: Any, parts: Any, seen: dict[int, Any]) -> None:
    changed: Mapping[Any, Any] = {key: _finished(part, seen) for key, part in parts if type(part) not in LEAVES}
    for key, part in changed.items():
        container[key] = part
