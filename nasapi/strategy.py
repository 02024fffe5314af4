"""The strategy: proposes architectures and is told how they did."""

from __future__ import annotations

import functools
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from attrs import define, field, frozen

from nasapi.argument_checks import require_generator
from nasapi.errors import InvalidOption, NasapiError, near
from nasapi.options import described, document
from nasapi.problem import Problem
from nasapi.specs import Spec
from nasapi.trial import Result, Trial


@frozen
class Paper:
    """Where a strategy was published, and all in which this one differs from what was published."""

    title: str
    """Authors and title."""
    where: str
    """The venue and the year."""
    sections: tuple[str, ...]
    """The sections and algorithms that the strategy is written from."""
    departures: tuple[str, ...] = ()
    """What is done differently and why, a sentence each; empty where nothing is."""


def _a_problem(_: Any, __: Any, problem: Any) -> None:
    """Raise InvalidOption for what is no problem."""
    if not isinstance(problem, Problem):
        raise InvalidOption(f"A strategy is made for a Problem, such as `benchmark.problem`, not {problem!r:.80}.")


def _a_generator(_: Any, __: Any, rng: Any) -> None:
    """Raise InvalidOption for what is no generator."""
    require_generator(None, rng)


@define(eq=False)
class Strategy(ABC):
    """A search strategy: two methods, and options as keyword-only attrs fields.

    Subclass with `@define(eq=False)`. What must hold of a subclass:

    - A strategy is a function of its problem, its generator and what it was told: it draws from `rng` alone and never
      touches an objective, so a run can be resumed by telling it the same again. A fresh strategy told recorded results
      asks what was asked when they were recorded. Another process asks the same trials.
    - Other states of `rng` lead to other trials. Neither method touches the global random state. Strategies know
      nothing of each other.
    - What it says it supports, it can be run with. It works on a problem without fidelities. It asks for lower levels
      of fidelity only where it says that it supports them. One that supports them asks for the highest as well, within
      30 trials' worth.
    - A goal and its mirror image, values and direction turned round, are searched alike. It works on spaces of many
      genes, and of many values a gene, or refuses them when it is made.
    """

    problem: Problem = field(validator=_a_problem)
    rng: np.random.Generator = field(validator=_a_generator)

    supports: ClassVar[frozenset[str]] = frozenset()
    """What it can do beyond one goal: "multi-objective", "constraints", "fidelity"."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        document(cls)

    @classmethod
    def configured(cls, **options: Any) -> StrategyFactory:
        """The strategy with these options, for `run` and `Study`: `Evolution.configured(population=20)`.

        Runs record it by its id where a plugin registers the class, "evolution[population=20]", and else by the name of
        the class. Raises InvalidOption for an option that the strategy does not have.
        """
        known = [option.name for option in described(cls, skip=2)]
        for name in options:
            if name not in known:
                hint = near(name, known) if known else "It takes none."
                raise InvalidOption(f"Strategy {cls.__name__} has no option {name!r}. {hint}")
        return StrategyFactory(str(recorded_spec(cls.__name__, options)), cls, options)

    @abstractmethod
    def ask(self, n: int) -> list[Trial]:
        """At most `n` trials, at least one unless it must have results first.

        An empty answer when nothing is outstanding ends the run. The first answer is never empty. The answer is a list
        of Trial. The list is the caller's own. Each trial is of a valid code of the problem's space. Its fidelity is
        None or a level of the problem's fidelity. `n` is any whole number from 1 and may differ from call to call. `n`
        may be more than there are architectures. When every architecture was asked, it repeats some or ends the run.
        It may be asked whenever a worker is free, with any number of results outstanding, and told of each as it ends.
        """

    @abstractmethod
    def tell(self, results: Sequence[Result]) -> None:
        """Take results: any subset of what was asked, in any order, failures included; they are not changed.

        One result of many is enough to go on. Equal values everywhere are no error.
        """


@frozen(repr=False)
class StrategyFactory:
    """A strategy with its options, ready to be made for a problem: what `load_strategy` gives."""

    spec: str
    """The name it is recorded under: its id with its options."""
    target: type[Strategy]
    options: Mapping[str, Any] = field(factory=dict)

    def __repr__(self) -> str:
        return f"<strategy {self.spec}: {self.target.__name__}>"

    def __call__(self, problem: Problem, rng: np.random.Generator) -> Strategy:
        """The strategy; raises InvalidOption where it refuses an option's value."""
        try:
            return self.target(problem, rng, **self.options)
        except NasapiError:
            raise
        except (TypeError, ValueError) as error:
            raise InvalidOption(f"Strategy {self.spec} cannot be made: {error}") from error


def recorded_spec(name: str, options: Mapping[str, Any]) -> Spec:
    """A name with options as runs record them: functions and objects, which no text makes again, by their names."""
    return Spec(name, {option: _plain(value) for option, value in options.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return getattr(value, "__qualname__", type(value).__qualname__)


MakesStrategy = Callable[[Problem, np.random.Generator], Strategy]
"""What `run` takes: a Strategy class, or what `load_strategy` gives."""


def spec_of(strategy: MakesStrategy) -> str:
    """The name a strategy is recorded under: its spec if it was loaded by id, else its class name."""
    if isinstance(strategy, functools.partial):
        return str(recorded_spec(spec_of(strategy.func), strategy.keywords))
    spec = getattr(strategy, "spec", None)
    return spec if isinstance(spec, str) else getattr(strategy, "__name__", type(strategy).__name__)
