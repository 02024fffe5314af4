"""What a person gives to import from: the file or folder, the files of it that are read, and their fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from nasapi.errors import CorruptData
from nasapi.words import quoted

if TYPE_CHECKING:
    from nasapi.data.registry import TableSource


@frozen
class Given:
    """What an importer is called with."""

    path: Path
    """A file, or a folder."""
    several: tuple[str, ...] = ()
    """The names of the files that are read in the folder; empty for a file, and where nobody knows them."""

    def files(self) -> list[Path]:
        """The files that are read, as far as they are known."""
        return [self.path] if self.path.is_file() else [self.path / name for name in self.several]

    def note(self) -> dict[str, Any]:
        """What a receipt says of what was read: `file`, `size` and `sha256`, and of several files each in `files`."""
        if self.path.is_file():
            return _print_of(self.path)
        note: dict[str, Any] = {"file": self.path.name, "size": None, "sha256": None}
        return note | ({"files": [_print_of(file) for file in self.files()]} if self.several else {})


def given(table: TableSource, path: Path) -> Given:
    """What a table is imported from where a person gives `path`, a file or a folder.

    Raises CorruptData for a folder that lacks one of the table's `files`, and for a file that is none of several.
    """
    if not table.files or (path.is_file() and (table.unpack or len(table.files) == 1)):
        return Given(path)
    names = " and ".join(map(quoted, table.files))
    if path.is_file() and path.name not in table.files:
        raise CorruptData(
            f"{str(path)!r} is not read: table {table.name!r} is made of {names}; give the folder that holds them."
        )
    folder = path.parent if path.is_file() else path
    for name in table.files:
        if not (folder / name).is_file():
            raise CorruptData(f"There is no {name!r} in {str(folder)!r}; table {table.name!r} is made of {names}.")
    return Given(folder / table.files[0]) if len(table.files) == 1 else Given(folder, table.files)


def files_below(folder: Path, ending: str) -> list[Path]:
    """The files anywhere below a folder whose names end so, in the order of their paths.

    Folders that are linked are entered, for large data sets often lie on another disk, but for those that hold the
    link.
    """
    return sorted(_files_below(folder, ending, ()))


def _files_below(folder: Path, ending: str, above: tuple[Path, ...]) -> Iterator[Path]:
    above = (*above, folder.resolve())
    for place in folder.iterdir():
        if place.is_dir():
            if place.resolve() not in above:
                yield from _files_below(place, ending, above)
        elif place.name.endswith(ending):
            yield place


def _print_of(file: Path) -> dict[str, Any]:
    size, sha256 = fingerprint_of(file)
    return {"file": file.name, "size": size, "sha256": sha256}


def fingerprint_of(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest
