"""What a query costs that a model chooses: CPU milliseconds of searches on CIFAR-10 of NAS-Bench-201.

    python benchmarks/search_cost.py [--into FOLDER]

Each strategy runs twice in this process; the second run is counted, which finds libraries imported and tables read.
"""

from __future__ import annotations

import os
from typing import Any

from claims.kept import keep, made_here
from claims.program import end, reader
from measured import conditions
from timing import cpu_seconds

from nasapi import load_benchmark, run

STRATEGIES = (
    "bo-gp",
    "xgb",
    "random-forest",
    "ranked-gp",
    "decoded-gp",
    "weaknas-small",
    "bananas",
    "bo-dngo",
    "npenas-small",
    "agnet",
)
TRIALS = 192


def main() -> None:
    """Run each strategy, and keep what a query of it takes."""
    given = reader(__doc__).parse_args()
    start = cpu_seconds()
    costs = {strategy: milliseconds(strategy) for strategy in STRATEGIES}
    rows = [[f"`{name}`", round(cost, 4)] for name, cost in sorted(costs.items(), key=lambda pair: pair[1])]
    found: dict[str, Any] = {"columns": ["strategy", "ms a query"], "digits": {"ms a query": 1}, "rows": rows}
    made = made_here("python benchmarks/search_cost.py", seeds="1", cpu_seconds=cpu_seconds() - start)
    what = f"CPU milliseconds a query of one search of {TRIALS} trials on CIFAR-10 of NAS-Bench-201, one at a time."
    where = f"{conditions()}, OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS')}."
    result = {"what": what, **made, "quick": False, "conditions": where, "found": found}
    keep("search-cost", result, given.into)


def milliseconds(strategy: str) -> float:
    """CPU milliseconds a trial of the run of seed 1, after that of seed 0."""
    benchmark = load_benchmark("nb201/cifar10-v1", budget=TRIALS)
    run(benchmark, strategy, seed=0)
    start = cpu_seconds()
    history = run(benchmark, strategy, seed=1)
    return 1000 * (cpu_seconds() - start) / len(history)


if __name__ == "__main__":
    end(main)
