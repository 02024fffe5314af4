"""The search space of NAS-Bench-101: directed acyclic cells of at most 7 vertices and 9 edges with 3 operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from numbers import Integral
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable
from nasapi.graphs import Graphs
from nasapi.notation import Notation
from nasapi.plugins import Spec
from nasapi.space import Code, Codes, SearchSpace
from nasapi_nb101.cells import alive, join, prune, split
from nasapi_nb101.hashes import as_text, graph_hashes
from nasapi_nb101.isomorphism import canonical, masks
from nasapi_nb101.notations import (
    OPERATIONS,
    format_cell,
    hash_notation,
    json_notation,
    naslib_notation,
    outside,
    parse_cell,
)
from nasapi_nb101.parameters import trainable_parameters
from nasapi_nb101.single import FEW, graph_hash
from nasapi_nb101.tables import imported_with_hashes

_SETS = 65536  # of edges that are made shapes of at once
_ENUMERATIONS: dict[tuple[int, int], Codes] = {}
"""The networks of spaces that were enumerated, by their most vertices and edges: 11 MB for the whole."""


class NB101(SearchSpace, checked=True):
    """The cells of NAS-Bench-101 (Ying et al., ICML 2019): vertices carry operations, edges carry tensors.

    A code has a bit for each possible edge, by target and then by source (0>1, 0>2, 1>2, 0>3, …), followed by the
    operations of the vertices between input and output: 0 conv3x3-bn-relu, 1 conv1x1-bn-relu, 2 maxpool3x3.
    Smaller cells are codes with dead vertices, those on no path from input to output. As in the official interface a
    code is valid if its output is reached and at most 9 edges are left once dead parts are removed; the genes of dead
    parts are free. `graphs` shows the network, without dead parts; `format` writes the code, with them.
    """

    id = "nb101"
    operations = ("input", "output", *OPERATIONS)
    builder = "nasapi_nb101.build:build"
    reads_graphs = True
    vertices: int
    edges: int
    _slots: int

    def __init__(
        self,
        vertices: Annotated[int, option.count(help="Vertices of a cell, at most.", least=2, most=7)] = 7,
        edges: Annotated[int, option.count(help="Edges of a cell, at most.")] = 9,
    ):
        """The space with at most `vertices`, 2 to 7, and `edges`, 1 or more; smaller ones can be enumerated."""
        if isinstance(vertices, bool) or not isinstance(vertices, Integral) or not 2 <= vertices <= 7:
            raise InvalidOption(f"A cell of nb101 has at most 2 to 7 vertices, not {vertices!r}.")
        if isinstance(edges, bool) or not isinstance(edges, Integral) or edges < 1:
            raise InvalidOption(f"A cell of nb101 has at least 1 edge; edges={edges!r} allows none.")
        self.vertices, self.edges = vertices, edges = int(vertices), int(edges)
        unusual = {"vertices": vertices} if vertices != 7 else {}
        self.id = str(Spec("nb101", unusual | ({"edges": edges} if edges != 9 else {})))
        self._slots = vertices * (vertices - 1) // 2
        self.cardinalities = (2,) * self._slots + (len(OPERATIONS),) * (vertices - 2)
        if (vertices, edges) == (7, 9):
            self.size, networks = 373_754_169, 423_624  # counted by tests
            self.numbered = networks
        elif vertices < 7:
            self.size = sum(len(codes) for codes in self.enumerate())
            networks = len(self.networks())
        if self.size is not None:
            self.identities = {"code": self.size, "network": networks}

    def graphs(self, codes: Codes) -> Graphs:
        """The cells without their dead parts: the input, the live vertices in their order, the output, padding."""
        adjacency, operations, inner = prune(*split(codes, self.vertices))
        ops = np.full((len(codes), self.vertices), -1)
        places = np.arange(self.vertices - 2)
        ops[:, 1:-1] = np.where(places < inner[:, None], operations + 2, -1)
        ops[:, 0], ops[:, -1] = self.operations.index("input"), self.operations.index("output")
        order = np.argsort(ops < 0, axis=1, kind="stable")
        every = np.arange(len(codes))[:, None]
        adjacency = adjacency[every[:, :, None], order[:, :, None], order[:, None, :]]
        return Graphs(ops[every, order], adjacency, self.operations)

    def from_graphs(self, graphs: Graphs) -> Codes:
        """(n, d): the vertices between input and output in their order, then dead ones, up to the output.

        A graph may have dead vertices, as long as what is left is a cell; they become dead vertices of the code. -1
        where the first vertex is no input, the last no output or one between them neither convolution nor pooling.
        """
        self._readable(graphs, self.vertices)
        n, last = len(graphs), graphs.mask.sum(axis=1) - 1
        places, every = np.arange(self.vertices), np.arange(n)
        between = (places > 0) & (places < last[:, None])
        fits = (graphs.ops[:, 0] == 0) & (last > 0) & (graphs.ops[every, last] == 1)
        fits &= (~between | (graphs.ops >= 2)).all(axis=1)
        adjacency = graphs.adjacency & (places < last[:, None])[:, None, :]
        adjacency[:, :, -1] = graphs.adjacency[every, :, last]
        operations = np.where(between, graphs.ops - 2, 0)[:, 1:-1]
        codes = join(adjacency, operations)
        fits &= ~np.tril(graphs.adjacency).any(axis=(1, 2))
        return np.where((fits & NB101.valid(self, codes))[:, None], codes, -1)

    def format(self, code: Code) -> str:
        """The adjacency matrix row by row and the operations, as in the official files, with a colon between."""
        adjacency, operations = split(np.asarray(code)[None], self.vertices)
        return format_cell(adjacency[0], operations[0])

    def parse(self, text: str) -> Code:
        """The code of a matrix and operations; a cell with fewer vertices gets dead ones before its output."""
        adjacency, operations = parse_cell(text, self.vertices)
        code = join(adjacency[None], operations[None])
        if not self.valid(code)[0]:
            raise outside(text, self.vertices, self.edges)
        return np.asarray(code[0])

    @property
    def notations(self) -> Mapping[str, Notation]:
        """The official strings, number, code, matrix and operations in JSON, NASLib's tuple, and the official hash."""
        return {
            **super().notations,
            "hash": hash_notation(self.of_hash, lambda code: self.hashes(code[None])[0]),
            "json": json_notation(self.vertices),
            "naslib": naslib_notation(self.vertices),
        }

    def of_hash(self, text: str) -> Code:
        """(d,): the canonical code of the network with an official hash; raises InvalidArchitecture where none has it.

        The whole space, whose hashes take 20 seconds to compute, looks it up in an imported table of all networks;
        raises NotAvailable where there is none.
        """
        if self.vertices == 7:
            table = imported_with_hashes()
            if table is None:
                raise NotAvailable(
                    f"The hash {text!r} is looked up in a table of all networks, and none is here; run "
                    "`nasapi data get nb101`, or `nasapi data import nb101-test FOLDER`."
                )
            return self._listed_hash(text, table["cell"], table["hash"])
        return self._listed_hash(text, self._enumeration, self._hashes)

    def index(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): the place of each code's network in the enumeration of Ying et al.: by vertices, edge mask, operations.

        Raises NotAvailable for a smaller space. The first call takes seconds.
        """
        if self.numbered is None:
            raise self._unnumbered()
        order, keys = self._by_key
        return np.asarray(order[np.searchsorted(keys, self.keys(codes))])

    def codes_at(self, indices: NDArray[np.int64]) -> Codes:
        """(n, 26): the canonical codes of networks by their place in that enumeration."""
        if self.numbered is None:
            raise self._unnumbered()
        return self._enumeration[indices].astype(np.int64)

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): genes in range, the output reached from the input, few enough edges on the way."""
        good = np.asarray(super().valid(codes))
        adjacency, _ = split(codes, self.vertices)
        on_path = alive(adjacency)
        left = (adjacency & on_path[:, :, None] & on_path[:, None, :]).sum(axis=(1, 2))
        return np.asarray(good & on_path[:, 0] & (left <= self.edges))

    def canonical(self, codes: Codes) -> Codes:
        """Without dead parts, in the order of vertices in which the official files hold the network."""
        return join(*canonical(*split(codes, self.vertices)))

    def enumerate(self, batch: int = 65536) -> Iterator[Codes]:
        """Every valid code once, in lexicographic order, about `batch` at a time."""
        labelings = _digits(np.arange(3 ** (self.vertices - 2)), 3, self.vertices - 2)
        step = max(1, batch // len(labelings))
        for start in range(0, 1 << self._slots, step):
            edges = _digits(np.arange(start, min(start + step, 1 << self._slots)), 2, self._slots)
            edges = edges[self.valid(np.pad(edges, ((0, 0), (0, self.vertices - 2))))]
            if len(edges):
                yield np.concatenate(
                    [np.repeat(edges, len(labelings), axis=0), np.tile(labelings, (len(edges), 1))], axis=1
                )

    def networks(self) -> Codes:
        """(423624, 26): the canonical code of every network, by vertices, edge mask and operations; takes seconds."""
        return self._enumeration.astype(np.int64)

    def _enumerated(self) -> Codes:
        """All canonical codes, from the distinct shapes and all labels of each."""
        every = np.arange(1 << self._slots)
        few = every[np.bitwise_count(every) <= self.edges]
        edges = _digits(few, 2, self._slots)
        found: list[Codes] = [np.empty((0, len(self.cardinalities)), np.int64)]
        for start in range(0, len(edges), _SETS):  # each distinct shape once
            given = np.pad(edges[start : start + _SETS], ((0, 0), (0, self.vertices - 2)))
            found.append(self._distinct(given[self.valid(given)]))
        shapes = self._distinct(np.concatenate(found))
        labelings = _digits(np.arange(3 ** (self.vertices - 2)), 3, self.vertices - 2)
        codes: Codes = np.repeat(shapes, len(labelings), axis=0)
        codes[:, self._slots :] = np.tile(labelings, (len(shapes), 1))
        return self._in_order(self._distinct(codes))

    def keys(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): one number for each network, the same for all of its codes."""
        return self.numbers(self.canonical(codes))

    def hashes(self, codes: Codes) -> list[str]:
        """The 32 hexadecimal digits by which the official files name each network."""
        if len(codes) <= FEW:
            return [graph_hash(code, self.vertices) for code in codes.tolist()]
        return as_text(graph_hashes(*split(codes, self.vertices)))

    def parameters(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): trainable parameters of each network.

        Where the output's channels do not divide among its sources the count depends on the order of the vertices; it
        is that of the canonical order, in which the official networks were built.
        """
        return trainable_parameters(*canonical(*split(codes, self.vertices)))

    @cached_property
    def _hashes(self) -> NDArray[np.uint8]:
        """(n, 16): those of the enumeration."""
        return graph_hashes(*split(self._enumeration, self.vertices))

    def _listed_hash(self, text: str, cells: Codes, hashes: NDArray[np.uint8]) -> Code:
        """The one of canonical codes whose hash, (n, 16) bytes, is the text's."""
        rows = np.flatnonzero((hashes == np.frombuffer(bytes.fromhex(text), np.uint8)).all(axis=1))
        if not len(rows):
            part = "" if len(cells) == self.numbered else "; the space has more"
            raise InvalidArchitecture(
                f"None of the {len(cells):,} networks of {self.id} whose hashes are here has the hash {text!r}{part}."
            )
        return np.asarray(cells[rows[0]], np.int64)

    def _in_order(self, cells: Codes) -> Codes:
        """Canonical codes by vertices, edge mask and operations, the order in which the benchmark enumerated them."""
        adjacency, operations = split(cells, self.vertices)
        order = np.lexsort((*operations.T[::-1], masks(adjacency), alive(adjacency).sum(axis=1)))
        return np.asarray(cells[order])

    @property
    def _enumeration(self) -> Codes:
        """(423624, 26): every network in the order of the enumeration, which all spaces of one size share."""
        limits = (self.vertices, self.edges)
        if limits not in _ENUMERATIONS:
            found = _ENUMERATIONS[limits] = self._enumerated().astype(np.int8)
            found.flags.writeable = False
        return _ENUMERATIONS[limits]

    @cached_property
    def _by_key(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The places in the enumeration by rising key, and these keys."""
        keys = self.numbers(self._enumeration)
        order = np.argsort(keys)
        return order, keys[order]

    def _distinct(self, codes: Codes) -> Codes:
        """One canonical code for each network among `codes`."""
        codes = self.canonical(codes)
        return np.asarray(codes[np.unique(self.numbers(codes), return_index=True)[1]])

    def numbers(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): each code as one number below 2 ** 29, which of canonical codes is that of `keys`."""
        numbers = np.zeros(len(codes), np.int64)
        for gene, cardinality in zip(codes.T, self.cardinalities, strict=True):  # without a wider copy of the codes
            numbers *= cardinality
            numbers += gene
        return numbers


def _digits(numbers: NDArray[np.int64], base: int, count: int) -> NDArray[np.int64]:
    """(n, count): the digits of numbers, the most significant first."""
    powers: NDArray[Any] = base ** np.arange(count - 1, -1, -1)
    return np.asarray(numbers[:, None] // powers % base)
