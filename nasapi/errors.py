"""The errors of nasapi: each is one sentence for a person and also the builtin that a caller would catch."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

from nasapi.words import MOST_LETTERS, shortened

_DISTRIBUTIONS = ("spaces", "strategies", "plugins")  # the folders of the repository that have one each


class NasapiError(Exception):
    """A mistake that nasapi can explain in one sentence; the command line prints it without a traceback.

    Its text is cut where a value or a foreign error made it longer than a person reads.
    """

    def __str__(self) -> str:
        return shortened(super().__str__(), MOST_LETTERS)


class InvalidArchitecture(NasapiError, ValueError):
    """A code or a string that is no architecture of the space it was given to."""


class InvalidOption(NasapiError, ValueError):
    """An option with an unknown name or a value outside its range."""


class NotAvailable(NasapiError, LookupError):
    """A value, table or feature that exists in principle but not here; the message says how to get it."""


class UnknownId(NasapiError, LookupError):
    """An id that no installed plugin offers; the message names the nearest known ones."""


class UntrustedId(UnknownId):
    """An id that a file names and no installed plugin registers; only a person may have such loaded."""


class PluginError(NasapiError, RuntimeError):
    """A plugin that cannot be used: it does not import, clashes with another, or is of another major version."""


class InterfaceError(NasapiError, TypeError):
    """A plugin that broke the interface while it was used: wrong shapes, too many trials, an unknown fidelity."""


class StrategyFailed(NasapiError, RuntimeError):
    """A strategy in a process of its own that raised, died or went beyond a limit."""


class CorruptData(NasapiError, ValueError):
    """A file, table or store whose contents are not what they are recorded to be."""


class StoreError(NasapiError, OSError):
    """A store that cannot be written or read: no space, no permission, another study in its place."""


class StudyError(NasapiError, RuntimeError):
    """A study some of whose runs failed; the others are recorded, and running it again tries the failed ones."""

    def __init__(self, message: str, failures: Sequence[Any] = ()):
        super().__init__(message)
        self.failures = tuple(failures)
        """Each failed run, a Failure: its benchmark, strategy and seed, and in `message` why."""


def near(name: object, known: Iterable[str]) -> str:
    """Give a sentence that offers the known names nearest to `name`, or lists all where none is near."""
    from difflib import get_close_matches

    names = sorted(known, key=_counting)
    close = get_close_matches(name, names, n=3, cutoff=0.5) if isinstance(name, str) else []
    if close:
        return f"Did you mean {' or '.join(map(repr, close))}?"
    if not names:
        return "None is installed."
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"Known: {shown}."


def _counting(name: str) -> list[int | str]:
    """What names are sorted by: the numbers in them by size, so that 8 comes before 16."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"([0-9]+)", name))]


def how_to_install(requirement: str) -> str:
    """The command that installs a distribution of ours, such as "nasapi-nlp[surrogate]", to be read within a sentence.

    They are not on an index yet, so where nasapi itself runs from a checkout the folder there is named as well.
    """
    import shlex  # for a message alone, while every start imports this module

    name, bracket, extras = requirement.partition("[")
    command = f"`pip install {shlex.quote(requirement)}`"
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    short = name.removeprefix("nasapi-")
    folders = [root] if name == "nasapi" else [os.path.join(root, kind, short) for kind in _DISTRIBUTIONS]
    for folder in folders:
        if os.path.isfile(os.path.join(folder, "pyproject.toml")):
            return f"{command}, from this checkout `pip install {shlex.quote(folder + bracket + extras)}`"
    return command


def with_article(noun: str) -> str:
    """A noun with its indefinite article, as in "an objective"."""
    return f"{'an' if noun[0] in 'aeiouAEIO' else 'a'} {noun}"
