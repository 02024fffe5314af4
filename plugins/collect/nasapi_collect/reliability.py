"""How well the seeds of a table agree, column by column, and how its columns order networks beside another table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

import nasapi
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.tables import Table

RELIABLE = 0.5
"""Below this more than half of a mean's variance is of its seeds."""


@frozen
class Reliability:
    """Of one column, over the networks that have a number from every seed."""

    column: str
    networks: int
    mean: float
    between: float
    """Standard deviation between networks, seeds' own share taken off."""
    within: float
    """Standard deviation between the seeds of a network."""
    ratio: float
    """Between-network over between-seed variance."""
    reliability: float
    """Of the mean over all seeds (Spearman & Brown): the share of its variance that is of the networks."""
    agreement: float
    """Spearman's correlation between seeds, the mean over pairs."""
    with_other: float = float("nan")
    """Spearman's correlation with another table."""


def hardly_agreeing(table: Path) -> list[Reliability]:
    """The columns of validation accuracy, clean or attacked, that are mostly noise; none where there is one seed.

    A column in which nothing varies, as where an attack leaves no image right, has no reliability and is one of them.
    """
    try:
        found = reliabilities(table)
    except NotAvailable:
        return []
    goals = [each for each in found if each.column.startswith("valid_") and each.column.endswith("_accuracy")]
    return [each for each in goals if each.networks >= 3 and not each.reliability >= RELIABLE]


def reliabilities(table: Path, against: str | None = None) -> list[Reliability]:
    """The reliability of every column of a merged table that has a number for each seed.

    `against` is "objective:metric" of the same space. Raises NotAvailable where there is one seed, InvalidOption where
    `against` is not of that form.
    """
    merged = Table(table)
    other = None if against is None else _other(merged, against)
    found = []
    for name in merged:
        values = merged[name]
        if values.ndim == 2 and name not in ("codes", "failure"):
            found.append(_reliability(name, values, other))
    return found


def _reliability(name: str, values: NDArray[np.float64], other: NDArray[np.float64] | None) -> Reliability:
    seeds = values.shape[1]
    if seeds < 2:
        raise NotAvailable(f"Column {name!r} has one seed; reliability needs two or more.")
    whole = np.isfinite(values).all(axis=1)
    rows = values[whole]
    if len(rows) < 3:
        return Reliability(name, len(rows), *[float("nan")] * 6)
    means = rows.mean(axis=1)
    between, within = variances(rows)
    ratio = between / within if within else float("inf" if between else "nan")
    reliability = between / (between + within / seeds) if between + within else float("nan")
    pairs = [spearman(rows[:, a], rows[:, b]) for a in range(seeds) for b in range(a)]
    correlated = float("nan") if other is None else spearman(means, other[whole])
    sizes = (float(means.mean()), between**0.5, within**0.5)
    return Reliability(name, len(rows), *sizes, ratio, reliability, float(np.mean(pairs)), correlated)


def variances(rows: NDArray[np.float64]) -> tuple[float, float]:
    """Between networks, the seeds' own share taken off, and between seeds, of (networks, seeds).

    One-way random effects (Shrout & Fleiss, 1979).
    """
    within = float(rows.var(axis=1, ddof=1).mean())
    return max(float(rows.mean(axis=1).var(ddof=1)) - within / rows.shape[1], 0.0), within


def spearman(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """Spearman's correlation, ties at their mean rank; NaN where one does not vary."""
    there = np.isfinite(one) & np.isfinite(two)
    first, second = _ranks(one[there]), _ranks(two[there])
    spread = first.std() * second.std() if len(first) else 0.0
    return float(((first - first.mean()) * (second - second.mean())).mean() / spread) if spread else float("nan")


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: NDArray[np.float64] = (ends - (counts - 1) / 2)[place]
    return ranks


def _other(table: Table, against: str) -> NDArray[np.float64]:
    name, colon, metric = against.rpartition(":")
    if not colon:
        raise InvalidOption(f"`against` is OBJECTIVE:METRIC, as nb201/cifar10:valid_accuracy, not {against!r}.")
    objective = nasapi.load_objective(name)
    objective.metric(metric)
    if objective.space.id != table.attributes["space"]:
        raise InvalidOption(f"{name!r} is of {objective.space.id}, the table of {table.attributes['space']}.")
    return np.asarray(objective.evaluate(table["codes"].astype(np.int64))[metric], np.float64)
