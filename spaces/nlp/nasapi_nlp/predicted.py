"""The objective and the benchmark over the whole space whose values are a surrogate's predictions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.data import folder
from nasapi.fidelity import Fidelity
from nasapi.metric import Metric
from nasapi.objective import Columns, Objective
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi.space import Codes
from nasapi_nlp.cells import split
from nasapi_nlp.features import parameters
from nasapi_nlp.objectives import at_best
from nasapi_nlp.space import NLP
from nasapi_nlp.surrogate import NODES, Surrogate
from nasapi_nlp.surrogate_files import load
from nasapi_nlp.tables import CITATION

PLACE = "nlp-surrogate"
"""The name of the surrogate that is used where none is named, in the folder of `nasapi data`."""
_SPLITS = {"train": 0, "valid": 1, "test": 2}


_BY = "predicted: by a surrogate that was fitted on a table of trained cells"


class Predicted(Objective):
    """Perplexities that a surrogate predicts for any cell: predictions, not measurements.

    At a fidelity of e epochs a cell has the lowest predicted validation perplexity of its first e epochs, and the
    predicted test and training perplexity of that epoch; the cost is the predicted time of e epochs. Parameters are
    exact, by rule, where the table that the surrogate was fitted on tells those outside the cell.
    """

    identity = "network"

    def __init__(self, surrogate: Surrogate):
        """Ask `surrogate` about the cells of the whole space."""
        self.surrogate = surrogate
        self.space = NLP(draw="generator")
        self.fidelity = Fidelity("epochs", tuple(range(1, surrogate.epochs + 1)), resumes=True)
        self.metrics = (
            *(
                Metric(f"{name}_perplexity", "min", "1", name, (1.0, np.inf), f"predicted, {what}", _BY)  # type: ignore[arg-type]
                for name, what in (
                    ("valid", "the lowest of the epochs so far"),
                    ("test", "at the epoch of the lowest validation perplexity"),
                    ("train", "at the epoch of the lowest validation perplexity"),
                )
            ),
            Metric("train_seconds", "min", "s", description="predicted time of the training", origin=_BY),
        )
        self.missing: Mapping[str, str] = {}
        if surrogate.rest is None:
            self.missing = {
                "params": "the table that the surrogate was fitted on does not tell those outside the cell."
            }
        else:
            counted = "derived: counted from the cell, by rule"
            self.metrics += (Metric("params", "min", "count", description="trainable parameters", origin=counted),)

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The rows' predictions; they have no noise."""
        codes = self.space.require(codes)
        level = self.level(fidelity)
        assert level is not None
        losses, seconds = self.surrogate.curves(codes)
        best = at_best(losses[:, 1, :level])[:, -1] if len(codes) else np.empty(0, np.int64)
        found: dict[str, NDArray[Any]] = {
            f"{name}_perplexity": np.exp(losses[np.arange(len(codes)), place, best]) for name, place in _SPLITS.items()
        }
        found["train_seconds"] = found["cost"] = seconds * level
        if self.surrogate.rest is not None:
            found["params"] = (parameters(split(codes, NODES)) + self.surrogate.rest).astype(np.float64)
        return found


SurrogateFolder = Annotated[str | None, option.text(None, "The folder of a surrogate, in place of `nlp-surrogate`.")]


def surrogate(path: SurrogateFolder = None) -> Predicted:
    """Predictions of the surrogate in the folder `path`, or of `nlp-surrogate` in the folder of `nasapi data`."""
    return Predicted(load(place(path)))


def place(path: str | None) -> Path:
    """Where the surrogate is: `path`, or the default."""
    return folder() / PLACE if path is None else Path(path)


def surrogate_v1(path: SurrogateFolder = None) -> Benchmark:
    """The lowest predicted validation perplexity of any cell, in 300 trials."""
    objective = surrogate(path)
    about, scores = objective.surrogate.about, objective.surrogate.about.get("left out", {})
    error = ""
    if scores:
        error = (
            f" On networks left out of the fit its Kendall tau is {scores['tau'][-1]:.3f} and its mean absolute error "
            f"{scores['MAE'][-1]:.3f} nats a word."
        )
    known = [metric.name for metric in objective.metrics]
    return Benchmark(
        id="nlp/surrogate-v1",
        problem=Problem(objective.space, (objective.metric("valid_perplexity"),), Budget(300), objective.fidelity),
        objective=objective,
        report_metrics=tuple(
            name for name in ("test_perplexity", "train_perplexity", "params", "train_seconds") if name in known
        ),
        reference=Reference(
            source=f"predictions of a surrogate fitted on: {about.get('table', 'an unnamed table')}; {CITATION}",
            licence="Apache-2.0",
            predicted=True,
        ),
        description="Predicted, not measured: a surrogate that was fitted on this machine, so numbers compare only "
        f"with those of the same fit.{error} Cells are drawn by the generator of NAS-Bench-NLP; far from its cells the "
        "surrogate extrapolates.",
    )
