"""The benchmarks nb201/<data set>-<device>-v1: accuracy within a latency, or accuracy and latency within it."""

from __future__ import annotations

from numbers import Real
from typing import Annotated

import numpy as np
from nasapi_nb201.anchors import anchors
from nasapi_nb201.counts import NETWORKS

import nasapi
from nasapi import options as option
from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.errors import InvalidOption
from nasapi.objective import Joined
from nasapi.problem import Problem
from nasapi.reference import Reference
from nasapi_latency.anchors import measurements
from nasapi_latency.devices import DATASETS, DEVICES, described
from nasapi_latency.objective import hardware
from nasapi_latency.selected import Without

BUDGET = 192
"""Trials, as in the hardware table of Lukasik, Jung & Keuper (AG-Net, ECCV 2022)."""


def benchmark(
    dataset: str,
    device: str,
    *,
    limit: Annotated[
        float | None, option.positive(None, "Milliseconds, or inf for no limit; by default the device's own.")
    ] = None,
    joint: Annotated[int, option.choice(help="Accuracy alone, or latency as a second goal.", among=(0, 1))] = 0,
) -> Benchmark:
    """The highest mean validation accuracy of NAS-Bench-201 within `limit` ms on a device, in 192 trials.

    With `joint=1` latency is a second goal, within the same limit. Without a `limit` the device's own holds, with
    `limit=inf` none. One that no cell keeps makes a benchmark all the same, without optima; runs survive it. The
    hypervolume's reference point is accuracy by chance at the limit, or at the slowest cell's latency where there is
    no limit. A cell that the device cannot run fails. Raises InvalidOption for a limit that is no positive number.
    """
    if joint not in (0, 1):
        raise InvalidOption(f"`joint` is 0 (accuracy alone) or 1 (accuracy and latency), not {joint!r}.")
    table = hardware(dataset, device)
    allowed = DEVICES[device].limit if limit is None else limit
    if isinstance(allowed, bool) or not isinstance(allowed, Real) or not allowed > 0:
        raise InvalidOption(f"`limit` is a number of milliseconds above 0, or inf for no limit, not {limit!r}.")
    accuracy = nasapi.load_objective(f"nb201/{dataset}", epochs=200)
    values = Joined([Without(accuracy, {"latency"}), table])
    goals = (values.metric("valid_accuracy"), *((values.metric("latency"),) if joint else ()))
    every = values.evaluate(np.concatenate(list(values.space.enumerate())))
    kept = every["latency"] <= allowed
    limited = bool(np.isfinite(allowed))
    slowest = float(allowed) if limited else float(np.nanmax(every["latency"]))
    return Benchmark(
        id=f"nb201/{dataset}-{device}-v1",
        problem=Problem(
            values.space,
            goals,
            Budget(BUDGET),
            values.fidelity,
            (Constraint("latency", upper=float(allowed)),) if limited else (),
        ),
        objective=values,
        report_metrics=(
            "test_accuracy",
            *([] if joint else ["latency"]),
            *DEVICES[device].measures[1:],
            "params",
            "multiply_additions",
        ),
        reference=Reference(
            {goal.name: float(goal.sign * (goal.sign * every[goal.name][kept]).min()) for goal in goals if kept.any()},
            {"valid_accuracy": 100 / NETWORKS[dataset].classes, "latency": slowest} if joint else {},
            source="NAS-Bench-201 (Dong & Yang, ICLR 2020) and HW-NAS-Bench (Li et al., ICLR 2021)",
            licence="MIT",
            anchors=(*anchors(dataset), *measurements(dataset, device)),
        ),
        description=(
            f"Mean validation accuracy on {DATASETS[dataset].title}{' and latency' if joint else ''}"
            f"{f' within {allowed:g} ms' if limited else ''}; {kept.mean():.1%} of the cells are feasible. "
            f"{described(dataset, device, 'latency')}"
        ),
    )
