"""The NAS-Bench-Graph search space: trees of four nodes with one of nine operations each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from nasapi import options as option
from nasapi.errors import InvalidArchitecture, InvalidOption, near
from nasapi.graphs import Graphs
from nasapi.notation import Notation
from nasapi.plugins import Spec
from nasapi.space import Code, Codes, SearchSpace
from nasapi_graph import isomorphism
from nasapi_graph.notations import format_network, json_notation, key_notation, parse_network

OPERATIONS = ("gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip")
"""What a node can do, in the order of the benchmark; a gene is a position in this list."""
PROTEINS = ("gcn", "sage", "arma", "fc", "skip")
"""The operations that the benchmark tried on ogbn-proteins."""

_SKIP = OPERATIONS.index("skip")
_WEIGHTS = np.array([12, 4, 1]) * len(OPERATIONS) ** 4  # of the links in a code's number
_BASES = len(OPERATIONS) ** np.arange(3, -1, -1)


class NBGraph(SearchSpace, checked=True):
    """The graph neural networks of NAS-Bench-Graph (Qin et al., NeurIPS 2022, section 3.1).

    Each of four nodes has one input: the raw one, 0, or an earlier node; nodes without followers go to the output. The
    first node always reads the raw input, so genes are the inputs of nodes 2, 3 and 4 followed by the operations of
    nodes 1 to 4. Networks of skips alone are left out. Two levels of identity are counted: `code` and `network`, the
    26,206 that the benchmark tells apart by its hash (`keys`).
    """

    id = "graph"
    cardinalities = (2, 3, 4, 9, 9, 9, 9)
    operations = ("input", "output", *OPERATIONS)
    skips = ("skip",)
    builder = "nasapi_graph.build:build"

    def __init__(
        self,
        allowed: Annotated[
            Iterable[str], option.text(help="Operations with plus signs between, as gcn+skip; `skip` is one of them.")
        ] = OPERATIONS,
    ):
        """The space with `allowed` operations, all by default, `skip` and at least one other; codes stay the same.

        They are a list, or text with plus signs between, `gcn+skip`.
        """
        names = tuple(allowed.split("+")) if isinstance(allowed, str) else tuple(allowed)
        for name in names:
            if name not in OPERATIONS:
                raise InvalidOption(f"graph has no operation {name!r}. {near(name, OPERATIONS)}")
        if "skip" not in names or len(set(names)) < 2:
            raise InvalidOption(f"graph needs 'skip' and another operation, not {names!r}.")
        self.allowed = tuple(name for name in OPERATIONS if name in names)
        self.id = str(Spec("graph", {} if self.allowed == OPERATIONS else {"allowed": "+".join(self.allowed)}))
        self._allowed = np.array([name in names for name in OPERATIONS])
        self.size = len(isomorphism.EVERY) * (len(self.allowed) ** 4 - 1)
        if self.allowed == OPERATIONS:
            self.identities = {"code": self.size, "network": 26_206}
        elif self.allowed == tuple(name for name in OPERATIONS if name in PROTEINS):
            self.identities = {"code": self.size, "network": 2_021}
        else:
            self.identities = {"code": self.size}

    def graphs(self, codes: Codes) -> Graphs:
        """Input, the four nodes in gene order, output; (n, 6) operations, (n, 6, 6) links."""
        n = len(codes)
        ops = np.zeros((n, 6), np.int64)
        ops[:, 1:5], ops[:, 5] = codes[:, 3:] + 2, self.operations.index("output")
        parents = np.zeros((n, 4), np.int64)
        parents[:, 1:] = codes[:, :3]
        adjacency = np.zeros((n, 6, 6), np.bool_)
        adjacency[np.arange(n)[:, None], parents, np.arange(1, 5)] = True
        adjacency[:, 1:5, 5] = ~adjacency[:, 1:5, 1:5].any(axis=2)
        return Graphs(ops, adjacency, self.operations)

    def format(self, code: Code) -> str:
        """The benchmark's own notation, such as `Arch([0, 1, 2, 1], ['gcn', 'gin', 'fc', 'cheb'])`."""
        return format_network(*self._parts(code))

    def parse(self, text: str) -> Code:
        """The code of such a text; raises InvalidArchitecture with the position at which it goes wrong."""
        links, names = parse_network(text, self.allowed)
        return np.array([*links[1:], *(OPERATIONS.index(name) for name in names)])

    @property
    def notations(self) -> Mapping[str, Notation]:
        """The benchmark's own notation, the code, the hash of the benchmark as `key`, links and operations in JSON."""
        return {
            **super().notations,
            "key": key_notation(self.of_key, lambda code: int(self.keys(code[None])[0])),
            "json": json_notation(self.parse, self._parts),
        }

    def of_key(self, key: int) -> Code:
        """(7,): the canonical code of the network with the benchmark's `key`, a hash; undoes `keys`."""
        networks, keys = self._keyed
        found = np.flatnonzero(keys == key)
        if not len(found):
            raise InvalidArchitecture(f"No network of graph has the key {key}.")
        code = np.asarray(networks[found[0]]).copy()
        if others := [name for name in self._parts(code)[1] if name not in self.allowed]:
            raise InvalidArchitecture(
                f"The network with the key {key} is an architecture of graph, but has {', '.join(map(repr, others))}; "
                f"{self.id} has {', '.join(self.allowed)} alone."
            )
        return code

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): genes in range, allowed operations, and not skips alone."""
        good = np.asarray(super().valid(codes))
        ops = np.where(good[:, None], codes[:, 3:], _SKIP)
        return np.asarray(good & self._allowed[ops].all(axis=1) & (ops != _SKIP).any(axis=1))

    def canonical(self, codes: Codes) -> Codes:
        """The one code by which the benchmark knows the network: idle skips first, then the first numbering of nodes.

        A skip with followers, or without siblings, or directly from the input to the output is idle. All 157,440 codes
        have the hash of one of 26,206 networks.
        """
        return _codes_of(self._networks[_numbers(codes)]).astype(codes.dtype)

    def keys(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): the benchmark's hash of each network: the position of its tree among nine, then a digit a node."""
        networks = self._networks[_numbers(codes)]
        links, ops = np.divmod(networks, len(OPERATIONS) ** 4)
        shapes = np.searchsorted([isomorphism.EVERY.index(shape) for shape in isomorphism.SHAPES], links)
        return np.asarray(shapes * 10_000 + _digits(ops) @ [1000, 100, 10, 1], np.int64)

    def networks(self) -> Codes:
        """(26206, 7): the canonical code of every network, (2021, 7) with the operations of ogbn-proteins."""
        codes = _codes_of(np.unique(self._networks))
        return codes[self.valid(codes)]

    def _parts(self, code: Code) -> tuple[list[int], list[str]]:
        """The four links and the names of the four operations."""
        return [0, *(int(gene) for gene in code[:3])], [OPERATIONS[op] for op in code[3:]]

    @cached_property
    def _keyed(self) -> tuple[Codes, NDArray[np.int64]]:
        """The canonical code of every network, and its hash."""
        networks = _codes_of(np.unique(self._networks))
        return networks, self.keys(networks)

    @cached_property
    def _networks(self) -> NDArray[np.int64]:
        """Number of a code to the number of its network."""
        return isomorphism.canonical_numbers(len(OPERATIONS), _SKIP)


def _numbers(codes: Codes) -> NDArray[np.int64]:
    """(n,): the position of each code in lexicographic order of all."""
    return np.asarray(codes[:, :3] @ _WEIGHTS + codes[:, 3:] @ _BASES, np.int64)


def _codes_of(numbers: NDArray[np.int64]) -> Codes:
    """(n, 7): undoes `_numbers`."""
    links, ops = np.divmod(numbers, len(OPERATIONS) ** 4)
    return np.column_stack([links[:, None] // [12, 4, 1] % [2, 3, 4], _digits(ops)])


def _digits(ops: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, 4): the operations of the nodes."""
    return ops[:, None] // _BASES % len(OPERATIONS)
