"""Recording by workers: a run goes into the very store that was meant, or back to whoever sent the job, or is said."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from stores import Drawing, assert_same, key, store_of

import nasapi
from nasapi.history import History
from nasapi.running.workers import recording
from nasapi.running.workers.recording import Destination, Recorded, Unrecorded, record_run
from nasapi.storage.store import Store
from nasapi.testing.toy import toy_v1


@pytest.fixture(scope="module")
def histories() -> list[History]:
    return [nasapi.run(toy_v1(), Drawing, seed=seed) for seed in range(3)]


@pytest.fixture(autouse=True)
def _desk_of_its_own() -> Iterator[None]:
    recording._desk.cache_clear()
    yield
    recording._desk().close()
    recording._desk.cache_clear()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    store_of(tmp_path / "s", toy_v1()).close()
    return tmp_path / "s"


def destination(path: Path) -> Destination:
    return Destination.of(Store(path))


def test_a_run_that_a_worker_recorded_is_in_the_store(store: Path, histories: list[History]) -> None:
    there = destination(store)
    recorded = [record_run(history, there) for history in histories]
    shards = {one.shard for one in recorded if isinstance(one, Recorded)}
    assert len(shards) == 1
    assert recorded == [Recorded(*key(seed), *shards) for seed in range(3)]
    assert [path.name for path in store.glob("*.sqlite")] == [*shards]
    for seed, history in enumerate(histories):
        assert_same(Store(store).read(*key(seed)), history)


def test_a_shard_is_held_while_runs_of_its_store_come_and_given_back_after(
    store: Path, histories: list[History], tmp_path: Path
) -> None:
    record_run(histories[0], destination(store))
    other = Store(store)
    other.claim()
    other.record(histories[1])
    other.close()
    assert len(list(store.glob("*.sqlite"))) == 2
    store_of(tmp_path / "t", toy_v1()).close()
    record_run(histories[0], destination(tmp_path / "t"))
    third = Store(store)
    third.claim()
    third.record(histories[2])
    third.close()
    assert len(list(store.glob("*.sqlite"))) == 2
    assert Store(store).verify() == 3


def test_another_store_at_that_place_is_left_alone(store: Path, histories: list[History], tmp_path: Path) -> None:
    meant = destination(store)
    store.rename(tmp_path / "moved")
    store_of(store, toy_v1()).close()
    assert record_run(histories[0], meant) is histories[0]
    assert not Store(store).done(*key(0))


def test_a_disk_that_is_not_here_gives_the_run_back(store: Path, histories: list[History], tmp_path: Path) -> None:
    meant = attrs.evolve(destination(store), path=str(tmp_path / "elsewhere" / "s"))
    assert record_run(histories[0], meant) is histories[0]
    assert not (tmp_path / "elsewhere").exists()


def test_a_store_that_was_deleted_is_reported_gone(store: Path, histories: list[History], tmp_path: Path) -> None:
    meant = destination(store)
    store.rename(tmp_path / "moved")
    outcome = record_run(histories[0], meant)
    assert isinstance(outcome, Unrecorded)
    assert outcome == Unrecorded(*key(0), f"The store {str(store)!r} is gone: it was moved or deleted.")


def test_a_run_that_differs_from_the_one_that_is_there_is_not_recorded(store: Path, histories: list[History]) -> None:
    record_run(histories[0], destination(store))
    outcome = record_run(attrs.evolve(histories[1], seed=0), destination(store))
    assert isinstance(outcome, Unrecorded)
    assert (outcome.seed, "is recorded already, and this one differs" in outcome.message) == (0, True)
    assert_same(Store(store).read(*key(0)), histories[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")
def test_a_forked_process_records_in_a_shard_of_its_own(store: Path, histories: list[History]) -> None:
    there = destination(store)
    record_run(histories[0], there)
    child = os.fork()
    if not child:
        recorded = record_run(histories[1], there)
        os._exit(0 if isinstance(recorded, Recorded) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    record_run(histories[2], there)
    assert len(list(store.glob("*.sqlite"))) == 2
    assert Store(store).verify() == 3


def test_a_study_gives_its_shard_back_once_its_runs_are_done(tmp_path: Path) -> None:
    first, more = (nasapi.Study([toy_v1()], [Drawing], seeds, tmp_path / "s") for seeds in (1, 2))
    first.run(backend="inline")
    more.run(backend="inline")
    assert [path.name for path in (tmp_path / "s").glob("*.sqlite")] == ["shard-0000.sqlite"]
    assert len(first.histories()) == 1
