"""What validators and converters of the interface's values share: plain numbers, one line of text, tuples."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_tuple(given: Any) -> Any:
    """A list as a tuple, so that nobody changes a problem; anything else as it is."""
    return tuple(given) if isinstance(given, list) else given


def as_plain(number: Any) -> Any:
    """A number of numpy as Python's, which is what stores record."""
    return number.item() if isinstance(number, np.generic) else number


def is_number(given: object) -> bool:
    """Whether something is a number of Python's or numpy's; True is none."""
    return isinstance(given, (int, float, np.integer, np.floating)) and not isinstance(given, bool)


def is_one_line(given: object) -> bool:
    """Whether something is text that a table can show."""
    return isinstance(given, str) and (not given or given.isprintable())
