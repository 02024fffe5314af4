"""What the shipped table of networks on 8x8 digits shows: how far its columns can be trusted, and what searches find.

    python benchmarks/mnist8.py PART [--into FOLDER]

Intervals of the table are over networks, those of searches over runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import attrs
import numpy as np
from claims.parts import Part, compute_one
from claims.program import end
from nasapi_collect.reliability import reliabilities, spearman, variances
from nasapi_nb201.mnist8 import FOLDER, OBJECTIVE
from nasapi_robustness.reproduction import found_query, smallest_ranks
from numpy.typing import NDArray

import nasapi
from nasapi import Benchmark, Budget, load_benchmark, load_objective, load_space
from nasapi.reference import Reference
from nasapi.tables import Table

TRIAL = {
    "test_accuracy": (88.8, 1.0, 131.0, 0.94, 0.86),
    "test_fgsm_5.1_accuracy": (75.2, 2.4, 36.0, 0.86, 0.89),
    "test_fgsm_7.65_accuracy": (64.8, 3.5, 17.7, 0.82, 0.89),
    "test_fgsm_12.75_accuracy": (42.6, 4.0, 9.8, 0.84, 0.87),
    "test_pgd_7.65_accuracy": (61.4, 4.2, 13.0, 0.82, 0.90),
    "test_pgd_12.75_accuracy": (34.1, 4.8, 5.6, 0.78, 0.86),
}
"""What a trial on 70 networks had, one of which learnt nothing and ten of which were among the best 600: mean in
percent, standard deviation between seeds, variance between networks over that between seeds, Spearman's correlation of
the seeds and with CIFAR-10."""
TRIAL_NETWORKS, TRIAL_BEST, BEST = 60, 10, 600
TITLES = {
    "clean": "test_accuracy",
    "FGSM .03": "test_fgsm_7.65_accuracy",
    "PGD-10 .03": "test_pgd_7.65_accuracy",
    "APGD-CE-10 .03": "test_apgd_7.65_accuracy",
    "Square-100 .05": "test_square_12.75_accuracy",
    "corruptions": "test_mean_corruption_accuracy",
}
GOALS = {
    "clean": ("valid_accuracy",),
    "FGSM": ("valid_fgsm_7.65_accuracy",),
    "both": ("valid_accuracy", "valid_fgsm_7.65_accuracy"),
}
"""What is searched for, on validation images."""
STRATEGIES = {
    "clean": ("random", "local-search"),
    "FGSM": ("random", "local-search"),
    "both": ("random", "nsga2[population=8]"),
}
PUBLISHED = {
    "FGSM, 1/255": "attack=fgsm,epsilon=1",
    "PGD, .5/255": "attack=pgd,epsilon=0.5",
    "PGD, 1/255": "attack=pgd,epsilon=1",
    "Square, 1/255": "attack=square,epsilon=1",
    "corruptions": "attack=corruptions",
}
RUNS, TRIALS, DRAWS = 100, 192, 1000
EVERY = "all 4,930 distinct networks of NAS-Bench-201"


@cache
def _table() -> Table:
    return Table(FOLDER / "table.zarr")


def _means(column: str) -> NDArray[np.float64]:
    return np.asarray(_table()[column].mean(axis=1), np.float64)


def _codes() -> NDArray[np.int64]:
    return np.asarray(_table()["codes"], np.int64)


def _bootstrapped(of: Callable[..., float], *columns: NDArray[np.float64]) -> list[float]:
    """A statistic over networks with its 95 % bootstrap interval."""
    rng, n = np.random.default_rng(0), len(columns[0])
    drawn = [of(*(column[rows] for column in columns)) for rows in rng.integers(0, n, (DRAWS, n))]
    return [round(float(each), 4) for each in (of(*columns), *np.quantile(drawn, (0.025, 0.975)))]


def _ratio(rows: NDArray[np.float64]) -> float:
    between, within = variances(rows)
    return between / within


def reliability() -> dict[str, Any]:
    """How well the two seeds agree in each column, and how its means go with published CIFAR-10 accuracy."""
    found = []
    for of in reliabilities(_table().path, against="nb201/cifar10:valid_accuracy"):
        sizes = [round(each, 4) for each in (of.mean, of.between, of.within)]
        ratio = _bootstrapped(_ratio, _table()[of.column])
        shares = [round(each, 4) for each in (of.reliability, of.agreement, of.with_other)]
        found.append([f"`{of.column}`", *sizes, ratio, TRIAL[of.column][2] if of.column in TRIAL else None, *shares])
    columns = ["column", "mean", "sd of networks", "sd of seeds", "variance ratio", "expected", "reliability"]
    columns += ["Spearman of seeds", "with CIFAR-10"]
    digits = dict(zip(columns[1:], (3, 3, 3, 1, 1, 2, 2, 2), strict=True))
    return {"columns": columns, "digits": digits, "rows": found}


def trial() -> dict[str, Any]:
    """What as many networks as the trial had, chosen as its were, would show if their numbers were the table's."""
    cifar = _cifar(_codes())
    best = np.flatnonzero(cifar >= np.sort(cifar)[-BEST])
    rng = np.random.default_rng(0)
    drawn = [rng.choice(len(cifar), TRIAL_NETWORKS - 1, replace=False) for _ in range(DRAWS)]
    chosen = [np.concatenate([rows, rng.choice(np.setdiff1d(best, rows), TRIAL_BEST, replace=False)]) for rows in drawn]
    found = []
    for column, seen in TRIAL.items():
        seeds = np.asarray(_table()[column], np.float64)
        shown = np.array([_shown(seeds[rows], cifar[rows]) for rows in chosen])
        spans = [[round(float(each), 4) for each in np.quantile(part, (0.5, 0.025, 0.975))] for part in shown.T]
        found.append([f"`{column}`", *(each for pair in zip(seen, spans, strict=True) for each in pair)])
    names = ("mean", "sd of seeds", "variance ratio", "Spearman of seeds", "with CIFAR-10 test")
    columns = [f"{name}, {part}" for name in names for part in ("trial", "drawn")]
    digits = dict(zip(columns, (1, 1, 1, 1, 1, 1, 2, 2, 2, 2), strict=True))
    return {"columns": ["column", *columns], "digits": digits, "rows": found}


def _cifar(codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,): published test accuracy on clean CIFAR-10."""
    return np.asarray(load_objective("nb201/robustness[attack=clean]").evaluate(codes)["clean_accuracy"], np.float64)


def _shown(seeds: NDArray[np.float64], cifar: NDArray[np.float64]) -> tuple[float, ...]:
    """What `TRIAL` has, of some networks and one that learns nothing: a tenth of all images is right."""
    both = np.concatenate([seeds, [[10.0, 10.0]]])
    between, within = variances(both)
    with_other = spearman(both.mean(axis=1), np.append(cifar, 10.0))
    return float(both.mean()), within**0.5, between / within, spearman(both[:, 0], both[:, 1]), with_other


def published() -> dict[str, Any]:
    """Spearman's correlation of own test columns with published CIFAR-10 numbers of the same networks."""
    codes = _codes()
    others = {"clean": load_objective("nb201/cifar10").evaluate(codes)["valid_accuracy"]}
    for title, options in PUBLISHED.items():
        objective = load_objective(f"nb201/robustness[{options}]")
        others[title] = objective.evaluate(codes)[objective.metrics[0].name]
    found = [
        [title, *(_bootstrapped(spearman, _means(column), other) for other in others.values())]
        for title, column in TITLES.items()
    ]
    return {"columns": ["8x8 digits", *others], "digits": dict.fromkeys(others, 2), "rows": found}


def best() -> dict[str, Any]:
    """The best network by clean, attacked and corrupted accuracy, with its test accuracies."""
    space, codes = load_space("nb201"), _codes()
    by = {"clean": "valid_accuracy", "FGSM .03": "valid_fgsm_7.65_accuracy", "PGD-10 .03": "valid_pgd_7.65_accuracy"}
    by = {**by, "corruptions (test images)": "test_mean_corruption_accuracy"}
    found = []
    for title, column in by.items():
        row = int(_means(column).argmax())
        numbers = [round(float(_means(each)[row]), 4) for each in TITLES.values()]
        cell = space.format(codes[row]).replace("|", "\\|")
        found.append([title, str(int(space.index(codes[row : row + 1])[0])), f"`{cell}`", *numbers])
    found.append(["mean of all", "", "", *(round(float(_means(each).mean()), 4) for each in TITLES.values())])
    return {"columns": ["best by", "number", "cell", *TITLES], "digits": dict.fromkeys(TITLES, 2), "rows": found}


def search() -> dict[str, Any]:
    """Test accuracies of what searches for clean accuracy, for accuracy under FGSM and for both find."""
    found = []
    for searched, strategies in STRATEGIES.items():
        benchmark = _benchmark(searched)
        for strategy in strategies:
            histories = [nasapi.run(benchmark, strategy, seed=seed) for seed in range(RUNS)]
            chosen = np.array([history.codes[found_query(history)] for history in histories])
            found.append([searched, f"`{strategy}`", *_tested(benchmark, chosen)])
        every = _codes()
        values = benchmark.objective.evaluate(every)
        row = smallest_ranks([values[name] for name in GOALS[searched]])
        found.append([searched, "all networks", *(number for number, _ in _tested(benchmark, every[[row, row]]))])
    return {"columns": ["searched", "strategy", *TITLES], "digits": dict.fromkeys(TITLES, 2), "rows": found}


def _benchmark(searched: str) -> Benchmark:
    made = load_benchmark(f"{OBJECTIVE}-v1")
    goals = tuple(made.objective.metric(name) for name in GOALS[searched])
    point = {goal.name: 10.0 for goal in goals} if len(goals) > 1 else {}
    problem = attrs.evolve(made.problem, goals=goals, budget=Budget(TRIALS))
    return attrs.evolve(
        made,
        id=f"{OBJECTIVE}-by-{searched.lower()}-v1",
        problem=problem,
        report_metrics=(),
        reference=Reference(point=point),
    )


def _tested(benchmark: Benchmark, codes: NDArray[np.int64]) -> list[list[float]]:
    """Mean and half of the 95 % interval of each test accuracy."""
    values = benchmark.objective.evaluate(codes)
    columns = [values[name] for name in TITLES.values()]
    halves = [1.96 * column.std(ddof=1) / np.sqrt(len(column)) for column in columns]
    return [[round(float(a.mean()), 4), round(float(half), 4)] for a, half in zip(columns, halves, strict=True)]


PARTS: Mapping[str, Part] = {
    "mnist8-reliability": Part(
        reliability,
        f"Each column of `{OBJECTIVE}`, {EVERY}, two seeds each: mean; standard deviations between networks (seeds' "
        "share taken off) and between seeds; the ratio of these variances with its 95 % bootstrap interval over "
        "networks, and what a trial on 70 networks, one of which learnt nothing, had let expect; the share of the "
        "variance of the mean of two seeds that is of the networks; Spearman's correlation between the seeds, and of "
        "the means with published validation accuracy on CIFAR-10.",
        "0",
    ),
    "mnist8-trial": Part(
        trial,
        f"Of six columns of `{OBJECTIVE}`: what a trial before it showed on {TRIAL_NETWORKS} random networks, one of "
        f"which learnt nothing, and {TRIAL_BEST} of the best {BEST}; what {DRAWS:,} draws of such networks from the "
        "table show, median with the middle 95 %: mean in percent, standard deviation between seeds, variance between "
        "networks over that between seeds, Spearman's correlation of the seeds, and of their mean with published test "
        "accuracy on CIFAR-10.",
        "0",
        needs=("robustness",),
    ),
    "mnist8-published": Part(
        published,
        f"Spearman's correlation, with its 95 % bootstrap interval over networks, of test accuracies on 8x8 digits "
        f"with published ones on CIFAR-10: {EVERY}.",
        "0",
        needs=("robustness",),
    ),
    "mnist8-best": Part(
        best,
        f"The best network by accuracy on clean, attacked (validation images) and corrupted digits, and its test "
        f"accuracies in percent, mean of two seeds; of {EVERY}.",
    ),
    "mnist8-search": Part(
        search,
        f"Test accuracies in percent of what searches by clean accuracy, by accuracy under FGSM .03 and by both on "
        f"validation images find in {TRIALS} trials of {EVERY}: mean ± half of the 95 % interval. Of two goals the "
        "query with the smallest sum of ranks is taken. `all networks` is what trying each would find.",
        f"0 to {RUNS - 1}",
    ),
}


if __name__ == "__main__":
    end(lambda: compute_one("mnist8.py", __doc__, PARTS))
