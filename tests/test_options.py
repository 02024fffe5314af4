"""Options: what passes, the sentence for what does not, and what a person can read of them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from attrs import define

import nasapi
from nasapi import options as option
from nasapi.encoder import Encoder
from nasapi.errors import InvalidOption
from nasapi.strategy import Strategy


@define(eq=False)
class Search:
    name: str
    population: int = option.count(30, "How many live at once.")
    steps: int = option.count(0, least=0, most=9)
    initial: int | None = option.count(None)
    rate: float = option.positive(0.1)
    kappa: float = option.number(0.5, least=0)
    dropout: float = option.number(0.25, least=0, below=1)
    part: float = option.number(0.8, above=0, most=1)
    crossover: float = option.share(0.9)
    anew: bool = option.flag(False)
    move: str = option.choice("first", "Where to.", among=("first", "best"))
    distinct: str | None = option.choice("code", among=("code", "network", None))
    encoder: str = option.spec("path")
    model: str = option.spec("gp", of="a model", among=("gp", "forest"))
    label: str = option.text("")
    weights: str | None = option.file("shipped", optional=True)


NAN, INFINITE = float("nan"), float("inf")
TAKEN: list[tuple[str, Any, Any]] = [
    ("population", 1, 1),
    ("population", np.int64(7), 7),
    ("steps", 0, 0),
    ("steps", 9, 9),
    ("initial", None, None),
    ("initial", 4, 4),
    ("rate", np.float32(0.5), 0.5),
    ("rate", 3, 3),
    ("kappa", 0, 0),
    ("dropout", 0, 0),
    ("part", 1, 1),
    ("crossover", 0, 0),
    ("crossover", 1, 1),
    ("anew", np.True_, True),
    ("move", "best", "best"),
    ("distinct", None, None),
    ("encoder", "path[limit=3]", "path[limit=3]"),
    ("model", "forest[trees=9]", "forest[trees=9]"),
    ("label", "", ""),
    ("weights", Path("a.safetensors"), "a.safetensors"),
    ("weights", None, None),
]
REFUSED: list[tuple[str, tuple[Any, ...], str]] = [
    ("population", (0, -1, 1.5, 2.0, True, "3", None, NAN, np.array([1, 2])), "a whole number from 1"),
    ("steps", (-1, 10), "a whole number from 0 to 9"),
    ("initial", (0, "x"), "a whole number from 1, or none"),
    ("rate", (0, -1, True, "fast", None, NAN, INFINITE, [1.0]), "a number above 0"),
    ("kappa", (-1, NAN), "a number from 0"),
    ("dropout", (1, -0.1), "a number from 0 and below 1"),
    ("part", (0, 1.01), "a number above 0 and at most 1"),
    ("crossover", (-0.01, 1.01, True), "a share from 0 to 1"),
    ("anew", (1, 0.0, "yes", None), "true or false"),
    ("move", ("worst", None, 1), "'first' or 'best'"),
    ("distinct", ("graph", False), "'code', 'network' or none"),
    ("encoder", (5, None, "", " "), "a name, with options in brackets"),
    ("model", ("rf", 3), "the name of a model, with options in brackets"),
    ("label", (3, None), "text"),
    ("weights", (True, 3, ["w"]), "the path of a file, or none"),
]


@pytest.mark.parametrize(("name", "given", "kept"), TAKEN)
def test_what_makes_sense_is_kept_as_a_plain_value(name: str, given: Any, kept: Any) -> None:
    made = getattr(Search("a", **{name: given}), name)
    assert made == kept
    assert type(made) is type(kept)


@pytest.mark.parametrize(
    ("name", "value", "words"), [(name, value, words) for name, values, words in REFUSED for value in values]
)
def test_what_makes_none_is_refused_in_a_sentence(name: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidOption) as error:
        Search("a", **{name: value})
    assert str(error.value).startswith(f"`{name}` is {words}, not {value!r:.200}.")


def test_an_option_is_checked_when_it_is_set_later() -> None:
    search = Search("a")
    with pytest.raises(InvalidOption, match="`population` is a whole number from 1, not 0"):
        search.population = 0


def test_a_near_miss_is_offered() -> None:
    with pytest.raises(InvalidOption, match="Did you mean 'first'"):
        Search("a", move="frist")


def test_an_option_is_given_by_keyword_alone() -> None:
    with pytest.raises(TypeError):
        Search("a", 30)  # type: ignore[misc]


def test_what_a_person_reads_is_words_default_and_help() -> None:
    found = {one.name: one for one in option.described(Search, {"population": 100}, skip=1)}
    assert found["population"] == option.Described("population", "a whole number from 1", 100, "How many live at once.")
    assert found["move"] == option.Described("move", "'first' or 'best'", "first", "Where to.")
    assert "name" not in found


@option.checked
def table(
    *, epochs: Annotated[int, option.choice(help="How long networks were trained.", among=(12, 200))] = 200, plain=3
) -> int:
    return epochs + plain


def test_the_options_of_a_function_are_checked_at_each_call() -> None:
    assert table(epochs=12) == 15
    with pytest.raises(InvalidOption, match="`epochs` is 12 or 200, not 13"):
        table(epochs=13)


def test_the_options_of_a_function_are_described_with_its_defaults() -> None:
    assert option.described(table) == [
        option.Described("epochs", "12 or 200", 200, "How long networks were trained."),
        option.Described("plain", "", 3, ""),
    ]


def test_an_option_that_must_be_given_has_no_default() -> None:
    @define
    class Needs:
        size: int = option.count(help="How large.")

    (size,) = option.described(Needs)
    assert size.default is inspect.Parameter.empty
    with pytest.raises(TypeError):
        Needs()


def test_help_shows_the_options_of_a_strategy() -> None:
    @define(eq=False)
    class Walk(nasapi.Strategy):
        """Walks."""

        steps: int = option.count(3, "How many.")

        def ask(self, n: int) -> list[nasapi.Trial]:
            return []

        def tell(self, results: Any) -> None:
            pass

    assert inspect.getdoc(Walk) == "Walks.\n\nOptions:\n\nsteps: a whole number from 1, default 3. How many."


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({}, "a number"),
        ({"above": 0.5}, "a number above 0.5"),
        ({"least": 2}, "a number from 2"),
        ({"below": 9}, "a number below 9"),
        ({"most": 9}, "a number to 9"),
        ({"above": 1, "below": 9}, "a number above 1 and below 9"),
        ({"least": 1, "below": 9}, "a number from 1 and below 9"),
        ({"least": 1, "most": 9}, "a number from 1 to 9"),
        ({"above": 0, "most": 1}, "a number above 0 and at most 1"),
        ({"least": 0, "most": 1}, "a share from 0 to 1"),
    ],
)
def test_a_number_says_its_bounds_and_keeps_them(bounds: dict[str, float], words: str) -> None:
    @define
    class Made:
        x: float = option.number(bounds.get("least", bounds.get("most", 5)), **bounds)

    (found,) = option.described(Made)
    assert found.words == words
    for end, kept in (("above", False), ("below", False), ("least", True), ("most", True)):
        if end in bounds and kept:
            assert Made(x=bounds[end]).x == bounds[end]
        elif end in bounds:
            with pytest.raises(InvalidOption, match=words):
                Made(x=bounds[end])
    for low in {"above", "least"} & bounds.keys():
        with pytest.raises(InvalidOption):
            Made(x=bounds[low] - 0.25)
    for high in {"below", "most"} & bounds.keys():
        with pytest.raises(InvalidOption):
            Made(x=bounds[high] + 0.25)


def test_true_is_no_number_among_choices_and_a_number_is_no_truth() -> None:
    @define
    class Made:
        size: int = option.choice(1, among=(1, 200))
        way: Any = option.choice("a", among=("a", True))

    assert (Made(size=200.0).size, type(Made(size=200.0).size)) == (200, int)
    for wrong in ({"size": True}, {"way": 1}, {"size": 2}):
        with pytest.raises(InvalidOption, match=r"is (1 or 200|'a' or true), not"):
            Made(**wrong)


def test_a_long_value_is_cut_and_only_a_near_one_is_offered() -> None:
    with pytest.raises(InvalidOption) as error:
        Search("a", move="x" * 500)
    assert len(str(error.value)) < 260
    assert str(error.value).endswith("x.")


def test_parameters_that_gather_others_are_no_options_and_some_may_be_left_out() -> None:
    def made(problem: Any, rng: Any, *more: int, size: int = 3, **rest: int) -> None:
        """Nothing."""

    assert [one.name for one in option.described(made)] == ["problem", "rng", "size"]
    (size,) = option.described(made, {"size": 9}, skip=2)
    assert (size.name, size.default, size.annotation, size.words) == ("size", 9, int, "")


def test_options_are_read_from_the_parameters_of_a_plain_class() -> None:
    class Plain:
        def __init__(self, space: Any, *, width: Annotated[int, option.count(help="How wide.", most=8)] = 4) -> None:
            pass

    (found,) = option.described(Plain, skip=1)
    assert (found.words, found.default, found.help) == ("a whole number from 1 to 8", 4, "How wide.")


def test_the_first_option_of_a_checked_function_may_stand_in_its_place() -> None:
    @option.checked
    def by_place(part: Annotated[float, option.share()], other: int = 2) -> float:
        return part + other

    assert (by_place(0.5), by_place(np.float64(1), other=3), by_place.__name__) == (2.5, 4.0, "by_place")
    with pytest.raises(InvalidOption, match=r"`part` is a share from 0 to 1, not 1\.5"):
        by_place(1.5)


def test_help_adds_options_to_a_docstring_alone_and_a_default_where_there_is_one() -> None:
    @define
    class Silent:
        size: int = option.count(3)

    @define
    class Documented:
        """Says it."""

        size: int = option.count(help="How large.")
        plain: int = 3

    Silent.__doc__ = None
    for kind in (Silent, Documented):
        option.document(kind)
    assert Silent.__doc__ is None
    assert inspect.getdoc(Documented) == "Says it.\n\nOptions:\n\nsize: a whole number from 1. How large."

    class Below(Documented):
        """Has no options of its own."""

    option.document(Below)
    assert Below.__doc__ == "Has no options of its own."


def test_none_is_taken_only_where_it_is_optional() -> None:
    @define
    class Made:
        path: str = option.file("a")
        words: str = option.text("a")
        other: Any = option.text("a", optional=True)

    assert Made(other=None).other is None
    for name in ("path", "words"):
        with pytest.raises(InvalidOption, match=rf"`{name}` is .*, not None"):
            Made(**{name: None})


def test_strategies_and_encoders_tell_their_options_in_their_help() -> None:
    @define(eq=False)
    class Searching(Strategy):
        """Searches."""

        size: int = option.count(3, "How many.")

        def ask(self, n: int) -> Any: ...

        def tell(self, results: Any) -> None: ...

    @define(eq=False)
    class Seeing(Encoder):
        """Sees."""

        wide: int = option.count(2, "How wide.")

        def encode(self, codes: Any) -> Any: ...

    assert inspect.getdoc(Searching) == "Searches.\n\nOptions:\n\nsize: a whole number from 1, default 3. How many."
    assert inspect.getdoc(Seeing) == "Sees.\n\nOptions:\n\nwide: a whole number from 1, default 2. How wide."
