"""Objectives of robustness: one measure to search for, and beside it what reports say of the cells found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, get_args

from nasapi_nb201 import TITLES
from nasapi_nb201.objectives import objective as training
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import NotAvailable
from nasapi.metric import Metric
from nasapi.tables import TableObjective
from nasapi_robustness.collection import REFERENCE, Robustness
from nasapi_robustness.measure import ALL_ATTACKS, ALL_CORRUPTIONS, REPORTED, Aggregate, Measure
from nasapi_robustness.names import CLEAN, DATASETS


def objective(
    dataset: Annotated[str, option.choice(help="Which images.", among=DATASETS)] = "cifar10",
    attack: Annotated[
        str, option.text(help="An attack or a corruption, clean, or one of the groups of them.")
    ] = "clean",
    epsilon: Annotated[float | None, option.positive(None, "Of an attack, in 1/255; by default its grid.")] = None,
    severity: Annotated[int | None, option.count(None, "Of a corruption; by default all five.", most=5)] = None,
    aggregate: Annotated[
        Aggregate | None,
        option.choice(None, "What is taken of several; by default their mean.", among=get_args(Aggregate)),
    ] = None,
    reference: Annotated[str, option.text(help="The cell that the mean corruption error is relative to.")] = REFERENCE,
) -> TableObjective:
    """One measure of robustness, in percent, as something to search for; the options are those of `Measure`.

    Without `aggregate`, an attack with `epsilon` and a corruption with `severity` are taken as they are, everything
    else as the mean over its grid. `reference` is the cell of the mean corruption error. Raises NotAvailable where the
    table is not here or lacks what is asked for, InvalidOption for an option that does not fit.
    """
    strength = epsilon is not None or severity is not None
    alone = attack == CLEAN or (strength and attack not in (ALL_ATTACKS, ALL_CORRUPTIONS))
    measure = Measure(attack, epsilon, severity, aggregate or ("one" if alone else "mean"))
    return searching((measure,), Robustness.open(dataset), reference)


def searching(searched: Sequence[Measure], robustness: Robustness, reference: str = REFERENCE) -> TableObjective:
    """The objective in which `searched` measures may be goals, and the others of `REPORTED` are test values.

    Every code has its class's values. The cost is the training of the class's evaluated cell in simulated seconds, as
    NAS-Bench-201 has it; how long attacks took was not published and is not in it.
    """
    columns: dict[Metric, NDArray[Any]] = {}
    missing: dict[str, str] = {}
    dataset = robustness.dataset
    for measure in searched:
        columns[measure.metric(dataset, searched=True)] = robustness.values(measure, reference)
    for measure in REPORTED:
        if measure.name in {metric.name for metric in columns}:
            continue
        try:
            columns[measure.metric(dataset)] = robustness.values(measure, reference)
        except NotAvailable as lacking:
            missing[measure.name] = str(lacking)
    seconds = training(dataset, epochs=200).evaluate(robustness.codes)["cost"]
    return TableObjective(
        robustness.space,
        robustness.rows,
        columns,
        seconds,
        missing=missing,
        identity="code",
        description=f"Robustness of NAS-Bench-201's cells on {TITLES[dataset]} (Jung, Lukasik & Keuper, ICLR 2023); "
        "a cell that was not evaluated has the values of the evaluated one of its class.",
    )
