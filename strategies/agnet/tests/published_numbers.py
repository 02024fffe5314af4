"""Fixtures of the published tables and of what the authors' code gives; tests skip where the files are not."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from attrs import frozen
from nasapi_agnet.generator import Generator, Scores, shapes_of
from nasapi_agnet.parameters import Parameters
from numpy.typing import NDArray

from nasapi.testing import import_into, shared_data


@pytest.fixture
def hardware(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HW-NAS-Bench on CIFAR-10 is imported."""
    if importlib.util.find_spec("nasapi_latency") is None:
        pytest.skip("nasapi-latency, whose benchmarks these are, is not installed")
    published = shared_data("nb201/hw_nas_bench_cifar10.npz", "the published values of HW-NAS-Bench")
    monkeypatch.setenv("NASAPI_DATA", str(import_into(tmp_path, "hw-nas-bench-cifar10", published)))


LINEAR = {
    "embed": "nodeInit.NodeInits.lin_layers.Linear0",
    "embed_out": "nodeInit.NodeInits.lin_layers.Linear1",
    "start": "nodeInit.f_start",
    "start_out": "nodeInit.f_start_2",
    "init": "nodeInit.f_init",
    "init_out": "nodeInit.f_init_2",
    "add": "nodeAdd.f_an",
    "add_out": "nodeAdd.f_an_2",
    "edge": "nodes.f_s_1",
    "edge_out": "nodes.f_s_2",
    "value": "prop.GraphEmb.f_m",
    "gate": "prop.GraphEmb.g_m",
    "value_init": "prop.GraphEmb_init.f_m",
    "gate_init": "prop.GraphEmb_init.g_m",
}
UNITS = {
    "message": "msg.weight",
    "message_bias": "msg.bias",
    "sums": "upd.weight_ih",
    "sums_bias": "upd.bias_ih",
    "own": "upd.weight_hh",
    "own_bias": "upd.bias_hh",
}


@frozen(eq=False)
class Reference:
    """What the authors' code gives for 32 latent vectors, each alone."""

    generator: Generator
    z: NDArray[np.float32]
    scores: Scores


@pytest.fixture
def reference() -> Callable[[str], Reference]:
    """What gives the authors' numbers for "nb101" or "nb201", and skips the test where the file is not."""
    return _reference


def _reference(space: str) -> Reference:
    with np.load(shared_data(f"agnet/{space}_reference.npz", "the authors' weights and scores")) as file:
        given = {name.removeprefix("weight/generator."): file[name] for name in file.files}
    _, nodes, labels = given["node_logits"].shape
    weights = Parameters.zeros(shapes_of(labels, layers=2))
    for own, theirs in LINEAR.items():
        for part in ("weight", "bias"):
            weights[f"{own}.{part}"][:] = given[f"{theirs}.{part}"]
    for layer in range(2):
        for own, theirs in UNITS.items():
            names = [f"prop.NodeEmb.GNNLayers_{way}.{layer}.{theirs}" for way in ("forward", "backward")]
            weights[f"layers.{layer}.{own}"][:] = np.stack([given[name] for name in names])
    scores = Scores(given["node_logits"], given["edge_logits"])
    return Reference(Generator(nodes, labels, 2, 1, weights), given["z"], scores)
