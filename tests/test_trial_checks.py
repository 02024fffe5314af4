"""What an answer of ask is checked for."""

from __future__ import annotations

import sys
from typing import Any

import attrs
import numpy as np
import pytest

import nasapi
from nasapi.errors import InterfaceError
from nasapi.testing.search import ToySearch
from nasapi.testing.toy import toy_v1
from nasapi.trial import Architecture, Trial


class Answering(ToySearch):
    answer: Any = None

    def ask(self, n):
        return type(self).answer(super().ask(n))


def code(value):
    return lambda trials: [Trial(Architecture("toy", value))]


ANSWERS = {
    "nothing": (lambda t: None, r"answered `ask` with None, as a method without `return` does"),
    "a tuple": (tuple, r"must answer `ask` with a list of Trial, not \(Trial"),
    "a generator": (lambda t: (x for x in t), r"list of Trial, not <generator object [^ ]*>\."),
    "an array": (lambda t: np.array([[0, 1, 0]]), r"list of Trial, not array"),
    "an empty tuple": (lambda t: (), r"list of Trial, not \(\)"),
    "zero": (lambda t: 0, r"list of Trial, not 0"),
    "one trial": (lambda t: t[0], r"list of Trial, not Trial"),
    "architectures": (lambda t: [x.arch for x in t], r"list of Trial, not \[Architecture"),
    "too many": (lambda t: t * 3, r"at most 1 trial and gave 3"),
    "no architecture": (lambda t: [Trial("conv|conv|conv")], r"has 'conv\|conv\|conv' for an architecture"),
    "another space": (lambda t: [Trial(Architecture("nb201", (0,) * 6))], r"an architecture of 'nb201' on 'toy'"),
    "a list": (code([0, 1, 0]), r"the code \[0, 1, 0\], a list; wanted a tuple of 3 whole numbers"),
    "an array of genes": (code(np.array([0, 1, 0])), r"the code array\(\[0, 1, 0\]\), a ndarray"),
    "floats": (code((0.0, 1.0, 0.0)), r"the code \(0\.0, 1\.0, 0\.0\), a tuple; wanted a tuple of 3 whole"),
    "flags": (code((False, True, False)), r"the code \(False, True, False\)"),
    "text": (code(("0", "1", "0")), r"the code \('0', '1', '0'\)"),
    "short": (code((0, 1)), r"a code of 2 genes, \(0, 1\); the space has 3"),
    "long": (code((0, 1, 0, 0, 1, 0)), r"a code of 6 genes"),
    "a flag of a level": (lambda t: [attrs.evolve(t[0], fidelity=True)], r"fidelity True; the levels are \(1, 4, 16\)"),
    "a float of a level": (lambda t: [attrs.evolve(t[0], fidelity=4.0)], r"fidelity 4\.0; the levels are"),
    "no level": (lambda t: [attrs.evolve(t[0], fidelity=3)], r"fidelity 3; the levels are"),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_of_ask_that_is_no_list_of_trials_is_refused_in_a_sentence(what, monkeypatch):
    answer, message = ANSWERS[what]
    monkeypatch.setattr(Answering, "answer", staticmethod(answer))
    with pytest.raises(InterfaceError, match=rf"'Answering' .*{message}"):
        nasapi.run(toy_v1(), Answering, seed=0)


@pytest.mark.parametrize("what", ["no architecture", "another space", "a list", "floats", "flags", "short", "no level"])
def test_a_trial_that_is_none_is_refused_behind_good_ones_too(what, monkeypatch):
    answer, message = ANSWERS[what]
    monkeypatch.setattr(Answering, "answer", staticmethod(lambda trials: [*trials[:2], *answer(trials[2:])]))
    with pytest.raises(InterfaceError, match=message):
        nasapi.run(toy_v1(), Answering, seed=0, batch=3)


def test_numpy_whole_numbers_and_any_note_are_taken(monkeypatch):
    made = Trial(Architecture("toy", tuple(np.array([0, 1, 0]))), np.int64(4), note={"unhashable": []})
    monkeypatch.setattr(Answering, "answer", staticmethod(lambda trials: [made]))
    history = nasapi.run(toy_v1(), Answering, seed=0)
    assert history.codes[0].tolist() == [0, 1, 0] and history.fidelity[0] == 4


class Sly(int):
    """A level that is one number for who compares it and another for who converts it."""

    def __int__(self):
        return 1


class TwoFaced(Trial):
    """A trial that is of the lowest level for whoever charges for it."""

    def __getattribute__(self, name):
        if name == "fidelity" and sys._getframe(1).f_code.co_name in ("charge", "finish", "keep", "recorded_level"):
            return 1
        return super().__getattribute__(name)


class AskingSlyLevels(ToySearch):
    level = 1  # what one look at it gives

    def ask(self, n):
        return [attrs.evolve(trial, fidelity=Sly(16)) for trial in super().ask(n)]


class AskingTwoFaced(ToySearch):
    level = 16

    def ask(self, n):
        return [TwoFaced(trial.arch, 16) for trial in super().ask(n)]


@pytest.mark.parametrize("options", [{}, {"workers": 3}, {"isolate": True}], ids=str)
@pytest.mark.parametrize("strategy", [AskingSlyLevels, AskingTwoFaced])
def test_a_trial_is_charged_for_the_level_at_which_it_was_evaluated(strategy, options):
    history = nasapi.run(toy_v1(), strategy, seed=0, **options)
    recorded = np.where(history.fidelity < 0, 16, history.fidelity)
    assert set(recorded.tolist()) == {strategy.level}
    assert history.charged.tolist() == [strategy.level / 16] * len(history)
    values = toy_v1().objective.evaluate(history.codes, strategy.level, None)
    np.testing.assert_array_equal(history.values["valid_accuracy"], values["valid_accuracy"])


class Moving(ToySearch):
    """Says that it asked for another architecture, as long as it has not heard of the one that it asked for."""

    def tell(self, results):
        completed = [result.trial for result in results]
        for trial in self.asked:
            if all(trial is not one for one in completed):
                object.__setattr__(trial, "arch", Architecture("toy", (2, 2, 2)))
        super().tell(results)


class Remembering(Moving):
    def tell(self, results):
        assert all(any(result.trial is trial for trial in self.asked) for result in results)


def keeping(strategy):
    """The strategy, which remembers what it asked, in trials of a class of its own."""

    class Marked(Trial):
        pass

    class Keeping(strategy):
        asked = ()

        def ask(self, n):
            made = [Marked(trial.arch, note=object()) for trial in super().ask(n)]
            self.asked = [*self.asked, *made]
            return made

    return Keeping


def test_a_trial_that_its_strategy_changes_while_it_is_evaluated_ends_the_run():
    with pytest.raises(InterfaceError, match=r"'Keeping' changed the architecture of trial \d in `tell`"):
        nasapi.run(toy_v1(), keeping(Moving), seed=0, workers=4, batch=4)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_strategy_is_told_of_its_own_trials_of_whatever_class(workers):
    assert len(nasapi.run(toy_v1(), keeping(Remembering), seed=0, batch=2, workers=workers)) == 10


@pytest.mark.parametrize(("field", "value"), [("trial", None), ("values", 5), ("trial", 3.5)])
def test_a_result_in_which_nothing_is_left_to_compare_was_changed(field, value):
    class Emptying(ToySearch):
        def tell(self, results):
            object.__setattr__(results[1], field, value)

    with pytest.raises(InterfaceError, match="'Emptying' changed the result of trial 1 in `tell`; results are not"):
        nasapi.run(toy_v1(), Emptying, seed=0, batch=2)
