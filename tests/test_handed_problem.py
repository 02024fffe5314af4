"""What a strategy is handed is its own: whatever it makes of problem and answers, other runs are as they were."""

import numpy as np
import pytest
from attrs import evolve

import nasapi
from nasapi import Budget, Constraint, Fidelity, Metric, Strategy
from nasapi.errors import InterfaceError, InvalidOption
from nasapi.plugins.loading import load_benchmark
from nasapi.reference import Anchor, Reference
from nasapi.spaces import ListedSpace
from nasapi.testing.toy import Toy


class Random(Strategy):
    """Draws codes, after changing what it was handed by `change`."""

    supports = frozenset({"constraints"})
    change = staticmethod(lambda problem: None)

    def __init__(self, problem, rng):
        super().__init__(problem, rng)
        self.change(problem)

    def ask(self, n):
        return self.problem.trials(self.problem.space.sample(n, self.rng))

    def tell(self, results):
        pass


CHANGES = {
    "limit": lambda problem: object.__setattr__(problem.budget, "limit", 1000),
    "budget": lambda problem: object.__setattr__(problem, "budget", Budget(1000)),
    "direction": lambda problem: object.__setattr__(problem.goals[0], "goal", "min"),
    "goals": lambda problem: object.__setattr__(problem, "goals", (*problem.goals, *problem.goals)),
    "levels": lambda problem: object.__setattr__(problem.fidelity, "levels", (1,)),
    "bound": lambda problem: object.__setattr__(problem.constraints[0], "upper", np.inf),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_strategy_that_changes_its_problem_ends_its_run_and_no_other_is_affected(what: str) -> None:
    toy = load_benchmark("toy/formula-v1", budget=20)
    limited = evolve(toy.problem, fidelity=toy.objective.fidelity, constraints=(Constraint("params", upper=1e9),))
    benchmark = evolve(toy, problem=limited)
    before, alone = repr(limited.copy()), nasapi.run(benchmark, Random, seed=0)
    assert len(alone) == 20
    changing = type("Changing", (Random,), {"change": staticmethod(CHANGES[what])})
    with pytest.raises(InterfaceError, match=r"Changing' changed its problem, which was maximise .* 20 trials"):
        nasapi.run(benchmark, changing, seed=0)
    assert repr(limited) == before
    assert limited.same_as(benchmark.problem)
    assert (nasapi.run(benchmark, Random, seed=0).codes == alone.codes).all()


def test_an_answer_has_the_length_that_it_has() -> None:
    class Short(list):
        def __len__(self):
            return 1

    class Many(Random):
        def ask(self, n):
            return Short(super().ask(7))

    with pytest.raises(InterfaceError, match="asked for at most 1 trial and gave 7"):
        nasapi.run("toy/formula-v1", Many, seed=0)


def test_the_list_of_a_listed_space_cannot_be_shuffled_for_everybody() -> None:
    space = ListedSpace(Toy(), np.vstack([*Toy().enumerate()])[::2], id="toy-half")
    before = space.listed.copy()
    with pytest.raises(ValueError, match="read-only"):
        np.random.default_rng(0).shuffle(space.listed)
    assert (space.listed == before).all()


def test_a_listed_space_leaves_the_array_that_it_was_made_of_alone() -> None:
    codes = np.vstack([*Toy().enumerate()])
    space = ListedSpace(Toy(), codes, id="toy-all")
    codes[:] = 0
    assert space.valid(space.listed).all()
    assert len(np.unique(space.listed, axis=0)) == space.size == 22


PARTS = [
    (lambda: Fidelity("epochs", (1.5, 2.0)), "levels of fidelity 'epochs' are whole numbers"),
    (lambda: Fidelity("epochs", (True, 2)), "levels of fidelity 'epochs' are whole numbers"),
    (lambda: Fidelity("epochs", ("a", "b")), "levels of fidelity 'epochs' are whole numbers"),
    (lambda: Fidelity("epochs", 5), "levels of fidelity 'epochs' are whole numbers"),
    (lambda: Fidelity(5, (1, 2)), "A fidelity has a name"),
    (lambda: Fidelity("epochs", (1, 2), "yes"), "resume, True, or not, False"),
    (lambda: Constraint(5), "A constraint names a metric"),
    (lambda: Constraint("params", upper=True), "a number, not True"),
    (lambda: Constraint("params", upper="5"), "a number, not '5'"),
    (lambda: Constraint("params", upper=None), "a number, not None"),
    (lambda: Constraint("params", lower=np.inf), "holds for nothing"),
    (lambda: Constraint("params", upper=np.nan), "holds for nothing"),
    (lambda: Metric("a\nb", "max"), "A metric has a name"),
    (lambda: Metric("a", "max", unit=5), "The unit of metric 'a' is one line of text"),
    (lambda: Metric("a", "max", description=None), "The description of metric 'a' is one line of text"),
    (lambda: Metric("a", "max", bounds="ab"), "The bounds of metric 'a' are two numbers"),
    (lambda: Metric("a", "max", bounds=(0.0,)), "The bounds of metric 'a' are two numbers"),
    (lambda: Reference({"a": "5"}), "The optima of a reference has a number for each metric"),
    (lambda: Reference(training_sd=5), "The training_sd of a reference has a number for each metric"),
    (lambda: Anchor("x", "a", "5", "a paper"), "The value of anchor 'x' is a number"),
    (lambda: Anchor("x", "a", 5.0, "a paper", None), "The tolerance of anchor 'x' is a number"),
]


@pytest.mark.parametrize("make, sentence", PARTS)
def test_a_part_of_a_problem_or_benchmark_says_what_it_cannot_be(make, sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        make()


def test_levels_in_a_list_or_of_numpy_become_a_tuple_of_python_s() -> None:
    assert Fidelity("epochs", [1, 4]) == Fidelity("epochs", (np.int64(1), np.int32(4))) == Fidelity("epochs", (1, 4))
    assert {*map(type, Fidelity("epochs", (np.int64(1), 4)).levels)} == {int}


@pytest.mark.parametrize(
    "given, sentence",
    [
        ({"isolate": "x"}, "isolated by True"),
        ({"isolate": 1}, "isolated by True"),
        ({"notify": None}, "`notify` is a function that is called with each phase"),
        ({"evaluator": 3}, "An evaluator is a benchmark"),
    ],
)
def test_a_run_says_what_it_cannot_be_given(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        nasapi.run("toy/formula-v1", Random, seed=0, **given)
