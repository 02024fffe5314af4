"""Objectives that break one rule each: the toy's table, with its answer changed."""

import random

import attrs
import numpy as np

from nasapi.testing.toy import ToyObjective

ACCURACY = "valid_accuracy"


class AlsoMissing(ToyObjective):
    def __init__(self):
        super().__init__()
        self.missing = {ACCURACY: "ask somebody"}


class Answers(ToyObjective):
    """The toy's columns, changed by `change`."""

    def evaluate(self, codes, fidelity=None, noise=None):
        return self.change(dict(super().evaluate(codes, fidelity, noise)), codes, fidelity, noise)


class SingleColumn(Answers):
    def change(self, found, codes, fidelity, noise):
        return found | {"params": found["params"].astype(np.int64)}


class Ranks(Answers):
    def change(self, found, codes, fidelity, noise):
        above = found["params"] > found["params"].mean()
        return found if noise is not None else found | {"params": found["params"] + above}


class OneNoiseForAll(ToyObjective):
    def evaluate(self, codes, fidelity=None, noise=None):
        if noise is not None and (codes != codes[0]).any():
            noise = np.full_like(noise, noise[0])
        return super().evaluate(codes, fidelity, noise)


class NegativeCost(Answers):
    def change(self, found, codes, fidelity, noise):
        return found | {"cost": found["cost"] - 2.0}


class CheaperWhenLonger(Answers):
    def change(self, found, codes, fidelity, noise):
        return found | {"cost": 100.0 - found["cost"]}


class NarrowBounds(ToyObjective):
    def __init__(self):
        super().__init__()
        accuracies, rest = self.metrics[:2], self.metrics[2:]
        self.metrics = (*(attrs.evolve(metric, bounds=(0.0, 90.0)) for metric in accuracies), *rest)


class ValidationAsTest(Answers):
    def change(self, found, codes, fidelity, noise):
        return found | {"test_accuracy": found[ACCURACY]}


class Remembers(Answers):
    """Answers differently when the last question is asked again, without noise or with it."""

    def __init__(self, with_noise):
        super().__init__()
        self.with_noise = with_noise
        self.last = None

    def change(self, found, codes, fidelity, noise):
        if (noise is None) is self.with_noise:
            return found
        question = (codes.tobytes(), fidelity, None if noise is None else noise.tobytes())
        self.last, again = (None, True) if question == self.last else (question, False)
        return found | {"params": found["params"] + 1e-5 * again * found["params"].max()}


class SaysNoNoise(ToyObjective):
    stochastic = False


class DrawsOnce(ToyObjective):
    def evaluate(self, codes, fidelity=None, noise=None):
        return super().evaluate(codes, fidelity, np.zeros(len(codes), np.uint64) if noise is None else noise)


class LooksAtDeadParts(Answers):
    def change(self, found, codes, fidelity, noise):
        return found | {"params": found["params"] + codes[:, 0]}


class RoundsFidelity(ToyObjective):
    def evaluate(self, codes, fidelity=None, noise=None):
        return super().evaluate(codes, fidelity if fidelity in self.fidelity.levels else None, noise)


class Clips(ToyObjective):
    _checks = {"codes": None}  # the door that every objective has would refuse first

    def evaluate(self, codes, fidelity=None, noise=None):
        return super().evaluate(np.clip(codes, 0, 2), fidelity, noise)


class SortsNoise(ToyObjective):
    def evaluate(self, codes, fidelity=None, noise=None):
        found = super().evaluate(codes, fidelity, noise)
        if noise is not None:
            noise.sort()
        return found


class EvaluatesWithTheWorld(Answers):
    def change(self, found, codes, fidelity, noise):
        random.random()
        return found


BROKEN = {
    "objective/metrics": AlsoMissing(),
    "objective/columns": SingleColumn(),
    "objective/singles": Ranks(),
    "objective/noise-singles": OneNoiseForAll(),
    "objective/cost": NegativeCost(),
    "objective/cost-grows": CheaperWhenLonger(),
    "objective/bounds": NarrowBounds(),
    "objective/test-apart": ValidationAsTest(),
    "objective/expected-repeats": Remembers(with_noise=False),
    "objective/noise-repeats": Remembers(with_noise=True),
    "objective/stochastic": SaysNoNoise(),
    "objective/expected": DrawsOnce(),
    "objective/identity": LooksAtDeadParts(),
    "objective/unknown-fidelity": RoundsFidelity(),
    "objective/invalid-codes": Clips(),
    "objective/arguments-unchanged": SortsNoise(),
    "objective/global-random": EvaluatesWithTheWorld(),
}
