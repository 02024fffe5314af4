"""Samples: the first of one order, so that a smaller begins a larger, and takes over what that has measured."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_collect.architectures import Architectures
from nasapi_collect.collection import HEADER, Collection, Done
from nasapi_collect.commands import command
from nasapi_collect.merging import merge
from nasapi_collect.parallel import collect
from nasapi_collect.recipe import parse_recipe
from nasapi_collect.shards import Shard

from nasapi import load_space
from nasapi.errors import CorruptData, InvalidOption, NotAvailable

Write = Callable[..., Path]
FOUR = (("sample = 6", "sample = 4"), ('"nb201/tiny-v1"', '"nb201/tiny-4-v1"'))


def content(table: Path) -> str:
    """A digest of every file of a table."""
    found = hashlib.sha256()
    for path in sorted(path for path in table.rglob("*") if path.is_file()):
        found.update(path.relative_to(table).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def drawn(space: str, **networks: Any) -> Architectures:
    """The architectures of a recipe that chooses networks of a space so."""
    given = {"table": {"name": f"{space}/tiny-v1"}, "networks": {"space": space, **networks}}
    recipe = parse_recipe({**given, "data": {"name": "digits"}, "training": {}, "seeds": [0]})
    return Architectures.of(recipe, load_space(space))


@pytest.mark.parametrize(
    ("space", "networks"),
    [("nb201", {}), ("nb201", {"which": "codes", "sample_seed": 3}), ("darts", {}), ("nlp", {"which": "codes"})],
)
def test_a_sample_begins_a_larger_one(space: str, networks: dict[str, Any]) -> None:
    few, more = (drawn(space, sample=sample, **networks) for sample in (40, 700))
    np.testing.assert_array_equal(more.codes[list(more.order[:40])], few.codes[list(few.order)])
    np.testing.assert_array_equal(np.unique(more.codes, axis=0), more.codes)
    assert sorted(few.order) == list(range(40))


def test_a_sample_begins_the_whole() -> None:
    few, whole = drawn("nb201", sample=50), drawn("nb201")
    assert len(whole.codes) == 4930
    assert list(whole.order) == np.random.default_rng(0).permutation(4930).tolist()
    np.testing.assert_array_equal(whole.codes[list(whole.order[:50])], few.codes[list(few.order)])


def test_a_large_space_is_not_collected_whole() -> None:
    with pytest.raises(InvalidOption, match="darts is too large to be collected whole; give `sample`"):
        drawn("darts")


def test_another_seed_draws_other_networks() -> None:
    assert drawn("nb201", sample=50).codes.tolist() != drawn("nb201", sample=50, sample_seed=1).codes.tolist()


@pytest.fixture(scope="module")
def four(write_recipe: Write) -> Path:
    return write_recipe(*FOUR)


def test_a_sample_is_cut_out_without_measuring(four: Path, collected: Path, tmp_path: Path) -> None:
    words = [str(four), "-o", str(tmp_path / "four"), "--from", str(collected)]
    found = CliRunner().invoke(command, words, catch_exceptions=False)
    assert "0 networks measured, 4 taken from" in found.output
    table = merge([tmp_path / "four"], tmp_path / "four.zarr")
    whole = merge([collected], tmp_path / "six.zarr")
    rows = [whole["codes"].tolist().index(code) for code in table["codes"].tolist()]
    for name in table:
        np.testing.assert_array_equal(table[name], whole[name][rows])
    log = json.loads((tmp_path / "four.zarr.log.json").read_text())
    assert log["cpu_seconds"]["train"] > 0 and len(log["train_seconds_each"]) == 4
    (session,) = log["sessions"]
    assert session["taken"] == {"table": "nb201/tiny-v1", "collection": Collection.open(collected).digest}
    assert "torch" in session["versions"]


def test_a_sample_is_extended_to_what_one_collection_gives(
    tiny: Path, four: Path, collected: Path, tmp_path: Path
) -> None:
    collect(four, tmp_path / "four", source=collected)
    for index, done in ((1, Done(1, 2)), (2, Done(1, 2))):
        assert collect(tiny, tmp_path / "six", shard=Shard(index, 2), source=tmp_path / "four") == done
    merge([tmp_path / "six"], tmp_path / "six.zarr")
    merge([collected], tmp_path / "once.zarr")
    assert content(tmp_path / "six.zarr") == content(tmp_path / "once.zarr")
    log = json.loads((tmp_path / "six.zarr.log.json").read_text())
    assert [session.get("taken", {}).get("table") for session in log["sessions"]] == ["nb201/tiny-v1", None]


class Killed(BaseException):
    """What no code catches, as a kill."""


@pytest.mark.parametrize("lines", [1, 2, 5])
def test_killed_while_it_takes_over_it_goes_on(
    lines: int, tiny: Path, collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, write, left = tmp_path / "killed", os.write, lines

    def struck(handle: int, data: bytes) -> int:
        nonlocal left
        if data[9:].startswith(b"{") and (left := left - 1) < 0:
            write(handle, data[:60])
            raise Killed
        return write(handle, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", struck)
        with pytest.raises(Killed):
            collect(tiny, folder, source=collected)
    assert collect(tiny, folder, source=collected) == Done(0, 6 - max(lines - 2, 0))
    merge([folder], tmp_path / "killed.zarr")
    merge([collected], tmp_path / "once.zarr")
    assert content(tmp_path / "killed.zarr") == content(tmp_path / "once.zarr")
    assert len(json.loads((tmp_path / "killed.zarr.log.json").read_text())["sessions"]) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("epochs = 2", "epochs = 3"), r"epochs of \[training\] is 3 and 2"),
        (("seeds = [0, 1]", "seeds = [1, 0]"), r"seeds are \[1, 0\] and \[0, 1\]"),
        (("channels = 2", "channels = 3"), r"channels of \[network\] is 3 and 2"),
        (("test = 40", "test = 41"), r"test of \[data\] is 41 and 40"),
        (
            ("images = 20", 'split = "valid"'),
            "on 20 test images is in one alone; .* on all valid images is in one alone",
        ),
    ],
)
def test_numbers_that_came_about_otherwise_are_refused(
    write_recipe: Write, collected: Path, tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    with pytest.raises(InvalidOption, match=words):
        collect(write_recipe(change), tmp_path / "other", source=collected)
    assert not (tmp_path / "other").exists()


def test_another_collection_must_be_there_and_of_the_same_images(tiny: Path, collected: Path, tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match="There is no collection in"):
        collect(tiny, tmp_path / "mine", source=tmp_path / "nowhere")
    other = Path(shutil.copytree(collected, tmp_path / "other"))
    header = other / "collection.json"
    header.write_text(header.read_text().replace(Collection.open(collected).digest, "0" * 64))
    with pytest.raises(InvalidOption, match="was collected from other data than are here"):
        collect(tiny, tmp_path / "mine", source=other)


def test_a_header_that_is_moved_away_is_written_again_and_nothing_is_lost(
    collected: Path, tiny: Path, tmp_path: Path
) -> None:
    shutil.copytree(collected, tmp_path / "c")
    header = (tmp_path / "c" / HEADER).read_bytes()
    (tmp_path / "c" / HEADER).write_text("{}")
    with pytest.raises(CorruptData, match=r"has no 'kind'\. Move 'collection\.json' away, and `nasapi collect run`"):
        Collection.open(tmp_path / "c")
    (tmp_path / "c" / HEADER).unlink()
    assert collect(tiny, tmp_path / "c").measured == 0
    assert (tmp_path / "c" / HEADER).read_bytes() == header
