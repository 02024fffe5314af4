"""A collection that is gone on with under other versions says so before, in its status, when merged and published."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from nasapi_collect.collection import Collection
from nasapi_collect.commands import command
from nasapi_collect.conditions import conditions, differing
from nasapi_collect.shards import Shard, read_shard

from nasapi.tables import collected_objective

APART = f"torch 2.12.0 and {version('torch')}"


def rewritten(shard: Path, change: Callable[[dict[str, Any]], None], drop: int = 0) -> None:
    """A shard with its sessions changed, and its last lines left out."""
    lines = shard.read_bytes().splitlines()
    lines = lines[: len(lines) - drop]
    for at, line in enumerate(lines):
        record = json.loads(line.partition(b" ")[2])
        if record["kind"] == "session":
            change(record)
            body = json.dumps(record).encode()
            lines[at] = b"%08x %s" % (zlib.crc32(body), body)
    shard.write_bytes(b"\n".join(lines) + b"\n")


def older(record: dict[str, Any]) -> None:
    record["versions"]["torch"] = "2.12.0"


@pytest.fixture(scope="module")
def begun(collected: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All but one network of a collection, as if an older torch had measured them."""
    folder = Path(shutil.copytree(collected, tmp_path_factory.mktemp("older") / "begun"))
    rewritten(folder / "shards" / Shard().file, older, drop=1)
    return folder


def shown(*words: object) -> Any:
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)


def test_another_version_is_said_before_status_merging_and_publishing(tiny: Path, begun: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(begun, tmp_path / "mixed"))
    assert json.loads(shown("status", folder, "--json").output)["measured alike"] == "yes"
    gone_on = shown(tiny, "-o", folder)
    assert f"was measured with others than are here: {APART}. Trainings end elsewhere" in gone_on.stderr
    assert "1 network measured" in gone_on.output
    assert json.loads(shown("status", folder, "--json").output)["measured alike"] == f"no: {APART}"
    assert "others than are here" not in shown(tiny, "-o", folder).stderr  # for nothing is missing
    table, plugin = tmp_path / "mixed.zarr", tmp_path / "plugin"
    assert f"not all measured alike: {APART}" in shown("merge", folder, "-o", table).stderr
    for _ in range(2):  # it is known again as what was published
        published = shown("publish", table, "-o", plugin)
        assert published.exit_code == 0 and f"its README says: {APART}" in published.stderr
    assert f"Its networks were not all measured alike: {APART}.\n\nLicence" in (plugin / "README.md").read_text()
    objective = collected_objective(str(plugin / "nasapi_nb201tiny/data/table.zarr"), "nb201")
    assert objective.description.endswith(f"Not all were measured alike: {APART}.")


def test_what_another_version_measured_is_said_where_it_is_taken_over(tiny: Path, begun: Path, tmp_path: Path) -> None:
    taken = shown(tiny, "-o", tmp_path / "taken", "--from", begun)
    assert f"{str(begun)!r} was measured with others than are here: {APART}" in taken.stderr
    assert differing(Collection.open(tmp_path / "taken").measured()[1]) == [APART]


def test_what_is_measured_again_under_another_version_names_it(begun: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(begun, tmp_path / "again"))
    shard = folder / "shards" / Shard().file
    rewritten(shard, older)
    lines = shard.read_bytes().splitlines()
    record = json.loads(lines[2].partition(b" ")[2])
    record["values"]["test_accuracy"] = [1.0, 2.0]
    body = json.dumps(record).encode()
    lines[2] = b"%08x %s" % (zlib.crc32(body), body)
    shard.write_bytes(b"\n".join(lines) + b"\n")
    ended = CliRunner().invoke(command, ["again", str(folder), "-n", "1"])
    assert ended.exit_code == 1 and f"they were measured with others than are here: {APART}" in ended.output


def test_a_session_that_measured_nothing_is_none(begun: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(begun, tmp_path / "vain"))
    shard = folder / "shards" / Shard().file
    header, session, *units = shard.read_bytes().splitlines()
    vain = json.dumps({"kind": "session", "versions": {"torch": "1.0"}}).encode()
    line = b"%08x %s" % (zlib.crc32(vain), vain)
    shard.write_bytes(b"\n".join([header, line, session, *units, line, line]) + b"\n")
    assert [found["versions"]["torch"] for found in read_shard(shard).sessions] == ["2.12.0"]


def test_what_builds_measures_and_corrupts_is_recorded() -> None:
    expected = {"nasapi", "nasapi-collect", "nasapi-networks", "nasapi-nb201", "torch", "numpy", "foolbox"}
    assert set(conditions("nb201")["versions"]) >= expected


def test_networks_are_measured_again_on_the_device_that_they_were_measured_on(begun: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(begun, tmp_path / "elsewhere"))
    rewritten(folder / "shards" / Shard().file, lambda session: session.update(device="abacus"))
    runner = CliRunner()
    found = runner.invoke(command, ["again", str(folder), "-n", "1"])
    assert "There is no device 'abacus' here" in str(found.exception)
    found = runner.invoke(command, ["again", str(folder), "-n", "1", "--device", "cpu"])
    assert found.output == "1 network measured again: every number is the same.\n"


def test_processors_instructions_and_devices_differ_as_versions_do() -> None:
    here = conditions("nb201")
    assert differing([here, conditions("nb201")]) == []
    other = {**here, "model": "abacus", "processor": "BEADS", "device": "cuda", "python": "3.0"}
    assert [words.partition(" ")[0] for words in differing([here, other])] == [
        "Python",
        "processor",
        "instructions",
        "device",
    ]
