"""The imported table as arrays by attack and corruption, and every measure computed from them."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from attrs import field, frozen
from nasapi_nb201 import TITLES
from nasapi_nb201.space import NB201
from numpy.typing import NDArray

from nasapi.data import how_to_get, place_of
from nasapi.errors import CorruptData, InvalidArchitecture, InvalidOption, NotAvailable
from nasapi.space import Codes
from nasapi.tables import Table
from nasapi_robustness.importer import CELLS, column_name
from nasapi_robustness.measure import ALL_ATTACKS, ALL_CORRUPTIONS, Measure
from nasapi_robustness.names import ATTACKS, CLEAN, CORRUPTIONS, KEYS, SEVERITIES, require_dataset, require_key
from nasapi_robustness.source import ROBUSTNESS

Values = NDArray[np.float64]

REFERENCE = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|"
"""The cell that mean corruption errors are relative to unless another is given: the residual block, which makes the
network the space's ResNet."""

GRID = (0.1, 0.5, 1.0, 2.0, 3.0, 4.0, 8.0)
"""The epsilons, in 1/255, that means are taken over: those at which all four attacks were run.

The paper's figure 26 takes all attacks and epsilons: `Measure(aggregate="pooled")`. On CIFAR-10 the best cell by the
grid is 9890, by all of them 6118.
"""


@frozen(eq=False)
class Robustness:
    """The robustness of the evaluated cells on one data set; a row a cell, and each cell stands for its class."""

    table: Table
    dataset: str = field(validator=lambda *given: require_dataset(given[2]))
    space: NB201 = field(factory=NB201)

    def __attrs_post_init__(self) -> None:
        every = self.space.string_classes(self.space.codes_at(np.arange(self.space.size or 0)))
        if CELLS not in list(self.table) or not np.array_equal(self.table[CELLS], np.unique(every)):
            raise CorruptData(
                f"Table {str(self.table.path)!r} covers other cells than the {len(np.unique(every))} classes of "
                f"{self.space.id}; import it again with `nasapi data import {ROBUSTNESS.name} FOLDER`."
            )
        if column_name(self.dataset, CLEAN, "accuracy") not in list(self.table):
            raise NotAvailable(
                f"Table {ROBUSTNESS.name!r} was imported without {TITLES[self.dataset]}; put its files beside the "
                f"others and run `nasapi data import {ROBUSTNESS.name} FOLDER`."
            )

    @classmethod
    def open(cls, dataset: str) -> Self:
        """That of a data set in the table on this machine; raises NotAvailable with the command that imports it."""
        require_dataset(dataset)
        place = place_of(ROBUSTNESS)
        if not place.exists():
            raise NotAvailable(how_to_get(ROBUSTNESS))
        return cls(Table(place), dataset)

    @property
    def cells(self) -> NDArray[np.int64]:
        """(6466,): the official indices of the evaluated cells."""
        return self.table[CELLS]

    @property
    def codes(self) -> Codes:
        """(6466, 6): the evaluated cells."""
        return self.space.codes_at(self.cells)

    @property
    def evaluated(self) -> tuple[str, ...]:
        """What the data set has accuracies of, in the order clean, attacks, corruptions."""
        there = set(self.table)
        return tuple(key for key in KEYS if column_name(self.dataset, key, "accuracy") in there)

    def rows(self, codes: Codes) -> NDArray[np.int64]:
        """(n,): the row of each code's class, by `isomorph` of the published `meta.json`."""
        return np.searchsorted(self.cells, self.space.string_classes(codes))

    def epsilons(self, attack: str) -> tuple[float, ...]:
        """The strengths of an attack in 1/255, rising; raises NotAvailable where it was not evaluated."""
        self.accuracy(attack)
        return tuple(self.table.attributes["epsilons"].get(attack, ()))

    def accuracy(self, key: str) -> Values:
        """Accuracies in percent: (cells,) for "clean", (cells, epsilons) for an attack, (cells, 5) for a corruption.

        Raises NotAvailable where the data set has none, as of corruptions on ImageNet16-120.
        """
        return self._column(require_key(key), "accuracy")

    def confidence(self, key: str) -> dict[str, Values]:
        """Mean confidences, from 0 to 1, by kind, shaped like accuracies; raises NotAvailable where there are none."""
        start = column_name(self.dataset, require_key(key), "confidence_")
        found = {name.removeprefix(start): self.table[name] for name in self.table if name.startswith(start)}
        return found or {"": self._column(key, "confidence_mean")}

    def confusion(self, key: str) -> NDArray[Any]:
        """Counts of images by true class (row) and predicted class, (cells, …, classes, classes).

        Raises NotAvailable where there are none.
        """
        return self._column(require_key(key), "confusion")

    def values(self, measure: Measure, reference: str = REFERENCE) -> Values:
        """(cells,): a measure of every evaluated cell, in percent; `reference` is the cell of the `mce`."""
        if measure.aggregate == "pooled":
            return np.asarray(np.concatenate([self.accuracy(attack) for attack in ATTACKS], axis=1).mean(axis=1))
        if measure.attack == ALL_ATTACKS:
            found = np.stack([self._at(attack, measure.epsilon) for attack in ATTACKS], axis=1)
            return np.asarray(
                found.min(axis=1).mean(axis=1) if measure.aggregate == "worst" else found.mean(axis=(1, 2))
            )
        if measure.attack == ALL_CORRUPTIONS:
            everything = np.stack([self.accuracy(name) for name in CORRUPTIONS], axis=1)
            if measure.aggregate == "mce":
                return self._corruption_error(everything, reference)
            chosen = slice(None) if measure.severity is None else SEVERITIES.index(measure.severity)
            return np.asarray(everything[:, :, chosen].reshape(len(everything), -1).mean(axis=1))
        if measure.attack in ATTACKS:
            return np.asarray(self._at(measure.attack, measure.epsilon).mean(axis=1))
        found = self.accuracy(measure.attack)
        if measure.severity is not None:
            return found[:, SEVERITIES.index(measure.severity)]
        return np.asarray(found.reshape(len(found), -1).mean(axis=1))

    def offers(self, measure: Measure) -> bool:
        """Whether the data set has all that a measure is computed from."""
        try:
            self.values(measure)
        except NotAvailable:
            return False
        return True

    def _at(self, attack: str, epsilon: float | None) -> Values:
        """(cells, epsilons): the accuracies under an attack at one epsilon, or at those of the grid."""
        there = self.epsilons(attack)
        if epsilon is not None:
            if epsilon not in there:
                raise InvalidOption(_no_epsilon(attack, epsilon, there))
            return self.accuracy(attack)[:, [there.index(epsilon)]]
        if lacking := [each for each in GRID if each not in there]:
            raise NotAvailable(
                f"The mean over epsilons needs {attack!r} at {lacking[0]:g}/255, which the table lacks on "
                f"{TITLES[self.dataset]}; it has {', '.join(f'{each:g}' for each in there)}."
            )
        return self.accuracy(attack)[:, [there.index(each) for each in GRID]]

    def _corruption_error(self, accuracy: Values, reference: str) -> Values:
        """The mean over corruptions of the error summed over severities, relative to that of the reference cell."""
        try:
            code = self.space.parse(reference)
        except InvalidArchitecture as error:
            raise InvalidOption(f"The reference of a corruption error is no cell of nb201: {error}") from error
        errors = (100.0 - accuracy).sum(axis=2)  # Hendrycks & Dietterich 2019, section 4.2
        base = errors[self.rows(code[None])]
        return np.asarray(100.0 * (errors / base).mean(axis=1))

    def _column(self, key: str, measure: str) -> NDArray[Any]:
        name = column_name(self.dataset, key, measure)
        if name not in list(self.table):
            what = measure.partition("_")[0]
            why = f"import its file with `nasapi data import {ROBUSTNESS.name} FOLDER`"
            if key in CORRUPTIONS and self.dataset == "imagenet16-120":
                why = "the authors evaluated corruptions on CIFAR-10 and CIFAR-100 only"
            raise NotAvailable(f"There is no {what} of {key!r} on {TITLES[self.dataset]} in the table: {why}.")
        return self.table[name]


def _no_epsilon(attack: str, given: float, there: tuple[float, ...]) -> str:
    """The sentence for an epsilon that was not evaluated, with a hint where its unit looks wrong."""
    listed = ", ".join(f"{epsilon:g}" for epsilon in there)
    meant = [epsilon for epsilon in there if abs(given * 255 - epsilon) < 0.01 * epsilon + 0.02]
    hint = "8/255 is written 8"
    if meant and given < 1:
        hint = f"{given:g} looks like {meant[-1]:g}/255, which is written {meant[-1]:g}"
    return f"{attack!r} was not evaluated with epsilon {given:g}; wanted one of {listed}, in units of 1/255: {hint}."
