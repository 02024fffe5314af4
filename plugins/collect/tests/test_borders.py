"""Where recipes, samples, values and reliabilities end, what commands print, and what is measured by itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_collect import commands, latency
from nasapi_collect.architectures import Architectures, _drawn
from nasapi_collect.collection import Collection
from nasapi_collect.columns import attack_column, clean_columns, corruption_column
from nasapi_collect.commands import _duration, command
from nasapi_collect.latency import DESCRIPTION, SPREAD, Latencies, latencies
from nasapi_collect.merging import merge, mixed
from nasapi_collect.parallel import collect
from nasapi_collect.plugin_folder import publish
from nasapi_collect.publication import Publication
from nasapi_collect.recipe import Attacking, Corrupting, Data, Networks, TableText, parse_recipe, read_recipe
from nasapi_collect.reliability import hardly_agreeing, reliabilities, spearman
from nasapi_collect.shards import Shard
from nasapi_collect.workplace import Workplace
from nasapi_networks.training_settings import Training

from nasapi import load_space
from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError
from nasapi.tables import Column, Table, write_table

Write = Callable[..., Path]


def drawn(space: str, **networks: Any) -> Architectures:
    given = {"table": {"name": "nb201/tiny-v1"}, "networks": {"space": space, **networks}}
    recipe = parse_recipe({**given, "data": {"name": "digits"}, "training": {}, "seeds": [0]})
    return Architectures.of(recipe, load_space(space))


BLIND = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
CONVOLVED = "|nor_conv_3x3~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|"


def test_listed_networks_are_taken_once_and_no_more_than_there_are() -> None:
    found = drawn("nb201", which="listed", listed=[CONVOLVED, BLIND, CONVOLVED])
    assert found.codes.tolist() == sorted([load_space("nb201").parse(text).tolist() for text in (BLIND, CONVOLVED)])
    assert sorted(found.order) == [0, 1]
    assert len(drawn("nb201", which="listed", listed=[CONVOLVED, BLIND], sample=2).codes) == 2
    with pytest.raises(InvalidOption, match="is 3, and there are 2 networks to draw from"):
        drawn("nb201", which="listed", listed=[CONVOLVED, BLIND], sample=3)
    with pytest.raises(InvalidOption, match="`listed` of"):
        drawn("nb201", listed=[CONVOLVED])


def test_codes_are_more_than_networks() -> None:
    assert len(drawn("nb201", which="codes", sample=15_625).codes) == 15_625
    space = load_space("nb101")
    codes = drawn("nb101", which="codes", sample=300).codes
    assert len(np.unique(space.canonical(codes), axis=0)) < 300 == len(codes)
    networks = drawn("nb101", sample=300).codes
    np.testing.assert_array_equal(space.canonical(networks), networks)


def test_a_space_of_too_few_networks_is_drawn_from_a_hundred_times() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InvalidOption, match=r"gave 1 different architectures in 100 times as many draws .*, 2; take"):
        _drawn(load_space("nb101[vertices=2]"), 2, True, rng)
    assert _drawn(load_space("nb101[vertices=3]"), 7, True, rng).shape == (7, 4)


def test_what_a_recipe_does_not_say() -> None:
    given = {"table": {"name": "nb201/a-v1"}, "networks": {"space": "nb201"}, "data": {"name": "digits"}}
    recipe = parse_recipe({**given, "training": {}, "seeds": [0, 2**32 - 1], "attack": [{"spec": "fgsm[eps=0.1]"}]})
    assert recipe.table == TableText(name="nb201/a-v1", title="", licence="", source="", citation="")
    assert recipe.networks == Networks(space="nb201", which="distinct", sample=None, sample_seed=0, listed=())
    assert attrs.astuple(recipe.data) == ("digits", None, None, None, None, None, 0)
    assert (recipe.network, recipe.training, recipe.seeds) == ({}, Training(), (0, 2**32 - 1))
    assert recipe.attacks == (Attacking(spec="fgsm[eps=0.1]", split="test", images=None),)
    assert recipe.data.given() == {"name": "digits", "seed": 0}
    for channels in (1, 3):
        assert parse_recipe({**given, "data": {"name": "./", "channels": channels}, "training": {}, "seeds": [0]})
    with pytest.raises(InvalidOption, match="`which` is 'distinct', 'codes' or 'listed'"):
        Networks(space="nb201", which="all")
    with pytest.raises(InvalidOption, match="`split` is 'valid' or 'test'"):
        Corrupting(split="train")
    for least in ({"sample_seed": -1}, {"sample": 0}):
        with pytest.raises(InvalidOption):
            Networks(space="nb201", **least)
    with pytest.raises(InvalidOption, match="`seed` is a whole number from 0"):
        Data(name="digits", seed=-1)
    with pytest.raises(InvalidOption, match="`seed` is a whole number from 0"):
        Corrupting(seed=-1)


def test_a_recipe_is_no_longer_than_a_mebibyte(tiny: Path, tmp_path: Path) -> None:
    text = tiny.read_text()
    (tmp_path / "long.toml").write_text(text + "#" * ((1 << 20) - len(text)))
    assert read_recipe(tmp_path / "long.toml")[0] == read_recipe(tiny)[0]
    (tmp_path / "long.toml").write_text(text + "#" * ((1 << 20) + 1 - len(text)))
    with pytest.raises(CorruptData, match="has more than 1,048,576 bytes"):
        read_recipe(tmp_path / "long.toml")


def test_columns_say_on_which_images_they_are() -> None:
    columns = {column.name: column for column in clean_columns(10)}
    assert list(columns) == ["train_loss"] + [
        f"{split}_{name}"
        for split in ("valid", "test")
        for name in ("accuracy", "loss", "confidence_right", "confidence_wrong", "calibration_error")
    ] + ["test_confusion"]
    assert columns["test_confusion"].shape == (10, 10) and columns["train_loss"].split == "train"
    assert columns["valid_loss"].description == "Mean cross-entropy on the validation images."
    assert [columns[f"valid_{name}"].unit for name in ("accuracy", "loss", "calibration_error")] == [
        "%",
        "nats",
        "share",
    ]
    attacked = attack_column("valid", "fgsm_8_accuracy", "FGSM, ε = 8/255", 1_000, "")
    assert (attacked.name, attacked.unit, attacked.split) == ("valid_fgsm_8_accuracy", "%", "valid")
    assert attacked.description == "Accuracy on the first 1,000 validation images under FGSM, ε = 8/255."
    corrupted = corruption_column("test", "gaussian_noise", 3, 20)
    assert corrupted.name == "test_gaussian_noise_3_accuracy"
    assert corrupted.description == "Accuracy on the first 20 test images, gaussian noise of severity 3."


def test_a_duration_is_told_in_its_own_unit() -> None:
    durations = [_duration(seconds) for seconds in (0, 99.4, 99.6, 100, 5_939, 5_999, 6_000, 7_260, 36_000)]
    assert durations == [
        "0 s",
        "99 s",
        "100 s",
        "2 min",
        "99 min",
        "1 h 40 min",
        "1 h 40 min",
        "2 h 01 min",
        "10 h 00 min",
    ]


def test_progress_is_told_once_a_minute_and_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with commands._progress() as progress:
        for seconds, done in ((159.0, 3), (161.0, 4), (200.0, 5), (221.5, 6), (222.0, 10)):
            now[0] = seconds
            progress(done, 10, 2)
    assert capsys.readouterr().err.splitlines() == [
        "4 of 10 networks, 3 min left",  # 61 seconds for two, and six are left
        "6 of 10 networks, 2 min left",  # 121.5 seconds for four
        "10 of 10 networks, 0 s left",
    ]


def table_of(folder: Path, values: list[list[float]], name: str = "valid_accuracy") -> Path:
    column = Column(np.array(values), "Made up.", "%", "valid")
    write_table(folder / "made.zarr", {name: column}, space="nb201", seeds=[0, 1])
    return folder / "made.zarr"


def test_three_networks_are_enough_to_call_a_column_noise_and_half_is_not(tmp_path: Path) -> None:
    noise = [[1.0, 3.0], [3.0, 1.0], [2.0, 2.5]]
    assert [each.networks for each in hardly_agreeing(table_of(tmp_path, noise))] == [3]
    assert hardly_agreeing(table_of(tmp_path, noise[:2])) == []
    assert hardly_agreeing(table_of(tmp_path, noise, "test_accuracy")) == []
    assert hardly_agreeing(table_of(tmp_path, [[1.0], [2.0], [3.0]])) == []
    (found,) = reliabilities(table_of(tmp_path, noise))
    assert (found.between, found.reliability) == (0.0, 0.0)  # no less than nothing
    half = [[0.0, 2.0], [2.0, 4.0], [4.0, 6.0]]
    (found,) = reliabilities(table_of(tmp_path, half))
    assert found.reliability == pytest.approx(0.75)  # 3 between and 2 within two seeds
    assert hardly_agreeing(table_of(tmp_path, half)) == []


def test_ranks_leave_out_what_is_no_number() -> None:
    one, two = np.array([1.0, np.nan, 2.0, 3.0, 9.0]), np.array([2.0, 5.0, np.nan, 4.0, 3.0])
    assert spearman(one, two) == pytest.approx(0.5)  # ranks 1, 2, 3 and 1, 3, 2
    assert np.isnan(spearman(np.array([np.nan]), np.array([1.0])))


def test_reliabilities_are_printed_and_of_another_space_refused(collected: Path, tmp_path: Path) -> None:
    merge([collected], tmp_path / "tiny.zarr")
    plain = CliRunner().invoke(command, ["reliability", str(tmp_path / "tiny.zarr")])
    assert plain.output.split("\n", 1)[0].split("  ")[0].strip() == "column"
    assert "Spearman of seeds" in plain.output and "Spearman with" not in plain.output
    assert "failure" not in plain.output and "codes" not in plain.output
    printed = CliRunner().invoke(command, ["reliability", str(tmp_path / "tiny.zarr"), "--json"])
    found = {each["column"]: each for each in json.loads(printed.output)}
    assert found["test_accuracy"]["networks"] == 6 and "test_fgsm_7.65_accuracy" in found
    with pytest.raises(InvalidOption, match="nonsense"):
        reliabilities(tmp_path / "tiny.zarr", "nb201/cifar10:nonsense")
    with pytest.raises(InvalidOption, match="'natssize/cifar10' is of natssize, the table of nb201"):
        reliabilities(tmp_path / "tiny.zarr", "natssize/cifar10:params")


def test_the_state_of_a_collection_is_told(collected: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(collected, tmp_path / "part"))
    shard = folder / "shards" / Shard().file
    shard.write_bytes(b"".join(shard.read_bytes().splitlines(keepends=True)[:-2]))
    found = json.loads(CliRunner().invoke(command, ["status", str(folder), "--json"]).output)
    records = Collection.open(folder).measured()[0].values()
    each = sum(sum(record["log"]["seconds"].values()) for record in records) / 4
    assert found == {
        "table": "nb201/tiny-v1",
        "networks": 6,
        "measured": 4,
        "with a failed seed": 0,
        "measured alike": "yes",
        "CPU seconds a network": round(each, 2),
        "CPU hours left": round(2 * each / 3600, 2),
    }
    shown = CliRunner().invoke(command, ["status", str(folder)]).output
    assert "nb201/tiny-v1" in shown and "{" not in shown
    assert CliRunner().invoke(command, ["merge", str(folder), "-o", str(tmp_path / "x.zarr")]).exit_code != 0
    partly = CliRunner().invoke(command, ["merge", str(folder), "-o", str(tmp_path / "x.zarr"), "--partial"])
    assert "4 networks, " in partly.output
    received: list[tuple[int, int, int]] = []
    done = collect(folder / "recipe.toml", folder, progress=lambda *numbers: received.append(numbers))
    assert (done.measured, received) == (2, [(5, 6, 4), (6, 6, 4)])
    sessions = Collection.open(folder).measured()[1]
    assert len(sessions) == 2 and sessions[-1]["device"] == "cpu"
    assert {"nasapi", "torch", "numpy"} <= sessions[-1]["versions"].keys()
    assert merge([folder], tmp_path / "y.zarr").rows == 6


def test_a_plan_is_printed(tiny: Path) -> None:
    found = json.loads(CliRunner().invoke(command, ["plan", str(tiny), "--tries", "1", "--json"]).stdout)
    assert (found["networks"], found["seeds"]) == (6, 2)
    assert list(found["parts"]) == ["train", "clean", "corruptions", "test_fgsm_7.65_accuracy"]
    assert found["seconds each"] == pytest.approx(sum(found["parts"].values()))


def test_what_is_not_yet_collected_or_is_two_collections_is_refused(
    collected: Path, write_recipe: Write, tmp_path: Path
) -> None:
    recipe, words = read_recipe(write_recipe(("sample = 6", "sample = 5")))
    workplace = Workplace.of(recipe)
    Collection.begin(tmp_path / "other", workplace, words)
    with pytest.raises(NotAvailable, match=r"Nothing is collected in .*other' yet"):
        merge([tmp_path / "other"], tmp_path / "x.zarr", partial=True, workplace=workplace)
    with pytest.raises(InvalidOption, match=r"other' and .*once' have other recipes or data; merge shards of one"):
        merge([collected, tmp_path / "other"], tmp_path / "x.zarr")
    with pytest.raises(InvalidOption, match="once' was collected from other data than are here; put those back"):
        merge([collected], tmp_path / "x.zarr", workplace=workplace)


def test_only_what_differed_among_processes_is_named(tmp_path: Path) -> None:
    def named(*sessions: dict[str, Any]) -> list[str]:
        (tmp_path / "log.json").write_text(json.dumps({"sessions": sessions}))
        return mixed(tmp_path / "log.json")

    one = {"python": "3.11", "model": "a", "device": "cpu", "machine": "x", "versions": {"torch": "2.12"}}
    assert named(one, one) == named(one, {**one, "machine": "y"}) == named(one) == []
    assert named(one, {**one, "model": "b", "python": "3.12"}) == ["Python 3.11 and 3.12", "processor a and b"]
    assert named(one, {"device": "cuda"}) == ["device cpu and cuda"]


def test_latencies_are_medians_in_milliseconds(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()
    monkeypatch.setattr(latency, "perf_counter", lambda: 0.002 * next(ticks))  # a clock that ticks when it is read
    recipe, _ = read_recipe(tiny)
    found = latencies(recipe, Workplace.of(recipe).codes[:2])
    assert found.median.tolist() == [2.0, 2.0] and found.spread.tolist() == [0.0, 0.0]
    assert "the median of 5 rounds" in DESCRIPTION and "the median of 9 passes" in DESCRIPTION and "5 rounds" in SPREAD
    assert not Latencies(np.array([1.0, 1.0]), np.array([0.0, 0.0])).telling


def test_an_attack_is_on_its_own_images_whatever_others_take_and_warns_where_nothing_moves(
    write_recipe: Write,
) -> None:
    more = (
        '\n[[attack]]\nspec = "fgsm[eps=0.06]"\n\n[[attack]]\nspec = "fgsm[eps=0.06]"\nsplit = "valid"\nimages = 10\n'
    )
    both = write_recipe(
        ("sample = 6", f'which = "listed"\nlisted = ["{BLIND}", "{CONVOLVED}"]'),
        ("images = 20\n", f"images = 20\n{more}"),
    )
    workplace = Workplace.of(read_recipe(both)[0])
    assert [len(images) for _, _, images in workplace.attacks] == [20, 40, 10]
    blind, convolved = (workplace.measure(row) for row in (0, 1))
    assert blind.warnings == ["the answers do not depend on the image, so that no attack moves them"]
    assert blind.errors == convolved.errors == [None, None]
    assert blind.values["test_fgsm_15.3_accuracy"] == blind.values["test_accuracy"]  # on all test images
    assert convolved.warnings == [] and convolved.grouped
    for name, images in (("test_fgsm_7.65", 20), ("test_fgsm_15.3", 40), ("valid_fgsm_15.3", 10)):
        right = np.array(convolved.values[f"{name}_accuracy"]) * images / 100
        np.testing.assert_allclose(right, np.round(right), atol=1e-6)
    assert any(
        value * 20 / 100 % 1
        for value in convolved.values["test_fgsm_15.3_accuracy"] + convolved.values["test_accuracy"]
    )
    assert all(0 <= seconds == round(seconds, 4) < 60 for seconds in convolved.seconds.values())
    with pytest.raises(InvalidOption, match=r"The recipe measures 'test_fgsm_15.3_accuracy' twice; drop one"):
        Workplace.of(read_recipe(write_recipe(("images = 20\n", f"images = 20\n{more}{more}")))[0])


def test_whatever_decides_numbers_decides_the_digest(tiny: Path) -> None:
    workplace = Workplace.of(read_recipe(tiny)[0])
    data = workplace.data
    found = {workplace.digest}
    for split in ("train", "valid", "test"):
        images = getattr(data, split)
        for change in ({"pixels": images.pixels * np.float32(0.5)}, {"labels": np.roll(images.labels, 1)}):
            found.add(
                attrs.evolve(workplace, data=attrs.evolve(data, **{split: attrs.evolve(images, **change)})).digest
            )
    architectures = attrs.evolve(workplace.architectures, codes=workplace.codes[::-1])
    found.add(attrs.evolve(workplace, architectures=architectures).digest)
    assert len(found) == 8 and all(len(bytes.fromhex(digest)) == 32 for digest in found)


def test_a_table_says_what_its_recipe_says_of_it(collected: Path, tmp_path: Path) -> None:
    facts = merge([collected], tmp_path / "tiny.zarr").attributes
    assert (facts["space"], facts["name"], facts["identity"]) == ("nb201", "nb201/tiny-v1", "network")
    assert (facts["classes"], facts["licence"], facts["seeds"], facts["grouped"]) == (10, "CC0-1.0", [0, 1], 6)
    assert (facts["title"], facts["source"], facts["citation"], facts["failures"]) == ("", "", "", [])
    assert facts["data"]["name"] == "digits" and facts["data"]["licence"] == "CC-BY-4.0"
    assert facts["collection"] == Collection.open(collected).digest
    log = json.loads((tmp_path / "tiny.zarr.log.json").read_text())
    assert all(seconds == round(seconds, 2) for seconds in log["cpu_seconds"].values())
    assert Table(tmp_path / "tiny.zarr").describe("test_accuracy")["unit"] == "%"


def rewritten(table: Path, more: dict[str, np.ndarray], **changes: Any) -> None:
    """The merged table with other columns beside its own, or with none of them, and with other facts."""
    merged = Table(table)
    facts = {key: value for key, value in merged.attributes.items() if key not in ("schema", "kind", "rows", "columns")}
    columns = {
        name: Column(merged[name], *(merged.describe(name)[key] for key in ("description", "unit", "split")))
        for name in merged
    }
    added = {name: Column(values, f"{name}. More.", "%", "valid") for name, values in more.items()}
    write_table(table, {**columns, **added}, **{**facts, **changes})


def test_without_pgd_both_goals_are_of_the_last_attack_that_has_numbers(collected: Path, tmp_path: Path) -> None:
    table = tmp_path / "tiny.zarr"
    merged = merge([collected], table)
    half, none = merged["valid_accuracy"] / 2, np.full_like(merged["valid_accuracy"], np.nan)
    recipe = merged.attributes["recipe"]
    for name in ("fgsm", "square", "apgd"):
        recipe += f'\n[[attack]]\nspec = "{name}[eps=0.03]"\nsplit = "valid"\n'
    more = {f"valid_{name}_7.65_accuracy": half for name in ("fgsm", "square")}
    rewritten(table, {**more, "valid_apgd_7.65_accuracy": none}, recipe=recipe)
    made = Publication.of(table)
    assert {task["id"]: task["goals"] for task in made.tasks} == {
        "nb201/tiny-v1": ["valid_accuracy"],
        "nb201/tiny-fgsm-v1": ["valid_fgsm_7.65_accuracy"],
        "nb201/tiny-square-v1": ["valid_square_7.65_accuracy"],
        "nb201/tiny-robust-v1": ["valid_accuracy", "valid_square_7.65_accuracy"],
    }
    assert made.tasks[1]["summary"].startswith("valid_fgsm_7.65_accuracy.")
    assert not any(anchor["metric"] == "valid_apgd_7.65_accuracy" for anchor in made.attributes["anchors"])
    assert {anchor["metric"] for anchor in made.attributes["anchors"]} == {"valid_accuracy", *more}
    assert all(seconds == round(seconds, 3) for seconds in made.columns["train_seconds"].values.tolist())
    rewritten(table, {"valid_accuracy": none})
    with pytest.raises(InvalidOption, match="has no 'valid_accuracy' of any network: there is nothing to publish"):
        Publication.of(table)
    rewritten(table, {"valid_accuracy": half}, licence="")
    with pytest.raises(InvalidOption, match="The recipe names no licence"):
        Publication.of(table)
    rewritten(table, {}, licence="MIT")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="is a file; name a folder"):
        publish(table, tmp_path / "file")
