"""What single rules look at, and what they pass over with a reason."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from attrs import define, field
from counting_strategies import Counting

from nasapi.errors import InvalidArchitecture
from nasapi.fidelity import Fidelity
from nasapi.testing import check, problems
from nasapi.testing.pair import Pair
from nasapi.testing.search import ToyEncoder, ToySearch
from nasapi.testing.toy import Toy, ToyObjective, toy_v1

METHODS = ("valid", "canonical", "mutate", "crossover", "neighbors", "graphs", "format")


def doing(name: str, act: Any) -> Any:
    """The toy, one method of which first does something with its arguments."""

    def method(self: Toy, *given: Any) -> Any:
        act(*given)
        return getattr(Toy, name)(self, *given)

    return type("Doing", (Toy,), {name: method, "_checks": {}})()


@pytest.mark.parametrize("name", ["sample", "mutate", "crossover", "canonical", "neighbors", "graphs"])
def test_whichever_method_seeds_the_world_is_noticed(name: str) -> None:
    report = check(doing(name, lambda *_: random.seed(0)), rules=["space/global-random"])
    assert report.failed == ("space/global-random",)
    assert "the global state of random changed" in str(report)


@pytest.mark.parametrize("name", METHODS)
def test_whichever_method_changes_its_codes_is_named(name: str) -> None:
    def change(codes: Any, *_: Any) -> None:
        if isinstance(codes, np.ndarray) and codes.flags.writeable:
            codes[..., -1] = (codes[..., -1] + 1) % 3

    [found] = check(doing(name, change), rules=["space/arguments-unchanged"]).outcomes
    assert (found.status, "changed the codes it was given" in found.reason) == ("failed", True)


@pytest.mark.parametrize("name", ["sample", "mutate", "crossover"])
def test_whichever_method_draws_by_itself_is_named(name: str) -> None:
    calls: list[int] = []

    def draw(*given: Any) -> None:
        calls.append(1)
        given[-1].random(len(calls))

    [found] = check(doing(name, draw), rules=["space/rng-alone"]).outcomes
    assert (found.status, found.reason.startswith(f"{name} differs for two generators")) == ("failed", True)


def status(thing: Any, rule: str, **options: Any) -> tuple[str, str]:
    [found] = check(thing, rules=[rule], **options).outcomes
    return found.status, found.reason


class Levels(ToyObjective):
    """The toy with so many levels, at the last of which rows cost less where it is cheap."""

    def __init__(self, levels: tuple[int, ...], cheap: bool = False) -> None:
        super().__init__()
        self.fidelity, self.cheap = Fidelity("epochs", levels), cheap

    def evaluate(self, codes: Any, fidelity: Any = None, noise: Any = None) -> Any:
        level = self.fidelity.levels[-1] if fidelity is None else fidelity
        found = dict(ToyObjective().evaluate(codes, level, noise))
        if self.cheap and level == self.fidelity.levels[-1]:
            found["cost"] = found["cost"] / 100
        return found


def test_what_there_is_nothing_to_test_of_is_skipped_with_its_reason() -> None:
    flat = problems.without_fidelity().objective
    assert status(Pair(), "space/from-graphs") == ("skipped", "toy-pair does not read graphs back into codes")
    assert status(flat, "objective/highest")[0] == "skipped"
    assert status(flat, "objective/cost-grows")[0] == "skipped"
    assert status(Levels((16,)), "objective/cost-grows")[0] == "skipped"
    assert status(Levels((1, 16)), "objective/cost-grows")[0] == "passed"
    assert status(Levels((1, 16), cheap=True), "objective/cost-grows")[0] == "failed"
    assert status(ToySearch, "strategy/fidelity-said")[0] == "skipped"
    assert status(Counting, "strategy/fidelity-highest")[0] == "skipped"
    assert status(ToyEncoder(Toy()), "encoder/decode-valid") == ("skipped", "the encoder does not decode")


def test_rows_that_failed_have_no_expected_value() -> None:
    for how in ("half", "nan"):
        assert status(problems.spoiled(toy_v1(), how).objective, "objective/expected")[0] == "passed"


def test_a_part_of_results_is_told_and_the_rest_later_once_or_never() -> None:
    made_here: list[Counting] = []

    @define(eq=False)
    class Listening(Counting):
        parts: list[int] = field(factory=list, init=False)

        def __attrs_post_init__(self) -> None:
            made_here.append(self)

        def tell(self, results: Any) -> None:
            self.parts.append(len(results))
            super().tell(results)

    assert status(Listening, "strategy/tell-parts")[0] == "passed"
    strategy = next(each for each in made_here if each.parts)
    assert strategy.parts == [3, 4, 3, 4, 3, 4]
    assert len({id(result.trial) for result in strategy.received}) == len(strategy.received) == 21


def test_a_pair_is_read_from_two_cells_alone() -> None:
    for text in ("conv|skip|none", "conv|skip|none+conv|skip|none+conv|skip|none", ""):
        with pytest.raises(InvalidArchitecture, match="is not two toy cells with a plus sign between"):
            Pair().parse(text)
