"""The objectives of NAS-Bench-NLP: perplexities of runs that were made, from a table of logs."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from nasapi.fidelity import Fidelity
from nasapi.metric import Metric
from nasapi.objective import Columns, Objective
from nasapi.space import Codes
from nasapi.tables import Table
from nasapi_nlp.listed import TableFolder, listed
from nasapi_nlp.networks import Networks
from nasapi_nlp.tables import TABLES, TEXTS, opened

_LOGGED = "derived: counted from the network, by the authors' logs"
_LOWEST, _THERE = "the lowest of the epochs so far", "at the epoch of the lowest validation perplexity"
VALID = Metric("valid_perplexity", "min", "1", "valid", None, _LOWEST, "measured")
TEST = Metric("test_perplexity", "min", "1", "test", None, _THERE, "measured")
TRAIN = Metric("train_perplexity", "min", "1", "train", None, _THERE, "measured")
PARAMS = Metric("params", "min", "count", description="trainable parameters, from the logs", origin=_LOGGED)
SECONDS = Metric("train_seconds", "min", "s", description="time of the training", origin="measured")


def measured(task: str, table: TableFolder = None) -> Measured:
    """The runs on a text, "wikitext2" or "ptb": from the table in the folder `table`, or the imported one.

    The space holds the networks of the table alone.
    """
    return Measured(opened(task, table), TABLES[task])


class Measured(Objective):
    """Perplexities that were measured, of the networks of a table and no others.

    Perplexity is exp(loss). At a fidelity of e epochs a run has the lowest validation perplexity of its first e epochs,
    and the test and training perplexity of that epoch, as the authors' simulated environment reports. A run whose loss
    was no number at epoch e or before failed there. The expected value is the mean over a network's runs that did not
    fail, NaN where all did; noise chooses one of its runs, failed or not. The cost is the time of training e epochs,
    or up to the failure.
    """

    identity = "network"
    metrics: tuple[Metric, ...] = (VALID, TEST, TRAIN, PARAMS, SECONDS)
    failures = dict.fromkeys(
        (metric.name for metric in (VALID, TEST, TRAIN)), "no run of the network had a loss in every epoch until then."
    )

    def __init__(self, table: Table, name: str):
        """Look up the runs of a table that an importer wrote, over the space `name` of their networks."""
        networks = Networks.of(table)
        losses = {split: table[f"{split}_loss"] for split in ("train", "valid", "test")}
        best, failed = at_best(losses["valid"]), np.isnan(np.minimum.accumulate(losses["valid"], axis=1))
        seconds = np.cumsum(np.nan_to_num(table["epoch_seconds"]), axis=1)
        self._runs = {
            f"{split}_perplexity": np.where(failed, np.nan, np.exp(np.take_along_axis(loss, best, axis=1)))
            for split, loss in losses.items()
        }
        self._runs |= {"train_seconds": seconds, "cost": seconds}
        self._runs["params"] = np.repeat(table["params"][:, None].astype(np.float64), seconds.shape[1], axis=1)
        self._means = {name: networks.means(values) for name, values in self._runs.items()}
        self._starts, self._counts = networks.starts, networks.counts
        text = {table: TEXTS[task] for task, table in TABLES.items()}.get(name, name)
        self.metrics = tuple(
            attrs.evolve(metric, description=f"perplexity on {text}, {metric.description}")
            if metric in (VALID, TEST, TRAIN)
            else metric
            for metric in (VALID, TEST, TRAIN, PARAMS, SECONDS)
        )
        self._listed = listed(networks.cells, name)
        self.space = self._listed
        self.fidelity = Fidelity("epochs", tuple(range(1, seconds.shape[1] + 1)), resumes=True)
        self.stochastic = bool((networks.counts > 1).any())

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The networks' means over their runs, or the one run of each that `noise` chooses."""
        rows = self._listed.rows(self.space.require(codes))
        level = self.level(fidelity)
        assert level is not None
        epoch = level - 1
        if noise is None:
            return {name: means[rows, epoch] for name, means in self._means.items()}
        runs = self._starts[rows] + (noise % self._counts[rows].astype(np.uint64)).astype(np.int64)
        return {name: values[runs, epoch] for name, values in self._runs.items()}


def at_best(losses: NDArray[np.float64]) -> NDArray[np.int64]:
    """(runs, epochs): for each epoch which one up to it has the lowest loss; that of the last number after a NaN."""
    lowest = np.fmin.accumulate(losses, axis=1)
    epochs = np.arange(losses.shape[1])
    first = np.concatenate([np.ones_like(losses[:, :1], np.bool_), lowest[:, 1:] < lowest[:, :-1]], axis=1)
    return np.maximum.accumulate(np.where(first, epochs, 0), axis=1)
