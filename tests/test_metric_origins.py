"""What metrics say of themselves: unit, direction, description, and whether measured, derived or predicted."""

import re
from pathlib import Path

import attrs
import numpy as np
import pytest

import nasapi
from nasapi.data.registry import sources
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.metric import Metric
from nasapi.plugins import entries
from nasapi.storage.summary import BenchmarkSummary
from nasapi.testing.toy import toy_v1

OBJECTIVES = sorted({entry.id for entry, _ in entries("objective")})
ROOT = Path(__file__).parents[1]
CORE = "the usual base of a tabular benchmark"


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_metric_of_every_objective_says_what_it_is(name):
    try:
        objective = nasapi.load_objective(name)
    except NotAvailable as lacking:
        pytest.skip(str(lacking))
    for metric in objective.metrics:
        assert metric.unit, metric.name
        assert metric.goal in ("min", "max")
        assert len(metric.description) > 5, metric.name
        assert metric.origin.partition(":")[0] in ("measured", "derived", "predicted"), metric.name
    assert CORE not in (objective.description or str(type(objective).__doc__))
    assert str(ROOT) not in str(objective.missing), "reports quote it, and are the same on every machine"


@pytest.mark.parametrize("origin", ["guessed", "derived", "derived: ", "predicted", 3])
def test_an_origin_that_says_nothing_is_refused(origin):
    with pytest.raises(InvalidOption, match="wanted 'measured', 'derived: ' and how, or 'predicted: ' and by what"):
        Metric("loss", "min", origin=origin)


def test_a_plain_number_is_printed_without_a_unit():
    assert [Metric("loss", "min", unit).shown_unit for unit in ("1", "ms", "")] == ["", "ms", ""]


def test_better_words_do_not_part_runs_and_other_numbers_do():
    summary = BenchmarkSummary.of(toy_v1())
    descriptions = attrs.evolve(summary.goals[0], description="in other words", origin="measured")
    metrics = {**summary.metrics, descriptions.name: descriptions}
    assert summary.differs(attrs.evolve(summary, goals=(descriptions,), metrics=metrics, source="elsewhere")) == []
    narrow = attrs.evolve(descriptions, bounds=(0.0, 99.0))
    assert summary.differs(attrs.evolve(summary, goals=(narrow,), metrics=metrics)) == ["goals"]


def test_a_summary_keeps_what_training_again_changes():
    benchmark = toy_v1()
    reference = attrs.evolve(benchmark.reference, training_sd={"valid_accuracy": 0.25, "params": np.nan})
    summary = BenchmarkSummary.of(attrs.evolve(benchmark, reference=reference))
    assert summary.training_sd == {"valid_accuracy": 0.25}
    assert BenchmarkSummary.from_json(summary.to_json()).training_sd == {"valid_accuracy": 0.25}
    older = {name: value for name, value in summary.to_json().items() if name != "training_sd"}
    assert BenchmarkSummary.from_json(older).training_sd == {}


def test_decisions_name_what_there_is():
    models = pytest.importorskip("nasapi_toolkit.models.model").MODELS
    pytest.importorskip("nasapi_proxies", reason="a decision names one of its scores")
    known = {*models, *(entry.id.rpartition("/")[2] for entry, _ in entries()), *(p.name for _, p in entries())}
    known |= {table.name for table, _ in sources()}
    page = (Path(__file__).parent.parent / "docs" / "decisions.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)(?:\[[^`]*\])?`", page))
    assert len(named) > 5
    assert named - known == set()


def test_bounds_may_be_given_as_a_list_and_stay_as_they_were():
    given = [0.0, 100.0]
    metric = Metric("score", "max", bounds=given)
    given[1] = 1.0
    assert metric == Metric("score", "max", bounds=(0.0, 100.0))
    assert len({metric, Metric("score", "max", bounds=(0.0, 100.0))}) == 1
