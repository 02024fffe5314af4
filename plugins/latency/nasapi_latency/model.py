"""The objective nb201/hardware-model: a device's latency predicted from a few measured cells."""

from __future__ import annotations

from numbers import Integral
from typing import Annotated, Any, get_args

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import InvalidOption
from nasapi.metric import Metric
from nasapi.objective import Columns, Objective
from nasapi.space import Codes
from nasapi_latency.lookup_table import LookUpTable, Parts
from nasapi_latency.objective import DatasetOption, DeviceOption, hardware


class Predicted(Objective):
    """One metric as a fitted look-up table predicts it; its description says so, and how far off it is."""

    def __init__(self, table: LookUpTable, metric: Metric):
        """Predict `metric` by a table that was fitted to values of it."""
        self.table, self.space = table, table.space
        n, unit = len(table.leave_one_out), metric.unit
        description = (
            f"A prediction, not a measurement: a sum over {table.parts} fitted to {n} cells; "
            f"median leave-one-out error {table.error:.3g} {unit}. "
        )
        self.missing = {"cost": "a prediction takes no time worth telling"}
        by = f"predicted: by a sum over {table.parts} fitted to {n} cells"
        self.metrics = (evolve(metric, bounds=(0.0, np.inf), description=description + metric.description, origin=by),)

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The predictions, none below 0, at no cost."""
        self.level(fidelity)
        predicted = np.maximum(self.table.predict(self.space.require(codes)), 0.0)
        return {self.metrics[0].name: predicted, "cost": np.zeros(len(codes))}


def model(
    dataset: DatasetOption = "cifar10",
    device: DeviceOption = "edgegpu",
    *,
    measure: Annotated[str, option.text(help="What is predicted, latency or energy.")] = "latency",
    cells: Annotated[int, option.count(help="Cells that the model is fitted to.", least=2)] = 100,
    draw: Annotated[int, option.count(help="Which cells are drawn.", least=0)] = 0,
    parts: Annotated[
        Parts,
        option.choice(help="A time for each operation, or for each value of each gene.", among=get_args(Parts)),
    ] = "operations",
) -> Predicted:
    """A measure of HW-NAS-Bench predicted from `cells` of its cells, drawn uniformly; `draw` says which.

    Each operation has one time (`parts="operations"`), or each value of each gene has its own (`parts="genes"`).
    Cells that the device cannot run are not drawn; their latency is predicted like any other's.
    """
    measured = hardware(dataset, device)
    metric = measured.metric(measure)
    codes = np.concatenate(list(measured.space.enumerate()))
    values: NDArray[Any] = measured.evaluate(codes)[measure]
    rows = np.flatnonzero(np.isfinite(values))
    if isinstance(cells, bool) or not isinstance(cells, Integral) or not 2 <= cells <= len(rows):
        raise InvalidOption(f"`cells` is a whole number from 2 to {len(rows)}, not {cells!r}.")
    if isinstance(draw, bool) or not isinstance(draw, Integral) or draw < 0:
        raise InvalidOption(f"`draw` is a whole number from 0, not {draw!r}.")
    drawn = np.random.default_rng(draw).choice(rows, cells, replace=False)
    return Predicted(LookUpTable(measured.space, parts).fit(codes[drawn], values[drawn]), metric)
