"""Starting up: rooms import what is used of them, and plugins are found without what is slow to import."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import nasapi
from nasapi.errors import CorruptData
from nasapi.lazy import lazy_names
from nasapi.plugins.entry_points import Point, _by_the_library, points
from nasapi.tables import Column, Table, write_table

SLOW = {"numpy", "attrs", "importlib.metadata", "email", "urllib.request", "numcodecs", "zarr", "numpy.ma", "ssl"}
KIT = {"networkx", "joblib", "nasapi.testing.kit"}
LIST = """
import sys
sys.argv[1:] = ["list"]
from nasapi.cli.start import main
try:
    main()
except SystemExit:
    pass
"""
FIRST_ANSWER = """
import nasapi
benchmark = nasapi.load_benchmark("nb201/cifar10-v1")
benchmark.evaluate(benchmark.problem.trials([[2, 2, 2, 1, 0, 4]]))
"""


def imported_by(script: str) -> set[str]:
    message = f"{script}\nimport sys; print(*(set(sys.modules) & {SLOW | KIT!r}))"
    env = {**os.environ, "NASAPI_DATA": os.devnull}  # where no table was imported
    done = subprocess.run([sys.executable, "-c", message], capture_output=True, text=True, check=True, env=env)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("room", ["nasapi.data", "nasapi.plugins", "nasapi.spaces", "nasapi.tables", "nasapi.testing"])
def test_no_late_name_is_hidden_by_a_module(room: str) -> None:
    package = import_module(room)
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    eager = {"manager"}
    assert not modules & set(package.__all__) - eager
    assert set(package.__all__) <= set(vars(package)["__dir__"]())
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert callable(package.manager) if room == "nasapi.plugins" else True
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = package.nothing


def test_a_lazy_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    room, inner = ModuleType("made_room"), ModuleType("made_room.inner")
    inner.thing = object()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "made_room", room)
    monkeypatch.setitem(sys.modules, "made_room.inner", inner)
    found, listed = lazy_names("made_room", {"thing": "inner"})
    assert "thing" in listed()
    assert found("thing") is vars(room)["thing"] is inner.thing
    with pytest.raises(AttributeError, match="module 'made_room' has no attribute 'inner'"):
        found("inner")


def test_a_module_of_the_package_is_there_without_an_import_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(nasapi, "constraint", raising=False)
    assert nasapi.constraint is sys.modules["nasapi.constraint"]
    for name in ("nothing", "_version"):
        with pytest.raises(AttributeError, match=f"module 'nasapi' has no attribute '{name}'"):
            getattr(nasapi, name)


def test_the_list_of_entries_imports_nothing_slow() -> None:
    script = (
        "import sys; sys.argv[1:] = ['list']\ntry:\n from nasapi.cli.start import main; main()\nexcept SystemExit: pass"
    )
    assert not imported_by(script) & {"numpy", "importlib.metadata", "email", "zarr"}


def test_a_first_answer_imports_numpy_and_no_more_than_it_needs() -> None:
    pytest.importorskip("nasapi_nb201", reason="the quickest table is its own")
    assert imported_by(FIRST_ANSWER) <= {"numpy", "attrs"}


def test_the_toy_is_loaded_without_the_kit_beside_it() -> None:
    assert not imported_by("import nasapi; nasapi.load_benchmark('toy/formula-v1')") & KIT


def test_entry_points_are_those_of_the_library() -> None:
    assert sorted(points("nasapi.v")) == sorted(_by_the_library("nasapi.v"))


def test_what_is_on_the_path_in_a_zip_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as site:
        site.writestr("odd-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n")
        site.writestr("odd-1.0.dist-info/entry_points.txt", "[odd.v1]\nodd = odd.module:name\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site.zip"))
    assert list(points("odd.v")) == [("odd", "1.0", Point("odd.v1", "odd", "odd.module:name"))]


def test_of_two_distributions_of_one_name_the_first_on_the_path_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, name, group in (("second", "Odd.one", "odd.v2"), ("first", "odd_one", "odd.v1")):
        info = tmp_path / folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        info.joinpath("METADATA").write_text(f"Name: {name}\r\nVersion: 1.0\r\n\r\nName: none\r\n")
        info.joinpath("entry_points.txt").write_text(f"# odd\n[{group}]\nodd = odd\n[other]\nodd = odd\n")
        monkeypatch.syspath_prepend(str(tmp_path / folder))
    assert list(points("odd.v")) == [("odd_one", "1.0", Point("odd.v1", "odd", "odd"))]


def test_an_entry_point_gives_a_module_or_what_is_in_it() -> None:
    assert Point("g", "n", "os.path").load() is import_module("os.path")
    assert Point("g", "n", "os : path.join [extra]").load() is import_module("os.path").join
    with pytest.raises(ValueError, match=r"points to 'os:'; wanted 'module' or 'module:name'"):
        Point("g", "n", "os:").load()


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("at", [0, 50, -1])
def test_a_flipped_bit_is_found_in_columns_that_are_packed_and_in_those_that_are_not(
    packed: bool, at: int, tmp_path: Path
) -> None:
    values = np.arange(60.0).reshape(20, 3)
    table = write_table(tmp_path / "table", {"numbers": Column(values, "numbers")}, packed=packed)
    np.testing.assert_array_equal(table["numbers"], values)
    chunk = tmp_path / "table" / "numbers" / "c" / "0" / "0"
    content = bytearray(chunk.read_bytes())
    content[at] ^= 1
    chunk.write_bytes(content)
    with pytest.raises(CorruptData, match="numbers"):
        Table(tmp_path / "table")["numbers"]


def test_a_column_that_is_not_packed_and_cut_off_is_named(tmp_path: Path) -> None:
    write_table(tmp_path / "table", {"numbers": Column(np.arange(60.0), "numbers")}, packed=False)
    chunk = tmp_path / "table" / "numbers" / "c" / "0"
    chunk.write_bytes(chunk.read_bytes()[:-9])
    with pytest.raises(CorruptData, match="its CRC-32C differs"):
        Table(tmp_path / "table")["numbers"]


def broken_site(folder: Path, entries: bytes, metadata: bytes = b"Name: odd\nVersion: 1.0\n") -> None:
    info = folder / "odd-1.0.dist-info"
    info.mkdir(parents=True)
    info.joinpath("METADATA").write_bytes(metadata)
    info.joinpath("entry_points.txt").write_bytes(entries)


@pytest.mark.parametrize("reads", [points, _by_the_library])
@pytest.mark.parametrize(
    ("entries", "metadata"),
    [
        (b"[other]\nno equals sign\n", b""),
        (b"[other]\nodd = o\x0cdd\n", b"Name: odd\n"),
        (b"\x00\xff\xfe", b"\xff\xfe"),
        (b"", b""),
    ],
)
def test_a_broken_distribution_harms_no_other(
    reads: Any, entries: bytes, metadata: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = sorted(points("nasapi.v"))
    broken_site(tmp_path, entries, metadata)
    monkeypatch.syspath_prepend(tmp_path)
    assert expected and sorted(reads("nasapi.v")) == expected


@pytest.mark.parametrize("reads", [points, _by_the_library])
def test_a_line_that_is_no_entry_point_is_one_that_says_so(
    reads: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_site(tmp_path, b"[odd.v1]\nodd : odd.module\n# remark\n")
    monkeypatch.syspath_prepend(tmp_path)
    [(name, version, point)] = reads("odd.v")
    assert (name, version) == ("odd", "1.0")
    with pytest.raises(ValueError, match=r"Entry point 'odd : odd\.module' points to ''; wanted 'module'"):
        point.load()


def test_a_distribution_of_a_zip_without_metadata_has_the_name_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as site:
        site.writestr("odd-1.0.dist-info/entry_points.txt", "[odd.v1]\nodd = odd.module\n")
    monkeypatch.syspath_prepend(tmp_path / "site.zip")
    assert list(points("odd.v")) == [("odd", "1.0", Point("odd.v1", "odd", "odd.module"))]
