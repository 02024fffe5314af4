"""The NAS-Bench-201 search space: cells of four nodes with one of five operations on each of six edges."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nasapi.graphs import Graphs
from nasapi.notation import Notation
from nasapi.space import Code, Codes, SearchSpace
from nasapi_nb201 import isomorphism
from nasapi_nb201.notations import EDGES, NOTATIONS, OPERATIONS, format_cell, parse_cell
from nasapi_nb201.order import official_order

if TYPE_CHECKING:
    import networkx as nx


class NB201(SearchSpace, checked=True):
    """The 15,625 cells of NAS-Bench-201 (Dong & Yang, ICLR 2020), also the topology space of NATS-Bench.

    Genes are the operations on the edges 0>1, 0>2, 1>2, 0>3, 1>3, 2>3, in the order of the architecture string. Three
    levels of identity are counted: `code`; `string`, the classes of Dong & Yang's own unique string (`string_classes`);
    `network`, the functions that `canonical` tells apart. The last two take `none`, and every operation applied to a
    node that nothing reaches, for the constant zero. The networks that were trained differ from that in one point: a
    convolution of a dead node gives its batch norm's learned shift, so values of the tables belong to codes.
    """

    id = "nb201"
    cardinalities = (5, 5, 5, 5, 5, 5)
    operations = ("input", "output", *OPERATIONS)
    zeros = ("none",)
    skips = ("skip_connect",)
    size = numbered = 15_625
    identities = {"code": 15_625, "string": 6_466, "network": 4_930}
    builder = "nasapi_nb201.build:build"
    reads_graphs = True

    def graphs(self, codes: Codes) -> Graphs:
        """The cells with operations on nodes (the line graph): input, the six edges in gene order, output.

        Two edges are linked where the head of one is the tail of the other. `none` is an operation like the others,
        so that the links never change: (n, 8) operations, (n, 8, 8) links.
        """
        n = len(codes)
        ops = np.empty((n, 8), np.int64)
        ops[:, 0], ops[:, 1:7], ops[:, 7] = 0, codes + 2, 1
        return Graphs(ops, np.repeat(_LINKS[None], n, axis=0), self.operations)

    def from_graphs(self, graphs: Graphs) -> Codes:
        """(n, 6): the operations between input and output of graphs with just those links; -1 for all others.

        `none` is an operation like the others, so each of the 15,625 codes is read from a graph of its own.
        """
        self._readable(graphs, 8)
        codes = graphs.ops[:, 1:7] - 2
        good = (graphs.ops[:, [0, 7]] == [0, 1]).all(axis=1) & (graphs.adjacency == _LINKS).all(axis=(1, 2))
        return np.where((good & self.valid(codes))[:, None], codes, -1)

    def format(self, code: Code) -> str:
        """The string of the papers, such as `|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|none~2|`."""
        return format_cell(code)

    def parse(self, text: str) -> Code:
        """The code of such a string, alone or within `Structure(4 nodes with …)`; errors name the position."""
        return parse_cell(text)

    @property
    def notations(self) -> Mapping[str, Notation]:
        """The papers' string, the official number, the code, NASLib's tuple and the nodes of the authors' code."""
        return {**super().notations, **NOTATIONS}

    def canonical(self, codes: Codes) -> Codes:
        """For each row the lexicographically first code of the same network: dead edges are `none`, skips are merged.

        Two codes are one network when they compute the same function with `none` as zero: sums are unordered, a skip
        hands its source's terms on, an operation on zero is zero. 4,930 networks, one of which, zero, has 341 codes.
        """
        return _codes_of(self._networks[_numbers(codes)]).astype(codes.dtype)

    def string_classes(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): the class of Dong & Yang's unique string, named by the official index of its first member.

        There are 6,466 classes. They are coarser than codes and finer than networks: their string keeps zero terms
        in sums and the order in which sums were nested.
        """
        return _string_classes()[_numbers(codes)]

    def index(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): positions 0 .. 15,624 of valid codes in the official order, not lexicographic; `codes_at` undoes it."""
        return self._positions[_numbers(codes)]

    def codes_at(self, indices: NDArray[np.integer[Any]]) -> Codes:
        """(n, 6): the codes at positions of the official order."""
        return _codes_of(self._order[indices])

    @property
    def official_strings(self) -> tuple[str, ...]:
        """The papers' strings of all cells in the official order, by which published files name their rows."""
        return _official_strings()

    def picture(self, code: Code) -> nx.DiGraph[int]:
        """The cell as the papers draw it: four nodes, operations on the edges, `none` left out."""
        import networkx as nx

        graph: nx.DiGraph[int] = nx.DiGraph()
        for node, label in enumerate(("input", "1", "2", "output")):
            graph.add_node(node, label=label)
        for (tail, head), op in zip(EDGES, code, strict=True):
            if op:
                graph.add_edge(tail, head, label=OPERATIONS[op])
        return graph

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """Official index to number."""
        return official_order()

    @cached_property
    def _positions(self) -> NDArray[np.int64]:
        """Number to official index."""
        return np.argsort(self._order)

    @cached_property
    def _networks(self) -> NDArray[np.int64]:
        """Number to the smallest number of the same network."""
        _, first, same = np.unique(isomorphism.networks(_every()), return_index=True, return_inverse=True)
        return first[same]


@cache
def _official_strings() -> tuple[str, ...]:
    return tuple(map(format_cell, _codes_of(official_order()).tolist()))


@cache
def _string_classes() -> NDArray[np.int64]:
    """Number to the official index of the first code of the same string."""
    order = official_order()
    _, first, same = np.unique(isomorphism.strings(_codes_of(order)), return_index=True, return_inverse=True)
    classes: NDArray[np.int64] = first[same][np.argsort(order)]
    return classes


def _numbers(codes: Codes) -> NDArray[np.int64]:
    """(n,): a code read as a number of base 5, its position in lexicographic order."""
    return codes @ _WEIGHTS


def _codes_of(numbers: NDArray[np.int64]) -> Codes:
    """(n, 6): undoes `_numbers`."""
    return numbers[:, None] // _WEIGHTS % 5


def _every() -> Codes:
    return _codes_of(np.arange(5**6))


_WEIGHTS = 5 ** np.arange(5, -1, -1)
_HEADS = np.array([0, *(head for _, head in EDGES), 4])  # the cell node each graph node ends in, and starts from
_TAILS = np.array([-1, *(tail for tail, _ in EDGES), 3])
_LINKS = _HEADS[:, None] == _TAILS[None, :]
