"""Reads the data set in its published layout: `meta.json` and one JSON file an attack and measure, each checked."""

from __future__ import annotations

import filecmp
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from nasapi_nb201.counts import NETWORKS
from nasapi_nb201.space import NB201
from numpy.typing import NDArray

from nasapi.data import files_below, unpack
from nasapi.errors import CorruptData
from nasapi.safety.grammar import read_json
from nasapi_robustness.names import ATTACKS, CLEAN, CORRUPTIONS, DATASETS, KEYS, MEASURES, SEVERITIES

Values = NDArray[np.float64]
_ROUNDING = 0.001  # accuracies are published with three or four decimals


@frozen(eq=False)
class PublishedFiles:
    """The files of the data set that were found, and what `meta.json` says."""

    cells: NDArray[np.int64]
    """(6466,): the official indices of the evaluated cells, rising."""
    epsilons: Mapping[str, tuple[float, ...]]
    """The strengths of each attack, by its name here, in 1/255."""
    files: Mapping[tuple[str, str, str], Path]
    """Where the values of a data set, an attack or corruption, and a measure are, by their names here."""

    def accuracy(self, dataset: str, key: str) -> Values:
        """Accuracies as fractions: (cells,) for clean images, (cells, epsilons) or (cells, severities)."""
        array = self._numbers(dataset, key, "accuracy", self._entries(dataset, key, "accuracy"), self._steps(key))
        return self._fractions(array, dataset, key, "accuracy")

    def confidence(self, dataset: str, key: str) -> dict[str, Values]:
        """Mean confidences by their kind, as fractions, shaped like accuracies.

        A cell has one value a strength, which is called "mean" here, or several kinds by name.
        """
        entries = self._entries(dataset, key, "confidence")
        if not all(isinstance(entry, dict) for entry in entries):
            kinds: dict[str, list[Any]] = {"mean": entries}
        else:
            names = sorted(entries[0])
            for cell, entry in zip(self.cells.tolist(), entries, strict=True):
                if sorted(entry) != names:
                    raise self._wrong(dataset, key, "confidence", f"cell {cell} has {sorted(entry)}, others {names}")
            kinds = {name: [entry[name] for entry in entries] for name in names}
        found = {}
        for name, values in kinds.items():
            array = self._numbers(dataset, key, "confidence", values, self._steps(key))
            found[name] = self._fractions(array, dataset, key, "confidence")
        return found

    def confusion(self, dataset: str, key: str) -> NDArray[np.int32]:
        """Confusion matrices as counts of images: (cells, …, classes, classes), true class by row."""
        classes = NETWORKS[dataset].classes
        shape = (*self._steps(key), classes, classes)
        array = self._numbers(dataset, key, "cm", self._entries(dataset, key, "cm"), shape)
        if (np.floor(array) != array).any() or (array < 0).any() or (array >= 1 << 31).any():
            raise self._wrong(dataset, key, "cm", "it holds numbers that are no counts of images")
        counts = array.astype(np.int32)
        totals = array.sum(axis=(-2, -1))
        if not totals.all():
            cell = self.cells[totals.argmin() // totals[0].size]
            raise self._wrong(dataset, key, "cm", f"the matrix of cell {cell} counts no image")
        if not (totals == totals.flat[0]).all():
            raise self._wrong(dataset, key, "cm", "its matrices count different numbers of images")
        if (dataset, key, "accuracy") in self.files:
            right = np.trace(counts, axis1=-2, axis2=-1) / totals
            apart = np.abs(right - self.accuracy(dataset, key)).reshape(len(self.cells), -1).max(axis=1)
            if apart.max() > _ROUNDING:
                cell = self.cells[apart.argmax()]
                raise self._wrong(
                    dataset, key, "cm", f"cell {cell} has {apart.max():.3f} another accuracy by its matrix"
                )
        return counts

    def _steps(self, key: str) -> tuple[int, ...]:
        """The shape of one cell's entry: () for clean images, (strengths,) otherwise."""
        if key == CLEAN:
            return ()
        return (len(self.epsilons[key]) if key in ATTACKS else len(SEVERITIES),)

    def _entries(self, dataset: str, key: str, measure: str) -> list[Any]:
        """What the file has for each cell, in the order of `cells`."""
        path = self.files[dataset, key, measure]
        content = _load(path)
        for name in (DATASETS[dataset], KEYS[key], measure):
            if not isinstance(content, dict) or name not in content:
                raise CorruptData(
                    f"{str(path)!r} is not what its name says: it has no {name!r} where "
                    f"{DATASETS[dataset]!r} > {KEYS[key]!r} > {measure!r} > cell is wanted."
                )
            content = content[name]
        wanted = [str(cell) for cell in self.cells.tolist()]
        if not isinstance(content, dict) or content.keys() != set(wanted):
            given = set(content) if isinstance(content, dict) else set()
            lacking, more = sorted(set(wanted) - given, key=int), sorted(given - set(wanted))
            what = f"lacks cell {lacking[0]}" if lacking else f"has a cell {more[0]!r} that meta.json does not name"
            raise self._wrong(dataset, key, measure, f"it covers {len(given)} cells, not {len(wanted)}, and {what}")
        return [content[cell] for cell in wanted]

    def _numbers(self, dataset: str, key: str, measure: str, values: list[Any], shape: tuple[int, ...]) -> Values:
        """The values of all cells as one array of finite numbers; a wrong one is named by its cell."""
        try:
            array = np.array(values, np.float64)
        except (ValueError, TypeError, OverflowError):  # the last for whole numbers of hundreds of digits
            array = np.empty(0)
        if array.shape != (len(values), *shape):
            for cell, value in zip(self.cells.tolist(), values, strict=True):
                found = _shape(value)
                if found != shape:
                    given = f"has shape {found}" if found is not None else f"is {value!r:.60}"
                    raise self._wrong(dataset, key, measure, f"cell {cell} {given}; wanted numbers of shape {shape}")
        bad = ~np.isfinite(array).reshape(len(array), -1).all(axis=1)
        if bad.any():
            raise self._wrong(dataset, key, measure, f"cell {self.cells[bad][0]} has a value that is no finite number")
        return array

    def _fractions(self, array: Values, dataset: str, key: str, measure: str) -> Values:
        bad = ((array < 0) | (array > 1)).reshape(len(array), -1).any(axis=1)
        if bad.any():
            raise self._wrong(dataset, key, measure, f"cell {self.cells[bad][0]} has a value outside 0 to 1")
        return array

    def _wrong(self, dataset: str, key: str, measure: str, what: str) -> CorruptData:
        return CorruptData(f"{str(self.files[dataset, key, measure])!r} cannot be imported: {what}.")


def unpack_all(source: Path, work: Path) -> dict[Path, Path]:
    """Unpack an archive, or those in a folder, to folders below `work`; gives the archive of each folder."""
    unpacked = {}
    for number, archive in enumerate([source] if source.is_file() else files_below(source, ".zip")):
        place = work / str(number) / archive.stem
        unpack(archive, place)
        unpacked[place] = archive
    return unpacked


def read_published(source: Path, unpacked: Iterable[Path] = ()) -> PublishedFiles:
    """Find the files in a folder and in those that archives were unpacked to, or in these alone if it is an archive.

    Raises CorruptData where `meta.json` or every value is lacking, where two files claim the same values, and where
    `meta.json` is not of the 15,625 cells of NAS-Bench-201 with their 6,466 classes.
    """
    roots = [*([] if source.is_file() else [source]), *unpacked]
    metas = [path for root in roots for path in files_below(root, "meta.json") if path.name == "meta.json"]
    if not metas:
        raise CorruptData(
            f"{str(source)!r} has no 'meta.json'; give the folder that holds it, or meta.zip, beside the data sets."
        )
    for other in metas[1:]:
        if not filecmp.cmp(metas[0], other, shallow=False):
            raise CorruptData(f"{str(metas[0])!r} and {str(other)!r} differ; keep the one that belongs to the values.")
    files: dict[tuple[str, str, str], Path] = {}
    for root in roots:
        for named, path in _named(root):
            if named in files and not filecmp.cmp(files[named], path, shallow=False):
                raise CorruptData(f"{str(files[named])!r} and {str(path)!r} both claim to be {named} and differ.")
            files.setdefault(named, path)
    if not any(measure == "accuracy" for _, _, measure in files):
        raise CorruptData(
            f"{str(source)!r} has no accuracies; wanted files such as 'cifar10/clean_accuracy.json' beside meta.json."
        )
    cells, epsilons = _meta(metas[0])
    for dataset, key, measure in files:
        if key in ATTACKS and key not in epsilons:
            raise CorruptData(
                f"{str(metas[0])!r} lists no epsilons for {ATTACKS[key]!r}, of which there are {measure} on {dataset}."
            )
    return PublishedFiles(cells, epsilons, files)


def _named(root: Path) -> Iterator[tuple[tuple[str, str, str], Path]]:
    """The files of values below `root`, each with its data set, attack or corruption, and measure."""
    keys = {key: name for name, key in KEYS.items()}
    for path in files_below(root, ".json"):
        key, _, measure = path.stem.rpartition("_")
        parts = (root.name, *path.relative_to(root).parts[:-1])
        owners = [
            name for part in parts for name, text in DATASETS.items() if part == text or part.startswith(f"{text}-")
        ]
        if key in keys and measure in MEASURES and owners:
            yield (owners[-1], keys[key], measure), path


def _meta(path: Path) -> tuple[NDArray[np.int64], dict[str, tuple[float, ...]]]:
    """The evaluated cells and the epsilons, after checking that every cell belongs to the class it should."""
    content = _load(path)
    space = NB201()
    size = space.size or 0
    ids = content.get("ids") if isinstance(content, dict) else None
    if not isinstance(ids, dict) or ids.keys() != {str(index) for index in range(size)}:
        count = len(ids) if isinstance(ids, dict) else 0
        raise CorruptData(f"{str(path)!r} lists {count} cells; wanted the {size} of NAS-Bench-201 by official index.")
    classes = space.string_classes(space.codes_at(np.arange(size)))
    for index, (string, same) in enumerate(zip(space.official_strings, classes.tolist(), strict=True)):
        entry = ids[str(index)]
        given = (entry.get("nb201-string"), entry.get("isomorph")) if isinstance(entry, dict) else (entry, None)
        wanted = (string, str(same))
        if given != wanted:
            raise CorruptData(
                f"{str(path)!r} covers other cells than NAS-Bench-201: cell {index} is {given}; wanted {wanted}."
            )
    epsilons = {}
    listed = content.get("epsilons")
    for name, key in ATTACKS.items():
        if not isinstance(listed, dict) or key not in listed:
            continue
        values = listed[key]
        numbers = isinstance(values, list) and all(type(value) in (int, float) for value in values)
        if not numbers or not values or np.any(np.diff([0.0, *values]) <= 0):
            raise CorruptData(f"{str(path)!r} has epsilons {values!r:.60} for {key!r}; wanted rising positive numbers.")
        if max(values) < 1:
            raise CorruptData(f"{str(path)!r} has epsilons {values!r:.60} for {key!r}; wanted multiples of 1/255.")
        epsilons[name] = tuple(map(float, values))
    return np.unique(classes), epsilons


def _load(path: Path) -> Any:
    try:
        return read_json(path.read_bytes(), repr(str(path)), constants=True)
    except OSError as error:
        raise CorruptData(f"{str(path)!r} cannot be read as JSON: {error}.") from error


def _shape(value: object) -> tuple[int, ...] | None:
    """The shape of nested lists of numbers; None where it is something else."""
    try:
        return np.array(value, np.float64).shape
    except (ValueError, TypeError, OverflowError):
        return None


def kinds_of(dataset: str, measure: str, files: Mapping[tuple[str, str, str], Path]) -> list[str]:
    """What was evaluated of a data set and measure, in the order clean, attacks, corruptions."""
    return [key for key in (CLEAN, *ATTACKS, *CORRUPTIONS) if (dataset, key, measure) in files]
