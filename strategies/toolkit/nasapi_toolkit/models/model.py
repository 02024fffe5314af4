"""The surrogate model: learns the values of architectures from features, and says how sure it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pkgutil import resolve_name
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import InvalidOption, near
from nasapi.options import document
from nasapi.plugins import Spec

Vector = NDArray[np.float64]
"""(n,)"""
Features = NDArray[np.floating]
"""(n, f): one row an architecture."""


class Model(ABC):
    """A regression from features to one target that is to be minimised."""

    joint: ClassVar[bool] = False
    """Whether `draw` is there: whether the model can draw a whole function rather than a value a row."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        document(cls)

    @property
    def has_unit(self) -> bool:
        """Whether predictions are in the targets' unit, to be compared with a target, rather than in order alone."""
        return True

    @abstractmethod
    def fit(self, features: Features, targets: Vector, rng: np.random.Generator) -> None:
        """Learn finite `targets` (n,) of `features` (n, f); n is at least 1 and targets may be equal.

        What other features taught is forgotten. Where these are the last fit's and some more, a model may keep what it
        can extend; its targets are always those of this call.
        """

    @abstractmethod
    def predict(self, features: Features) -> tuple[Vector, Vector]:
        """(m,) expectations and (m,) standard deviations; the latter are 0 where the model has none.

        Whether a deviation is of a new observation, its noise included, or of the function alone, each model says.
        """

    def expect(self, shape: tuple[int, ...]) -> None:  # noqa: B027 - most models need not know
        """Take, once before the first `fit`, what shape one architecture's features were before they became a row.

        Raises InvalidOption where the model cannot read such features.
        """

    def draw(self, features: Features, rng: np.random.Generator) -> Vector:
        """(m,): the values of one function drawn from what the model thinks possible; only where `joint` says so."""
        raise NotImplementedError


MODELS = {
    "gp": "nasapi_toolkit.models.gaussian_process:GaussianProcess",
    "grid-gp": "nasapi_toolkit.models.grid_gp:GridGP",
    "forest": "nasapi_toolkit.models.forest:Forest",
    "xgb": "nasapi_toolkit.models.boosting:Boosting",
    "ensemble": "nasapi_toolkit.models.ensemble:Ensemble",
    "dngo": "nasapi_toolkit.models.dngo:DNGO",
    "gnn": "nasapi_toolkit.models.graph_network:GraphNetwork",
    "mlp": "nasapi_toolkit.models.perceptron:Perceptron",
}
"""Where each model is; one is imported when it is first wanted, because scikit-learn takes seconds."""


def make_model(spec: str | Spec) -> Model:
    """The model that a spec names, `forest[trees=50]`; raises InvalidOption for an unknown one."""
    if not isinstance(spec, (str, Spec)):
        raise InvalidOption(f"A model is a name, with options in brackets, not {spec!r}.")
    read = Spec.parse(spec)
    if read.id not in MODELS:
        raise InvalidOption(f"There is no model {read.id!r}. {near(read.id, MODELS)}")
    model: type[Model] = resolve_name(MODELS[read.id])
    try:
        return model(**read.options)
    except TypeError as error:
        raise InvalidOption(f"Model {str(spec)!r} cannot be made: {error}") from error
