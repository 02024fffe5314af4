"""What a strategy generates, asked for or not: kept from its notes, looked up afterwards, stored and gone on with."""

import json

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from nasapi_latency.command import command
from nasapi_latency.generated import Rounds, by_round, generated_feasible

import nasapi
from nasapi.errors import InvalidOption
from nasapi.plugins import reproductions

pytestmark = pytest.mark.usefixtures("table")


def small(**options):
    return nasapi.load_benchmark("nb201/cifar10-pixel3-v1", budget=33, limit=5.0, **options)


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
