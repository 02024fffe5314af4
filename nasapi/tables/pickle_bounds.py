"""Bounds of a pickle, checked before it is read: no length and no index may take memory that the file does not fill."""

from __future__ import annotations

import pickle
import pickletools

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
_PUT = ord(pickle.PUT)


def check_bounds(content: bytes) -> None:
    """Raise UnpicklingError where an argument reaches beyond the content, or a memo index beyond what came before it.

    The reader of the standard library takes memory for both before it looks: nine bytes can ask it for 64 GB.
    """
    position, count, end = 0, 0, len(content)
    while position < end:
        code = content[position]
        position += 1
        count += 1
        if code in _FIXED:
            size = _FIXED[code]
            if code in _PUTS:
                _check_index(int.from_bytes(content[position : position + size], "little"), count)
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
        else:
            raise pickle.UnpicklingError(f"it has an unknown instruction at byte {position - 1}")
        if position > end:
            raise pickle.UnpicklingError("it ends before something that it announces")
        if code == _STOP:
            return
    raise pickle.UnpicklingError("it has no end")


def _check_index(index: int, count: int) -> None:
    if index > count:
        raise pickle.UnpicklingError(f"it numbers part {count} as {index}")
