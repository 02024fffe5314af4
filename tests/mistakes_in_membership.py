"""Mistakes that authors of spaces plausibly make in what is valid, what there is, and what it is called."""

import numpy as np

from nasapi.errors import InvalidArchitecture
from nasapi.testing.toy import Toy

CODES = np.concatenate(list(Toy().enumerate()))


class LooksAtFirstRow(Toy):
    def valid(self, codes):
        good = super().valid(codes)
        return good & good[:1] if len(codes) else good


class ForgetsLastBatch(Toy):
    def enumerate(self, batch=65536):
        parts = list(super().enumerate(batch))
        yield from parts[:-1] or parts


class EnumeratesFewer(Toy):
    size = None
    identities = {}

    def enumerate(self, batch=65536):
        for codes in super().enumerate(batch):
            yield codes[(codes != [2, 2, 2]).any(axis=1)]


class EnumeratesInvalid(Toy):
    def enumerate(self, batch=65536):
        yield from super().enumerate(batch)
        yield np.array([[0, 0, 0]])


class AcceptsNegative(Toy):
    def valid(self, codes):
        return super().valid(np.where(codes < 0, codes % 3, codes))


class RaisesOnHuge(Toy):
    def valid(self, codes):
        np.array([True] * 200)[codes]
        return super().valid(codes)


class RequiresByReshape(Toy):
    def require(self, codes):
        return super().require(np.atleast_2d(codes))


class RequiresRounded(Toy):
    def require(self, codes):
        return super().require(np.asarray(codes).astype(np.int64))


class RequiresWithoutWords(Toy):
    def require(self, codes):
        try:
            return super().require(codes)
        except InvalidArchitecture:
            raise InvalidArchitecture("bad codes") from None


class IdWithSlash(Toy):
    id = "toy/cell"


class UnknownZeros(Toy):
    zeros = ("zero",)


class RepeatsOperations(Toy):
    operations = ("input", "output", "none", "skip", "skip")


class NoSuchInput(Toy):
    inputs = ("stem",)


class OrdersByHash(Toy):
    def sample(self, n, rng):
        names = sorted(("none", "skip", "conv"), key=hash)
        return CODES[np.random.default_rng(abs(hash("".join(names)))).permutation(22)[rng.integers(0, 22, n)]]


class BuildsPairs(Toy):
    builder = "broken_builders:pairs"


class BuildsAlwaysTheSame(Toy):
    builder = "broken_builders:always_the_same"


class BuildsNothingLarge(Toy):
    builder = "broken_builders:fails_for_large"
