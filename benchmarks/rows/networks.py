"""Networks that come with spaces and strategies: the surrogate of darts, its boosted trees, samples of AG-Net."""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

import numpy as np
from nasapi_darts.features import vectors
from nasapi_darts.importers.network_table import import_network, network_of
from nasapi_darts.space import DARTS
from timing import Row, Work

import nasapi
from nasapi.tables import Forest, Trees
from nasapi.testing import shared_data

SPACE = DARTS()


def codes(n: int) -> np.ndarray:
    return SPACE.sample(n, np.random.default_rng(0))


@functools.cache
def network():
    """The surrogate network, imported once."""
    folder = shared_data("darts", "the weights of the surrogate network")
    return network_of(import_network(folder, Path(tempfile.mkdtemp(prefix="nasapi-bench-")) / "darts-mlp.zarr"))


def predict(n: int) -> Work:
    model, given = network(), codes(n)
    return lambda: model.predict(given, 98)


def product(n: int) -> Work:
    """As many operations in products of 1,024 x 1,024 matrices, at 1.275 MFLOP a cell."""
    square = np.random.default_rng(0).random((1024, 1024), np.float32)
    times = max(round(n * 1.275e6 / 2.147e9), 1)
    return lambda: [square @ square for _ in range(times)]


@functools.cache
def forest() -> Forest:
    """Ten members of 3,000 trees with 511 nodes each, about the size of the official ensembles."""
    rng = np.random.default_rng(0)
    nodes = np.arange(511)
    inner = nodes < 255
    left = np.where(inner, nodes + 1, 0)
    root = np.tile(nodes == 0, 3000)
    feature = rng.integers(10, 22, size=len(root))
    feature[np.tile(~inner, 3000)] = -1
    member = Trees(
        feature.astype(np.int16),
        rng.integers(0, 7, size=len(root)).astype(float),
        np.tile(left, 3000).astype(np.int32),
        np.tile(left + inner, 3000).astype(np.int32),
        root,
    )
    return Forest((member,) * 10)


def grown(n: int) -> Work:
    trees, features = forest(), vectors(codes(n))
    return lambda: trees.predict(features)


def samples(n: int) -> Work:
    """Samples of AG-Net with their scores."""
    from nasapi_agnet.checkpoints import pretrained
    from nasapi_agnet.known_forms import form_of
    from nasapi_agnet.sampling import sample, uniform

    form = form_of(nasapi.load_space("nb201"))
    generator, rng = pretrained(form, "shipped", 1_500), np.random.default_rng(0)
    return lambda: sample(generator, form, uniform(n, rng), rng)


ROWS = [
    Row("surrogate network of darts, of 10,240", predict, "us", limit=product, n=10_240, quick=16),
    Row("surrogate network of darts, of one", predict, "us"),
    Row("boosted trees of darts, of 100", grown, "us", n=100, quick=2),
    Row("boosted trees of darts, of one", grown, "us"),
    Row("sample of AG-Net with its score, of 10,000", samples, "us", n=10_000, quick=16),
]
os.environ.setdefault("NASAPI_SHARED_DATA", str(Path(__file__).resolve().parents[3] / "shared" / "data"))
