"""Unpacks zip and tar archives that are not trusted: nothing is written outside the target, links are refused."""

from __future__ import annotations

import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from nasapi.errors import CorruptData, StoreError
from nasapi.safety.unpacked import opened as unpacked
from nasapi.safety.unpacked import require_below

DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError)
"""What the standard library raises for archives that are damaged, beside OSError."""
_UNREADABLE = (*DAMAGED, NotImplementedError, RuntimeError)  # also of kinds that it does not know, or encrypted


def unpack(archive: Path, target: Path) -> None:
    """Unpack a zip, tar, tar.gz, tar.bz2 or tar.xz archive into `target`, a folder that is made.

    All members' names are checked before any is written. Raises CorruptData for an archive that cannot be read, is
    encrypted, unpacks to far more than a file of its size should, or has a member with an absolute path, a path
    through "..", or that is a link or a device; StoreError where the disk has too little room.
    """
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                _unpack_zip(opened, archive, target)
        else:
            with unpacked(archive) as content, _tar(content, archive) as opened_tar:
                _unpack_tar(opened_tar, archive, target)
    except _UNREADABLE as error:
        raise CorruptData(f"{str(archive)!r} cannot be unpacked: {error}.") from error


@contextmanager
def naming_archives(unpacked_to: Mapping[Path, Path]) -> Iterator[None]:
    """Let CorruptData that names a folder of `unpacked_to` name its archive instead, for the folder is soon gone."""
    try:
        yield
    except CorruptData as error:
        sentence = str(error)
        for place, archive in unpacked_to.items():
            sentence = sentence.replace(str(place), str(archive))
        raise CorruptData(sentence) from error


def _tar(content: IO[bytes], archive: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=content, mode="r:")
    except tarfile.TarError as error:
        raise CorruptData(f"{str(archive)!r} is neither a zip nor a tar archive.") from error


def _unpack_zip(archive: zipfile.ZipFile, path: Path, target: Path) -> None:
    members = archive.infolist()
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise CorruptData(f"{str(path)!r} has a member {member.filename!r} that is a link or a device.")
        if member.flag_bits & 1:
            raise CorruptData(f"{str(path)!r} is encrypted.")
    places = dict(_places(path, [member.filename for member in members], target))
    packed = path.stat().st_size
    for member in members:
        if not 0 <= member.header_offset < packed:
            raise CorruptData(f"{str(path)!r} has a member {member.filename!r} that begins outside the file.")
    size = sum(member.file_size for member in members)
    require_below(size, packed, repr(str(path)))
    _require_room(path, target, size)
    for member in members:
        if member.is_dir():
            places[member.filename].mkdir(parents=True, exist_ok=True)
        else:
            with archive.open(member) as content:
                _write(content, places[member.filename])


def _unpack_tar(archive: tarfile.TarFile, path: Path, target: Path) -> None:
    members = archive.getmembers()
    for member in members:
        if not (member.isreg() or member.isdir()) or member.issparse():
            raise CorruptData(f"{str(path)!r} has a member {member.name!r} that is a link or a device.")
    places = dict(_places(path, [member.name for member in members], target))
    size = sum(member.size for member in members)
    require_below(size, path.stat().st_size, repr(str(path)))
    _require_room(path, target, size)
    for member in members:
        content = archive.extractfile(member)
        if content is None:
            places[member.name].mkdir(parents=True, exist_ok=True)
        else:
            with content:
                _write(content, places[member.name])


def _places(path: Path, names: list[str], target: Path) -> Iterator[tuple[str, Path]]:
    """Each member's name with the file it becomes, after every name has been checked."""
    for name in names:
        parts = PurePosixPath(name.replace("\\", "/")).parts
        absolute = name.startswith(("/", "\\")) or bool(PureWindowsPath(name).drive)
        if absolute or ".." in parts or "\0" in name:
            raise CorruptData(f"{str(path)!r} has a member {name!r} that would be written outside the target.")
        if any(len(part.encode("utf-8", "surrogatepass")) > 255 for part in parts) or len(name) > 1000:
            raise CorruptData(f"{str(path)!r} has a member {name[:80]!r}…, a name longer than file systems take.")
        yield name, target.joinpath(*parts)


def _require_room(path: Path, target: Path, size: int) -> None:
    target.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(target).free
    if size > free:
        raise StoreError(f"{str(path)!r} unpacks to {size:,} bytes and {str(target)!r} has room for {free:,}.")


def _write(content: IO[bytes], place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place, "wb") as file:
        shutil.copyfileobj(content, file)
