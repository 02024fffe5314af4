"""An option: its check, its default and its help in one object.

A strategy, encoder or model is an attrs class, and an option is a field of it:

    population: int = options.count(30, "How many live at once; the paper has 100.")

A function, such as one that gives a benchmark, says the same of a parameter:

    def cifar10(*, epochs: Annotated[int, options.choice(help="How long they were trained.", among=(12, 200))] = 200)

`described` reads both, which is what `nasapi info` and the documentation show.
"""

from __future__ import annotations

import inspect
import operator
import os
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from math import inf
from typing import Annotated, Any, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

import attrs
from attrs import NOTHING, field, frozen

from nasapi.errors import InvalidOption, near

_KEY = "nasapi.option"
Given = ParamSpec("Given")
Made = TypeVar("Made")


@frozen
class Option:
    """What may be given: the words for it, the check of it, and what it is for."""

    words: str
    """What is wanted, "a whole number from 1"."""
    read: Callable[[Any], Any]
    """The value as it is kept; raises ValueError or TypeError for one that is not wanted."""
    help: str = ""
    choices: tuple[Any, ...] = ()
    """All values there are, where they can be listed."""

    def check(self, name: str, value: Any) -> Any:
        """The value as it is kept; raises InvalidOption with the option's name, what is wanted and what was given."""
        try:
            return self.read(value)
        except (ValueError, TypeError):
            hint = near(value, map(str, self.choices)) if isinstance(value, str) and self.choices else ""
            hint = f" {hint}" if hint.startswith("Did you mean") else ""
            raise InvalidOption(f"`{name}` is {self.words}, not {value!r:.200}.{hint}") from None


@frozen
class Described:
    """An option of a class or function as a person reads it."""

    name: str
    words: str
    """What may be given; empty where nothing says so."""
    default: Any
    """`inspect.Parameter.empty` where it must be given."""
    help: str
    annotation: Any = field(default=inspect.Parameter.empty, eq=False)
    """The type as it is written; `inspect.Parameter.empty` where none is."""
    option: Option | None = field(default=None, eq=False)
    """What checks a value; None where nothing says what may be given."""


def count(default: Any = NOTHING, help: str = "", *, least: int = 1, most: int | None = None) -> Any:
    """An option that is a whole number from `least`, or None where that is the default; numpy's are taken too."""
    words = f"a whole number from {least}" + ("" if most is None else f" to {most}")

    def read(value: Any) -> int:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
        if number < least or (most is not None and number > most):
            raise ValueError
        return number

    return _field(default, Option(words, read, help))


def number(
    default: Any = NOTHING,
    help: str = "",
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> Any:
    """An option that is a finite number within bounds: `above` and `below` are left out, `least` and `most` are not."""

    def read(value: Any) -> Any:
        if isinstance(value, (bool, str)):
            raise TypeError
        plain = operator.index(value) if hasattr(value, "__index__") else float(value)
        inside = (above is None or plain > above) and (least is None or plain >= least)
        inside = inside and (below is None or plain < below) and (most is None or plain <= most)
        if not (inside and -inf < plain < inf):
            raise ValueError
        return plain

    return _field(default, Option(_interval(above, least, below, most), read, help))


def positive(default: Any = NOTHING, help: str = "") -> Any:
    """An option that is a finite number above 0."""
    return number(default, help, above=0)


def share(default: Any = NOTHING, help: str = "") -> Any:
    """An option that is a number from 0 to 1."""
    return number(default, help, least=0, most=1)


def flag(default: Any = NOTHING, help: str = "") -> Any:
    """An option that is true or false."""

    def read(value: Any) -> bool:
        if value is not True and value is not False and type(value).__name__ not in ("bool_", "bool"):
            raise TypeError
        return bool(value)

    return _field(default, Option("true or false", read, help, (True, False)))


def choice(default: Any = NOTHING, help: str = "", *, among: Iterable[Any] = ()) -> Any:
    """An option that is one of a few values."""
    known = tuple(among)
    words = " or ".join(filter(None, (", ".join(map(_word, known[:-1])), _word(known[-1]))))

    def read(value: Any) -> Any:
        for one in known:
            if one is value or (one == value and isinstance(one, bool) == isinstance(value, bool)):
                return one
        raise ValueError

    return _field(default, Option(words, read, help, known))


def spec(default: Any = NOTHING, help: str = "", *, of: str = "", among: Iterable[str] = ()) -> Any:
    """An option that names something (`of`), options in brackets, "vgae[steps=300]"; `among` are the known names."""
    known = tuple(among)

    def read(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise TypeError
        if known and value.partition("[")[0].strip() not in known:
            raise ValueError
        return value

    words = f"the name of {of}" if of else "a name"
    return _field(default, Option(f"{words}, with options in brackets", read, help, known))


def text(default: Any = NOTHING, help: str = "", *, optional: bool = False) -> Any:
    """An option that is text; None is taken too where it is `optional`."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError
        return value

    return _field(default, Option("text", read, help), optional)


def file(default: Any = NOTHING, help: str = "", *, optional: bool = False) -> Any:
    """An option that is the path of a file; None is taken too where it is `optional`."""

    def read(value: Any) -> str:
        path: str = os.fspath(value)
        return path

    return _field(default, Option("the path of a file", read, help), optional)


def checked(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """The function with the options in its annotations checked at each call."""
    signature = inspect.signature(function)

    @wraps(function)
    def called(*arguments: Given.args, **keywords: Given.kwargs) -> Made:
        known = _annotated(function)
        bound = signature.bind(*arguments, **keywords)
        for name in known.keys() & bound.arguments.keys():
            bound.arguments[name] = known[name].check(name, bound.arguments[name])
        return function(*bound.args, **bound.kwargs)

    return called


def described(target: Any, preset: Mapping[str, Any] | None = None, *, skip: int = 0) -> list[Described]:
    """The options of a class or function in their order, with the defaults that `preset` puts in place of its own.

    The first `skip` parameters are no options, such as the problem and the generator of a strategy.
    """
    given = preset or {}
    known = {one.name: one.metadata.get(_KEY) for one in attrs.fields(target)} if attrs.has(target) else {}
    known = {**{name: one for name, one in known.items() if one is not None}, **_annotated(target)}
    hints = _hints(target)
    found = []
    for name, parameter in list(inspect.signature(target).parameters.items())[skip:]:
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            continue
        option, default = known.get(name), given.get(name, parameter.default)
        annotation = hints.get(name, parameter.annotation)
        words, help = (option.words, option.help) if option else ("", "")
        found.append(Described(name, words, default, help, annotation, option))
    return found


def document(target: type) -> None:
    """Add the options of an attrs class to its docstring, where `help` shows them; called when a subclass is made."""
    if "__attrs_attrs__" not in vars(target) or not target.__doc__:
        return
    options = {one.name: (one.metadata.get(_KEY), one.default) for one in attrs.fields(target)}
    lines = [
        f"{name}: {option.words}{'' if default is NOTHING else f', default {default!r}'}. {option.help}".rstrip()
        for name, (option, default) in options.items()
        if option is not None
    ]
    if lines:
        target.__doc__ = "\n\n    ".join([target.__doc__.rstrip(), "Options:", *lines]) + "\n    "


def _field(default: Any, option: Option, optional: bool = False) -> Any:
    """The attrs field of an option: keyword-only, read and checked whenever it is set."""
    if default is None or optional:
        read = option.read
        option = attrs.evolve(
            option, words=f"{option.words}, or none", read=lambda value: None if value is None else read(value)
        )

    def convert(value: Any, attribute: attrs.Attribute[Any]) -> Any:
        return option.check(attribute.name, value)

    return field(
        default=default,
        kw_only=True,
        converter=attrs.Converter(convert, takes_field=True),
        metadata={_KEY: option},
    )


def _annotated(target: Any) -> dict[str, Option]:
    """The options that the annotations of a function's, or a plain class's, parameters carry."""
    function = target.__init__ if inspect.isclass(target) and not attrs.has(target) else target
    found = {}
    for name, hint in _hints(function).items():
        for extra in get_args(hint)[1:] if get_origin(hint) is Annotated else ():
            option = getattr(extra, "metadata", {}).get(_KEY)
            if isinstance(option, Option):
                found[name] = option
    return found


def _hints(target: Any) -> dict[str, Any]:
    """Annotations by name; none where one is a name that only type checkers import, or where there are none."""
    try:
        return get_type_hints(target, include_extras=True)
    except (NameError, TypeError):
        return {}


def _interval(above: float | None, least: float | None, below: float | None, most: float | None) -> str:
    """The words for a number within bounds."""
    if (least, most) == (0, 1) and above is None and below is None:
        return "a share from 0 to 1"
    low = f" above {above:g}" if above is not None else f" from {least:g}" if least is not None else ""
    if below is not None:
        return f"a number{low}{' and' if low else ''} below {below:g}"
    if most is None:
        return f"a number{low}"
    return f"a number{low} to {most:g}" if above is None else f"a number{low} and at most {most:g}"


def _word(value: Any) -> str:
    return str(value).lower() if value is None or isinstance(value, bool) else repr(value)
