"""Where rules of the kit draw the line: what they just allow, what they do not, and how much they ask of a strategy."""

from __future__ import annotations

import functools
import os
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from attrs import define, field
from broken_objectives import Answers
from counting_strategies import Counting
from mistakes_in_objectives import TEST, VALID, changing, metric

from nasapi.benchmark import Benchmark, Reference
from nasapi.plugins.entry_points import Point
from nasapi.problem import Constraint
from nasapi.testing import check
from nasapi.testing.far_spaces import DeepChain
from nasapi.testing.kit import RULES, outcome
from nasapi.testing.other_process import seen_elsewhere
from nasapi.testing.plugin_rules import PluginCase
from nasapi.testing.rules import Broken
from nasapi.testing.search import ToyEncoder, ToySearch
from nasapi.testing.toy import Toy, ToyObjective, toy_v1

PLAIN = ToyObjective().evaluate(np.concatenate(list(Toy().enumerate())))
BEST = float(PLAIN[VALID].max())
SPREAD = float(np.ptp(PLAIN[VALID]))


def status(thing: Any, rule: str) -> str:
    [found] = check(thing, rules=[rule]).outcomes
    return found.status


def timed(ratio: float) -> Answers:
    """The toy, which says the seconds of a training beside costs of `ratio` times as many."""
    return changing(
        lambda found, *_: (
            {VALID: found[VALID], TEST: found[TEST], "train_seconds": found["cost"] / ratio} | {"cost": found["cost"]}
        ),
        metrics=metric("params", unit="s", name="train_seconds"),
    )


def cheaper(seconds: float) -> Answers:
    """The toy, whose second level costs so much less than its first."""

    def change(found: Any, codes: Any, level: Any) -> Any:
        first = ToyObjective().evaluate(codes, 1)["cost"]
        return found | ({"cost": first - seconds} if level == 4 else {})

    return changing(change)


def worse(points: float) -> Answers:
    """The toy, whose accuracies are so much worse at the last level than at all others."""

    def change(found: Any, codes: Any, level: Any) -> Any:
        last = ToyObjective().evaluate(codes)
        return found | {name: last[name] - points * (level in (None, 16)) for name in (VALID, TEST)}

    return changing(change)


def dead(share: float) -> Answers:
    """The toy, in which a dead edge changes accuracies by a share of them."""
    return changing(lambda found, codes, _: found | {VALID: found[VALID] * (1 + share * (codes[:, 0] > 0))})


def in_percent(most: float) -> Answers:
    return changing(
        lambda found, *_: found | {name: found[name] * (most / found[name].max()) for name in (VALID, TEST)}
    )


@pytest.mark.parametrize(
    ("rule", "make", "good", "bad"),
    [
        ("objective/cost-seconds", timed, (0.11, 1.0, 9.9), (0.09, 10.1, 100.0)),
        ("objective/cost-grows", cheaper, (-1.0, 0.0, 1e-10), (1e-8, 0.5)),
        ("objective/fidelity-helps", worse, (-1.0, 0.0, 1e-10), (1e-8, 0.5)),
        ("objective/identity", dead, (0.0, 5e-6), (5e-5,)),
        ("objective/percent", in_percent, (1.51, 100.0), (1.0, 1.49)),
        (
            "objective/test-apart",
            lambda by: changing(lambda f, *_: f | {TEST: f[VALID] + by}),
            (2e-4 * SPREAD,),
            (0.0, 9e-5 * SPREAD),
        ),
        (
            "objective/bounds",
            lambda by: changing(lambda f, *_: f, metrics=metric(VALID, bounds=(0.0, BEST + by))),
            (0.3 * 3, 5.0),
            (-0.5,),
        ),
        (
            "objective/cost",
            lambda by: changing(lambda f, *_: f | {"cost": 0 * f["cost"] + by}),
            (0.0, 1e9),
            (-1e-9, np.inf, np.nan),
        ),
        (
            "objective/percent",
            lambda top: changing(lambda f, *_: f, metrics=metric(VALID, bounds=(0.0, top))),
            (1.51, 100.0),
            (1.0, 1.49),
        ),
    ],
)
def test_an_objective_is_held_to_just_so_much(rule: str, make: Any, good: Any, bad: Any) -> None:
    assert {by: status(make(by), rule) for by in (*good, *bad)} == dict.fromkeys(good, "passed") | dict.fromkeys(
        bad, "failed"
    )


@pytest.mark.parametrize(
    ("name", "changes", "rule", "wanted"),
    [
        ("valid_accuracy", {"split": "none"}, "objective/split", "passed"),
        ("valid_accuracy", {"split": "train"}, "objective/split", "failed"),
        ("train.loss", {"split": "train", "goal": "min"}, "objective/split", "passed"),
        ("train.loss", {"split": "valid", "goal": "min"}, "objective/split", "failed"),
        ("accuracy", {"split": "valid"}, "objective/split", "passed"),
        ("Latency_ms", {"goal": "max"}, "objective/direction", "failed"),
        ("Latency_ms", {"goal": "min"}, "objective/direction", "passed"),
        ("accuracy-loss", {"goal": "max"}, "objective/direction", "passed"),
        ("accuracy-loss", {"goal": "min"}, "objective/direction", "passed"),
        ("colour", {"goal": "min"}, "objective/direction", "passed"),
    ],
)
def test_words_in_the_name_of_a_metric_say_what_it_is(name: str, changes: Any, rule: str, wanted: str) -> None:
    named = changing(lambda found, *_: found | {name: found[VALID]}, metrics=metric(VALID, name=name, **changes))
    assert status(named, rule) == wanted


def known(optimum: float, *constraints: Constraint) -> Benchmark:
    made = toy_v1()
    problem = attrs.evolve(made.problem, constraints=constraints)
    return attrs.evolve(made, problem=problem, reference=Reference({VALID: optimum}))


def test_an_optimum_is_of_the_architectures_that_keep_the_constraints_up_to_rounding() -> None:
    rounding = 1e-6 * (1 + BEST)
    above, attained = "benchmark/optima", "benchmark/optima-attained"
    for by, beaten, reached in (
        (0.0, "passed", "passed"),
        (-0.5 * rounding, "passed", "passed"),
        (-2 * rounding, "failed", "passed"),
        (0.5 * rounding, "passed", "passed"),
        (2 * rounding, "passed", "failed"),
    ):
        assert (status(known(BEST + by), above), status(known(BEST + by), attained)) == (beaten, reached)
    for count in (0.0, 100.0, 300.0):
        best = float(PLAIN[VALID][PLAIN["params"] == count].max())
        just = known(best, Constraint("params", count, count))
        assert (status(just, above), status(just, attained)) == ("passed", "passed")


@pytest.mark.parametrize(
    ("point", "optima", "wanted"),
    [
        ({VALID: 0.0}, {VALID: BEST}, "passed"),
        ({VALID: BEST}, {VALID: BEST}, "passed"),
        ({VALID: BEST + 0.1}, {VALID: BEST}, "failed"),
        ({VALID: BEST + 0.1}, {}, "passed"),
        ({VALID: 0.0, "params": 1.0}, {VALID: BEST}, "failed"),
    ],
)
def test_a_reference_point_is_no_better_than_the_optimum(point: Any, optima: Any, wanted: str) -> None:
    assert status(attrs.evolve(toy_v1(), reference=Reference(optima, point)), "benchmark/point") == wanted


def chain(values: int) -> DeepChain:
    labels = ("input", "output", *(f"op{number}" for number in range(values)))
    facts = {"cardinalities": (values,) * 3, "operations": labels, "size": values**3}
    return type("Chain", (DeepChain,), facts)()


def test_genes_beyond_seven_bits_are_no_mistake_of_a_space_and_codes_of_eight_bits_are_tried_where_they_fit() -> None:
    assert status(chain(200), "space/valid-total") == "passed"
    assert status(ToyEncoder(chain(101)), "encoder/integers") == "passed"

    class Doubles(ToyEncoder):
        def encode(self, codes: Any) -> Any:
            return (codes + codes.dtype.type(100)).astype(float)

    assert status(Doubles(chain(30)), "encoder/integers") == "failed"


class Uncounted(DeepChain):
    """Chains that begin with the first two operations alone, and of which nobody knows how many there are."""

    size = None

    def valid(self, codes: Any) -> Any:
        return np.asarray(super().valid(codes) & (codes[:, 0] < 2))


class Leaning(Uncounted):
    def sample(self, n: int, rng: np.random.Generator) -> Any:
        codes = super().sample(n, rng)
        return np.where((rng.random(n) < 0.2)[:, None], np.minimum(codes, 1), codes)


def test_draws_of_a_space_that_cannot_be_listed_are_held_against_its_valid_codes() -> None:
    assert [status(space(), "space/sample-uniform") for space in (Uncounted, Leaning)] == ["passed", "failed"]


ASKED = {
    "ask-at-most-n": [[4] * 5],
    "ask-begins": [[1]],
    "ask-trials": [[4]],
    "same-seed": [[5] * 4] * 2,
    "seeds-differ": [[4] * 5] * 2,
    "replay": [[4] * 5] * 2,
    "global-random": [[4] * 5] * 2,
    "fidelity-highest": [[4]],
    "tell-any-order": [[6, 6, 6, 2]],
    "tell-parts": [[4] * 6],
    "asynchronous": [[4] * 5, [8, *[1] * 16]],
    "one-result": [[4, 4]],
    "all-fail": [[4] * 5],
    "some-fail": [[4] * 5],
    "results-unchanged": [[4] * 5],
    "constant": [[4] * 5],
    "batch-sizes": [[1] * 24, [16, 8]],
    "batch-beyond-space": [[64]],
    "no-fidelity": [[4] * 5],
    "multi-objective": [[4] * 5],
    "constraints": [[4] * 5],
    "deep-chain": [[8] * 3],
    "large-alphabet": [[8] * 3],
    "mirror": [[4] * 5] * 2,
    "list-own": [[4] * 5] * 2,
    "alone": [[4] * 5] * 3,
}
"""How many trials the strategies that a rule makes are asked for, call by call."""


@pytest.mark.parametrize("rule", ASKED)
def test_a_strategy_is_asked_for_as_many_trials_as_its_rule_takes(rule: str) -> None:
    asked: dict[int, list[int]] = {}
    kept = []

    class Asked(ToySearch):
        def ask(self, n: int) -> Any:
            kept.append(self)
            asked.setdefault(id(self), []).append(n)
            return super().ask(n)

    assert status(Asked, f"strategy/{rule}") == "passed"
    assert list(asked.values()) == ASKED[rule]


def test_a_strategy_that_knows_what_it_asked_is_not_told_of_anything_else() -> None:
    @define(eq=False)
    class Strict(Counting):
        """Parts from its own recording, and raises where it hears of what it did not ask."""

        made: ClassVar[int] = 0
        mine: list[Any] = field(factory=list, init=False)

        def __attrs_post_init__(self) -> None:
            type(self).made += 1
            self.rng = np.random.default_rng(type(self).made)

        def ask(self, n: int) -> Any:
            self.mine += (found := super().ask(n))
            return found

        def tell(self, results: Any) -> None:
            if not all(any(result.trial is trial for trial in self.mine) for result in results):
                raise KeyError("not mine")

    [found] = check(Strict, rules=["strategy/replay"]).outcomes
    assert (found.status, found.reason[:26]) == ("failed", "a replayed run on toy-pair")


@pytest.mark.parametrize(
    ("distribution", "point", "module", "wanted"),
    [
        ("nasapi-x", "x", "nasapi_x", "passed"),
        ("nasapi-x", "x", "nasapi_x.plugin", "passed"),
        ("nasapi_two-words", "two-words", "nasapi_two_words", "passed"),
        ("nasapi-x", "x", "nasapi_y", "failed"),
        ("nasapi-y", "x", "nasapi_x", "failed"),
        ("x", "x", "x", "failed"),
        ("nasapi", "x", "anything", "skipped"),
    ],
)
def test_a_plugin_has_one_name(distribution: str, point: str, module: str, wanted: str) -> None:
    [rule] = [rule for rule in RULES if rule.id == "plugin/names"]
    assert outcome(rule, lambda: PluginCase(distribution, Point("nasapi.v1", point, module))).status == wanted


@pytest.mark.parametrize("gene", [1, 2])
def test_each_network_of_several_codes_is_built_from_two_of_them(gene: int) -> None:
    pytest.importorskip("torch", reason="the rules of builders build networks")
    builds = type("Builds", (Toy,), {"builder": f"broken_builders:dead_beside_{gene}"})
    assert status(builds(), "space/builder-networks") == "failed"


def test_another_process_stands_in_for_one_that_ended() -> None:
    with pytest.raises(Broken, match="the other process ended"):
        seen_elsewhere(_end, _id)
    assert seen_elsewhere(functools.partial(Toy), _id) == {"id": "toy"}


def _end() -> Any:
    os._exit(3)


def _id(space: Toy) -> dict[str, str]:
    return {"id": space.id}
