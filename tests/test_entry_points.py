"""Entry points as they are written: in folders, archives and by finders, of which one harms no other."""

from __future__ import annotations

import functools
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import distributions
import pytest
from distributions import metadata, on_path

from nasapi.plugins.entry_points import Point, points

TEXT = """
# a remark
[console_scripts]
x = y:main

[nasapi.v1]
# another
one = package.module
two=package:attribute.of.it
broken

[nasapi.v2]
later = package
"""
FOUND = [
    Point("nasapi.v1", "one", "package.module"),
    Point("nasapi.v1", "two", "package:attribute.of.it"),
    Point("nasapi.v1", "broken", ""),
    Point("nasapi.v2", "later", "package"),
]


def points_by_distribution(family: str = "nasapi.v") -> dict[str, tuple[str, list[Point]]]:
    found: dict[str, tuple[str, list[Point]]] = {}
    for name, version, point in points(family):
        found.setdefault(name, (version, []))[1].append(point)
    return found


write = functools.partial(distributions.write, points=TEXT)


@pytest.fixture(params=["folder", "library"])
def installed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of distributions on the path, alone or with an archive, for which the library reads all of them."""
    site = tmp_path / "site"
    site.mkdir()
    folders = [tmp_path / "nothing", site]
    if request.param == "library":
        with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
            archive.writestr("zipped-3.0.dist-info/METADATA", metadata("zipped", "3.0"))
            archive.writestr("zipped-3.0.dist-info/entry_points.txt", "[nasapi.v1]\nzipped = z")
        folders.append(tmp_path / "some.zip")
    on_path(monkeypatch, *folders)
    return site


def own() -> dict[str, tuple[str, list[Point]]]:
    """What is told beside the archive."""
    return {name: rest for name, rest in points_by_distribution().items() if name != "zipped"}


def test_entry_points_are_read_by_their_groups(installed: Path) -> None:
    write(installed, "nasapi_x-1.2.dist-info", metadata("nasapi-x", "1.2"))
    assert own() == {"nasapi-x": ("1.2", FOUND)}
    assert {
        name: [point.name for point in found] for name, (_, found) in points_by_distribution("console").items()
    } == {"nasapi-x": ["x"]}


def test_an_egg_and_lines_of_another_system_are_read_as_well(installed: Path) -> None:
    write(installed, "egg_of_mine-0.5-py3.11.egg-info", metadata("egg-of-mine", "0.5"), "PKG-INFO")
    write(installed, "windows-2.0.dist-info", metadata("Windows", "2.0", "\r\n"))
    assert {name: version for name, (version, _) in own().items()} == {"egg-of-mine": "0.5", "Windows": "2.0"}


def test_without_metadata_a_distribution_has_the_name_of_its_folder(installed: Path) -> None:
    write(installed, "bare_one-4.5.dist-info", "Summary: nothing\n\nName: x\nVersion: 9\n")
    assert {name: version for name, (version, _) in own().items()} == {"bare_one": "4.5"}


def test_what_offers_nothing_is_passed_over(installed: Path) -> None:
    write(installed, "other-1.0.dist-info", metadata("other", "1.0"), points="[console_scripts]\na = b\n")
    write(installed, "none-1.0.dist-info", metadata("none", "1.0"), points="")
    write(installed, "no-1.0.dist-info.old", metadata("no", "1.0"))
    (installed / "file.dist-info").write_text(TEXT)
    assert own() == {}


def test_of_distributions_of_one_name_the_first_on_the_path_counts(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(installed, "Same_Name-1.0.dist-info", metadata("Same_Name", "1.0"))
    write(tmp_path / "later", "same.name-2.0.dist-info", metadata("same-name", "2.0"))
    write(tmp_path / "later", "else-2.0.dist-info", metadata("else", "2.0"))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "later")])
    assert {name: version for name, (version, _) in own().items()} == {"Same_Name": "1.0", "else": "2.0"}


def test_a_distribution_that_is_no_text_harms_no_other(installed: Path) -> None:
    write(installed, "odd-1.0.dist-info", metadata("odd", "1.0") + "\xff")
    (installed / "odd-1.0.dist-info" / "entry_points.txt").write_bytes(b"[nasapi.v1]\n\xff = \xfe\n")
    write(installed, "good-1.0.dist-info", metadata("good", "1.0"))
    assert own()["good"] == ("1.0", FOUND)


def test_the_working_folder_is_read_where_the_path_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "here-1.0.dist-info", metadata("here", "1.0"))
    monkeypatch.chdir(tmp_path)
    on_path(monkeypatch)
    assert points_by_distribution() == {}
    monkeypatch.setattr(sys, "path", [""])
    assert points_by_distribution() == {"here": ("1.0", FOUND)}


def test_distributions_that_a_finder_finds_by_itself_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "mine-1.0.dist-info", metadata("mine", "1.0"))
    on_path(monkeypatch)

    class Finder:
        @classmethod
        def find_distributions(cls, context: Any = None) -> Any:
            from importlib.metadata import PathDistribution

            return [PathDistribution(tmp_path / "mine-1.0.dist-info")]

    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    assert points_by_distribution() == {"mine": ("1.0", FOUND)}


def test_an_entry_point_is_what_it_points_to() -> None:
    assert Point("g", "n", "os").load() is os
    assert Point("g", "n", "os : path.join [extra]").load() is os.path.join
    assert Point("g", "n", "os:path").module == "os"
    for value in ("", "a b", "os:path:join", "os:"):
        with pytest.raises(ValueError, match=rf"Entry point 'n' points to '{value}'; wanted 'module' or 'module:name'"):
            Point("g", "n", value).load()
    with pytest.raises(AttributeError):
        Point("g", "n", "os:nothing").load()
