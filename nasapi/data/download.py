"""Downloads that go on where they broke off, try every mirror, and leave no wrong bytes behind."""

from __future__ import annotations

import hashlib
import http.client
import json
import math
import os
import re
import time
import urllib.error
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import define, field, frozen

from nasapi.data.web import RedirectRefused, open_web
from nasapi.errors import CorruptData, NotAvailable, StoreError
from nasapi.files.places import open_own, refuse_planted
from nasapi.safety.grammar import Record, maybe, read_json_file, text, whole

_BLOCK = 1 << 18

MOST_BYTES = 1 << 34
"""Bytes that a file may have of which nobody recorded the size."""

DEADLINE = 86_400.0
"""Seconds that one download may take in all."""


Progress = Callable[[int, int | None], None]
"""The progress of a download: called with the bytes that are here and the bytes there will be, None if unknown."""


@frozen
class Fetched:
    """A file that was downloaded."""

    url: str
    size: int
    sha256: str


_NOTE = Record({"url": text(2000), "validator": text(1000)}, {"total": maybe(whole())})


class _Broken(Exception):
    """A connection that ended early: worth another attempt at the same place."""


class _Refused(Exception):
    """An answer that another attempt would not change: the next mirror is due."""


@define
class Download:
    """One file from several mirrors of the same bytes, with what is known of it."""

    urls: Sequence[str]
    size: int | None = None
    sha256: str | None = None
    timeout: float = 30.0
    """Seconds without a byte after which a connection counts as broken."""
    attempts: int = 5
    """Broken connections in a row, none of which brought a byte, before a mirror is given up."""
    wait: Callable[[float], None] | None = None
    """Called with the seconds to wait before an attempt; by default nothing waits."""
    most: int = MOST_BYTES
    """Bytes that a file of unknown size may have."""
    deadline: float = DEADLINE
    """Seconds that a call may take in all, however slowly bytes come."""
    progress: Progress | None = None
    _end: float = field(init=False, default=math.inf)

    def to(self, target: Path) -> Fetched:
        """Download to `target`, going on from `target` + ".part" where an earlier call left one.

        `target` appears only when size and SHA-256 agree with what is known. Raises NotAvailable where no mirror
        serves the file, keeping the part for the next call; CorruptData where a mirror served other bytes, keeping
        nothing; StoreError where the disk cannot be written.
        """
        part = _part(target)
        for own in (part, _note(part)):
            refuse_planted(own)
        failures: list[str] = []
        corrupt = False
        self._end = time.monotonic() + self.deadline
        for url in self.urls:
            try:
                self._from(url, part)
                fetched = Fetched(url, *fingerprint_of(part))
                self._check(fetched)
                os.replace(part, target)
                _note(part).unlink(missing_ok=True)
                return fetched
            except _Refused as error:
                failures.append(f"{url}: {error}")
            except CorruptData as error:
                corrupt = True
                _forget(part)
                failures.append(f"{url}: {error}")
            except StoreError:
                raise
            except OSError as error:
                raise StoreError(f"{str(part)!r} cannot be written: {error.strerror or error}.") from error
        if corrupt:
            raise CorruptData("; ".join(failures))
        raise NotAvailable("; ".join(failures) or "no address is known")

    def _from(self, url: str, part: Path) -> None:
        """Make `part` the whole of what `url` serves, over as many connections as bring something."""
        if urlsplit(url).scheme not in ("http", "https"):
            raise _Refused("only http and https are fetched")
        idle = 0
        while True:
            before = part.stat().st_size if part.exists() else 0
            try:
                self._connect(url, part)
                return
            except _Broken as error:
                grown = (part.stat().st_size if part.exists() else 0) > before
                idle = 0 if grown else idle + 1
                if idle >= self.attempts:
                    raise _Refused(f"{error}, {idle} times in a row") from error
                if self.wait is not None and not grown:
                    self.wait(min(2.0**idle, 30.0))

    def _connect(self, url: str, part: Path) -> None:
        """One connection: append what is missing, or start afresh where the server ignores the range."""
        have = self._resumable(url, part)
        headers = {"User-Agent": "nasapi", "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if validator := _read_note(part).get("validator"):
                headers["If-Range"] = validator
        try:
            response = open_web(url, headers, self.timeout)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 416 and have:  # nothing after what is here: either it is whole or it is another file
                    if have == self.size:
                        return
                    _forget(part)
                    raise _Broken("the server has fewer bytes than an earlier part") from error
                if error.code in (408, 429) or error.code >= 500:
                    raise _Broken(f"the server answered {error.code} {error.reason}") from error
                raise _Refused(f"the server answered {error.code} {error.reason}") from error
        except RedirectRefused as error:
            raise _Refused(str(error)) from error
        except ValueError as error:  # an address or a header that cannot be
            raise _Refused(f"no answer that can be read ({error})") from error
        except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
            raise _Broken(f"no connection ({getattr(error, 'reason', None) or error})") from error
        with response:
            if response.status != 206:
                have = 0
            length = _content_length(response)
            total = have + length if length is not None else None
            if response.status == 206:
                total = self._ranged(response, part, have, total)
            if self.size is None and total is not None and total > self.most:
                raise _Refused(f"the server offers {total:,} bytes; a file of unknown size may have {self.most:,}")
            if self.size is not None and total is not None and total != self.size:
                raise CorruptData(f"the server offers {total} bytes, not the {self.size} of the official file")
            validator = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
            _write_note(part, url, "" if validator.startswith("W/") else validator, total)
            self._copy(response, part, have, total)

    def _copy(self, response: http.client.HTTPResponse, part: Path, have: int, total: int | None) -> None:
        expected = self.size if self.size is not None else total
        how = os.O_APPEND if have else os.O_TRUNC
        with open(open_own(part, os.O_WRONLY | os.O_CREAT | how), "ab" if have else "wb") as file:
            while True:
                try:
                    block = response.read1(_BLOCK)
                except (OSError, http.client.HTTPException) as error:
                    raise _Broken(f"the connection broke after {have} bytes ({error})") from error
                if not block:
                    break
                file.write(block)
                have += len(block)
                if self.size is None and have > self.most:
                    _forget(part)
                    raise _Refused(f"the server sends more than the {self.most:,} bytes of a file of unknown size")
                if time.monotonic() > self._end:
                    raise _Refused(f"it took more than {self.deadline:,.0f} seconds; {have:,} bytes are kept")
                if self.size is not None and have > self.size:
                    raise CorruptData(f"the server sends more than the {self.size} bytes of the official file")
                if self.progress is not None:
                    self.progress(have, expected)
        if expected is not None and have < expected:
            raise _Broken(f"the connection ended after {have} of {expected} bytes")

    def _ranged(self, response: http.client.HTTPResponse, part: Path, have: int, total: int | None) -> int:
        """The bytes of the whole that a partial answer says there are, if it is of the same file and fits itself."""
        given = response.headers.get("Content-Range") or ""
        found = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", given.strip())
        if found is None or int(found[1]) != have:
            raise _Refused(f"the server sent {given[:100]!r}, not the rest from {have}")
        last, whole = int(found[2]), int(found[3])
        earlier = _read_note(part).get("total")
        if last != whole - 1 or total not in (None, whole) or (self.sha256 is None and earlier not in (None, whole)):
            _forget(part)
            raise _Refused(
                f"the server sent {given[:100]!r} with {_size_in_words(total)} bytes after an earlier part of "
                f"{_size_in_words(earlier)}, "
                "which do not fit"
            )
        return whole

    def _resumable(self, url: str, part: Path) -> int:
        """How many bytes of an earlier part may be kept: those of the same address, or of a file with known digest."""
        if not part.exists():
            return 0
        size = part.stat().st_size
        same = _read_note(part).get("url") == url
        if (self.size is not None and size > self.size) or not (same or self.sha256):
            _forget(part)
            return 0
        return size

    def _check(self, fetched: Fetched) -> None:
        if self.size is not None and fetched.size != self.size:
            raise CorruptData(f"got {fetched.size} bytes, not the {self.size} of the official file")
        if self.sha256 is not None and fetched.sha256 != self.sha256:
            raise CorruptData(f"got a file of SHA-256 {fetched.sha256}, not the official {self.sha256}")


def fingerprint_of(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest


def forget(target: Path) -> None:
    """Remove a downloaded file and what is there of a download of it."""
    target.unlink(missing_ok=True)
    _forget(_part(target))


def _content_length(response: http.client.HTTPResponse) -> int | None:
    """The bytes that an answer says it has, None where it does not say."""
    given = response.headers.get_all("Content-Length") or []
    if not given:
        return None
    if len(set(given)) > 1 or not re.fullmatch(r"[0-9]{1,15}", given[0].strip()):
        raise _Refused(f"the server says that it sends {', '.join(given)[:100]!r} bytes, which is no number of them")
    return int(given[0])


def _size_in_words(total: int | None) -> str:
    return "an unknown number" if total is None else f"{total:,}"


def _part(target: Path) -> Path:
    """Where a file is while it is not whole."""
    return target.with_name(target.name + ".part")


def _note(part: Path) -> Path:
    """The file beside a part that says which address and which version of the file it belongs to."""
    return part.with_name(part.name + ".json")


def _read_note(part: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = read_json_file(_note(part), _NOTE, "the note of a part", 1 << 16)
    except (OSError, CorruptData):
        return {}
    return found


def _write_note(part: Path, url: str, validator: str, total: int | None) -> None:
    with open(open_own(_note(part), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "w", encoding="utf-8") as file:
        json.dump({"url": url, "validator": validator, "total": total}, file)


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)
