"""Mistakes that authors of benchmarks plausibly make, each with the rule that catches it."""

import itertools

import attrs
import numpy as np
from broken_benchmarks import TOY, as_class
from broken_objectives import Answers
from mistakes_in_objectives import TEST, VALID, ByHash, ReversedFidelity, changing

from nasapi.benchmark import Benchmark
from nasapi.fidelity import Fidelity
from nasapi.testing.pair import Pair
from nasapi.testing.toy import ToyObjective


def of(objective, **changes):
    """The toy's benchmark with another objective."""
    return attrs.evolve(TOY, objective=objective, **changes)


def reference(**changes):
    return attrs.evolve(TOY, reference=attrs.evolve(TOY.reference, **changes))


def anchor(**changes):
    return reference(anchors=(attrs.evolve(TOY.reference.anchors[0], **changes),))


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
