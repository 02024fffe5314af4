"""Mistakes that authors of objectives plausibly make, each with the rule that catches it."""

import os

import attrs
import numpy as np
from broken_objectives import Answers

from nasapi.errors import InvalidArchitecture
from nasapi.metric import Metric
from nasapi.tables import TableObjective
from nasapi.testing.toy import ToyObjective

VALID, TEST = "valid_accuracy", "test_accuracy"


def changing(change, **attributes):
    """A toy objective whose columns `change(found, codes, fidelity)` gives, with other attributes."""

    class Changing(Answers):
        def __init__(self):
            super().__init__()
            for name, value in attributes.items():
                setattr(self, name, value)

        def change(self, found, codes, fidelity, noise):
            return change(found, codes, fidelity)

    return Changing()


def undescribed():
    """The toy's table as a bare one that nobody describes."""
    bare = object.__new__(TableObjective)
    vars(bare).update(vars(ToyObjective()), description=" ")
    return bare


def metric(name, /, **changes):
    """The toy's metrics, one of them changed."""
    return tuple(attrs.evolve(each, **changes) if each.name == name else each for each in ToyObjective().metrics)


def at(codes, code):
    return (codes == code).all(axis=1)


class KeepsItsColumns(ToyObjective):
    def __init__(self):
        super().__init__()
        self.kept = {}

    def evaluate(self, codes, fidelity=None, noise=None):
        key = (codes.tobytes(), fidelity, None if noise is None else noise.tobytes())
        return self.kept.setdefault(key, super().evaluate(codes, fidelity, noise))


class LowestByDefault(ToyObjective):
    def evaluate(self, codes, fidelity=None, noise=None):
        return super().evaluate(codes, 1 if fidelity is None else fidelity, noise)


class WrapsNegative(ToyObjective):
    """Goes round the door of `evaluate` by an attribute of its own."""

    def __init__(self):
        super().__init__()
        self.evaluate = self._wrapped

    def _wrapped(self, codes, fidelity=None, noise=None):
        codes = np.asarray(codes)
        return super().evaluate(np.where(codes < 0, codes + 3, codes), fidelity, noise)


class WrapsNegativeAlone(WrapsNegative):
    """Looks at the last row of batches alone."""

    def _wrapped(self, codes, fidelity=None, noise=None):
        return (super()._wrapped if len(codes) == 1 else ToyObjective.evaluate.__get__(self))(codes, fidelity, noise)


class RaisesIndexErrors(ToyObjective):
    def __init__(self):
        super().__init__()
        self.evaluate = self._unguarded

    def _unguarded(self, codes, fidelity=None, noise=None):
        try:
            return super().evaluate(codes, fidelity, noise)
        except InvalidArchitecture:
            raise IndexError("out of bounds") from None


class RoundsDown(ToyObjective):
    def evaluate(self, codes, fidelity=None, noise=None):
        if fidelity and fidelity > 0:
            fidelity = max(level for level in self.fidelity.levels if level <= fidelity)
        return super().evaluate(codes, fidelity, noise)


class SortsCodes(ToyObjective):
    def evaluate(self, codes, fidelity=None, noise=None):
        found = super().evaluate(codes, fidelity, noise)
        codes.sort(axis=1)
        return found


class HoldsItsProcess(Answers):
    """Has a handle that is good for the process that made it alone."""

    def __init__(self):
        super().__init__()
        self.process = os.getpid()

    def change(self, found, codes, fidelity, noise):
        if self.process != os.getpid():
            raise OSError("the handle is closed")
        return found


class ByHash(Answers):
    def change(self, found, codes, fidelity, noise):
        return found | {"params": found["params"] + hash("params") % 1_000_003}


class ByHashWhenMade(Answers):
    """Takes a hash where it is made, which a copy of it carries along."""

    def __init__(self):
        super().__init__()
        self.by = hash("params") % 1_000_003

    def change(self, found, codes, fidelity, noise):
        return found | {"params": found["params"] + self.by}


class NoiseForgotten(ToyObjective):
    def evaluate(self, codes, fidelity=None, noise=None):
        return super().evaluate(codes, fidelity, None)


class ReversedFidelity(ToyObjective):
    def __init__(self):
        super().__init__()
        for name in (VALID, TEST):
            self._columns[name] = self._columns[name][:, ::-1].copy()


def with_errors(errors):
    def change(found, codes, fidelity):
        bad = codes[:, 1] == 1
        return found | {VALID: np.where(bad, np.nan, found[VALID]), "error": errors(codes, bad)}

    return changing(change)


ODD = [1, 2, 0]


OBJECTIVES = {
    "objective/finite": [changing(lambda f, c, _: f | {"params": np.where(at(c, ODD), np.inf, f["params"])})],
    "objective/failures": [changing(lambda f, c, _: f | {"params": np.where(at(c, ODD), np.nan, f["params"])})],
    "objective/bounds": [
        changing(lambda f, c, _: f | {VALID: np.where(at(c, ODD), 101.0, f[VALID])}),
        changing(lambda f, c, _: f | {VALID: np.where(at(c, ODD), -1.0, f[VALID])}),
        changing(lambda f, c, level: f | {VALID: f[VALID] * (100 if level == 1 else 1)}),
        changing(lambda f, *_: f, metrics=metric(VALID, bounds=(100.0, 0.0))),
        changing(lambda f, *_: f | {VALID: f[VALID] * 100}),
    ],
    "objective/percent": [
        changing(lambda f, *_: f | {VALID: f[VALID] / 100, TEST: f[TEST] / 100}),
        changing(lambda f, *_: f, metrics=metric(VALID, bounds=None)),
        changing(lambda f, *_: f, metrics=metric(TEST, bounds=(0.0, 1.0))),
    ],
    "objective/origin": [
        undescribed(),
        changing(lambda f, *_: f, metrics=metric(VALID, unit="")),
        changing(lambda f, *_: f, metrics=metric(TEST, description=" ")),
        changing(lambda f, *_: f, metrics=metric("params", origin="")),
    ],
    "objective/split": [
        changing(lambda f, *_: f, metrics=metric(VALID, split="test")),
        changing(lambda f, *_: f, metrics=metric(TEST, split="valid")),
    ],
    "objective/direction": [
        changing(lambda f, *_: f, metrics=metric(VALID, goal="min")),
        changing(lambda f, *_: f, metrics=metric("params", goal="max")),
    ],
    "objective/test-apart": [
        changing(lambda f, *_: f | {TEST: f[VALID] + 1e-6}),
        changing(lambda f, *_: f | {TEST: np.round(f[VALID], 3)}),
    ],
    "objective/cost-known": [
        changing(lambda f, *_: f | {"cost": 0 * f["cost"]}),
        changing(lambda f, *_: f, missing={"cost": "nobody measured"}),
    ],
    "objective/cost": [
        changing(lambda f, c, _: f | {"cost": np.where(at(c, ODD), np.nan, f["cost"])}),
        changing(lambda f, c, _: f | {"cost": np.where(at(c, ODD), np.inf, f["cost"])}),
        changing(lambda f, c, level: f | {"cost": f["cost"] - 2.0 * (level == 1)}),
    ],
    "objective/cost-seconds": [
        changing(
            lambda f, *_: {VALID: f[VALID], TEST: f[TEST], "train_seconds": f["cost"] / 1000, "cost": f["cost"]},
            metrics=metric("params", unit="s", name="train_seconds"),
        )
    ],
    "objective/cost-grows": [changing(lambda f, c, level: f | {"cost": f["cost"] + 99 * (at(c, ODD) & (level == 4))})],
    "objective/fidelity-helps": [ReversedFidelity()],
    "objective/highest": [LowestByDefault()],
    "objective/invalid-codes": [WrapsNegative(), WrapsNegativeAlone(), RaisesIndexErrors()],
    "objective/unknown-fidelity": [RoundsDown()],
    "objective/identity": [
        changing(lambda f, c, _: f | {"params": f["params"] + at(c, [2, 1, 0])}),
        changing(lambda f, c, level: f | {VALID: f[VALID] + (at(c, [2, 1, 0]) & (level == 1))}),
    ],
    "objective/results-own": [KeepsItsColumns()],
    "objective/process": [ByHash(), ByHashWhenMade(), HoldsItsProcess()],
    "objective/arguments-unchanged": [SortsCodes()],
    "objective/stochastic": [NoiseForgotten()],
    "objective/columns": [
        changing(lambda f, *_: {name: column for name, column in f.items() if name != "params"}),
        changing(lambda f, *_: f | {"colour": f["params"]}),
        changing(lambda f, *_: f | {"params": list(f["params"])}),
        changing(lambda f, *_: f | {"cost": float(f["cost"].mean())}),
    ],
    "objective/metrics": [
        changing(lambda f, *_: f, metrics=ToyObjective().metrics[0]),
        changing(lambda f, *_: f, metrics=()),
        changing(lambda f, *_: f, metrics=ToyObjective().metrics * 2),
        changing(lambda f, *_: f | {"start": f["params"]}, metrics=(*ToyObjective().metrics, Metric("start", "min"))),
    ],
    "objective/errors": [
        with_errors(lambda codes, bad: [None] * (len(codes) + 1)),
        with_errors(lambda codes, bad: [0.5] * len(codes)),
        with_errors(lambda codes, bad: ["out of memory"] * len(codes)),
    ],
}
