"""A collection whose numbers were written by hand: what the table, its log, its tasks and its plan make of them."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_collect.collection import HEADER, Collection
from nasapi_collect.commands import command
from nasapi_collect.cost_estimate import Plan, plan
from nasapi_collect.merging import merge, mixed
from nasapi_collect.publication import Names, Publication
from nasapi_collect.recipe import Attacking, Corrupting, Networks, TableText, different, parse_recipe, read_recipe
from nasapi_collect.reliability import reliabilities, variances
from nasapi_collect.remeasuring import again
from nasapi_collect.shards import Shard, open_shard
from nasapi_collect.workplace import Workplace

from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.running import processor
from nasapi.tables import Column, Table, write_table

Write = Callable[..., Path]
MORE = """
[[attack]]
spec = "fgsm[eps=0.03]"
split = "valid"
images = 20

[[attack]]
spec = "fgsm[eps=0.06]"
split = "valid"
images = 20

[[attack]]
spec = "pgd[eps=0.03]"
split = "valid"
images = 20

[[attack]]
spec = "pgd[eps=0.5,norm=L2]"
split = "valid"
images = 20

[[corruptions]]
names = ["gaussian_noise"]
severities = [1, 3]
images = 10

[[corruptions]]
names = ["contrast"]
severities = [2]
split = "valid"
images = 10
"""
FAILED = "pgd[eps=0.03]: ValueError: no"


@pytest.fixture(scope="module")
def recipe(write_recipe: Write) -> Path:
    return write_recipe(("sample = 6", "sample = 3"), ("images = 20\n", f"images = 20\n{MORE}"))


@pytest.fixture(scope="module")
def workplace(recipe: Path) -> Workplace:
    return Workplace.of(read_recipe(recipe)[0])


@pytest.fixture(scope="module")
def folder(recipe: Path, workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every column has 10 row + seed, and the second seed of row 1 failed under one attack."""
    folder = tmp_path_factory.mktemp("by-hand") / "collection"
    collection = Collection.begin(folder, workplace, recipe.read_text())
    with open_shard(folder / "shards", Shard(), collection.digest, collection.networks) as (_, append):
        append(kind="session", device="cpu", machine="one", versions={"torch": "2.12.0", "numpy": "2.4.6"})
        append(kind="session", device="cpu", machine="one", versions={"torch": "2.12.0", "numpy": "2.4.6"})
        for row in (2, 0, 1):
            if row == 0:
                append(kind="session", device="cpu", machine="two", versions={"torch": "2.13.0", "numpy": "2.4.6"})
            values: dict[str, list[object]] = {
                column.name: [np.eye(10).tolist()] * 2
                if column.shape
                else [(10.0 * row + seed) * (0.01 if column.unit == "share" else 1) for seed in (0, 1)]
                for column in workplace.columns
            }
            errors = [None, None]
            if row == 1:
                values["valid_pgd_7.65_accuracy"][1], errors = None, [None, FAILED]
            values["test_gaussian_noise_3_accuracy"] = [50.0, 60.0]
            values["valid_contrast_2_accuracy"] = [80.0, 90.0]
            log = {"seconds": {"train": 1.0 + row, "clean": 0.25}}
            append(
                kind="unit", row=row, values=values, errors=errors, warnings=["slow"] * row, grouped=row > 0, log=log
            )
    return folder


@pytest.fixture(scope="module")
def table(folder: Path, workplace: Workplace) -> Table:
    return merge([folder], folder.parent / "hand.zarr", workplace=workplace)


def test_rows_stand_where_they_belong_whatever_their_order(table: Table, workplace: Workplace) -> None:
    np.testing.assert_array_equal(table["codes"], workplace.codes)
    np.testing.assert_array_equal(table["valid_accuracy"], [[0, 1], [10, 11], [20, 21]])
    assert table["codes"].dtype == np.int8
    assert table["test_confusion"].shape == (3, 2, 10, 10)
    assert table["test_confusion"].dtype == np.int16


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("values", "valid_accuracy"), [250.0, 1.0], r"'valid_accuracy' of a shard has 250; wanted from 0 to 100\."),
        (("values", "valid_loss"), [-1.0, 1.0], r"'valid_loss' of a shard has -1; wanted from 0 on\."),
        (("values", "valid_accuracy"), [1.0], "Row 2 of a shard has not each of the .* columns .* of its 2 seeds"),
        (("values", "nonsense"), [1.0, 2.0], "has not each of the"),
        (("values", "valid_accuracy"), ["a", "b"], "wanted a finite number"),
        (("values", "valid_accuracy"), [True, False], "wanted a finite number"),
        (("values", "test_confusion"), [[[1.0]], [[2.0]]], "'test_confusion' of a shard has values of another shape"),
        (("errors",), [None], "has not each of the"),
        (("log", "seconds"), {"train": "long"}, "wanted a finite number"),
        (("log",), {}, "has no 'seconds'"),
    ],
)
def test_what_was_written_into_a_shard_by_hand_is_named(
    folder: Path, workplace: Workplace, tmp_path: Path, place: tuple[str, ...], value: object, words: str
) -> None:
    edited = Path(shutil.copytree(folder, tmp_path / "edited"))
    path = edited / "shards" / Shard().file
    lines = path.read_bytes().splitlines()
    at = next(at for at, line in enumerate(lines) if b'"row":2,' in line)
    record = json.loads(lines[at].partition(b" ")[2])
    inside = record
    for name in place[:-1]:
        inside = inside[name]
    inside[place[-1]] = value
    body = json.dumps(record).encode()
    lines[at] = b"%08x %s" % (zlib.crc32(body), body)
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(CorruptData, match=words):
        merge([edited], tmp_path / "edited.zarr", workplace=workplace)


def test_what_failed_is_no_number_and_says_why(table: Table) -> None:
    np.testing.assert_array_equal(table["valid_pgd_7.65_accuracy"], [[0, 1], [10, np.nan], [20, 21]])
    assert table["failure"].tolist() == [[0, 0], [0, 1], [0, 0]]
    assert table.attributes["failures"] == [FAILED]
    assert table.attributes["grouped"] == 2
    assert table.attributes["seeds"] == [0, 1]


def test_what_a_library_raises_is_of_one_seed_and_a_fault_of_ours_ends_the_collecting(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    foolbox = pytest.importorskip("foolbox")

    def fails(*given: object, **options: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(foolbox.attacks.LinfFastGradientAttack, "run", fails)
    measured = workplace.measure(0)
    assert measured.errors == ["fgsm[eps=0.03]: foolbox failed: ValueError: no"] * 2
    assert measured.values["valid_fgsm_7.65_accuracy"] == [None, None]
    assert None not in measured.values["valid_accuracy"] + measured.values["valid_pgd_7.65_accuracy"]
    without_images = [(attacking, spec, []) for attacking, spec, _ in workplace.attacks]
    with pytest.raises(AttributeError):
        attrs.evolve(workplace, attacks=without_images).measure(0)


def test_the_mean_under_corruptions_is_over_all_pairs_of_one_split(table: Table) -> None:
    np.testing.assert_allclose(table["test_mean_corruption_accuracy"], [[25, 30.5], [30, 35.5], [35, 40.5]])
    assert "over 2 pairs" in table.describe("test_mean_corruption_accuracy")["description"]
    np.testing.assert_array_equal(table["valid_mean_corruption_accuracy"], [[80, 90]] * 3)
    assert [table.describe(f"{split}_mean_corruption_accuracy")["split"] for split in ("valid", "test")] == [
        "valid",
        "test",
    ]


def test_the_log_adds_up_seconds_and_counts_warnings_and_failures(table: Table) -> None:
    log = json.loads(table.path.with_name("hand.zarr.log.json").read_text())
    assert log["networks"] == 3
    assert log["failed"] == 1
    assert log["cpu_seconds"] == {"train": 6.0, "clean": 0.75}
    assert log["cpu_seconds_each"] == {"0": 1.25, "1": 2.25, "2": 3.25}
    assert log["train_seconds_each"] == {"0": 1.0, "1": 2.0, "2": 3.0}
    assert log["warnings"] == {"slow": 3}
    assert [session["machine"] for session in log["sessions"]] == ["one", "two"]


def test_networks_that_were_not_measured_alike_are_named(table: Table, folder: Path, tmp_path: Path) -> None:
    assert mixed(table.path.with_name("hand.zarr.log.json")) == ["torch 2.12.0 and 2.13.0"]
    shown = CliRunner().invoke(command, ["merge", str(folder), "-o", str(tmp_path / "hand.zarr")])
    assert "Its networks were not all measured alike: torch 2.12.0 and 2.13.0. `nasapi collect again`" in shown.stderr


def test_what_is_published_has_a_task_for_each_attack_in_any_norm_and_both_goals_under_pgd(table: Table) -> None:
    made = Publication.of(table.path)
    goals = {task["id"]: task["goals"] for task in made.tasks}
    assert goals == {
        "nb201/tiny-v1": ["valid_accuracy"],
        "nb201/tiny-fgsm-v1": ["valid_fgsm_7.65_accuracy"],
        "nb201/tiny-fgsm-15-3-v1": ["valid_fgsm_15.3_accuracy"],
        "nb201/tiny-pgd-v1": ["valid_pgd_7.65_accuracy"],
        "nb201/tiny-pgd-l2-v1": ["valid_pgd_l2_0.5_accuracy"],
        "nb201/tiny-robust-v1": ["valid_accuracy", "valid_pgd_7.65_accuracy"],
    }
    assert all("A sample: 3 of 4,930 networks of nb201" in task["summary"] for task in made.tasks)
    assert "under PGD" in made.tasks[-1]["summary"]
    assert made.attributes["complete"] is False
    np.testing.assert_array_equal(made.columns["train_seconds"].values, [0.5, 1.0, 1.5])  # one of two seeds


def test_anchors_are_means_over_the_seeds_that_have_a_number(table: Table) -> None:
    anchors = Publication.of(table.path).attributes["anchors"]
    found: dict[str, list[float]] = {}
    for anchor in anchors:
        found.setdefault(anchor["metric"], []).append(anchor["value"])
    assert found["valid_accuracy"] == [20.5, 10.5, 0.5]
    assert found["valid_pgd_7.65_accuracy"] == [20.5, 10.0, 0.5]
    assert not any(name.startswith("test") for name in found)
    assert len({anchor["architecture"] for anchor in anchors}) == 3


def test_the_names_of_a_table_follow_from_its_own() -> None:
    names = Names.of("nb201/pets-20-v3")
    assert (names.stem, names.version, names.listed, names.short) == (
        "nb201/pets-20",
        "3",
        "nb201-pets-20",
        "nb201pets20",
    )
    assert (names.distribution, names.package) == ("nasapi-nb201pets20", "nasapi_nb201pets20")
    assert (names.benchmark(), names.benchmark("pgd")) == ("nb201/pets-20-v3", "nb201/pets-20-pgd-v3")


def test_a_log_of_other_networks_is_refused(folder: Path, workplace: Workplace, tmp_path: Path) -> None:
    made = merge([folder], tmp_path / "hand.zarr", workplace=workplace)
    place = tmp_path / "hand.zarr.log.json"
    log = json.loads(place.read_text())
    del log["train_seconds_each"]["2"]
    place.write_text(json.dumps(log))
    with pytest.raises(InvalidOption, match="is of 2 networks, the table of 3"):
        Publication.of(made.path)
    for sessions in (3, [{"versions": 3}]):
        place.write_text(json.dumps({**log, "sessions": sessions}))
        with pytest.raises(CorruptData, match=r"hand\.zarr\.log\.json'\.sessions.* is 3; wanted"):
            Publication.of(made.path)


def test_a_plan_is_the_mean_of_what_was_tried_times_all_networks(tiny: Path) -> None:
    made = Plan(networks=10, seeds=2, tried=2, parts={"train": 1.5, "clean": 0.5})
    assert (made.seconds_each, made.total) == (2.0, 20.0)
    workplace = Workplace.of(read_recipe(tiny)[0])
    found, measured = plan(workplace, 2)
    assert (found.networks, found.seeds, found.tried, len(measured)) == (6, 2, 2, 2)
    assert found.parts["train"] == pytest.approx(sum(one.seconds["train"] for one in measured) / 2)
    assert measured[0].values == workplace.measure(workplace.architectures.order[0]).values


def test_what_was_collected_from_other_data_is_not_measured_again(tiny: Path, tmp_path: Path) -> None:
    recipe, words = read_recipe(tiny)
    header = Collection.begin(tmp_path / "other", Workplace.of(recipe), words).folder / HEADER
    begun = json.loads(header.read_text(encoding="utf-8"))
    header.write_text(json.dumps(begun | {"collection": "0" * 64}), encoding="utf-8")
    with pytest.raises(InvalidOption, match="other' was collected from other data than are here; put those back"):
        again(tmp_path / "other", 1)


def test_what_is_measured_again_is_compared_column_by_column(
    folder: Path, collected: Path, workplace: Workplace
) -> None:
    assert again(collected, 1) == []
    completed = again(folder, 1)
    row = workplace.architectures.order[0]
    assert any(sentence.startswith(f"valid_accuracy of row {row} is [") for sentence in completed)
    assert all(", and was [" in sentence for sentence in completed[:-2])
    assert completed[-2].startswith(
        f"here is {processor()}, and they were measured on one that was not recorded: another"
    )
    assert completed[-1].startswith("they were measured with others than are here: torch 2.12.0 and 2.13.0")
    assert Collection.open(collected).measured()[1][0]["model"] == processor() != ""
    with pytest.raises(NotAvailable, match="has 3 networks yet; ask for as many"):
        again(folder, 4)


def test_reliability_is_that_of_its_formulas(tmp_path: Path) -> None:
    values = np.array([[1.0, 3.0], [5.0, 6.0], [9.0, 7.0], [2.0, np.nan]])
    write_table(tmp_path / "made.zarr", {"valid_accuracy": Column(values, "Made up.", "%", "valid")}, space="nb201")
    (found,) = reliabilities(tmp_path / "made.zarr")
    within = (2.0 + 0.5 + 2.0) / 3
    between = np.var([2.0, 5.5, 8.0], ddof=1) - within / 2
    assert variances(values[:3]) == pytest.approx((between, within))
    assert (found.column, found.networks, found.mean) == ("valid_accuracy", 3, pytest.approx(15.5 / 3))
    assert (found.between, found.within) == (pytest.approx(between**0.5), pytest.approx(within**0.5))
    assert found.ratio == pytest.approx(between / within)
    assert found.reliability == pytest.approx(between / (between + within / 2))
    assert found.agreement == pytest.approx(1.0)
    assert np.isnan(found.with_other)


def test_a_column_that_tells_nothing_apart_has_no_ratio(tmp_path: Path) -> None:
    write_table(
        tmp_path / "made.zarr", {"valid_accuracy": Column(np.ones((4, 2)), "Made up.", "%", "valid")}, space="nb201"
    )
    (found,) = reliabilities(tmp_path / "made.zarr")
    assert np.isnan(found.ratio) and np.isnan(found.reliability)


@pytest.mark.parametrize(("values", "networks"), [([[1.0, 2.0], [3.0, 4.0]], 2), ([[1.0, 1.0]] * 2 + [[2.0, 2.0]], 3)])
def test_reliability_of_two_networks_is_unknown_and_of_seeds_that_agree_whole(
    values: list[list[float]], networks: int, tmp_path: Path
) -> None:
    made = {"valid_accuracy": Column(np.array(values), "Made up.", "%", "valid")}
    write_table(tmp_path / "made.zarr", made, space="nb201")
    (found,) = reliabilities(tmp_path / "made.zarr")
    assert found.networks == networks
    assert np.isnan(found.reliability) if networks == 2 else (found.ratio, found.reliability) == (np.inf, 1.0)


def test_one_seed_has_no_reliability(tmp_path: Path) -> None:
    made = {"valid_accuracy": Column(np.ones((4, 1)), "Made up.", "%", "valid")}
    write_table(tmp_path / "made.zarr", made, space="nb201")
    with pytest.raises(NotAvailable, match="Column 'valid_accuracy' has one seed"):
        reliabilities(tmp_path / "made.zarr")


def test_every_part_of_a_recipe_that_decides_a_number_is_distinguished(recipe: Path) -> None:
    whole = read_recipe(recipe)[0]
    assert (
        different(whole, attrs.evolve(whole, table=TableText(name="nb201/other-v2"), attacks=whole.attacks[::-1])) == []
    )
    changed = {
        "space is 'nb201' and 'nb101'": {"networks": Networks(space="nb101")},
        "side of [data] is None and 9": {"data": attrs.evolve(whole.data, side=9)},
        "seeds are [0, 1] and [0]": {"seeds": (0,)},
        "[[corruptions]] are others": {"corruptions": (Corrupting(names=("fog",)),)},
    }
    for words, change in changed.items():
        assert different(whole, attrs.evolve(whole, **change)) == [words]
    more = attrs.evolve(whole, attacks=(*whole.attacks, Attacking(spec="fgsm[eps=0.1]", split="valid")))
    assert different(whole, more) == ["fgsm[eps=0.1] on all valid images is in one alone"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seeds": []}, "`seeds` of The recipe is a list of whole numbers from 0, not []"),
        ({"seeds": [-1]}, "is a list of whole numbers from 0, not [-1]"),
        ({"seeds": [True]}, "is a list of whole numbers from 0, not [True]"),
        ({"network": 5}, "[network] of The recipe is a table of the builder's arguments, not 5"),
        ({"attack": {"spec": "fgsm"}}, "[[attack]] of The recipe is a list of tables"),
        ({"attack": [{"split": "test"}]}, "[[attack]] of The recipe has no 'spec'"),
        ({"attack": [{"spec": "fgsm", "split": "train"}]}, "`split` is 'valid' or 'test', not 'train'"),
        ({"training": 3}, "[training] of The recipe is a table of keys, not 3"),
        ({"corruptions": [{"severities": 3}]}, "[[corruptions]] of The recipe has a value of the wrong type"),
        ({"data": {"name": "digits", "channels": 2}}, "`channels` is 1 or 3, or none, not 2"),
    ],
)
def test_what_is_no_recipe_is_refused_in_a_sentence(change: dict[str, object], words: str) -> None:
    given = {"table": {"name": "nb201/a-v1"}, "networks": {"space": "nb201"}, "data": {"name": "digits"}}
    with pytest.raises(InvalidOption) as error:
        parse_recipe({**given, "training": {}, "seeds": [0], **change})
    assert words in str(error.value)


def test_defaults_do_not_change_what_a_recipe_is_known_by() -> None:
    given = {"table": {"name": "nb201/a-v1"}, "networks": {"space": "nb201"}, "data": {"name": "digits"}}
    plain = parse_recipe({**given, "training": {}, "seeds": [0]})
    explicit = {**given, "networks": {"space": "nb201", "which": "distinct", "sample_seed": 0}}
    explicit["table"] = {"name": "nb201/a-v1", "title": "another", "licence": "CC0-1.0"}
    assert parse_recipe({**explicit, "training": {}, "seeds": [0], "attack": []}).digest == plain.digest
    assert parse_recipe({**given, "training": {}, "seeds": [1]}).digest != plain.digest
    corrupted = parse_recipe({**given, "training": {}, "seeds": [0], "corruptions": [{}]})
    assert corrupted.corruptions == (
        Corrupting(names=(), severities=(1, 2, 3, 4, 5), split="test", images=None, seed=0),
    )
    assert corrupted.digest != plain.digest
