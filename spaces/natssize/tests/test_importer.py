"""The import of official files of the size space, from small files made by `nats_bench` itself."""

from __future__ import annotations

import bz2
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("nats_bench", reason="nats_bench is not installed; pip install 'nasapi-natssize[official]'")

from nasapi_natssize.importers.official import import_official
from nasapi_natssize.objectives import objective
from nasapi_natssize.space import NATSSize
from nats_bench import ArchResults, ResultsCount

import nasapi
from nasapi.data import import_file, open_table
from nasapi.errors import CorruptData
from nasapi.tables import Column, write_table
from nasapi.testing import check

SPACE = NATSSize()
CODES = np.concatenate(list(SPACE.enumerate()))
NAMES = [SPACE.format(code) for code in CODES]
IMAGES = {
    "cifar10-valid": ("x-valid", "ori-test"),
    "cifar10": ("ori-test",),
    "cifar100": ("ori-test", "x-valid", "x-test"),
    "ImageNet16-120": ("ori-test", "x-valid", "x-test"),
}


def stored(name: str, base: float, seeds: tuple[int, ...] = (777, 888)) -> dict[str, Any]:
    """What the official files hold: accuracy is `base` + level + training * 3 + images * 10 + seed / 1000.

    Seconds are 2 for each level, and 1 more for each training.
    """
    found = {}
    for level, epochs in enumerate(("01", "12", "90")):
        results = ArchResults(0, name)
        for number, (training, sets) in enumerate(IMAGES.items()):
            for seed in seeds:
                config = {"name": "infer.shape.tiny", "channels": name, "genotype": "", "class_num": 10}
                curve = {0: 1.0}
                count = ResultsCount(training, None, curve, curve, 1.5, 200.0, config, seed, 1, None)
                count.update_train_info(curve, None, curve, {0: 2.0 * (level + 1) + number})
                for position, images in enumerate(sets):
                    last = {f"{images}@0": base + level + 3 * number + 10 * position + seed / 1000}
                    count.update_eval(last, {f"{images}@0": 2.0}, {f"{images}@0": 3.0})
                results.update(training, seed, count)
        found[epochs] = results.state_dict()
    return found


def whole(**changes: Any) -> dict[str, Any]:
    """All networks in reversed order: one in 32, and the first of the space, have two seeds; the last is best."""
    twice, once = stored(NAMES[0], 20.0), stored(NAMES[0], 20.0, (777,))
    cells = {index: once if index % 32 and index < len(NAMES) - 64 else twice for index in range(len(NAMES))}
    cells[0] = stored(NAMES[-1], 30.0, (777,))
    return {"meta_archs": NAMES[::-1], "arch2infos": cells, "evaluated_indexes": set()} | changes


def write(path: Path, content: object) -> Path:
    path.write_bytes(bz2.compress(pickle.dumps(content, protocol=4)))
    return path


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    place = write(tmp_path_factory.mktemp("official") / "NATS-sss.pickle.pbz2", whole())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASAPI_DATA", str(tmp_path_factory.mktemp("data")))
        import_file("natssize", place, notify=lambda _: None)
        yield


@pytest.mark.usefixtures("imported")
def test_networks_are_placed_by_name_with_epochs_as_fidelity() -> None:
    values = objective("cifar100")
    last = CODES[-1:]
    assert [values.evaluate(last, epochs)["valid_accuracy"][0] for epochs in (1, 12, 90)] == pytest.approx(
        [30 + level + 6 + 10 + 0.777 for level in range(3)]
    )
    assert values.evaluate(CODES[:1])["test_accuracy"][0] == pytest.approx(20 + 2 + 6 + 20 + 0.8325)
    assert [values.evaluate(last, epochs)["cost"][0] for epochs in (1, 12, 90)] == [4.0, 6.0, 8.0]


@pytest.mark.usefixtures("imported")
def test_the_table_says_what_it_is_of_whom_and_in_which_units() -> None:
    table = open_table("natssize")
    header = {name: table.attributes[name] for name in ("space", "title", "licence", "source")}
    assert header == {
        "space": "natssize",
        "title": "NATS-Bench size space, official values",
        "licence": "MIT",
        "source": "NATS-Bench (D-X-Y/NATS-Bench), imported from NATS-sss.pickle.pbz2",
    }
    assert "TPAMI 2021" in table.attributes["citation"]
    for dataset in ("cifar10", "cifar100", "imagenet16-120"):
        for name, unit, split in (("valid_accuracy", "%", "valid"), ("test_accuracy", "%", "test")):
            described = table.describe(f"{dataset}_{name}")
            assert (described["unit"], described["split"]) == (unit, split)
        described = table.describe(f"{dataset}_train_seconds")
        assert (described["unit"], described["split"]) == ("s", "none")


@pytest.mark.usefixtures("imported")
def test_every_training_seed_has_its_value_at_each_level_and_others_none() -> None:
    table = open_table("natssize")
    base = {"cifar10_valid": 0, "cifar10_test": 3, "cifar100_valid": 16, "cifar100_test": 26}
    base |= {"imagenet16-120_valid": 19, "imagenet16-120_test": 29}
    for name, more in base.items():
        wanted = [[20 + level + more + 0.777, 20 + level + more + 0.888, np.nan] for level in range(3)]
        np.testing.assert_allclose(table[f"{name}_accuracy"][5], wanted)
    for dataset, more in (("cifar10", 0), ("cifar100", 2), ("imagenet16-120", 3)):
        seconds = table[f"{dataset}_train_seconds"]
        np.testing.assert_allclose(seconds[5], [[level + more, level + more, np.nan] for level in (2, 4, 6)])
        np.testing.assert_allclose(seconds[-1, 0], [2 + more, np.nan, np.nan])


@pytest.mark.usefixtures("imported")
def test_metrics_say_how_they_came_about_and_reports_have_all_but_the_goal() -> None:
    found = objective("cifar10")
    origins = {metric.name: metric.origin.partition(":")[0] for metric in found.metrics}
    assert origins == {
        "valid_accuracy": "measured",
        "test_accuracy": "measured",
        "train_seconds": "derived",
        "params": "derived",
        "multiply_additions": "derived",
    }
    assert (found.fidelity.levels, found.fidelity.resumes, found.identity) == ((1, 12, 90), False, "network")
    at = [found.evaluate(CODES[:3], epochs) for epochs in (1, 90)]
    np.testing.assert_array_equal(at[0]["params"], at[1]["params"])
    benchmark = nasapi.load_benchmark("natssize/cifar10-v1")
    assert benchmark.report_metrics == ("test_accuracy", "params", "multiply_additions", "train_seconds")
    assert (benchmark.problem.budget.limit, benchmark.problem.fidelity) == (200, found.fidelity)
    assert benchmark.reference.licence == "MIT" and "TPAMI 2021" in benchmark.reference.source


@pytest.mark.usefixtures("imported")
def test_the_benchmark_of_imported_files_keeps_the_interface() -> None:
    report = check(nasapi.load_objective("natssize/cifar10"))
    assert report.ok, str(report)
    assert nasapi.load_benchmark("natssize/cifar10-v1").reference.optima["valid_accuracy"] == pytest.approx(
        30 + 2 + 0.777
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (whole(meta_archs=NAMES[:-1]), "does not list the 32768 networks of the size space"),
        (whole(meta_archs=[*NAMES[:-1], NAMES[0]]), "does not list the 32768 networks of the size space"),
        (whole(arch2infos={0: stored(NAMES[0], 20.0)}), "has 1 networks; wanted 32768"),
        (whole(arch2infos={}), "has 0 networks; wanted 32768"),
        (whole(arch2infos={0: {"90": {}}}), "Cell 0 of .* has no results of 01 epochs"),
        ({"meta_archs": NAMES}, "has no 'arch2infos'; wanted the folder NATS-sss-v1_0-50262-simple"),
    ],
)
def test_a_file_of_another_content_is_refused(content: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(CorruptData, match=message):
        import_official(write(tmp_path / "file.pickle.pbz2", content), tmp_path / "table.zarr")
    assert not (tmp_path / "table.zarr").exists()


def test_an_imported_table_of_other_networks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    write_table(tmp_path / "natssize.zarr", {"codes": Column(CODES[::-1].astype(np.int8), "widths")})
    with pytest.raises(CorruptData, match=r"natssize\.zarr' lists other networks; import it again"):
        objective("cifar10")
