"""What `run` itself costs a trial, without its strategy: a table, a budget, and trials that were made beforehand."""

from __future__ import annotations

import functools

import numpy as np
from attrs import define, field
from timing import Row, Work

import nasapi

GENES = 6


@define(eq=False)
class Recited(nasapi.Strategy):
    """Trials that were made beforehand: a strategy that costs next to nothing."""

    trials: list[nasapi.Trial] = field(factory=list, kw_only=True)
    at: int = field(init=False, default=0)

    def ask(self, n):
        start, self.at = self.at, self.at + n
        return self.trials[start : self.at]

    def tell(self, results):
        pass


def run(n: int, batch: int) -> Work:
    """A run of `n` trials."""
    benchmark = nasapi.load_benchmark("nb201/cifar10-v1", budget=n)
    trials = benchmark.problem.trials(benchmark.problem.space.sample(n, np.random.default_rng(0)))

    def strategy(problem, rng):
        return Recited(problem, rng, trials=trials)

    return lambda: nasapi.run(benchmark, strategy, seed=0, batch=batch)


def loop(n: int) -> Work:
    """Codes looked up in a column, and the best one kept."""
    benchmark = nasapi.load_benchmark("nb201/cifar10-v1")
    codes = list(map(tuple, benchmark.problem.space.sample(n, np.random.default_rng(0)).tolist()))
    every = np.indices((5,) * GENES).reshape(GENES, -1).T
    values = benchmark.objective.evaluate(every)["valid_accuracy"].tolist()
    known = dict(zip(map(tuple, every.tolist()), values, strict=True))

    def search() -> tuple[float, list[tuple[object, float]]]:
        history, best = [], -1.0
        for code in codes:
            value = known[code]
            best = max(best, value)
            history.append((code, value))
        return best, history

    return search


def optuna_loop(n: int) -> Work:
    """Optuna's ask and tell in memory, with its random sampler."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    genes = [f"gene{at}" for at in range(GENES)]
    choices = list(range(5))

    def search() -> float:
        study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
        for _ in range(200):
            trial = study.ask()
            study.tell(trial, float(sum(trial.suggest_categorical(gene, choices) for gene in genes)))
        return study.best_value

    def all_of_them() -> None:
        for _ in range(max(n // 200, 1)):
            search()

    return all_of_them


def strategy(n: int, spec: str) -> Work:
    """A whole run of 192 trials or fewer."""
    benchmark, made = nasapi.load_benchmark("nb201/cifar10-v1", budget=n), nasapi.load_strategy(spec)
    return lambda: nasapi.run(benchmark, made, seed=0)


PEERS = {"Optuna, random": optuna_loop}
ROWS = [
    *(
        Row(
            f"a trial of run, batches of {batch}",
            functools.partial(run, batch=batch),
            "us",
            limit=loop,
            peers=PEERS if batch == 1 else {},
            n=2000,
            quick=20,
            goal=goal,
        )
        for batch, goal in ((1, 10), (10, 3), (100, 2))
    ),
    *(
        Row(f"{spec}: a run of 192 trials", functools.partial(strategy, spec=spec), "ms", n=192, quick=12, each=False)
        for spec in ("random", "local-search", "evolution", "marginals")
    ),
]
