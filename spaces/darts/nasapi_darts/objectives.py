"""The objectives of the DARTS space: predictions of surrogates, and the few cells that were trained."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData
from nasapi.fidelity import Fidelity
from nasapi.metric import Metric
from nasapi.objective import Columns, Objective
from nasapi.space import Codes
from nasapi.tables import Forest, Table, TableObjective
from nasapi_darts.features import vectors
from nasapi_darts.importers.network_table import EPOCHS, network_of
from nasapi_darts.importers.official import forest_of, version_of
from nasapi_darts.listed import TableFolder, listed
from nasapi_darts.network import Network
from nasapi_darts.space import DARTS
from nasapi_darts.tables import EARLIER, NETWORK, OFFICIAL, OFFICIAL_0_9, TRAINED, VERSION, opened

PREDICTED = "a prediction, not a measurement"
_NETWORK = "predicted: by a wide-and-deep network that others trained; it is not the official surrogate"
_TREES = "predicted: by NAS-Bench-301's official surrogates, version {}; published rows of AG-Net are of version 0.9"
_STEADY = 3  # the published network's seconds rise with epochs from here on


def mlp(table: TableFolder = None) -> NetworkObjective:
    """What the surrogate network predicts; weights from the folder `table`, or the table `darts-mlp`."""
    return NetworkObjective(network_of(opened(table, NETWORK)))


def trained(table: TableFolder = None) -> TableObjective:
    """The trained cells, over a space of these; from the folder `table`, or the table `darts-trained`."""
    return of_trained(opened(table, TRAINED))


def nb301_xgb(table: TableFolder = None) -> OfficialObjective:
    """The official XGBoost surrogates; from the folder `table`, or the table `darts-nb301`."""
    return of_official(opened(table, OFFICIAL), "xgb")


def nb301_lgb(table: TableFolder = None) -> OfficialObjective:
    """The official LightGBM surrogates; from the folder `table`, or the table `darts-nb301`."""
    return of_official(opened(table, OFFICIAL), "lgb")


def nb301_xgb_0_9(table: TableFolder = None) -> OfficialObjective:
    """The official XGBoost surrogates of version 0.9; from the folder `table`, or the table `darts-nb301-0.9`."""
    return of_official(opened(table, OFFICIAL_0_9), "xgb", EARLIER)


def of_official(table: Table, ensemble: str, version: str = VERSION) -> OfficialObjective:
    """The objective of one of the ensembles of a table of that version, which an importer wrote.

    Raises CorruptData for a table of another version.
    """
    found = version_of(table)
    if found != version:
        raise CorruptData(f"Table {str(table.path)!r} is of version {found} of the surrogates; wanted {version}.")
    return OfficialObjective(forest_of(table, ensemble), forest_of(table, "lgb_runtime"), version)


class NetworkObjective(Objective):
    """Validation accuracy and seconds after 1 to 98 epochs, as the surrogate network predicts them.

    Networks are trained as NAS-Bench-301 trains them: CIFAR-10, 8 cells, 32 channels (Zela et al., ICLR 2022). Inputs
    are edges by position, so codes of one network differ. A batch agrees with its rows to the precision of 32-bit
    numbers.
    """

    metrics = (
        Metric("valid_accuracy", "max", "%", "valid", (0.0, 100.0), f"CIFAR-10; {PREDICTED}", _NETWORK),
        Metric("train_seconds", "min", "s", description=f"time of the training; {PREDICTED}", origin=_NETWORK),
    )
    missing = {"test_accuracy": "the surrogate network predicts validation accuracy alone."}
    fidelity = Fidelity("epochs", tuple(range(1, EPOCHS + 1)), resumes=True)
    identity: Literal["code", "network"] = "code"

    def __init__(self, network: Network):
        """The predictions of `network`."""
        self.space = DARTS()
        self._network = network

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """The predictions; `noise` changes nothing.

        The network's seconds fall between the first epochs, so those before the third are in proportion to it.
        """
        codes, epochs = self.space.require(codes), self.level(fidelity)
        assert epochs is not None
        accuracy, seconds = self._network.predict(codes, epochs)
        if epochs < _STEADY:
            seconds = self._network.predict(codes, _STEADY)[1] * epochs / _STEADY
        seconds = np.maximum(seconds, 0.0)
        return {"valid_accuracy": accuracy, "train_seconds": seconds, "cost": seconds.copy()}


class OfficialObjective(Objective):
    """Validation accuracy and seconds of the full training, as official surrogates of NAS-Bench-301 predict them.

    The expected value is the mean of the ensemble. With noise it is a draw from the normal distribution with the mean
    and the standard deviation of the members' predictions, as the official package draws; seconds have no noise.
    Features are edges by position, so codes of one network differ.
    """

    missing = {"test_accuracy": "the official surrogates predict validation accuracy alone."}
    identity: Literal["code", "network"] = "code"

    def __init__(self, accuracy: Forest, runtime: Forest, version: str = VERSION):
        """The predictions of an ensemble of accuracies and one of seconds, of a version of the benchmark."""
        self.space = DARTS()
        by, about = _TREES.format(version), f"CIFAR-10 after 100 epochs; {PREDICTED}"
        self.metrics = (
            Metric("valid_accuracy", "max", "%", "valid", (0.0, 100.0), about, by),
            Metric("train_seconds", "min", "s", description=f"time of the training; {PREDICTED}", origin=by),
        )
        self.stochastic = len(accuracy.members) > 1
        self._accuracy, self._runtime = accuracy, runtime

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: NDArray[np.uint64] | None = None) -> Columns:
        """Means of the ensembles, or draws from the spread of the one for accuracy."""
        self.level(fidelity)
        features = vectors(self.space.require(codes))
        members = self._accuracy.predict(features)
        accuracy = members.mean(axis=1)
        if noise is not None:
            accuracy = accuracy + members.std(axis=1) * standard_normal(noise)
        seconds = np.maximum(self._runtime.predict(features).mean(axis=1), 0.0)
        return {"valid_accuracy": np.clip(accuracy, 0.0, 100.0), "train_seconds": seconds, "cost": seconds.copy()}


def _origin(name: str) -> str:
    """How a column of the trained cells came about."""
    return "measured" if name.endswith("latency") else "derived: counted from the network, by the carrier"


def standard_normal(noise: NDArray[np.uint64]) -> NDArray[np.float64]:
    """(n,): a standard normal number for each row's noise, from its two halves (Box & Muller, 1958)."""
    first = ((noise >> np.uint64(32)).astype(np.float64) + 1) / 2**32
    second = (noise & np.uint64(0xFFFFFFFF)).astype(np.float64) / 2**32
    return np.asarray(np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second))


def of_trained(table: Table) -> TableObjective:
    """The objective of a table that `import_trained` wrote: one to five trainings of each, at two fidelities."""
    space = listed(table["cell"])
    fidelity = Fidelity("epochs", tuple(table.attributes["epochs"]))
    percent = (0.0, 100.0)
    columns: dict[Metric, NDArray[np.float64]] = {
        Metric("valid_accuracy", "max", "%", "valid", percent, "accuracy on held-out images", "measured"): table[
            "valid_accuracy"
        ],
        Metric("train_accuracy", "max", "%", "train", percent, "accuracy on training images", "measured"): table[
            "train_accuracy"
        ],
        Metric("train_seconds", "min", "s", description="time of the training", origin="measured"): table[
            "train_seconds"
        ],
    }
    for name in ("params", "flops", "gpu_latency", "rasp_latency", "fpga_latency", "mcu_latency"):
        about = table.describe(name)
        descriptions = about["description"].partition(";")[0]
        metric = Metric(name, "min", about["unit"], description=descriptions, origin=_origin(name))
        columns[metric] = np.repeat(table[name][:, None], len(fidelity.levels), axis=1)
    missing = {
        "test_accuracy": "the file's test accuracies repeat its validation accuracies, so they are not imported."
    }
    return TableObjective(
        space,
        space.rows,
        columns,
        table["train_seconds"],
        fidelity=fidelity,
        missing=missing,
        identity="code",
        description="167 cells of the DARTS space that others trained, one to five times each, and no others.",
    )
