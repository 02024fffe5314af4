"""How often the report's intervals cover and its sentences are wrong: simulated studies, stored as JSON.

    python benchmarks/verdicts.py [--studies 2000] [--seed 0] [--into FOLDER] [PART ...]

`pool` runs real searches of NAS-Bench-201; the other parts draw from what it stored, and from laws with formulas.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from claims.kept import keep, made_here, read
from claims.program import end, reader, whole
from nasapi_report.stats.better import better_run
from nasapi_report.stats.intervals import Floats, mean_interval, student_quantile
from nasapi_report.stats.paired import ALPHA, Comparison, compare
from nasapi_report.stats.sequential import sequential_equivalence_test, sequential_mean_test
from nasapi_report.stats.signs import mean_test
from numpy.typing import NDArray

SEARCHES = {
    "random search": ("nb201/cifar100-v1", "random", 192),
    "evolution": ("nb201/cifar10-v1", "evolution", 192),
    "local search, 98% at the optimum": ("nb201/cifar10-v1", "local-search", 192),
}
NUMBERS = (10, 30, 100)
POWER = 3.642  # a difference over its standard deviation, times sqrt(n), that Student's test of 100 finds with .95

Law = Callable[[np.random.Generator, int], tuple[Floats, Floats]]
"""Draws n runs: what each ended on, and what it held before its last change."""


def alone(draw: Callable[[np.random.Generator, int], Floats]) -> Law:
    """A law of runs of which no more is known than how they ended."""

    def both(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        values = draw(rng, n)
        return values, values

    return both


def ceiling(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    """98% of runs at an optimum of 0, the others 0.15 below it on average; before that runs stood 0.3 below."""
    ended = np.where(rng.random(n) < 0.98, 0.0, -rng.exponential(0.15, n))
    return ended, np.minimum(-rng.exponential(0.3, n), ended)


def pooled(name: str) -> tuple[Law, float]:
    """Real searches drawn with replacement from those that are stored, and their mean; the optimum is 0."""
    stored = read("searches").found[name]
    runs = -np.array([[np.nan if gap is None else gap for gap in run] for run in stored])

    def draw(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        drawn = runs[rng.integers(0, len(runs), n)]
        return drawn[:, 0], drawn[:, 1]

    return draw, float(runs[:, 0].mean())


def laws() -> dict[str, tuple[Law, float, bool]]:
    """Laws of a run's end by name, with the true mean and whether 0 is a known optimum."""
    found: dict[str, tuple[Law, float, bool]] = {
        "normal": (alone(lambda rng, n: rng.normal(0, 1, n)), 0.0, False),
        "discrete, four values": (
            alone(lambda rng, n: rng.choice([0.0, 1, 2, 5], n, p=[0.1, 0.2, 0.4, 0.3])),
            2.5,
            False,
        ),
        "discrete, three values": (alone(lambda rng, n: rng.choice([0.0, 1, 4], n, p=[0.6, 0.3, 0.1])), 0.7, False),
        "98% at the optimum": (ceiling, -0.02 * 0.15, True),
        "lognormal": (alone(lambda rng, n: rng.lognormal(0, 1, n)), float(np.exp(0.5)), False),
    }
    for name in SEARCHES:
        found[name] = (*pooled(name), True)
    return found


def reach(ended: Floats, before: Floats, optimum: bool) -> tuple[float, float]:
    """The range that the report takes a further run to end in."""
    seen = np.concatenate([ended, before[np.isfinite(before)]])
    return float(seen.min()), 0.0 if optimum else float(seen.max())


def coverage(studies: int, rng: np.random.Generator) -> dict[str, Any]:
    """How often the 95% interval of the mean holds the truth, and how often it has no width."""
    found: dict[str, Any] = {}
    for name, (law, truth, optimum) in laws().items():
        for n in NUMBERS:
            rows = []
            for _ in range(studies):
                ended, before = law(rng, n)
                row = mean_interval(ended, reach=reach(ended, before, optimum))
                rows.append((row.low <= truth <= row.high, not row.high > row.low, row.high - row.low))
            covered, flat, width = np.array(rows, np.float64).T
            found.setdefault(name, {})[str(n)] = {
                "covered": float(covered.mean()),
                "no width": float(flat.mean()),
                "width": float(np.nanmedian(width)),
            }
    return found


def better(studies: int, rng: np.random.Generator) -> dict[str, Any]:
    """How often the 95% interval of P(A better) holds the truth."""
    known = {name: law for name, (law, _, _) in laws().items()}
    normal = known["normal"]
    pairs: dict[str, tuple[Law, Law]] = {
        "alike": (normal, normal),
        "one sd apart": (alone(lambda rng, n: rng.normal(1, 1, n)), normal),
        "2.5 sd apart": (alone(lambda rng, n: rng.normal(2.5, 1, n)), normal),
        "five times the spread": (alone(lambda rng, n: rng.normal(0, 5, n)), normal),
        "few values": (known["discrete, four values"], known["discrete, three values"]),
        "local search, evolution": (known["local search, 98% at the optimum"], known["evolution"]),
        "lognormal, normal": (known["lognormal"], alone(lambda rng, n: rng.normal(1, 1, n))),
    }
    found: dict[str, Any] = {}
    for name, (a, b) in pairs.items():
        many, others = np.sort(a(rng, 400_000)[0]), b(rng, 400_000)[0]
        below, up_to = (np.searchsorted(many, others, side) / len(many) for side in ("left", "right"))
        truth = float(1 - (below + up_to).mean() / 2)
        for n in NUMBERS:
            rows = [better_run(a(rng, n)[0], b(rng, n)[0])[0] for _ in range(studies)]
            covered = float(np.mean([row.low - 1e-3 <= truth <= row.high + 1e-3 for row in rows]))
            found.setdefault(name, {"truth": truth})[str(n)] = covered
    return found


def _compared(drawn: Mapping[str, tuple[Floats, Floats]], optimum: bool) -> list[Comparison]:
    """Runs by strategy, with what they held before their last change, compared as the report does."""
    return compare(
        {name: dict(enumerate(ended.tolist())) for name, (ended, _) in drawn.items()},
        reaches={name: reach(*both, optimum) for name, both in drawn.items()},
    )


def pages(studies: int, rng: np.random.Generator) -> dict[str, Any]:
    """How many pages of six benchmarks and three alike strategies say of one that it is ahead, or has better runs.

    By Holm's method a page says so where one of its 36 p-values is below a 36th of the level. Only the pairs that
    Student's or Brunner and Munzel's test puts near that are tested as the report does.
    """
    known = laws()
    found: dict[str, Any] = {}
    for name in ("normal", "98% at the optimum", "evolution", "lognormal"):
        law, _, optimum = known[name]
        for n in NUMBERS[:2]:
            wrong = np.zeros(studies, bool)
            for _ in range(6):
                runs = {each: [part.reshape(studies, n) for part in law(rng, studies * n)] for each in "abc"}
                for a, b in combinations("abc", 2):
                    for study in np.flatnonzero(_near(runs[a][0], runs[b][0]) & ~wrong):
                        drawn = {each: (runs[each][0][study], runs[each][1][study]) for each in (a, b)}
                        (row,) = _compared(drawn, optimum)
                        means = 36 * row.means.p < ALPHA and row.difference.excludes(0.0)
                        wrong[study] |= means or 36 * row.runs.p < ALPHA
            found.setdefault(name, {})[str(n)] = float(wrong.mean())
    return found


def _near(a: Floats, b: Floats) -> NDArray[np.bool_]:
    """(studies,): which pairs of samples (studies, n) a test may tell apart at a 36th of the level."""
    n, difference = a.shape[1], a - b
    wins = (a[:, :, None] > b[:, None]) + 0.5 * (a[:, :, None] == b[:, None])
    spread = (
        np.sqrt(difference.var(axis=1, ddof=1)),
        np.sqrt(wins.mean(axis=2).var(axis=1, ddof=1) + wins.mean(axis=1).var(axis=1, ddof=1)),
    )
    away = np.abs(difference.mean(axis=1)), np.abs(wins.mean(axis=(1, 2)) - 0.5)
    limits = student_quantile(1 - 0.01, n - 1), student_quantile(1 - 0.001, 2 * n - 2)
    return np.asarray(
        np.any([m * np.sqrt(n) > limit * s for m, s, limit in zip(away, spread, limits, strict=True)], axis=0)
    )


def shapes(studies: int, rng: np.random.Generator) -> dict[str, Any]:
    """How often one pair of equal means and unequal shapes is said to be ahead in the mean, on a page of its own."""
    skewed = alone(lambda rng, n: 1 - rng.exponential(1, n))
    pairs: dict[str, tuple[Law, Law]] = {
        "normal, five times the spread": (laws()["normal"][0], alone(lambda rng, n: rng.normal(0, 5, n))),
        "skewed, normal": (skewed, laws()["normal"][0]),
        "skewed to the left, to the right": (skewed, alone(lambda rng, n: rng.exponential(1, n) - 1)),
    }
    found: dict[str, Any] = {}
    for name, (a, b) in pairs.items():
        for n in NUMBERS[1:]:
            rows = [_compared({"a": a(rng, n), "b": b(rng, n)}, False)[0] for _ in range(studies)]
            found.setdefault(name, {})[str(n)] = float(np.mean([row.ahead for row in rows]))
    return found


def looking(studies: int, rng: np.random.Generator) -> dict[str, Any]:
    """How often alike strategies are ever told apart within 300 looks, and how soon those that 100 runs tell apart."""
    known = laws()
    null: dict[str, float] = {}
    for name in ("normal", "98% at the optimum", "evolution", "lognormal"):
        law = known[name][0]
        ended = law(rng, 600 * studies)[0].reshape(2, studies, 300)
        null[name] = float((sequential_mean_test(ended[0] - ended[1])[:, -1] < ALPHA).mean())
    away = rng.normal(POWER / 10, 1, (studies, 400))
    fixed = np.mean([mean_test(row[:100]) < ALPHA for row in away[:500]])
    hit = sequential_mean_test(away) < ALPHA
    first = np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, np.inf)
    border = rng.normal(1, 1, (studies, 300))
    equal = sequential_equivalence_test(rng.normal(0, 1, (studies, 300)), 1.0) < ALPHA
    return {
        "told apart though alike": null,
        "power of 100 runs": float(fixed),
        "median runs": float(np.median(first)),
        "told apart by 100 runs": float((first <= 100).mean()),
        "equal though the region apart": float((sequential_equivalence_test(border, 1.0)[:, -1] < ALPHA).mean()),
        "median runs to equal, spread as wide as the region": float(np.median(equal.argmax(axis=1) + 1)),
    }


def pool(seeds: int = 300) -> dict[str, Any]:
    """The gap at the end of real searches, and before their last change; None for a run that changed nothing."""
    from nasapi import load_benchmark, load_strategy, run

    found: dict[str, Any] = {}
    for name, (benchmark, strategy, budget) in SEARCHES.items():
        loaded = load_benchmark(benchmark, budget=budget)
        best = loaded.reference.optima["valid_accuracy"]
        for seed in range(seeds):
            gaps = np.round(best - run(loaded, load_strategy(strategy), seed=seed).curve(), 6)
            before = gaps[gaps != gaps[-1]]
            found.setdefault(name, []).append([float(gaps[-1]), float(before[-1]) if len(before) else None])
    return found


PARTS = {"coverage": coverage, "better": better, "pages": pages, "shapes": shapes, "looking": looking}
TITLES = {
    "coverage": "Share of studies whose interval of the mean, called 95 %, holds the truth, and its width.",
    "better": "Share of studies whose interval of P(A better), called 95 %, holds the truth.",
    "pages": "Share of pages of six benchmarks and three alike strategies that say of any that it is ahead or better.",
    "shapes": "Share of studies that call one of a pair of equal means and unequal shapes ahead in the mean.",
    "looking": "Share of studies told apart or called equal within 300 looks, and after how many seeds.",
}


def main() -> None:
    """Simulate the parts that are named, all but `pool` where none is, and store them."""
    parser = reader(__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", choices=["pool", *PARTS], help=", ".join(["pool", *PARTS]))
    parser.add_argument("--studies", type=whole(1), default=2000)
    parser.add_argument("--seed", type=whole(0), default=0)
    given = parser.parse_args()
    for part in given.parts or PARTS:
        start = time.process_time()
        if part == "pool":
            header = {
                "what": "Gap to the optimum, in points, at the end of real searches and before their last change."
            }
            found, seeds, tolerance = pool(), "0 to 299", 0.0
        else:
            header = {"what": f"{TITLES[part]} {given.studies:,} studies a number."}
            found = PARTS[part](given.studies, np.random.default_rng([given.seed, list(PARTS).index(part)]))
            seeds, tolerance = str(given.seed), 0.03
        made = made_here(f"python benchmarks/verdicts.py {part}", seeds=seeds, cpu_seconds=time.process_time() - start)
        name = "searches" if part == "pool" else f"verdicts-{part}"
        keep(name, {**header, **made, "quick": True, "tolerance": tolerance, "found": found}, given.into)
        print(f"{name}: {made['cpu_seconds']} s")


if __name__ == "__main__":
    end(main)
