"""A surrogate of learning curves: their main components, each predicted from the cell by boosted trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.errors import CorruptData, InvalidOption, NotAvailable, how_to_install
from nasapi.safety.grammar import read_json
from nasapi.space import Codes
from nasapi.tables import Forest, Table, Trees
from nasapi_nlp.cells import split
from nasapi_nlp.features import described, parameters
from nasapi_nlp.importers.logs import LOSSES
from nasapi_nlp.networks import Networks

NODES = 25
CEILING = 10.0
"""Losses above this count as this, in nats a word: guessing evenly among exp(10) = 22,026 words is no model at all."""


def xgboost() -> Any:
    """The library that fits boosted trees; raises NotAvailable with what to install where it is not there."""
    try:
        import xgboost as library
    except ImportError as error:
        raise NotAvailable(
            f"Fitting a surrogate of nlp needs xgboost; run {how_to_install('nasapi-nlp[surrogate]')}."
        ) from error
    return library


@frozen
class Settings:
    """How a surrogate is fitted."""

    components: int = field(default=6)
    """Main components of the curves that are kept."""
    rounds: int = field(default=300)
    """Trees for each component."""
    rate: float = 0.05
    depth: int = 4
    rows: float = 0.8
    """Share of the networks that each tree sees."""
    columns: float = 0.5
    """Share of the features that each tree sees."""
    seed: int = 0

    @components.validator
    @rounds.validator
    def _positive(self, attribute: Any, value: int) -> None:
        if value < 1:
            raise InvalidOption(f"A surrogate has at least 1 of {attribute.name!r}, not {value!r}.")


@frozen(eq=False)
class Curves:
    """What a surrogate learns from: one row a network, the mean over its whole runs."""

    features: NDArray[np.float64]
    """(n, f)."""
    losses: NDArray[np.float64]
    """(n, 3, epochs): train, valid and test loss in nats a word, none above the ceiling."""
    seconds: NDArray[np.float64]
    """(n,): mean time of an epoch."""
    rest: int | None
    """Parameters outside the cell, the same for all networks; None where they are not the same."""

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, rows: NDArray[Any]) -> Curves:
        return Curves(self.features[rows], self.losses[rows], self.seconds[rows], self.rest)


def curves_of(table: Table) -> Curves:
    """The networks of a table of logs that were trained to the end at least once.

    Raises InvalidOption for a table of something else, or with fewer than 20 such networks.
    """
    wanted = {"cell", "epoch_seconds", "params", *(f"{name}_loss" for name in LOSSES)}
    if not wanted <= set(table) or table.attributes.get("space") != "nlp":
        raise InvalidOption(f"Table {str(table.path)!r} is no table of nlp logs; give one that `nasapi data` imported.")
    networks = Networks.of(table)
    losses = np.stack([table[f"{name}_loss"] for name in LOSSES], axis=1)
    whole = np.isfinite(losses).all(axis=(1, 2))
    mean = networks.means(np.where(whole[:, None, None], np.minimum(losses, CEILING), np.nan))
    kept = np.isfinite(mean[:, 0, 0])
    if kept.sum() < 20:
        raise InvalidOption(
            f"Table {str(table.path)!r} has {int(kept.sum())} networks that were trained to the end; a surrogate needs "
            "at least 20."
        )
    seconds = networks.means(np.where(whole, table["epoch_seconds"].mean(axis=1), np.nan))
    cells = split(networks.cells, NODES)
    rest = np.unique(table["params"][networks.starts] - parameters(cells))
    return Curves(described(cells)[kept], mean[kept], seconds[kept], int(rest[0]) if len(rest) == 1 else None)


@frozen(eq=False)
class Boosted:
    """Boosted trees as XGBoost writes them, which take part in predictions without it."""

    text: bytes
    """XGBoost's JSON."""
    name: str = "a booster"
    """Where they are from, in the words of an error."""

    def trees(self, features: int) -> Trees:
        """Read from the text; raises CorruptData where it is none that XGBoost wrote, of so many features."""
        document = read_json(self.text, self.name)
        if not isinstance(document, dict) or not isinstance(document.get("learner"), dict):
            raise CorruptData(f"{self.name} is no model of XGBoost's. Fit the surrogate again.")
        return Trees.of_xgboost(document["learner"], self.name, features)


@frozen(eq=False)
class Surrogate:
    """Predicts the learning curves of cells; never a measurement.

    As NAS-Bench-X11 (Yan, White, Savani & Hutter, NeurIPS 2021, section 3.1): curves are their mean and a few main
    components (singular value decomposition), whose coefficients trees predict from the architecture. Differences:
    training, validation and test curves share their components, no first epochs are given to the model, and there is
    no noise.
    """

    mean: NDArray[np.float64]
    """(3, epochs)."""
    basis: NDArray[np.float64]
    """(components, 3, epochs)."""
    scale: NDArray[np.float64]
    """(components,): the standard deviation of each coefficient."""
    trees: Sequence[Boosted]
    """Those of each coefficient and, last, of the logarithm of an epoch's seconds."""
    rest: int | None
    """Parameters outside the cell; None where they are not known."""
    about: Mapping[str, Any] = field(factory=dict)
    """What it was fitted on and how, and its error on networks left out."""
    _forests: dict[int, Forest] = field(factory=dict, init=False, repr=False)
    """The trees, once they are read, by the number of features."""

    @property
    def epochs(self) -> int:
        """How many epochs its curves have."""
        return int(self.mean.shape[1])

    def losses(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3, epochs): predicted train, valid and test loss, at least 0 and at most the ceiling."""
        return self._losses(self._predicted(features))

    def seconds(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,): predicted time of an epoch."""
        return np.asarray(np.exp(self._predicted(features)[:, -1]))

    def curves(self, codes: Codes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Predicted losses (n, 3, epochs) and seconds an epoch (n,) of valid codes of nlp."""
        predicted = self._predicted(described(split(codes, NODES)))
        return self._losses(predicted), np.exp(predicted[:, -1])

    def _losses(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        curves = self.mean + np.einsum("nk,kse->nse", predicted[:, :-1] * self.scale, self.basis)
        return np.asarray(np.clip(curves, 0.0, CEILING))

    def _predicted(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, components + 1): each coefficient and the logarithm of an epoch's seconds, as XGBoost gives them."""
        width = features.shape[1]
        if width not in self._forests:
            trees = tuple(boosted.trees(width) for boosted in self.trees)
            self._forests[width] = Forest(trees, single=True, single_sums=True)
        return self._forests[width].predict(features)


def fit(curves: Curves, settings: Settings) -> Surrogate:
    """A surrogate of all networks in `curves`, the same for the same settings.

    Raises InvalidOption for more components than so many curves have.
    """
    n, _, epochs = curves.losses.shape
    flat = curves.losses.reshape(n, -1)
    mean = flat.mean(axis=0)
    components, most = settings.components, min(n - 1, flat.shape[1])
    if components > most:
        raise InvalidOption(
            f"The curves of {n} networks over {epochs} epochs have {most} main components, and {components} were asked "
            "for; ask for fewer."
        )
    basis = np.linalg.svd(flat - mean, full_matrices=False)[2][:components]
    coefficients = (flat - mean) @ basis.T
    scale = coefficients.std(axis=0) + 1e-12
    targets = [*(coefficients / scale).T, np.log(np.maximum(curves.seconds, 1e-3))]
    trees = [_boosted(curves.features, target, settings) for target in targets]
    return Surrogate(mean.reshape(3, epochs), basis.reshape(components, 3, epochs), scale, trees, curves.rest)


def _boosted(features: NDArray[np.float64], target: NDArray[np.float64], settings: Settings) -> Boosted:
    library = xgboost()
    options = {
        "objective": "reg:squarederror",
        "tree_method": "hist",
        "eta": settings.rate,
        "max_depth": settings.depth,
        "subsample": settings.rows,
        "colsample_bytree": settings.columns,
        "seed": settings.seed,
        "nthread": 1,
        "verbosity": 0,
    }
    booster = library.train(options, library.DMatrix(features, label=target), num_boost_round=settings.rounds)
    return Boosted(bytes(booster.save_raw("json")))
