"""Make the shipped table of 8x8 digits from the collection that measures all networks: a sample, its log, its recipe.

    python spaces/nb201/tools/mnist8.py [COLLECTION]

COLLECTION is a folder that `nasapi collect mnist8.toml` fills, by default the one that is kept beside the package. The
first `nasapi_nb201.mnist8.NETWORKS` of its order are taken over, merged, timed and published into the package; nothing
is trained. Latencies are of the machine at hand. Needs nasapi-collect and mlxtend.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import nasapi_collect
from nasapi_collect.collecting import collect
from nasapi_collect.merging import merge
from nasapi_collect.publication import Publication
from nasapi_collect.recipe import read_recipe
from nasapi_collect.taking import Source
from nasapi_collect.workplace import Workplace
from nasapi_nb201.mnist8 import FOLDER, NAME, NETWORKS, TASKS

from nasapi.errors import NasapiError, NotAvailable
from nasapi.files import replacing

RECIPE = Path(nasapi_collect.__file__).parent / "recipes" / f"{NAME}.toml"
COLLECTION = Path(__file__).parent.parent / "collection"


def ship(collection: Path, folder: Path) -> list[str]:
    """Write the table of the sample into `folder`, and give the ids of its benchmarks.

    Raises NotAvailable where the collection lacks one of the networks, before anything is written.
    """
    workplace = Workplace.of(read_recipe(RECIPE)[0])
    there = Source.of(collection, workplace).units
    if len(there) < NETWORKS:
        begun = next(place for place, row in enumerate(workplace.units.order) if row not in there)
        raise NotAvailable(
            f"{str(collection)!r} has the first {begun:,} networks of its order, and {NETWORKS:,} are wanted: collect "
            "more, or take fewer, in nasapi_nb201/mnist8.py and in the recipe."
        )
    with tempfile.TemporaryDirectory() as place:
        sample, table = Path(place) / "sample", Path(place) / "table.zarr"
        collect(RECIPE, sample, source=collection)
        merge([sample], table, workplace=workplace)
        made = Publication.of(table, latency=True)
    ids = [task["id"] for task in made.tasks]
    if ids != list(TASKS):
        raise NotAvailable(f"The table's benchmarks are {', '.join(ids)}; list these in nasapi_nb201/mnist8.py.")
    with replacing(folder, _foreign, "The table") as draft:
        made.write(draft)
    return ids


def _foreign(place: Path) -> str | None:
    return None if (place / "table.zarr").is_dir() else "holds something else; name another folder"


def main() -> None:
    """Ship the table, or say why not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", nargs="?", type=Path, default=COLLECTION)
    try:
        ids = ship(parser.parse_args().collection, FOLDER)
    except NasapiError as error:
        raise SystemExit(f"Error: {error}") from error
    print(f"{FOLDER}: {', '.join(ids)}")


if __name__ == "__main__":
    main()
