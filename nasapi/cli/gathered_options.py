"""Options that belong together, given to a command as one object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

Command = Callable[..., Any]


def gathered(name: str, kind: type[Any], *parameters: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """The decorator of a command that takes click's `parameters`, one for each field of an attrs class of that name.

    The command is given them as `name`, an object of that class; its help lists them in their order.
    """
    fields = [field.name for field in attrs.fields(kind)]

    def decorate(function: Command) -> Command:
        def command(*args: Any, **given: Any) -> Any:
            own = {field: given.pop(field) for field in fields}
            return function(*args, **{name: kind(**own)}, **given)

        command.__doc__ = function.__doc__
        command.__click_params__ = list(getattr(function, "__click_params__", ()))  # type: ignore[attr-defined]
        for parameter in reversed(parameters):
            command = parameter(command)
        return command

    return decorate
