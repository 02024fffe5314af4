"""The benchmarks of NAS-Bench-NLP, each saying what it is and what it is not."""

from __future__ import annotations

import numpy as np

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi_nlp.anchors import ANCHORS
from nasapi_nlp.listed import TableFolder
from nasapi_nlp.objectives import VALID, measured
from nasapi_nlp.tables import CITATION, TEXTS


def measured_v1(task: str, table: TableFolder = None) -> Benchmark:
    """The lowest validation perplexity in 50 epochs among the networks that were trained, in 50 trials."""
    objective = measured(task, table)
    every = np.concatenate(list(objective.space.enumerate()))
    values = objective.evaluate(every)[VALID.name]
    return Benchmark(
        id=f"nlp/{task}-v1",
        problem=Problem(objective.space, (objective.metric(VALID.name),), Budget(50), objective.fidelity),
        objective=objective,
        report_metrics=("test_perplexity", "train_perplexity", "params", "train_seconds"),
        reference=Reference(
            {VALID.name: float(np.nanmin(values))},
            source=CITATION,
            licence="Apache-2.0",
            anchors=ANCHORS.get(task, ()),
        ),
        description=f"Measured on {TEXTS[task]}: {len(every):,} networks that were trained, and the space holds no "
        "others; neighbours are the networks most alike. Values are the lowest perplexity of the epochs so far, means "
        "over the runs of a network; where none of its runs reached the epoch, its evaluation fails.",
    )
