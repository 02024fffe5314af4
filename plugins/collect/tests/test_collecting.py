"""Collections: killed, sharded, damaged and changed, they give the same table or say what is wrong."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import gethostname
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest
from nasapi_collect.collection import Collection, Done
from nasapi_collect.merging import merge
from nasapi_collect.parallel import _worker, collect
from nasapi_collect.recipe import read_recipe
from nasapi_collect.shards import Rows, Shard, open_shard, read_shard
from nasapi_collect.workplace import Measured, Workplace
from nasapi_networks.trainer import Trainer
from nasapi_networks.training_settings import Training

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError
from nasapi.files import is_folder, replacing

KILLS = 3
"""How often a collection is killed; `make torture` has 20."""
Write = Callable[..., Path]


def content(table: Path) -> str:
    """A digest of every file of a table."""
    found = hashlib.sha256()
    for path in sorted(path for path in table.rglob("*") if path.is_file()):
        found.update(path.relative_to(table).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def killed_after(seconds: float, recipe: Path, folder: Path) -> None:
    """Collect in a process that is killed so long after it has begun its shard."""
    lock = folder / "shards" / f"{Shard().file}.lock"
    last = lock.stat().st_mtime_ns if lock.exists() else None  # a kill leaves it behind
    child = os.fork()
    if child == 0:
        try:
            collect(recipe, folder)
        finally:
            os._exit(0)
    while not lock.exists() or lock.stat().st_mtime_ns == last:
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            return
        sleep(0.002)
    sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_killed_again_and_again_it_gives_the_same_bytes(tiny: Path, collected: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for _ in range(KILLS):
        killed_after(float(rng.uniform(0, 0.5)), tiny, tmp_path / "killed")
    collect(tiny, tmp_path / "killed")
    merge([collected], tmp_path / "once.zarr")
    merge([tmp_path / "killed"], tmp_path / "killed.zarr")
    assert content(tmp_path / "killed.zarr") == content(tmp_path / "once.zarr")


def test_shards_in_two_folders_merge_to_what_one_process_gives(tiny: Path, collected: Path, tmp_path: Path) -> None:
    for index in (2, 1):
        collect(tiny, tmp_path / str(index), shard=Shard(index, 2))
    merge([collected], tmp_path / "once.zarr")
    merge([tmp_path / "2", tmp_path / "1"], tmp_path / "shards.zarr")
    assert content(tmp_path / "shards.zarr") == content(tmp_path / "once.zarr")


def test_processes_that_begin_together_find_one_collection(tiny: Path, tmp_path: Path) -> None:
    recipe, words = read_recipe(tiny)
    workplace = Workplace.of(recipe)
    children = []
    for _ in range(6):
        if (child := os.fork()) == 0:
            try:
                Collection.begin(tmp_path / "together", workplace, words)
            except BaseException:
                os._exit(1)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 6


def test_a_folder_with_something_else_is_left_alone(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(StoreError, match=r"holds 'thesis\.tex' and no collection"):
        collect(tiny, tmp_path)


def test_a_finished_collection_measures_nothing_again(tiny: Path, collected: Path) -> None:
    assert collect(tiny, collected, shard=Shard(1, 3)) == Done()


def test_the_table_has_its_recipe_and_every_column_is_a_number(tiny: Path, collected: Path, tmp_path: Path) -> None:
    table = merge([collected], tmp_path / "table.zarr")
    assert table.attributes["recipe"] == tiny.read_text()
    assert table["codes"].shape == (6, 6)
    assert table["test_confusion"].sum(axis=(2, 3)).tolist() == [[40, 40]] * 6
    assert np.isfinite(table["test_fgsm_7.65_accuracy"]).all()
    right = np.trace(table["test_confusion"], axis1=2, axis2=3) / 0.4
    np.testing.assert_allclose(table["test_accuracy"], right)


def test_a_line_half_written_is_measured_again(tiny: Path, collected: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(collected, tmp_path / "torn"))
    shard = folder / "shards" / Shard().file
    shard.write_bytes(shard.read_bytes()[:-40])
    assert collect(tiny, folder).measured == 1


def test_a_flipped_bit_is_named(tiny: Path, collected: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(collected, tmp_path / "flipped"))
    shard = folder / "shards" / Shard().file
    lines = shard.read_bytes().splitlines(keepends=True)
    shard.write_bytes(b"".join([*lines[:3], lines[3].replace(b'"row":', b'"rov":'), *lines[4:]]))
    with pytest.raises(CorruptData, match=r"Line 4 of shard .* is not what was written"):
        collect(tiny, folder)


def test_what_is_gone_from_a_folder_is_put_back_or_named(tiny: Path, collected: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(collected, tmp_path / "gone"))
    (folder / "recipe.toml").unlink()
    (folder / "shards" / "0002-of-0002.jsonl").mkdir()
    with pytest.raises(CorruptData, match=r"has no 'recipe\.toml'; put the recipe that it was begun with there"):
        merge([folder], tmp_path / "gone.zarr")
    assert collect(tiny, folder) == Done()
    assert (folder / "recipe.toml").read_text() == tiny.read_text()
    shutil.rmtree(folder / "shards")
    assert collect(tiny, folder, source=collected) == Done(0, 6)


def test_two_collectors_on_one_shard_are_refused(tiny: Path, collected: Path) -> None:
    collection = Collection.open(collected)
    with open_shard(collected / "shards", Shard(), collection.digest, collection.networks):
        with pytest.raises(StoreError, match="is being written by process"):
            collect(tiny, collected)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("epochs = 2", "epochs = 3"),
            r"\(there and here: epochs of \[training\] is 2 and 3\); collect into another f",
        ),
        (("seeds = [0, 1]", "seeds = [0, 2]"), r"seeds are \[0, 1\] and \[0, 2\]"),
        (("images = 20", "images = 30"), "on 20 test images is in one alone"),
        (
            ("sample = 6", "sample = 8"),
            r"sample of \[networks\] is 6 and 8\); .* with --from .*, which keeps its numbers",
        ),
        (("tiny-v1", "tiny-v2"), r"name of \[table\] is 'nb201/tiny-v1' and 'nb201/tiny-v2'\); .* with --from "),
    ],
)
def test_another_recipe_is_refused_and_what_differs_named(
    write_recipe: Write, collected: Path, change: Any, words: str
) -> None:
    with pytest.raises(InvalidOption, match=f"begun with another recipe .*{words}"):
        collect(write_recipe(change), collected)


def test_attacks_in_another_order_are_another_collection(write_recipe: Write, tmp_path: Path) -> None:
    more = '\n[[attack]]\nspec = "fgsm[eps=0.06]"\nimages = 20\n'
    first = write_recipe(("images = 20\n", f"images = 20\n{more}"))
    other = write_recipe(("[[attack]]\n", f"{more[1:]}\n[[attack]]\n"))
    for recipe in (first, other):
        assert [each.images for each in read_recipe(recipe)[0].attacks] == [20, 20]
    words = first.read_text()
    Collection.begin(tmp_path / "first", Workplace.of(read_recipe(first)[0]), words)
    with pytest.raises(InvalidOption, match=r"stand in another order\)"):
        collect(other, tmp_path / "first")


def test_nothing_is_begun_where_the_device_is_not_there(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="There is no device 'abacus' here"):
        collect(tiny, tmp_path / "none", device="abacus")
    assert not (tmp_path / "none").exists()


def test_parts_of_more_shards_than_have_names_are_refused(tiny: Path, tmp_path: Path) -> None:
    assert Shard(2, 3_333).part(3, 3).of == 9_999
    with pytest.raises(InvalidOption, match="Shard 1/9999 in 2 jobs makes 19,998 shards"):
        Shard(1, 9_999).part(1, 2)


def test_several_jobs_tell_of_every_network(tiny: Path, collected: Path, tmp_path: Path) -> None:
    received: list[tuple[int, int, int]] = []
    done = collect(tiny, tmp_path / "two", jobs=2, progress=lambda *numbers: received.append(numbers))
    assert done.measured == 6
    assert received[-1] == (6, 6, 0)
    assert [done for done, _, _ in received] == sorted({done for done, _, _ in received})
    assert collect(tiny, tmp_path / "two", jobs=100).measured == 0


def test_workers_end_with_the_process_that_started_them(write_recipe: Write, tmp_path: Path) -> None:
    recipe, folder = write_recipe(("sample = 6", "sample = 60")), tmp_path / "orphaned"
    script = f"from nasapi_collect.parallel import collect; from pathlib import Path; collect(Path({str(recipe)!r}), "
    script += f"Path({str(folder)!r}), jobs=2)"
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    rows = Rows(folder / "shards")
    while not rows.now():
        assert process.poll() is None
        sleep(0.05)
    process.kill()
    process.wait()
    end = monotonic() + 60
    while monotonic() < end:  # a lock that can be taken says that its worker is gone
        with suppress(StoreError):
            for index in (1, 2):
                collection = Collection.open(folder)
                with open_shard(folder / "shards", Shard(index, 2), collection.digest, collection.networks):
                    pass
            break
        sleep(0.1)
    assert 1 <= len(rows.now()) < 30


def test_a_worker_that_begins_after_its_starter_has_ended_does_nothing(
    tiny: Path, collected: Path, tmp_path: Path
) -> None:
    if (ended := os.fork()) == 0:
        os._exit(0)
    os.waitpid(ended, 0)
    for host, folder in ((gethostname(), tmp_path / "none"), ("elsewhere", collected)):
        assert _worker(str(tiny), str(folder), Shard(), "cpu", None, ended, host) == Done()
    assert not (tmp_path / "none").exists()
    with pytest.raises(StoreError):  # of a starter that is there, though no parent, as under dask, it begins
        (tmp_path / "other").write_text("")
        _worker(str(tiny), str(tmp_path / "other"), Shard(), "cpu", None, os.getpid(), gethostname())


def test_a_comment_makes_no_other_recipe(write_recipe: Write, collected: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(collected, tmp_path / "commented"))
    assert collect(write_recipe(("[network]", "# by one cell a stage\n[network]")), folder).measured == 0


def test_a_recipe_of_any_line_ends_is_written_once(tiny: Path, collected: Path, tmp_path: Path) -> None:
    folder, recipe = Path(shutil.copytree(collected, tmp_path / "ends")), tmp_path / "tiny.toml"
    recipe.write_bytes(tiny.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(ZeroDivisionError), replacing(folder / "recipe.toml", is_folder):  # as another worker does
        raise ZeroDivisionError(collect(recipe, folder).measured)
    assert collect(recipe, folder).measured == 0
    written = (folder / "recipe.toml").stat().st_ino
    assert collect(recipe, folder).measured == 0
    assert (folder / "recipe.toml").stat().st_ino == written
    assert (folder / "recipe.toml").read_bytes() == recipe.read_bytes()


def test_what_is_missing_is_counted_before_merging(tiny: Path, tmp_path: Path) -> None:
    collect(tiny, tmp_path / "part", shard=Shard(1, 3))
    with pytest.raises(NotAvailable, match="4 of 6 networks are missing"):
        merge([tmp_path / "part"], tmp_path / "part.zarr")
    assert merge([tmp_path / "part"], tmp_path / "part.zarr", partial=True).rows == 2


def test_shards_that_disagree_are_refused(collected: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(collected, tmp_path / "two"))
    collection = Collection.open(folder)
    unit = next(iter(read_shard(folder / "shards" / Shard().file).measured.values()))
    other = {**unit, "values": {**unit["values"], "test_accuracy": [1.0, 2.0]}}
    with open_shard(folder / "shards", Shard(1, 2), collection.digest, collection.networks) as (_, append):
        append(**other)
    with pytest.raises(CorruptData, match=f"Two shards disagree about row {unit['row']}"):
        merge([folder], tmp_path / "two.zarr")


def test_a_full_disk_keeps_what_was_measured(
    tiny: Path, collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(collected, tmp_path / "full"))
    shard = folder / "shards" / Shard().file
    shard.write_bytes(b"".join(shard.read_bytes().splitlines(keepends=True)[:-2]))
    before, write = shard.stat().st_size, os.write

    def full(handle: int, data: bytes) -> int:
        if b'"kind":"unit"' in data:
            write(handle, data[:50])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(StoreError, match=r"No space left on device\. What was measured before is kept"):
            collect(tiny, folder)
    assert len(read_shard(shard).measured) == 4 and shard.stat().st_size >= before
    assert collect(tiny, folder).measured == 2


def test_a_loss_that_is_not_finite_is_recorded(write_recipe: Write, tmp_path: Path) -> None:
    wild = write_recipe(("shift = 1", "shift = 1\nrate = 1e30"))
    measured = Workplace.of(read_recipe(wild)[0]).measure(3)
    assert measured.errors == ["the training loss was not finite in epoch 1"] * 2
    assert measured.values["test_accuracy"] == [None, None]


def test_a_seed_that_failed_once_has_no_numbers(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = Trainer._pass
    lost = iter([np.array([np.inf, 0.0]), np.zeros(2)])  # the first seed's, in the first of two epochs
    monkeypatch.setattr(Trainer, "_pass", lambda self: passes(self) + next(lost))
    measured = Workplace.of(read_recipe(tiny)[0]).measure(3)
    assert measured.errors == ["the training loss was not finite in epoch 1", None]
    first, second = measured.values["test_accuracy"]
    assert first is None and second is not None


def test_another_process_measures_the_same(tiny: Path, collected: Path) -> None:
    unit = next(iter(read_shard(collected / "shards" / Shard().file).measured.values()))
    again: Measured = Workplace.of(read_recipe(tiny)[0]).measure(unit["row"])
    assert again.values == unit["values"]


def test_the_recipe_trains_by_its_own_numbers(tiny: Path) -> None:
    assert read_recipe(tiny)[0].training == Training(epochs=2, batch=32, shift=1, flip=False)


@pytest.mark.parametrize(
    ("environment", "shard"),
    [
        ({}, None),
        ({"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": "8"}, Shard(3, 8)),
        ({"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "8"}, Shard(1, 8)),
    ],
)
def test_a_job_array_says_the_shard(environment: dict[str, str], shard: Shard | None) -> None:
    assert Shard.of_array(environment) == shard


def test_an_array_with_gaps_is_refused() -> None:
    sent_again = {"ID": "7", "MIN": "3", "MAX": "7", "COUNT": "2", "STEP": "1"}
    with pytest.raises(InvalidOption, match="with gaps, so that it does not say which part of the work to do"):
        Shard.of_array({f"SLURM_ARRAY_TASK_{name}": value for name, value in sent_again.items()})


@pytest.mark.parametrize("words", ["0/2", "3/2", "a/b", "1", "-1/2"])
def test_a_shard_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(InvalidOption, match="A shard is written 2/8"):
        Shard.parse(words)
