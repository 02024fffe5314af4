"""The generator of random cells by which NAS-Bench-NLP was sampled, for whole batches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidOption
from nasapi.space import Codes
from nasapi_nlp.attempts import first_good
from nasapi_nlp.cells import ACTIVATIONS, BLEND, LINEAR, MOST_INPUTS, PRODUCT, SUM, Cells, X, pruned

INTERMEDIATE = (7, 14, 21)
"""The numbers of intermediate nodes that the authors' published notebook draws with."""
_DRAWN = np.array([LINEAR, LINEAR, LINEAR, BLEND, PRODUCT, SUM])  # linear three times as often as each other
_THREE = 0.2  # chance that a linear node has three inputs, not two
_ROUNDS = 10_000


def generate(n: int, nodes: int, states: int, rng: np.random.Generator) -> Codes:
    """(n, d): codes by the procedure of Klyuchnikov et al. 2020, section 3, with the constants of their published code.

    A cell's number of hidden states is drawn from 1 to `states` and its number of intermediate nodes from those of
    `INTERMEDIATE` that fit (the largest that fits where none does), both uniformly. Then, until a cell is valid: nodes
    are added one by one – a linear node of two or, one time in five, three inputs among x, previous states and
    activations, followed by an activation of it; or, half as often in all, a blend, product or sum of previous states
    and nodes – distinct nodes are chosen for the hidden states, and the nodes that none of these needs are removed. The
    cell counts if x and every previous state are used and no new state takes a previous one directly. Raises
    InvalidOption where `nodes` are too few for that.
    """
    sizes = np.array([size for size in INTERMEDIATE if size + states < nodes] or [nodes - states - 1])
    if sizes[0] < 1:
        raise InvalidOption(
            f"The generator needs room for a linear node and its activation beside {states} hidden states; "
            f"{nodes} nodes are too few."
        )
    hidden, size = rng.integers(1, states + 1, size=n), rng.choice(sizes, size=n)
    codes = np.zeros((n, 4 * nodes + states), np.int64)

    def attempt(rows: NDArray[np.int64]) -> tuple[Cells, NDArray[np.bool_]]:
        cells = pruned(_grown(hidden[rows], hidden[rows] + size[rows], nodes, states, rng))
        return cells, _sane(cells)

    if len(first_good(codes, attempt, _ROUNDS)):
        raise InvalidOption(f"The generator found no valid cell of {nodes} nodes and {states} hidden states.")
    return codes


def _grown(
    hidden: NDArray[np.int64], size: NDArray[np.int64], nodes: int, states: int, rng: np.random.Generator
) -> Cells:
    """Cells of at least `size` nodes, dead ones among them, with nodes chosen for their hidden states."""
    n, base = len(hidden), 2 + states
    ops, inputs = np.zeros((n, nodes), np.int64), np.zeros((n, nodes, MOST_INPUTS), np.int64)
    previous = np.zeros((n, base + nodes), np.bool_)
    previous[:, 2:base] = np.arange(states) < hidden[:, None]
    exists, activated = previous.copy(), previous.copy()  # what may feed an elementwise and what a linear node
    activated[:, X] = True
    count = np.zeros(n, np.int64)
    while len(rows := np.flatnonzero(count < size)):
        op = _DRAWN[rng.integers(0, len(_DRAWN), size=len(rows))]
        linear = op == LINEAR
        wanted = np.where(linear, 2 + (rng.random(len(rows)) < _THREE), np.where(op == BLEND, 3, 2))
        among = np.where(linear[:, None], activated[rows], exists[rows])
        number = among.sum(axis=1)
        good = linear | (wanted <= number)  # an elementwise node without enough sources is drawn anew
        rows, op, linear, among = rows[good], op[good], linear[good], among[good]
        wanted = np.minimum(wanted, number)[good]
        at = count[rows]
        order = np.argsort(np.where(among, rng.random(among.shape), 2.0), axis=1)[:, :MOST_INPUTS]
        ops[rows, at] = op
        inputs[rows, at] = np.where(np.arange(MOST_INPUTS) < wanted[:, None], order, 0)
        exists[rows, base + at] = True
        then, after = rows[linear], at[linear] + 1
        ops[then, after] = rng.choice(ACTIVATIONS, size=len(then))
        inputs[then, after, 0] = base + at[linear]
        exists[then, base + after] = activated[then, base + after] = True
        count[rows] += 1 + linear
    keys = np.where(np.arange(nodes) < count[:, None], rng.random((n, nodes)), 2.0)
    chosen = np.argsort(keys, axis=1)[:, :states] + 1
    return Cells(ops, inputs, np.where(np.arange(states) < hidden[:, None], chosen, 0))


def _sane(cells: Cells) -> NDArray[np.bool_]:
    """(n,): which cells use x and each previous state, and give none of these on as a new state's direct input."""
    base = cells.base
    wanted = np.concatenate([np.ones((len(cells), 1), np.bool_), cells.hidden > 0], axis=1)
    every = np.arange(len(cells))
    direct = np.zeros(len(cells), np.bool_)
    for state in range(cells.hidden.shape[1]):
        sources = cells.inputs[every, np.maximum(cells.hidden[:, state] - 1, 0)]
        direct |= (cells.hidden[:, state] > 0) & ((sources > X) & (sources < base)).any(axis=1)
    return np.asarray((cells.used[:, 1:base] == wanted).all(axis=1) & ~direct)
