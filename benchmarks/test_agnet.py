"""What AG-Net costs on nb201: samples with scores and validity, a joint step, a search; CPU time on one thread."""

from __future__ import annotations

import time

import numpy as np
import pytest

import nasapi

pytest.importorskip("nasapi_agnet")
pytest.importorskip("nasapi_nb201")

from nasapi_agnet.coupled import Predictor
from nasapi_agnet.generator import Generator
from nasapi_agnet.settings import DEFAULT, PAPER
from nasapi_encoders.torch_state import generator_from
from nasapi_toolkit.features import Features

pytestmark = pytest.mark.benchmark(timer=time.process_time)  # CPU time: other work on the machine counts less


@pytest.fixture(scope="module")
def nb201() -> nasapi.SearchSpace:
    return nasapi.load_space("nb201")


def test_ten_thousand_samples_with_scores_and_validity(benchmark, nb201) -> None:
    encoder = nasapi.load_encoder("svge", nb201)
    rng = np.random.default_rng(0)
    features = Features(nb201, DEFAULT.encoder)
    features.prepare()
    (process,) = DEFAULT.models(1, 0)
    process.fit(features.of(nb201.canonical(nb201.sample(192, rng))), rng.standard_normal(192), rng)

    def sample() -> None:
        drawn = encoder.draw(rng.standard_normal((10_000, encoder.latent)), rng)
        valid = nb201.canonical(drawn[nb201.valid(drawn)])
        process.predict(features.of(valid))

    benchmark(sample)


def test_a_joint_step_of_sixteen_graphs(benchmark, nb201) -> None:
    encoder = nasapi.load_encoder("svge", nb201)
    rng = np.random.default_rng(0)
    codes, targets = nb201.sample(16, rng), rng.standard_normal((16, 1))
    random = generator_from(rng)
    generator = Generator(nb201, encoder, PAPER, random, Predictor.made(sum(nb201.cardinalities), 1, random))
    benchmark(generator.retrain, codes, np.ones(16), targets, rng)  # thirty steps


@pytest.mark.parametrize("spec", ["agnet", "agnet[preset=paper]", "agnet-xgb"])
def test_a_search_of_192_queries(benchmark, spec) -> None:
    task = nasapi.load_benchmark("nb201/cifar10-v1")
    strategy = nasapi.load_strategy(spec)
    benchmark.pedantic(lambda: nasapi.run(task, strategy, seed=0, batch=16), rounds=3)
