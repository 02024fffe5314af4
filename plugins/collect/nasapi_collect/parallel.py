"""Collecting: a recipe's file and a folder to measured networks, in one process or several."""

from __future__ import annotations

from pathlib import Path

from nasapi_collect.collection import Collection, Done, Progress
from nasapi_collect.recipe import read_recipe
from nasapi_collect.reuse import Source
from nasapi_collect.shards import Shard
from nasapi_collect.workplace import Workplace


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
    shard is done in as many parts by joblib, on whatever backend is active: processes of this machine, or dask. What
    the collection in the folder `source` has measured is taken over. Raises what is wrong in a sentence; what was
    measured before is kept and gone on with.
    """
    part = shard or Shard()
    found, words = read_recipe(recipe)
    workplace = Workplace.of(found, device)
    take = None if source is None else Source.of(source, workplace).give
    collection = Collection.begin(folder, workplace, words)
    if jobs == 1:
        return collection.collect(workplace, part, progress, take)
    from joblib import Parallel, delayed

    parts = [part.part(index, jobs) for index in range(1, jobs + 1)]
    given = [(str(recipe), str(folder), each, device, None if source is None else str(source)) for each in parts]
    return sum(Parallel(n_jobs=jobs)(delayed(_worker)(*each) for each in given), Done())


def _worker(recipe: str, folder: str, shard: Shard, device: str, source: str | None) -> Done:
    return collect(
        Path(recipe), Path(folder), shard=shard, device=device, source=None if source is None else Path(source)
    )
