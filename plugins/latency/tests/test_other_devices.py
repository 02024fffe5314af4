"""Devices beyond HW-NAS-Bench: any columns become a table, and each device an objective."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from nasapi_latency.other_devices import import_other_devices, other_device
from nasapi_latency.sources import OTHER_DEVICES
from nasapi_nb201.space import NB201

import nasapi
from nasapi.data import import_file, place_of
from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.tables import Column, Table, write_table
from nasapi.testing.entries import check_entry

SPACE = NB201()
EVERY = SPACE.codes_at(np.arange(15_625))


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path / "data"))
    return tmp_path


def test_twenty_seven_devices_of_a_csv_are_looked_up_where_they_were_measured(folder: Path) -> None:
    names = [f"device{number}_{batch}" for number in range(9) for batch in (1, 32, 256)]
    rows = range(0, 15_625, 17)
    lines = [",".join(["architecture", *(f"{name}_latency" for name in names), "device0_1_energy"])]
    lines += [",".join([SPACE.format(EVERY[row]), *([str(row + 1.5)] * 27), ""]) for row in rows[:-1]]
    lines += [",".join([SPACE.format(EVERY[rows[-1]]), *(["7"] * 28)])]
    (folder / "help.csv").write_text("\n".join(lines))
    import_file("nb201-devices", folder / "help.csv", notify=lambda _: None)
    attributes = Table(place_of(OTHER_DEVICES)).attributes
    assert (attributes["source"], attributes["licence"]) == ("imported from help.csv", OTHER_DEVICES.licence)
    assert "NeurIPS 2021" in attributes["citation"] and attributes["title"] == OTHER_DEVICES.title
    for name in names:
        found = other_device(name).evaluate(EVERY[[17, 18]])["latency"]
        assert found[0] == 18.5 and np.isnan(found[1])
    both = nasapi.load_objective("nb201/devices[device=device0_1]")
    assert [metric.name for metric in both.metrics] == ["latency", "energy"]
    assert both.failures["energy"] == "This cell was not measured on device0_1."
    with pytest.raises(NotAvailable, match="the imported table has no energy of device8_256"):
        other_device("device8_256").metric("energy")
    with pytest.raises(InvalidOption, match=r"no device 'device8_255'\. Did you mean 'device8_2"):
        other_device("device8_255")
    report = check_entry("objective", "nb201/devices", {"device": "device3_32"})
    assert report.ok, str(report)


@pytest.fixture
def nasbench201(folder: Path) -> Path:
    """HELP's folder with two devices: its cells stand in an order of its own; one file has a list, one a tensor."""
    torch = pytest.importorskip("torch", reason="writes files of torch")
    place = folder / "HELP" / "data" / "nasbench201"
    (place / "latency").mkdir(parents=True)
    order = np.random.default_rng(0).permutation(15_625)  # which cell stands at each place
    torch.save({SPACE.format(EVERY[cell]): at for at, cell in enumerate(order)}, place / "str_arch2idx.pt")
    torch.save([float(cell + 1) for cell in order], place / "latency" / "titan_rtx_256.pt")
    torch.save(torch.tensor(order, dtype=torch.float32) + 0.5, place / "latency" / "pixel2.pt")
    return place


def test_the_files_of_help_are_read_as_they_are_and_put_in_the_official_order(nasbench201: Path) -> None:
    import_file("nb201-devices", nasbench201, notify=lambda _: None)
    assert other_device("titan_rtx_256").evaluate(EVERY)["latency"].tolist() == list(range(1, 15_626))
    assert other_device("pixel2").evaluate(EVERY)["latency"].tolist() == [cell + 0.5 for cell in range(15_625)]


@pytest.mark.parametrize(
    ("content", "file", "words"),
    [
        ([1.0, 2.0], "latency/pixel2.pt", r"pixel2.pt' has shape \(2,\); wanted \(15625,\), a latency for each cell"),
        ("fast", "latency/pixel2.pt", "pixel2.pt' is no list of numbers"),
        ([-1.0] * 15_625, "latency/pixel2.pt", "'pixel2_latency' in .* has values that are not above 0"),
        ({}, "str_arch2idx.pt", "does not give each of the 15,625 cells of NAS-Bench-201 its own place"),
        ([0] * 15_625, "str_arch2idx.pt", "does not give each of the 15,625 cells"),
    ],
)
def test_files_of_help_that_are_something_else_are_refused(
    content: object, file: str, words: str, nasbench201: Path
) -> None:
    pytest.importorskip("torch").save(content, nasbench201 / file)
    with pytest.raises(CorruptData, match=words):
        import_file("nb201-devices", nasbench201, notify=lambda _: None)
    assert not place_of(OTHER_DEVICES).exists()


def test_a_folder_that_does_not_say_which_cells_is_refused(nasbench201: Path) -> None:
    with pytest.raises(CorruptData, match=r"latency' holds .*pixel2.*; wanted the folder 'nasbench201' of HELP, with"):
        import_file("nb201-devices", nasbench201 / "latency", notify=lambda _: None)


def test_without_a_table_it_says_how_to_get_one() -> None:
    with pytest.raises(NotAvailable, match="`nasapi data import nb201-devices FILE`"):
        other_device("pixel2")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"idx": [1, 2], "pixel2_latency": [1.0, -1.0]}, "has values that are not above 0; leave a cell empty"),
        ({"idx": [1, 2], "pixel2_latency": [np.nan, np.nan]}, "'pixel2_latency' in .* has no values"),
        ({"idx": [1, 1], "pixel2_latency": [1.0, 2.0]}, "does not list cells of NAS-Bench-201, each once"),
        ({"idx": [1, 15_625], "pixel2_latency": [1.0, 2.0]}, "does not list cells of NAS-Bench-201, each once"),
        (
            {"pixel2_latency": [1.0, 2.0]},
            "which cells its rows are: it has .*; wanted 'idx' or 'architecture'",
        ),
        ({"idx": [1, 2], "pixel2": [1.0, 2.0]}, "has no such columns; wanted 'idx' or 'architecture', and a column"),
    ],
)
def test_a_file_of_something_else_is_refused(columns: dict[str, list[float]], words: str, folder: Path) -> None:
    np.savez(folder / "mine.npz", **{name: np.array(values) for name, values in columns.items()})
    with pytest.raises(CorruptData, match=words):
        import_other_devices(folder / "mine.npz", folder / "table.zarr")
    assert not (folder / "table.zarr").exists()


def test_an_imported_table_of_other_cells_is_refused() -> None:
    columns = {"codes": Column(EVERY[::-1].astype(np.int8), ""), "pixel2_latency": Column(np.ones(15_625), "")}
    write_table(place_of(OTHER_DEVICES), columns, space="nb201")
    with pytest.raises(CorruptData, match="lists other cells; import it again"):
        other_device()
