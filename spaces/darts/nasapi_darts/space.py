"""The search space of DARTS and NAS-Bench-301: a normal and a reduction cell of four nodes with two inputs each."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasapi import options as option
from nasapi.errors import InvalidArchitecture, InvalidOption
from nasapi.graphs import Graphs
from nasapi.notation import Notation
from nasapi.plugins import Spec
from nasapi.space import Code, Codes, SearchSpace
from nasapi_darts import isomorphism
from nasapi_darts.cells import CELLS, OPERATIONS, changed, changes, join, pairs, split
from nasapi_darts.configuration import as_configuration, from_configuration
from nasapi_darts.genotype import Cells, cells_of, format_genotype, parse_genotype
from nasapi_darts.notations import notations

if TYPE_CHECKING:
    import networkx as nx

INPUTS = tuple(f"{cell} {end}" for cell in CELLS for end in ("c_{k-2}", "c_{k-1}"))
OUTPUTS = tuple(f"{cell} c_{{k}}" for cell in CELLS)


class DARTS(SearchSpace, checked=True):
    """The cells of DARTS (Liu, Simonyan & Yang, ICLR 2019) as NAS-Bench-301 (Zela et al., ICLR 2022) searches them.

    A cell has two inputs, the outputs of the two cells before it, numbered 0 and 1, and intermediate nodes 2, 3, 4, 5.
    A node adds up two edges: one of seven operations each, applied to two different earlier nodes. The cell's output
    concatenates all intermediate nodes, so none is unused. An architecture is a normal and a reduction cell.

    A code has 11 genes for the normal cell and 11 for the reduction cell: the operations of the eight edges, node by
    node, a node's smaller input first; then the pair of inputs of nodes 3, 4 and 5, counted lexicographically (node 2
    has no choice). Sums have no order, so nothing is lost by ordering a node's inputs, and every code is valid. There
    are (1 * 3 * 6 * 10 * 7 ** 8) ** 2 codes, about 1.08e18. `skip_connect` is not among `skips`, since in the reduction
    cell it halves the image with convolutions.
    """

    id = "darts"
    operations = (*INPUTS, *OUTPUTS, *OPERATIONS)
    inputs = INPUTS
    outputs = OUTPUTS
    builder = "nasapi_darts.build:build"
    reads_graphs = True
    nodes: int

    def __init__(self, nodes: Annotated[int, option.count(help="Intermediate nodes of a cell.", most=4)] = 4):
        """The space with 1 to 4 intermediate nodes a cell; smaller ones can be enumerated."""
        if isinstance(nodes, bool) or not isinstance(nodes, Integral) or not 1 <= nodes <= 4:
            raise InvalidOption(f"A cell of darts has 1 to 4 intermediate nodes, not {nodes!r}.")
        self.nodes = nodes = int(nodes)
        self.id = str(Spec("darts", {"nodes": nodes} if nodes != 4 else {}))
        cell = (len(OPERATIONS),) * (2 * nodes) + tuple(len(pairs(node)) for node in range(1, nodes))
        self.cardinalities = cell + cell
        self.size = int(np.prod(cell, dtype=object)) ** 2
        self.identities = {"code": self.size, "network": isomorphism.networks_of_a_cell(nodes) ** 2}

    def graphs(self, codes: Codes) -> Graphs:
        """Both cells side by side with operations on nodes: inputs, two nodes an intermediate node, output, twice.

        A cell of four nodes has eleven graph nodes. An edge from a cell's input hangs on that input, an edge from an
        intermediate node on both of its edges; all edges feed the output. The cells' inputs and outputs have labels of
        their own, so that encodings tell the cells apart.
        """
        sources, chosen = split(codes, self.nodes)
        n, width = len(codes), 2 * self.nodes + 3
        ops = np.empty((n, 2, width), np.int64)
        ops[:, :, 0:2] = np.arange(4).reshape(2, 2)
        ops[:, :, 2:-1] = chosen.reshape(n, 2, 2 * self.nodes) + len(INPUTS) + len(OUTPUTS)
        ops[:, :, -1] = len(INPUTS) + np.arange(2)
        wires = self._hangs[sources.reshape(n, 2, 2 * self.nodes)]  # (n, 2, edges, width): where each edge hangs
        adjacency = np.zeros((n, 2 * width, 2 * width), np.bool_)
        for cell in range(2):
            own = adjacency[:, cell * width : (cell + 1) * width, cell * width : (cell + 1) * width]
            own[:, :, 2:-1] = wires[:, cell].transpose(0, 2, 1)
            own[:, 2:-1, -1] = True
        return Graphs(ops.reshape(n, 2 * width), adjacency, self.operations)

    def from_graphs(self, graphs: Graphs) -> Codes:
        """(n, d): the cells of graphs that are built as `graphs` builds them, a node's two edges in either order.

        -1 where a graph node hangs on anything but one input, or both edges of one earlier node, where both edges of a
        node hang on the same, and where inputs, outputs or the edges to an output are others.
        """
        n, width = len(graphs), 2 * self.nodes + 3
        self._readable(graphs, 2 * width)
        ops, edges = graphs.ops.reshape(n, 2, width), slice(2, width - 1)
        cells = graphs.adjacency.reshape(n, 2, width, 2, width)[:, [0, 1], :, [0, 1]].swapaxes(0, 1)
        wires = cells[:, :, :, edges].swapaxes(2, 3)  # (n, 2, edges, width): where each edge hangs
        match = (wires[:, :, :, None] == self._hangs).all(axis=4)
        sources = match.argmax(axis=3).reshape(n, 2, self.nodes, 2)
        chosen = (ops[:, :, edges] - len(INPUTS) - len(OUTPUTS)).reshape(sources.shape)
        good = match.any(axis=3).reshape(sources.shape) & (sources < np.arange(2, 2 + self.nodes)[:, None])
        good &= (sources[..., :1] != sources[..., 1:]) & (chosen >= 0) & (chosen < len(OPERATIONS))
        ends = np.column_stack([ops[:, 0, :2], ops[:, 1, :2], ops[:, :, -1]])
        fits = good.all(axis=(1, 2, 3)) & (ends == np.arange(len(INPUTS) + len(OUTPUTS))).all(axis=1)
        fits &= cells[:, :, edges, -1].all(axis=(1, 2)) & ~cells[:, :, [0, 1, -1], -1].any(axis=(1, 2))
        fits &= graphs.adjacency.sum(axis=(1, 2)) == cells.sum(axis=(1, 2, 3))  # none between the cells
        fits &= ~cells[:, :, :, :2].any(axis=(1, 2, 3))
        codes = join(np.where(good, sources, [0, 1]), np.where(good, chosen, 0))
        return np.where((fits & self.valid(codes))[:, None], codes, -1)

    def format(self, code: Code) -> str:
        """`Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=[…], reduce_concat=…)`."""
        return format_genotype(self._cells(code))

    def parse(self, text: str) -> Code:
        """The code of a genotype, whose edges may stand in either order at a node; the text is never run.

        Genotypes are read as logs, modules and JSON have them, and Genotype objects too; see `parse_genotype`.
        """
        return self._code(parse_genotype(text, self.nodes))

    @property
    def notations(self) -> Mapping[str, Notation]:
        """The genotype, the code, the genotype in JSON, a configuration of NAS-Bench-301, other libraries' tuples."""
        return {**super().notations, **notations(self.nodes, self._code, self._cells)}

    def configuration(self, code: Code) -> dict[str, str]:
        """The architecture as a NAS-Bench-301 configuration, with the parameters that are active."""
        return as_configuration(self._cells(code))

    def from_configuration(self, configuration: Mapping[str, Any]) -> Code:
        """The code of a NAS-Bench-301 configuration; undoes `configuration`."""
        return self._code(from_configuration(configuration, self.nodes))

    def compact(self, codes: Codes) -> NDArray[np.uint8]:
        """(n, 2, edges, 2): input and operation of each edge, the layout in which published lists of cells come."""
        sources, chosen = split(codes, self.nodes)
        return np.stack([sources, chosen], axis=-1).reshape(len(codes), 2, 2 * self.nodes, 2).astype(np.uint8)

    def from_compact(self, cells: ArrayLike) -> Codes:
        """(n, d): undoes `compact`; a node's edges may stand in either order.

        Raises InvalidArchitecture that names the first cell with an input that its node cannot take, with two equal
        inputs or with an operation outside the space, such as `none`.
        """
        given, wanted = np.asarray(cells), (2, 2 * self.nodes, 2)
        if given.ndim != 4 or given.shape[1:] != wanted or given.dtype.kind not in "iu":
            raise InvalidArchitecture(
                f"Compact cells are whole numbers of shape (n, {', '.join(map(str, wanted))}), "
                f"not {given.dtype} of shape {given.shape}."
            )
        edges = given.astype(np.int64).reshape(len(given), 2, self.nodes, 2, 2)
        sources, chosen = edges[..., 0], edges[..., 1]
        good = (sources >= 0) & (sources < np.arange(2, 2 + self.nodes)[:, None])
        good &= (sources[..., :1] != sources[..., 1:]) & (chosen >= 0) & (chosen < len(OPERATIONS))
        if not good.all():
            row, cell, node = np.argwhere(~good.all(axis=3))[0].tolist()
            raise InvalidArchitecture(
                f"Row {row} is no architecture of darts: node {node + 2} of its {CELLS[cell]} cell has the inputs and "
                f"operations {edges[row, cell, node].tolist()}; wanted two different inputs from 0 to {node + 1} and "
                f"operations from 0 to {len(OPERATIONS) - 1}."
            )
        return join(sources, chosen)

    def canonical(self, codes: Codes) -> Codes:
        """For each row the lexicographically first code of the same network: intermediate nodes in another order.

        The output concatenates all nodes, so that their order only permutes channels; nodes can change places where
        neither takes the other's output. Published surrogates give such codes different values.
        """
        return isomorphism.canonical(codes, self.nodes)

    def mutate(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): for each row one of its 120 neighbours (with four nodes), drawn uniformly."""
        return changed(codes, rng.integers(0, len(changes(self.nodes)), size=len(codes)), self.nodes)

    def neighbors(self, code: Code) -> Codes:
        """(m, d): every code with one operation or one input changed; an edge keeps its operation with a new input.

        The neighbourhood of White, Nolen & Savani (local search, UAI 2021): 96 operations and 24 inputs for four nodes.
        """
        choices = np.arange(len(changes(self.nodes)))
        return changed(np.repeat(np.asarray(code)[None], len(choices), axis=0), choices, self.nodes)

    def picture(self, code: Code) -> nx.DiGraph[int]:
        """Both cells as the papers draw them: inputs, nodes 0 to 3, output, operations on the edges."""
        import networkx as nx

        graph: nx.DiGraph[int] = nx.DiGraph()
        width = self.nodes + 3
        for cell, (name, nodes) in enumerate(zip(CELLS, self._cells(code), strict=True)):
            labels = [f"{name} c_{{k-2}}", f"{name} c_{{k-1}}", *map(str, range(self.nodes)), f"{name} c_{{k}}"]
            for node, label in enumerate(labels):
                graph.add_node(cell * width + node, label=label)
            for node, edges in enumerate(nodes):
                for operation, source in edges:
                    graph.add_edge(cell * width + source, cell * width + node + 2, label=operation)
                graph.add_edge(cell * width + node + 2, cell * width + width - 1, label="")
        return graph

    @property
    def _hangs(self) -> NDArray[np.bool_]:
        """(inputs, graph nodes): the graph nodes of one cell that an edge from each input hangs on."""
        table = np.zeros((self.nodes + 1, 2 * self.nodes + 3), np.bool_)
        table[0, 0] = table[1, 1] = True
        for source in range(2, self.nodes + 1):
            table[source, 2 * source - 2 : 2 * source] = True
        return table

    def _cells(self, code: Code) -> Cells:
        return cells_of(code, self.nodes)

    def _code(self, cells: Cells) -> Code:
        rows = [[[source, OPERATIONS.index(name)] for node in cell for name, source in node] for cell in cells]
        return np.asarray(self.from_compact(np.array([rows], np.int64))[0])
