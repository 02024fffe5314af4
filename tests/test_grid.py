"""The grid of a study as it was asked for, and what is said of runs that failed."""

import numpy as np
import pytest
from stores import Drawing

from nasapi.errors import InvalidOption, UnknownId
from nasapi.running.grid import describe_failures
from nasapi.running.study import Study
from nasapi.running.workers.jobs import Failure
from nasapi.words import MOST_LETTERS

AGAIN = "Run the study again to try them again."
TOY = "toy/formula-v1[budget=8]"


def test_failures_of_one_kind_are_reported_once_whatever_values_they_name() -> None:
    asked = [
        Failure("toy", "a", seed, f"InterfaceError: no list but [[{seed}, 2],\n {'abcdefgh'[seed]}, [{seed * 3}, 4…")
        for seed in (0, 1, 2, 7)
    ]
    unlike = [
        Failure("toy", "b", seed, f"ValueError: no cell of {seed}.5 (x.py, line {line})")
        for seed, line in ((1, 5), (2, 5), (3, 60), (4, 7), (5, 8))
    ]
    message = describe_failures([*asked, *unlike], 30)
    assert message.startswith(
        "9 of 30 runs failed and are not recorded: seeds 0-2,7 of 'a' on 'toy', of which seed 0: "
    )
    assert message.count("InterfaceError") == 1
    assert (
        "; seeds 1-2 of 'b' on 'toy', of which seed 1: ValueError: no cell of 1.5 (x.py, line 5); seed 3 of " in message
    )
    assert message.endswith("seed 5 of 'b' on 'toy': ValueError: no cell of 5.5 (x.py, line 8). " + AGAIN)


def test_every_kind_of_failure_is_named_with_its_place_where_messages_are_long() -> None:
    names = [f"./mine.py:Fail{number}" for number in range(9)]
    failures = [
        Failure("toy", name, seed, f"ValueError: {name} {'x' * 600} (mine.py, line {line})")
        for line, name in enumerate(names)
        for seed in range(3)
    ]
    message = describe_failures(failures, 27)
    assert len(message) <= MOST_LETTERS
    for line, name in enumerate(names):
        assert f"seeds 0-2 of {name!r} on 'toy': ValueError: {name} xx" in message
        assert f"x… (mine.py, line {line})" in message
    assert message.endswith(AGAIN)


def test_of_very_many_kinds_of_failure_each_strategy_is_named_with_its_seeds() -> None:
    failures = [
        Failure(f"toy-{number}", name, seed, f"ValueError: no cell (x.py, line {100 * number + seed})")
        for name in ("a", "b", "c")
        for number in range(20)
        for seed in ((3, 5) if name == "c" else range(0, 200, 2))
    ]
    message = describe_failures(failures, 10_000)
    assert message.startswith(
        "4,040 of 10,000 runs failed and are not recorded: 100 seeds of 'a', 100 seeds of 'b', seeds 3,5 of 'c'; "
        "the first of 4,040 kinds is seed 0 of 'a' on 'toy-0': ValueError: no cell (x.py, line 0). "
    )
    assert message.endswith(AGAIN)


@pytest.mark.parametrize(("kinds", "names"), [(20, range(1, 1000)), (90, range(1500, 2000))])
def test_a_sentence_on_failures_has_all_letters_that_one_may_have(kinds: int, names: range) -> None:
    def failures(letters: int) -> list[Failure]:
        every = [Failure("toy", "a", seed, f"ValueError: no (x.py, line {seed})") for seed in range(2, kinds + 1)]
        return [*every, Failure("toy", "n" * letters, 0, "no")]

    lengths = [len(describe_failures(failures(letters), 99)) for letters in names]
    assert max(lengths) == MOST_LETTERS


@pytest.mark.parametrize("letters", [5, 100, 400])
def test_a_sentence_on_failures_is_whole_whatever_the_number_and_length_of_names(letters: int) -> None:
    failures = [Failure("toy", f"{number}{'n' * letters}", 0, "y" * letters) for number in range(900)]
    message = describe_failures(failures, 900)
    assert len(message) <= MOST_LETTERS
    assert message.startswith("900 of 900 runs failed")
    assert message.endswith(AGAIN)


@pytest.mark.parametrize(
    ("seeds", "sentence"),
    [
        (0, "Seeds are at least one whole number from 0, each once, not 0"),
        ([1, 1], r"each once, not \[1, 1\]"),
        ([-1], r"each once, not \[-1\]"),
        ([0.5], r"Seeds are a number of them or whole numbers from 0, not \[0.5\]"),
    ],
)
def test_seeds_that_are_none_are_refused(seeds: object, sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        Study([TOY], [Drawing], seeds=seeds)  # type: ignore[arg-type]


def test_a_grid_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidOption, match="Two of the strategy entries are called 'Drawing'"):
        Study([TOY], [Drawing, Drawing])
    with pytest.raises(InvalidOption, match="at least one benchmark, and none was given"):
        Study([], [Drawing])
    with pytest.raises(InvalidOption, match="A batch has at least 1 trial, not 0"):
        Study([TOY], [Drawing], batch=0)


def test_seeds_of_numpy_are_whole_numbers() -> None:
    assert Study([TOY], [Drawing], seeds=np.arange(2)).seeds == (0, 1)


@pytest.mark.parametrize("shard", ["1/3", (1,), (1.0, 3), (0, 3), (True, 2), 3, ("1", "3"), (1, 2, 3)])
def test_a_shard_that_is_no_two_whole_numbers_is_refused(shard: object) -> None:
    study = Study(["toy/formula-v1"], [Drawing], 2)
    with pytest.raises(InvalidOption, match=r"A shard is two whole numbers from 1, as \(3, 20\), not "):
        study.missing(shard)  # type: ignore[arg-type]


def test_a_name_that_is_no_text_is_refused_with_what_is_known() -> None:
    study = Study(["toy/formula-v1"], [Drawing], 2)
    for wrong in (3, object()):
        with pytest.raises(UnknownId, match=r"The study has no benchmark .* Known: toy/formula-v1"):
            study.histories(wrong)  # type: ignore[arg-type]
