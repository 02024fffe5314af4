"""The shipped table against the values published elsewhere, the counting rules, and the benchmarks."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from nasapi_nb201 import TITLES
from nasapi_nb201.objectives import COUNTED, SHIPPED, objective
from nasapi_nb201.space import NB201

import nasapi
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.tables import Column, Table, write_table
from nasapi.testing import shared_data

SPACE = NB201()
EVERY = SPACE.codes_at(np.arange(15_625))
PUBLISHED = {
    "cifar10": ("cifar10_xvalid_200", "cifar10", "cifar10-valid", 1e-7, 0),
    "cifar100": ("cifar100_valid_200", "cifar100", "cifar100", 0.0101, 174),
    "imagenet16-120": ("ImageNet16-120_valid_200", "ImageNet16-120", "ImageNet16-120", 0.0834, 126),
}
BEST = {"cifar10": (91.607, 6111), "cifar100": (73.493, 9930), "imagenet16-120": (46.733, 10676)}


@pytest.fixture(scope="module")
def accuracy() -> dict[str, np.ndarray]:
    with np.load(shared_data("nb201/accuracy.npz", "the published values")) as file:
        return dict(file)


@pytest.fixture(autouse=True)
def no_imports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("dataset", TITLES)
def test_validation_accuracy_agrees_with_the_other_publication(dataset: str, accuracy: dict[str, np.ndarray]) -> None:
    """The other file derives CIFAR-100 and ImageNet16-120 from two test sets, off by images in few cells."""
    column, _, _, most, rows = PUBLISHED[dataset]
    apart = np.abs(objective(dataset).evaluate(EVERY)["valid_accuracy"] - accuracy[column])
    assert apart.max() < most
    assert (apart > 1e-6).sum() == rows


@pytest.mark.parametrize("seed", [777, 888, 999])
def test_each_training_seed_has_its_column(seed: int, accuracy: dict[str, np.ndarray]) -> None:
    column = Table(SHIPPED)["cifar10_valid_accuracy"][:, (777, 888, 999).index(seed)]
    np.testing.assert_allclose(column, accuracy[f"cifar10_xvalid_200_seed{seed}"], atol=1e-7)


@pytest.mark.parametrize("dataset", TITLES)
def test_sizes_are_the_published_ones_for_every_cell(dataset: str, accuracy: dict[str, np.ndarray]) -> None:
    found, name = objective(dataset).evaluate(EVERY), PUBLISHED[dataset][1]
    np.testing.assert_array_equal(found["params"], np.round(accuracy[f"{name}_params_M"] * 1e6))
    np.testing.assert_array_equal(found["multiply_additions"], np.round(accuracy[f"{name}_flops_M"] * 1e6))


@pytest.mark.parametrize("dataset", TITLES)
def test_seconds_are_those_of_200_epochs_and_are_the_cost(dataset: str, accuracy: dict[str, np.ndarray]) -> None:
    found, name = objective(dataset).evaluate(EVERY), PUBLISHED[dataset][2]
    np.testing.assert_allclose(found["train_seconds"], 200 * accuracy[f"{name}_train_s_per_epoch"], rtol=1e-8)
    np.testing.assert_array_equal(found["cost"], found["train_seconds"])


@pytest.mark.parametrize("dataset", ["cifar100", "imagenet16-120"])
def test_latency_is_in_milliseconds(dataset: str, accuracy: dict[str, np.ndarray]) -> None:
    published = accuracy[f"{PUBLISHED[dataset][1]}_latency_s"]
    found = objective(dataset).evaluate(EVERY)["latency"]
    assert np.median(np.abs(found / (1000 * published) - 1)) < 1e-8


@pytest.mark.parametrize("dataset", TITLES)
def test_the_optimum_is_the_known_one(dataset: str) -> None:
    found = objective(dataset).evaluate(EVERY)["valid_accuracy"]
    value, index = BEST[dataset]
    assert (round(float(found.max()), 3), int(found.argmax())) == (value, index)


@pytest.mark.parametrize("dataset", TITLES)
def test_a_benchmark_knows_its_optimum_and_reports_all_but_the_goal(dataset: str) -> None:
    benchmark = nasapi.load_benchmark(f"nb201/{dataset}-v1")
    assert benchmark.reference.optima["valid_accuracy"] == pytest.approx(BEST[dataset][0], abs=5e-4)
    assert benchmark.report_metrics == ("test_accuracy", "latency", "params", "multiply_additions")
    assert str(benchmark.problem.budget) == "192 trials"


def test_noise_draws_the_seeds_that_a_cell_has() -> None:
    seeds = Table(SHIPPED)["cifar100_valid_accuracy"]
    row = int(np.flatnonzero(np.isnan(seeds).any(axis=1))[0])
    codes = np.repeat(EVERY[row : row + 1], 200, axis=0)
    noise = np.random.default_rng(0).integers(0, 2**63, 200).astype(np.uint64)
    drawn = objective("cifar100").evaluate(codes, noise=noise)["valid_accuracy"]
    assert set(drawn) == set(seeds[row][~np.isnan(seeds[row])])


def test_the_table_says_what_it_is_and_is_whole() -> None:
    table = Table(SHIPPED)
    table.verify()
    assert table.rows == 15_625
    assert {"title", "source", "source_sha256", "licence", "citation"} <= table.attributes.keys()
    np.testing.assert_array_equal(table["codes"], EVERY)


def test_a_flipped_bit_in_the_table_is_refused_by_name(tmp_path: Path) -> None:
    copy = tmp_path / "copy.zarr"
    shutil.copytree(SHIPPED, copy)
    chunk = copy / "cifar10_latency" / "c" / "0"
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 4
    chunk.write_bytes(content)
    with pytest.raises(CorruptData, match="'cifar10_latency'"):
        Table(copy).verify()


def test_without_an_import_test_accuracy_is_missing_and_says_how_to_get_it() -> None:
    found = objective("cifar10")
    assert "test_accuracy" not in [metric.name for metric in found.metrics]
    with pytest.raises(NotAvailable, match="nasapi data import nb201"):
        found.metric("test_accuracy")


def test_an_imported_table_adds_test_accuracy_and_changes_nothing_else(no_imports: Path) -> None:
    before = objective("cifar10").evaluate(EVERY)
    test = np.column_stack([np.linspace(10, 90, 15_625), np.linspace(12, 92, 15_625), np.full(15_625, np.nan)])
    write_table(
        no_imports / "nb201.zarr",
        {
            "codes": Column(EVERY.astype(np.int8), "codes"),
            "cifar10_test_accuracy": Column(test, "made up", "%", "test"),
        },
    )
    after = objective("cifar10")
    assert after.metric("test_accuracy").split == "test"
    assert set(after.missing) == {"fidelity"}
    found = after.evaluate(EVERY)
    np.testing.assert_allclose(found["test_accuracy"], np.linspace(11, 91, 15_625))
    np.testing.assert_array_equal(found["valid_accuracy"], before["valid_accuracy"])


def test_an_imported_table_of_other_cells_is_refused(no_imports: Path) -> None:
    codes = Column(EVERY[::-1].astype(np.int8), "codes")
    write_table(no_imports / "nb201.zarr", {"codes": codes, "cifar10_test_accuracy": Column(np.ones(15_625), "")})
    with pytest.raises(CorruptData, match="lists other cells; import it again"):
        objective("cifar10")


def test_an_unknown_data_set_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r"no data set 'cifar11'\. Did you mean 'cifar10'"):
        objective("cifar11")


def within_networks(values, networks):
    """The root of the pooled variance of values of one network, over all networks that have several."""
    group, count = np.unique(networks, return_inverse=True, return_counts=True)[1:]
    group = group.ravel()
    squares = np.bincount(group, (values - (np.bincount(group, values) / count)[group]) ** 2)
    return float(np.sqrt(squares[count > 1].sum() / (count[count > 1] - 1).sum()))


@pytest.mark.parametrize(
    ("dataset", "again", "codes", "better"),
    [("cifar10", 0.24, 0.38, 0.18), ("cifar100", 0.55, 0.43, 0.41), ("imagenet16-120", 0.63, 0.58, 0.49)],
)
def test_what_training_again_changes_and_how_far_codes_of_a_network_lie_apart(dataset, again, codes, better):
    values = objective(dataset)
    space = values.space
    every = space.codes_at(np.arange(space.size))
    networks = np.unique(space.canonical(every), axis=0, return_inverse=True)[1].ravel()
    mean = values.evaluate(every)["valid_accuracy"]
    assert round(values.training_sd("valid_accuracy"), 2) == again
    assert round(within_networks(mean, networks), 2) == codes
    group, count = np.bincount(networks, mean), np.bincount(networks)
    good = (group / count >= np.median((group / count)[count > 1]))[networks]
    assert round(within_networks(mean[good], networks[good]), 2) == better


def test_seconds_are_scaled_from_those_of_cifar10_and_say_so():
    seconds = {name: objective(name).evaluate(EVERY)["train_seconds"] for name in TITLES}
    np.testing.assert_allclose(seconds["cifar100"], 2.0 * seconds["cifar10"])
    np.testing.assert_allclose(seconds["imagenet16-120"], 6.068 * seconds["cifar10"])
    assert all(objective(name).metric("train_seconds").origin.startswith("derived: ") for name in TITLES)
    counted = {objective(name).metric(size).origin for name in TITLES for size in ("params", "multiply_additions")}
    assert counted == {COUNTED}
    assert all(
        objective(name).metric(each).origin == "measured" for name in TITLES for each in ("valid_accuracy", "latency")
    )
