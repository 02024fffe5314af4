"""What an answer of ask is checked for."""

from __future__ import annotations

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
