"""The ruled space: a rule reads a code gene by gene, so that architectures are found where almost no code is one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.errors import InvalidArchitecture
from nasapi.space import Codes, SearchSpace

Floats = NDArray[np.float64]
_MOST_STATES = 100_000  # of the rule after any number of genes
_ROWS = 1 << 22  # numbers that a batch of repairs may take at once


@frozen(eq=False)
class _Rule:
    """The rule as tables: for each gene its states, where each value leads, and how many codes are completed so."""

    steps: tuple[NDArray[np.int64], ...]
    """For each gene (states, values): the state that follows, -1 where no architecture goes on so."""
    completions: tuple[tuple[int, ...], ...]
    """For each number of genes read and each state: how many architectures it leads to."""
    weights: tuple[Floats, ...]
    """The same as shares of the largest, for draws."""


class RuledSpace(SearchSpace, checked=True):
    """A space whose rule reads a code from the first gene to the last; valid codes are those that it accepts.

    What is inherited draws genes until a valid code comes up, which fails where almost none is. From a rule that is
    read gene by gene it is known how many valid codes begin with each prefix. So `size` is counted, `sample` is exactly
    uniform, `crossover` always finds a child where there is one, `enumerate` passes over nothing, and `repair` gives
    the nearest valid codes of any. The rule is read once, when it is first needed.
    """

    @abstractmethod
    def begin(self) -> Hashable:
        """The state of the rule before the first gene."""

    @abstractmethod
    def step(self, state: Hashable, gene: int, value: int) -> Hashable | None:
        """The state after a gene took a value; None where no architecture goes on so."""

    def accepts(self, state: Hashable) -> bool:
        """Whether a code that ends in this state is an architecture; by default, each that `step` let pass is."""
        return True

    @property
    def size(self) -> int:  # type: ignore[override]
        """How many valid codes there are."""
        return self._rule.completions[0][0]

    def valid(self, codes: Codes) -> NDArray[np.bool_]:
        """(n,): which rows the rule accepts."""
        good = super().valid(codes)
        states = np.zeros(len(codes), np.int64)
        for gene, steps in enumerate(self._rule.steps):
            rows = np.flatnonzero(good)
            states[rows] = steps[states[rows], codes[rows, gene]]
            good[rows] = states[rows] >= 0
        return good

    def sample(self, n: int, rng: np.random.Generator) -> Codes:
        """(n, d): codes drawn independently and uniformly from the valid ones."""
        rule = self._rule
        codes, states = np.empty((n, self._d), np.int64), np.zeros(n, np.int64)
        for gene, steps in enumerate(rule.steps):
            following = steps[states]
            codes[:, gene] = _drawn(np.where(following >= 0, rule.weights[gene + 1][following], 0.0), rng)
            states = following[np.arange(n), codes[:, gene]]
        return codes

    def crossover(self, a: Codes, b: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): a valid child of each pair of rows, each gene from either parent with equal chance.

        Drawn as if children were drawn until one is valid; a pair of one valid row has at least that row.
        """
        parents = np.stack([a, b], axis=2)
        chance = [np.ones((len(a), len(self._rule.weights[-1])))]  # of a valid child, from each state on
        for gene in reversed(range(self._d)):
            steps = self._rule.steps[gene][:, parents[:, gene]].transpose(1, 0, 2)  # rows, states, parents
            after = np.take_along_axis(chance[-1], np.maximum(steps, 0).reshape(len(a), -1), axis=1)
            chance.append(np.where(steps >= 0, after.reshape(steps.shape), 0.0).mean(axis=2))
        rows, states = np.arange(len(a)), np.zeros(len(a), np.int64)
        child, hopeless = a.copy(), chance[-1][:, 0] == 0
        for gene in range(self._d):
            steps = np.stack([self._rule.steps[gene][states, parents[:, gene, which]] for which in (0, 1)], axis=1)
            after = chance[self._d - gene - 1][rows[:, None], np.maximum(steps, 0)]
            which = _drawn(np.where((steps >= 0) | hopeless[:, None], after, 0.0), rng)
            child[:, gene] = parents[rows, gene, which]
            states = np.maximum(steps[rows, which], 0)
        child[hopeless] = a[hopeless]
        return child

    def enumerate(self, batch: int = 65536) -> Iterator[Codes]:
        """Every valid code once in lexicographic order, `batch` at a time; see `size` before you start."""
        rule = self._rule
        if self.size >= 2**62:
            raise InvalidArchitecture(f"{self.id} has {self.size:,} architectures, too many to list.")
        for start in range(0, self.size, batch):
            rest = np.arange(start, min(start + batch, self.size))
            codes, states = np.empty((len(rest), self._d), np.int64), np.zeros(len(rest), np.int64)
            for gene, steps in enumerate(rule.steps):
                counts = np.array(rule.completions[gene + 1], np.int64)
                passed = np.cumsum(np.where(steps >= 0, counts[steps], 0), axis=1)[states]
                codes[:, gene] = (passed <= rest[:, None]).sum(axis=1)
                before = np.where(codes[:, gene] > 0, passed[np.arange(len(rest)), codes[:, gene] - 1], 0)
                rest, states = rest - before, steps[states, codes[:, gene]]
            yield codes

    def repair(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """(n, d): for each row the valid code that differs from it in the fewest genes; of several, one at random.

        Codes are in range and need not be valid; a valid one stays as it is. For what generates codes without knowing
        the rule, such as a decoder or a model of single genes.
        """
        widest = max(steps.size for steps in self._rule.steps)
        size = max(1, _ROWS // (widest * self._d))
        parts = [self._repaired(codes[start : start + size], rng) for start in range(0, len(codes), size)]
        return np.concatenate(parts) if parts else codes.copy()

    def _repaired(self, codes: Codes, rng: np.random.Generator) -> Codes:
        n, rule = len(codes), self._rule
        changes = [np.zeros((n, len(rule.weights[-1])))]  # the fewest from each state on
        ways = [np.ones((n, len(rule.weights[-1])))]  # in how many ways
        choices: list[Floats] = []
        for gene in reversed(range(self._d)):
            steps = rule.steps[gene]
            other = np.arange(steps.shape[1]) != codes[:, gene, None]
            there = np.where(steps >= 0, changes[-1][:, steps], np.inf) + other[:, None]  # rows, states, values
            least = there.min(axis=2)
            choices.append(np.where(there == least[:, :, None], ways[-1][:, steps], 0.0))
            changes.append(least)
            ways.append(choices[-1].sum(axis=2))
        repaired, states = np.empty_like(codes), np.zeros(n, np.int64)
        for gene in range(self._d):
            repaired[:, gene] = _drawn(choices[self._d - gene - 1][np.arange(n), states], rng)
            states = rule.steps[gene][states, repaired[:, gene]]
        return repaired

    @cached_property
    def _rule(self) -> _Rule:
        """The rule as tables, without the states from which no architecture is reached."""
        states: list[dict[Hashable, int]] = [{self.begin(): 0}]
        tables: list[NDArray[np.int64]] = []
        for gene, values in enumerate(self.cardinalities):
            following: dict[Hashable, int] = {}
            table = np.full((len(states[-1]), values), -1, np.int64)
            for state, row in states[-1].items():
                for value in range(values):
                    after = self.step(state, gene, value)
                    if after is not None:
                        table[row, value] = following.setdefault(after, len(following))
            if len(following) > _MOST_STATES:
                raise InvalidArchitecture(
                    f"The rule of {self.id} has over {_MOST_STATES:,} states after gene {gene}; let `step` keep less."
                )
            states.append(following)
            tables.append(table)
        completions = [tuple(int(self.accepts(state)) for state in states[-1])]
        for table in reversed(tables):
            after = completions[-1]
            table[(table >= 0) & (np.array([*after, 0])[table] == 0)] = -1
            completions.append(tuple(sum(after[to] for to in row if to >= 0) for row in table.tolist()))
        completions.reverse()
        if completions[0] == (0,):
            raise InvalidArchitecture(f"The rule of {self.id} accepts no code.")
        weights = tuple(np.array([one / max(*counts, 1) for one in counts]) for counts in completions)
        return _Rule(tuple(tables), tuple(completions), weights)


def _drawn(weights: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int64]:
    """(n,): for each row of weights (n, k) a column, drawn in proportion to them."""
    reached = np.cumsum(weights, axis=1)
    drawn = (rng.random(len(weights)) * reached[:, -1])[:, None]
    return np.asarray((reached <= drawn).sum(axis=1).clip(max=weights.shape[1] - 1))
