"""What a strategy generates, asked for or not: kept from its notes, looked up afterwards, stored and gone on with."""

import json

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_latency.command import command
from nasapi_latency.generated import Rounds, by_round, generated_feasible

import nasapi
from nasapi.constraint import Constraint
from nasapi.errors import InvalidOption, StoreError
from nasapi.plugins import reproductions

pytestmark = pytest.mark.usefixtures("table")


def small(**options):
    return nasapi.load_benchmark("nb201/cifar10-pixel3-v1", budget=33, limit=5.0, **options)


GENERATING = """
from types import SimpleNamespace
import attrs
import nasapi

class Generating(nasapi.Strategy):
    \"\"\"Asks at random, and tells in the notes of each 64 trials of seven candidates.\"\"\"
    supports = frozenset({"constraints", "multi-objective"})
    asked = -1
    def ask(self, n):
        self.asked += 1
        if self.asked % 64 == 0:
            drawn = map(tuple, self.problem.space.sample(7, self.rng).tolist())
            self.note = SimpleNamespace(round=self.asked // 64, generated=tuple(drawn))
        [trial] = self.problem.trials(self.problem.space.sample(1, self.rng))
        return [attrs.evolve(trial, note=self.note)]
    def tell(self, results):
        pass
"""


@pytest.fixture
def generating(tmp_path):
    """A strategy that generates, by its spec."""
    (tmp_path / "generating.py").write_text(GENERATING)
    return f"{tmp_path / 'generating.py'}:Generating"


def test_the_verb_shows_the_share_of_each_round_in_both_modes_or_all_runs_as_json(generating, tmp_path):
    store = str(tmp_path / "kept.json")
    given = ["generated", "--dataset", "cifar10", "--limit", "5", "-s", generating, "--seeds", "2", "--store", store]
    shown = CliRunner().invoke(command, given, catch_exceptions=False).output
    assert "that the Pixel 3 runs within the limit (CIFAR-10)" in shown
    rows = [row.split() for row in shown.splitlines()[2:]]
    assert [row[:4] for row in rows] == [["5", mode, number, "2"] for mode in "01" for number in "012"]
    given.remove("--dataset"), given.remove("cifar10")  # which is the best one that is here
    runs = json.loads(CliRunner().invoke(command, [*given, "--json"]).output)
    assert [(run["seed"], run["rounds"]) for run in runs] == [(0, [0, 1, 2]), (1, [0, 1, 2])] * 2
    means = np.mean([run["shares"] for run in runs[:2]], axis=0)
    assert [float(row[4]) for row in rows[:3]] == pytest.approx(means, abs=1e-3)


def test_a_candidate_is_feasible_that_keeps_every_constraint(generating):
    free, seen = small(joint=0), Rounds()
    few = Constraint("params", upper=0.5e6)
    both = attrs.evolve(free, problem=attrs.evolve(free.problem, constraints=(*free.problem.constraints, few)))
    (found,) = generated_feasible(both, generating, [0])
    nasapi.run(both, nasapi.load_strategy(generating), seed=0, observers=[seen])
    values = free.look_up(np.array(seen.candidates[0]), ["latency", "params"])
    kept = [values["latency"] <= 5.0, values["params"] <= 0.5e6]
    assert found.shares == (np.mean(kept[0] & kept[1]),)
    assert np.any(kept, axis=0).sum() > (kept[0] & kept[1]).sum()


def test_what_another_process_adds_to_the_store_during_a_run_stays(generating, tmp_path, monkeypatch):
    store, theirs, run = tmp_path / "kept.json", tmp_path / "theirs.json", nasapi.run
    (other,) = generated_feasible(small(joint=0), generating, [7], theirs)

    def run_while_the_other_ends(*given, **options):
        theirs.replace(store)
        return run(*given, **options)

    monkeypatch.setattr(nasapi, "run", run_while_the_other_ends)
    (own,) = generated_feasible(small(joint=0), generating, [0], store)
    assert [row["seed"] for row in json.loads(store.read_text())["generated"]] == [own.seed, other.seed]


@pytest.fixture
def agnet():
    pytest.importorskip("nasapi_agnet", reason="agnet is what generates")
    return "agnet[epochs=1]"


def test_each_rounds_share_is_that_of_its_candidates(agnet, tmp_path):
    benchmark, seen = small(joint=0), Rounds()
    nasapi.run(benchmark, nasapi.load_strategy(agnet), seed=3, observers=[seen])
    (found,) = generated_feasible(benchmark, agnet, [3], tmp_path / "generated.json")
    assert found.rounds == (1, 2)
    for number, share in zip(found.rounds, found.shares, strict=True):
        codes = np.array(seen.candidates[number])
        assert 16 < len(codes) <= 100
        assert share == np.mean(benchmark.look_up(codes, ["latency"])["latency"] <= 5.0)


def test_what_the_store_has_is_not_run_again(agnet, tmp_path, monkeypatch):
    store, benchmark = tmp_path / "generated.json", small(joint=1)
    first = generated_feasible(benchmark, agnet, [0], store)
    monkeypatch.setattr(nasapi, "run", None)
    assert generated_feasible(benchmark, agnet, [0], store) == first
    assert [number for number, _, _ in by_round(first)] == [1, 2]
    assert json.loads(store.read_text())["generated"][0]["strategy"] == agnet


def test_a_place_without_room_is_refused_before_any_run(generating, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"The file '.*file/x.json' cannot be written"):
        generated_feasible(small(joint=0), generating, range(10**9), tmp_path / "file" / "x.json")


def test_a_strategy_that_generates_nothing_and_a_benchmark_without_a_limit_are_refused():
    with pytest.raises(InvalidOption, match="random tells of no candidates in its trials' notes; agnet does"):
        generated_feasible(small(joint=0), "random", [0])
    free = small(joint=0)
    free = attrs.evolve(free, problem=attrs.evolve(free.problem, constraints=()))
    with pytest.raises(InvalidOption, match="has no constraint that a candidate could keep"):
        generated_feasible(free, "random", [0])


def test_the_figure_is_offered_with_what_is_missing():
    item = next(item for item, _ in reproductions() if item.name == "figure4")
    assert "Pixel 3" in item.title
    assert "numbers behind the curves" in item.missing[0]
    assert "generated" in CliRunner().invoke(command, ["--help"]).output
