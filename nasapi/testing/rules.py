"""A rule: one sentence of an interface with the function that tests it, and how a failure is made small."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from nasapi.space import Codes


class Broken(AssertionError):
    """A rule that does not hold; `example` is the smallest input for which it does not."""

    def __init__(self, what: str, example: object = None):
        super().__init__(what)
        self.example = example


class Skipped(Exception):
    """A rule that has nothing to test here; the message says why."""


@frozen
class Rule:
    """A named rule of the interface."""

    id: str
    """Kind and name, "space/sample-valid"."""
    sentence: str
    """The sentence of the interface's docstring that it tests."""
    test: Callable[[Any], None] = field(eq=False, repr=False)
    """Called with a case of the rule's kind; raises Broken where the rule does not hold, Skipped where it cannot."""

    @property
    def kind(self) -> str:
        """The kind of object it is a rule for."""
        return self.id.partition("/")[0]


def rule(name: str, sentence: str) -> Callable[[Callable[[Any], None]], Rule]:
    """Decorate the test of a rule, which becomes the Rule itself."""
    return lambda test: Rule(name, sentence, test)


def rules_in(*modules: ModuleType) -> tuple[Rule, ...]:
    """The rules that modules define, in the order written."""
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Rule))


def demand(condition: object, what: str, example: object = None) -> None:
    """Raise Broken with `what` unless `condition` holds."""
    if not condition:
        raise Broken(what, example)


def on_rows(test: Callable[[Any, Codes], None]) -> Callable[[Any], None]:
    """Make a test of a batch into the test of a case: where the case's codes break it, find a single code or pair."""

    @functools.wraps(test)
    def of_case(case: Any) -> None:
        codes = case.codes
        try:
            test(case, codes.copy())
        except Skipped:
            raise
        except Exception:
            for size in (1, 2):
                for start in range(len(codes) - size + 1):
                    part = codes[start : start + size]
                    try:
                        test(case, part.copy())
                    except Skipped:
                        continue  # a budget of evaluations is spent: the failure is shown by the batch
                    except Exception as error:
                        what = str(error) if isinstance(error, Broken) else f"{type(error).__name__}: {error}"
                        example = getattr(error, "example", None)
                        shown = part[0].tolist() if size == 1 else part.tolist()
                        raise Broken(what, shown if example is None else example) from error
            raise

    return of_case


def close(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether two arrays are equal up to rounding in the last digits of a float32, NaN equal to NaN."""
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True))
