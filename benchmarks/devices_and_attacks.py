"""What devices and attacks say of NAS-Bench-201: facts of the imported tables of both, for benchmarks/facts.py."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from nasapi_toolkit.fronts import exact_front
from numpy.typing import NDArray
from scipy.stats import kendalltau, spearmanr

from nasapi import load_benchmark, load_objective, load_space

HOW = {
    "edgegpu": "measured: NVIDIA Jetson TX2, TensorRT, mean of 50 runs after 3 s of warm-up",
    "raspi4": "measured: Raspberry Pi 4, TensorFlow Lite",
    "edgetpu": "measured: Google Edge TPU Dev Board, TensorFlow Lite; 4,699 cells cannot run",
    "pixel3": "measured: Google Pixel 3, TensorFlow Lite",
    "eyeriss": "estimated for the chip: an exact sum over a cell's operations",
    "fpga": "for a Xilinx ZC706: an exact sum over a cell's operations",
}
"""How HW-NAS-Bench (Li et al., ICLR 2021) came to the numbers of each device."""


def hardware_devices() -> dict[str, Any]:
    """Latencies of the six devices on CIFAR-10, their exact fronts, and how they go with FLOPs."""
    space = load_space("nb201")
    codes = np.concatenate(list(space.enumerate()))
    additions = load_objective("nb201/cifar10").evaluate(codes)["multiply_additions"]
    rows = []
    for device, how in HOW.items():
        latency = load_objective(f"nb201/hardware[device={device}]").evaluate(codes)["latency"]
        runs = np.isfinite(latency)
        least, median, greatest = np.quantile(latency[runs], (0, 0.5, 1))
        front = exact_front(load_benchmark(f"nb201/cifar10-{device}-v1[joint=1,limit=inf]"))
        tau = kendalltau(latency[runs], additions[runs]).statistic
        spread = f"{least:.3g} / {median:.3g} / {greatest:.3g}"
        rows.append([f"`{device}`", how, spread, len(front), round(float(tau), 4)])
    columns = [
        "`device`",
        "how the numbers came about",
        "latency, least / median / greatest, ms",
        "points of the front",
    ]
    return {"columns": [*columns, "tau with FLOPs"], "digits": {"tau with FLOPs": 2}, "rows": rows}


PARTS_OF_A_CELL: tuple[Literal["operations"], Literal["genes"]] = ("operations", "genes")


def hardware_model() -> dict[str, Any]:
    """What the look-up-table model says of its error and what it is, with 100 cells, in the mean of 30 draws."""
    from nasapi_latency.model import model

    codes = np.concatenate(list(load_space("nb201").enumerate()))
    rows = []
    for device in HOW:
        latency = load_objective(f"nb201/hardware[device={device}]").evaluate(codes)["latency"]
        runs = np.isfinite(latency)
        row: list[Any] = [f"`{device}`"]
        for parts in PARTS_OF_A_CELL:
            found = []
            for draw in range(30):
                made = model(device=device, parts=parts, draw=draw)
                predicted = made.evaluate(codes[runs])["latency"]
                rank = spearmanr(predicted, latency[runs]).statistic
                found.append((made.table.error, np.median(np.abs(predicted - latency[runs])), rank))
            row += [round(float(each), 4) for each in np.mean(found, axis=0)]
        rows.append(row)
    names = [f"`{parts}`: {what}" for parts in PARTS_OF_A_CELL for what in ("told, ms", "true, ms", "correlation")]
    return {"columns": ["device", *names], "digits": dict.fromkeys(names, 3), "rows": rows}


def hardware_limits() -> dict[str, Any]:
    """How many cells keep each device's default limit, and the best accuracy within it."""
    rows = []
    for device in HOW:
        benchmark = load_benchmark(f"nb201/cifar10-{device}-v1")
        share = 100 * exact_front(benchmark).feasible
        best = benchmark.reference.optima["valid_accuracy"]
        rows.append([f"`{device}`", benchmark.problem.constraints[0].upper, round(share, 2), round(best, 4)])
    columns = ["device", "`limit` by default, ms", "feasible, %", "best accuracy within it, %"]
    return {"columns": columns, "digits": {columns[2]: 1, columns[3]: 3}, "rows": rows}


def robust_optima() -> dict[str, Any]:
    """The optima of the robustness benchmarks."""
    rows = []
    for name in ("fgsm1", "pgd1", "apgd1", "square1", "corruptions", "robust"):
        benchmark = load_benchmark(f"nb201/cifar10-{name}-v1")
        for goal, best in benchmark.reference.optima.items():
            rows.append([f"`{benchmark.id}`", f"`{goal}`", round(best, 4)])
    return {"columns": ["id", "goal", "optimum, %"], "digits": {"optimum, %": 2}, "rows": rows}


def robust_correlations() -> dict[str, Any]:
    """Kendall's tau of clean accuracy, and of the number of parameters, with accuracies under attack on CIFAR-10."""
    from nasapi_robustness.collection import Robustness

    codes = Robustness.open("cifar10").codes
    attacked = [("fgsm", 0.1), ("fgsm", 1), ("pgd", 1), ("apgd", 1)]
    specs = {f"{attack}, {epsilon}/255": f"attack={attack},epsilon={epsilon}" for attack, epsilon in attacked}
    specs = {"clean": "attack=clean", **specs, "mean adversarial": "attack=all"}
    columns = {}
    for name, options in specs.items():
        objective = load_objective(f"nb201/robustness[{options}]")
        columns[name] = objective.evaluate(codes)[objective.metrics[0].name]
    sizes = load_objective("nb201/cifar10").evaluate(codes)["params"]
    rows = [
        [name, None if name == "clean" else _tau(columns["clean"], column), _tau(sizes, column)]
        for name, column in columns.items()
    ]
    heads = ["accuracy", "tau with clean accuracy", "tau with parameters"]
    return {"columns": heads, "digits": {heads[1]: 2, heads[2]: 2}, "rows": rows}


def _tau(a: NDArray[Any], b: NDArray[Any]) -> float:
    return round(float(kendalltau(a, b).statistic), 4)


def robust_grids() -> dict[str, Any]:
    """The most robust cell of CIFAR-10 by the mean over the grid of epsilons, and by that over all columns."""
    from nasapi_robustness.collection import Robustness

    found = Robustness.open("cifar10")
    rows = []
    for name, aggregate in (("the grid", "mean"), ("all columns", "pooled")):
        objective = load_objective(f"nb201/robustness[attack=all,aggregate={aggregate}]")
        values = objective.evaluate(found.codes)[objective.metrics[0].name]
        rows.append([name, str(found.cells[values.argmax()]), round(float(values.max()), 4)])
    return {"columns": ["mean over", "cell", "accuracy, %"], "digits": {"accuracy, %": 2}, "rows": rows}
