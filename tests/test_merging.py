"""Several stores as one: merged, or read side by side."""

from pathlib import Path

import attrs
import pytest
from stores import (
    Drawing,
    assert_same,
    key,
    recorded,
    select,
    shard,
)

from nasapi.errors import CorruptData, InvalidOption, StoreError, UnknownId
from nasapi.running.loop import run
from nasapi.storage.merging import JoinedStores, digest, merge
from nasapi.storage.store import Store
from nasapi.storage.summary import StrategySummary
from nasapi.testing.toy import toy_v1


def test_stores_are_merged_in_the_order_of_the_grid(tmp_path: Path) -> None:
    runs = [run(toy_v1(), Drawing, seed=seed) for seed in range(6)]
    one, two = tmp_path / "one", tmp_path / "two"
    recorded(one, *runs[3:][::-1], benchmark=toy_v1(), seeds=[5, 4, 3])
    recorded(two, *runs[:4], benchmark=toy_v1(), seeds=[0, 1, 2, 3])
    assert merge([one, two], tmp_path / "whole").runs == 6
    assert [row[0] for row in select(shard(tmp_path / "whole"), "SELECT seed FROM runs ORDER BY id")] == list(range(6))
    assert digest([tmp_path / "whole"]) == digest([two, one])
    for history in runs:
        assert_same(Store(tmp_path / "whole").read(*key(history.seed)), history)


def test_stores_that_do_not_go_together_are_not_merged(filled: Path, tmp_path: Path) -> None:
    other = recorded(tmp_path / "o", benchmark=attrs.evolve(toy_v1(), report_metrics=("params",))).path
    with pytest.raises(StoreError, match=r"'.*/o' has runs on a 'toy/formula-v1' with other report"):
        merge([filled, other], tmp_path / "whole")
    with pytest.raises(StoreError, match="/batches' has batch 4, not 1: it does not go with what stands before it"):
        merge([filled, Store.prepare(tmp_path / "batches", [], [], [], 4).path], tmp_path / "whole")
    newer = Store.prepare(tmp_path / "n", [], [StrategySummary("Drawing", "mine 2.0")], [])
    with pytest.raises(StoreError, match=r"/n' has a 'Drawing' of other code \(mine 2\.0, not unrecorded\)"):
        merge([filled, newer.path], tmp_path / "whole")
    with pytest.raises(StoreError, match="is there already; name a place where nothing is"):
        merge([filled], other)
    assert not (tmp_path / "whole").exists()


def test_merging_reports_how_far_it_is_and_what_it_made(filled: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    merged = merge([filled], tmp_path / "one", progress=lambda done, total: seen.append((done, total)))
    count = len(Store(filled).keys())
    assert (merged.runs, merged.damaged, merged.store) == (count, (), tmp_path / "one")
    assert seen[-1] == (count, count)
    assert digest([tmp_path / "one"]) == digest([filled]) == digest([filled, tmp_path / "one"])
    with pytest.raises(StoreError, match="is there already; name a place where nothing is"):
        merge([filled], tmp_path / "one")


def test_the_digest_of_runs_never_changes(filled: Path) -> None:
    assert digest([filled]) == "5d412f6514cfeb2c005dfc45e4b06beb6f85ecf9a389e7b621200bacec8b260f"


def test_stores_are_given_as_a_list_of_paths(filled: Path, tmp_path: Path) -> None:
    for given in (str(filled), filled, Store(filled)):
        with pytest.raises(InvalidOption, match=r"a list of their paths, not as .*; put it in brackets"):
            digest(given)  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="Stores are given as a list"):
        merge(str(filled), tmp_path / "other")


def test_a_run_that_differs_between_two_stores_is_refused(tmp_path: Path) -> None:
    history = run(toy_v1(), Drawing, seed=0)
    one = recorded(tmp_path / "one", history, benchmark=toy_v1())
    other = recorded(tmp_path / "two", attrs.evolve(history, cost=history.cost + 1), benchmark=toy_v1())
    several = JoinedStores([one.path, other.path])
    for read in (lambda: several.read(*key(0)), lambda: several.row(key(0)), lambda: digest([one.path, other.path])):
        with pytest.raises(CorruptData, match=r"Run 0 of 'Drawing' on .* in '.*two' differs from the one in '.*one'"):
            read()


def test_stores_read_as_one_give_each_run_from_whichever_has_it(tmp_path: Path) -> None:
    runs = {seed: run(toy_v1(), Drawing, seed=seed) for seed in (0, 1, 2)}
    for name, seeds in (("a", (0, 1)), ("b", (1, 2))):
        for seed in seeds:
            recorded(tmp_path / name, runs[seed], benchmark=toy_v1())
    several = JoinedStores([tmp_path / "a", tmp_path / "b"])
    assert several.keys() == [key(seed) for seed in (0, 1, 2)]
    assert (several.batch, sorted(several.seeds)) == (1, [0, 1, 2])
    assert [summary.spec for summary in several.benchmarks] == ["toy/formula-v1"]
    assert [summary.spec for summary in several.strategies] == ["Drawing"]
    for seed, history in runs.items():
        assert several.done(*key(seed))
        assert_same(several.read(*key(seed)), history)
    assert not several.done(*key(3))
    recorded(tmp_path / "b", run(toy_v1(), Drawing, seed=4), benchmark=toy_v1(), seeds=[4])
    assert not several.done(*key(4))
    several.refresh()
    assert several.done(*key(4)) and sorted(several.seeds) == [0, 1, 2, 4]
    with pytest.raises(UnknownId, match="a' has no room for seed 3; its study was made without it"):
        several.read(*key(3))
