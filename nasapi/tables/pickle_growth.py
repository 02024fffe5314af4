"""Growth of a pickle: what is written once and referred to often must not cost time or memory that doubles a level."""

from __future__ import annotations

import pickle
import pickletools
from collections.abc import Callable
from typing import Any

_TIMES, _FREE = 100, 10_000_000
"""Work that a pickle may cause: so many steps a byte, and so many in any case."""

_ROOM_TIMES, _ROOM_FREE = 16, 1 << 26
"""Bytes that arrays, texts and containers may be made of: so many a byte of the pickle, and so many in any case."""

_TUPLES = frozenset(opcode for opcode in ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"))
LEAVES = frozenset((bool, bytes, float, int, str, type(None)))
"""Types of plain data that hold nothing; most of what a large pickle holds is of them."""

_GETS, _PUTS = frozenset(("GET", "BINGET", "LONG_BINGET")), frozenset(("PUT", "BINPUT", "LONG_BINPUT"))


class Room:
    """The bytes that the parts of one pickle may take when they are made; one that is made again counts again."""

    def __init__(self, size: int):
        """Give a pickle of `size` bytes its room."""
        self._left = _ROOM_TIMES * size + _ROOM_FREE

    def taking(self, make: Callable[..., Any]) -> Callable[..., Any]:
        """The function, which raises UnpicklingError once its arguments have taken the room."""

        def made(*arguments: Any) -> Any:
            self._left -= 64 + sum(len(each) for each in arguments if isinstance(each, (str, bytes, list, tuple, dict)))
            if self._left < 0:
                raise pickle.UnpicklingError("it makes far more of its parts than it holds")
            return make(*arguments)

        return made


def check_tuples(content: bytes) -> None:
    """Raise UnpicklingError where tuples of tuples, each written once, would take more than their bytes to hash.

    Python hashes a tuple that is a key through all that is in it, so two references a level double the time. All else
    that nests cannot be a key, or remembers its hash.
    """
    stack: list[int | None] = []  # the size of each part when references are written out; None is a mark
    memo: dict[int, int] = {}
    left = _TIMES * len(content) + _FREE
    for opcode, argument, _ in pickletools.genops(content):
        name = opcode.name
        if name in _PUTS or name == "MEMOIZE":
            memo[len(memo) if name == "MEMOIZE" else int(argument or 0)] = stack[-1] or 1
            continue
        if name in _GETS:
            stack.append(memo[int(argument or 0)])
            continue
        if name == "DUP":
            stack.append(stack[-1])
            continue
        taken = 0
        before = opcode.stack_before
        if pickletools.markobject in before:
            while (part := stack.pop()) is not None:
                taken += part
            below = before.index(pickletools.markobject)
        else:
            below = len(before)
        for _ in range(below):
            taken += stack.pop() or 0
        left -= taken
        if left < 0:
            raise pickle.UnpicklingError("its tuples of tuples grow far beyond its bytes")
        for kind in opcode.stack_after:
            stack.append(None if kind is pickletools.markobject else 1 + taken if name in _TUPLES else 1)


def check_unfolded(found: Any, size: int) -> None:
    """Raise UnpicklingError where what was read has far more parts than bytes once every reference is written out."""
    sizes: dict[int, int] = {}
    most = _TIMES * size + _FREE
    todo = [(found, False)]
    while todo:
        part, counted = todo.pop()
        inside = _inside(part)
        if inside is None or (id(part) in sizes and not counted):
            continue
        containers = [each for each in inside if type(each) not in LEAVES]
        if counted:
            sizes[id(part)] = 1 + len(inside) - len(containers) + sum(sizes.get(id(each), 1) for each in containers)
            if sizes[id(part)] > most:
                raise pickle.UnpicklingError("its parts refer to each other so that they grow far beyond its bytes")
            continue
        sizes[id(part)] = 1  # of a part within itself
        todo.append((part, True))
        todo += [(each, False) for each in containers]


def _inside(part: Any) -> list[Any] | None:
    """What a container holds; None for anything else."""
    if isinstance(part, dict):
        return [*part.keys(), *part.values()]
    if isinstance(part, (list, tuple, set, frozenset)):
        return list(part)
    attributes = getattr(type(part), "attributes", None)
    return [part.attributes] if attributes is not None else None
