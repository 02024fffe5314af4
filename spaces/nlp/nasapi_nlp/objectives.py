"""The objectives of NAS-Bench-NLP: perplexities of runs that were made, from a table of logs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi import data
from nasapi.lookup import TableObjective
from nasapi.problem import Fidelity, Metric
from nasapi.table import Table
from nasapi_nlp.listed import ListedNLP

VALID = Metric("valid_perplexity", "min", "", "valid", description="the lowest of the epochs so far")
TEST = Metric("test_perplexity", "min", "", "test", description="at the epoch of the lowest validation perplexity")
TRAIN = Metric("train_perplexity", "min", "", "train", description="at the epoch of the lowest validation perplexity")
PARAMS = Metric("params", "min", "count", description="trainable parameters")
SECONDS = Metric("train_seconds", "min", "s", description="time of the training")
TABLES = {"wikitext2": "nlp-wikitext2", "ptb": "nlp-ptb"}
"""The table of each task, by the name that `nasapi data` knows."""


def measured(task: str, table: str | None = None) -> TableObjective:
    """The runs on a text, "wikitext2" or "ptb": from the table in the folder `table`, or the imported one.

    The space holds the networks of the table alone.
    """
    return of_runs(opened(task, table))


def opened(task: str, table: str | None) -> Table:
    """The table in the folder `table`, or that of the task; raises NotAvailable where it is not here."""
    return Table(table) if table is not None else data.open_table(TABLES[task])


def of_runs(table: Table) -> TableObjective:
    """The objective of a table that `nasapi_nlp.importer` wrote.

    Perplexity is exp(loss). At a fidelity of e epochs a network has the lowest validation perplexity of its first e
    epochs, and the test and training perplexity of that epoch, as the authors' simulated environment reports. A run
    whose loss was no number at epoch e or before failed there; a network all of whose runs failed has NaN, others the
    mean over those that did not. The cost is the time of training e epochs, or up to the failure.
    """
    columns, seconds = snapshots(table)
    levels = seconds.shape[1]
    params = np.repeat(table["params"][:, None].astype(np.float64), levels, axis=1)
    values: dict[Metric, NDArray[Any]] = {VALID: columns["valid"], TEST: columns["test"], TRAIN: columns["train"]}
    space = ListedNLP(table["cell"])
    fidelity = Fidelity("epochs", tuple(range(1, levels + 1)))
    values |= {PARAMS: params, SECONDS: seconds}
    return TableObjective(space, space.rows, values, seconds, fidelity=fidelity, identity="network")


def snapshots(table: Table) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Perplexities (rows, epochs, runs) of the best epoch so far by split, and seconds so far; NaN without a run."""
    losses = {split: table[f"{split}_loss"] for split in ("train", "valid", "test")}
    best = at_best(losses["valid"])
    lowest = {split: np.take_along_axis(loss, best, axis=1) for split, loss in losses.items()}
    failed = np.isnan(np.minimum.accumulate(losses["valid"], axis=1))
    perplexity = {split: np.where(failed, np.nan, np.exp(loss)) for split, loss in lowest.items()}
    exists = (table["status"] >= 0)[:, None, :]
    seconds = np.cumsum(np.nan_to_num(table["epoch_seconds"]), axis=1)
    return perplexity, np.where(exists, seconds, np.nan)


def at_best(losses: NDArray[np.float64]) -> NDArray[np.int64]:
    """(rows, epochs, …): for each epoch which one up to it has the lowest loss; that of the last number after a NaN."""
    lowest = np.fmin.accumulate(losses, axis=1)
    epochs = np.arange(losses.shape[1]).reshape(1, -1, *[1] * (losses.ndim - 2))
    first = np.concatenate([np.ones_like(losses[:, :1], np.bool_), lowest[:, 1:] < lowest[:, :-1]], axis=1)
    return np.maximum.accumulate(np.where(first, epochs, 0), axis=1)
