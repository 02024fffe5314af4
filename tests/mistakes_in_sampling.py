"""Mistakes that authors of spaces plausibly make in sampling, mutation, crossover and neighbours."""

import numpy as np

from nasapi.errors import InvalidArchitecture
from nasapi.graphs import Graphs
from nasapi.space import SearchSpace
from nasapi.testing.pair import Pair
from nasapi.testing.toy import Toy

CODES = np.concatenate(list(Toy().enumerate()))


class RepairsSamples(Toy):
    def sample(self, n, rng):
        codes = rng.integers(0, 3, size=(n, 3))
        codes[~self.valid(codes), 1] = 2
        return codes


class PrefersSkips(Toy):
    def sample(self, n, rng):
        weights = np.where(CODES[:, 1] == 1, 1.5, 1)
        return CODES[rng.choice(22, n, p=weights / weights.sum())]


class SamplesNetworks(Toy):
    def sample(self, n, rng):
        networks = np.unique(self.canonical(CODES), axis=0)
        return networks[rng.integers(0, len(networks), n)]


class NeverTheLast(Toy):
    def sample(self, n, rng):
        return CODES[rng.integers(0, 21, n)]


class SamplesWithoutReplacement(Toy):
    def sample(self, n, rng):
        rounds = [rng.permutation(CODES) for _ in range(-(-n // 22))]
        return np.concatenate([np.empty((0, 3), np.int64), *rounds])[:n]


class SamplesSorted(Toy):
    def sample(self, n, rng):
        codes = super().sample(n, rng)
        return codes[np.lexsort(codes.T)]


class SamplesOneOften(Toy):
    def sample(self, n, rng):
        return np.repeat(super().sample(-(-n // 2), rng), 2, axis=0)[:n]


class MutatesFirstGene(Toy):
    def mutate(self, codes, rng):
        around = [self.neighbors(code) for code in codes]
        drawn = [min(rng.integers(0, len(near) + 2), len(near) - 1) for near in around]
        return np.array([near[row] for near, row in zip(around, drawn, strict=True)]).reshape(codes.shape)


class MutatesToParent(Toy):
    def mutate(self, codes, rng):
        return np.where(rng.random((len(codes), 1)) < 0.3, codes, super().mutate(codes, rng))


class CrossesFirst(Pair):
    def crossover(self, a, b, rng):
        rng.random()
        return np.where(rng.random((len(a), 1)) < 0.9, a, super().crossover(a, b, rng))


class CrossesAndMutates(Toy):
    def crossover(self, a, b, rng):
        return self.mutate(super().crossover(a, b, rng), rng)


class CrossesFewer(Toy):
    def crossover(self, a, b, rng):
        return super().crossover(a, b, rng)[: max(len(a) - 1, 1)]


class MutatesFewer(Toy):
    def mutate(self, codes, rng):
        return super().mutate(codes, rng)[: max(len(codes) - 1, 1)]


class CrossesToTheFirst(SearchSpace):
    """A box of four genes whose children lean to the first parent."""

    id = "box"
    cardinalities = (4, 4, 4, 4)
    operations = ("input", "output", "a", "b", "c", "d")
    size = 256

    def graphs(self, codes):
        n = len(codes)
        ops = np.column_stack([np.zeros(n, np.int64), codes.astype(np.int64) + 2, np.ones(n, np.int64)])
        return Graphs(ops, np.repeat(np.eye(6, k=1, dtype=np.bool_)[None], n, axis=0), self.operations)

    def format(self, code):
        return str(np.asarray(code).tolist())

    def parse(self, text):
        genes = text.strip("[]").split(", ")
        if len(genes) != 4 or not all(gene in "0123" and gene for gene in genes) or text != f"[{', '.join(genes)}]":
            raise InvalidArchitecture(f"{text!r} is no code at position 0.")
        return np.array([int(gene) for gene in genes])

    def crossover(self, a, b, rng):
        return np.where(rng.random(a.shape) < 0.9, a, b)


class StepsBelowLast(CrossesToTheFirst):
    crossover = SearchSpace.crossover

    def neighbors(self, code):
        found = super().neighbors(code)
        return found[((found != 3) | (code == 3)).all(axis=1)]

    def mutate(self, codes, rng):
        around = [self.neighbors(code) for code in codes]
        return np.array([near[rng.integers(0, len(near))] for near in around]).reshape(codes.shape)


class SamplesFloats(Toy):
    def sample(self, n, rng):
        return super().sample(n, rng).astype(np.float64)


class SamplesOneMore(Toy):
    def sample(self, n, rng):
        return super().sample(n + (n == 64), rng)


class CrossesFloats(Toy):
    def crossover(self, a, b, rng):
        return (super().crossover(a, b, rng)).astype(np.float64)


class NeighborsFlat(Toy):
    def neighbors(self, code):
        return super().neighbors(code).astype(np.float64)


class ShufflesSecondParents(Toy):
    def crossover(self, a, b, rng):
        rng.shuffle(b)
        return super().crossover(a, b, rng)
