"""Spaces that break one rule each: the toy, with one method wrong."""

import random

import attrs
import networkx as nx
import numpy as np

from nasapi.errors import InvalidArchitecture
from nasapi.graphs import Graphs
from nasapi.testing.toy import Toy


class ListOfCardinalities(Toy):
    cardinalities = [3, 3, 3]


class SamplesInvalid(Toy):
    def sample(self, n, rng):
        codes = super().sample(n, rng)
        codes[::7] = 0
        return codes


class SamplesNothingFlat(Toy):
    def sample(self, n, rng):
        return super().sample(n, rng) if n else np.empty(0, np.int64)


class MutatesByItself(Toy):
    def mutate(self, codes, rng):
        return super().mutate(codes, np.random.default_rng())


class SamplesFromACopy(Toy):
    def sample(self, n, rng):
        return super().sample(n, np.random.default_rng(rng.bit_generator.state["state"]["state"]))


class SeedsTheWorld(Toy):
    def sample(self, n, rng):
        random.seed(0)
        return super().sample(n, rng)


class CanonicalInPlace(Toy):
    def canonical(self, codes):
        codes[:] = super().canonical(codes)
        return codes


class SharesItsList(Toy):
    def __init__(self):
        self.listed = np.vstack([*super().enumerate()])


class MutatesTwice(Toy):
    def mutate(self, codes, rng):
        return super().mutate(super().mutate(codes, rng), rng)


class MutatesOne(Toy):
    def mutate(self, codes, rng):
        return super().mutate(codes[:1], rng)


class CrossesToNothing(Toy):
    def crossover(self, a, b, rng):
        children = super().crossover(a, b, rng)
        children[-1] = 0
        return children


class NeighborsInvalid(Toy):
    def neighbors(self, code):
        return np.concatenate([super().neighbors(code), [[0, 0, 0]]])


class NeighborsTwice(Toy):
    def neighbors(self, code):
        found = super().neighbors(code)
        return np.concatenate([found, found[:1]])


class NeighborsSelf(Toy):
    def neighbors(self, code):
        return np.concatenate([super().neighbors(code), code[None]])


class CanonicalOutside(Toy):
    identities = {}

    def canonical(self, codes):
        form = super().canonical(codes)
        form[(form == [0, 1, 0]).all(axis=1)] = 0
        return form


class CanonicalGoesRound(Toy):
    identities = {}

    def canonical(self, codes):
        form = super().canonical(codes)
        high = (form[:, :2] == 2).all(axis=1) & (form[:, 2] > 0)
        form[high, 2] = 3 - form[high, 2]
        return form


class CanonicalAlone(Toy):
    identities = {}

    def canonical(self, codes):
        return super().canonical(codes) if len(codes) == 1 else codes.copy()


class CodesBackwards(Toy):
    def codes(self, architectures):
        return super().codes(architectures)[:, ::-1]


class ValidOfNothing(Toy):
    def valid(self, codes):
        return super().valid(codes) if len(codes) else np.ones(1, np.bool_)


class ValidForHuge(Toy):
    def valid(self, codes):
        return super().valid(codes) | (codes > 100).any(axis=1)


class RequiresNothing(Toy):
    def require(self, codes):
        return np.asarray(codes)


class EnumeratesTwice(Toy):
    def enumerate(self, batch=65536):
        yield from super().enumerate(batch)
        yield np.array([[2, 2, 2]])


class CountsWrongly(Toy):
    size = 21


class ClaimsTooFew(Toy):
    identities = {"code": 22, "network": 13}


class ParsesBackwards(Toy):
    def parse(self, text):
        return super().parse(text)[::-1]


class ParsesAnything(Toy):
    def parse(self, text):
        try:
            return super().parse(text)
        except InvalidArchitecture:
            return np.array([0, 1, 0])


class Unread(Toy):
    reads_graphs = False


class IntegerAdjacency(Unread):
    def graphs(self, codes):
        graphs = super().graphs(codes)
        return attrs.evolve(graphs, adjacency=graphs.adjacency.astype(np.int64))


class EdgeBack(Unread):
    def graphs(self, codes):
        graphs = super().graphs(codes)
        adjacency = graphs.adjacency.copy()
        adjacency[:, 4, 1] = codes[:, 0] == 2
        return attrs.evolve(graphs, adjacency=adjacency)


class PadsFirst(Unread):
    def graphs(self, codes):
        graphs = super().graphs(codes)
        ops = np.concatenate([np.full((len(codes), 1), -1), graphs.ops], axis=1)
        return Graphs(ops, np.pad(graphs.adjacency, ((0, 0), (1, 0), (1, 0))), graphs.labels)


class OperationBelow(Unread):
    def graphs(self, codes):
        graphs = super().graphs(codes)
        ops = np.concatenate([graphs.ops, np.full((len(codes), 1), -2)], axis=1)
        return Graphs(ops, np.pad(graphs.adjacency, ((0, 0), (0, 1), (0, 1))), graphs.labels)


class OtherLabels(Unread):
    def graphs(self, codes):
        return attrs.evolve(super().graphs(codes), labels=("in", "out", "none", "skip", "conv"))


class NoInput(Unread):
    def graphs(self, codes):
        graphs = super().graphs(codes)
        ops = graphs.ops.copy()
        ops[:, 0] = np.where(codes[:, 1] == 2, 3, 0)
        return attrs.evolve(graphs, ops=ops)


class NoOutput(Unread):
    def graphs(self, codes):
        graphs = super().graphs(codes)
        ops = graphs.ops.copy()
        ops[:, 4] = np.where(codes[:, 1] == 2, 3, 1)
        return attrs.evolve(graphs, ops=ops)


class GraphsShuffled(Unread):
    def graphs(self, codes):
        return super().graphs(codes[::-1])


class ReadsBackwards(Toy):
    def from_graphs(self, graphs):
        return super().from_graphs(graphs)[:, ::-1]


class LosesAnEdge(Toy):
    def to_networkx(self, code):
        graph = super().to_networkx(code)
        graph.remove_edge(0, 1)
        return graph


class DrawsNoText(Toy):
    def picture(self, code):
        return nx.DiGraph([(0, 1)])


class BuildsAPixelEach(Toy):
    builder = "broken_builders:every_pixel"


class BuildsFromTheSystem(Toy):
    builder = "broken_builders:from_the_system"


class BuildsSeedingTheWorld(Toy):
    builder = "broken_builders:seeds_the_world"


class BuildsDeadLayers(Toy):
    builder = "broken_builders:dead_layers"


class BuildsForOneNumber(Toy):
    builder = "broken_builders:for_one_number"


BROKEN = {
    "space/genes": ListOfCardinalities,
    "space/sample-valid": SamplesInvalid,
    "space/sample-none": SamplesNothingFlat,
    "space/rng-alone": MutatesByItself,
    "space/rng-moves": SamplesFromACopy,
    "space/global-random": SeedsTheWorld,
    "space/arguments-unchanged": CanonicalInPlace,
    "space/arrays-kept": SharesItsList,
    "space/mutate-neighbor": MutatesTwice,
    "space/mutate-shape": MutatesOne,
    "space/crossover-valid": CrossesToNothing,
    "space/neighbors-valid": NeighborsInvalid,
    "space/neighbors-distinct": NeighborsTwice,
    "space/neighbors-others": NeighborsSelf,
    "space/canonical-valid": CanonicalOutside,
    "space/canonical-projection": CanonicalGoesRound,
    "space/canonical-singles": CanonicalAlone,
    "space/architectures": CodesBackwards,
    "space/valid-rows": ValidOfNothing,
    "space/valid-total": ValidForHuge,
    "space/require-names": RequiresNothing,
    "space/enumerate-once": EnumeratesTwice,
    "space/size": CountsWrongly,
    "space/identities": ClaimsTooFew,
    "space/parse-undoes-format": ParsesBackwards,
    "space/parse-refuses": ParsesAnything,
    "space/graphs-shape": IntegerAdjacency,
    "space/graphs-order": EdgeBack,
    "space/graphs-padding": PadsFirst,
    "space/graphs-operations": OperationBelow,
    "space/graphs-labels": OtherLabels,
    "space/graphs-inputs": NoInput,
    "space/graphs-outputs": NoOutput,
    "space/graphs-singles": GraphsShuffled,
    "space/from-graphs": ReadsBackwards,
    "space/networkx": LosesAnEdge,
    "space/picture": DrawsNoText,
    "space/builder-output": BuildsAPixelEach,
    "space/builder-seed": BuildsFromTheSystem,
    "space/builder-random": BuildsSeedingTheWorld,
    "space/builder-networks": BuildsDeadLayers,
    "space/builder-export": BuildsForOneNumber,
}
