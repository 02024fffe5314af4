"""The surrogate network: a wide-and-deep regression of accuracy and seconds on architecture and epochs, in numpy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.space import Codes
from nasapi_darts.cells import OPERATIONS
from nasapi_darts.features import edges, inputs

BRANCHES = {"deep": 3, "deeper": 5}
"""The branches with hidden layers, and how many layers each has; a third branch, `wide`, is one linear layer."""
_ALPHA, _SCALE = 1.6732632423543772, 1.0507009873554805  # SELU, Klambauer et al., NIPS 2017, eq. (14)
_SPELLED = np.array([1 + sorted(OPERATIONS).index(name) for name in OPERATIONS])  # categories are alphabetical from 1
_ROWS = 1024  # rows at once: activations stay in the processor's cache


@frozen(eq=False)
class Network:
    """Weights by their published names, with the values of every input in the order of the network's inputs.

    Inputs are 34 categories (operations of 28 possible edges and inputs of 6 nodes), each with an embedding `emb0`,
    `emb1`, …, and the number of epochs times `epoch_scale`. The sum of the three branches goes through a logistic
    function: once `acc_scale` is the accuracy in percent, and (s - `runtime_shift`) `runtime_mul` + `runtime_add` the
    seconds of training.
    """

    weights: Mapping[str, NDArray[np.float32]]
    columns: NDArray[np.int64]
    """(34,): where each input stands among the 28 edges, cell by cell, and the 6 pairs, cell by cell."""

    def predict(self, codes: Codes, epochs: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Accuracy in percent and seconds of training, both (n,), after a number of epochs."""
        found = np.empty((len(codes), 2))
        for start in range(0, len(codes), _ROWS):
            rows = slice(start, start + _ROWS)
            found[rows] = self._outputs(self._embedded(codes[rows], epochs))
        shares = 1 / (1 + np.exp(-found))
        number = {name: float(values) for name, values in self.weights.items() if values.ndim == 0}
        seconds = (shares[:, 1] - number["runtime_shift"]) * number["runtime_mul"] + number["runtime_add"]
        return shares[:, 0] * number["acc_scale"], seconds

    def categories(self, codes: Codes) -> NDArray[np.int64]:
        """(n, 34): the category of each input: 0 absent, operations alphabetically from 1, pairs of inputs from 1."""
        chosen = edges(codes).reshape(len(codes), -1)
        spelled = np.where(chosen < 0, 0, _SPELLED[chosen])
        return np.concatenate([spelled, inputs(codes).reshape(len(codes), -1) + 1], axis=1)[:, self.columns]

    def _embedded(self, codes: Codes, epochs: int) -> NDArray[np.float32]:
        """(n, 337): the embeddings of all inputs side by side, then the epochs."""
        tables = self._embeddings
        found = np.empty((len(codes), sum(table.shape[1] for table in tables) + 1), np.float32)
        found[:, -1] = epochs * self.weights["epoch_scale"]
        end = 0
        for table, category in zip(tables, self.categories(codes).T, strict=True):
            start, end = end, end + table.shape[1]
            found[:, start:end] = table[category]
        return found

    def _outputs(self, embedded: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 2): the sum of the branches before the logistic function."""
        total = embedded @ self.weights["wide_w"].T + self.weights["wide_b"]
        for branch, layers in BRANCHES.items():
            hidden = embedded
            for layer in range(layers - 1):
                hidden = _selu(hidden @ self.weights[f"{branch}{layer}_w"].T + self.weights[f"{branch}{layer}_b"])
            total += hidden @ self.weights[f"{branch}{layers - 1}_w"].T + self.weights[f"{branch}{layers - 1}_b"]
        return np.asarray(total)

    @cached_property
    def _embeddings(self) -> list[NDArray[np.float32]]:
        return [self.weights[f"emb{number}"] for number in range(len(self.columns))]


def _selu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The activation in place: scale * x above 0, scale * alpha * (exp(x) - 1) below."""
    below = np.minimum(values, 0)
    np.exp(below, out=below)
    below -= 1
    below *= _ALPHA
    np.maximum(values, 0, out=values)
    values += below
    values *= _SCALE
    return values
