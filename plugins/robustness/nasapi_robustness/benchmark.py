"""The benchmarks nb201/cifar10-fgsm1-v1, -pgd1-v1, -apgd1-v1, -square1-v1, -corruptions-v1 and -robust-v1."""

from __future__ import annotations

from nasapi_nb201.counts import NETWORKS

from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi_robustness import TASKS
from nasapi_robustness.anchors import ANCHORS
from nasapi_robustness.collection import Robustness
from nasapi_robustness.measure import CLEAN_ACCURACY, MEAN_ADVERSARIAL, MEAN_CORRUPTION, REPORTED, Measure
from nasapi_robustness.objective import searching
from nasapi_robustness.source import ROBUSTNESS

BUDGET = 192
"""Trials, as in the other benchmarks of the space."""
GOALS = {
    "fgsm1": (Measure("fgsm", 1.0),),
    "pgd1": (Measure("pgd", 1.0),),
    "apgd1": (Measure("apgd", 1.0),),
    "square1": (Measure("square", 1.0),),
    "corruptions": (MEAN_CORRUPTION,),
    "robust": (CLEAN_ACCURACY, MEAN_ADVERSARIAL),
}


def benchmark(task: str) -> Benchmark:
    """The most robust cell on CIFAR-10 in 192 trials; optima are taken from the table.

    For "robust" the reference point of the hypervolume is a guess on clean images, 10 %, and 0 % under attack.
    """
    robustness = Robustness.open("cifar10")
    goals = GOALS[task]
    values = searching(goals, robustness)
    optima = {goal.name: float(robustness.values(goal).max()) for goal in goals}
    chance = 100.0 / NETWORKS["cifar10"].classes
    return Benchmark(
        id=f"nb201/cifar10-{task}-v1",
        problem=Problem(robustness.space, tuple(values.metric(goal.name) for goal in goals), Budget(BUDGET)),
        objective=values,
        report_metrics=tuple(measure.name for measure in REPORTED if measure not in goals),
        reference=Reference(
            optima,
            {CLEAN_ACCURACY.name: chance, MEAN_ADVERSARIAL.name: 0.0} if len(goals) > 1 else {},
            source=ROBUSTNESS.citation,
            licence=ROBUSTNESS.licence,
            anchors=ANCHORS[task],
        ),
        description=f"CIFAR-10: {TASKS[task]}, on test images as published.",
    )
