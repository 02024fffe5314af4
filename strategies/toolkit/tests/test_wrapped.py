"""The strategy inside another: made for the problem that it is handed, and refused where it cannot have that."""

import attrs
import numpy as np
import pytest
from nasapi_toolkit.wrapped import inner

from nasapi import Strategy
from nasapi.constraint import Constraint
from nasapi.errors import InvalidOption
from nasapi.testing.problems import two_goals
from nasapi.testing.toy import toy_v1


class Plain(Strategy):
    """Knows one goal and no constraints."""

    def ask(self, n):
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results):
        pass


@pytest.mark.parametrize("spec", ["random", f"{__file__}:Plain"])
def test_a_strategy_is_made_for_the_problem_and_the_generator_that_it_is_given(spec) -> None:
    problem, rng = toy_v1().problem, np.random.default_rng(0)
    found = inner(spec, problem, rng, "outer")
    assert (found.problem, found.rng) == (problem, rng)


def test_a_strategy_that_does_not_support_what_its_problem_has_is_refused() -> None:
    limited = attrs.evolve(two_goals().problem, constraints=(Constraint("params", upper=50.0),))
    message = r"`outer` cannot wrap '.*:Plain', which does not support constraints or multi-objective; wrap one that"
    with pytest.raises(InvalidOption, match=message):
        inner(f"{__file__}:Plain", limited, np.random.default_rng(0), "outer")
    assert inner("random", limited, np.random.default_rng(0), "outer").problem is limited
