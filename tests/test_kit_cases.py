"""What rules of the kit are tried on: codes of spaces, encoders, and as many evaluations as their time allows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nasapi.errors import InterfaceError, InvalidOption, NotAvailable
from nasapi.fidelity import Fidelity
from nasapi.testing import problems
from nasapi.testing import process_rules as elsewhere
from nasapi.testing.cases import EncoderCase, SpaceCase
from nasapi.testing.evaluation_cases import BenchmarkCase, Counted, ObjectiveCase, Spent
from nasapi.testing.kit import require_evaluations
from nasapi.testing.pair import Pair, PairObjective
from nasapi.testing.rules import Skipped
from nasapi.testing.search import ToyEncoder, ToyLatent
from nasapi.testing.toy import Toy, ToyObjective, toy_v1


def test_a_space_is_tried_on_at_most_48_distinct_valid_codes_small_ones_first() -> None:
    for space, rows in ((Toy(), 22), (Pair(), 48)):
        case = SpaceCase(space)
        codes = case.codes
        assert len(np.unique(codes, axis=0)) == len(codes) == pytest.approx(rows, abs=3)
        assert len(codes) <= 48
        assert space.valid(codes).all()
        assert (np.diff(codes.sum(axis=1)) >= 0).all()
        codes[:] = 0
        assert case.codes.any()
        assert len(case.few) == 8
        assert case.few[0].tolist() == case.codes[0].tolist()
        assert not space.valid(case.outside()).any()
        assert (case.outside()[0, :-1] == case.codes[0, :-1]).all()


def test_fresh_codes_are_no_rule_s_where_there_are_others() -> None:
    case = SpaceCase(Pair())
    seen = set(map(tuple, case.codes.tolist()))
    assert len(case.fresh) == 4
    assert not seen & set(map(tuple, case.fresh.tolist()))
    assert SpaceCase(Toy()).fresh.tolist() == SpaceCase(Toy()).codes[:4].tolist()


def test_related_codes_are_the_codes_and_neighbours_of_some() -> None:
    case = SpaceCase(Pair())
    related = set(map(tuple, case.related.tolist()))
    assert set(map(tuple, case.codes.tolist())) <= related
    for code in case.few:
        assert set(map(tuple, Pair().neighbors(code).tolist())) <= related
    assert Pair().valid(case.related).all()


class Unsized(Toy):
    """The toy, which nobody counted."""

    size = None


class Huge(Toy):
    """A toy that says it is large."""

    size = 200_001


def test_a_space_is_listed_up_to_so_many_codes() -> None:
    assert SpaceCase(Unsized()).candidates == 27
    assert len(SpaceCase(Unsized()).listed) == 22
    assert SpaceCase(type("Most", (Toy,), {"size": 200_000})()).countable
    assert not SpaceCase(Huge()).countable
    with pytest.raises(Skipped, match="200,001 codes are too many to count"):
        _ = SpaceCase(Huge()).listed


class Slow(ToyLatent):
    """Learns for so many seconds of CPU, by a clock that the tests turn."""


def test_an_encoder_is_fitted_always_from_the_same_state_and_a_slow_one_once(monkeypatch: pytest.MonkeyPatch) -> None:
    case = EncoderCase(ToyLatent(Toy()))
    one, other = case.fitted()[0], case.fitted()[0]
    np.testing.assert_array_equal(one.encode(case.codes), other.encode(case.codes))
    with pytest.raises(NotAvailable):
        case.made.encode(case.codes)
    assert case.patient and case.touched is None
    assert case.again[0] is not case.encoder
    encoder, given = EncoderCase(ToyEncoder(Toy())).fitted()
    assert given is encoder
    for seconds, patient in ((4.9, True), (5.1, False)):
        times = iter([0.0, seconds])
        monkeypatch.setattr("time.process_time", lambda times=times: next(times))
        assert EncoderCase(Slow(Toy())).patient is patient


def test_a_slow_encoder_is_not_made_once_more_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = EncoderCase(ToyEncoder(Toy()))
    slow.makes = (lambda: slow,)
    slow.__dict__["patient"] = False
    with pytest.raises(Skipped, match="fitting the encoder takes too long to be done once more"):
        elsewhere.encoder.test(slow)


def test_an_objective_is_tried_on_all_codes_or_on_what_its_time_and_budget_allow() -> None:
    case = ObjectiveCase(ToyObjective())
    every = len(case.space_case.codes)
    assert len(case.codes) == every
    assert case.notes == []
    assert case.spare(3) is None
    case.__dict__["seconds"] = 0.05
    assert len(case.codes) == 10
    assert case.notes == [f"{every - 10} of {every} codes"]
    case.__dict__["seconds"] = 9.0
    assert len(case.codes) == 8
    few = ObjectiveCase(ToyObjective(), 400)
    assert len(few.codes) == 10
    assert few.spare(1) == 0
    assert len(ObjectiveCase(ToyObjective(), 7).codes) == 2
    many = ObjectiveCase(ToyObjective(), 40 * every + 100)
    assert (len(many.codes), many.spare(10)) == (every, 10)


def test_levels_between_the_lowest_and_the_highest_are_left_out_of_a_budget() -> None:
    assert ObjectiveCase(ToyObjective()).levels == (1, 4, 16)
    few = ObjectiveCase(ToyObjective(), 400)
    assert few.levels == (1, 16)
    assert few.notes == ["the levels (4,)"]
    assert few.levels == (1, 16) and len(few.notes) == 1
    two = ToyObjective()
    two.fidelity = Fidelity("epochs", (1, 16))
    assert ObjectiveCase(two, 400).levels == (1, 16)
    flat = problems.without_fidelity().objective
    assert ObjectiveCase(flat).levels == (None,)


def test_every_code_is_looked_at_where_that_takes_seconds() -> None:
    case = ObjectiveCase(ToyObjective())
    assert len(case.every) == 22
    np.testing.assert_array_equal(case.column("params", 16), ToyObjective().evaluate(case.every)["params"])
    assert not case.reports_errors(16)
    slow = ObjectiveCase(ToyObjective())
    slow.__dict__["seconds"] = 1.0
    assert len(slow.every) == 8
    slow.column("params", None)
    assert "all but 8 of the space's codes, for evaluating them takes too long" in slow.notes
    assert len(ObjectiveCase(ToyObjective(), 400).every) == 10
    benchmark = BenchmarkCase(toy_v1())
    assert benchmark.lists_all
    assert not BenchmarkCase(toy_v1(), None, 400).lists_all
    assert isinstance(BenchmarkCase(toy_v1(), None, 400).benchmark.objective, Counted)


def test_a_budget_of_evaluations_is_spent_by_rows() -> None:
    counted, codes = Counted(ToyObjective(), 5), SpaceCase(Toy()).codes
    counted.evaluate(codes[:3])
    assert counted.left == 2
    with pytest.raises(Spent, match="left out, for it needs 3 evaluations and 2 of 5 are left"):
        counted.evaluate(codes[:3])
    counted.evaluate(codes[:2])
    assert counted.left == 0
    assert issubclass(Spent, (Skipped, InterfaceError))
    for wrong in (0, True, -3):
        with pytest.raises(InvalidOption, match=f"A check makes 1 evaluation or more, not {wrong!r}"):
            require_evaluations(wrong)
    require_evaluations(1)
    require_evaluations(None)


def test_how_long_an_evaluation_takes_is_the_mean_unless_the_first_was_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    def seconds(*ticks: float) -> float:
        times = iter(ticks)
        monkeypatch.setattr("time.perf_counter", lambda: next(times))
        return ObjectiveCase(PairObjective()).seconds

    assert seconds(10.0, 11.0, 14.0) == 1.0
    assert seconds(10.0, 12.5) == 2.5
    monkeypatch.undo()

    class Failing(ToyObjective):
        def evaluate(self, codes: Any, fidelity: Any = None, noise: Any = None) -> Any:
            raise RuntimeError

    assert ObjectiveCase(Failing()).seconds == 0.0
