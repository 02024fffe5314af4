"""Mistakes that authors of encoders plausibly make, each with the rule that catches it."""

import numpy as np
from broken_encoders import DecodesWithTheWorld, FitsWithTheWorld

from nasapi.testing.search import ToyEncoder, ToyLatent
from nasapi.testing.toy import Toy

CODES = np.concatenate(list(Toy().enumerate()))


class CachesByShape(ToyEncoder):
    def __init__(self, space):
        super().__init__(space)
        self.kept = {}

    def encode(self, codes):
        return self.kept.setdefault(codes.shape, super().encode(codes)).copy()


class CachesByArray(ToyEncoder):
    """Takes the same array for the same codes."""

    def __init__(self, space):
        super().__init__(space)
        self.last = (None, None)

    def encode(self, codes):
        if self.last[0] is not codes:
            self.last = (codes, super().encode(codes))
        return self.last[1].copy()

    def __reduce__(self):
        return (type(self), (self.space,))


class RunningMean(ToyEncoder):
    """Takes off the mean of all that it ever saw."""

    def __init__(self, space):
        super().__init__(space)
        self.seen = np.zeros(self.dim)

    def encode(self, codes):
        features = super().encode(codes)
        self.seen = self.seen + features.sum(axis=0)
        return features - self.seen / 1000


class GivesItsCache(ToyEncoder):
    def __init__(self, space):
        super().__init__(space)
        self.kept = {}

    def encode(self, codes):
        return self.kept.setdefault(codes.tobytes(), super().encode(codes))


class GivesTheCodes(ToyEncoder):
    def __init__(self, space):
        super().__init__(space)
        self.dim = (len(space.cardinalities),)

    def encode(self, codes):
        return codes


class EncodesByHash(ToyEncoder):
    def encode(self, codes):
        return super().encode(codes) * (hash("toy") % 1_000_003)


class OrdersOfASet(ToyEncoder):
    def __init__(self, space):
        super().__init__(space)
        self.order = [hash(name) % 1_000_003 for name in ("none", "skip", "conv")]

    def encode(self, codes):
        return super().encode(codes) + self.order[0]


class AllTheSame(ToyEncoder):
    def encode(self, codes):
        return np.ones((len(codes), *self.dim))


class Overflows(ToyEncoder):
    def __init__(self, space):
        super().__init__(space)
        self.dim = (1,)

    def encode(self, codes):
        return (codes * 100).sum(axis=1, dtype=codes.dtype)[:, None]


class Underflows(ToyEncoder):
    def __init__(self, space):
        super().__init__(space)
        self.dim = (len(space.cardinalities),)

    def encode(self, codes):
        return np.asarray(codes - codes.dtype.type(1)).astype(np.float64)


class Drifts(ToyEncoder):
    """Gives something else from the fifth time on."""

    def __init__(self, space):
        super().__init__(space)
        self.times = 0

    def encode(self, codes):
        self.times += 1
        return super().encode(codes) + (self.times > 4)


class DividesByValues(ToyEncoder):
    def encode(self, codes):
        with np.errstate(divide="ignore"):
            return super().encode(codes) + np.float64(1) / (64 - max(self.space.cardinalities))


class DecodesShallow(ToyLatent):
    def decode(self, features, rng):
        codes = super().decode(features, rng)
        codes[:, 6:] = -1
        return codes


class TenGenesAtMost(ToyEncoder):
    def encode(self, codes):
        padded = np.zeros((len(codes), 10), np.int64)
        padded[:, : codes.shape[1]] = codes
        return super().encode(codes)


class DrawnForTheToy(ToyEncoder):
    def __init__(self, space):
        super().__init__(space)
        self.dim = (9,)


class NamesAsFeatures(ToyEncoder):
    def encode(self, codes):
        return super().encode(codes).astype(str)


class OverflowsExponent(ToyEncoder):
    def encode(self, codes):
        with np.errstate(over="ignore"):
            return super().encode(codes) + np.exp(np.square(400.0 * codes.sum(axis=1, keepdims=True)))


class DecodesOne(ToyLatent):
    def decode(self, features, rng):
        return super().decode(features, rng)[:1]


class ForgetsWhatItLearned(ToyLatent):
    def __getstate__(self):
        return self.__dict__ | {"_weights": self._weights + 1}


class EncodesBeforeFit(ToyLatent):
    def encode(self, codes):
        return np.zeros((len(codes), 3)) @ self._weights[:3] if not len(self._weights) else super().encode(codes)


ENCODERS = {
    "encoder/global-random": [FitsWithTheWorld, DecodesWithTheWorld],
    "encoder/repeats": [Drifts, CachesByShape, CachesByArray, RunningMean],
    "encoder/results-own": [GivesItsCache, GivesTheCodes],
    "encoder/process": [EncodesByHash, OrdersOfASet],
    "encoder/varied": [AllTheSame],
    "encoder/integers": [Overflows, Underflows],
    "encoder/deep-chain": [DecodesShallow, TenGenesAtMost],
    "encoder/large-alphabet": [DividesByValues, DrawnForTheToy],
    "encoder/finite": [NamesAsFeatures, OverflowsExponent],
    "encoder/decode-valid": [DecodesOne],
    "encoder/pickles": [ForgetsWhatItLearned],
    "encoder/unfitted": [EncodesBeforeFit],
}
