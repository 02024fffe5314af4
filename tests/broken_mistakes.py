"""Mistakes that authors of spaces and encoders plausibly make, each with a rule that catches it."""

import attrs
import numpy as np
from broken_encoders import DecodesWithTheWorld, FitsWithTheWorld

from nasapi.errors import InvalidArchitecture
from nasapi.graphs import Graphs
from nasapi.space import SearchSpace
from nasapi.testing.pair import Pair
from nasapi.testing.search import ToyEncoder, ToyLatent
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


class ParseWraps(StepsBelowLast):
    neighbors, mutate = SearchSpace.neighbors, SearchSpace.mutate

    def parse(self, text):
        try:
            return super().parse(text)
        except InvalidArchitecture:
            genes = text.strip("[]").split(", ")
            if len(genes) == 4 and all(gene.lstrip("-").isdecimal() for gene in genes):
                return np.array([int(gene) % 4 for gene in genes])
            raise


class ParseClips(ParseWraps):
    def parse(self, text):
        try:
            return StepsBelowLast.parse(self, text)
        except InvalidArchitecture:
            genes = text.strip("[]").split(", ")
            if len(genes) == 4 and all(gene.isdecimal() for gene in genes):
                return np.minimum([int(gene) for gene in genes], 3)
            raise


class ParseDefaults(Toy):
    def parse(self, text):
        words = text.split("|")
        if len(words) != 3 or "" in words or " " in text:
            raise InvalidArchitecture(f"{text!r} is no cell.")
        return np.array([{"none": 0, "skip": 1, "conv": 2}.get(word, 0) for word in words])


class ParseIgnoresMore(Toy):
    def parse(self, text):
        return super().parse("|".join(text.split("|")[:3]))


class ParseRaisesKeys(Toy):
    def parse(self, text):
        if text.count("|") != 2 or " " in text:
            return super().parse(text)
        return np.array([{"none": 0, "skip": 1, "conv": 2}[word] for word in text.split("|")])


class ParseRaisesValues(Toy):
    def parse(self, text):
        one, two, three = text.split("|")
        return super().parse(f"{one}|{two}|{three}")


class ParseGivesFloats(Toy):
    def parse(self, text):
        return super().parse(text).astype(np.float64)


class FormatForgets(CrossesToTheFirst):
    """Its string is wrong for one code of 256, and no rule but that of every code sees it."""

    crossover = SearchSpace.crossover

    def format(self, code):
        return super().format([3, 3, 3, 2] if list(code) == [3, 1, 3, 3] else code)


class FormatOfBytes(Toy):
    def format(self, code):
        return super().format(code).encode()


class PermutesEdges(Toy):
    """Operations of the first two edges stand on each other's nodes."""

    def graphs(self, codes):
        return super().graphs(codes[:, [1, 0, 2]])


class ShiftsOperations(Toy):
    def graphs(self, codes):
        return super().graphs((codes + 1) % 3)


class ForgetsTheLastGene(Toy):
    def graphs(self, codes):
        return super().graphs(np.column_stack([codes[:, :2], codes[:, 1]]))


class CanonicalKeepsDeadParts(Toy):
    identities = {"code": 22, "network": 22}

    def canonical(self, codes):
        return codes.copy()


class CanonicalMergesTooMuch(Toy):
    identities = {}

    def canonical(self, codes):
        form = super().canonical(codes)
        form[form[:, 1] == 1, 1] = 2
        return form


class CanonicalFloats(Toy):
    def canonical(self, codes):
        return super().canonical(codes).astype(np.float64)


class CanonicalIsAView(Toy):
    identities = {}

    def canonical(self, codes):
        form = super().canonical(codes)
        return codes if np.array_equal(form, codes) else form


class GivesItsTable(Toy):
    table = {}

    def neighbors(self, code):
        return self.table.setdefault(tuple(code), super().neighbors(code))


class ParseKeepsArrays(Toy):
    read = {}

    def parse(self, text):
        return self.read[text] if text in self.read else self.read.setdefault(text, super().parse(text))


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


class OrdersByHash(Toy):
    def sample(self, n, rng):
        names = sorted(("none", "skip", "conv"), key=hash)
        return CODES[np.random.default_rng(abs(hash("".join(names)))).permutation(22)[rng.integers(0, 22, n)]]


class ReadsTooFew(Toy):
    def from_graphs(self, graphs):
        return super().from_graphs(graphs)[:, :2]


class ReadsNothing(Toy):
    def from_graphs(self, graphs):
        return np.full((len(graphs.ops), 3), -1)


class ReadsAnything(Toy):
    def from_graphs(self, graphs):
        codes = super().from_graphs(graphs)
        return np.where(codes < 0, -2, codes)


class NegativePadding(Toy):
    def graphs(self, codes):
        graphs = super().graphs(codes)
        ops = np.concatenate([graphs.ops, np.full((len(codes), 1), -1)], axis=1)
        links = np.pad(graphs.adjacency, ((0, 0), (0, 1), (0, 1)))
        links[:, 0, 4] = False
        links[:, 0, 5] = True
        return Graphs(ops, links, graphs.labels)


class FlatOps(Toy):
    def graphs(self, codes):
        graphs = super().graphs(codes)
        return attrs.evolve(graphs, ops=graphs.ops.astype(np.float64))


class NarrowAdjacency(Toy):
    def graphs(self, codes):
        graphs = super().graphs(codes)
        return attrs.evolve(graphs, adjacency=graphs.adjacency[:, :4, :4])


class PadsToTheBatch(Toy):
    def graphs(self, codes):
        graphs = super().graphs(codes)
        if len(codes) < 2:
            return graphs
        ops = np.concatenate([graphs.ops, np.full((len(codes), 1), -1)], axis=1)
        return Graphs(ops, np.pad(graphs.adjacency, ((0, 0), (0, 1), (0, 1))), graphs.labels)


class RenamesInNetworkx(Toy):
    def to_networkx(self, code):
        graph = super().to_networkx(code)
        graph.nodes[1]["op"] = "convolution"
        return graph


class NumbersAsLabels(Toy):
    def picture(self, code):
        graph = super().picture(code)
        graph.nodes[0]["label"] = 0
        return graph


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


class BuildsPairs(Toy):
    builder = "broken_builders:pairs"


class BuildsAlwaysTheSame(Toy):
    builder = "broken_builders:always_the_same"


class BuildsNothingLarge(Toy):
    builder = "broken_builders:fails_for_large"


SPACES = {
    "space/sample-uniform": [RepairsSamples, PrefersSkips, SamplesNetworks, NeverTheLast],
    "space/sample-independent": [SamplesWithoutReplacement, SamplesSorted, SamplesOneOften],
    "space/mutate-uniform": [MutatesFirstGene],
    "space/mutate-neighbor": [MutatesToParent],
    "space/crossover-parents": [CrossesAndMutates, CrossesToTheFirst],
    "space/neighbors-back": [StepsBelowLast],
    "space/parse-unknown": [ParseWraps, ParseClips, ParseDefaults, ParseRaisesKeys],
    "space/parse-refuses": [ParseIgnoresMore, ParseRaisesValues],
    "space/parse-undoes-format": [ParseGivesFloats, FormatOfBytes],
    "space/parse-everything": [FormatForgets],
    "space/canonical-network": [PermutesEdges, ShiftsOperations, CanonicalMergesTooMuch],
    "space/canonical-merges": [CanonicalKeepsDeadParts],
    "space/canonical-valid": [CanonicalFloats],
    "space/graphs-distinct": [ForgetsTheLastGene],
    "space/results-own": [CanonicalIsAView, GivesItsTable, ParseKeepsArrays],
    "space/valid-singles": [LooksAtFirstRow],
    "space/enumerate-all": [ForgetsLastBatch, EnumeratesFewer],
    "space/enumerate-once": [EnumeratesInvalid, EnumeratesFewer],
    "space/valid-total": [AcceptsNegative, RaisesOnHuge],
    "space/require-names": [RequiresByReshape, RequiresRounded, RequiresWithoutWords],
    "space/genes": [IdWithSlash],
    "space/graphs-labels": [UnknownZeros, RepeatsOperations, NoSuchInput],
    "space/sample-valid": [SamplesFloats, SamplesOneMore],
    "space/crossover-valid": [CrossesFloats],
    "space/neighbors-valid": [NeighborsFlat],
    "space/arguments-unchanged": [ShufflesSecondParents],
    "space/process": [OrdersByHash],
    "space/from-graphs": [ReadsTooFew, ReadsNothing, ReadsAnything],
    "space/graphs-padding": [NegativePadding],
    "space/graphs-shape": [FlatOps, NarrowAdjacency],
    "space/graphs-singles": [PadsToTheBatch],
    "space/networkx": [RenamesInNetworkx],
    "space/picture": [NumbersAsLabels],
    "space/builder-output": [BuildsPairs],
    "space/builder-seed": [BuildsAlwaysTheSame],
    "space/builder-networks": [BuildsNothingLarge],
}
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
PLANTED = [(rule, thing) for table in (SPACES, ENCODERS) for rule, things in table.items() for thing in things]
