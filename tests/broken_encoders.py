"""Encoders that break one rule each."""

import random

import numpy as np

from nasapi.testing.search import ToyEncoder, ToyLatent
from nasapi.testing.toy import Toy


class WrongDim(ToyEncoder):
    def __init__(self, space):
        super().__init__(space)
        self.dim = (8,)


class Standardises(ToyEncoder):
    def encode(self, codes):
        features = super().encode(codes)
        return features - features.mean(axis=0)


class DividesByZero(ToyEncoder):
    def encode(self, codes):
        features = super().encode(codes)
        features[codes[:, 0] == 2, 0] = np.inf
        return features


class SortsInPlace(ToyEncoder):
    def encode(self, codes):
        features = super().encode(codes)
        codes.sort(axis=1)
        return features


class HoldsALambda(ToyEncoder):
    def __init__(self, space):
        super().__init__(space)
        self.scale = lambda: 1.0


class EncodesWithTheWorld(ToyEncoder):
    def encode(self, codes):
        random.random()
        return super().encode(codes)


class FitsWithTheWorld(ToyLatent):
    def fit(self, codes, rng):
        random.seed(0)
        return super().fit(codes, rng)


class DecodesWithTheWorld(ToyLatent):
    def decode(self, features, rng):
        random.random()
        return super().decode(features, rng)


class EncodesNothing(ToyLatent):
    def encode(self, codes):
        return codes @ self._weights if not len(self._weights) else super().encode(codes)


class FitsAnother(ToyLatent):
    def fit(self, codes, rng):
        super().fit(codes, rng)
        return ToyLatent(self.space).fit(codes, rng)


class FitsByItself(ToyLatent):
    def fit(self, codes, rng):
        return super().fit(codes, np.random.default_rng())


class DecodesOutside(ToyLatent):
    def decode(self, features, rng):
        codes = super().decode(features, rng)
        codes[-1] = 0
        return codes


class DecodesByItself(ToyLatent):
    def decode(self, features, rng):
        return super().decode(features, np.random.default_rng())[np.random.default_rng().permutation(len(features))]


BROKEN = {
    "encoder/shape": WrongDim(Toy()),
    "encoder/singles": Standardises(Toy()),
    "encoder/finite": DividesByZero(Toy()),
    "encoder/codes-unchanged": SortsInPlace(Toy()),
    "encoder/pickles": HoldsALambda(Toy()),
    "encoder/global-random": EncodesWithTheWorld(Toy()),
    "encoder/fit-itself": FitsAnother(Toy()),
    "encoder/unfitted": EncodesNothing(Toy()),
    "encoder/fit-rng": FitsByItself(Toy()),
    "encoder/decode-valid": DecodesOutside(Toy()),
    "encoder/decode-rng": DecodesByItself(Toy()),
}
