"""Pickle, CSV and npz become the same table; files that lack something are named."""

from __future__ import annotations

import csv
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from nasapi_latency.importer import NAMES, import_cifar10, import_official
from nasapi_nb201.space import NB201

from nasapi.data import available, import_file
from nasapi.errors import CorruptData
from nasapi.tables import Table

SPACE = NB201()
STRINGS = SPACE.official_strings
OFFICIAL = ("cifar10", "cifar100", "ImageNet16-120")


def columns(seed: int = 0) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    made = {name: rng.uniform(1, 9, 15_625) for name in NAMES}
    made["edgetpu_latency"][5:9] = -1.0
    return {name: column.tolist() for name, column in made.items()}


def content() -> dict[str, dict[str, dict[str, list[object]]]]:
    """The layout of the official file, with numbers made up."""
    configs: list[object] = [{"name": "infer.tiny", "C": 16, "N": 5, "arch_str": text} for text in STRINGS]
    return {
        "nasbench201": {name: {"config": configs, **columns(seed)} for seed, name in enumerate(OFFICIAL)},  # type: ignore[dict-item]
        "fbnet": {},
    }


def pickled(path: Path, what: object) -> Path:
    path.write_bytes(pickle.dumps(what))
    return path


def written(path: Path, head: list[str], lines: list[list[object]]) -> Path:
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([head, *lines])
    return path


def saved(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def same(one: Table, other: Table) -> bool:
    return list(one) == list(other) and all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)


def test_the_official_file_of_lists_or_arrays_becomes_a_table(tmp_path: Path) -> None:
    stored = content()
    stored["nasbench201"]["cifar10"]["fpga_latency"] = np.full(15_625, 2.5)  # type: ignore[assignment]
    table = import_official(pickled(tmp_path / "official.pickle", stored), tmp_path / "t.zarr")
    assert (table["cifar10_fpga_latency"] == 2.5).all()
    assert len(table) == 1 + 3 * len(NAMES)
    assert table["imagenet16-120_fpga_energy"].tolist() == columns(2)["fpga_energy"]
    assert np.isnan(table["cifar100_edgetpu_latency"]).nonzero()[0].tolist() == [5, 6, 7, 8]
    assert table.describe("cifar10_edgegpu_energy")["unit"] == "mJ"
    assert "3 x 16 x 16 (batch 1)" in table.describe("imagenet16-120_raspi4_latency")["description"]


def test_a_csv_in_any_order_becomes_the_same_table(tmp_path: Path) -> None:
    given = columns()
    order = np.random.default_rng(1).permutation(15_625)
    lines: list[list[object]] = [
        ["cifar10", STRINGS[row], *("" if given[name][row] < 0 else given[name][row] for name in NAMES)]
        for row in order
    ]
    by_csv = import_official(written(tmp_path / "t.csv", ["dataset", "architecture", *NAMES], lines), tmp_path / "a")
    arrays = {name: np.array(column) for name, column in given.items()}
    by_npz = import_cifar10(saved(tmp_path / "t.npz", idx=np.arange(15_625), **arrays), tmp_path / "b")
    assert same(by_csv, by_npz)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("raspi4_latency", "pixel3_latency", "a latency of 3.60585 on nb201/cifar10-raspi4-v1; 10.48198 was published"),
        ("eyeriss_energy", "fpga_energy", "an energy of 18.01072 on nb201/cifar10-eyeriss-v1; 0.68728 was published"),
    ],
)
def test_devices_that_stand_under_each_others_names_are_refused_by_what_was_published(
    published_file, tmp_path, monkeypatch, first, second, message
) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    with np.load(published_file) as opened:
        given = dict(opened)
    given[first], given[second] = given[second], given[first]
    with pytest.raises(CorruptData, match=f"{re.escape(message)}, by the example of HW-NAS-Bench"):
        import_file("hw-nas-bench-cifar10", saved(tmp_path / "t.npz", **given), notify=lambda _: None)
    assert not available("hw-nas-bench-cifar10")


def test_the_published_devices_agree_with_what_was_published(published_file, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    assert import_file("hw-nas-bench-cifar10", published_file, notify=lambda _: None).rows == 15_625


def test_the_published_npz_becomes_a_table(published_file, published, tmp_path) -> None:
    table = import_cifar10(published_file, tmp_path / "t.zarr")
    for name in NAMES:
        np.testing.assert_array_equal(table[f"cifar10_{name}"], published[name])
    assert np.isnan(table["cifar10_edgetpu_latency"]).sum() == 4_699


def test_a_csv_of_numbered_cells_needs_no_data_set_where_there_is_one(tmp_path: Path) -> None:
    given = columns()
    lines: list[list[object]] = [[row, *(given[name][row] for name in NAMES)] for row in range(15_625)]
    table = import_cifar10(written(tmp_path / "t.csv", ["idx", *NAMES], lines), tmp_path / "t.zarr")
    assert table["cifar10_pixel3_latency"].tolist() == given["pixel3_latency"]


def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return print, ("run",)

    with pytest.raises(CorruptData, match="print"):
        import_official(pickled(tmp_path / "evil.pickle", Evil()), tmp_path / "t.zarr")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda c: c.pop("nasbench201"), "has no 'nasbench201'; wanted the file HW-NAS-Bench-v1_0.pickle"),
        (lambda c: c["nasbench201"].pop("cifar100"), "has no data set 'cifar100'"),
        (lambda c: c["nasbench201"]["cifar10"].pop("config"), "does not say which cells its rows are"),
        (lambda c: c["nasbench201"]["cifar10"]["config"].reverse(), r"as cell 0, which is '\|avg_pool_3x3~0"),
        (lambda c: c["nasbench201"]["cifar10"].pop("fpga_energy"), "has no 'fpga_energy' for cifar10"),
        (lambda c: c["nasbench201"]["cifar10"]["raspi4_latency"].pop(), r"has shape \(15624,\); wanted \(15625,\)"),
        (lambda c: c["nasbench201"]["cifar10"]["raspi4_latency"].__setitem__(3, -1), "is -1.0 for cell 3; wanted"),
        (lambda c: c["nasbench201"]["cifar10"]["raspi4_latency"].__setitem__(3, "x"), "is not a list of numbers"),
        *(
            (
                lambda c, bad=bad: c["nasbench201"]["cifar10"]["edgetpu_latency"].__setitem__(3, bad),
                f"'edgetpu_latency' of cifar10 in .* is {bad} for cell 3; wanted a number above 0, or -1 where the",
            )
            for bad in (0.0, -3.0, float("inf"))
        ),
    ],
)
def test_an_official_file_that_lacks_something_is_named(tmp_path, damage, message) -> None:
    stored = content()
    for name in OFFICIAL[1:]:  # other data sets are read as the first is; arrays are read sooner than lists
        stored["nasbench201"][name] |= {column: np.ones(15_625) for column in NAMES}
    damage(stored)
    with pytest.raises(CorruptData, match=message):
        import_official(pickled(tmp_path / "official.pickle", stored), tmp_path / "t.zarr")
    assert not (tmp_path / "t.zarr").exists()


@pytest.mark.parametrize(
    ("head", "line", "message"),
    [
        (["dataset", *NAMES], ["cifar10"], "wanted 'dataset', 'architecture' or 'idx'"),
        (["dataset", "idx", *NAMES], ["mnist", 0], "Line 2 of .* has the data set 'mnist'; wanted cifar10"),
        (["dataset", "idx", *NAMES], ["cifar10", 15_625], "has a cell 15625; NAS-Bench-201 has the cells 0 to 15624"),
        (["dataset", "idx", *NAMES], ["cifar10", 0], "has cell 1 0 times; wanted each of 15,625 cells once"),
        (["dataset", "idx", *NAMES], ["cifar10", "first"], "The cell in line 2 of .* cannot be told"),
        (
            ["dataset", "idx", "architecture", *NAMES],
            ["cifar10", 1, "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"],
            "cannot be told: .* is number 1651, and 'idx' says 1; leave one of them",
        ),
        (["dataset", "architecture", *NAMES], ["cifar10", "|conv~0|"], "The cell in line 2 of .* names the operation"),
        (["dataset", "idx", "fpga_energy"], ["cifar10", 0, "much"], "'much' in line 2 of .* is no number"),
    ],
)
def test_a_csv_of_other_cells_is_named(tmp_path, head, line, message) -> None:
    with pytest.raises(CorruptData, match=message):
        line = [*line, *[""] * (len(head) - len(line))]
        import_official(written(tmp_path / "t.csv", head, [line]), tmp_path / "t.zarr")


def test_a_csv_with_more_than_cifar10_is_no_cifar10(tmp_path: Path) -> None:
    lines: list[list[object]] = [["cifar100", row] for row in range(15_625)]
    with pytest.raises(CorruptData, match=r"has the data sets \['cifar100'\]; import it as table 'hw-nas-bench'"):
        import_cifar10(written(tmp_path / "t.csv", ["dataset", "idx"], lines), tmp_path / "t.zarr")


def test_a_file_of_the_other_table_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(CorruptData, match="is an npz, which has CIFAR-10 alone; import it as 'hw-nas-bench-cifar10'"):
        import_official(saved(tmp_path / "a.npz", idx=np.arange(3)), tmp_path / "t.zarr")
    (tmp_path / "b.pickle").write_bytes(pickle.dumps({}))
    with pytest.raises(CorruptData, match="is a pickle, which has all data sets; import it as 'hw-nas-bench'"):
        import_cifar10(tmp_path / "b.pickle", tmp_path / "t.zarr")


def test_an_npz_of_other_shapes_or_without_numbers_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorruptData, match="has no 'idx'"):
        import_cifar10(saved(tmp_path / "a.npz", fpga_energy=np.ones(3)), tmp_path / "t")
    with pytest.raises(CorruptData, match="has cell 3 0 times"):
        import_cifar10(saved(tmp_path / "b.npz", idx=np.arange(3)), tmp_path / "t")
    with pytest.raises(CorruptData, match=r"'fpga_energy' in .* has shape \(3,\)"):
        import_cifar10(saved(tmp_path / "c.npz", idx=np.arange(15_625), fpga_energy=np.ones(3)), tmp_path / "t")
    with pytest.raises(CorruptData, match=r"has 0\.5, which is no whole number"):
        import_cifar10(saved(tmp_path / "e.npz", idx=np.arange(15_625) / 2), tmp_path / "t")
    with pytest.raises(CorruptData, match=r"'fpga_energy' of .* is complex128"):
        import_cifar10(
            saved(tmp_path / "f.npz", idx=np.arange(15_625), fpga_energy=np.ones(15_625, complex)), tmp_path / "t"
        )
    (tmp_path / "d.npz").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(CorruptData, match="is no archive of numpy arrays"):
        import_cifar10(tmp_path / "d.npz", tmp_path / "t")
