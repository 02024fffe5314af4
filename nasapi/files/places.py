"""Places on disk: what a path names, and whether a thing of ours may be put there."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from nasapi.errors import StoreError

Foreign = Callable[[Path], str | None]
"""Says why what is at a path is not ours to replace, as the end of a sentence that begins with the path; None if it is.

The path that it is asked about may be one to which the thing was moved.
"""


def is_folder(path: Path) -> str | None:
    """The `Foreign` of a file that a person named: whatever file is there is replaced, a folder is not."""
    return "is a folder; name a file" if path.is_dir() else None


def resolve(path: str | os.PathLike[str]) -> Path:
    """The place that the operating system would find at `path`, without links and "..", whether anything is there.

    Raises StoreError where no such place could be: a ".." after a folder that is not there, a link to nothing, a name
    that is too long, a folder that cannot be searched.
    """
    try:
        given = Path.cwd() / path
        here = next(place for place in (given, *given.parents) if there(place))
        missing = given.relative_to(here).parts
        if ".." in missing:
            raise StoreError(f"{str(path)!r} leads through {missing[0]!r}, which is not there; name a place that is.")
        real = here.resolve(strict=True)
        for name in missing:
            there(real / name)  # raises where the name is too long for this disk
        return real.joinpath(*missing)
    except (OSError, ValueError, RuntimeError) as error:  # NUL bytes; links in a circle
        raise store_error(error, f"{str(path)!r} cannot be a place to write to") from error


def require_place(path: str | os.PathLike[str], foreign: Foreign, what: str = "") -> Path:
    """The place that `path` names, if a thing of ours may be put there; to be asked before hours of work.

    Raises StoreError where it may not: what is there is not ours, or the folder cannot be written. Leaves nothing.
    """
    target = resolve(path)
    require_ours(target, foreign, path)
    require_replaceable(target, path)
    try:
        _probe(target.parent)
    except OSError as error:
        raise store_error(error, subject(path, what)) from error
    return target


def require_folder(path: str | os.PathLike[str]) -> Path:
    """The folder that `path` names, if files can be written to it once it is made; raises StoreError otherwise."""
    folder = resolve(path)
    try:
        _probe(folder)
    except OSError as error:
        raise StoreError(f"{subject(path)}: {error.strerror or error}. Name another folder.") from error
    return folder


def _probe(folder: Path) -> None:
    """Make a file in a folder, or in the nearest above that is there, and remove it; raises what the system refuses."""
    tempfile.TemporaryFile(dir=next(place for place in (folder, *folder.parents) if there(place))).close()


def contents(folder: Path) -> Iterator[str]:
    """Everything in a folder at any depth by relative name with "/" between; a folder's name ends in "/".

    Links are named and not followed. Raises OSError for a folder that cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise error

    for place, folders, names in os.walk(folder, onerror=refuse):
        at = Path(place).relative_to(folder)
        for name in folders:
            yield (at / name).as_posix() + ("" if Path(place, name).is_symlink() else "/")
        for name in names:
            yield (at / name).as_posix()


def open_own(path: Path, flags: int) -> int:
    """A descriptor of the file of ours at `path`, which no link leads away from.

    Names that can be foretold may have been planted in a folder that came from somebody else. Raises StoreError where
    a symbolic link, a second hard link, a pipe or a device is there, and leaves it alone; OSError for what the system
    refuses.
    """
    refuse_planted(path)
    try:
        handle = os.open(path, flags & ~os.O_TRUNC | _UNFOLLOWED, 0o666)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO):
            raise StoreError(_PLANTED.format(str(path))) from error
        raise
    if _planted(os.fstat(handle)):
        os.close(handle)
        raise StoreError(_PLANTED.format(str(path)))
    if flags & os.O_TRUNC:  # only what is known to be ours
        os.ftruncate(handle, 0)
    return handle


def refuse_planted(path: Path) -> None:
    """Raise StoreError where a link, a pipe or a device has the name of a file of ours."""
    if there(path) and _planted(os.lstat(path)):
        raise StoreError(_PLANTED.format(str(path)))


def _planted(found: os.stat_result) -> bool:
    return not stat.S_ISREG(found.st_mode) or found.st_nlink > 1


_PLANTED = "{!r} is a link or no regular file, and nasapi does not write through it; move it away."
_UNFOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def require_ours(found: Path, foreign: Foreign, path: str | os.PathLike[str]) -> None:
    """Raise StoreError where what was `found` is not ours; `path` is what the person named."""
    if there(found) and (reason := refusal(found, foreign)) is not None:
        raise StoreError(f"{str(path)!r} {reason}.")


def refusal(found: Path, foreign: Foreign) -> str | None:
    """Why what was `found` is not to be replaced; links, pipes and devices never are."""
    try:
        mode = os.lstat(found).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            return "is neither a file nor a folder; name another place"
        return foreign(found)
    except OSError as error:
        return f"cannot be looked through ({error.strerror or error}), so it is not replaced; name another place"


def require_replaceable(target: Path, path: str | os.PathLike[str]) -> None:
    """Refuse places that cannot be replaced without taking away the ground from somebody."""
    if target.parent == target or os.path.ismount(target):
        raise StoreError(f"{str(path)!r} is where a disk begins and cannot be replaced; name a place in it.")
    if Path.cwd().is_relative_to(target):
        raise StoreError(f"{str(path)!r} holds the current directory and cannot be replaced; name a place in it.")


def there(path: Path) -> bool:
    """Whether anything is at `path`, a link to nothing too; raises OSError where that cannot be known."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def subject(path: str | os.PathLike[str], what: str = "") -> str:
    """How a sentence about a place that cannot be written begins."""
    return f"{what} {str(path)!r} cannot be written".lstrip()


def store_error(error: Exception, beginning: str) -> StoreError:
    """A sentence of what the system refused."""
    if isinstance(error, StoreError):
        return error
    return StoreError(f"{beginning}: {getattr(error, 'strerror', None) or error}.")
