"""Searches led by a model: `ranked-gp` for as many queries as one can afford, others for 192."""

from __future__ import annotations

import functools
import warnings

import attrs
import numpy as np
from scipy.linalg import cholesky, solve_triangular
from timing import Row, Work

import nasapi
from nasapi.budget import Budget
from nasapi.testing.problems import made_up

CANDIDATES = 1000
"""Candidates of a fit, in what is done by hand and by peers."""
GENES = 6
START = 6
"""Queries before the first fit, as `ranked-gp` has."""


def search(n: int, spec: str, benchmark: str = "nb201/cifar10-v1") -> Work:
    """A whole run of `n` queries."""
    task, strategy = nasapi.load_benchmark(benchmark, budget=n), nasapi.load_strategy(spec)
    return lambda: nasapi.run(task, strategy, seed=0)


def search_of_space(n: int, spec: str, space: str) -> Work:
    """A whole run of `n` queries on made-up values of a space's networks."""
    task, strategy = made_up(nasapi.load_space(space)), nasapi.load_strategy(spec)
    task = attrs.evolve(task, problem=attrs.evolve(task.problem, budget=Budget(n)))
    return lambda: nasapi.run(task, strategy, seed=0)


def features_and_values(n: int) -> tuple[np.ndarray, np.ndarray]:
    """(m, f) one-hot genes and (m,) values of networks in a random order: those asked, and many that are not."""
    rng = np.random.default_rng(0)
    codes = nasapi.load_space("nb201").sample(n + CANDIDATES, rng)
    values = nasapi.load_objective("nb201/cifar10").evaluate(codes)["valid_accuracy"]
    return np.eye(5)[codes].reshape(len(codes), -1), (values - values.mean()) / values.std()


def incremental(n: int) -> Work:
    """A Gaussian process by hand: a row more of the factor, then the mean and deviation of every candidate, a query.

    Kernel exp(-d^2 / 4) of one-hot genes, noise 0.01; two queries a fit, as `ranked-gp` has. Each candidate's part of
    the triangular solution is kept, so a fit costs what two rows of it cost.
    """
    features, values = features_and_values(n)

    def loop() -> float:
        asked, others = features[:n], features[n:]
        factor, solved, best = np.zeros((n, n)), np.zeros((n, len(others))), 0.0
        targets = np.zeros(n)
        for at in range(n):
            near = np.exp(((asked[:at] * asked[at]).sum(1) - GENES) / 2)
            row = solve_triangular(factor[:at, :at], near, lower=True) if at else near
            corner = np.sqrt(1.01 - row @ row)
            factor[at, :at], factor[at, at] = row, corner
            cross = np.exp((others @ asked[at] - GENES) / 2)
            solved[at] = (cross - row @ solved[:at]) / corner
            targets[at] = (values[at] - row @ targets[:at]) / corner
            if at >= START and at % 2:
                mean = targets[: at + 1] @ solved[: at + 1]
                deviation = np.sqrt(np.maximum(1 - (solved[: at + 1] ** 2).sum(0), 0))
                best = float((mean + 3 * deviation).max())
        return best

    return loop


def scikit(n: int) -> Work:
    """scikit-learn's process with a fitted length and noise, two queries a fit."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, WhiteKernel

    features, values = features_and_values(n)
    warnings.simplefilter("ignore", ConvergenceWarning)

    def loop() -> float:
        best = 0.0
        for at in range(START, n, 2):
            process = GaussianProcessRegressor(RBF(2.0, (0.1, 100)) + WhiteKernel(0.01, (1e-6, 1)), random_state=0)
            process.fit(features[:at], values[:at])
            mean, deviation = process.predict(features[n:], return_std=True)
            best = float((mean + 3 * deviation).max())
        return best

    return loop


def optuna_process(n: int) -> Work:
    """Optuna's Gaussian process, its ask and tell in memory."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    objective, names = nasapi.load_objective("nb201/cifar10"), [f"gene{at}" for at in range(GENES)]

    def loop() -> float:
        sampler = optuna.samplers.GPSampler(seed=0, n_startup_trials=START)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        for _ in range(n):
            trial = study.ask()
            code = [trial.suggest_categorical(name, list(range(5))) for name in names]
            study.tell(trial, float(objective.evaluate(np.array([code]))["valid_accuracy"][0]))
        return study.best_value

    return loop


def factorised(n: int) -> Work:
    """The factor made anew for every second query, and nothing else."""
    features, _ = features_and_values(n)
    kernel = np.exp((features[:n] @ features[:n].T - GENES) / 2) + 0.01 * np.eye(n)
    return lambda: [cholesky(kernel[:at, :at], lower=True) for at in range(START, n, 2)]


def pymoo_search(n: int) -> Work:
    """pymoo's NSGA-II on six genes of five values and two goals, populations of 50."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.ux import UniformCrossover
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.optimize import minimize

    objective = nasapi.load_objective("nb201/cifar10")

    class Search(Problem):
        def __init__(self):
            super().__init__(n_var=GENES, n_obj=2, xl=0, xu=4, vtype=int)

        def _evaluate(self, x, out, *args, **kwargs):
            found = objective.evaluate(np.asarray(x, np.int64))
            out["F"] = np.column_stack([-found["valid_accuracy"], found["params"]])

    repair = RoundingRepair()
    algorithm = NSGA2(
        pop_size=50,
        sampling=IntegerRandomSampling(),
        crossover=UniformCrossover(repair=repair),
        mutation=PM(repair=repair, vtype=float),
        eliminate_duplicates=False,
    )
    return lambda: minimize(Search(), algorithm, ("n_gen", max(n // 50, 1)), seed=0, verbose=False)


def several_goals(n: int) -> Work:
    """NSGA-II with accuracy and size as goals, populations of 50."""
    task = nasapi.load_benchmark("nb201/cifar10-v1", budget=n)
    goals = (*task.problem.goals, task.objective.metric("params"))
    task = attrs.evolve(task, problem=attrs.evolve(task.problem, goals=goals))
    strategy = nasapi.load_strategy("nsga2", population=50)
    return lambda: nasapi.run(task, strategy, seed=0, batch=50)


ROWS = [
    Row(
        "ranked-gp: 192 queries of nb201",
        functools.partial(search, spec="ranked-gp"),
        "s",
        limit=incremental,
        peers={"scikit-learn": scikit, "Optuna": optuna_process},
        n=192,
        quick=12,
        each=False,
        goal=0.23,
    ),
    *(
        Row(
            f"ranked-gp: {n:,} queries of nb201",
            functools.partial(search, spec="ranked-gp"),
            "s",
            limit=incremental,
            peers={"the factor alone, made anew": factorised},
            n=n,
            quick=12,
            each=False,
            goal=goal,
        )
        for n, goal in ((400, 0.61), (1000, 2.8))
    ),
    Row(
        "ranked-gp: 10,000 queries of darts",
        functools.partial(search_of_space, spec="ranked-gp", space="darts"),
        "s",
        n=10_000,
        quick=12,
        each=False,
        goal=60,
        heavy=True,
    ),
    *(
        Row(
            f"{spec}: 192 queries of {space}",
            functools.partial(search_of_space, spec=spec, space=space),
            "s",
            n=192,
            quick=12,
            each=False,
        )
        for spec, space in (("ranked-gp", "darts"), ("ranked-gp", "nlp"), ("bo-gp", "darts"))
    ),
    *(
        Row(f"{spec}: 192 queries of nb201", functools.partial(search, spec=spec), "s", n=192, quick=24, each=False)
        for spec in ("agnet", "decoded-gp")
    ),
    Row(
        "nsga2: 1,000 trials of two goals",
        several_goals,
        "ms",
        peers={"pymoo": pymoo_search},
        n=1000,
        quick=100,
        each=False,
    ),
]
