"""Bounds of a pickle, checked before it is read: no length and no index may take memory that the file does not fill."""

from __future__ import annotations

import math
import pickle
import pickletools

from nasapi.tables.pickle_growth import check_tuples

# What follows each opcode: a fixed number of bytes, as many lines, or a length of so many bytes and then that much.
_FIXED: dict[int, int] = {}
_LINES: dict[int, int] = {}
_SIZED: dict[int, int] = {}
_SIZES = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
}
_SIZES[pickletools.TAKEN_FROM_ARGUMENT8U] = 8
for _opcode in pickletools.opcodes:
    _code, _argument = ord(_opcode.code), _opcode.arg
    if _argument is None:
        _FIXED[_code] = 0
    elif _argument.n >= 0:
        _FIXED[_code] = _argument.n
    elif _argument.n == pickletools.UP_TO_NEWLINE:
        _LINES[_code] = 2 if _argument.name.endswith("_pair") else 1
    else:
        _SIZED[_code] = _SIZES[_argument.n]

_STOP = ord(pickle.STOP)
_PUTS = {ord(pickle.BINPUT), ord(pickle.LONG_BINPUT)}
_PUT, _GET, _MEMOIZE, _DUP = (ord(opcode) for opcode in (pickle.PUT, pickle.GET, pickle.MEMOIZE, pickle.DUP))
_GETS = {ord(pickle.BINGET), ord(pickle.LONG_BINGET)}
_NO_TUPLE = {  # instructions that leave something else than a tuple on top
    ord(opcode.code)
    for opcode in pickletools.opcodes
    if len(opcode.stack_after) == 1 and opcode.stack_after[0] not in (pickletools.anyobject, pickletools.pytuple)
} | {ord(opcode) for opcode in (pickle.REDUCE, pickle.BUILD, pickle.STACK_GLOBAL, pickle.GLOBAL)}
_FEW = math.log(1e7)  # the largest tuple that so many references to so many tuples can make


def check_bounds(content: bytes) -> None:
    """Raise UnpicklingError where an argument reaches beyond the content, or a memo index beyond what came before it.

    The reader of the standard library takes memory for both before it looks: nine bytes can ask it for 64 GB.
    """
    position, count, end = 0, 0, len(content)
    tuples: set[int] = set()  # numbers of parts that may be tuples
    fetched: set[int] = set()  # those that are referred to again, and each instruction that doubles its part
    shared = memoised = before = 0
    while position < end:
        code = content[position]
        position += 1
        count += 1
        if code in _FIXED:
            size = _FIXED[code]
            if code in _PUTS or code in _GETS:
                index = int.from_bytes(content[position : position + size], "little")
                if code in _GETS and index in tuples:
                    shared += 1
                    fetched.add(index)
                if code in _PUTS:
                    _check_index(index, count)
                    memoised += 1
                    if before not in _NO_TUPLE:
                        tuples.add(index)
            elif code == _MEMOIZE:
                if before not in _NO_TUPLE:
                    tuples.add(memoised)
                memoised += 1
            elif code == _DUP:
                shared += 1
                fetched.add(-count)
            position += size
        elif code in _SIZED:
            width = _SIZED[code]
            position += width + int.from_bytes(content[position : position + width], "little")
        elif code in _LINES:
            start = position
            for _ in range(_LINES[code]):
                position = content.find(b"\n", position) + 1
                if not position:
                    raise pickle.UnpicklingError("it ends within a line")
            if code == _PUT:
                _check_index(int(content[start:position]), count)
                memoised += 1
            elif code == _GET:  # of protocol 0 alone; its numbers are not followed
                shared += 1
                fetched.add(-count)
        else:
            raise pickle.UnpicklingError(f"it has an unknown instruction at byte {position - 1}")
        if position > end:
            raise pickle.UnpicklingError("it ends before something that it announces")
        if code == _STOP:
            if fetched and len(fetched) * math.log(shared / len(fetched) + 2) > _FEW:
                check_tuples(content[:position])
            return
        before = code
    raise pickle.UnpicklingError("it has no end")


def _check_index(index: int, count: int) -> None:
    if index > count:
        raise pickle.UnpicklingError(f"it numbers part {count} as {index}")
