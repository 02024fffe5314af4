"""Rules that have nothing to test of an object: each is passed over with its reason, and with no other status."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from attrs import define
from counting_strategies import Counting
from mistakes_in_objectives import changing

import nasapi.testing
from nasapi.benchmark import Benchmark, Reference
from nasapi.errors import InvalidOption, NotAvailable
from nasapi.reference import Anchor
from nasapi.testing import check, problems
from nasapi.testing import process_rules as elsewhere
from nasapi.testing.cases import SpaceCase
from nasapi.testing.far_spaces import DeepChain
from nasapi.testing.pair import Pair
from nasapi.testing.rules import Skipped
from nasapi.testing.search import ToyEncoder, ToySearch
from nasapi.testing.toy import Toy, ToyObjective, toy_v1

FOLDER = Path(nasapi.testing.__file__).parent


class One(Toy):
    """The toy's one cell of a single skip."""

    size = 1
    identities: ClassVar[dict[str, int]] = {"code": 1}

    def valid(self, codes: Any) -> Any:
        return np.asarray(super().valid(codes) & (codes == [0, 1, 0]).all(axis=1))


class Uncounted(Toy):
    """The toy, of which nobody says how many it has."""

    size = None
    identities: ClassVar[dict[str, int]] = {}


class Unmerged(Toy):
    """Builds networks, no two of which are one."""

    builder = "broken_builders:sound"
    identities: ClassVar[dict[str, int]] = {"code": 22}

    def canonical(self, codes: Any) -> Any:
        return codes.copy()


class Vague(Toy):
    graphs_omit = "the order of the edges"


class Leaps(Toy):
    """A step changes two genes or more."""

    def neighbors(self, code: Any) -> Any:
        every = np.concatenate(list(self.enumerate()))
        return every[(every != code).sum(axis=1) > 1]


class Long(DeepChain):
    """Chains that can be listed, but not looked through."""

    cardinalities = (3,) * 11
    size = 3**11


class Rare(DeepChain):
    """Chains, of which one of 531,441 is valid, and nobody knows how many."""

    size = None

    def valid(self, codes: Any) -> Any:
        return np.asarray(super().valid(codes) & (codes[:, :12] == 0).all(axis=1))

    def sample(self, n: int, rng: np.random.Generator) -> Any:
        codes = rng.integers(3, size=(n, 32))
        codes[:, :12] = 0
        return codes


class Wide(DeepChain):
    """Chains of operations out of 200."""

    cardinalities = (200,) * 3
    operations = ("input", "output", *(f"op{number}" for number in range(200)))
    size = 200**3


@define(eq=False)
class Picky(Counting):
    """Takes pairs of cells alone."""

    def __attrs_post_init__(self) -> None:
        if self.problem.space.id != "toy-pair":
            raise InvalidOption("only for pairs")


class PickyEncoder(ToyEncoder):
    def __init__(self, space: Any) -> None:
        if space.id != "toy":
            raise NotAvailable("only for the toy")
        super().__init__(space)


def known(reference: Reference, benchmark: Benchmark | None = None) -> Benchmark:
    return attrs.evolve(benchmark or toy_v1(), reference=reference)


MEASURES = changing(lambda found, *_: found, deterministic=False)
OF_CODES = changing(lambda found, *_: found, identity="code")
MEAN = problems.made_up(Toy())
PARTIAL = attrs.evolve(
    toy_v1(),
    objective=changing(lambda found, *_: found, missing={"robustness": "somebody else's file."}),
    reference=Reference(anchors=(Anchor("0-0-0", "robustness", 50.0, "nobody"),)),
)
FLAT = problems.without_fidelity().objective
SKIPPED: list[tuple[str, Any, str]] = [
    ("space/rng-moves", One(), "the space has one code"),
    ("space/size", Uncounted(), "the space does not say its size"),
    ("space/identities", Uncounted(), "the space claims no counts"),
    ("space/enumerate-once", DeepChain(), "1,853,020,188,851,841 codes are too many to count"),
    ("space/enumerate-all", Long(), "177,147 codes in range are too many to look through"),
    ("space/canonical-merges", Uncounted(), "the space does not count its networks"),
    ("space/graphs-distinct", Vague(), "graphs leave out the order of the edges"),
    ("space/from-graphs", Pair(), "toy-pair does not read graphs back"),
    ("space/index", Toy(), "the literature numbers no architectures of the space"),
    ("space/neighbors-back", Leaps(), "a step changes several genes"),
    ("space/crossover-parents", Leaps(), "a step changes several genes, so genes hang together"),
    ("space/sample-uniform", Rare(), "the valid codes cannot be listed, and of 65,536 codes in range only 0 are"),
    ("space/builder-output", Toy(), "the space builds no networks"),
    ("space/builder-networks", Unmerged(), "no two of the codes that were tried are one network"),
    ("encoder/fit-itself", ToyEncoder(Toy()), "the encoder does not learn"),
    ("encoder/fit-rng", ToyEncoder(Toy()), "the encoder does not learn"),
    ("encoder/unfitted", ToyEncoder(Toy()), "the encoder does not learn"),
    ("encoder/decode-rng", ToyEncoder(Toy()), "the encoder does not decode"),
    ("encoder/decode-valid", ToyEncoder(Toy()), "the encoder does not decode"),
    ("encoder/varied", ToyEncoder(One()), "the space has one code"),
    ("encoder/integers", ToyEncoder(Wide()), "the genes do not fit into eight bits"),
    ("encoder/deep-chain", ToyEncoder(Toy()), "only the encoder was given, not what makes it"),
    ("encoder/large-alphabet", PickyEncoder, "it refuses toy-alphabet: only for the toy"),
    ("objective/errors", ToyObjective(), "the objective says nothing of single rows"),
    ("objective/noise-singles", MEAN.objective, "the objective has no noise"),
    ("objective/expected", MEAN.objective, "the objective has no noise"),
    ("objective/highest", FLAT, "the objective has no fidelities"),
    ("objective/cost-grows", FLAT, "the objective has no fidelities"),
    ("objective/fidelity-helps", FLAT, "the objective has no fidelities"),
    ("objective/cost-seconds", ToyObjective(), "no metric tells the seconds of a training, or the costs are missing"),
    ("objective/bounds", MEAN.objective, "no metric has bounds"),
    ("objective/percent", MEAN.objective, "no metric is in percent"),
    ("objective/test-apart", MEAN.objective, "the objective has not both validation and test metrics"),
    ("objective/identity", OF_CODES, "values belong to codes"),
    ("objective/process", MEASURES, "the objective measures when it is asked, and says that it is not deterministic"),
    ("benchmark/process", attrs.evolve(toy_v1(), objective=MEASURES), "the objective measures when it is asked"),
    ("benchmark/anchors-given", known(Reference(predicted=True)), "the values are predicted"),
    ("benchmark/anchors-given", attrs.evolve(toy_v1(), objective=MEASURES), "the objective measures when it is asked"),
    ("benchmark/anchors-given", MEAN, "the values are of no table, and the reference names no source"),
    ("benchmark/anchors-held", MEAN, "no published values are given"),
    ("benchmark/anchors-held", PARTIAL, "the metrics of all published values are missing here"),
    ("benchmark/optima", MEAN, "no optimum is known"),
    ("benchmark/optima-attained", MEAN, "no optimum is known"),
    (
        "benchmark/optima-attained",
        known(Reference({"loss": 0.0}), problems.made_up(DeepChain())),
        "the architectures are too many to look at all of them",
    ),
    ("benchmark/point", toy_v1(), "there is no reference point"),
    ("benchmark/loads-twice", toy_v1(), "only the benchmark was given, not what makes it"),
    ("strategy/fidelity-said", ToySearch, "the strategy supports fidelity"),
    ("strategy/fidelity-highest", Counting, "the strategy does not support fidelity"),
    ("strategy/multi-objective", Counting, "the strategy does not support 'multi-objective'"),
    ("strategy/constraints", Counting, "the strategy does not support 'constraints'"),
    ("strategy/batch-beyond-space", Picky, "the strategy refuses the toy space: only for pairs"),
    ("strategy/deep-chain", Picky, "the strategy refuses toy-deep: only for pairs"),
]
ELSEWHERE = {
    ("entries.py", "reason"),
    ("evaluation_cases.py", "Spent"),
    ("objective_rules.py", "evaluations beside those"),
    ("other_process.py", "cannot be sent"),
    ("play.py", "supports none of the benchmarks"),
    ("play.py", "took more than"),
    ("plugin_rules.py", "the core's own entries"),
    ("process_rules.py", "takes too long"),
    ("process_rules.py", "nobody said how"),
    ("entries.py", "it refuses"),
}
"""Reasons that other tests of the kit give."""


@pytest.mark.parametrize(
    ("rule", "thing", "reason"), SKIPPED, ids=[f"{number}-{rule}" for number, (rule, *_) in enumerate(SKIPPED)]
)
def test_a_rule_with_nothing_to_test_says_why(rule: str, thing: Any, reason: str) -> None:
    if rule == "space/builder-networks":
        pytest.importorskip("torch", reason="the rules of builders build networks")
    [found] = check(thing, rules=[rule]).outcomes
    assert (found.status, found.reason[: len(reason)]) == ("skipped", reason)


def test_a_small_budget_leaves_no_draws_for_an_expected_value() -> None:
    rules = ["objective/expected"]
    [found] = check(ToyObjective(), rules=rules, evaluations=300).outcomes
    assert found.status == "skipped" and "left out, for it needs 257 evaluations" in found.reason
    [found] = check(ToyObjective(), rules=rules, evaluations=40 * 22 + 257).outcomes
    assert found.status == "passed"


def test_what_nobody_can_make_is_not_made_elsewhere() -> None:
    with pytest.raises(Skipped, match="nobody said how to make it in another process"):
        elsewhere.space.test(SpaceCase(Toy()))


def sites() -> dict[tuple[str, int], str]:
    """The text after every `raise Skipped(`, by its file and line."""
    return {
        (file.name, number): line.partition("Skipped(")[2]
        for file in sorted(FOLDER.glob("*.py"))
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if "raise Skipped(" in line
    }


def test_every_reason_is_given_for_some_object(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="the rules of builders build networks")
    given: set[tuple[str, int]] = set()
    start: Callable[..., None] = Skipped.__init__

    def record(self: Skipped, *words: Any) -> None:
        frame = sys._getframe(1)
        given.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
        start(self, *words)

    monkeypatch.setattr(Skipped, "__init__", record)
    for rule, thing, _ in SKIPPED:
        check(thing, rules=[rule])
    left = {site: text for site, text in sites().items() if site not in given}
    assert not [
        text for (file, _), text in left.items() if not any(file == name and part in text for name, part in ELSEWHERE)
    ]
