"""Preparing a store: the folder made, what is foreign refused, and a shard that has room for what is to be run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nasapi.errors import InvalidOption, StoreError
from nasapi.files.places import require_ours, resolve
from nasapi.safety.fences import Fence
from nasapi.storage.folder import claimed, foreign, gate, is_store, require_no_links, shards_of, sweep
from nasapi.storage.header import Header
from nasapi.storage.shard import Shard
from nasapi.storage.summary import BenchmarkSummary, StrategySummary


def prepare(
    folder: Path,
    benchmarks: Sequence[BenchmarkSummary],
    strategies: Sequence[StrategySummary],
    seeds: Sequence[int],
    batch: int,
) -> None:
    """Give the store at `folder` room for these runs: made if there is none, extended if it holds less.

    Raises StoreError where the place cannot be written or holds what does not go with these runs, InvalidOption for
    names that no store holds.
    """
    resolve(folder)
    for spec in (*(summary.spec for summary in benchmarks), *(summary.spec for summary in strategies)):
        _require_text(spec)
    with described_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    _require_own(folder)  # before anything in it is touched
    with described_write_errors(folder), gate(folder):
        _require_own(folder)  # again, for others may have written while the gate was closed
        sweep(folder)
        old = header_of(folder) if is_store(folder) else Header(batch)
        new = old.grown(folder, benchmarks, strategies, seeds, batch)
        if new != old or not is_store(folder):
            with claimed(folder) as place:
                opened_with(place, new).close()


def known_of(folder: str | os.PathLike[str] | None) -> Header:
    """What the store at `folder` has room for; nothing where there is none, or none that can be read."""
    with Fence():
        if folder is not None and is_store(Path(folder)):
            return header_of(Path(folder))
    return Header(1)


def opened_with(place: Path, header: Header) -> Shard:
    """The shard at a place that this process has claimed, made where there is none, with room for what `header` says.

    What others have made room for in it meanwhile stays.
    """
    if not place.exists():
        Shard.create(place, header)
    shard = Shard(place, writable=True)
    there = Header.read(*shard.header(), str(place))
    if (wanted := header.joined(there, place.parent)) != there:
        shard.set_header(wanted)
    return shard


@contextmanager
def described_write_errors(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses into a sentence."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(
            f"{str(folder)!r} cannot be written: {reason}. What was recorded before is as it was."
        ) from error


def _require_own(folder: Path) -> None:
    """Raise StoreError or CorruptData where a folder holds anything but a store that can be read."""
    require_ours(folder, foreign, folder)
    require_no_links(folder)
    if is_store(folder):
        header_of(folder)


def header_of(folder: Path) -> Header:
    """What the shards of a store have room for, without a look at their runs."""
    joined: Header | None = None
    for path in shards_of(folder):
        shard = Shard(path)
        header = Header.read(*shard.header(), str(path))
        shard.close()
        joined = header if joined is None else joined.joined(header, folder)
    assert joined is not None
    return joined


def _require_text(spec: str) -> None:
    try:
        spec.encode()
    except UnicodeEncodeError as error:
        raise InvalidOption(
            f"{spec!r} has letters that are none of Unicode, which no store holds; rename it."
        ) from error
