"""What `ask` may answer: checked before anything is evaluated."""

from __future__ import annotations

import re
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple, NoReturn

import numpy as np

from nasapi.errors import InterfaceError
from nasapi.problem import Problem
from nasapi.trial import Architecture, Trial
from nasapi.words import counted

_ADDRESS = re.compile(" at 0x[0-9a-fA-F]+")
_PLAIN = frozenset({int})
_PARTS = (Trial, Architecture, tuple)
_FIDELITY = frozenset({int, type(None)})
_arch, _fidelity = attrgetter("arch"), attrgetter("fidelity")
_space, _code = attrgetter("space"), attrgetter("code")


class Answer(NamedTuple):
    """What `ask` answered: trials as they are evaluated, charged and recorded, and as the strategy has them."""

    trials: list[Trial]
    given: list[Trial]
    """The strategy's own trials, which it is told of: the same but where one is no plain trial."""

    def copied(self) -> Answer:
        """The answer with trials that the strategy has not, and so cannot change before it is told of them."""
        mine = [Trial(Architecture(trial.arch.space, trial.arch.code), trial.fidelity) for trial in self.trials]
        return Answer(mine, self.given)


def require_trials(given: Any, room: int, problem: Problem, name: str) -> Answer:
    """The answer of strategy `name` if it is a list of at most `room` trials that the problem has.

    Whole numbers may be numpy's as well as Python's; what a note is, is the strategy's own business. What is not made
    of plain trials and numbers is read once and given as a plain trial, so that what is evaluated, charged and recorded
    is one thing. Raises InterfaceError for everything else, so that nothing is evaluated of an answer that is wrong in
    part.
    """
    if not isinstance(given, list):
        _refuse_answer(given, name)
    answer: list[Trial] = given if type(given) is list else list(given)  # which has the length that it has
    if len(answer) > room:
        raise InterfaceError(
            f"Strategy {name!r} was asked for at most {counted(room, 'trial', 'trials')} and gave {len(answer)}."
        )
    space, genes = problem.space.id, len(problem.space.cardinalities)
    levels = problem.fidelity.levels if problem.fidelity else ()
    if _plain_one(answer[0], space, genes) if len(answer) == 1 else _plain(answer, space, genes, levels):
        return Answer(answer, answer)
    trials = [_required(trial, row, answer, space, genes, levels, name) for row, trial in enumerate(answer)]
    return Answer(trials, answer)


def _required(
    trial: Any, row: int, answer: list[Any], space: str, genes: int, levels: tuple[int, ...], name: str
) -> Trial:
    """Trial `row` of an answer: itself where it is plain, or what it says at one look."""
    if not isinstance(trial, Trial):
        _refuse_answer(answer, name)
    arch, fidelity = trial.arch, trial.fidelity
    if not isinstance(arch, Architecture):
        raise InterfaceError(
            f"Trial {row} of strategy {name!r} has {_shown(arch)} for an architecture; "
            "make trials with `problem.trials(codes)`."
        )
    if arch.space != space:
        raise InterfaceError(f"Strategy {name!r} asked for an architecture of {arch.space!r} on {space!r}.")
    code = arch.code
    plain = (type(trial), type(arch), type(code)) == _PARTS and type(fidelity) in _FIDELITY
    if not plain or len(code) != genes or not _PLAIN.issuperset(map(type, code)):
        code, plain = _plain_code(code, genes, row, name), False
        if fidelity is not None:
            fidelity = int(fidelity) if _whole(fidelity) else _refuse_fidelity(fidelity, levels, name)
    if fidelity is not None and fidelity not in levels:
        _refuse_fidelity(fidelity, levels, name)
    return trial if plain else Trial(Architecture(space, code), fidelity)


def _refuse_fidelity(fidelity: Any, levels: tuple[int, ...], name: str) -> NoReturn:
    raise InterfaceError(f"Strategy {name!r} asked for fidelity {_shown(fidelity)}; the levels are {levels or 'none'}.")


def _plain_one(trial: Any, space: str, genes: int) -> bool:
    """Whether a trial at the highest level is as `problem.trials` makes it; what is not may be right as well."""
    if type(trial) is not Trial or trial.fidelity is not None:
        return False
    arch = trial.arch
    if type(arch) is not Architecture or arch.space != space:
        return False
    code = arch.code
    return type(code) is tuple and len(code) == genes and _PLAIN.issuperset(map(type, code))


def _plain(answer: list[Any], space: str, genes: int, levels: tuple[int, ...]) -> bool:
    """Whether every trial is as `problem.trials` makes them, looked at by columns; what is not may be right as well."""
    if {*map(type, answer)} != {Trial}:
        return False
    architectures, fidelities = [*map(_arch, answer)], [*map(_fidelity, answer)]
    if {*map(type, architectures)} != {Architecture} or not _FIDELITY.issuperset(map(type, fidelities)):
        return False
    codes = [*map(_code, architectures)]
    if [*map(_space, architectures)].count(space) != len(codes) or {*map(type, codes)} != {tuple}:
        return False
    if {*map(len, codes)} != {genes} or not _PLAIN.issuperset(map(type, chain.from_iterable(codes))):
        return False
    return {None, *levels}.issuperset(fidelities)


def _plain_code(code: Any, genes: int, row: int, name: str) -> tuple[int, ...]:
    """A code as Python's numbers, read once; raises InterfaceError for what is none of so many genes."""
    given = tuple(code) if isinstance(code, tuple) else ()
    if not isinstance(code, tuple) or not all(map(_whole, given)):
        raise InterfaceError(
            f"Trial {row} of strategy {name!r} has the code {_shown(code)}, a {type(code).__name__}; wanted a tuple "
            f"of {genes} whole numbers, which `problem.trials(codes)` makes."
        )
    if len(given) != genes:
        raise InterfaceError(
            f"Trial {row} of strategy {name!r} has a code of {len(given)} genes, {_shown(code)}; the space has {genes}."
        )
    return tuple(map(int, given))


def _whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _refuse_answer(answer: Any, name: str) -> NoReturn:
    if answer is None:
        raise InterfaceError(
            f"Strategy {name!r} answered `ask` with None, as a method without `return` does; "
            "return a list of Trial, an empty one to end the run."
        )
    raise InterfaceError(f"Strategy {name!r} must answer `ask` with a list of Trial, not {_shown(answer)}.")


def _shown(value: Any) -> str:
    """A foreign value in a few words, the same in every process and whatever its `repr` does."""
    try:
        text = _ADDRESS.sub("", repr(value))
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 80 else text[:79] + "…"
