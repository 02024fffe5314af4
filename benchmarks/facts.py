"""What tables alone decide: numbers that no search is needed for, computed from shipped and imported tables.

python benchmarks/facts.py PART [--into FOLDER]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from claims.parts import Part, compute_one
from nasapi_toolkit.fronts import exact_front
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import kendalltau, spearmanr

from nasapi import load_benchmark, load_objective, load_space

DATA_SETS = ("cifar10", "cifar100", "imagenet16-120")
NUMBERS = (32, 64, 96, 192, 400)


def random_search() -> dict[str, Any]:
    """Expectation and deviation of the best of N codes of NAS-Bench-201, drawn without repetition."""
    rows = []
    for data in DATA_SETS:
        benchmark = load_benchmark(f"nb201/{data}-v1")
        codes = np.concatenate(list(benchmark.problem.space.enumerate()))
        values = np.sort(benchmark.look_up(codes, ("valid_accuracy",))["valid_accuracy"])
        rows.append([benchmark.id, *(list(_best_of(values, number)) for number in NUMBERS)])
    names = [str(number) for number in NUMBERS]
    return {"columns": ["benchmark", *names], "digits": dict.fromkeys(names, 3), "rows": rows}


def _best_of(values: NDArray[np.float64], number: int) -> tuple[float, float]:
    """Mean and standard deviation of the greatest of `number` of the sorted values, drawn without repetition."""
    below = np.arange(number - 1, len(values))  # so many values lie below the greatest
    log = _ways(below, number - 1) - _ways(np.array(float(len(values))), number)
    chance, greatest = np.exp(log), values[number - 1 :]
    mean = float(chance @ greatest)
    return round(mean, 6), round(float(np.sqrt(chance @ (greatest - mean) ** 2)), 6)


def _ways(n: NDArray[Any], k: int) -> NDArray[np.float64]:
    """The logarithm of the ways to choose k of n."""
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))


def nb101_draws() -> dict[str, Any]:
    """The best test accuracy of so many uniform draws of NAS-Bench-101's codes, and of its networks, on average."""
    numbers, rows = (50, 192, 1000), []
    for draw in ("codes", "networks"):
        benchmark = load_benchmark(f"nb101/cifar10-test-v1[draw={draw}]")
        codes = benchmark.problem.space.sample(60_000, np.random.default_rng(0))
        found = benchmark.look_up(codes, [goal.name for goal in benchmark.problem.goals])
        (accuracy,) = (found[goal.name] for goal in benchmark.problem.goals)
        best = [accuracy[: len(accuracy) // n * n].reshape(-1, n).max(axis=1) for n in numbers]
        errors = [1.96 * each.std(ddof=1) / np.sqrt(len(each)) for each in best]
        pairs = [
            [round(float(each.mean()), 4), round(float(error), 4)] for each, error in zip(best, errors, strict=True)
        ]
        rows.append([draw, *pairs])
    names = [str(number) for number in numbers]
    return {"columns": ["drawn", *names], "digits": dict.fromkeys(names, 2), "rows": rows}


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
    flops = load_objective("nb201/cifar10").evaluate(codes)["flops"]
    rows = []
    for device, how in HOW.items():
        latency = load_objective(f"nb201/hardware[device={device}]").evaluate(codes)["latency"]
        runs = np.isfinite(latency)
        least, median, greatest = np.quantile(latency[runs], (0, 0.5, 1))
        front = exact_front(load_benchmark(f"nb201/cifar10-{device}-v1[joint=1,limit=inf]"))
        tau = kendalltau(latency[runs], flops[runs]).statistic
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
                told = made.evaluate(codes[runs])["latency"]
                rank = spearmanr(told, latency[runs]).statistic
                found.append((made.table.error, np.median(np.abs(told - latency[runs])), rank))
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


def agnet_z() -> dict[str, Any]:
    """What z decides of the graphs that the shipped generators of AG-Net draw."""
    from nasapi_agnet.checkpoints import SHIPPED, pretrained
    from nasapi_agnet.known_forms import form_of
    from nasapi_agnet.latent import effect_of_z

    rows: list[list[Any]] = []
    for name in ("nb101", "nb201"):
        effect = effect_of_z(pretrained(form_of(load_space(name)), SHIPPED, 0), np.random.default_rng(0))
        found = (effect.entropy, effect.information, effect.edge_information)
        rows.append([f"shipped, `{name}`", *(round(each, 6) for each in found)])
    names = ["entropy of a label, nats", "of which z decides", "of an edge"]
    return {"columns": ["generator", *names], "digits": {names[0]: 4, names[1]: 4, names[2]: 5}, "rows": rows}


def nb201_noise() -> dict[str, Any]:
    """How far accuracies of one network lie apart: over training seeds, and over its codes."""
    rows: list[list[Any]] = []
    for data in DATA_SETS:
        benchmark = load_benchmark(f"nb201/{data}-v1")
        space = benchmark.problem.space
        codes = np.concatenate(list(space.enumerate()))
        values = benchmark.look_up(codes, ("valid_accuracy",))["valid_accuracy"]
        networks = np.unique(space.canonical(codes), axis=0, return_inverse=True)[1].ravel()
        count = np.bincount(networks)
        means = np.bincount(networks, values) / count
        better = (means >= np.median(means[count > 1]))[networks]
        apart = [_within(values, networks), _within(values[better], networks[better])]
        seeds = benchmark.reference.training_sd["valid_accuracy"]
        rows.append([benchmark.id, *(round(float(each), 4) for each in (seeds, *apart))])
    names = ["points", "of codes", "of codes, better half"]
    return {"columns": ["benchmark", *names], "digits": dict.fromkeys(names, 2), "rows": rows}


def _within(values: NDArray[Any], groups: NDArray[Any]) -> float:
    """The root of the pooled variance of values of one group, over all groups that have several."""
    group, count = np.unique(groups, return_inverse=True, return_counts=True)[1:]
    squares = np.bincount(group, (values - (np.bincount(group, values) / count)[group]) ** 2)
    return float(np.sqrt(squares[count > 1].sum() / (count[count > 1] - 1).sum()))


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


def levels_agree() -> dict[str, Any]:
    """Spearman's correlation of validation accuracies at each lower level with those at the highest."""
    rows = []
    for name in ("nb201/cifar10", "nb201/cifar100", "nb201/imagenet16-120", "nb101/cifar10-30k"):
        objective = load_objective(name)
        assert objective.fidelity is not None
        codes, levels = np.concatenate(list(objective.space.enumerate())), objective.fidelity.levels
        *lower, highest = (objective.evaluate(codes, level)["valid_accuracy"] for level in levels)
        best = highest >= np.quantile(highest, 0.9)
        for level, column in zip(levels, lower, strict=False):
            pairs = ((column, highest), (column[best], highest[best]))
            rows.append([name, level, *(round(float(spearmanr(*pair)[0]), 6) for pair in pairs)])
    names = ["all", "the best tenth"]
    return {"columns": ["objective", "epochs", *names], "digits": dict.fromkeys(names, 2), "rows": rows}


PARTS: Mapping[str, Part] = {
    "random-search": Part(
        random_search,
        "Expectation ± standard deviation of the best validation accuracy in percent of so many codes of "
        "NAS-Bench-201, drawn without repetition: exact.",
    ),
    "nb201-noise": Part(
        nb201_noise,
        "Standard deviation in points of one network's validation accuracy on NAS-Bench-201: over training seeds, the "
        "root of the mean variance over the better half; and of the values of its codes, pooled over networks.",
    ),
    "nb101-draws": Part(
        nb101_draws,
        "Mean ± 1.96 standard errors of the best test accuracy in percent of so many uniform draws of codes, and of "
        "networks, of NAS-Bench-101: 60,000 draws in all.",
        "0",
        needs=("nb101-test",),
    ),
    "agnet-z": Part(
        agnet_z,
        "Entropy in nats of a node's label as a generator of AG-Net draws it, and how much of it z decides (mutual "
        "information); the latter of an edge; 1,000 z.",
        "0",
        tolerance=1e-3,
    ),
    "hardware-devices": Part(
        hardware_devices,
        "The devices of HW-NAS-Bench on CIFAR-10: latencies in ms of the cells that run, points of the exact front of "
        "accuracy and latency, Kendall's tau of latency with FLOPs.",
        needs=("hw-nas-bench-cifar10",),
    ),
    "hardware-model": Part(
        hardware_model,
        "Median absolute error of the look-up-table model, as it tells it itself (leave-one-out) and over all cells, "
        "and Spearman's correlation of predicted with measured latency; 100 cells of CIFAR-10, mean of 30 draws.",
        "0 to 29",
        needs=("hw-nas-bench-cifar10",),
    ),
    "hardware-limits": Part(
        hardware_limits,
        "The default limit of each device's benchmark, the share of cells that keep it, and the best mean validation "
        "accuracy within it, on CIFAR-10.",
        needs=("hw-nas-bench-cifar10",),
    ),
    "levels-agree": Part(
        levels_agree,
        "Spearman's correlation of validation accuracies after fewer epochs with those after the most, over all "
        "networks and over the tenth that is best after the most.",
        needs=("nb201-columns", "nb101-30k"),
    ),
    "robust-correlations": Part(
        robust_correlations,
        "Kendall's tau over the evaluated cells of accuracies under attack on CIFAR-10 with clean accuracy and size.",
        needs=("robustness",),
    ),
    "robust-grids": Part(
        robust_grids,
        "The most robust cell of CIFAR-10 by its mean adversarial accuracy, over the grid and over all columns.",
        needs=("robustness",),
    ),
    "robust-optima": Part(
        robust_optima, "The optimum of each robustness benchmark on CIFAR-10.", needs=("robustness",)
    ),
}


if __name__ == "__main__":
    compute_one("facts.py", __doc__, PARTS)
