"""Audits API objects in the style of `nats_bench`: those that have `get_more_info`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData, InvalidOption
from nasapi.safety.unpacked import opened
from nasapi.space import Codes, SearchSpace
from nasapi.tables import load_plain
from nasapi_audit.adapter import Adapter, Alternative, one_by_one

NAMES = MappingProxyType(
    {"valid_accuracy": "valid-accuracy", "test_accuracy": "test-accuracy", "train_seconds": "train-all-time"}
)
"""Our metrics by the names that such an object gives them."""
FULL = ("200", "90")
"""The epochs of the longest trainings, of the topology and of the size space."""


class NatsAPI(Adapter):
    """An object with `get_more_info(index, dataset, **keywords)`, asked as its users ask it.

    Architectures go in by the number that `query_index_by_arch` gives for their string where there is such a method,
    else by the string itself. Keywords that are not given keep the object's own defaults, which `terms` says: in
    `nats_bench` they are 12 epochs and a seed drawn at random.
    """

    def __init__(self, api: Any, dataset: str, names: Mapping[str, str] = NAMES, **keywords: Any):
        """Ask `api` for `dataset`, its own name of it, "cifar10-valid"; `names` maps our metrics to its keys."""
        if not callable(getattr(api, "get_more_info", None)):
            raise InvalidOption(
                f"{type(api).__name__} has no method 'get_more_info'; give an object like nats_bench's."
            )
        self.api, self.dataset, self.keywords, self.names = api, dataset, keywords, dict(names)
        self.name = type(api).__name__
        given = {f"{key}={value!r}" for key, value in keywords.items()}
        defaults = {
            f"{parameter.name}={parameter.default!r} by default"
            for parameter in inspect.signature(api.get_more_info).parameters.values()
            if parameter.default is not parameter.empty and parameter.name not in keywords
        }
        self.terms = ", ".join([f"dataset={dataset!r}", *sorted(given), *sorted(defaults)])

    def alternatives(self) -> Iterator[Alternative]:
        """Means over seeds instead of one, the longest training instead of another, and both."""
        terms = inspect.signature(self.api.get_more_info).parameters
        mean = {"is_random": False} if "is_random" in terms else {}
        longest = [{"hp": epochs} for epochs in FULL] if "hp" in terms else []
        others: list[tuple[tuple[str, ...], dict[str, Any]]] = [(("seed",), mean)]
        others += [(("epochs",), trained) for trained in longest]
        others += [(("epochs", "seed"), trained | mean) for trained in longest if mean]
        for kinds, changed in others:
            if changed and any(self.keywords.get(key) != value for key, value in changed.items()):
                words = ", ".join(f"{key}={value!r}" for key, value in changed.items())
                adapter = NatsAPI(self.api, self.dataset, self.names, **{**self.keywords, **changed})
                yield Alternative(kinds, words, adapter)

    def answers(self, space: SearchSpace, codes: Codes) -> dict[str, NDArray[np.float64]]:
        """What it says, one call an architecture."""
        number = getattr(self.api, "query_index_by_arch", None)

        def ask(text: str) -> Mapping[str, Any]:
            index = number(text) if callable(number) else text
            if isinstance(index, int) and index < 0:
                return {}
            found: Mapping[str, Any] = self.api.get_more_info(index, self.dataset, **self.keywords)
            return found

        return one_by_one(space, codes, ask, self.names, self.name)


def open_official(path: Path) -> Any:
    """The `nats_bench` API object of a single official file, which is read as plain data first.

    Raises CorruptData where it is not plain data or not such a file.
    """
    from nats_bench.api_size import NATSsize
    from nats_bench.api_topology import NATStopology

    with opened(path) as file:
        content = load_plain(file, str(path), arrays=True)
    try:
        kind = NATSsize if ":" in content["meta_archs"][0] else NATStopology
        return kind(content, fast_mode=False, verbose=False)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise CorruptData(f"{str(path)!r} is no file of NATS-Bench: {type(error).__name__}: {error}.") from error
