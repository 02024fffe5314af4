"""The rules of an objective."""

from __future__ import annotations

import numpy as np

from nasapi.columns import TAKEN
from nasapi.errors import InvalidArchitecture, InvalidOption
from nasapi.metric import Metric
from nasapi.objective import Columns
from nasapi.space import Codes
from nasapi.testing.cases import stream
from nasapi.testing.evaluation_cases import ObjectiveCase
from nasapi.testing.randomness import demand_untouched
from nasapi.testing.rules import Broken, Skipped, close, demand, on_rows, rule

DRAWS = 256
"""Draws of the noise from which an expected value is estimated."""


@rule(
    "objective/metrics",
    "Metrics that exist for this task but whose data are not here, each with a sentence that says how to get it.",
)
def metrics(case: ObjectiveCase) -> None:
    """Metrics are a tuple, have different names, none of them that of another column, and are not also missing."""
    given = case.objective.metrics
    fine = isinstance(given, tuple) and all(isinstance(metric, Metric) for metric in given)
    demand(fine, f"`metrics` is {given!r:.80}, not a tuple of Metric; a tuple of one has a comma, `(metric,)`")
    names = [metric.name for metric in given]
    demand(names, "there is no metric")
    demand(len(set(names)) == len(names), f"the names {names} clash")
    taken = sorted(TAKEN & set(names))
    demand(not taken, f"{taken} are columns of answers or runs, and no metrics")
    both = sorted(set(names) & set(case.objective.missing))
    demand(not both, f"{both} are both there and missing")


@rule("objective/columns", "One float column of length n for each metric, and `cost` in seconds.")
@on_rows
def columns(case: ObjectiveCase, codes: Codes) -> None:
    """Every metric and the cost are float columns of length n."""
    found = case.objective.evaluate(codes)
    absent = [name for name in _names(case) if name not in found]
    demand(not absent, f"there is no column {', '.join(map(repr, absent))}")
    for name in _names(case):
        column = found[name]
        fine = isinstance(column, np.ndarray) and column.dtype.kind == "f" and column.shape == (len(codes),)
        shown = f"{column.dtype} {column.shape}" if isinstance(column, np.ndarray) else type(column).__name__
        demand(fine, f"column {name!r} is {shown}, not float ({len(codes)},)")
    extra = sorted(set(found) - {*_names(case), "error"})
    demand(not extra, f"the column {extra[:1]} is of no metric")


@rule("objective/errors", "A column `error` says for each row why it failed, None where it did not.")
@on_rows
def errors(case: ObjectiveCase, codes: Codes) -> None:
    """Where there is a column `error`, rows that failed have a sentence, and no others."""
    found = case.objective.evaluate(codes)
    if "error" not in found:
        raise Skipped("the objective says nothing of single rows")
    reasons = list(found["error"])
    failed = np.any([np.isnan(found[metric.name]) for metric in case.objective.metrics], axis=0)
    demand(len(reasons) == len(codes), f"column 'error' has {len(reasons)} rows, not {len(codes)}")
    for error, nan in zip(reasons, failed.tolist(), strict=True):
        demand(error is None or (isinstance(error, str) and error), f"an error is {error!r}, not None or a sentence")
        demand(nan or error is None, f"a row has values and the error {error!r}")


@rule("objective/singles", "A batch gives what its rows give one by one.")
@on_rows
def singles(case: ObjectiveCase, codes: Codes) -> None:
    """Expected values of a batch are those of its rows, at every fidelity."""
    for level in case.levels:
        rows = [case.objective.evaluate(code[None].copy(), level) for code in codes]
        _demand_same(case.objective.evaluate(codes.copy(), level), rows, "the columns of a batch", _names(case))


@rule("objective/noise-singles", "Noise, too, acts on each row alone.")
@on_rows
def noise_singles(case: ObjectiveCase, codes: Codes) -> None:
    """Draws of a batch are the draws of its rows with their own noise."""
    _needs_noise(case)
    noise = case.noise(len(codes))
    rows = [case.objective.evaluate(codes[i : i + 1].copy(), None, noise[i : i + 1].copy()) for i in range(len(codes))]
    batch = case.objective.evaluate(codes.copy(), None, noise.copy())
    _demand_same(batch, rows, "with noise, the columns of a batch", _names(case))


@rule("objective/expected-repeats", "Without noise, the same codes always have the same values.")
def expected_repeats(case: ObjectiveCase) -> None:
    """Two evaluations without noise are equal."""
    codes = case.codes
    one, other = case.objective.evaluate(codes.copy()), case.objective.evaluate(codes.copy())
    _demand_equal(one, other, codes, "two evaluations of the same codes", _names(case))


@rule("objective/noise-repeats", "The same noise gives the same values.")
def noise_repeats(case: ObjectiveCase) -> None:
    """Two evaluations with the same noise are equal."""
    codes, noise = case.codes, case.noise(len(case.codes))
    one = case.objective.evaluate(codes.copy(), None, noise.copy())
    other = case.objective.evaluate(codes.copy(), None, noise.copy())
    _demand_equal(one, other, codes, "two evaluations with the same noise", _names(case))


@rule("objective/stochastic", "Whether `noise` makes a difference.")
def stochastic(case: ObjectiveCase) -> None:
    """Other noise gives other values exactly where the objective says that it does."""
    codes, names = case.codes, [metric.name for metric in case.objective.metrics]
    draws = [case.objective.evaluate(codes.copy(), None, case.noise(len(codes), number)) for number in range(8)]
    differs = any(not close(draws[0][name], draw[name]) for draw in draws[1:] for name in names)
    finding = "draws the same value whatever the noise" if case.objective.stochastic else "draws other values by noise"
    demand(differs == case.objective.stochastic, f"stochastic is {case.objective.stochastic}, but it {finding}")


@rule(
    "objective/expected",
    "`noise` is (n,), each row's own draw: which training seed, which measurement; None asks for the expected value.",
)
def expected(case: ObjectiveCase) -> None:
    """Without noise, values are the mean of many draws."""
    _needs_noise(case)
    codes = case.codes[:4]
    if (spare := case.spare(DRAWS + 1)) is not None:
        codes = codes[:spare]
    if not len(codes):
        raise Skipped(f"left out, for it needs {DRAWS + 1} evaluations beside those of the other rules")
    for code in codes:
        many = np.repeat(code[None], DRAWS, axis=0)
        draws = case.objective.evaluate(many, None, case.noise(DRAWS))
        mean = case.objective.evaluate(code[None].copy())
        for metric in case.objective.metrics:
            values = draws[metric.name][~np.isnan(draws[metric.name])]
            if not len(values) or np.isnan(mean[metric.name][0]):
                continue
            apart = abs(float(values.mean() - mean[metric.name][0]))
            allowed = 6 * float(values.std()) / np.sqrt(len(values)) + 1e-5 * (1 + abs(float(values.mean())))
            finding = (
                f"{mean[metric.name][0]:.6g} without noise, but {values.mean():.6g} in the mean of {len(values)} draws"
            )
            demand(apart <= allowed, f"{metric.name} is {finding}", code.tolist())


@rule("objective/unknown-fidelity", "Raises InvalidOption for a fidelity that is no level.")
def unknown_fidelity(case: ObjectiveCase) -> None:
    """A level that does not exist is refused."""
    levels = case.objective.fidelity.levels if case.objective.fidelity else (0,)
    between = [level + 1 for level in levels if level + 1 not in levels]
    for level in (levels[0] - 1, -1 - levels[-1], *between):
        try:
            case.objective.evaluate(case.codes[:1], level)
        except InvalidOption:
            continue
        raise Broken(f"evaluate accepted the fidelity {level}", level)


@rule("objective/highest", "`fidelity` is one of the levels, None the highest.")
@on_rows
def highest(case: ObjectiveCase, codes: Codes) -> None:
    """Without a fidelity, values and costs are those of the last level."""
    if case.objective.fidelity is None:
        raise Skipped("the objective has no fidelities")
    level = case.objective.fidelity.levels[-1]
    one, other = case.objective.evaluate(codes.copy()), case.objective.evaluate(codes.copy(), level)
    for name in _names(case):
        demand(close(one[name], other[name]), f"{name} without a fidelity is not that of {level}{_timed(name)}")


@rule(
    "objective/invalid-codes",
    "Raises NotAvailable where the data are not here, and InvalidArchitecture for codes outside the space.",
)
def invalid_codes(case: ObjectiveCase) -> None:
    """Codes out of range are refused: a gene too high or below 0, alone or in a batch, and too few genes."""
    high, low = case.space_case.outside(), case.codes[:1].astype(np.int64)
    low[0, 0] = -1
    for codes in (high, low, np.concatenate([case.codes[:1], low]), case.codes[:1, :-1]):
        try:
            case.objective.evaluate(codes.copy())
        except InvalidArchitecture:
            continue
        except Exception as error:
            what = f"evaluate raised {type(error).__name__}, not InvalidArchitecture"
            raise Broken(what, codes[-1].tolist()) from error
        raise Broken("evaluate accepted a code that is not of the space", codes[-1].tolist())


@rule("objective/arguments-unchanged", "Codes and noise are not changed.")
def arguments_unchanged(case: ObjectiveCase) -> None:
    """Codes and noise are the same after `evaluate`."""
    codes, noise = case.codes, case.noise(len(case.codes))
    given, drawn = codes.copy(), noise.copy()
    case.objective.evaluate(given, None, drawn)
    changed = codes[(given != codes).any(axis=1)]
    demand(not len(changed), "evaluate changed the codes it was given", changed[:1].tolist())
    demand(np.array_equal(noise, drawn), "evaluate changed the noise it was given")


@rule("objective/global-random", "`evaluate` does not touch the global random state.")
def global_random(case: ObjectiveCase) -> None:
    """Evaluating changes neither `random`, `np.random` nor torch."""
    codes = case.codes[stream().permutation(len(case.codes))[:4]]
    demand_untouched(lambda: case.objective.evaluate(codes.copy(), None, case.noise(len(codes))))


def _names(case: ObjectiveCase) -> list[str]:
    return [*(metric.name for metric in case.objective.metrics), "cost"]


def _needs_noise(case: ObjectiveCase) -> None:
    if not case.objective.stochastic:
        raise Skipped("the objective has no noise")


def _demand_same(batch: Columns, rows: list[Columns], what: str, names: list[str]) -> None:
    for name in names:
        alone = np.concatenate([row[name] for row in rows])
        demand(close(batch[name], alone), f"{what} are not those of its rows: {name} differs{_timed(name)}")


def _demand_equal(one: Columns, other: Columns, codes: Codes, what: str, names: list[str]) -> None:
    for name in names:
        for row in np.flatnonzero(~np.isclose(one[name], other[name], rtol=1e-9, atol=0, equal_nan=True))[:1]:
            finding = f"{what} give {name} {one[name][row]} and {other[name][row]}{_timed(name)}"
            raise Broken(finding, codes[row].tolist())


def _timed(name: str) -> str:
    """What is to be done where costs differ, which those that a clock measures do."""
    return "; count it, or give again what a clock said first" if name == "cost" else ""
