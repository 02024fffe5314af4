"""What a person names by `module:name`: a class or a function of the right kind, which is seen before it is called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any, get_type_hints

from nasapi.errors import PluginError, with_article
from nasapi.plugins.hooks import Kind


def class_of(kind: Kind) -> type:
    """The class of the interface that entries of a kind are or give."""
    name = {"space": "SearchSpace"}.get(kind, kind.capitalize())
    found: type = getattr(import_module(f"nasapi.{kind}"), name)
    return found


def gives_kind(function: Callable[..., Any], kind: Kind) -> bool:
    """Whether a function is written in Python and its return annotation names the kind's class or one below it.

    A strategy is a class: no function gives one.
    """
    if kind == "strategy" or not inspect.isfunction(function):
        return False
    wanted = class_of(kind)
    try:
        annotation = get_type_hints(function).get("return")
    except Exception:  # names that only type checkers import, or a hostile annotation
        annotation = inspect.get_annotations(function).get("return")
    if isinstance(annotation, str):
        return annotation.strip("'\"").rpartition(".")[2] == wanted.__name__
    return isinstance(annotation, type) and issubclass(annotation, wanted)


def unwrapped(kind: Kind, name: str, target: Any) -> tuple[Any, dict[str, Any]]:
    """What a `functools.partial` calls and the keywords it adds, as those of an entry; any other target with none.

    Raises PluginError where it adds arguments by their place, which have no names to be recorded under.
    """
    if not isinstance(target, functools.partial):
        return target, {}
    if target.args:
        raise PluginError(
            f"{kind.capitalize()} {name!r} is a functools.partial with {len(target.args)} arguments by their place; "
            "give them as keywords."
        )
    return target.func, dict(target.keywords)


def kinds_of(target: Any) -> list[Kind]:
    """The kinds that a class or function can be an entry of, without calling it."""
    kinds: list[Kind] = ["space", "encoder", "objective", "strategy", "benchmark"]
    if inspect.isclass(target):
        return [kind for kind in kinds if issubclass(target, class_of(kind))]
    return [kind for kind in kinds if gives_kind(target, kind)]


def require_kind(kind: Kind, name: str, target: Any) -> None:
    """Raise PluginError unless calling `target` is making an entry of that kind.

    A class must be a subclass of the kind's class. A function is called only if `gives_kind`; builtins never are.
    """
    wanted = class_of(kind)
    if inspect.isclass(target):
        if issubclass(target, wanted):
            return
        what = f"a class that is no subclass of nasapi.{wanted.__name__}"
    elif gives_kind(target, kind):
        return
    elif not inspect.isfunction(target):
        what = f"a {type(target).__name__}"
    elif "return" in (annotations := inspect.get_annotations(target)):
        what = f"a function that gives {_named(annotations['return'])}"
    else:
        what = f"a function that does not say what it gives, 'def {target.__name__}(…) -> {wanted.__name__}'"
    function = "" if kind == "strategy" else f" or a Python function whose return annotation is {wanted.__name__}"
    raise PluginError(
        f"{name!r} is {what}, so it was not called; name {with_article(kind)}: a subclass of "
        f"nasapi.{wanted.__name__}{function}."
    )


def _named(annotation: Any) -> str:
    """A return annotation as it is written."""
    return annotation.strip("'\"") if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
