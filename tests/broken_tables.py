"""Mistakes that authors of objectives, benchmarks and strategies plausibly make, each with a rule that catches it."""

import itertools
import os
from typing import ClassVar

import attrs
import numpy as np
from attrs import define
from broken_benchmarks import TOY, as_class
from broken_objectives import Answers

from nasapi.benchmark import Benchmark
from nasapi.errors import InvalidArchitecture
from nasapi.problem import Fidelity
from nasapi.tables import TableObjective
from nasapi.testing.pair import Pair
from nasapi.testing.search import ToySearch
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


def of(objective, **changes):
    """The toy's benchmark with another objective."""
    return attrs.evolve(TOY, objective=objective, **changes)


def reference(**changes):
    return attrs.evolve(TOY, reference=attrs.evolve(TOY.reference, **changes))


def anchor(**changes):
    return reference(anchors=(attrs.evolve(TOY.reference.anchors[0], **changes),))


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
    "objective/invalid-codes": [WrapsNegative(), RaisesIndexErrors()],
    "objective/unknown-fidelity": [RoundsDown()],
    "objective/identity": [
        changing(lambda f, c, _: f | {"params": f["params"] + at(c, [2, 1, 0])}),
        changing(lambda f, c, level: f | {VALID: f[VALID] + (at(c, [2, 1, 0]) & (level == 1))}),
    ],
    "objective/results-own": [KeepsItsColumns()],
    "objective/process": [ByHash(), HoldsItsProcess()],
    "objective/arguments-unchanged": [SortsCodes()],
    "objective/stochastic": [NoiseForgotten()],
    "objective/columns": [
        changing(lambda f, *_: {name: column for name, column in f.items() if name != "params"}),
        changing(lambda f, *_: f | {"colour": f["params"]}),
        changing(lambda f, *_: f | {"params": list(f["params"])}),
        changing(lambda f, *_: f | {"cost": float(f["cost"].mean())}),
    ],
    "objective/metrics": [
        changing(lambda f, *_: f, metrics=()),
        changing(lambda f, *_: f, metrics=ToyObjective().metrics * 2),
    ],
    "objective/errors": [
        with_errors(lambda codes, bad: [None] * (len(codes) + 1)),
        with_errors(lambda codes, bad: [0.5] * len(codes)),
        with_errors(lambda codes, bad: ["out of memory"] * len(codes)),
    ],
}


class Swaps(Answers):
    def change(self, found, codes, fidelity, noise):
        return found | {VALID: found[TEST], TEST: found[VALID]}


def moved(number):
    """Values of another row of the table of 27."""

    class Moved(ToyObjective):
        def evaluate(self, codes, fidelity=None, noise=None):
            asked = self._rows
            self._rows = lambda given: (asked(given) + number) % 27
            try:
                return super().evaluate(codes, fidelity, noise)
            finally:
                self._rows = asked

    return Moved()


class DigitsReversed(ToyObjective):
    def __init__(self):
        super().__init__()
        rows = self._rows
        self._rows = lambda codes: rows(codes[:, ::-1])


class OfPairs(ToyObjective):
    def __init__(self):
        super().__init__()
        self.space = Pair()


class Backwards(Benchmark):
    def evaluate(self, trials, seed=None):
        return super().evaluate(trials, seed)[::-1]


def forgets():
    """Make a function whose benchmark knows the optimum every other time."""
    made = itertools.count()
    return lambda: TOY if next(made) % 2 == 0 else reference(optima={})


BEST = TOY.reference.optima[VALID]
BENCHMARKS = {
    "benchmark/anchors-held": [
        of(Swaps()),
        of(moved(1)),
        of(moved(-1)),
        of(DigitsReversed()),
        of(ReversedFidelity()),
        of(changing(lambda f, *_: f | {VALID: f[VALID] / 100})),
        of(changing(lambda f, *_: f | {"cost": f["cost"] * 1000})),
        of(changing(lambda f, *_: f | {"cost": f["cost"] / 60})),
        of(changing(lambda f, *_: f | {"params": f["params"] / 1e6})),
        of(changing(lambda f, *_: f | {VALID: 100 - f[VALID]})),
        of(changing(lambda f, *_: f | {VALID: f[VALID] + 0.3})),
        anchor(architecture="conv|skip"),
        anchor(metric="colour"),
        anchor(source=" "),
        anchor(tolerance=-1.0),
    ],
    "benchmark/anchors-given": [reference(anchors=()), anchor(metric="params", value=0.0)],
    "benchmark/optima": [reference(optima={VALID: BEST - 0.3})],
    "benchmark/optima-attained": [reference(optima={VALID: 99.9}), reference(optima={VALID: BEST + 0.001})],
    "benchmark/optima-goals": [reference(optima={TEST: 90.0}), reference(optima={VALID: np.nan})],
    "benchmark/point": [reference(point={"params": 1.0}), reference(point={VALID: 99.5})],
    "benchmark/space": [
        of(OfPairs()),
        attrs.evolve(TOY, problem=attrs.evolve(TOY.problem, fidelity=Fidelity("epochs", (1, 2)))),
    ],
    "benchmark/process": [of(ByHash(), problem=attrs.evolve(TOY.problem, goals=(ToyObjective().metric("params"),)))],
    "benchmark/evaluate": [as_class(Backwards)],
    "benchmark/loads-twice": [forgets()],
    "benchmark/id": [attrs.evolve(TOY, id="other/formula-v1")],
}


@define(eq=False)
class AlwaysLarge(ToySearch):
    """Takes the largest value for the best, whatever the goal's direction."""

    def tell(self, results):
        for result in results:
            for value in list(result.values.values())[:1]:
                if self._best is None or (0.0, -value) < self._best[0]:
                    self._best = ((0.0, -value), result.trial.arch.code)


@define(eq=False)
class AsksAQueue(ToySearch):
    """Gives its own list, from which it draws later."""

    queue: list = attrs.field(factory=list, init=False)

    def ask(self, n):
        while len(self.queue) < n:
            self.queue += super().ask(n)
        asked, self.queue = self.queue[:n], self.queue[n:]
        self.asked = asked
        return asked

    asked: list = attrs.field(factory=list, init=False)

    def tell(self, results):
        if len(self.asked) % 2:
            self.rng.random()
        if not self.asked:
            self.rng.random()
        super().tell(results)


class SharedBest(ToySearch):
    """Keeps the strategy that asked last on the class."""

    last: ClassVar[list] = []

    def ask(self, n):
        if self.last and self.last[0] is not self and self._best is not None:
            self.rng.random()
        self.last[:] = [self]
        return super().ask(n)


class SecondEnds(ToySearch):
    """Ends after two batches once another of its class has begun."""

    begun: ClassVar[list] = []

    def ask(self, n):
        if self not in self.begun:
            self.begun.append(self)
        late = len(self.begun) > 1 and self is not self.begun[0] and self._best is not None
        return [] if late else super().ask(n)


class EndsWhenTold(ToySearch):
    """Ends once it hears a result that another of its class has heard."""

    heard: ClassVar[list] = []
    ends: ClassVar[list] = []

    def ask(self, n):
        return [] if self in self.ends else super().ask(n)

    def tell(self, results):
        super().tell(results)
        if any(result is old for result in results for old in self.heard):
            self.ends.append(self)
        self.heard.extend(results)


class OrderedByNames(ToySearch):
    def ask(self, n):
        self.rng.random(hash("evolution") % 10_007)
        return super().ask(n)


class TwentyGenes(ToySearch):
    def ask(self, n):
        np.zeros(20)[len(self.problem.space.cardinalities) - 1]
        return super().ask(n)


class TwentyValues(ToySearch):
    def ask(self, n):
        np.zeros(20)[max(self.problem.space.cardinalities) - 1]
        return super().ask(n)


class ThirdGeneOut(ToySearch):
    def ask(self, n):
        trials = super().ask(n)
        if len(self.problem.space.cardinalities) <= 6:
            return trials
        outside = attrs.evolve(trials[0].arch, code=(*trials[0].arch.code[:-1], 9))
        return [attrs.evolve(trials[0], arch=outside), *trials[1:]]


class SetsValues(ToySearch):
    def tell(self, results):
        super().tell(results)
        for result in results:
            result.values["valid_accuracy"] = 100.0


class EmptiesResults(ToySearch):
    def tell(self, results):
        super().tell(results)
        results.clear()


class StopsLow(ToySearch):
    """Ends after trials at the lowest level."""

    def ask(self, n):
        level = self.problem.fidelity.levels[0] if self.problem.fidelity else None
        return [attrs.evolve(trial, fidelity=level) for trial in super().ask(n)] if self._best is None else []


@define(eq=False)
class GivesUp(ToySearch):
    """Ends the run where it is asked while results are outstanding."""

    outstanding: int = attrs.field(default=0, init=False)
    ended: bool = attrs.field(default=False, init=False)

    def ask(self, n):
        self.ended |= self.outstanding > 0
        asked = [] if self.ended else super().ask(n)
        self.outstanding += len(asked)
        return asked

    def tell(self, results):
        self.outstanding -= len(results)
        super().tell(results)


class PlainOption(ToySearch):
    """No attrs class of its own option."""

    supports: ClassVar[set] = {"fidelity"}


STRATEGIES = {
    "strategy/asynchronous": [GivesUp],
    "strategy/fidelity-highest": [StopsLow],
    "strategy/same-seed": [SecondEnds],
    "strategy/replay": [EndsWhenTold],
    "strategy/mirror": [AlwaysLarge],
    "strategy/list-own": [AsksAQueue],
    "strategy/alone": [SharedBest],
    "strategy/process": [OrderedByNames],
    "strategy/deep-chain": [TwentyGenes, ThirdGeneOut],
    "strategy/large-alphabet": [TwentyValues],
    "strategy/results-unchanged": [EmptiesResults, SetsValues],
    "strategy/supports": [PlainOption],
}
PLANTED = [
    (rule, thing)
    for table in (OBJECTIVES, BENCHMARKS, STRATEGIES)
    for rule, things in table.items()
    for thing in things
]
