"""A benchmark's door: its noise to the last bit, mixed batches, failures of some rows, what it refuses and shows."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from attrs import evolve

import nasapi
from nasapi.benchmark import Benchmark
from nasapi.budget import Budget
from nasapi.constraint import Constraint
from nasapi.errors import InterfaceError, InvalidArchitecture, InvalidOption
from nasapi.metric import Metric
from nasapi.noise import row_noise
from nasapi.objective import Columns, Objective
from nasapi.problem import Problem
from nasapi.reference import Anchor, Reference
from nasapi.testing.toy import Toy, ToyObjective, toy_v1
from nasapi.trial import Architecture, Trial

MASK = 2**64 - 1


def splitmix(seed: int, words: list[int]) -> int:
    """The hash of a row in whole numbers, by Steele, Lea and Flood's generator."""
    state = seed & MASK
    for word in words:
        state = ((state ^ (word & MASK)) + 0x9E3779B97F4A7C15) & MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
        state ^= state >> 31
    return state


@pytest.mark.parametrize("seed", [0, 5, 2**64 + 5])
def test_a_rows_noise_is_splitmix64_of_seed_and_genes(seed: int) -> None:
    codes = np.array([[0, 1, 0], [2, 2, 1]])
    assert row_noise(seed, codes).tolist() == [splitmix(seed, [-1, *row]) for row in codes.tolist()]


def test_noise_never_changes() -> None:
    draws = row_noise(7, np.array([[0, 1, 0], [2, 2, 1]]))
    assert draws.dtype == np.uint64
    assert draws.tolist() == [10678652826447662898, 11163336336252170535]


def test_the_default_sample_never_changes() -> None:
    drawn = Toy().sample(40, np.random.default_rng(0))
    assert drawn[:6].tolist() == [[2, 1, 1], [2, 1, 2], [1, 1, 2], [2, 1, 1], [1, 2, 0], [2, 2, 0]]
    assert drawn[-4:].tolist() == [[2, 0, 1], [1, 0, 1], [1, 2, 2], [1, 1, 1]]
    assert (Toy().sample(6, np.random.default_rng(0)) == drawn[:6]).all()  # 32 are drawn at least


def trials(*codes: tuple[int, ...], levels: tuple[int | None, ...] = ()) -> list[Trial]:
    return [
        Trial(Architecture("toy", code), level)
        for code, level in zip(codes, levels or (None,) * len(codes), strict=True)
    ]


def test_every_row_of_a_batch_of_levels_has_the_value_of_its_own() -> None:
    toy = toy_v1()
    mixed = trials((2, 1, 0), (2, 1, 1), (2, 1, 0), (2, 1, 1), (2, 1, 0), levels=(1, 16, None, 4, 16))
    results = toy.evaluate(mixed)
    assert [result.trial for result in results] == mixed
    assert [result.values["valid_accuracy"] for result in results] == pytest.approx([32.5, 80.0, 65.0, 64.0, 65.0])
    assert [result.cost for result in results] == [1.0, 32.0, 16.0, 8.0, 16.0]
    assert results == [toy.evaluate([trial])[0] for trial in mixed]


class Partial(Objective):
    """Three metrics, of which one or another is NaN for some codes; a batch with [2, 2, 2] raises."""

    failures = {"first": "The first broke."}
    sentences: Any = None

    def __init__(self) -> None:
        self.space = Toy()
        self.metrics = (Metric("first", "min"), Metric("second", "min"), Metric("third", "max"))
        self.asked: list[int] = []

    def evaluate(self, codes: Any, fidelity: int | None = None, noise: Any = None) -> Columns:
        self.asked.append(len(codes))
        if (codes == 2).all(axis=1).any():
            raise RuntimeError("out of memory")
        found: dict[str, Any] = {
            name: np.where(codes[:, at] == 2, np.nan, codes.sum(axis=1)) for at, name in enumerate(["first", "second"])
        }
        if self.sentences is not None:
            found["error"] = self.sentences
        return found | {"third": np.where(codes[:, 2] == 2, np.nan, 1.0), "cost": np.ones(len(codes))}


def partial(**changed: Any) -> Benchmark:
    objective = Partial()
    for name, value in changed.items():
        setattr(objective, name, value)
    return Benchmark("toy/partial-v1", Problem(objective.space, objective.metrics, Budget(9)), objective)


def test_a_row_with_one_metric_of_several_missing_fails_alone_and_says_which() -> None:
    codes = (1, 1, 1), (2, 1, 1), (1, 2, 1), (2, 2, 1), (1, 2, 2)
    results = partial().evaluate(trials(*codes))
    assert [result.error for result in results] == [
        None,
        "The first broke.",
        "second is NaN",
        "The first broke. second is NaN",
        "second, third is NaN",
    ]
    assert results[0].values == {"first": 3.0, "second": 3.0, "third": 1.0}
    assert [dict(result.values) for result in results[1:]] == [{}] * 4
    assert [result.cost for result in results] == [1.0] * 5


def test_a_batch_that_raises_is_asked_again_row_by_row() -> None:
    benchmark = partial()
    results = benchmark.evaluate(trials((1, 1, 1), (2, 2, 2), (0, 1, 0)))
    assert [result.error for result in results] == [None, "RuntimeError: out of memory", None]
    assert [result.values.get("first") for result in results] == [3.0, None, 1.0]
    assert [result.cost for result in results] == [1.0, 0.0, 1.0]
    assert benchmark.objective.asked == [3, 1, 1, 1]  # type: ignore[attr-defined]


def test_a_batch_that_answers_for_its_rows_is_asked_once_and_its_sentences_are_kept() -> None:
    benchmark = partial(sentences=np.array([None, "It slipped.", None], object))
    results = benchmark.evaluate(trials((1, 1, 1), (1, 1, 0), (2, 1, 1)))
    assert [result.error for result in results] == [None, "It slipped.", "The first broke."]
    assert dict(results[1].values) == {}
    assert benchmark.objective.asked == [3]  # type: ignore[attr-defined]
    benchmark = partial(sentences=np.array([None, "It slipped."], object))
    assert [result.error for result in benchmark.evaluate(trials((1, 1, 1), (1, 1, 0)))] == [None, "It slipped."]


@pytest.mark.parametrize("sentences", [[None], ["", None], [3, None], [None, None, None]])
def test_a_column_of_errors_that_is_none_is_refused(sentences: list[Any]) -> None:
    with pytest.raises(InterfaceError, match=r"gave .* for 'error'; wanted None or a sentence for each of 2 rows"):
        partial(sentences=np.array(sentences, object)).evaluate(trials((1, 1, 1), (1, 1, 0)))


@pytest.mark.parametrize(
    "given", [[*trials((1, 1, 1)), (1, 1, 1)], [Architecture("toy", (1, 1, 1))], [None], "a list", ""]
)
def test_what_is_no_list_of_trials_is_refused(given: Any) -> None:
    with pytest.raises(InterfaceError, match="A benchmark evaluates a list of Trial, not"):
        toy_v1().evaluate(given)


@pytest.mark.parametrize("fidelity", [[1], {}, "1", 1.0])
@pytest.mark.parametrize("others", [0, 2])
def test_a_fidelity_that_is_no_number_is_refused(fidelity: Any, others: int) -> None:
    toy = toy_v1()
    good = toy.problem.trials(toy.problem.space.sample(1, np.random.default_rng(0)))[0]
    with pytest.raises(InvalidOption, match=r"toy has no epochs .*; its levels are \(1, 4, 16\)"):
        toy.evaluate([good] * others + [evolve(good, fidelity=fidelity)])


def test_no_trials_have_no_results_and_a_trial_of_another_space_is_refused() -> None:
    assert toy_v1().evaluate([]) == []
    with pytest.raises(InvalidArchitecture, match=r"space='nb201', code=\(1, 1, 1\)\) is no architecture of toy"):
        toy_v1().evaluate([Trial(Architecture("nb201", (1, 1, 1)))])


@pytest.mark.parametrize("seed", [-1, 1.5, "1"])
def test_a_seed_that_is_no_whole_number_is_refused(seed: Any) -> None:
    with pytest.raises(InvalidOption, match="A seed is a whole number from 0"):
        toy_v1().evaluate(trials((1, 1, 1)), seed)


def test_a_seed_draws_noise_only_where_the_benchmark_has_some() -> None:
    plain, noisy = toy_v1(), evolve(toy_v1(), noise=True)
    asked = trials((2, 1, 0), (2, 1, 1), (2, 2, 2))
    expected = [result.values["valid_accuracy"] for result in plain.evaluate(asked)]
    assert [result.values["valid_accuracy"] for result in plain.evaluate(asked, 3)] == expected
    assert [result.values["valid_accuracy"] for result in noisy.evaluate(asked)] == expected
    drawn = [[result.values["valid_accuracy"] for result in noisy.evaluate(asked, seed)] for seed in range(3)]
    assert len({tuple(values) for values in drawn}) == 3
    assert np.abs(np.array(drawn) - expected).max() <= 0.9 + 1e-9  # 0.3 for each of three runs, times 1 to 3


def test_codes_of_one_network_have_one_draw_where_values_are_of_networks() -> None:
    codes = (2, 1, 0), (1, 1, 0)  # the edge to the dead node is dropped from both
    noisy = evolve(toy_v1(), noise=True)
    drawn = [[result.values for result in noisy.evaluate(trials(*codes), seed)] for seed in range(20)]
    assert all(one == other for one, other in drawn)
    objective = ToyObjective()
    objective.identity = "code"
    apart = evolve(noisy, objective=objective)
    drawn = [[result.values for result in apart.evaluate(trials(*codes), seed)] for seed in range(20)]
    assert any(one != other for one, other in drawn)


def test_looking_up_gives_expected_values_of_any_metric_at_the_highest_level() -> None:
    noisy = evolve(toy_v1(), noise=True)
    found = noisy.look_up(np.array([[2, 1, 0], [2, 1, 1]]), ["test_accuracy", "params", "nowhere"])
    assert found["test_accuracy"] == pytest.approx([64.5, 79.5])
    assert found["params"].tolist() == [0.0, 100.0]
    assert np.isnan(found["nowhere"]).all()
    assert {name: column.shape for name, column in noisy.look_up(np.empty((0, 3), int), ["params"]).items()} == {
        "params": (0,)
    }


def test_looking_up_nothing_evaluates_nothing() -> None:
    benchmark = partial()
    assert benchmark.look_up(np.array([[1, 1, 1]]), ()) == {}
    assert benchmark.objective.asked == []  # type: ignore[attr-defined]


def test_a_benchmark_has_what_its_problem_names() -> None:
    toy = toy_v1()
    with pytest.raises(InvalidOption, match="has no metric 'flops'"):
        evolve(toy, problem=evolve(toy.problem, goals=(Metric("flops", "min"),)))
    for constraint, message in (
        (Constraint("test_accuracy", 1.0), "'test_accuracy' is measured on test data and cannot be a constraint"),
        (Constraint("flops", 1.0), "has no metric 'flops'"),
    ):
        with pytest.raises(InvalidOption, match=message):
            evolve(toy, problem=evolve(toy.problem, constraints=(constraint,)))
    with pytest.raises(InvalidOption, match=r"toy/partial-v1 has no noise to draw: its objective gives one value"):
        evolve(partial(), noise=True)
    kept = evolve(toy, problem=evolve(toy.problem, constraints=(Constraint("params", upper=100.0),)))
    assert kept.observed == ("valid_accuracy", "params")


def test_a_run_has_up_to_a_million_workers() -> None:
    assert evolve(toy_v1(), workers=1_000_000).workers == 1_000_000
    for workers in (0, 1_000_001):
        with pytest.raises(InvalidOption, match=f"A run has 1 to 1,000,000 workers, not {workers:,}"):
            evolve(toy_v1(), workers=workers)


def test_a_benchmark_is_named_by_its_spec_and_that_by_its_id() -> None:
    assert (toy_v1().spec, evolve(toy_v1(), spec="toy/formula-v1[budget=3]").spec) == (
        "toy/formula-v1",
        "toy/formula-v1[budget=3]",
    )
    assert repr(toy_v1()).startswith("<benchmark toy/formula-v1: ")
    assert not toy_v1().loaded
    assert evolve(toy_v1(), id="mine/formula-v1").spec == "mine/formula-v1"


def test_what_is_loaded_by_its_spec_is_known_to_be_and_what_is_made_of_it_not() -> None:
    loaded = nasapi.load_benchmark("toy/formula-v1", budget=7)
    assert loaded.loaded and not evolve(loaded).loaded and not toy_v1().loaded


def test_a_class_of_objectives_takes_the_keywords_that_classes_take() -> None:
    with pytest.raises(TypeError, match="no keyword arguments"):
        type("Odd", (ToyObjective,), {}, nonsense=1)


def test_a_notebook_shows_what_is_asked_and_what_is_known() -> None:
    known = toy_v1()
    shown = known._repr_html_()
    message = ("toy/formula-v1", "valid_accuracy 99", "test_accuracy, params", "none: expected values", "Apache-2.0")
    assert [words for words in message if words not in shown] == []
    assert "not known" not in shown
    other = evolve(
        known,
        noise=True,
        reference=Reference(),
        problem=evolve(known.problem, constraints=(Constraint("params", upper=100.0),)),
    )._repr_html_()
    assert "one draw an evaluation" in other
    assert "not known" in other
    assert "100" in other.partition("constraints")[2].partition("</tr>")[0]


def test_a_published_value_is_held_to_half_of_its_last_digit() -> None:
    anchor = Anchor("conv|skip|none", "valid_accuracy", 65.0, "by hand")
    assert (anchor.tolerance, anchor.fidelity) == (0.005, None)
    assert (Reference().predicted, Benchmark.__attrs_attrs__.noise.default) == (False, False)  # type: ignore[attr-defined]


def test_a_benchmark_is_of_a_problem_and_an_objective() -> None:
    problem, objective = toy_v1().problem, ToyObjective()
    with pytest.raises(InvalidOption, match=r"The problem of benchmark 'toy/x-v1' is a Problem, not ..valid"):
        Benchmark("toy/x-v1", ("valid_accuracy",), objective)  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="The objective of benchmark 'toy/x-v1' is an Objective, not <class"):
        Benchmark("toy/x-v1", problem, ToyObjective)  # type: ignore[arg-type]


def test_a_budget_of_seconds_needs_costs_that_are_known() -> None:
    problem, objective = toy_v1().problem, ToyObjective()
    objective.missing = {"cost": "nobody timed it."}
    with pytest.raises(
        InvalidOption, match=r"cannot have a budget of 9 seconds, .* count 'trials' .*: nobody timed it"
    ):
        Benchmark("toy/x-v1", evolve(problem, budget=Budget(9, "seconds")), objective)
    assert Benchmark("toy/x-v1", problem, objective).problem.budget == Budget(10)


@pytest.mark.parametrize("id", ["toy/formula-v1", "nb201/cifar10-v1", "nb201/mnist8-v1", "graph/cora-v1"])
@pytest.mark.parametrize("asked", [False, True])
def test_a_benchmark_comes_back_from_a_pickle_with_its_values(id: str, asked: bool) -> None:
    if (space := id.partition("/")[0]) != "toy":
        pytest.importorskip(f"nasapi_{space}")
    benchmark = nasapi.load_benchmark(id)
    codes = benchmark.problem.space.sample(3, np.random.default_rng(0))
    trials = benchmark.problem.trials(codes)
    if asked:
        benchmark.evaluate(trials)  # what it remembers goes with it
    again = pickle.loads(pickle.dumps(benchmark))
    assert [result.values for result in again.evaluate(trials)] == [one.values for one in benchmark.evaluate(trials)]
    (one, other) = (each.look_up(codes, each.report_metrics) for each in (again, benchmark))
    np.testing.assert_equal(one, other)
