"""Valid cells counted exactly, and drawn uniformly, by going through their nodes in order."""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate, product
from math import comb, factorial

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi_nlp.cells import ACTIVATIONS, BLEND, LINEAR, MOST_INPUTS, PRODUCT, SUM, Cells, X

_CHOICES = {  # by number of inputs, x not among them: the operations, each as often as it orders its inputs
    1: (LINEAR, *ACTIVATIONS),
    2: (LINEAR, PRODUCT, SUM),
    3: (LINEAR, PRODUCT, SUM, *(BLEND,) * 6),
}
_STEPS = [
    (x, inputs, fresh, states)
    for inputs in range(1, MOST_INPUTS + 1)
    for x, fresh, states in product((0, 1), range(inputs + 1), range(inputs + 1))
    if x + fresh + states <= inputs
]
"""What a node can take: x or not, how many inputs, of them nodes unused so far, and previous states unused so far."""
_STOP = len(_STEPS)
_Prefix = tuple[int, int, int, int]
"""How many nodes there are, how many of them are unused, whether x is, and how many previous states are."""


@frozen(eq=False)
class Uniform:
    """The codes of cells with at most `nodes` nodes and `states` hidden states.

    How a prefix of nodes can go on depends on five numbers alone: how many nodes it has, how many of them nothing uses
    yet, whether x is unused, how many previous hidden states are unused, and how many there are. So the valid codes can
    be counted by dynamic programming, and drawn by choosing each node's kind in proportion to the counts behind it.
    """

    nodes: int
    states: int

    @cached_property
    def size(self) -> int:
        """How many valid codes there are."""
        return sum(sum(ways[0, 0, 1, states]) for states, ways in self._behind.items())

    def sample(self, n: int, rng: np.random.Generator) -> Cells:
        """`n` cells drawn independently and uniformly from all valid codes, up to the rounding of probabilities."""
        base = 2 + self.states
        table, shares = self._table
        hidden = 1 + rng.choice(self.states, size=n, p=shares) if n else np.empty(0, np.int64)
        ops, inputs = np.zeros((n, self.nodes), np.int64), np.zeros((n, self.nodes, MOST_INPUTS), np.int64)
        unused = np.zeros((n, base + self.nodes), np.bool_)
        unused[:, X] = True
        unused[:, 2:base] = np.arange(self.states) < hidden[:, None]
        exists = unused.copy()
        rows = np.arange(n)
        steps = np.array([*_STEPS, (0, 0, 0, 0)])
        for node in range(self.nodes):
            fresh, states = unused[rows, base:].sum(axis=1), unused[rows, 2:base].sum(axis=1)
            chances = table[hidden[rows] - 1, node, fresh, unused[rows, X].astype(np.int64), states]
            drawn = (rng.random(len(rows))[:, None] >= chances).sum(axis=1)
            rows, drawn = rows[drawn != _STOP], drawn[drawn != _STOP]
            if not len(rows):
                break
            x, number, from_fresh, from_states = steps[drawn].T
            open_nodes, open_states = unused[rows], unused[rows]
            open_nodes[:, :base], open_states[:, base:], open_states[:, X] = False, False, False
            pool = exists[rows] & ~unused[rows]
            pool[:, X] = False
            taken = _some(open_nodes, from_fresh, rng) | _some(open_states, from_states, rng)
            taken |= _some(pool, number - x - from_fresh - from_states, rng)
            taken[:, X] = x > 0
            ops[rows, node] = _operations(x, number, rng)
            inputs[rows, node] = _listed(taken, ops[rows, node], rng)
            unused[rows] &= ~taken
            unused[rows, base + node] = exists[rows, base + node] = True
        first = np.where(exists[:, base:], np.where(unused[:, base:], -1.0, rng.random((n, self.nodes))), 2.0)
        chosen = np.argsort(first, axis=1, kind="stable")[:, : self.states] + 1
        chosen = np.pad(chosen, ((0, 0), (0, self.states - chosen.shape[1])))
        place = np.where(np.arange(self.states) < hidden[:, None], rng.random((n, self.states)), 2.0)
        kept = np.where(np.arange(self.states) < hidden[:, None], chosen, 0)
        return Cells(ops, inputs, np.take_along_axis(kept, np.argsort(place, axis=1, kind="stable"), axis=1))

    @cached_property
    def _behind(self) -> dict[int, dict[_Prefix, list[int]]]:
        """By number of states and prefix: how many codes lie behind each step, and last behind ending there."""
        found: dict[int, dict[_Prefix, list[int]]] = {}
        for states in range(1, self.states + 1):
            counts: dict[_Prefix, int] = {}
            found[states] = {}
            for node in range(self.nodes, -1, -1):
                for fresh, x, open_states in product(range(node + 1), (0, 1), range(states + 1)):
                    ways = _ways(node, fresh, x, open_states, states, counts, node < self.nodes)
                    counts[node, fresh, x, open_states] = sum(ways)
                    found[states][node, fresh, x, open_states] = ways
        return found

    @cached_property
    def _table(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Cumulated chances of every step after every prefix, and the chance of each number of states."""
        table = np.ones((self.states, self.nodes, self.nodes + 1, 2, self.states + 1, _STOP))
        for states, prefixes in self._behind.items():
            for prefix, ways in prefixes.items():
                total = sum(ways)
                if total and prefix[0] < self.nodes:
                    table[states - 1, *prefix] = [behind / total for behind in accumulate(ways[:-1])]
        shares = np.array([sum(ways[0, 0, 1, states]) / self.size for states, ways in self._behind.items()])
        return table, shares / shares.sum()


def _ways(
    node: int, fresh: int, x: int, open_states: int, states: int, counts: dict[_Prefix, int], more: bool
) -> list[int]:
    """How many codes lie behind each step, and last behind ending here."""
    pool = node - fresh + states - open_states
    ways = [0] * (_STOP + 1)
    for step, (takes_x, number, from_fresh, from_states) in enumerate(_STEPS if more else ()):
        rest = number - takes_x - from_fresh - from_states
        if from_fresh > fresh or from_states > open_states or rest > pool:
            continue
        sources = comb(fresh, from_fresh) * comb(open_states, from_states) * comb(pool, rest)
        kinds = 1 if takes_x else len(_CHOICES[number])
        behind = counts[node + 1, fresh - from_fresh + 1, int(x and not takes_x), open_states - from_states]
        ways[step] = sources * kinds * behind
    if not x and not open_states and fresh <= states <= node:
        ways[_STOP] = comb(node - fresh, states - fresh) * factorial(states)
    return ways


def _some(among: NDArray[np.bool_], number: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """For each row `number` of the places where `among` is true, uniformly."""
    keys = np.where(among, rng.random(among.shape), 2.0)
    rank = np.argsort(np.argsort(keys, axis=1), axis=1)
    return np.asarray(among & (rank < number[:, None]))


def _operations(x: NDArray[np.int64], number: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """For each row an operation for that many inputs, a blend as often as it can order them."""
    result = np.full(len(x), LINEAR)
    draws = rng.random(len(x))
    for inputs, choices in _CHOICES.items():
        rows = (x == 0) & (number == inputs)
        result[rows] = np.array(choices)[(draws[rows] * len(choices)).astype(np.int64)]
    return result


def _listed(taken: NDArray[np.bool_], ops: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """(n, 3): the sources taken, in rising order, those of blends in any order with equal chance."""
    sources = np.sort(np.where(taken, np.arange(taken.shape[1]), taken.shape[1]), axis=1)[:, :MOST_INPUTS]
    sources = np.where(sources < taken.shape[1], sources, 0)
    order = np.argsort(rng.random(sources.shape), axis=1)
    return np.where((ops == BLEND)[:, None], np.take_along_axis(sources, order, axis=1), sources)
