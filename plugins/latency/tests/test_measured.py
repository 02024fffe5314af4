"""Latency measured on this CPU: what is timed, what is put back, what is remembered."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest
from nasapi_latency.measured import MeasuredLatency
from nasapi_nb201.space import NB201

import nasapi
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.testing.toy import Toy

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'nasapi-latency[measured]'")

SMALL = {"side": 8, "channels": 2, "cells": 1, "repeats": 3, "warm_up": 1}
CODES = np.array([[3, 3, 3, 3, 3, 3], [0, 0, 0, 1, 0, 0]])


class Counter:
    """A clock that is a millisecond later at every look."""

    def __init__(self):
        self.looks = itertools.count()

    def __call__(self):
        return next(self.looks) / 1000


def test_the_latency_is_the_time_of_one_pass_and_the_cost_that_of_all() -> None:
    found = MeasuredLatency(NB201(), clock=Counter(), **SMALL).evaluate(CODES[:1])
    assert found["latency"][0] == pytest.approx(1.0)
    assert found["cost"][0] == pytest.approx(0.007)


def test_what_is_timed_is_a_pass_and_as_many_go_before_as_are_to_warm_up() -> None:
    seen, looks = [], Counter()

    def clock() -> float:
        seen.append("look")
        return looks()

    def passed(module, *_) -> None:
        if type(module).__module__ == "nasapi_nb201.build" and hasattr(module, "classifier"):
            seen.append("pass")

    hook = torch.nn.modules.module.register_module_forward_hook(passed)
    try:
        MeasuredLatency(NB201(), clock=clock, **SMALL).evaluate(CODES[:1])
    finally:
        hook.remove()
    assert seen == ["look", "pass", *["look", "pass", "look"] * 3, "look"]


def test_the_median_of_the_passes_is_taken() -> None:
    times = iter([0.0, 0.0, 0.001, 1.0, 1.5, 2.0, 2.004, 3.0])
    found = MeasuredLatency(NB201(), clock=lambda: next(times), **SMALL).evaluate(CODES[:1])
    assert found["latency"][0] == pytest.approx(4.0)


def test_a_code_is_measured_once() -> None:
    objective = MeasuredLatency(NB201(), **SMALL)
    first = objective.evaluate(CODES)
    again = objective.evaluate(CODES[::-1])
    assert first["latency"].tolist() == again["latency"][::-1].tolist()
    assert first["cost"].tolist() == again["cost"][::-1].tolist()


def test_threads_and_generator_are_put_back() -> None:
    before, state = torch.get_num_threads(), torch.get_rng_state()
    seen = []

    def clock() -> float:
        seen.append(torch.get_num_threads())
        return float(len(seen))

    MeasuredLatency(NB201(), clock=clock, threads=before + 1, **SMALL).evaluate(CODES[:1])
    assert set(seen[1:-1]) == {before + 1}
    assert torch.get_num_threads() == before
    assert torch.equal(torch.get_rng_state(), state)


def test_threads_are_put_back_after_a_failure() -> None:
    before = torch.get_num_threads()
    with pytest.raises(InvalidOption, match="`none` is"):
        MeasuredLatency(NB201(), threads=before + 1, none="dead", **SMALL).evaluate(CODES[:1])
    assert torch.get_num_threads() == before


def test_the_metric_states_unit_batch_input_and_threads() -> None:
    metric = nasapi.load_objective("nb201/cpu", dataset="imagenet16-120", batch=4, threads=2).metrics[0]
    assert (metric.name, metric.unit) == ("latency", "ms")
    assert "a batch of 4 of 3 x 16 x 16 on this machine's CPU, 2 threads: median of 11 passes" in metric.description
    other = nasapi.load_objective("nb201/cpu", warm_up=1, repeats=5, side=8).metrics[0].description
    assert "3 x 8 x 8" in other and "median of 5 passes after 1 of warm-up" in other
    for plain in (MeasuredLatency(NB201()), nasapi.load_objective("nb201/cpu")):
        words = (
            "Latency in ms of a batch of 1 of 3 x 32 x 32 on this machine's CPU, 1 thread: median of 11 passes after 3"
        )
        assert plain.metrics[0].description.startswith(words)


def test_a_space_without_networks_is_refused() -> None:
    with pytest.raises(NotAvailable, match="toy builds no networks"):
        MeasuredLatency(Toy())


def test_without_torch_a_space_says_what_to_install(monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "nasapi_nb201.build", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NotAvailable, match="nb201 builds its networks with torch, which is not installed"):
        MeasuredLatency(NB201())


def test_networks_of_nodes_and_words_are_measured_on_what_they_take() -> None:
    for space, small in (("graph", {"channels": 4}), ("nlp", {"channels": 4, "embedding": 4, "classes": 9})):
        objective = MeasuredLatency(nasapi.load_space(space), batch=5, repeats=3, warm_up=1, **small)
        code = objective.space.sample(1, np.random.default_rng(0))
        assert objective.evaluate(code)["latency"][0] > 0


@pytest.mark.parametrize(
    ("option", "least"), [("batch", 1), ("side", 1), ("threads", 1), ("warm_up", 0), ("repeats", 1)]
)
def test_an_option_that_is_no_count_is_refused(option, least) -> None:
    assert getattr(MeasuredLatency(NB201(), **{option: least}), option) == least
    for value in (least - 1, True, 2.0):
        with pytest.raises(InvalidOption, match=f"`{option}` is a whole number from {least}, not {value}"):
            MeasuredLatency(NB201(), **{option: value})


def test_a_data_set_without_networks_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidOption, match=r"no data set 'cifar'. Did you mean 'cifar10'"):
        nasapi.load_objective("nb201/cpu", dataset="cifar")
