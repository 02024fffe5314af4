"""Specs: an id with options as one string, such as `evolution[population=100]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nasapi.errors import InvalidOption


def parse_spec(spec: str) -> tuple[str, dict[str, Any]]:
    """The id and the options of a spec; `format_spec` undoes it.

    Values are numbers, true, false, none, or text. Text may itself be a spec with brackets; text that would be read as
    something else, or has commas outside brackets, stands in quotes. Raises InvalidOption for anything else.
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
        options[key.strip()] = read_value(value.strip())
    return name.strip(), options


def format_spec(name: str, options: Mapping[str, Any]) -> str:
    """The spec of an id with options, in the order of the options' names.

    Raises InvalidOption for text that no kind of quotes can hold.
    """
    if not options:
        return name
    return f"{name}[{','.join(f'{key}={_text(options[key])}' for key in sorted(options))}]"


def read_value(text: str) -> Any:
    """An option's value as a number, true, false, none, or text; text in quotes is what is between them."""
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _split(inside: str, spec: str) -> list[str]:
    """The parts between commas that are in no brackets and no quotes; a quote opens only as the start of a value."""
    parts, depth, quote, current = [], 0, "", ""
    for character in inside:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and current.rstrip().endswith("="):
            quote = character
        else:
            depth += {"[": 1, "]": -1}.get(character, 0)
        if depth < 0:
            raise InvalidOption(f"{spec!r} closes a bracket that it did not open.")
        if character == "," and depth == 0 and not quote:
            parts.append(current)
            current = ""
        else:
            current += character
    if depth or quote:
        raise InvalidOption(f"{spec!r} does not close a {'quote' if quote else 'bracket'} that it opened.")
    return [*parts, current] if current.strip() or parts else parts


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if not isinstance(value, str) or _plain(value):
        return str(value)
    quotes = [quote for quote in "'\"" if quote not in value]
    if not quotes:
        raise InvalidOption(f"The text {value!r} has both kinds of quotes and cannot be an option.")
    return f"{quotes[0]}{value}{quotes[0]}"


def _plain(text: str) -> bool:
    """Whether text as an option's value is read as itself."""
    try:
        return _split(f"x={text}", text) == [f"x={text}"] and text == text.strip() and read_value(text) == text
    except InvalidOption:
        return False
