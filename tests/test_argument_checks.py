"""What the public methods refuse at the door, whoever wrote them."""

import pickle
import re
from pathlib import Path

import numpy as np
import pytest

import nasapi
from nasapi.errors import InvalidArchitecture, InvalidOption
from nasapi.plugins.manager import entries
from nasapi.space import SearchSpace
from nasapi.testing.pair import Pair
from nasapi.testing.search import ToyEncoder, ToyLatent, ToySearch
from nasapi.testing.toy import Toy, ToyObjective, toy_v1

RNG = np.random.default_rng
GOOD = np.array([[1, 2, 0], [2, 2, 2]])


class Renamed(Toy, checked=True):
    """A space whose author calls arguments otherwise, and adds a method that is checked too."""

    def canonical(self, x):
        return super().canonical(x)

    def sums(self, codes):
        return codes.sum(axis=1)


BATCHES = {
    "negative": [[1, -1, 0]],
    "too large": [[1, 3, 0]],
    "float": [[1.0, 2.0, 0.0]],
    "NaN": [[1.0, np.nan, 0.0]],
    "masked": np.ma.masked_array([[1, 2, 0]], mask=[[0, 1, 0]]),
    "boolean": np.array([[True, False, True]]),
    "object": np.array([[1, 2, 0]], object),
    "too large for any integer": [[2**70, 0, 0]],
    "wraps round": np.array([[2**64 - 1, 0, 0]], np.uint64),
    "text": [["1", "2", "0"]],
    "one code": [1, 2, 0],
    "one code in an array": np.array([1, 2, 0]),
    "a batch of batches": np.zeros((1, 1, 3), np.int64),
    "wide": np.zeros((2, 4), np.int64),
    "one of two": np.array([[1, 2, 0], [1, 3, 0]]),
    "short": [[1, 2]],
    "ragged": [[1, 2, 0], [1]],
    "none": None,
}
METHODS = {
    "graphs": lambda space, codes: space.graphs(codes),
    "canonical": lambda space, codes: space.canonical(codes),
    "canonical by name": lambda space, codes: space.canonical(codes=codes),
    "mutate": lambda space, codes: space.mutate(codes, RNG(0)),
    "crossover, first": lambda space, codes: space.crossover(codes, GOOD[:1], RNG(0)),
    "crossover, second": lambda space, codes: space.crossover(GOOD[:1], codes, RNG(0)),
    "architectures": lambda space, codes: space.architectures(codes),
    "encode": lambda space, codes: ToyEncoder(space).encode(codes),
    "fit": lambda space, codes: ToyLatent(space).fit(codes, RNG(0)),
    "evaluate": lambda space, codes: ToyObjective().evaluate(codes),
    "look_up": lambda space, codes: toy_v1().look_up(codes, ["params"]) if codes is not None else space.graphs(codes),
    "trials": lambda space, codes: toy_v1().problem.trials(codes),
}
REFUSED = r"^(toy takes (one code|codes of shape|integer codes)\b.*, not |Row \d+ is no architecture of toy: )"


@pytest.mark.parametrize(("given", "kept"), [("int8", "int8"), (">i4", ">i4"), ("uint64", "int64"), (">i8", "int64")])
def test_codes_of_narrow_types_stay_as_they_are_and_wide_ones_are_of_64_bits(given, kept):
    admitted = Toy().admitted(GOOD.astype(given))
    assert admitted.dtype == kept and admitted.tolist() == GOOD.tolist()


@pytest.mark.parametrize("codes", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_codes_that_are_none_are_refused_by_every_method(method, codes):
    with pytest.raises(InvalidArchitecture, match=REFUSED):
        method(Toy(), codes)


@pytest.mark.parametrize("code", [codes for name, codes in BATCHES.items() if "one code" not in name], ids=repr)
@pytest.mark.parametrize("method", ["format", "neighbors", "to_networkx", "picture"])
def test_a_single_code_that_is_none_is_refused(method, code):
    single = code[0] if isinstance(code, (list, np.ndarray)) and len(code) == 1 else code
    with pytest.raises(InvalidArchitecture, match=REFUSED):
        getattr(Toy(), method)(single)


def test_a_batch_where_one_code_is_wanted_is_called_so():
    with pytest.raises(InvalidArchitecture, match=r"toy takes one code of shape \(3,\) here, not \(2, 3\)"):
        Toy().neighbors(GOOD)


@pytest.mark.parametrize("given", ["conv|skip|conv", ["conv|skip|conv"]])
def test_text_where_a_code_is_wanted_is_told_how_to_be_read(given):
    message = rf"not text, {re.escape(repr(given))}; the space's `parse` gives the code"
    with pytest.raises(InvalidArchitecture, match=message):
        ToyObjective().evaluate(given)
    with pytest.raises(InvalidArchitecture, match=message):
        Toy().format(given)


def test_an_argument_is_checked_behind_others_that_are_not():
    class Weighted(Toy, checked=True):
        def weighted(self, weight, codes):
            return weight * codes

    assert Weighted().weighted(2, GOOD.tolist()).tolist() == (2 * GOOD).tolist()
    for wrong in (BATCHES["negative"], BATCHES["masked"]):
        with pytest.raises(InvalidArchitecture, match=REFUSED):
            Weighted().weighted(2, wrong)
        with pytest.raises(InvalidArchitecture, match=REFUSED):
            Weighted().weighted(2, codes=wrong)


@pytest.mark.parametrize("codes", BATCHES.values(), ids=BATCHES)
def test_an_author_need_not_check(codes):
    for method in (Renamed().canonical, Renamed().sums):
        with pytest.raises(InvalidArchitecture, match=REFUSED):
            method(codes)
    assert Renamed().sums(GOOD).tolist() == [3, 6]


class Adding(Toy):
    """A space whose author adds methods with arguments that mean something else."""

    def label(self, a, b="", *, codes=None):
        return f"{a}{b}{codes}"

    def load(self, text, rng=5):
        return text, rng

    def canonical(self, codes, rng=7):
        return super().canonical(codes) + 0 * rng


def test_what_an_author_adds_names_its_arguments_as_it_likes():
    assert Adding().label("x", 1, codes="y") == "x1y"
    assert Adding().load("x", rng=5) == ("x", 5)
    assert Adding().canonical([[2, 2, 2]], rng=5).tolist() == Toy().canonical(np.array([[2, 2, 2]])).tolist()
    with pytest.raises(InvalidArchitecture, match=REFUSED):
        Adding().canonical([[1, -1, 0]])


def test_methods_that_spaces_and_encoders_here_add_are_checked():
    pytest.importorskip("nasapi_nb201", reason="its space adds `string_classes`")
    space = nasapi.load_space("nb201")
    with pytest.raises(InvalidArchitecture, match="nb201"):
        space.string_classes([[9, 9, 9, 9, 9, 9]])


def test_valid_refuses_what_is_no_code_and_calls_values_out_of_range_invalid():
    assert Toy().valid([[1, -1, 0], [1, 2, 0], [9, 0, 0]]).tolist() == [False, True, False]
    for codes in ([[1.0, 2.0, 0.0]], [1, 2, 0], np.ma.masked_array([[1, 2, 0]])):
        with pytest.raises(InvalidArchitecture):
            Toy().valid(codes)


@pytest.mark.parametrize("dtype", ["i1", "u1", "<i2", ">i4", ">i8", "u8", "i8"])
def test_every_integer_type_names_the_same_architectures(dtype):
    space = Toy()
    codes = GOOD.astype(dtype)
    assert np.array_equal(space.canonical(codes), space.canonical(GOOD))
    assert space.architectures(codes) == space.architectures(GOOD)
    assert np.array_equal(ToyObjective().evaluate(codes)["params"], ToyObjective().evaluate(GOOD)["params"])


class Wide(Toy):
    """A space some of whose genes have more values than a small integer."""

    cardinalities = (300, 5, 2**40)

    def valid(self, codes):
        return SearchSpace.valid(self, codes)


@pytest.mark.parametrize("dtype", ["i1", "u1", "<i2", ">i4", ">i8", "u8", "i8"])
def test_a_gene_is_in_its_range_whatever_integers_say_it(dtype):
    space, extremes = Wide(), np.iinfo(dtype)
    codes = np.array([[extremes.min, 0, 0], [extremes.max, 4, 4], [100, 5, 0], [0, 0, extremes.max]], dtype)
    inside = [
        all(0 <= gene < limit for gene, limit in zip(code, space.cardinalities, strict=True)) for code in codes.tolist()
    ]
    assert space.valid(codes).tolist() == inside


def test_no_codes_are_codes_of_any_type():
    assert Toy().canonical(np.empty((0, 3))).shape == (0, 3)


def test_parents_in_unequal_numbers_are_refused():
    with pytest.raises(InvalidArchitecture, match="`crossover` takes equally many rows of each, not 1 of 'a' and 2"):
        Toy().crossover(GOOD[:1], GOOD, RNG(0))
    with pytest.raises(InvalidArchitecture, match="`evaluate` takes equally many rows"):
        ToyObjective().evaluate(GOOD, None, np.array([1], np.uint64))


@pytest.mark.parametrize("n", [-1, 1.5, True, "3", None, np.float64(2)])
def test_a_number_of_samples_that_is_none_is_refused(n):
    with pytest.raises(InvalidOption, match="A sample has a whole number of codes, not"):
        Toy().sample(n, RNG(0))


@pytest.mark.parametrize("rng", [0, None, np.random.RandomState(0), np.random])
def test_a_seed_is_no_generator(rng):
    for draw in (
        lambda: Toy().sample(1, rng),
        lambda: Toy().mutate(GOOD, rng),
        lambda: Toy().crossover(GOOD, GOOD, rng),
    ):
        with pytest.raises(InvalidOption, match="Randomness comes from a numpy Generator"):
            draw()


@pytest.mark.parametrize("batch", [0, -1, 2.5])
def test_a_batch_of_nothing_is_refused_before_the_first_code_is_drawn(batch):
    with pytest.raises(InvalidOption, match="A batch has a whole number of codes, at least 1"):
        Toy().enumerate(batch)


@pytest.mark.parametrize("text", [None, 5, b"conv|conv|skip", ["conv"], GOOD[0]])
def test_what_is_no_text_is_not_parsed(text):
    with pytest.raises(InvalidArchitecture, match="toy parses text, not"):
        Toy().parse(text)


@pytest.mark.parametrize("architecture", ["toy", (1, 2, 0), nasapi.Architecture("nb201", (1, 2, 0))])
def test_architectures_of_elsewhere_have_no_codes_here(architecture):
    with pytest.raises(InvalidArchitecture, match="is no architecture of toy"):
        Toy().codes([architecture])
    with pytest.raises(InvalidArchitecture, match=REFUSED):
        Toy().codes([nasapi.Architecture("toy", (1.5, 2, 0))])


@pytest.mark.parametrize("features", [[[np.nan, 0, 0]], [[np.inf, 0, 0]], [[0.0]], 3.0, [["a"] * 3], None])
def test_features_that_are_none_are_not_decoded(features):
    decoder = ToyLatent(Toy()).fit(GOOD, RNG(0))
    with pytest.raises(InvalidArchitecture, match=r"Features are finite numbers of shape \(n, 3\)"):
        decoder.decode(features, RNG(0))


@pytest.mark.parametrize("features", [3.0, [[np.nan]], [["a"]]])
def test_a_decoder_that_says_no_shape_takes_rows_of_any_and_nothing_else(features):
    class Shapeless(nasapi.Decoder):
        def decode(self, features, rng):
            return GOOD[: len(features)]

    assert len(Shapeless().decode([[1.0, 2.0]], RNG(0))) == len(Shapeless().decode([3], RNG(0))) == 1
    with pytest.raises(InvalidArchitecture, match=r"Features are finite numbers of shape \(n, …\), not "):
        Shapeless().decode(features, RNG(0))


@pytest.mark.parametrize("fidelity", [True, 4.0, "4", 5, np.float64(4)])
def test_a_fidelity_that_only_looks_like_a_level_is_refused(fidelity):
    with pytest.raises(InvalidOption, match="its levels are"):
        ToyObjective().evaluate(GOOD, fidelity)


@pytest.mark.parametrize("noise", [[1, 2], np.array([1.0, 2.0]), np.array([-1, 2]), np.array([[1], [2]], np.uint64), 3])
def test_noise_that_is_none_is_refused(noise):
    with pytest.raises(InvalidOption, match="Noise is None or an array"):
        ToyObjective().evaluate(GOOD, None, noise)


@pytest.mark.parametrize("objectives", [[], [ToyObjective], "toy", [None]])
def test_only_objectives_are_joined(objectives):
    with pytest.raises(InvalidOption, match="Objectives to join are at least one Objective"):
        nasapi.Joined(objectives)


def test_a_class_can_say_that_an_argument_is_not_checked():
    class Trusting(Toy):
        _checks = {"canonical.codes": None}

        def canonical(self, codes):
            return codes

    assert Trusting().canonical("anything") == "anything"
    with pytest.raises(InvalidArchitecture):
        Trusting().graphs("anything")


def test_every_installed_space_checks_at_every_door():
    tried = 0
    for entry, _ in entries("space"):
        try:
            space = nasapi.load_space(entry.id)
        except nasapi.errors.NotAvailable:
            continue
        for code in (space.sample(1, RNG(0)) * 0 - 1, space.sample(1, RNG(0)) * 1.0):
            for name in ("canonical", "graphs", "architectures", "index", "keys", "hashes", "parameters", "compact"):
                if method := getattr(space, name, None):
                    tried += 1
                    with pytest.raises(InvalidArchitecture):
                        method(code)
            for name in ("format", "neighbors", "picture", "to_networkx", "configuration"):
                if method := getattr(space, name, None):
                    with pytest.raises(InvalidArchitecture):
                        method(code[0])
        if space.numbered is not None:
            for indices in ([-1], [space.numbered], [0.5], 0, [2**70], [True]):
                with pytest.raises(InvalidArchitecture):
                    space.codes_at(indices)
    assert tried >= 6


def test_numbers_of_numpy_are_taken_as_those_of_python():
    toy = nasapi.load_benchmark("toy/formula-v1", budget=np.int64(5))
    one = nasapi.run(toy, _drawing(), seed=np.int64(3), batch=np.int32(2))
    assert one.seed == 3 and type(one.seed) is int
    assert np.array_equal(one.codes, nasapi.run("toy/formula-v1[budget=5]", _drawing(), seed=3, batch=2).codes)
    assert len(nasapi.Study([toy], [_drawing()], np.int64(2))) == 2
    assert len(Toy().sample(np.int64(4), RNG(0))) == 4
    assert toy.spec == "toy/formula-v1[budget=5]"
    results = toy.evaluate(toy.problem.trials(GOOD), np.int64(1))
    assert results == toy.evaluate(toy.problem.trials(GOOD), 1)
    assert np.array_equal(ToyObjective().evaluate(GOOD, np.int64(4))["cost"], ToyObjective().evaluate(GOOD, 4)["cost"])


@pytest.mark.parametrize("number", [1.5, True, "1", None, -1, np.float64(1)])
def test_what_is_no_whole_number_is_no_seed_and_no_batch(number):
    with pytest.raises(InvalidOption, match="A seed is a whole number from 0"):
        nasapi.run("toy/formula-v1", _drawing(), seed=number)
    with pytest.raises(InvalidOption, match="A batch has at least 1 trial"):
        nasapi.run("toy/formula-v1", _drawing(), seed=0, batch=number)
    with pytest.raises(InvalidOption, match="A batch has at least 1 trial"):
        nasapi.Study(["toy/formula-v1"], [_drawing()], batch=number)
    with pytest.raises(InvalidOption, match="A study needs at least 1 job"):
        nasapi.Study(["toy/formula-v1"], [_drawing()], 1).run(jobs=number)
    with pytest.raises(InvalidOption, match="Seeds are a"):
        nasapi.Study(["toy/formula-v1"], [_drawing()], seeds=number)


@pytest.mark.parametrize("limit", [True, "5", None, [5]])
def test_what_is_no_number_is_no_budget(limit):
    with pytest.raises(InvalidOption, match="A budget is a number"):
        nasapi.Budget(limit)


def test_one_thing_in_the_place_of_a_list_is_refused():
    for benchmarks, strategies in (
        ("toy/formula-v1", [_drawing()]),
        (["toy/formula-v1"], "random"),
        (Path("x"), [_drawing()]),
        (toy_v1(), [_drawing()]),
    ):
        with pytest.raises(InvalidOption, match="A study takes a list of"):
            nasapi.Study(benchmarks, strategies)
    with pytest.raises(InvalidOption, match="Observers are a list"):
        nasapi.run("toy/formula-v1", _drawing(), seed=0, observers="wandb")


@pytest.mark.parametrize("benchmark", [Path("toy/formula-v1"), nasapi.Benchmark, toy_v1, None, Toy()])
def test_what_is_no_benchmark_is_refused(benchmark):
    with pytest.raises(InvalidOption, match="A benchmark is a spec"):
        nasapi.run(benchmark, _drawing(), seed=0)
    with pytest.raises(InvalidOption, match="A benchmark is a spec"):
        nasapi.Study([benchmark], [_drawing()])


@pytest.mark.parametrize("strategy", [Path("random"), None, 3])
def test_what_makes_no_strategy_is_refused(strategy):
    with pytest.raises(InvalidOption, match="A strategy is a spec"):
        nasapi.run("toy/formula-v1", strategy, seed=0)


def test_ids_are_text():
    for load in (nasapi.load_space, nasapi.load_objective, nasapi.load_strategy, nasapi.load_benchmark):
        for spec in (Path("toy"), None, Toy):
            with pytest.raises(InvalidOption, match="as text, not by"):
                load(spec)


def test_the_arrays_of_a_history_and_of_graphs_cannot_be_changed():
    history = nasapi.run("toy/formula-v1", _drawing(), seed=0)
    for kept in (history, pickle.loads(pickle.dumps(history))):
        mappings = (kept.values, kept.repeats, kept.report_metrics)
        arrays = [kept.codes, kept.fidelity, kept.cost, kept.seconds, *(a for m in mappings for a in m.values())]
        for array in [*arrays, Toy().graphs(GOOD).ops, Toy().graphs(GOOD).adjacency]:
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


def test_a_method_without_its_door_is_at_hand():
    assert np.array_equal(
        Pair.canonical.__wrapped__(Pair(), np.ones((1, 6), int)), Pair().canonical(np.ones((1, 6), int))
    )


def _drawing():
    from stores import Drawing

    return Drawing


@pytest.mark.parametrize("make", [ToySearch, ToySearch.configured(), nasapi.load_strategy("random")])
def test_a_strategy_is_made_of_a_problem_and_a_generator(make):
    with pytest.raises(InvalidOption, match=r"Randomness comes from a numpy Generator, .*, not 0"):
        make(toy_v1().problem, 0)
    with pytest.raises(InvalidOption, match=r"made for a Problem, such as `benchmark.problem`, not <benchmark toy"):
        make(toy_v1(), RNG(0))
