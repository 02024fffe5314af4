"""Entry points of installed distributions, read as pip writes them: `importlib.metadata` takes longer than all else.

It is asked where the path holds what is not a plain folder, or something that finds distributions by itself.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from importlib.metadata import Distribution

_VALUE = re.compile(r"([\w.]+)\s*(?::\s*([\w.]+)\s*)?(?:\[.*\]\s*)?")
_HEAD = 1 << 16  # bytes of metadata in which name and version stand
_METADATA = {"dist-info": "METADATA", "egg-info": "PKG-INFO"}


class Point(NamedTuple):
    """An entry point: in which group, by which name, and the text of what it points to."""

    group: str
    name: str
    value: str

    @property
    def module(self) -> str:
        """The module that it points to, or into."""
        return self._parts[0]

    def load(self) -> Any:
        """The object that it points to; raises ImportError, ValueError or AttributeError where there is none."""
        module, attribute = self._parts
        found: Any = import_module(module)
        for part in attribute.split(".") if attribute else ():
            found = getattr(found, part)
        return found

    @property
    def _parts(self) -> tuple[str, str | None]:
        match = _VALUE.fullmatch(self.value)
        if match is None:
            raise ValueError(f"Entry point {self.name!r} points to {self.value!r}; wanted 'module' or 'module:name'.")
        return match[1], match[2]


def points(family: str) -> Iterator[tuple[str, str, Point]]:
    """Name and version of each distribution with each of its entry points in groups that begin with `family`.

    Of distributions of one name, the first on the path counts.
    """
    folders = [path or "." for path in sys.path]
    plain = not any(os.path.isfile(path) or path.endswith((".egg", ".egg/")) for path in folders)
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]
    if not plain or any(getattr(finder, "__name__", "") != "PathFinder" for finder in finders):
        yield from _by_the_library(family)
        return
    seen: set[str] = set()
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            stem, _, kind = name.rpartition(".")
            if kind.lower() not in _METADATA:
                continue
            distribution = normal_name(stem.partition("-")[0])
            if distribution in seen:
                continue
            seen.add(distribution)
            place = os.path.join(folder, name)
            found = list(_parsed(_read(place, "entry_points.txt"), family))
            if found:
                own, version = _name_and_version(_read(place, _METADATA[kind.lower()], _HEAD), stem)
                yield from ((own, version, point) for point in found)


def _parsed(text: str, family: str) -> Iterator[Point]:
    """The entry points in the text of `entry_points.txt`; a line that is none is one that cannot be loaded."""
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1]
        elif group.startswith(family) and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield Point(group, name.strip(), value.strip())


def _name_and_version(metadata: str, stem: str) -> tuple[str, str]:
    """From the head of the metadata, or else from the folder's name."""
    head = metadata.replace("\r\n", "\n").partition("\n\n")[0]
    name, version = (re.search(rf"^{field}: *(\S+)", head, re.MULTILINE) for field in ("Name", "Version"))
    parts = stem.partition("-")
    return name[1] if name else parts[0], version[1] if version else parts[2].partition("-")[0]


def _read(place: str, name: str, most: int = -1) -> str:
    try:
        with open(os.path.join(place, name), "rb") as file:
            return file.read(most).decode(errors="replace")
    except OSError:
        return ""


def normal_name(name: str) -> str:
    """A distribution's name as pip compares it: small letters, with one hyphen for any run of -, _ and dots."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _by_the_library(family: str) -> Iterator[tuple[str, str, Point]]:
    """The same of distributions as `importlib.metadata` finds them, whose own reader ends at the first broken one."""
    from importlib.metadata import distributions

    seen: set[str] = set()
    for distribution in distributions():
        stem = getattr(getattr(distribution, "_path", None), "name", "").rpartition(".")[0]
        metadata = _text(distribution, "METADATA") or _text(distribution, "PKG-INFO")
        own, version = _name_and_version(metadata, stem)
        if normal_name(own) in seen:
            continue
        seen.add(normal_name(own))
        yield from ((own, version, point) for point in _parsed(_text(distribution, "entry_points.txt"), family))


def _text(distribution: Distribution, name: str) -> str:
    """A file of the distribution's metadata; empty where there is none that can be read."""
    try:
        return distribution.read_text(name) or ""
    except (OSError, ValueError):  # no UTF-8
        return ""
