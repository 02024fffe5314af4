"""What a benchmark answers without evaluating: looked up in columns that were checked once, or remembered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from nasapi.column_checks import ColumnChecks
from nasapi.columns import Lookup
from nasapi.errors import NasapiError
from nasapi.guard import at_work
from nasapi.objective import Objective
from nasapi.problem import Problem
from nasapi.space import SearchSpace
from nasapi.trial import Architecture, Result, Trial, Values, all_measured, measured

_MOST = 1 << 16  # trials that are remembered
FEW = 32
"""Up to how many trials at a time are remembered; columns are quicker for more."""
_PLAIN = frozenset({int})

Known = tuple[dict[str, float], float]
"""Values by metric, and the cost."""


class AnswerCache:
    """Answers trials of one benchmark as its objective does without noise, where nothing has to be evaluated for it.

    Whatever is not plain (a code or level that is none, a failure, a value out of its bounds, a strategy at work
    whose guard must see what it evaluates) is not answered, and goes the long way.
    """

    def __init__(self, problem: Problem, objective: Objective, checks: ColumnChecks):
        self._space, self._objective, self._checks = problem.space, objective, checks
        self._id, self._genes = problem.space.id, len(problem.space.cardinalities)
        self._limits = np.array(problem.space.cardinalities, np.uint64)
        self._ruled = type(problem.space).valid is not SearchSpace.valid  # whether there is more to it than ranges
        self._lookups: dict[int | None, Lookup | None] = {}
        self._known: dict[int | None, dict[tuple[int, ...], Known]] = {}

    def answer(self, trials: Sequence[Trial]) -> list[Result] | None:
        """A result for each trial; None where the objective is to be asked."""
        if at_work():
            return None
        if len(trials) != 1:
            return self._answer_many(trials)
        trial = trials[0]
        key = self._key(trial)
        if key is None:
            return None
        code, fidelity = key
        known = self._known.get(fidelity, {}).get(code)
        if known is None:
            known = self._look_up_one(code, fidelity)
            if known is None:
                return None
            self._keep(fidelity, [(code, known)])
        return [measured(trial, Values(known[0]), known[1])]

    def remember(self, results: Sequence[Result]) -> None:
        """Keep a result that was evaluated on its own and did not fail."""
        if len(results) != 1 or results[0].error is not None or not self._objective.deterministic:
            return
        key = self._key(results[0].trial)
        if key is not None:
            self._keep(key[1], [(key[0], (dict(results[0].values), results[0].cost))])

    def _keep(self, fidelity: int | None, found: Iterable[tuple[tuple[int, ...], Known]]) -> None:
        """Remember what was found at a level, in place of all else where that is too much."""
        if sum(map(len, self._known.values())) >= _MOST:
            self._known.clear()
        self._known.setdefault(fidelity, {}).update(found)

    def _key(self, trial: Trial) -> tuple[tuple[int, ...], int | None] | None:
        """What a plain trial is remembered by; None for one that is not, for True is not 1 and 1.0 neither."""
        arch, fidelity = trial.arch, trial.fidelity
        if type(arch) is not Architecture or arch.space != self._id:
            return None
        code = arch.code
        if type(code) is not tuple or not _PLAIN.issuperset(map(type, code)):
            return None
        return (code, fidelity) if fidelity is None or type(fidelity) is int else None

    def _look_up_one(self, code: tuple[int, ...], fidelity: int | None) -> Known | None:
        """The values of one code; None where it is no code, or not in the table, or failed."""
        lookup = self._lookups[fidelity] if fidelity in self._lookups else self._prepare(fidelity)
        if lookup is None or len(code) != self._genes or min(code) < 0:
            return None
        for gene, limit in zip(code, self._space.cardinalities, strict=True):
            if gene >= limit:
                return None
        codes = np.array([code])
        try:
            if self._ruled and not self._space.valid(codes)[0]:
                return None
            row = int(lookup.rows(codes)[0])
        except Exception:  # the objective raises it again
            return None
        if row < 0:
            return None
        values = [column.item(row) for column in lookup.columns]
        if any(value != value for value in values):
            return None
        return dict(zip(self._checks.observed, values, strict=True)), lookup.cost.item(row)

    def _answer_many(self, trials: Sequence[Trial]) -> list[Result] | None:
        """A result for each of several trials; None where the objective is to be asked."""
        if not trials:
            return []
        level = trials[0].fidelity
        if level is not None and type(level) is not int:
            return None
        lookup = self._lookups[level] if level in self._lookups else self._prepare(level)
        if lookup is None:
            return None
        architectures = [trial.arch for trial in trials if _same_level(trial.fidelity, level)]
        rows = [arch.code for arch in architectures if type(arch) is Architecture and arch.space == self._id]
        if len(rows) != len(trials):
            return None
        if len(rows) > FEW or not _plain(rows):
            looked_up = self._look_up_many(rows, lookup)
            return None if looked_up is None else all_measured(trials, *looked_up)
        known, fresh = self._known.get(level, {}), dict[tuple[int, ...], Known]()
        if new := [code for code in rows if code not in known]:
            looked_up = self._look_up_many(new, lookup)
            if looked_up is None:
                return None
            fresh.update(zip(new, zip(map(dict, looked_up[0]), looked_up[1], strict=True), strict=True))
            self._keep(level, fresh.items())
        found = [known.get(code) or fresh[code] for code in rows]
        return all_measured(trials, [Values(values) for values, _ in found], [cost for _, cost in found])

    def _look_up_many(self, rows: list[tuple[int, ...]], lookup: Lookup) -> tuple[list[Values], list[float]] | None:
        """The values and the cost of each code; None where one is no code, or not in the table, or failed."""
        try:
            codes = np.array(rows)
            if codes.dtype != np.int64 or codes.shape != (len(rows), self._genes):
                return None
            if np.count_nonzero(codes.view(np.uint64) >= self._limits):
                return None
            if self._ruled and not self._space.valid(codes).all():
                return None
            places = lookup.rows(codes)
        except Exception:  # the objective raises it again
            return None
        if places.min() < 0:
            return None
        columns = [column[places] for column in lookup.columns]
        if any(np.isnan(column.sum()) for column in columns):
            return None
        values, names = [column.tolist() for column in columns], self._checks.observed
        if len(names) == 1:
            payloads = [Values({names[0]: value}) for value in values[0]]
        else:
            payloads = [Values(dict(zip(names, row, strict=True))) for row in zip(*values, strict=True)]
        return payloads, lookup.cost[places].tolist()

    def _prepare(self, fidelity: int | None) -> Lookup | None:
        """The columns of a level, checked; None where there are none or one is not as its metric says."""
        lookup = None
        if "evaluate" not in vars(self._objective):  # where one was put on the object itself, it alone knows
            try:
                level = self._objective.level(fidelity)
                lookup = self._objective._lookup(self._checks.observed, level)
                if lookup is not None and not self._checks.accept(lookup.columns, lookup.cost, level):
                    lookup = None
            except NasapiError:  # the objective raises it again
                return None
        self._lookups[fidelity] = lookup
        return lookup


def _same_level(one: object, other: int | None) -> bool:
    """Whether both are None or the same whole number of Python."""
    return one is other or (type(one) is int and one == other)


def _plain(codes: list[Any]) -> bool:
    """Whether all are tuples of Python's whole numbers, for True is not 1 and 1.0 neither."""
    return {*map(type, codes)} == {tuple} and _PLAIN.issuperset(map(type, chain.from_iterable(codes)))
