"""The official archives of NATS-Bench, of the topology and of the size space: found, unpacked, read as plain data.

`nats_bench` itself would unpickle whatever a file holds; here the files are read as plain data first, and only then
handed to it. Needs the extra `nasapi-nb201[official]`.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from nats_bench import ArchResults
from numpy.typing import NDArray

from nasapi.data import naming_archives, unpack
from nasapi.errors import CorruptData
from nasapi.safety.unpacked import opened
from nasapi.tables import load_plain
from nasapi_nb201.tables import PAGE

_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"  # the number with which torch before 1.6 begins its files
SEEDS = (777, 888, 999)
"""The training seeds of NATS-Bench; an architecture has one to three of them."""


@frozen
class Archive:
    """One published archive, by name, and the trainings that each of its architectures has, by number of epochs."""

    name: str
    epochs: tuple[str, ...]

    def require_no_torch_file(self, place: Path) -> None:
        """Raise CorruptData for what torch saved: the API before NATS-Bench published its values that way."""
        if place.is_file() and _saved_by_torch(place):
            raise CorruptData(
                f"{str(place)!r} is a file of torch, as the older NAS-Bench-201-v1_0-e61699.pth and "
                f"NAS-Bench-201-v1_1-096897.pth are, and is not read. Its authors publish the same trainings again as "
                f"NATS-Bench: give {self.places}."
            )

    @property
    def places(self) -> str:
        """What a user can have, for messages."""
        return f"the folder {self.name}-simple, its tar archive, or {self.name}.pickle.pbz2, to which {PAGE} leads"

    def cells(self, place: Path) -> tuple[list[str], Iterator[dict[str, ArchResults]]]:
        """The architectures' strings in the order of the file or folder, and the results of each by epochs.

        Raises CorruptData where `place` is neither, is not plain data, or lacks an architecture or a training.
        """
        self.require_no_torch_file(place)
        if place.is_file():
            _check_digest(place)
            content = _load(place)
            stored = content.get("arch2infos") if isinstance(content, dict) else None
            if not isinstance(stored, dict):
                naslib = isinstance(content, dict) and any(str(key).startswith("|") for key in content)
                what = ", but cells by their strings, as NASLib's nb201_cifar10_full_training.pickle" if naslib else ""
                raise CorruptData(f"{str(place)!r} has no 'arch2infos'{what}; wanted {self.places}.")
            names = self._names(content, place)
            return names, (self._results(stored.get(index), index, place) for index in range(len(stored)))
        metas = sorted([*place.glob("meta.pickle.pbz2"), *place.glob("*/meta.pickle.pbz2")])
        if not metas:
            raise CorruptData(f"{str(place)!r} holds no 'meta.pickle.pbz2'; wanted {self.places}.")
        folder, names = metas[0].parent, self._names(_load(metas[0]), metas[0])
        files = [_cell_file(folder, index) for index in range(len(names))]  # all are there before the first is read
        return names, (self._results(_load(file), index, folder) for index, file in enumerate(files))

    def _names(self, content: Any, place: Path) -> list[str]:
        names = content.get("meta_archs") if isinstance(content, dict) else None
        if not isinstance(names, list):
            raise CorruptData(f"{str(place)!r} has no list 'meta_archs'; wanted {self.places}.")
        return names

    def _results(self, stored: Any, index: int, place: Path) -> dict[str, ArchResults]:
        found = {}
        for epochs in self.epochs:
            if not isinstance(stored, dict) or not isinstance(stored.get(epochs), dict):
                raise CorruptData(f"Cell {index} of {str(place)!r} has no results of {epochs} epochs; get it again.")
            with explained(index, place):
                found[epochs] = ArchResults.create_from_state_dict(stored[epochs])
        return found


@contextmanager
def explained(index: int, place: Path) -> Iterator[None]:
    """Turn what `nats_bench` raises for contents of another form into CorruptData."""
    try:
        yield
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise CorruptData(
            f"Cell {index} of {str(place)!r} is not what nats_bench writes: {type(error).__name__}: {error}."
        ) from error


@contextmanager
def unpacked(source: Path, target: Path) -> Iterator[Path]:
    """The source, or where it is an archive the folder it is unpacked to for as long as it is read.

    What is raised of files in that folder names the archive, for the folder is gone by then.
    """
    if source.is_dir() or not _is_tar(source):
        yield source
        return
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="nats-") as folder:
        place = Path(folder) / "files"
        unpack(source, place)
        with naming_archives({place: source}):
            yield place


def _is_tar(path: Path) -> bool:
    """Whether a file, unpacked where it is compressed, begins as tar archives do.

    `tarfile.is_tarfile` tries every compression on it, and is at three hundred megabytes of zeros for minutes.
    """
    with opened(path) as content:
        return content.read(512)[257:262] == b"ustar"


def require_measured(values: Mapping[str, NDArray[np.floating]], names: Sequence[str], source: Path) -> None:
    """Raise CorruptData where a network has no run at all after some number of epochs.

    `values` are the columns, (networks, …, seeds), and `names` the networks' strings.
    """
    for column, found in values.items():
        lacking = np.isnan(found).all(axis=-1).reshape(len(names), -1).any(axis=1)
        if lacking.any():
            raise CorruptData(
                f"{str(source)!r} has no run of {names[int(lacking.argmax())]!r} for {column}; get the file again."
            )


def seeds_of(results: ArchResults, training: str) -> list[int]:
    """The seeds of a training; its own `get_dataset_seeds` copies them deeply, which takes a third of an import."""
    found: list[int] = results.dataset_seed[training]
    return found


def accuracy(results: ArchResults, training: str, images: str, seed: int) -> float:
    """What one run has on a set of images; `get_metrics` of the results would read all other runs for it as well."""
    found: float = results.query(training, seed).get_eval(images)["accuracy"]
    return found


def _cell_file(folder: Path, index: int) -> Path:
    """One architecture's file, whose name has leading zeros in some releases."""
    for name in (f"{index:06d}.pickle.pbz2", f"{index}.pickle.pbz2"):
        if (folder / name).exists():
            return folder / name
    raise CorruptData(f"{str(folder)!r} lacks the file '{index:06d}.pickle.pbz2'; get the archive again.")


def _saved_by_torch(path: Path) -> bool:
    """Whether `torch.save` wrote the file: today's zip of a pickle and storages, or the sequence of older versions."""
    with open(path, "rb") as file:
        if file.read(len(_TORCH)) == _TORCH:
            return True
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as content:
            return any(name.endswith("/data.pkl") for name in content.namelist())
    except zipfile.BadZipFile:  # it ends as a zip does, and is damaged
        return False


def _load(path: Path) -> Any:
    """A compressed pickle of plain data."""
    with opened(path) as file:
        return load_plain(file, str(path), arrays=True)


def _check_digest(path: Path) -> None:
    """The authors put the first digits of a file's MD5 into its name."""
    named = re.search(r"-([0-9a-f]{5})\.pickle\.pbz2$", path.name)
    if named is None:
        return
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if not found.startswith(named[1]):
        raise CorruptData(f"{str(path)!r} has MD5 {found}, which does not begin with {named[1]}; get the file again.")
