"""From a folder of images to a plugin, by the commands of docs/collect.md; and what publishing refuses."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from files_by_path import module_at
from nasapi_collect.commands import _show_latencies, command
from nasapi_collect.latency import Latencies
from nasapi_collect.merging import merge
from nasapi_collect.parallel import collect
from nasapi_collect.plugin_folder import publish
from nasapi_collect.reliability import hardly_agreeing, reliabilities, spearman
from nasapi_collect.shards import Shard
from PIL import Image

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError
from nasapi.plugins import Entry
from nasapi.plugins.hook_results import checked_entry
from nasapi.plugins.manager import Plugin, manager
from nasapi.tables import Column, Table, collected_benchmark, collected_objective, write_table
from nasapi.testing import check

PAGE = Path(__file__).parents[3] / "docs" / "collect.md"


def run(*words: str) -> str:
    found = CliRunner().invoke(command, list(words), catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def own_images(folder: Path, images: int = 200) -> None:
    """Two classes, bright above or bright below."""
    rng = np.random.default_rng(0)
    for number in range(images):
        name = ("cats", "dogs")[number % 2]
        pixels = rng.integers(0, 120, (24, 20, 3), np.uint8)
        pixels[:12] += np.uint8(60 * (number % 2))
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / name / f"{number:03}.png")


def entries_of(plugin: Path) -> list[Entry]:
    place = next(plugin.glob("nasapi_*/__init__.py"))
    found: list[Entry] = module_at(place, place.parent.name).nasapi_entries()
    return found


def test_the_page_leads_from_a_folder_to_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    own_images(tmp_path / "images")
    recipe = PAGE.read_text().split("```toml\n")[1].split("```")[0]
    smaller = recipe.replace("sample = 20", "sample = 3").replace("pets-20", "pets-3")
    smaller = smaller.replace("epochs = 10", "epochs = 1")
    assert smaller.count("= 3 ") and smaller.count("epochs = 1\n")
    (tmp_path / "pets.toml").write_text(smaller)
    assert "of CPU, on" in run("plan", "pets.toml", "--tries", "1")
    assert "3 networks measured" in run("pets.toml", "-o", "pets")
    assert "3 networks, " in run("merge", "pets", "-o", "pets.zarr")
    published = run("publish", "pets.zarr", "-o", "nasapi-pets")
    assert "nb201/pets-3-v1, nb201/pets-3-pgd-v1" in published
    assert "`pip install ./nasapi-pets`" in published
    offered = {entry.id: entry for entry in entries_of(tmp_path / "nasapi-pets")}
    assert list(offered) == ["nb201-pets-3", "nb201/pets-3"] + [
        f"nb201/pets-3{task}-v1" for task in ("", "-pgd", "-robust")
    ]
    robust = collected_benchmark(**offered["nb201/pets-3-robust-v1"].arguments)
    assert robust.problem.budget.limit == 3
    assert [goal.name for goal in robust.problem.goals] == ["valid_accuracy", "valid_pgd_2_accuracy"]
    assert all(metric.split != "test" for metric in robust.problem.goals)


@pytest.fixture(scope="module")
def plugin(collected: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    merge([collected], folder / "tiny.zarr")
    publish(folder / "tiny.zarr", folder / "plugin")
    return folder / "plugin"


def test_networks_of_a_published_sample_are_a_sample_of_the_whole(
    plugin: Path, tmp_path: Path, write_recipe: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = Plugin("nasapi-nb201-tiny", "0.1", tuple(entries_of(plugin)))
    monkeypatch.setattr(manager(), "plugins", [*manager().plugins, installed])
    name = "nb201/digits-2"
    changes = ('space = "nb201"', 'space = "nb201-tiny"'), ("nb201/tiny", name), ("sample = 6", "sample = 2")
    collect(write_recipe(*changes, ("epochs = 2", "epochs = 1")), tmp_path / "two")
    merge([tmp_path / "two"], tmp_path / "two.zarr")
    publish(tmp_path / "two.zarr", tmp_path / "plugin")
    assert 'dependencies = ["nasapi>=0.1", "nasapi-nb201"]' in (tmp_path / "plugin" / "pyproject.toml").read_text()
    offered = {entry.id: entry for entry in entries_of(tmp_path / "plugin")}
    found = collected_benchmark(**offered[f"{name}-v1"].arguments)
    assert found.problem.space.id == "nb201-digits-2" and found.problem.space.size == 2
    report = check(found)
    assert report.ok, str(report)


def test_a_published_table_passes_the_kit(plugin: Path) -> None:
    for entry in entries_of(plugin):
        if entry.kind == "benchmark":
            report = check(collected_benchmark(**entry.arguments))
            assert report.ok, str(report)


def test_a_name_that_another_plugin_offers_is_refused(
    collected: Path, write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    taken = write_recipe(('"nb201/tiny-v1"', '"nb201/cifar10-v1"'))
    collect(taken, tmp_path / "taken", source=collected)
    merge([tmp_path / "taken"], tmp_path / "taken.zarr")
    with pytest.raises(
        InvalidOption, match=r"nasapi-nb201 offers the (benchmark|objective) 'nb201/cifar10.*, collect with `--from`"
    ):
        publish(tmp_path / "taken.zarr", tmp_path / "plugin")
    assert not (tmp_path / "plugin").exists()


def test_every_spelling_of_a_network_has_its_values(plugin: Path) -> None:
    values = collected_objective(**entries_of(plugin)[1].arguments)
    assert values.description == "Networks of nb201 that were trained and measured as their recipe says."
    table = Table(next(plugin.glob("nasapi_*/data/table.zarr")))
    for row, code in enumerate(table["codes"].astype(np.int64)):
        found = values.evaluate(code[None])
        assert found["test_accuracy"][0] == pytest.approx(table["test_accuracy"][row].mean())
        assert found["cost"][0] == table["train_seconds"][row]


def test_a_measured_latency_makes_a_limit(collected: Path, tmp_path: Path) -> None:
    merge([collected], tmp_path / "tiny.zarr")
    shown = run("publish", str(tmp_path / "tiny.zarr"), "-o", str(tmp_path / "plugin"), "--latency")
    assert "nb201/tiny-latency-v1. Install it" in shown
    assert re.search(r"One image takes [0-9.e-]+ to [0-9.e-]+ ms here; rounds are [0-9.e-]+ ms apart\.", shown)
    benchmark = collected_benchmark(**entries_of(tmp_path / "plugin")[-1].arguments)
    (limit,) = benchmark.problem.constraints
    found = benchmark.objective.evaluate(benchmark.problem.space.sample(50, np.random.default_rng(0)))
    times, spread = found["latency"], found["latency_spread"]
    assert (times > 0).all() and times.min() <= limit.upper < times.max()
    assert (spread >= 0).all() and spread.max() > 0


def test_latencies_within_the_noise_of_their_rounds_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    still = Latencies(np.array([1.0, 1.2]), np.array([0.2, 0.2]))
    assert not still.telling and Latencies(np.array([1.0, 2.0]), still.spread).telling
    _show_latencies(still)
    assert "latency hardly tells its networks apart" in capsys.readouterr().err


def test_latencies_without_the_images_are_refused_with_a_way_out(
    collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge([collected], tmp_path / "tiny.zarr")
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(NotAvailable, match=r"timed on an image of the recipe's data: .+, or publish without latencies"):
        publish(tmp_path / "tiny.zarr", tmp_path / "plugin", latency=True)
    assert not (tmp_path / "plugin").exists()


def test_a_place_that_is_taken_is_refused_before_networks_are_timed(
    collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge([collected], tmp_path / "tiny.zarr")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    monkeypatch.setattr("nasapi_collect.publication.latencies", None)
    with pytest.raises(StoreError, match="holds something else"):
        publish(tmp_path / "tiny.zarr", tmp_path / "mine", latency=True)


def test_a_table_that_nobody_merged_is_not_published(tmp_path: Path) -> None:
    write_table(tmp_path / "own.zarr", {"valid_accuracy": Column(np.ones(3), "Own.", "%", "valid")}, space="nb201")
    with pytest.raises(CorruptData, match=r"What is published are tables that `nasapi collect merge` makes\."):
        publish(tmp_path / "own.zarr", tmp_path / "plugin")


def test_numbers_of_another_collection_are_not_replaced(
    collected: Path, plugin: Path, write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    collect(write_recipe(("sample = 6", "sample = 1"), ("epochs = 2", "epochs = 1")), tmp_path / "other")
    merged = tmp_path / "tiny.zarr"
    assert run("merge", str(collected), "-o", str(merged)).endswith("columns.\n")
    assert "columns, in place of the table that was there" in run("merge", str(collected), "-o", str(merged))
    before = Table(merged)["valid_accuracy"]
    with pytest.raises(StoreError, match="holds 'nb201/tiny-v1' with the numbers of another collection"):
        merge([tmp_path / "other"], merged)
    np.testing.assert_array_equal(Table(merged)["valid_accuracy"], before)
    mine = Path(shutil.copytree(plugin, tmp_path / "mine"))
    merge([tmp_path / "other"], tmp_path / "other.zarr")
    with pytest.raises(StoreError, match="holds 'nb201/tiny-v1' with the numbers of another collection"):
        publish(tmp_path / "other.zarr", mine)


def test_reliability_is_that_of_made_up_seeds(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    cells, seeds = rng.normal(50, 3, 4000), rng.normal(0, 1, (4000, 2))
    column = Column(cells[:, None] + seeds, "Made up.", "%", "valid")
    write_table(tmp_path / "made.zarr", {"valid_accuracy": column}, space="nb201")
    (found,) = reliabilities(tmp_path / "made.zarr")
    assert found.ratio == pytest.approx(9, rel=0.1) and found.reliability == pytest.approx(18 / 19, abs=0.01)
    assert found.agreement == pytest.approx(0.9, abs=0.02)


def test_columns_that_are_mostly_noise_or_do_not_vary_are_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    networks, noise = rng.normal(50.0, 5.0, 200), rng.normal(0.0, 1.0, (2, 200, 2))
    columns = {
        "codes": Column(np.arange(200)[:, None], "made up"),
        "valid_accuracy": Column(networks[:, None] + noise[0], "made up", "%", "valid"),
        "valid_pgd_2_accuracy": Column(50.0 + noise[1], "made up", "%", "valid"),
        "valid_apgd_2_accuracy": Column(np.zeros((200, 2)), "made up", "%", "valid"),
        "test_accuracy": Column(50.0 + noise[1], "made up", "%", "test"),
    }
    write_table(tmp_path / "made.zarr", columns, space="toy", seeds=[0, 1])
    named = [each.column for each in hardly_agreeing(tmp_path / "made.zarr")]
    assert named == ["valid_pgd_2_accuracy", "valid_apgd_2_accuracy"]


def test_ranks_of_ties_are_their_mean() -> None:
    one, two = np.array([1.0, 2, 2, 3, 5]), np.array([2.0, 1, 4, 4, 9])
    ranks = np.array([1, 2.5, 2.5, 4, 5]), np.array([2, 1, 3.5, 3.5, 5])
    assert spearman(one, two) == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert np.isnan(spearman(one, np.ones(5)))


def test_a_table_is_correlated_with_another_objective(plugin: Path) -> None:
    path = next(plugin.glob("nasapi_*/data/table.zarr"))
    found = {each.column: each for each in reliabilities(path, "nb201/cifar10:valid_accuracy")}
    assert -1 <= found["test_accuracy"].with_other <= 1 and "test_fgsm_7.65_accuracy" in found
    with pytest.raises(InvalidOption, match="`against` is OBJECTIVE:METRIC"):
        reliabilities(path, "nb201/cifar10")


def test_anchors_are_the_best_the_median_and_the_worst(plugin: Path) -> None:
    table = Table(next(plugin.glob("nasapi_*/data/table.zarr")))
    means = table["valid_accuracy"].mean(axis=1)
    given = [each["value"] for each in table.attributes["anchors"] if each["metric"] == "valid_accuracy"]
    assert given[0] == means.max() and given[-1] == means.min() and len(given) == 3


def test_the_log_has_seconds_and_versions(plugin: Path) -> None:
    log = json.loads(next(plugin.glob("nasapi_*/data/log.json")).read_text())
    assert log["networks"] == 6 and log["cpu_seconds"]["train"] > 0
    assert "torch" in log["sessions"][0]["versions"]


def test_a_table_without_licence_or_log_is_not_published(
    collected: Path, plugin: Path, tmp_path: Path, write_recipe: Callable[..., Path]
) -> None:
    merge([collected], tmp_path / "tiny.zarr")
    (tmp_path / "tiny.zarr.log.json").unlink()
    with pytest.raises(NotAvailable, match="is not beside the table"):
        publish(tmp_path / "tiny.zarr", tmp_path / "plugin")
    with pytest.raises(InvalidOption, match=r"is a collection, .+ make that with `nasapi collect merge"):
        publish(collected, tmp_path / "plugin")


def test_a_part_is_not_published_as_the_whole(tiny: Path, tmp_path: Path) -> None:
    collect(tiny, tmp_path / "part", shard=Shard(1, 3))
    merge([tmp_path / "part"], tmp_path / "part.zarr", partial=True)
    with pytest.raises(InvalidOption, match=r"has 2 of the 6 networks of its recipe, .+ with `sample = 2`, a name"):
        publish(tmp_path / "part.zarr", tmp_path / "plugin")
    assert not (tmp_path / "plugin").exists()


def test_a_folder_of_somebody_else_is_left_alone(plugin: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(StoreError, match="holds something else"):
        publish(plugin.parent / "tiny.zarr", tmp_path / "mine")


@pytest.mark.parametrize(
    "licence", ["CC0-1.0", "proprietary", "see the paper", 'my "own"', "é😀\x7f", "CC0-1.0\nOR MIT"]
)
def test_a_plugin_can_be_installed_whatever_its_licence_and_title_say(
    collected: Path, tmp_path: Path, licence: str
) -> None:
    config = pytest.importorskip("flit_core.config")
    _published(collected, tmp_path, licence=licence, title=f"Of {licence} {{x}} $y")
    metadata = config.read_flit_config(tmp_path / "plugin" / "pyproject.toml").metadata
    shown = licence.replace("\x7f", "\\x7f")
    assert metadata["name"] == "nasapi-nb201tiny"
    assert metadata["license_files"] == ["LICENSE"]
    assert (tmp_path / "plugin" / "LICENSE").read_text() == f"The table nb201/tiny-v1 is published under: {shown}\n"
    assert metadata["summary"] == f"Of {' '.join(shown.split())} {{x}} $y"


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Cats\nand\xa0dogs \x1b[31m👩\u200d🔬", r"Cats and dogs \x1b[31m👩\u200d🔬"),
        ("\n", "a collected table"),
        ("x" * 2000, f"{'x' * 971}… (cut from 2,000 characters)"),
    ],
)
def test_a_title_of_any_text_is_a_summary_that_plugins_may_have(
    collected: Path, tmp_path: Path, title: str, summary: str
) -> None:
    _published(collected, tmp_path, title=title)
    (entry,) = (checked_entry(each) for each in entries_of(tmp_path / "plugin") if each.kind == "objective")
    assert entry.summary == summary


def _published(collected: Path, folder: Path, **facts: str) -> None:
    """A plugin of the collection whose table says other things of itself."""
    merge([collected], folder / "tiny.zarr")
    merged = Table(folder / "tiny.zarr")
    own = {key: value for key, value in merged.attributes.items() if key not in ("schema", "kind", "rows", "columns")}
    about = {name: Column(merged[name], **_described(merged, name)) for name in merged}
    write_table(folder / "tiny.zarr", about, **{**own, **facts})
    publish(folder / "tiny.zarr", folder / "plugin")


def _described(table: Table, name: str) -> dict[str, Any]:
    return {key: table.describe(name)[key] for key in ("description", "unit", "split")}


DATA = "nasapi_nb201tiny/data"


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        "README.md",
        "nasapi_nb201tiny/__init__.py",
        "nasapi_nb201tiny/own.py",
        "tests/test_own.py",
        f"{DATA}/log.json",
        f"{DATA}/recipe.toml",
        f"{DATA}/notes.csv",
        f"{DATA}/table.zarr/notes.csv",
    ],
)
def test_own_work_on_a_published_plugin_is_not_lost(plugin: Path, tmp_path: Path, name: str) -> None:
    mine = Path(shutil.copytree(plugin, tmp_path / "mine"))
    (mine / "tests" / "__pycache__").mkdir(exist_ok=True)
    publish(plugin.parent / "tiny.zarr", mine)
    (mine / name).write_text("my own\n")
    with pytest.raises(StoreError, match=f"holds '{name}', which is not as it was published and would be lost"):
        publish(plugin.parent / "tiny.zarr", mine)
    assert (mine / name).read_text() == "my own\n"


def test_another_plugin_is_not_replaced(plugin: Path, tmp_path: Path) -> None:
    mine = Path(shutil.copytree(plugin, tmp_path / "mine"))
    (mine / "nasapi_nb201tiny").rename(mine / "nasapi_nb201other")
    with pytest.raises(StoreError, match="holds something else"):
        publish(plugin.parent / "tiny.zarr", mine)


def test_another_space_is_refused(plugin: Path) -> None:
    path = str(next(plugin.glob("nasapi_*/data/table.zarr")))
    with pytest.raises(InvalidOption, match="is of architectures of 'nb201'"):
        collected_objective(path, "nb101")


def test_an_unknown_task_offers_the_nearest(plugin: Path) -> None:
    given: dict[str, Any] = dict(entries_of(plugin)[1].arguments)
    with pytest.raises(InvalidOption, match=r"has no task 'nb201/tinny-v1'\. Did you mean"):
        collected_benchmark(**given, task="nb201/tinny-v1")
