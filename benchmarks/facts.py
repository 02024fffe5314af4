"""What tables alone decide: numbers that no search is needed for, computed from shipped and imported tables.

python benchmarks/facts.py PART [--into FOLDER]
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from claims.parts import Part, compute_one
from claims.program import end
from devices_and_attacks import (
    hardware_devices,
    hardware_limits,
    hardware_model,
    robust_correlations,
    robust_grids,
    robust_optima,
)
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import spearmanr

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


def nb101_hashes() -> dict[str, Any]:
    """The official hashes of all networks of NAS-Bench-101: how many differ, and a digest of them, sorted."""
    from nasapi_nb101.space import NB101

    space = NB101()
    networks = space.networks()
    hashes = sorted(map(bytes.fromhex, space.hashes(networks)))
    row = ["nb101", len(networks), len(set(hashes)), hashlib.sha256(b"".join(hashes)).hexdigest()]
    return {"columns": ["space", "networks", "hashes", "SHA-256"], "digits": {}, "rows": [row]}


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
    "nb101-hashes": Part(
        nb101_hashes,
        "The networks of NAS-Bench-101, their different official hashes, and the SHA-256 of these in ascending order.",
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
    end(lambda: compute_one("facts.py", __doc__, PARTS))
