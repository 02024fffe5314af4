"""What another's numbers could be: every way in which they could have been taken from our own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from nasapi.metric import Metric
from nasapi.objective import Objective
from nasapi.space import Codes, SearchSpace

_DRAWS = 6  # whole numbers below six choose every one of one, two or three runs
_FACTORS = {
    0.01: ("unit", "as a fraction where ours are percent"),
    100.0: ("unit", "as percent where ours are a fraction"),
    1e-3: ("unit", "in units a thousand times ours (seconds for ms)"),
    1e3: ("unit", "in units a thousandth of ours (ms for seconds)"),
    1e-6: ("unit", "in millions"),
    1e6: ("unit", "where ours are in millions"),
}


@frozen(eq=False)
class Reading:
    """One explanation: our numbers, taken with departures, are theirs."""

    kinds: tuple[str, ...]
    """What departs: "split", "metric", "epochs", "seed", "order", "unit", "direction"; empty where nothing does."""
    words: tuple[str, ...]
    """The same as parts of a sentence."""
    values: NDArray[np.float64]
    """(k, n): for each architecture the k numbers that theirs could be."""

    def then(self, kind: str, words: str, values: NDArray[np.float64]) -> Reading:
        """The reading with one more departure."""
        return Reading((*self.kinds, kind), (*self.words, words), values)


def readings(ours: Objective, metric: Metric, codes: Codes) -> Iterator[Reading]:
    """All readings of one metric of ours that are tried, (k, n) numbers each; simpler ones first."""
    taken = list(_taken(ours, metric, codes))
    yield from taken
    for reading in taken:
        yield from _scaled(reading, metric)


def _taken(ours: Objective, metric: Metric, codes: Codes) -> Iterator[Reading]:
    """Our numbers unscaled: the right ones, then those of another kind, of other runs, levels and orders."""
    mean = ours.evaluate(codes)
    yield Reading((), (), mean[metric.name][None])
    if ours.stochastic:
        yield Reading(("seed",), ("those of single training runs, not their mean",), _runs(ours, metric.name, codes))
    for other in ours.metrics:
        if other.name != metric.name:
            kind = "split" if _quality(other) == _quality(metric) else "metric"
            words = f"our {other.name}"
            yield Reading((kind,), (words,), mean[other.name][None])
            if ours.stochastic and kind == "split":
                values = _runs(ours, other.name, codes)
                yield Reading((kind, "seed"), (words, "of single training runs"), values)
    for level in ours.fidelity.levels[:-1] if ours.fidelity else ():
        name = ours.fidelity.name if ours.fidelity else ""
        words = f"those after {level} {name}"
        yield Reading(("epochs",), (words,), ours.evaluate(codes, level)[metric.name][None])
        if ours.stochastic:
            values = _runs(ours, metric.name, codes, level)
            yield Reading(("epochs", "seed"), (words, "of single training runs"), values)
    for words, others in _orders(ours.space, codes):
        yield Reading(("order",), (words,), ours.evaluate(others)[metric.name][None])


def _scaled(reading: Reading, metric: Metric) -> Iterator[Reading]:
    """The same numbers in other units, or with the other end up."""
    for factor, (kind, words) in _FACTORS.items():
        yield reading.then(kind, words, reading.values * factor)
    yield reading.then("direction", "with the sign changed", -reading.values)
    yield reading.then("direction", "with the sign changed, as fractions", -reading.values / 100)
    if metric.unit == "%":
        yield reading.then("direction", "as error, 100 minus ours", 100 - reading.values)
        yield reading.then("direction", "as error in fractions, 1 minus ours", 1 - reading.values / 100)


def _runs(ours: Objective, name: str, codes: Codes, level: int | None = None) -> NDArray[np.float64]:
    """(k, n): the values of single runs, every one of them where an architecture has up to three."""
    draws = (np.full(len(codes), draw, np.uint64) for draw in range(_DRAWS))
    return np.array([ours.evaluate(codes, level, noise)[name] for noise in draws])


def _orders(space: SearchSpace, codes: Codes) -> Iterator[tuple[str, Codes]]:
    """The architectures that one meets who reads genes or numbers the wrong way."""
    flipped = codes[:, ::-1]
    if space.valid(flipped).all():
        yield "those of the architectures with their genes in reverse order", flipped
    if space.numbered is None or space.size is None:
        return
    index, codes_at = space.index, space.codes_at
    every = np.concatenate(list(space.enumerate()))
    lexicographic = every[np.lexsort(every.T[::-1])]
    official = index(lexicographic)
    yield (
        "those of other architectures: numbers of the official order were looked up in lexicographic order",
        lexicographic[index(codes)],
    )
    yield (
        "those of other architectures: numbers in lexicographic order were looked up in the official order",
        codes_at(np.argsort(official)[index(codes)]),
    )


def _quality(metric: Metric) -> str:
    """What is measured, whatever the data it is measured on: "accuracy"."""
    return metric.name.removeprefix(f"{metric.split}_")
