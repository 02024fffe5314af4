"""Specs: an id with options, which as text is `evolution[population=100]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from nasapi.errors import InvalidOption


def _view(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options in the order of their names, as nobody can change them."""
    return MappingProxyType({name: options[name] for name in sorted(options)})


@frozen
class Spec:
    """An id and its options: what a text is parsed into once, and what is handed on from there."""

    id: str
    options: Mapping[str, Any] = field(factory=dict, converter=_view, hash=False)
    """By name, in the order of the names."""

    @classmethod
    def parse(cls, text: str | Spec) -> Spec:
        """The spec that a text names, or the spec that is given; `str` undoes it.

        Values are numbers, true, false, none, or text. Text may itself be a spec with brackets; text that would be read
        as something else, or has commas outside brackets, stands in quotes. Raises InvalidOption for anything else.
        """
        if isinstance(text, Spec):
            return text
        if not isinstance(text, str):
            raise InvalidOption(f"A spec is an id as text, with options in brackets where wanted, not {text!r:.80}.")
        stripped = text.strip()
        if "[" not in stripped:
            return cls(stripped)
        name, _, inside = stripped.partition("[")
        if not inside.endswith("]"):
            raise InvalidOption(f"{text!r} has an opening bracket without its closing one at the end.")
        options: dict[str, Any] = {}
        for part in _split(inside[:-1], text):
            key, equals, value = part.partition("=")
            if not equals or not key.strip().isidentifier():
                raise InvalidOption(f"{part!r} in {text!r} is no option; write name=value, separated by commas.")
            if key.strip() in options:
                raise InvalidOption(f"{text!r} gives option {key.strip()!r} twice.")
            options[key.strip()] = read_value(value.strip())
        return cls(name.strip(), options)

    @staticmethod
    def joined(text: str) -> list[str]:
        """The specs of a text such as `genes+path[longest=3]`, which plus signs outside brackets join."""
        parts, depth = [""], 0
        for letter in text:
            depth += {"[": 1, "]": -1}.get(letter, 0)
            if letter == "+" and depth == 0:
                parts.append("")
            else:
                parts[-1] += letter
        return [part.strip() for part in parts]

    def __str__(self) -> str:
        """The spec as text; raises InvalidOption for an option's text that no kind of quotes can hold."""
        if not self.options:
            return self.id
        return f"{self.id}[{','.join(f'{key}={value_text(value)}' for key, value in self.options.items())}]"

    def __reduce__(self) -> tuple[Callable[..., Spec], tuple[Any, ...]]:
        return type(self), (self.id, dict(self.options))


def read_value(text: str) -> Any:
    """An option's value as a number, true, false, none, or text; text in quotes is what is between them."""
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    for convert in (int, float):
        with suppress(ValueError):
            return convert(text)
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


def value_text(value: Any) -> str:
    """An option's value as a spec has it, which `read_value` undoes; raises InvalidOption for both kinds of quotes."""
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
