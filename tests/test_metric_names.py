"""Names that metrics cannot have, since answers, runs and studies have other columns of these names."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

import nasapi
from nasapi.columns import TAKEN
from nasapi.errors import InvalidOption
from nasapi.metric import Metric
from nasapi.objective import Wrapped
from nasapi.tables import TableObjective
from nasapi.testing.toy import Toy, ToyObjective, toy_v1


class Renamed(Wrapped):
    """The toy's values beside a metric of another name."""

    def __init__(self, name: str) -> None:
        super().__init__(ToyObjective())
        self.metrics = (*self.objective.metrics, Metric(name, "min"))

    def evaluate(self, codes, fidelity=None, noise=None):
        """The toy's answer with another column."""
        found = self.objective.evaluate(codes, fidelity, noise)
        return {self.metrics[-1].name: np.zeros(len(codes)), **found}


def test_every_column_of_a_study_that_is_of_no_metric_is_taken(tmp_path) -> None:
    study = nasapi.Study(["toy/formula-v1"], ["random"], 1, tmp_path / "store").run(jobs=1, backend="inline")
    metrics = {metric.name for metric in toy_v1().objective.metrics}
    columns = {*study.to_dict(), *nasapi.query("toy/formula-v1").to_dict()} - metrics
    assert columns == TAKEN


@pytest.mark.parametrize("name", ["cost", "error", "start", "trial"])
def test_a_metric_with_the_name_of_another_column_is_refused_wherever_it_would_be_used(name: str) -> None:
    message = f"cannot be called '{name}', for answers or runs have another column of that name; call it 'valid_{name}'"
    with pytest.raises(InvalidOption, match=f"A metric of benchmark 'toy/formula-v1' {message}"):
        attrs.evolve(toy_v1(), objective=Renamed(name))
    with pytest.raises(InvalidOption, match=f"A metric of the objective of toy {message}"):
        nasapi.query(Renamed(name))
    with pytest.raises(InvalidOption, match=f"A metric of a table of toy {message}"):
        TableObjective(Toy(), lambda codes: np.zeros(len(codes), int), {Metric(name, "min"): np.ones(1)}, np.ones(1))
    assert Renamed(f"valid_{name}").metrics[-1].name == f"valid_{name}"
