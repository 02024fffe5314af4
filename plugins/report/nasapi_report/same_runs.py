"""Strategies whose runs are the same trial by trial, which no number of runs tells apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nasapi_report.runs import Runs
from nasapi_report.words import listing


def same_runs(rows: Sequence[Runs]) -> list[str]:
    """A sentence for each group of strategies that asked for the same codes, in the same order, under every seed."""
    groups: list[list[Runs]] = []
    for row in rows:
        group = next((some for some in groups if all(_same(row, other) for other in some)), None)
        if group is None:
            groups.append([row])
        else:
            group.append(row)
    return [
        f"{listing([row.strategy for row in group])} asked for the same architectures in the same order under every "
        "common seed, so their runs are the same: the budget ends within their initial random trials, or they differ "
        "in nothing that matters here."
        for group in groups
        if len(group) > 1
    ]


def _same(one: Runs, other: Runs) -> bool:
    """Whether all runs of common seeds made the same trials with the same results; at least one run, of one trial."""
    runs = {history.seed: history for history in other.histories}
    pairs = [(history, runs[history.seed]) for history in one.histories if history.seed in runs]
    return bool(pairs) and all(
        len(a) > 0
        and np.array_equal(a.codes, b.codes)
        and np.array_equal(a.fidelity, b.fidelity)
        and np.array_equal(a.losses, b.losses, equal_nan=True)
        for a, b in pairs
    )
