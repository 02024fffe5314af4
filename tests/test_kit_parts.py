"""What the conformance kit is made of: its tests of chance, its toy problems, its watch over random generators."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency, chisquare

from nasapi.constraint import Constraint
from nasapi.testing import problems
from nasapi.testing.chance import chance_of_both, chance_of_counts, chance_of_pairs
from nasapi.testing.page import table
from nasapi.testing.pair import Pair, pair_v1
from nasapi.testing.randomness import demand_untouched, touched_by
from nasapi.testing.rules import Broken
from nasapi.testing.toy import Toy, toy_v1

CODES = np.concatenate(list(Toy().enumerate()))


def test_counts_are_held_against_shares_by_pearsons_test() -> None:
    counts, shares = np.array([18, 25, 30, 27]), np.array([0.25, 0.25, 0.3, 0.2])
    assert chance_of_counts(counts, shares) == pytest.approx(chisquare(counts, 100 * shares).pvalue)


def test_outcomes_that_are_expected_less_than_five_times_are_counted_together() -> None:
    shares = np.array([0.46, 0.45, 0.05, 0.03, 0.01])
    counts = np.array([40, 50, 4, 5, 1])
    wanted = chisquare([40, 50, 4, 6], [46, 45, 5, 4]).pvalue  # just five is enough
    assert chance_of_counts(counts, shares) == pytest.approx(wanted)
    assert chance_of_counts(np.array([3, 0]), np.array([1.0, 0.0])) == 1.0
    assert chance_of_counts(np.array([300, 1]), np.array([1.0, 0.0])) == 0.0


def test_two_samples_are_held_against_each_other_by_pearsons_test() -> None:
    one, other = np.array([30, 40, 35]), np.array([60, 90, 55])
    assert chance_of_both(one, other) == pytest.approx(chi2_contingency([one, other], correction=False).pvalue)
    rare = chance_of_both(np.array([30, 40, 3, 2, 5]), np.array([60, 90, 1, 5, 5]))
    assert rare == pytest.approx(chi2_contingency([[30, 40, 5, 5], [60, 90, 5, 6]], correction=False).pvalue)
    assert chance_of_both(np.zeros(3, int), np.array([5, 6, 7])) == 1.0
    assert chance_of_both(np.array([50, 0]), np.array([50, 0])) == 1.0


def test_columns_that_hang_together_are_no_chance_and_independent_ones_are() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(3, size=900), rng.integers(3, size=900)
    table_of = np.array([[((one == a) & (other == b)).sum() for b in range(3)] for a in range(3)])
    wanted = np.outer(table_of.sum(axis=1), table_of.sum(axis=0)) / 900
    assert chance_of_pairs(one, other, 3) == pytest.approx(chi2.sf(((table_of - wanted) ** 2 / wanted).sum(), 8))
    assert chance_of_pairs(one, other, 3) > 1e-3
    assert chance_of_pairs(one, one, 3) < 1e-100


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (random.random, "random"),
        (lambda: random.seed(0), "random"),
        (np.random.random, "np.random"),
        (lambda: np.random.seed(0), "np.random"),  # noqa: NPY002
        (lambda: np.random.default_rng(0).random(), None),
    ],
)
def test_who_touches_a_global_generator_is_named_and_it_is_put_back(action, name: str | None) -> None:
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert touched_by(action) == name
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002
    if name is None:
        demand_untouched(action)
    else:
        with pytest.raises(Broken, match=f"the global state of {name} changed; draw from the `rng` that is given"):
            demand_untouched(action, warm=True)


def test_what_only_a_first_import_seeds_is_forgiven() -> None:
    calls: list[int] = []

    def first_alone() -> None:
        if not calls:
            random.seed(0)
        calls.append(1)

    state = random.getstate()
    demand_untouched(first_alone)
    random.setstate(state)
    assert len(calls) == 2


def test_a_mirrored_benchmark_has_its_goals_values_bounds_and_best_turned_round() -> None:
    made = problems.mirrored(problems.two_goals())
    assert [(goal.name, goal.goal, goal.bounds) for goal in made.problem.goals] == [
        ("valid_accuracy", "min", (-100.0, 0.0)),
        ("params", "max", None),
    ]
    plain = toy_v1().objective.evaluate(CODES)
    found = made.objective.evaluate(CODES)
    np.testing.assert_array_equal(found["valid_accuracy"], -plain["valid_accuracy"])
    np.testing.assert_array_equal(found["test_accuracy"], plain["test_accuracy"])
    assert made.reference.optima["valid_accuracy"] == -toy_v1().reference.optima["valid_accuracy"]
    kept = problems.mirrored(problems.constrained())
    assert kept.problem.constraints == (Constraint("params", upper=150.0),)
    np.testing.assert_array_equal(kept.objective.evaluate(CODES)["params"], plain["params"])


def test_spoiled_benchmarks_have_one_value_none_or_half_of_them() -> None:
    plain = toy_v1().objective.evaluate(CODES)
    constant = problems.spoiled(toy_v1(), "constant").objective.evaluate(CODES)
    assert set(constant["valid_accuracy"]) == {50.0}
    assert np.isnan(problems.spoiled(toy_v1(), "nan").objective.evaluate(CODES)["valid_accuracy"]).all()
    half = problems.spoiled(toy_v1(), "half").objective.evaluate(CODES)
    np.testing.assert_array_equal(np.isnan(half["valid_accuracy"]), CODES.sum(axis=1) % 2 == 0)
    odd = CODES.sum(axis=1) % 2 == 1
    np.testing.assert_array_equal(half["params"][odd], plain["params"][odd])
    np.testing.assert_array_equal(half["cost"], plain["cost"])
    flat = problems.without_fidelity()
    assert (flat.problem.fidelity, flat.objective.fidelity) == (None, None)


def test_the_made_up_benchmark_is_the_mean_gene_of_the_network_in_forty_trials() -> None:
    made = problems.made_up(Toy())
    found = made.objective.evaluate(CODES)
    np.testing.assert_array_equal(found["loss"], Toy().canonical(CODES).mean(axis=1))
    assert set(found["cost"]) == {1.0}
    assert (made.id, made.problem.budget.limit, made.objective.identity) == ("toy/made-up-v1", 40, "network")
    assert problems.plain().problem.budget.limit == 100


def test_a_pair_is_two_cells_one_after_the_other() -> None:
    space, cell = Pair(), Toy()
    every = np.concatenate(list(space.enumerate()))
    assert len(every) == space.size == 22**2
    assert len(np.unique(space.canonical(every), axis=0)) == space.identities["network"]
    code = np.array([2, 1, 0, 0, 2, 1])
    assert space.format(code) == "conv|skip|none+none|conv|skip"
    np.testing.assert_array_equal(space.parse(space.format(code)), code)
    graph, (one, other) = space.graphs(code[None]), (cell.graphs(code[None, part]) for part in (slice(3), slice(3, 6)))
    v = one.ops.shape[1]
    np.testing.assert_array_equal(graph.adjacency[0, :v, :v], one.adjacency[0])
    np.testing.assert_array_equal(graph.adjacency[0, v:, v:], other.adjacency[0])
    assert graph.adjacency[0, :v, v:].sum() == 1 and graph.adjacency[0, v - 1, v]
    benchmark = pair_v1()
    single = toy_v1().objective.evaluate(code.reshape(2, 3))
    for name, column in benchmark.objective.evaluate(code[None]).items():
        assert column[0] == single[name].mean()
    assert benchmark.problem.budget.limit == 100


def test_the_table_of_rules_has_a_line_for_each() -> None:
    lines = table().splitlines()
    assert len(lines) == len(set(lines)) > 100
    assert all(line.startswith("| `") and line.endswith(" |") and line.count("|") == 3 for line in lines)
