"""Grammars of files that others wrote: declared shapes, read in one place, each field of a type and within a bound."""

from __future__ import annotations

import json
import math
import re
import reprlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from attrs import frozen

from nasapi.errors import CorruptData
from nasapi.words import shortened

_MOST_SIZE = 1e300  # of a finite number
MOST_BYTES = 1 << 26
"""Of a JSON file, where its reader names no other bound."""

Shape = Callable[[Any, str], Any]
"""What a field must be: called with a value and the field's name, it gives the value or raises CorruptData."""

PLAIN_NAME = r"(?![.-])[\w.+@=-]{1,200}"
"""A name of one folder or column: letters, digits and `_.+@=-`, beginning with neither a dot nor a hyphen."""


def refused(where: str, value: object, wanted: str) -> NoReturn:
    """Raise the CorruptData that says what a field is and what was wanted."""
    raise CorruptData(f"{where} is {reprlib.repr(value)}; wanted {wanted}.")


def text(most: int = 10_000, pattern: str | None = None, wanted: str | None = None) -> Shape:
    """Text of at most so many characters, none of them a control character; all of it matches `pattern`."""
    expected = wanted or f"printable text of at most {most:,} characters"

    def read(value: Any, where: str) -> str:
        if not isinstance(value, str) or len(value) > most or not _printable(value):
            refused(where, value, expected)
        if pattern is not None and re.fullmatch(pattern, value) is None:
            refused(where, value, expected)
        return value

    return read


SHA256 = text(pattern="[0-9a-f]{64}", wanted="a SHA-256")
"""A checksum as `hashlib` writes it."""


def message(value: Any, where: str) -> str:
    """What an error said: any text, for it is shown through `nasapi.words.printable`, cut where it is long."""
    if not isinstance(value, str):
        refused(where, value, "the text of an error")
    return shortened(value)


def plain_name(value: Any, where: str) -> str:
    """A name that is one part of a path and nothing else."""
    return text(pattern=PLAIN_NAME, wanted="a plain name of letters, digits and '_.+@=-'")(value, where)  # type: ignore[no-any-return]


def relative_path(value: Any, where: str) -> str:
    """A path of plain names with slashes between: never absolute, never through '..'."""
    pattern = rf"{PLAIN_NAME}(/{PLAIN_NAME}){{0,9}}"
    return text(1000, pattern, "a relative path of plain names")(value, where)  # type: ignore[no-any-return]


def whole(least: int = 0, most: int = (1 << 63) - 1) -> Shape:
    """A whole number within bounds; a truth value is none."""

    def read(value: Any, where: str) -> int:
        if type(value) is not int or not least <= value <= most:
            refused(where, value, f"a whole number from {least:,} to {most:,}")
        return value

    return read


def number(*, infinite: bool = False) -> Shape:
    """A number; with `infinite` also the words inf and -inf, as `nasapi.tables.layout.plain` writes them.

    One beyond 1e300 in size is refused: sums of such numbers, as means and figures take them, are infinite.
    """

    def read(value: Any, where: str) -> float:
        found = float(value) if infinite and value in ("inf", "-inf") else value
        if type(found) not in (int, float) or found != found or (found in (math.inf, -math.inf) and not infinite):
            refused(where, value, "a number" if infinite else "a finite number")
        if abs(found) > _MOST_SIZE and found not in (math.inf, -math.inf):
            refused(where, value, "a number of at most 1e300 in size")
        return found

    return read


def flag(value: Any, where: str) -> bool:
    """A truth value."""
    if not isinstance(value, bool):
        refused(where, value, "true or false")
    return value


def choice(*values: Any) -> Shape:
    """One of these values."""

    def read(value: Any, where: str) -> Any:
        if not any(type(value) is type(each) and value == each for each in values):
            refused(where, value, f"one of {', '.join(map(repr, values))}")
        return value

    return read


def maybe(shape: Shape) -> Shape:
    """None, or what the shape says."""
    return lambda value, where: None if value is None else shape(value, where)


def listed(shape: Shape, least: int = 0, most: int = 10_000, key: Callable[[Any], Any] | None = None) -> Shape:
    """A list of so many items of one shape, as a tuple; with `key` no two of them have the same."""

    def read(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)) or not least <= len(value) <= most:
            refused(where, value, f"a list of {least:,} to {most:,} items")
        found = tuple(shape(item, f"{where}[{place}]") for place, item in enumerate(value))
        if key is not None:
            seen: set[Any] = set()
            for item in found:
                if key(item) in seen:
                    raise CorruptData(f"{where} has {reprlib.repr(key(item))} twice.")
                seen.add(key(item))
        return found

    return read


def mapped(shape: Shape, key: Shape | None = None, most: int = 10_000) -> Shape:
    """A mapping from names to one shape."""
    names = key or text()

    def read(value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, Mapping) or len(value) > most:
            refused(where, value, f"an object of at most {most:,} entries")
        return {
            names(name, f"a name in {where}"): shape(item, f"{where}.{_short(name)}") for name, item in value.items()
        }

    return read


def anything(value: Any, where: str) -> Any:
    """Any JSON of no more than 40 levels, for fields that are shown and not read."""
    _require_shallow(value, where, 40)
    return value


@frozen
class Record:
    """An object with these fields; others are refused unless `rest` says what they are."""

    fields: Mapping[str, Shape]
    optional: Mapping[str, Shape] = {}
    rest: Shape | None = None

    def __call__(self, value: Any, where: str) -> dict[str, Any]:
        """The fields, each checked."""
        if not isinstance(value, Mapping):
            refused(where, value, f"an object with {', '.join(self.fields)}")
        known = {**self.fields, **self.optional}
        for name in self.fields:
            if name not in value:
                raise CorruptData(f"{where} has no {name!r}.")
        found = {}
        for name, item in value.items():
            shape = known.get(name, self.rest)
            if shape is None:
                raise CorruptData(f"{where} has an unknown field {reprlib.repr(name)}; wanted {', '.join(known)}.")
            found[name] = shape(item, f"{where}.{_short(name)}")
        return found


def read_json(content: str | bytes, where: str, *, constants: bool = False) -> Any:
    """The JSON in `content`, without a nesting that Python cannot follow.

    NaN and infinities, which are none of JSON, are read only with `constants`: logs of training have them. A name that
    stands twice in an object is refused: Python would take the last of two values without a word.
    """
    try:
        return json.loads(
            content, parse_constant=float if constants else _refused_constant, object_pairs_hook=_without_twins
        )
    except (ValueError, RecursionError) as error:
        raise CorruptData(f"{where} is no JSON: {str(error)[:200]}.") from error


def read_json_file(path: Path, shape: Shape, where: str, most: int = MOST_BYTES) -> Any:
    """What a JSON file holds, of that shape; raises OSError where it cannot be read, CorruptData for anything else."""
    with open(path, "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise CorruptData(f"{where} has more than {most:,} bytes.")
    return shape(read_json(content, where), where)


def _refused_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for place, name in enumerate(names) if name in names[:place])
        raise ValueError(f"an object has the name {reprlib.repr(twin)} twice, and nothing says which is meant")
    return found


def _require_shallow(value: Any, where: str, deepest: int) -> None:
    level = [value]
    for _ in range(deepest):
        level = [
            item
            for each in level
            if isinstance(each, (Mapping, list, tuple))
            for item in (each.values() if isinstance(each, Mapping) else each)
        ]
        if not level:
            return
    raise CorruptData(f"{where} is nested deeper than {deepest} levels.")


def _printable(value: str) -> bool:
    return not any((ord(letter) < 32 and letter not in "\n\t") or 127 <= ord(letter) < 160 for letter in value)


def _short(name: object) -> str:
    return name if isinstance(name, str) and re.fullmatch(r"\w{1,40}", name) else reprlib.repr(name)
