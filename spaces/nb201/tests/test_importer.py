"""The import of official NATS-Bench files, from small files made by `nats_bench` itself."""

from __future__ import annotations

import bz2
import hashlib
import pickle
import re
import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("nats_bench", reason="nats_bench is not installed; pip install 'nasapi-nb201[official]'")

from nasapi_nb201.importers.archive import SEEDS, unpacked
from nasapi_nb201.importers.official import ARCHIVE, curves, import_official
from nasapi_nb201.objectives import objective
from nasapi_nb201.space import NB201
from nats_bench import ArchResults, ResultsCount

import nasapi
from nasapi.data import path
from nasapi.errors import CorruptData, NotAvailable
from nasapi.fidelity import Fidelity
from nasapi.tables import Column, Table, write_table

SPACE = NB201()
EVERY = SPACE.codes_at(np.arange(15_625))
NAMES = [SPACE.format(code) for code in EVERY]
IMAGES = {
    "cifar10-valid": ("x-valid", "ori-test"),
    "cifar10": ("ori-test",),
    "cifar100": ("ori-test", "x-valid", "x-test"),
    "ImageNet16-120": ("ori-test", "x-valid", "x-test"),
}


def stored(index: int, seeds: tuple[int, ...], base: float) -> dict[str, Any]:
    """What the official files hold of one cell: two epochs stand for 200, accuracy is `base` + seed / 1000."""
    results = ArchResults(index, NAMES[index])
    for training, sets in IMAGES.items():
        for seed in seeds:
            config = {"channel": 16, "num_cells": 5, "arch_str": NAMES[index], "class_num": 10}
            curve = {0: 1.0, 1: 2.0}
            count = ResultsCount(training, None, curve, curve, 1.5, 200.0, config, seed, 2, None)
            count.update_train_info(curve, None, curve, curve)
            for position, images in enumerate(sets):
                last = base + 10 * position + seed / 1000
                keys = (f"{images}@0", f"{images}@1")
                count.update_eval(*(dict(zip(keys, (first, last), strict=True)) for first in (1.0, 2.0, 3.0)))
            count.update_latency([0.01])
            results.update(training, seed, count)
    return {"12": results.state_dict(), "200": results.state_dict()}


def short(index: int, seeds: tuple[int, ...], base: float) -> dict[str, Any]:
    """The same with a training of 12 epochs that ends 20 points lower."""
    return stored(index, seeds, base) | {"12": stored(index, seeds, base - 20)["12"]}


def write(path: Path, content: object) -> Path:
    path.write_bytes(bz2.compress(pickle.dumps(content, protocol=4)))
    return path


def whole(**changes: Any) -> dict[str, Any]:
    """All cells: the first has three seeds, the second and the last share a record of two, the others one of one."""
    twice, once = short(1, (777, 999), 40.0), short(1, (777,), 40.0)
    cells = {index: once for index in range(15_625)} | {0: short(0, SEEDS, 50.0), 1: twice, 15_624: twice}
    return {"meta_archs": NAMES, "arch2infos": cells, "evaluated_indexes": set(range(15_625))} | changes


def folder_of(place: Path, count: int, names: list[str] = NAMES) -> Path:
    place.mkdir()
    write(place / "meta.pickle.pbz2", {"meta_archs": names, "arch2infos": None, "total_archs": 15_625})
    for index in range(count):
        write(place / f"{index:06d}.pickle.pbz2", stored(index, SEEDS, float(index)))
    return place


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = write(tmp_path_factory.mktemp("official") / "file", whole())
    digest = hashlib.md5(place.read_bytes()).hexdigest()
    return place.rename(place.with_name(f"NATS-tss-v1_0-{digest[:5]}.pickle.pbz2"))


@pytest.fixture(scope="module")
def imported(official: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASAPI_DATA", str(tmp_path_factory.mktemp("data")))
        yield import_official(official, path("nb201"))  # not by import_file, which holds values that are made up here


def test_the_single_file_gives_both_trainings_by_seed(imported: Table) -> None:
    assert imported.attributes["epochs"] == [12, 200]
    np.testing.assert_allclose(
        imported["cifar10_valid_accuracy"][0], [[30.777, 30.888, 30.999], [50.777, 50.888, 50.999]]
    )
    np.testing.assert_allclose(imported["cifar10_test_accuracy"][1, 1], [40.777, np.nan, 40.999])
    np.testing.assert_allclose(imported["cifar100_valid_accuracy"][0, 1], [60.777, 60.888, 60.999])
    np.testing.assert_allclose(imported["imagenet16-120_test_accuracy"][15_624, 0], [40.777, np.nan, 40.999])
    assert imported.describe("cifar100_test_accuracy")["split"] == "test"
    assert imported.describe("cifar100_valid_accuracy")["split"] == "valid"


def test_the_table_says_what_it_is_and_of_whom(imported: Table, official: Path) -> None:
    header = {name: imported.attributes[name] for name in ("space", "title", "licence", "source")}
    assert header == {
        "space": "nb201",
        "title": "NAS-Bench-201, official values",
        "licence": "MIT",
        "source": f"NATS-Bench (D-X-Y/NATS-Bench), imported from {official.name}",
    }
    assert "TPAMI 2021" in imported.attributes["citation"]
    np.testing.assert_array_equal(imported["codes"], EVERY)


@pytest.mark.usefixtures("imported")
def test_after_an_import_the_objective_has_test_values_and_two_levels() -> None:
    found = objective("cifar100")
    assert found.fidelity == Fidelity("epochs", (12, 200))
    np.testing.assert_allclose(found.evaluate(EVERY[:2])["test_accuracy"], [70.888, 60.888])
    np.testing.assert_allclose(found.evaluate(EVERY[:2], 12)["test_accuracy"], [50.888, 40.888])
    np.testing.assert_allclose(found.evaluate(EVERY[:2], 12)["valid_accuracy"], [40.888, 30.888])
    alone = objective("cifar100", epochs=200)
    assert alone.fidelity is None
    np.testing.assert_allclose(alone.evaluate(EVERY[:2])["test_accuracy"], [70.888, 60.888])
    assert nasapi.load_benchmark("nb201/cifar100-v1").problem.fidelity is None
    with pytest.raises(NotAvailable, match="`nasapi data import nb201-epochs FILE` makes a table"):
        nasapi.load_benchmark("nb201/cifar100-v1[epochs=all]")


def test_every_epoch_of_a_cell_is_read() -> None:
    found = np.full((200, 3), np.nan)
    curves(
        {"200": ArchResults.create_from_state_dict(stored(0, SEEDS, 50.0)["200"])}, "cifar10-valid", "x-valid", found
    )
    np.testing.assert_allclose(found[:2], [[1.0, 1.0, 1.0], [50.777, 50.888, 50.999]])
    assert np.isnan(found[2:]).all()


def test_epochs_are_levels_that_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    values = np.full((15_625, 4, 3), np.nan)
    values[:, [0, 1, 3]] = np.array([10.0, 20.0, 70.0])[:, None]
    codes, column = Column(EVERY.astype(np.int8), "codes"), Column(values, "made up", "%", "valid")
    write_table(
        tmp_path / "nb201-epochs.zarr", {"codes": codes, "cifar10_valid_accuracy": column}, epochs=[1, 2, 3, 200]
    )
    found = objective("cifar10", epochs="all")
    assert found.fidelity == Fidelity("epochs", (1, 2, 200), resumes=True)
    assert found.evaluate(EVERY[:1], 2)["valid_accuracy"] == 20
    assert found.evaluate(EVERY[:1])["valid_accuracy"] == objective("cifar10").evaluate(EVERY[:1])["valid_accuracy"]
    assert found.evaluate(EVERY[:1], 2)["cost"] == pytest.approx(found.evaluate(EVERY[:1])["cost"] / 100)


def test_a_folder_is_read_cell_by_cell(tmp_path: Path) -> None:
    names, cells = ARCHIVE.cells(folder_of(tmp_path / "simple", 2, NAMES[:2]))
    assert names == NAMES[:2]
    assert [cell["200"].arch_index for cell in islice(cells, 2)] == [0, 1]


def test_a_folder_that_lacks_a_cell_is_refused_by_the_file_before_any_is_read(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "simple", 2)
    (folder / "000000.pickle.pbz2").write_bytes(b"damaged")
    with pytest.raises(CorruptData, match=r"lacks the file '000002\.pickle\.pbz2'; get the archive again"):
        import_official(folder, tmp_path / "table.zarr")


def test_an_archive_is_unpacked_beside_the_target_and_removed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "NATS-tss-v1_0-3ffb9-simple", 1)
    with tarfile.open(tmp_path / "simple.tar", "w") as archive:
        archive.add(folder, folder.name)
    (tmp_path / "work").mkdir()
    with pytest.raises(CorruptData, match=r"simple\.tar/NATS-tss-v1_0-3ffb9-simple' lacks the file '000001\.pickle"):
        import_official(tmp_path / "simple.tar", tmp_path / "work" / "table.zarr")
    assert not list((tmp_path / "work").iterdir())


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorruptData, match=r"holds no 'meta\.pickle\.pbz2'; wanted the folder NATS-tss"):
        import_official(tmp_path, tmp_path / "table.zarr")


@pytest.mark.parametrize("zipped", [False, True])
def test_a_file_of_torch_is_named_and_what_is_wanted_instead(zipped: bool, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch writes the file that people have")
    place = tmp_path / "NAS-Bench-201-v1_1-096897.pth"
    torch.save({"meta_archs": [], "arch2infos": {}}, place, _use_new_zipfile_serialization=zipped)
    with pytest.raises(CorruptData, match=r"is a file of torch, .* give the folder NATS-tss-v1_0-3ffb9-simple"):
        import_official(place, tmp_path / "table.zarr")


def test_an_extract_of_another_library_is_refused_with_the_file_that_is_wanted(tmp_path: Path) -> None:
    place = tmp_path / "nb201_cifar10_full_training.pickle"
    place.write_bytes(pickle.dumps({NAMES[0]: {"cifar10-valid": {"eval_acc1es": [9.7]}}}))
    with pytest.raises(CorruptData, match=r"has no 'arch2infos'.*; wanted .* to which https://github.com/D-X-Y"):
        import_official(place, tmp_path / "table.zarr")


def test_cells_in_another_order_are_refused(tmp_path: Path) -> None:
    place = write(tmp_path / "file.pickle.pbz2", whole(meta_archs=NAMES[::-1]))
    with pytest.raises(CorruptData, match="does not list the 15625 cells in the official order"):
        import_official(place, tmp_path / "table.zarr")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "has no 'arch2infos'"),
        ({NAMES[0]: {"cifar10-valid": {}}}, "has no 'arch2infos', but cells by their strings, as NASLib's"),
        ({"arch2infos": {}}, "has no list 'meta_archs'"),
        ({"meta_archs": NAMES, "arch2infos": {0: {"12": {}}}}, "Cell 0 of .* has no results of 200 epochs"),
        (
            {"meta_archs": NAMES, "arch2infos": {0: {"200": {}, "12": {}}}},
            "Cell 0 of .* is not what nats_bench writes: KeyError",
        ),
    ],
)
def test_a_file_of_another_content_is_refused(content: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(CorruptData, match=message):
        import_official(write(tmp_path / "file.pickle.pbz2", content), tmp_path / "table.zarr")
    assert not (tmp_path / "table.zarr").exists()


def test_a_file_with_fewer_cells_is_refused(tmp_path: Path) -> None:
    place = write(tmp_path / "file.pickle.pbz2", whole(arch2infos={0: stored(0, SEEDS, 50.0)}))
    with pytest.raises(CorruptData, match="has 1 cells; wanted 15625"):
        import_official(place, tmp_path / "table.zarr")


def test_a_cell_without_any_run_is_refused_by_its_string(tmp_path: Path) -> None:
    cells = dict(whole()["arch2infos"]) | {7: short(7, (), 40.0)}
    for training in IMAGES:
        cells[7]["200"]["dataset_seed"][training] = cells[7]["12"]["dataset_seed"][training] = []
    place = write(tmp_path / "file.pickle.pbz2", whole(arch2infos=cells))
    with pytest.raises(CorruptData, match=f"has no run of '{re.escape(NAMES[7])}' for cifar10_valid_accuracy"):
        import_official(place, tmp_path / "table.zarr")
    assert not (tmp_path / "table.zarr").exists()


def test_zeros_that_tarfile_would_look_at_for_minutes_are_no_archive(tmp_path: Path) -> None:
    (tmp_path / "zeros").write_bytes(bytes(10_000))
    with unpacked(tmp_path / "zeros", tmp_path / "table.zarr") as place:
        assert place == tmp_path / "zeros"


def test_a_file_that_its_name_contradicts_is_refused(tmp_path: Path) -> None:
    place = write(tmp_path / "NATS-tss-v1_0-3ffb9.pickle.pbz2", {})
    with pytest.raises(CorruptData, match="which does not begin with 3ffb9"):
        import_official(place, tmp_path / "table.zarr")


def test_a_pickle_that_names_a_function_is_refused_and_nothing_runs(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    with pytest.raises(CorruptData, match="is not plain data: it asks for"):
        import_official(write(tmp_path / "file.pickle.pbz2", Hostile()), tmp_path / "table.zarr")
    assert not (tmp_path / "ran").exists()
