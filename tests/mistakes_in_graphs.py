"""Mistakes that authors of spaces plausibly make in graphs and canonical codes."""

import attrs
import numpy as np

from nasapi.graphs import Graphs
from nasapi.testing.toy import Toy

CODES = np.concatenate(list(Toy().enumerate()))


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


class CanonicalFewer(Toy):
    def canonical(self, codes):
        return super().canonical(codes)[: max(len(codes) - 1, 1)]


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
