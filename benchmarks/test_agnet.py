"""What AG-Net costs on nb201: samples with scores, a round of retraining, a search; CPU time on one thread."""

from __future__ import annotations

import time

import numpy as np
import pytest

import nasapi

pytest.importorskip("nasapi_agnet")
pytest.importorskip("nasapi_nb201")

from nasapi_agnet.checkpoints import pretrained
from nasapi_agnet.drawing import sample, uniform
from nasapi_agnet.known_forms import form_of

pytestmark = pytest.mark.benchmark(timer=time.process_time)  # CPU time: other work on the machine counts less


def test_ten_thousand_samples_with_their_scores(benchmark) -> None:
    form = form_of(nasapi.load_space("nb201"))
    generator, rng = pretrained(form, "shipped", 1_500), np.random.default_rng(0)
    benchmark(lambda: sample(generator, form, uniform(10_000, rng), rng))


@pytest.mark.parametrize("spec", ["agnet", "agnet-xgb", "decoded-gp"])
def test_a_search_of_192_queries(benchmark, spec) -> None:
    task = nasapi.load_benchmark("nb201/cifar10-v1")
    strategy = nasapi.load_strategy(spec)
    benchmark.pedantic(lambda: nasapi.run(task, strategy, seed=0, batch=16), rounds=3)
