"""Downloads that go on where they broke off, try every mirror, and leave no wrong bytes behind."""

from __future__ import annotations

import http.client
import math
import os
import re
import time
import urllib.error
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from attrs import define, field, frozen

from nasapi.data.given import fingerprint_of
from nasapi.data.part import Part
from nasapi.data.web import RedirectRefused, open_web
from nasapi.errors import CorruptData, NotAvailable, StoreError

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
        part = Part.of(target)
        part.require_own()
        failures: list[str] = []
        corrupt = False
        self._end = time.monotonic() + self.deadline
        for url in self.urls:
            try:
                self._from(url, part)
                fetched = Fetched(url, *fingerprint_of(part.path))
                self._check(fetched)
                part.complete(target)
                return fetched
            except _Refused as error:
                failures.append(f"{url}: {error}")
            except CorruptData as error:
                corrupt = True
                part.forget()
                failures.append(f"{url}: {error}")
            except StoreError:
                raise
            except OSError as error:
                raise StoreError(f"{str(part.path)!r} cannot be written: {error.strerror or error}.") from error
        if corrupt:
            raise CorruptData("; ".join(failures))
        raise NotAvailable("; ".join(failures) or "no address is known")

    def _from(self, url: str, part: Part) -> None:
        """Make `part` the whole of what `url` serves, over as many connections as bring something."""
        if urlsplit(url).scheme not in ("http", "https"):
            raise _Refused("only http and https are fetched")
        idle = 0
        while True:
            before = part.size
            try:
                self._connect(url, part)
                return
            except _Broken as error:
                grown = part.size > before
                idle = 0 if grown else idle + 1
                if idle >= self.attempts:
                    raise _Refused(f"{error}, {idle} times in a row") from error
                if self.wait is not None and not grown:
                    self.wait(min(2.0**idle, 30.0))

    def _connect(self, url: str, part: Part) -> None:
        """One connection: append what is missing, or start afresh where the server ignores the range."""
        have = self._resumable(url, part)
        headers = {"User-Agent": "nasapi", "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if validator := part.read_note().get("validator"):
                headers["If-Range"] = validator
        try:
            response = open_web(url, headers, self.timeout)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 416 and have:  # nothing after what is here: either it is whole or it is another file
                    if have == self.size:
                        return
                    part.forget()
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
            part.write_note(url, "" if validator.startswith("W/") else validator, total)
            self._copy(response, part, have, total)

    def _copy(self, response: http.client.HTTPResponse, part: Part, have: int, total: int | None) -> None:
        expected = self.size if self.size is not None else total
        how = os.O_APPEND if have else os.O_TRUNC
        with open(part.open(how), "ab" if have else "wb") as file:
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
                    part.forget()
                    raise _Refused(f"the server sends more than the {self.most:,} bytes of a file of unknown size")
                if time.monotonic() > self._end:
                    raise _Refused(f"it took more than {self.deadline:,.0f} seconds; {have:,} bytes are kept")
                if self.size is not None and have > self.size:
                    raise CorruptData(f"the server sends more than the {self.size} bytes of the official file")
                if self.progress is not None:
                    self.progress(have, expected)
        if expected is not None and have < expected:
            raise _Broken(f"the connection ended after {have} of {expected} bytes")

    def _ranged(self, response: http.client.HTTPResponse, part: Part, have: int, total: int | None) -> int:
        """The bytes of the whole that a partial answer says there are, if it is of the same file and fits itself."""
        given = response.headers.get("Content-Range") or ""
        found = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", given.strip())
        if found is None or int(found[1]) != have:
            raise _Refused(f"the server sent {given[:100]!r}, not the rest from {have}")
        last, whole = int(found[2]), int(found[3])
        earlier = part.read_note().get("total")
        if last != whole - 1 or total not in (None, whole) or (self.sha256 is None and earlier not in (None, whole)):
            part.forget()
            raise _Refused(
                f"the server sent {given[:100]!r} with {_size_in_words(total)} bytes after an earlier part of "
                f"{_size_in_words(earlier)}, "
                "which do not fit"
            )
        return whole

    def _resumable(self, url: str, part: Part) -> int:
        """How many bytes of an earlier part may be kept: those of the same address, or of a file with known digest."""
        size = part.size
        if not size and not part.path.exists():
            return 0
        same = part.read_note().get("url") == url
        if (self.size is not None and size > self.size) or not (same or self.sha256):
            part.forget()
            return 0
        return size

    def _check(self, fetched: Fetched) -> None:
        if self.size is not None and fetched.size != self.size:
            raise CorruptData(f"got {fetched.size} bytes, not the {self.size} of the official file")
        if self.sha256 is not None and fetched.sha256 != self.sha256:
            raise CorruptData(f"got a file of SHA-256 {fetched.sha256}, not the official {self.sha256}")


def forget(target: Path) -> None:
    """Remove a downloaded file and what is there of a download of it."""
    target.unlink(missing_ok=True)
    Part.of(target).forget()


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
