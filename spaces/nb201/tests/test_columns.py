"""The import of named columns from npz and CSV files, and the levels that they give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nasapi_nb201.importers.columns import import_columns
from nasapi_nb201.objectives import SHIPPED, objective
from nasapi_nb201.space import NB201

import nasapi
from nasapi.data import import_file, path
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.fidelity import Fidelity
from nasapi.tables import Column, Table, write_table
from nasapi.testing import shared_data

SPACE = NB201()
EVERY = SPACE.codes_at(np.arange(15_625))
NUMBERS = np.arange(15_625)
STRINGS = np.array([SPACE.format(code) for code in EVERY])
SEEDS = Table(SHIPPED)["cifar10_valid_accuracy"]
LONG = np.nanmean(SEEDS, axis=1)
SHORT = LONG * 0.8
TESTED = np.where(NUMBERS == 6111, 94.373, LONG)  # made up, but for what was published of one cell


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    return tmp_path


def npz(folder: Path, **columns: Any) -> Path:
    np.savez(folder / "mine.npz", **columns)
    return folder / "mine.npz"


def test_columns_of_an_npz_are_two_levels_in_any_order_of_rows(folder: Path) -> None:
    back = NUMBERS[::-1]
    file = npz(folder, idx=back, cifar10_xvalid_12=SHORT[::-1], cifar10_test_200=TESTED[::-1], something=np.ones(3))
    import_file("nb201-columns", file, notify=lambda _: None)
    found = objective("cifar10")
    assert found.fidelity == Fidelity("epochs", (12, 200))
    low, high = found.evaluate(EVERY, 12), found.evaluate(EVERY)
    np.testing.assert_allclose(low["valid_accuracy"], SHORT)
    np.testing.assert_allclose(high["valid_accuracy"], LONG)
    np.testing.assert_allclose(high["test_accuracy"], TESTED)
    assert np.isnan(low["test_accuracy"]).all()
    assert found.failures["test_accuracy"]
    np.testing.assert_allclose(low["cost"], high["cost"] * 12 / 200)
    np.testing.assert_array_equal(low["params"], high["params"])
    assert objective("cifar100").fidelity is None


def test_a_cell_that_a_lower_level_lacks_fails_there_with_a_sentence(folder: Path) -> None:
    gaps = np.where(NUMBERS == 7, np.nan, SHORT)
    import_file("nb201-columns", npz(folder, idx=NUMBERS, cifar10_xvalid_12=gaps), notify=lambda _: None)
    found = objective("cifar10")
    assert np.flatnonzero(np.isnan(found.evaluate(EVERY, 12)["valid_accuracy"])).tolist() == [7]
    assert found.failures == {
        "valid_accuracy": "valid_accuracy was not published, or not imported, for this cell and number of epochs."
    }


def test_a_csv_names_cells_by_their_strings_and_seeds_by_columns(folder: Path) -> None:
    file = folder / "mine.csv"
    lines = ["architecture,cifar10_valid_12,cifar10_valid_12_seed777,cifar10_valid_12_seed888"]
    lines += [f"{SPACE.format(code)},0,{short},{short + 2}" for code, short in zip(EVERY, SHORT, strict=True)]
    file.write_text("\n".join(lines))
    table = import_columns(file, folder / "table.zarr")
    np.testing.assert_allclose(table["cifar10_valid_accuracy"][:, 0], np.column_stack([SHORT, SHORT + 2]))


@pytest.mark.parametrize(("seed", "place"), [(777, 0), (888, 1), (999, 2)])
def test_one_training_seed_is_compared_with_that_seed(seed: int, place: int, folder: Path) -> None:
    columns = {"idx": NUMBERS, f"cifar10_valid_200_seed{seed}": SEEDS[:, place]}
    table = import_columns(npz(folder, **columns), folder / "table.zarr")
    np.testing.assert_array_equal(table["cifar10_valid_accuracy"][:, 1, 0], SEEDS[:, place])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c.pop("idx"), "does not say which cells its rows are"),
        (lambda c: c.update(idx=NUMBERS // 2), "does not list each of the 15,625 cells once"),
        (lambda c: c.update(architecture=STRINGS[::-1]), "by 'idx' and by 'architecture', which differ; leave one"),
        (lambda c: c.pop("cifar10_valid_12"), "has no such columns; wanted 'idx' or 'architecture'"),
        (lambda c: c.update(cifar10_valid_12=SHORT / 100), "'cifar10_valid_12' of .* is not in percent"),
        (
            lambda c: c.update(cifar10_valid_12=SHORT[1:]),
            r"'cifar10_valid_12' of .* has shape \(15624,\) and type float64; wanted 15,625",
        ),
        (lambda c: c.update(cifar10_valid_90=SHORT), "after 90 epochs; cells were trained for 12 and for 200"),
        (lambda c: c.update(cifar10_valid_200=LONG[::-1]), "has other values than NAS-Bench-201 on CIFAR-10; are the"),
        (lambda c: c.update(cifar10_valid_200=np.where(NUMBERS < 3_000, 50, LONG)), "has other values than NAS-Bench"),
        (
            lambda c: c.update(cifar10_valid_200_seed777=SEEDS[:, 1]),
            "seed777' of .* has other values than NAS-B",
        ),
        (lambda c: c.update(cifar10_test_200=LONG[::-1]), r"test_200' of .* does not follow .* correlation is 0\.0"),
        (lambda c: c.update(cifar10_valid_12=SHORT[::-1]), r"valid_12' of .* does not follow .* correlation is 0\.0"),
        (lambda c: c.update(cifar100_test_12=np.full(15_625, 50)), r"test_12' of .* correlation is 0\.00"),
        (lambda c: c.update(cifar10_xvalid_12=SHORT), "'cifar10_valid_12' of .* and 'cifar10_xvalid_12' name the same"),
        (
            lambda c: c.update(cifar10_test_200_seed777=LONG, CIFAR10_xtest_200_seed777=LONG),
            "'CIFAR10_xtest_200_seed777' of .* and 'cifar10_test_200_seed777' name the same values; leave one",
        ),
    ],
)
def test_a_file_of_other_columns_is_refused(change: Callable[[dict[str, Any]], Any], words: str, folder: Path) -> None:
    columns = {"idx": NUMBERS, "cifar10_valid_12": SHORT}
    change(columns)
    with pytest.raises(CorruptData, match=words):
        import_columns(npz(folder, **columns), folder / "table.zarr")
    assert not (folder / "table.zarr").exists()


def test_a_csv_that_is_none_is_refused(folder: Path) -> None:
    for text, words in (
        ("idx,cifar10_valid_12\n1,x", "Column 'cifar10_valid_12' of .* is no column of numbers"),
        ("idx,a\n1", "Line 2 of .* has 1 values; its head names 2 columns"),
        ("idx,cifar10_valid_12,cifar10_valid_12\n1,90,1.7", "two columns 'cifar10_valid_12', and nothing says which"),
        ("idx;cifar10_valid_12\n1;90", "which cells its rows are: it has 'idx;cifar10_valid_12'; wanted 'idx'"),
        ("", "no lines below a head"),
    ):
        (folder / "bad.csv").write_text(text)
        with pytest.raises(CorruptData, match=words):
            import_columns(folder / "bad.csv", folder / "table.zarr")


def test_without_an_import_lower_levels_say_how_they_are_got() -> None:
    with pytest.raises(InvalidOption, match="no fidelities, but was asked for 12; omit it, or get them: accuracies"):
        objective("cifar10").evaluate(EVERY[:1], 12)
    with pytest.raises(
        InvalidOption, match=r"no fidelities, but was asked for 12; .*, as in nb201/cifar10-v1\[epochs=12\]"
    ):
        nasapi.load_benchmark("nb201/cifar10-v1").objective.evaluate(EVERY[:1], 12)
    with pytest.raises(NotAvailable, match="`nasapi data import nb201 FILE` makes a table of the official files"):
        nasapi.load_benchmark("nb201/cifar10-v1", epochs=12)


def test_the_published_values_after_12_epochs_are_those_of_the_benchmark(folder: Path) -> None:
    published = shared_data("nb201/accuracy.npz", "the published values")
    import_file("nb201-columns", published, notify=lambda _: None)
    benchmark = nasapi.load_benchmark("nb201/cifar10-v1[epochs=12]")
    assert benchmark.problem.fidelity == Fidelity("epochs", (12, 200))
    found = benchmark.objective.evaluate(EVERY, 12)
    with np.load(published) as file:
        np.testing.assert_array_equal(found["valid_accuracy"], file["cifar10_xvalid_12"])
        np.testing.assert_array_equal(found["test_accuracy"], file["cifar10_test_12"])
    assert found["valid_accuracy"][1234] == pytest.approx(9.712)
    history = nasapi.run("nb201/cifar10-v1[epochs=12,budget=20]", "hyperband", seed=0)
    assert sorted(set(history.fidelity.tolist())) == [-1, 12]
    assert history.charged.sum() <= 20


def test_columns_that_stand_under_each_others_names_are_refused_by_what_was_published(folder: Path) -> None:
    with np.load(shared_data("nb201/accuracy.npz", "accuracies of NAS-Bench-201")) as opened:
        given = {name: opened[name] for name in ("idx", "cifar10_test_200", "cifar100_test_200", "cifar10_xvalid_12")}
    right = npz(folder, **given)
    import_file("nb201-columns", right, notify=lambda _: None)
    before = objective("cifar10", epochs=200).expected("test_accuracy")
    given["cifar10_test_200"], given["cifar100_test_200"] = given["cifar100_test_200"], given["cifar10_test_200"]
    message = r"mine.npz' would give network '.*' a test_accuracy of 73.22 on nb201/cifar10-v1; 94.373 was published"
    with pytest.raises(CorruptData, match=message):
        import_file("nb201-columns", npz(folder, **given), notify=lambda _: None)
    np.testing.assert_array_equal(objective("cifar10", epochs=200).expected("test_accuracy"), before)
    assert before[6111] == pytest.approx(94.373, abs=0.001)


def test_columns_are_held_to_what_was_published_whatever_else_is_imported(folder: Path) -> None:
    columns = {"codes": Column(EVERY, "cells"), "cifar10_test_accuracy": Column(TESTED[:, None], "made up")}
    write_table(path("nb201"), columns)
    with pytest.raises(CorruptData, match=r"test_accuracy of 91.606667 on nb201/cifar10-v1"):
        import_file("nb201-columns", npz(folder, idx=NUMBERS, cifar10_test_200=LONG), notify=lambda _: None)


def test_columns_without_the_published_networks_are_imported(folder: Path) -> None:
    lacking = np.where(NUMBERS == 6111, np.nan, LONG)
    file = npz(folder, idx=NUMBERS, cifar10_test_200=lacking)
    assert import_file("nb201-columns", file, notify=lambda _: None).rows == 15_625


def test_without_test_accuracies_the_way_from_a_file_of_columns_is_offered_and_works(folder: Path) -> None:
    message = objective("cifar10").missing["test_accuracy"]
    assert "`nasapi data import nb201 FILE`; or, with an npz or CSV file that has a column `cifar10_t" in message
    assert message.endswith("run `nasapi data import nb201-columns FILE`.")
    import_file("nb201-columns", npz(folder, idx=NUMBERS, cifar10_test_200=TESTED), notify=lambda _: None)
    assert "test_accuracy" not in objective("cifar10").missing
    message = objective("cifar100").missing["test_accuracy"]
    assert message.startswith(
        "the imported table nb201-columns has no test accuracies on CIFAR-100: run `nasapi data imp"
    )
    assert "a column `cifar100_test_200` beside those that you want to keep" in message
