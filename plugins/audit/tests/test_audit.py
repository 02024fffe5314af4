"""The audit: a deliberately wrong wrapper for each kind of disagreement, and right ones with nothing to find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import nasapi_nb201.space
import numpy as np
import pytest
from attrs import field, frozen
from nasapi_audit.adapter import Adapter, Alternative, one_by_one
from nasapi_audit.audit import Finding, audit
from numpy.typing import NDArray

import nasapi
from nasapi.errors import InterfaceError, InvalidOption
from nasapi.objective import Objective
from nasapi.space import Codes, SearchSpace
from nasapi.testing.toy import ToyObjective

TOY = ToyObjective()
NB201 = nasapi.load_objective("nb201/cifar10")
Answers = Callable[[Objective, Codes], NDArray[np.float64]]


@frozen(eq=False)
class Wrapper(Adapter):
    """Answers with a function of our own objective, as a wrapper that has gone wrong would."""

    ours: Objective
    wrong: Answers
    metric: str = "valid_accuracy"
    goals: Mapping[str, Literal["min", "max"]] = field(factory=dict)
    name: str = "wrapper"

    def answers(self, space: SearchSpace, codes: Codes) -> dict[str, NDArray[np.float64]]:
        return {self.metric: self.wrong(self.ours, codes)}


def found(wrong: Answers, ours: Objective = TOY, metric: str = "valid_accuracy", **stated: Any) -> list[Finding]:
    return audit(ours, Wrapper(ours, wrong, metric, **stated), rng=np.random.default_rng(0))


def column(ours: Objective, codes: Codes, name: str = "valid_accuracy", **terms: Any) -> NDArray[np.float64]:
    return ours.evaluate(codes, **terms)[name]


def run(ours: Objective, codes: Codes, number: int = 2) -> NDArray[np.float64]:
    return column(ours, codes, noise=np.full(len(codes), number, np.uint64))


@pytest.mark.parametrize("ours", [TOY, NB201], ids=["toy", "nb201"])
def test_a_right_wrapper_has_nothing_to_find(ours: Objective) -> None:
    assert found(column, ours) == []


def test_single_precision_is_no_disagreement() -> None:
    assert found(lambda ours, codes: column(ours, codes).astype(np.float32).astype(np.float64), NB201) == []


@pytest.mark.parametrize(
    ("wrong", "kinds", "words"),
    [
        (lambda ours, codes: column(ours, codes, "test_accuracy"), ("split",), "all are our test_accuracy"),
        (lambda ours, codes: column(ours, codes, "params"), ("metric",), "all are our params"),
        (lambda ours, codes: column(ours, codes) / 100, ("unit",), "all are as a fraction where ours are percent"),
        (lambda ours, codes: column(ours, codes) * 100, ("unit",), "all are as percent where ours are a fraction"),
        (lambda ours, codes: column(ours, codes) / 1000, ("unit",), "in units a thousand times ours"),
        (lambda ours, codes: column(ours, codes) / 1e6, ("unit",), "all are in millions"),
        (lambda ours, codes: column(ours, codes) * 1000, ("unit",), "in units a thousandth of ours (ms for seconds)"),
        (lambda ours, codes: column(ours, codes) * 1e6, ("unit",), "all are where ours are in millions"),
        (lambda ours, codes: -column(ours, codes), ("direction",), "all are with the sign changed"),
        (lambda ours, codes: -column(ours, codes) / 100, ("direction",), "with the sign changed, as fractions"),
        (lambda ours, codes: 100 - column(ours, codes), ("direction",), "all are as error, 100 minus ours"),
        (lambda ours, codes: 1 - column(ours, codes) / 100, ("direction",), "as error in fractions, 1 minus ours"),
        (lambda ours, codes: column(ours, codes, fidelity=4), ("epochs",), "all are those after 4 epochs"),
        (run, ("seed",), "all are those of single training runs, not their mean"),
        (lambda ours, codes: column(ours, codes[:, ::-1]), ("order",), "genes in reverse order"),
        (
            lambda ours, codes: column(ours, codes, "test_accuracy") / 100,
            ("split", "unit"),
            "all are our test_accuracy, as a fraction",
        ),
        (
            lambda ours, codes: column(ours, codes, fidelity=1, noise=np.full(len(codes), 2, np.uint64)),
            ("epochs", "seed"),
            "all are those after 1 epochs, of single training runs",
        ),
    ],
)
def test_each_kind_of_disagreement_is_named(wrong: Answers, kinds: tuple[str, ...], words: str) -> None:
    everything = nasapi_everything()
    (finding,) = audit(everything, Wrapper(everything, wrong), rng=np.random.default_rng(0))
    assert finding.kinds == kinds
    assert words in finding.sentence
    assert finding.share == 1.0


def nasapi_everything() -> ToyObjective:
    """The toy table over all codes that stay valid with their genes reversed, which its valid cells do not."""

    class Whole(type(TOY.space)):  # type: ignore[misc]
        def valid(self, codes: Codes) -> NDArray[np.bool_]:
            return SearchSpace.valid(self, codes)

    objective = ToyObjective()
    objective.space = Whole()
    return objective


@pytest.mark.parametrize("direction", [1, -1], ids=["read", "written"])
def test_lexicographic_numbers_taken_for_official_ones_are_named(direction: int) -> None:
    space = nasapi_nb201.space.NB201()
    official = space.codes_at(np.arange(15_625))
    lexicographic = official[np.lexsort(official.T[::-1])]

    def wrong(ours: Objective, codes: Codes) -> NDArray[np.float64]:
        if direction == 1:
            return column(ours, lexicographic[space.index(codes)])
        return column(ours, space.codes_at(codes @ 5 ** np.arange(5, -1, -1)))

    (finding,) = found(wrong, NB201)
    assert finding.kinds == ("order",)
    assert "lexicographic order" in finding.sentence


@pytest.mark.parametrize("digits", [0, 1, 2])
def test_rounded_values_are_named(digits: int) -> None:
    (finding,) = found(lambda ours, codes: np.round(column(ours, codes), digits), NB201)
    assert finding.kinds == ("rounding",)
    assert f"all are rounded to {digits} digits after the point" in finding.sentence


def test_values_that_change_from_call_to_call_are_named() -> None:
    rng = np.random.default_rng(1)

    def drawn(ours: Objective, codes: Codes) -> NDArray[np.float64]:
        return column(ours, codes, noise=rng.integers(0, 2**63, size=len(codes), dtype=np.uint64))

    (finding,) = found(drawn)
    assert finding.kinds == ("seed", "unrepeatable")
    assert "they change from call to call" in finding.sentence


def test_values_that_are_right_only_at_the_first_call_are_named() -> None:
    calls: list[int] = []

    def wrong(ours: Objective, codes: Codes) -> NDArray[np.float64]:
        calls.append(len(codes))
        return column(ours, codes) + (len(calls) > 1)

    (finding,) = found(wrong)
    assert (finding.kinds, finding.share) == (("unrepeatable",), 1.0)
    assert finding.sentence.startswith("at another call the numbers are others (")


def test_a_few_wrong_values_are_counted_with_an_example() -> None:
    def wrong(ours: Objective, codes: Codes) -> NDArray[np.float64]:
        return column(ours, codes) + np.where(np.arange(len(codes)) == 7, 0.25, 0.0)

    (finding,) = found(wrong, NB201)
    assert finding.kinds == ("values",)
    assert finding.theirs == pytest.approx(finding.ours + 0.25)
    assert finding.sentence.startswith(f"1 of {finding.cells} differ, by up to 0.25")
    assert finding.architecture in finding.sentence


@frozen(eq=False)
class Hundred(Wrapper):
    """A wrapper that has a hundred architectures."""

    def listed(self, space: SearchSpace) -> Codes:
        return space.codes_at(np.arange(100) * 150)


def of_a_hundred(wrong: Answers, sample: int = 200) -> list[Finding]:
    return audit(NB201, Hundred(NB201, wrong), sample, rng=np.random.default_rng(0))


@pytest.mark.parametrize(("others", "kinds", "share"), [(10, ("unit",), 0.9), (11, ("unexplained",), 0.0)])
def test_an_explanation_is_given_from_nine_in_ten_on(others: int, kinds: tuple[str, ...], share: float) -> None:
    noise = np.random.default_rng(3).uniform(1e3, 1e4, 100)
    (finding,) = of_a_hundred(lambda ours, codes: np.where(np.arange(100) < others, noise, column(ours, codes) / 100))
    assert (finding.kinds, finding.cells, finding.share) == (kinds, 100, share)
    if others == 10:
        assert finding.sentence.startswith("90.0% are as a fraction where ours are percent (")


@pytest.mark.parametrize(("others", "kinds", "share"), [(10, ("values",), 0.9), (11, ("unexplained",), 0.89)])
def test_a_few_differences_are_values_up_to_one_in_ten(others: int, kinds: tuple[str, ...], share: float) -> None:
    noise = np.random.default_rng(3).uniform(1e3, 1e4, 100)
    (finding,) = of_a_hundred(lambda ours, codes: np.where(np.arange(100) < others, noise, column(ours, codes)))
    assert (finding.kinds, finding.share) == (kinds, pytest.approx(share))
    assert finding.sentence.startswith(f"{others} of 100 differ")


@pytest.mark.parametrize(("part", "equal"), [(1.9e-6, True), (-1.9e-6, True), (2.2e-6, False)])
def test_numbers_are_equal_within_two_millionths_of_themselves(part: float, equal: bool) -> None:
    assert (found(lambda ours, codes: column(ours, codes) * (1 + part), NB201) == []) is equal


def test_no_more_than_the_sample_is_compared_and_by_the_generator() -> None:
    assert [finding.cells for finding in of_a_hundred(lambda ours, codes: 0 * column(ours, codes) - 1, 7)] == [7]
    seen: list[Codes] = []

    def wrong(ours: Objective, codes: Codes) -> NDArray[np.float64]:
        seen.append(codes)
        return column(ours, codes)

    assert of_a_hundred(wrong, 30) == []
    first, again = seen
    np.testing.assert_array_equal(first, again)
    assert len(first) == 30
    assert (np.diff(NB201.space.index(first)) > 0).all()


def test_two_departures_are_reported_only_where_one_does_not_do() -> None:
    """Values of the other split, of which many are equal to rounded ones of their own."""
    (finding,) = found(lambda ours, codes: np.round(column(ours, codes, "latency") / 1000, 4), NB201, "latency")
    assert finding.kinds == ("unit", "rounding")
    assert "in units a thousand times ours (seconds for ms), rounded to 4 digits after the point" in finding.sentence


def test_the_rank_correlation_is_spearmans() -> None:
    order = np.random.default_rng(1).permutation(100) // 7  # with ties, which have their mean rank
    (finding,) = of_a_hundred(lambda ours, codes: 1e3 + 17.3 * order)
    right = column(NB201, Hundred(NB201, column).listed(NB201.space))
    theirs, ranks = ([(values < each).sum() + (values <= each).sum() for each in values] for values in (order, right))
    assert finding.sentence.split("rank correlation ")[1].startswith(f"{np.corrcoef(theirs, ranks)[0, 1]:.3f} ")


def test_a_column_that_does_not_vary_has_no_rank_correlation() -> None:
    (finding,) = of_a_hundred(lambda ours, codes: np.full(len(codes), 7.25))
    assert finding.kinds == ("unexplained",)
    assert "one of the two is the same for all, so that there is no rank correlation (" in finding.sentence


def test_missing_numbers_are_named_and_the_others_compared() -> None:
    def wrong(ours: Objective, codes: Codes) -> NDArray[np.float64]:
        return np.where(np.arange(len(codes)) < 3, np.nan, column(ours, codes) / 100)

    missing, unit = found(wrong, NB201)
    assert (missing.kinds, unit.kinds) == (("missing",), ("unit",))
    assert missing.sentence.startswith(f"3 of {missing.cells} have no number")


def test_what_nothing_explains_is_reported_with_its_rank_correlation() -> None:
    (finding,) = found(lambda ours, codes: np.sqrt(column(ours, codes)), NB201)
    assert finding.kinds == ("unexplained",)
    assert "nothing that was tried explains it; rank correlation 1.000" in finding.sentence


def refusing(ours: Objective, codes: Codes) -> NDArray[np.float64]:
    raise InterfaceError("it cannot be asked so")


@frozen(eq=False)
class Asked(Wrapper):
    """A wrapper that can be asked in three ways more: one that it refuses, one without the metric, the right one."""

    def alternatives(self) -> list[Alternative]:
        return [
            Alternative(("seed",), "seed=1", Wrapper(self.ours, refusing)),
            Alternative(("epochs",), "hp=1", Wrapper(self.ours, column, "params")),
            Alternative(("split",), "split='valid'", Wrapper(self.ours, column)),
        ]


def test_ways_of_asking_that_are_refused_or_lack_the_metric_are_passed_over() -> None:
    adapter = Asked(NB201, lambda ours, codes: np.sqrt(column(ours, codes)))
    (finding,) = audit(NB201, adapter, rng=np.random.default_rng(0))
    assert (finding.kinds, finding.share) == (("split",), 1.0)
    assert "asked with split='valid' " in finding.sentence


def test_a_goal_that_is_the_other_way_up_is_named() -> None:
    (finding,) = found(column, goals={"valid_accuracy": "min"})
    assert finding.kinds == ("direction",)
    assert finding.sentence == "it is to be minimised there and maximised here"


@frozen(eq=False)
class Another(Wrapper):
    """A wrapper that has a metric more than we."""

    def answers(self, space: SearchSpace, codes: Codes) -> dict[str, NDArray[np.float64]]:
        return super().answers(space, codes) | {"robust_accuracy": np.zeros(len(codes))}


def test_metrics_that_only_one_side_has_are_not_compared() -> None:
    assert audit(TOY, Another(TOY, column), rng=np.random.default_rng(0)) == []


@frozen(eq=False)
class Nothing(Wrapper):
    """A wrapper that has no number."""

    def answers(self, space: SearchSpace, codes: Codes) -> dict[str, NDArray[np.float64]]:
        return {}


@pytest.mark.parametrize(
    ("adapter", "given"),
    [
        (Wrapper(TOY, column, "val_acc"), "answers with 'val_acc', none of which is valid_accuracy, "),
        (Nothing(TOY, column), "has no number of valid_accuracy, "),
    ],
    ids=["others", "none"],
)
def test_where_nothing_can_be_compared_nothing_is_said_to_agree(adapter: Adapter, given: str) -> None:
    with pytest.raises(InvalidOption, match=rf"wrapper {given}.*--as OURS=THEIRS"):
        audit(TOY, adapter, rng=np.random.default_rng(0))


def test_the_same_rng_gives_the_same_findings() -> None:
    assert found(run, NB201) == found(run, NB201)


def test_another_package_that_fails_is_quoted_with_the_architecture() -> None:
    def broken(text: str) -> dict[str, float]:
        raise KeyError("oracle")

    codes = TOY.space.sample(1, np.random.default_rng(0))
    with pytest.raises(InterfaceError, match=r"oracle-api failed for '.*\|.*': KeyError: 'oracle'"):
        one_by_one(TOY.space, codes, broken, {"valid_accuracy": "v"}, "oracle-api")
