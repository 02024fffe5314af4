"""Collecting: a recipe's file and a folder to measured networks, in one process or several."""

from __future__ import annotations

from pathlib import Path

from nasapi_collect.collection import Collection, Progress
from nasapi_collect.recipe import read_recipe
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
) -> int:
    """Measure what a shard of a collection lacks, and give how many networks there were.

    The recipe is checked whole, and the folder held against it, before anything is trained. With several `jobs` the
    shard is done in as many parts by joblib, on whatever backend is active: processes of this machine, or dask. Raises
    what is wrong in a sentence; what was measured before is kept and gone on with.
    """
    part = shard or Shard()
    found, words = read_recipe(recipe)
    workplace = Workplace.of(found, device)
    collection = Collection.begin(folder, workplace, words)
    if jobs == 1:
        return collection.collect(workplace, part, progress)
    from joblib import Parallel, delayed

    parts = [part.part(index, jobs) for index in range(1, jobs + 1)]
    counts = Parallel(n_jobs=jobs)(delayed(_worker)(str(recipe), str(folder), each, device) for each in parts)
    return sum(counts)


def _worker(recipe: str, folder: str, shard: Shard, device: str) -> int:
    return collect(Path(recipe), Path(folder), shard=shard, device=device)
