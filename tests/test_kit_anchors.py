"""Published values in the kit, and plugins whose entries are checked where the plugin itself keeps its rules."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from attrs import define, field
from counting_strategies import Counting

from nasapi.benchmark import Benchmark
from nasapi.plugins.manager import manager
from nasapi.reference import Anchor
from nasapi.testing import check
from nasapi.testing.entries import plugin_checks
from nasapi.testing.randomness import touched_by
from nasapi.testing.search import ToyEncoder
from nasapi.testing.toy import Toy, toy_v1

GOOD = Anchor("conv|skip|none", "valid_accuracy", 65.0, "by hand")


def anchored(*anchors: Anchor, **missing: str) -> Benchmark:
    made = toy_v1()
    made.objective.missing = missing
    return attrs.evolve(made, reference=attrs.evolve(made.reference, anchors=anchors))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, ""),
        ({"value": 65.4, "tolerance": 0.4}, ""),
        ({"value": 65.4, "tolerance": 0.3}, "valid_accuracy is 65, but by hand has 65.4"),
        ({"value": 64.6, "tolerance": 0.3}, "valid_accuracy is 65, but by hand has 64.6"),
        ({"fidelity": 1}, "valid_accuracy is 32.5, but by hand has 65"),
        ({"fidelity": 3}, "'conv|skip|none' cannot be looked up: InvalidOption"),
        ({"architecture": "no|cell"}, "'no|cell' cannot be looked up: InvalidArchitecture"),
        ({"metric": "accuracy"}, "there is no metric 'accuracy' to hold against what was published"),
        ({"metric": "cost", "value": 16.0}, ""),
        ({"source": " "}, "the published valid_accuracy of 'conv|skip|none' has no source"),
    ],
)
def test_a_published_value_is_held_within_its_tolerance(changes: dict[str, Any], message: str) -> None:
    [found] = check(anchored(GOOD, attrs.evolve(GOOD, **changes)), rules=["benchmark/anchors-held"]).outcomes
    assert (found.status, found.reason[: len(message)]) == ("failed" if message else "passed", message)


def test_a_published_value_of_what_is_not_here_is_passed_over() -> None:
    away = attrs.evolve(GOOD, metric="accuracy")
    [found] = check(anchored(GOOD, away, accuracy="get it"), rules=["benchmark/anchors-held"]).outcomes
    assert found.status == "passed"
    [given] = check(anchored(), rules=["benchmark/anchors-given"]).outcomes
    assert (given.status, "there is no published value of ['valid_accuracy']" in given.reason) == ("failed", True)


def test_a_plugin_is_checked_and_each_of_its_entries_after_it() -> None:
    [plugin] = [each for each in manager().plugins if each.name == "nasapi"]
    first, *others = plugin_checks("nasapi", {})
    assert first().ok
    assert len(others) == len(plugin.entries) > 5


class Few(Toy):
    """The two cells of a toy that has a single edge."""

    size = 2
    identities: ClassVar[dict[str, int]] = {"code": 2}

    def valid(self, codes: Any) -> Any:
        return np.asarray(super().valid(codes) & (codes[:, 0] == 0) & (codes[:, 2] == 0))


class Same(ToyEncoder):
    """Gives all cells one feature."""

    def encode(self, codes: Any) -> Any:
        return np.ones((len(codes), 9))


def test_an_encoder_of_two_cells_distinguishes_them() -> None:
    assert len(np.concatenate(list(Few().enumerate()))) == 2
    for encoder, status in ((ToyEncoder(Few()), "passed"), (Same(Few()), "failed")):
        [found] = check(encoder, rules=["encoder/varied"]).outcomes
        assert found.status == status


@define(eq=False)
class Tires(Counting):
    """Asks for every cell once, and raises at the so-manieth call after that."""

    bears: int = field(default=0, kw_only=True)
    rest: Any = field(default=None, init=False)

    def ask(self, n: int) -> Any:
        if self.rest is None:
            self.rest = self.problem.trials(np.concatenate(list(self.problem.space.enumerate())))
        if not self.rest:
            self.bears -= 1
            if self.bears < 0:
                raise IndexError("no cell is left")
            return super().ask(n)
        asked, self.rest = self.rest[:n], self.rest[n:]
        return asked


@pytest.mark.parametrize(("bears", "status"), [(0, "failed"), (2, "failed"), (3, "passed")])
def test_a_strategy_is_asked_three_times_after_every_cell(bears: int, status: str) -> None:
    tires = functools.partial(Tires, bears=bears)
    [found] = check(tires, rules=["strategy/space-exhausted"]).outcomes
    assert found.status == status
    if status == "failed":
        assert "after 22 of 22 architectures it raised IndexError" in found.reason


def test_the_state_of_torch_is_put_back() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    before = torch.get_rng_state()
    assert touched_by(lambda: torch.manual_seed(0)) == "torch"
    assert torch.equal(torch.get_rng_state(), before)
