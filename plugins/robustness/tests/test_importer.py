"""The reader of the published layout: folders, archives, and every way in which a copy can be wrong."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from nasapi_robustness.collection import Robustness
from nasapi_robustness.importer import import_published
from nasapi_robustness.objective import objective
from nasapi_robustness.reader import PublishedFiles, read_published, unpack_all

from nasapi.errors import CorruptData, NotAvailable
from nasapi.tables import Table


def changed(path: Path, change: Callable[[Any], Any]) -> None:
    """Rewrite a JSON file; `change` gives the new content, or changes it in place and gives None."""
    content = json.loads(path.read_text())
    result = change(content)
    path.unlink()  # it is a link to a file of all tests
    path.write_text(json.dumps(content if result is None else result))


def archive(path: Path, names: dict[str, Path]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, place in names.items():
            opened.write(place, name)
    return path


def below(folder: Path, under: str = "") -> dict[str, Path]:
    found = sorted((folder / under).rglob("*.json"))
    return {str(place.relative_to(folder)): place for place in found}


def same_tables(one: Table, other: Table) -> bool:
    return set(one) == set(other) and all(np.array_equal(one[name], other[name]) for name in one)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work" / "table.zarr"


@pytest.fixture(scope="module")
def table(made_up: Path) -> Table:
    return Table(made_up / "robustness.zarr")


@pytest.fixture(scope="module")
def published(whole: Path) -> PublishedFiles:
    return read_published(whole)


def test_accuracies_are_in_percent_on_test_images(table: Table) -> None:
    assert table["cifar10_clean_accuracy"][3233] == pytest.approx(50.0)
    assert table["cifar10_fgsm_accuracy"].shape == (6466, 3)
    assert table.describe("cifar10_fog_accuracy")["split"] == "test"
    assert table.describe("cifar10_fog_accuracy")["unit"] == "%"
    assert table.attributes["epsilons"] == {"fgsm": [0.5, 1.0, 8.0]}


def test_confidences_and_confusion_matrices_are_kept(table: Table) -> None:
    found = Robustness(table, "cifar10")
    assert set(found.confidence("fgsm")) == {"label", "predicted"}
    assert found.confidence("clean")["predicted"].tolist() == [0.95] * 6466
    assert found.confidence("fog")["mean"].shape == (6466, 5)
    assert found.confusion("clean").sum() == 6466 * 1000


def test_archives_beside_each_other_are_read_like_the_folder(
    copy: Path, published: PublishedFiles, tmp_path: Path
) -> None:
    zips = tmp_path / "zips"
    zips.mkdir()
    archive(zips / "meta.zip", {"meta.json": copy / "meta.json"})
    archive(zips / "cifar10.zip", below(copy, "cifar10"))
    flat = {place.name: place for place in (copy / "ImageNet16-120").iterdir()}
    archive(zips / "ImageNet16-120-accuracies.zip", flat)
    found = read_published(zips, unpack_all(zips, tmp_path / "work"))
    assert found.files.keys() == published.files.keys()
    fgsm = ("imagenet16-120", "fgsm")
    np.testing.assert_array_equal(found.accuracy(*fgsm), published.accuracy(*fgsm))


def test_one_archive_of_all_gives_the_same_table(copy: Path, table: Table, target: Path, tmp_path: Path) -> None:
    one = archive(tmp_path / "all.zip", {f"robustness-data/{name}": place for name, place in below(copy).items()})
    assert same_tables(import_published(one, target), table)
    assert [place.name for place in target.parent.iterdir()] == ["table.zarr"]


def test_a_member_that_would_be_written_outside_is_refused(copy: Path, target: Path, tmp_path: Path) -> None:
    archive(copy / "evil.zip", {"../../escaped.json": copy / "meta.json"})
    with pytest.raises(CorruptData, match=r"member '\.\./\.\./escaped\.json' that would be written outside"):
        import_published(copy, target)
    assert not list(tmp_path.rglob("escaped.json"))
    assert not list(target.parent.iterdir())


def test_two_files_that_claim_the_same_values_and_differ_are_refused(copy: Path, target: Path) -> None:
    archive(copy / "more.zip", {"cifar10/clean_accuracy.json": copy / "cifar10" / "fog_accuracy.json"})
    with pytest.raises(CorruptData, match=r"both claim to be \('cifar10', 'clean', 'accuracy'\) and differ"):
        import_published(copy, target)


def test_a_damaged_file_of_an_archive_is_named_by_the_archive(copy: Path, target: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.json"
    damaged.write_text("{")
    one = archive(tmp_path / "all.zip", below(copy) | {"cifar10/fog_accuracy.json": damaged})
    with pytest.raises(CorruptData, match=rf"'{re.escape(str(one))}/cifar10/fog_accuracy\.json' is no JSON"):
        import_published(one, target)


def test_two_metas_that_differ_are_refused(copy: Path, tmp_path: Path) -> None:
    archive(copy / "meta.zip", {"meta.json": copy / "cifar10" / "fog_accuracy.json"})
    with pytest.raises(CorruptData, match=r"meta\.json' differ; keep the one that belongs to the values"):
        read_published(copy, unpack_all(copy, tmp_path / "work"))


def test_the_same_file_twice_is_read_once(copy: Path, published: PublishedFiles, tmp_path: Path) -> None:
    archive(copy / "more.zip", below(copy, "cifar10"))
    assert read_published(copy, unpack_all(copy, tmp_path / "work")).files.keys() == published.files.keys()


def test_a_copy_without_meta_is_refused(copy: Path, target: Path) -> None:
    (copy / "meta.json").unlink()
    with pytest.raises(CorruptData, match=r"has no 'meta\.json'; give the folder that holds it, or meta\.zip"):
        import_published(copy, target)


def test_a_copy_without_accuracies_is_refused(copy: Path, target: Path) -> None:
    for place in copy.rglob("*_accuracy.json"):
        place.unlink()
    with pytest.raises(CorruptData, match="has no accuracies; wanted files such as"):
        import_published(copy, target)


def test_another_file_is_no_archive(tmp_path: Path, target: Path) -> None:
    (tmp_path / "data.zip").write_bytes(b"no archive")
    with pytest.raises(CorruptData, match="is neither a zip nor a tar archive"):
        import_published(tmp_path / "data.zip", target)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda meta: meta["ids"].pop("7"), "lists 15624 cells; wanted the 15625 of NAS-Bench-201"),
        (lambda meta: [], "lists 0 cells"),
        (lambda meta: meta["ids"]["7"].update({"isomorph": "8"}), "covers other cells than NAS-Bench-201: cell 7 is"),
        (lambda meta: meta["ids"]["7"].update({"nb201-string": "|none~0|"}), r"cell 7 is \('\|none~0\|', '7'\)"),
        (lambda meta: meta["ids"].update({"7": "a string"}), "cell 7 is"),
        (lambda meta: meta.pop("epsilons"), "lists no epsilons for 'fgsm@Linf', of which there are accuracy"),
        (lambda meta: meta["epsilons"].update({"fgsm@Linf": [1.0, 0.5, 8.0]}), "wanted rising positive numbers"),
        (lambda meta: meta["epsilons"].update({"fgsm@Linf": ["1"]}), "wanted rising positive numbers"),
        (lambda meta: meta["epsilons"].update({"fgsm@Linf": [0.002, 0.004]}), "wanted multiples of 1/255"),
    ],
)
def test_a_meta_of_something_else_is_refused(change: Callable[[Any], Any], message: str, copy: Path) -> None:
    def quiet(meta: Any) -> Any:
        result = change(meta)
        return result if result == [] else None

    changed(copy / "meta.json", quiet)
    with pytest.raises(CorruptData, match=message):
        read_published(copy)


def cells_of(content: Any) -> Any:
    """The entries of a file by cell."""
    while "0" not in content:
        (content,) = content.values()
    return content


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (
            "clean_accuracy",
            lambda cells: cells.update({"0": float("nan")}),
            "cell 0 has a value that is no finite number",
        ),
        ("clean_accuracy", lambda cells: cells.update({"1": 1.5}), "cell 1 has a value outside 0 to 1"),
        (
            "clean_accuracy",
            lambda cells: cells.update({"1": [0.5, 0.5]}),
            r"cell 1 has shape \(2,\); wanted numbers of",
        ),
        ("clean_accuracy", lambda cells: cells.update({"1": "high"}), "cell 1 is 'high'; wanted numbers"),
        ("clean_accuracy", lambda cells: cells.pop("2"), "covers 6465 cells, not 6466, and lacks cell 2"),
        (
            "clean_accuracy",
            lambda cells: cells.update({"15625": 0.5}),
            "has a cell '15625' that meta.json does not name",
        ),
        (
            "fgsm@Linf_accuracy",
            lambda cells: cells["3"].pop(),
            r"cell 3 has shape \(2,\); wanted numbers of shape \(3,\)",
        ),
        (
            "fog_accuracy",
            lambda cells: cells["3"].append(0.1),
            r"cell 3 has shape \(6,\); wanted numbers of shape \(5,\)",
        ),
        ("fgsm@Linf_confidence", lambda cells: cells["3"].pop("label"), r"cell 3 has \['predicted'\], others"),
        (
            "fgsm@Linf_confidence",
            lambda cells: cells["1"].pop("label"),
            r"cell 1 has .*, others \['label', 'predicted'",
        ),
        ("clean_cm", lambda cells: cells["3"][0].__setitem__(1, -4), "numbers that are no counts of images"),
        ("clean_cm", lambda cells: cells["3"][0].__setitem__(1, 1e300), "numbers that are no counts of images"),
        ("clean_cm", lambda cells: cells.update({"3": [[0] * 10] * 10}), "the matrix of cell 3 counts no image"),
        ("clean_accuracy", lambda cells: cells.update({"3": 10**400}), "cell 3 is 10+; wanted numbers of shape"),
        ("clean_cm", lambda cells: cells["3"][5].__setitem__(5, 1), "its matrices count different numbers of images"),
        (
            "clean_cm",
            lambda cells: cells["9"][0].__setitem__(slice(2), [700, 300]),
            r"cell 9 has 0\.\d+ another accuracy by its matrix",
        ),
    ],
)
def test_a_wrong_value_is_named_by_file_and_cell(
    file: str, change: Callable[[Any], Any], message: str, copy: Path, published: PublishedFiles
) -> None:
    def apply(content: Any) -> None:
        change(cells_of(content))

    changed(copy / "cifar10" / f"{file}.json", apply)
    key, _, measure = file.partition("_")
    key = key.partition("@")[0]
    files = {**published.files, ("cifar10", key, measure): copy / "cifar10" / f"{file}.json"}
    read = {
        "accuracy": PublishedFiles.accuracy,
        "confidence": PublishedFiles.confidence,
        "cm": PublishedFiles.confusion,
    }[measure]
    with pytest.raises(CorruptData, match=rf"{file}\.json' cannot be imported: .*{message}"):
        read(attrs.evolve(published, files=files), "cifar10", key)


def test_a_wrong_value_leaves_nothing_behind(copy: Path, target: Path) -> None:
    changed(copy / "cifar10" / "fog_accuracy.json", lambda content: cells_of(content).update({"0": [2.0] * 5}))
    with pytest.raises(CorruptData, match=r"cell 0 has a value outside 0 to 1"):
        import_published(copy, target)
    assert not list(target.parent.iterdir())


def test_a_file_under_another_name_is_refused(copy: Path, target: Path) -> None:
    (copy / "cifar10" / "fog_accuracy.json").replace(copy / "cifar10" / "snow_accuracy.json")
    with pytest.raises(CorruptData, match="is not what its name says: it has no 'snow'"):
        import_published(copy, target)


def test_a_broken_file_is_refused(copy: Path, target: Path) -> None:
    (copy / "cifar10" / "fog_accuracy.json").unlink()
    (copy / "cifar10" / "fog_accuracy.json").write_text('{"cifar10": ')
    with pytest.raises(CorruptData, match=r"fog_accuracy\.json' is no JSON"):
        import_published(copy, target)


def test_what_imagenet_lacks_is_not_available_and_never_zero(made_up: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    clean = objective("imagenet16-120")
    with pytest.raises(NotAvailable, match="evaluated corruptions on CIFAR-10 and CIFAR-100 only"):
        clean.metric("mean_corruption_accuracy")
    assert "mean_corruption_accuracy" not in clean.evaluate(np.zeros((1, 6), np.int64))
    with pytest.raises(NotAvailable, match=r"no accuracy of 'fog' on ImageNet16-120 in the table: the authors"):
        objective("imagenet16-120", attack="fog")


def test_what_was_not_imported_is_not_available_with_the_command(
    made_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(made_up))
    with pytest.raises(NotAvailable, match=r"was imported without CIFAR-100; .* run `nasapi data import robustness"):
        objective("cifar100")
    with pytest.raises(NotAvailable, match="no accuracy of 'pgd' on CIFAR-10 in the table: import its file with"):
        objective("cifar10", attack="pgd", epsilon=1)
    with pytest.raises(
        NotAvailable, match=r"needs 'fgsm' at 0\.1/255, which the table lacks on CIFAR-10; it has 0\.5, 1, 8"
    ):
        objective("cifar10", attack="fgsm")
    with pytest.raises(NotAvailable, match="no confidence of 'fgsm' on ImageNet16-120"):
        Robustness.open("imagenet16-120").confidence("fgsm")


def test_without_a_table_the_command_that_imports_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASAPI_DATA", str(tmp_path))
    with pytest.raises(NotAvailable, match="then run `nasapi data import robustness FILE`"):
        objective()


def test_a_table_of_other_cells_is_refused(table: Table, tmp_path: Path) -> None:
    from nasapi.tables import Column, write_table

    short = {name: Column(table[name][:-1], "shortened") for name in table}
    with pytest.raises(CorruptData, match="covers other cells than the 6466 classes of nb201; import it again"):
        Robustness(write_table(tmp_path / "short.zarr", short), "cifar10")
