"""Specs: an id with options as one string, such as `evolution[population=100]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nasapi.errors import InvalidOption


def parse_spec(spec: str) -> tuple[str, dict[str, Any]]:
    """The id and the options of a spec; `format_spec` undoes it.

    Values are numbers, true, false, none, or text; text may itself be a spec with brackets.
    """
    text = spec.strip()
    if "[" not in text:
        return text, {}
    name, _, inside = text.partition("[")
    if not inside.endswith("]"):
        raise InvalidOption(f"{spec!r} has an opening bracket without its closing one at the end.")
    options: dict[str, Any] = {}
    for part in _split(inside[:-1], spec):
        key, equals, value = part.partition("=")
        if not equals or not key.strip().isidentifier():
            raise InvalidOption(f"{part!r} in {spec!r} is no option; write name=value, separated by commas.")
        if key.strip() in options:
            raise InvalidOption(f"{spec!r} gives option {key.strip()!r} twice.")
        options[key.strip()] = _value(value.strip())
    return name.strip(), options


def format_spec(name: str, options: Mapping[str, Any]) -> str:
    """The spec of an id with options, in the order of the options' names."""
    if not options:
        return name
    return f"{name}[{','.join(f'{key}={_text(options[key])}' for key in sorted(options))}]"


def _split(inside: str, spec: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for character in inside:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if depth < 0:
            raise InvalidOption(f"{spec!r} closes a bracket that it did not open.")
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    if depth:
        raise InvalidOption(f"{spec!r} does not close a bracket that it opened.")
    return [*parts, current] if current.strip() or parts else parts


def _value(text: str) -> Any:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text.strip("'\"")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)
