"""Collecting: a recipe's file and a folder to measured networks, in one process or several."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import gethostname
from threading import Event, Thread

from nasapi_collect.collection import SHARDS, Collection, Done, Progress
from nasapi_collect.recipe import read_recipe
from nasapi_collect.reuse import Source
from nasapi_collect.shards import Rows, Shard
from nasapi_collect.workplace import Workplace

_SECONDS_BETWEEN_LOOKS = 2.0


def collect(
    recipe: Path,
    folder: Path,
    *,
    shard: Shard | None = None,
    jobs: int = 1,
    device: str = "cpu",
    progress: Progress | None = None,
    source: Path | None = None,
) -> Done:
    """Measure what a shard of a collection lacks, and say how many networks there were.

    The recipe is checked whole, and the folder held against it, before anything is trained. With several `jobs` the
    shard is done in as many parts by joblib, at most one for each network that is missing, on whatever backend is
    active: processes of this machine, or dask. What the collection in the folder `source` has measured is taken over.
    Raises what is wrong in a sentence; what was measured before is kept and gone on with.
    """
    part = shard or Shard()
    found, words = read_recipe(recipe)
    workplace = Workplace.of(found, device)
    take = None if source is None else Source.of(source, workplace).give
    mine = frozenset(row for place, row in enumerate(workplace.architectures.order) if place in part)
    if jobs > 1:
        jobs = min(jobs, max(len(mine - Rows(folder / SHARDS).now()), 1))
    if jobs == 1:
        collection = Collection.begin(folder, workplace, words)
        return collection.collect(workplace, part, progress, take)
    from joblib import Parallel, delayed

    parts = [part.part(index, jobs) for index in range(1, jobs + 1)]
    collection = Collection.begin(folder, workplace, words)
    taken = None if source is None else str(source)
    given = [(str(recipe), str(folder), each, device, taken, os.getpid(), gethostname()) for each in parts]
    with _watched(collection.folder / SHARDS, mine, progress):
        return sum(Parallel(n_jobs=jobs)(delayed(_worker)(*each) for each in given), Done())


def _worker(recipe: str, folder: str, shard: Shard, device: str, source: str | None, starter: int, host: str) -> Done:
    """What one process of several does: nothing where the one that started it, a process of `host`, is gone already."""
    if os.getppid() != starter and host == gethostname() and not _alive(starter):
        return Done()  # it was killed while this one was made ready
    return collect(
        Path(recipe),
        Path(folder),
        shard=shard,
        device=device,
        progress=_end_with(starter) if os.getppid() == starter else None,
        source=None if source is None else Path(source),
    )


def _alive(process: int) -> bool:
    """Whether there is a process of that number on this machine; True where the system does not say."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # of somebody else
    return True


def _end_with(starter: int) -> Progress:
    """What ends this process after a network where the one that started it is gone: nobody is there to stop it."""

    def look(done: int, networks: int, before: int) -> None:
        if os.getppid() != starter:
            os._exit(1)  # the network is on disk

    return look


@contextmanager
def _watched(folder: Path, mine: frozenset[int], progress: Progress | None) -> Iterator[None]:
    """Tell of the rows that workers append to the shards in a folder, as often as it is looked at."""
    rows, ended = Rows(folder), Event()
    last = before = len(mine & rows.now())

    def look() -> None:
        nonlocal last
        done = len(mine & rows.now())
        if progress is not None and done > last:
            progress(done, len(mine), before)
        last = done

    def watch() -> None:
        while not ended.wait(_SECONDS_BETWEEN_LOOKS):
            look()

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    look()
