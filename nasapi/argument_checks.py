"""Checks of arguments: whoever writes a method of the interface, its arguments are checked before it sees them."""

from __future__ import annotations

import functools
import inspect
import sys
from collections import ChainMap
from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidArchitecture, InvalidOption

Check = Callable[[Any, Any], Any]
"""Called with the object and the argument; gives the argument as the method takes it, or raises."""
ROWS = frozenset({"codes", "a", "b", "noise", "features"})
"""Arguments with a row an architecture: those of one call have equally many."""


class ChecksArguments:
    """A base of interfaces, whose public methods check their arguments, by the arguments' names.

    A class with `_checks` is an interface: its own methods, and whatever overrides them, are checked. `_checks` of a
    class and of its bases say how, by "method.argument" or by "argument" alone, None for not at all. A method that
    overrides another has the checks of that one, whatever it calls its arguments. What a subclass adds is its author's
    own, and may name its arguments as it likes; `class Space(SearchSpace, checked=True)` has it checked as well, by the
    checks of the bases. The method without its checks is `method.__wrapped__`, for loops over codes that were checked.
    """

    _checks: ClassVar[Mapping[str, Check | None]] = {}

    def __init_subclass__(cls, *, checked: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        if checked:
            cls._checks = vars(cls).get("_checks", {})
        interfaces = [base for base in cls.__mro__ if "_checks" in vars(base)]
        known = ChainMap(*(dict(vars(base)["_checks"]) for base in interfaces))
        for name, member in list(vars(cls).items()):
            if not inspect.isfunction(member) or name.startswith("_") or hasattr(member, "checked_arguments"):
                continue
            of_interface = [vars(interface).get(name) for interface in interfaces]
            of_interface = [method for method in of_interface if inspect.isfunction(method)]
            if of_interface:
                overridden = getattr(getattr(super(cls, cls), name, None), "checked_arguments", None)
                if checks := _checks_of(member, of_interface[-1], overridden, known):
                    setattr(cls, name, _with_checks(member, checks))


CheckedArgument = tuple[int, str, str, Check]
"""An argument that is checked: its place after `self`, its name in the method, its name in the interface, how."""


def _checks_of(
    method: Any, first: Any, overridden: tuple[CheckedArgument, ...] | None, known: Mapping[str, Check | None]
) -> list[CheckedArgument]:
    """What of a method's arguments is checked: those that the interface's method, `first`, has as well."""
    names, known_names = (list(inspect.signature(one).parameters)[1:] for one in (method, first))
    checks = []
    for place, name in enumerate(names):
        if place >= len(known_names) and name not in known_names:
            continue
        asked = next((argument[2] for argument in overridden or () if argument[0] == place), name)
        check = known.get(f"{method.__name__}.{asked}", known.get(asked))
        if check is not None:
            checks.append((place, name, asked, check))
    return checks


def _with_checks(method: Callable[..., Any], checks: list[CheckedArgument]) -> Callable[..., Any]:
    """The method behind its checks."""
    rows = [(place, name) for place, name, asked, _ in checks if asked in ROWS]
    first = checks[0][3] if checks[0][0] == 0 else None
    others = checks[1:]

    @functools.wraps(method)
    def checked(self: Any, *given: Any, **named: Any) -> Any:
        if first is None or not given:
            arguments = list(given)
            _check_all(self, checks, arguments, named)
        elif len(given) == 1 and not named:  # the usual call, of one argument
            return method(self, first(self, given[0]))
        else:
            arguments = [first(self, given[0]), *given[1:]]
            if others:
                _check_all(self, others, arguments, named)
        if len(rows) > 1 and (named or len(arguments) > 1):
            _demand_as_many(method.__name__, rows, arguments, named)
        return method(self, *arguments, **named)

    checked.checked_arguments = tuple(checks)  # type: ignore[attr-defined]
    return checked


def unchecked(method: Callable[..., Any]) -> Callable[..., Any]:
    """A bound method without its checks, for arguments that were checked; anything else as it is.

    Pickled it is the method with its checks.
    """
    function = getattr(method, "__func__", None)
    if hasattr(function, "checked_arguments"):
        return MethodType(function.__wrapped__, method.__self__)  # type: ignore[union-attr, attr-defined]
    return method


def _check_all(given_to: Any, checks: list[CheckedArgument], arguments: list[Any], named: dict[str, Any]) -> None:
    """Put what the checks give in the place of each argument."""
    for place, name, _, check in checks:
        if place < len(arguments):
            arguments[place] = check(given_to, arguments[place])
        elif name in named:
            named[name] = check(given_to, named[name])


def _demand_as_many(method: str, rows: list[tuple[int, str]], arguments: list[Any], named: dict[str, Any]) -> None:
    """Raise InvalidArchitecture where arguments have rows in unequal numbers."""
    known: tuple[str, int] | None = None
    for place, name in rows:
        value = arguments[place] if place < len(arguments) else named.get(name)
        if value is None:
            continue
        if known is not None and known[1] != len(value):
            lengths = f"{known[1]} of {known[0]!r} and {len(value)} of {name!r}"
            raise InvalidArchitecture(f"`{method}` takes equally many rows of each, not {lengths}.")
        known = name, len(value)


def array_of(value: Any, what: str) -> NDArray[Any]:
    """An argument as a plain array; raises InvalidArchitecture for a masked one and for rows of several lengths."""
    if type(value) is np.ndarray:
        return value
    if masked(value):
        raise InvalidArchitecture(f"{what}, not a masked array; give `array.compressed()` or the rows that are whole.")
    try:
        return np.asarray(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidArchitecture(f"{what}, not {value!r:.80}: {error}") from error


def masked(value: Any) -> bool:
    """Whether it is a masked array; asked without importing what makes them."""
    made = sys.modules.get("numpy.ma")
    return made is not None and isinstance(value, made.MaskedArray)


def require_generator(_: object, rng: Any) -> np.random.Generator:
    """The generator, if it is one of numpy's; raises InvalidOption otherwise."""
    if isinstance(rng, np.random.Generator):
        return rng
    raise InvalidOption(f"Randomness comes from a numpy Generator, such as np.random.default_rng(0), not {rng!r:.80}.")


def require_noise(_: object, noise: Any) -> NDArray[np.uint64] | None:
    """The noise, if it is (n,) whole numbers from 0 or None; raises InvalidOption otherwise."""
    if noise is None or (type(noise) is np.ndarray and noise.ndim == 1 and noise.dtype.kind == "u"):
        return noise
    raise InvalidOption(f"Noise is None or an array (n,) of unsigned whole numbers, one a row, not {noise!r:.80}.")


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The same array through a view that cannot be written to."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
