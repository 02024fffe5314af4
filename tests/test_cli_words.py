"""How commands read their words: seeds, shards, sizes, kinds, architectures and selections."""

from __future__ import annotations

import io
import sys
from typing import Any

import click
import numpy as np
import pytest

from nasapi.cli.architectures import ArchitectureOptions
from nasapi.cli.arguments import BuilderCommand
from nasapi.cli.list import kind_named
from nasapi.cli.numbers import Number, byte_count
from nasapi.cli.seeds import Seeds
from nasapi.cli.selection_options import SelectionOptions
from nasapi.cli.shards import Shard
from nasapi.errors import InvalidArchitecture, InvalidOption, UnknownId
from nasapi.tables.selection import query as asked_of
from nasapi.testing.toy import Toy, ToyObjective


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("1", 1), ("1000000", 1_000_000), ("3-5,9", (3, 4, 5, 9)), ("0-999999", tuple(range(1_000_000)))],
)
def test_seeds_are_as_many_as_a_million(text: str, seeds: Any) -> None:
    assert Seeds().convert(text, None, None) == seeds
    assert Seeds().convert(seeds, None, None) == seeds


@pytest.mark.parametrize("text", ["0", "1000001", "0-1000000", "5-3", "1-999999,0,1", "12345678"])
def test_seeds_beyond_are_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Seeds().convert(text, None, None)


def test_a_shard_is_one_of_so_many() -> None:
    assert Shard().convert("1/1", None, None) == (1, 1)
    assert Shard().convert("20/20", None, None) == (20, 20)
    assert Shard().convert((3, 4), None, None) == (3, 4)


def test_sizes_of_memory_are_powers_of_1024() -> None:
    sizes = [byte_count(size) for size in ("7", "500M", "4g", "1.5K", "2T")]
    assert sizes == [7, 500 * 2**20, 4 * 2**30, 1536, 2 * 2**40]
    for size in ("", "G", "4X", "infG", "nan"):
        with pytest.raises(InvalidOption, match=f"'{size}' is no size of memory"):
            byte_count(size)
    assert Number(0).convert("1e3", None, None) == 1000.0


@pytest.mark.parametrize(("kind", "bounds"), [(Number(), None), (Number(0), "x>=0"), (Number(0, 1), "0<=x<=1")])
def test_help_has_the_bounds_of_a_number_that_has_some(kind: Number, bounds: str | None) -> None:
    assert click.Option(["--limit"], type=kind).get_help_extra(click.Context(click.Command("x"))).get("range") == bounds


@pytest.mark.parametrize("word", ["strategy", "strategies", "Strategy", "STRATEGYs"])
def test_a_kind_is_named_by_one_or_many(word: str) -> None:
    assert kind_named(word) == "strategy"
    with pytest.raises(UnknownId, match=r"There is no kind 'strategi' of entry\. Did you mean 'strategy'"):
        kind_named("strategi")


class Numbered(Toy):
    """The toy with numbers."""

    numbered = 22

    def codes_at(self, indices: Any) -> Any:
        return np.concatenate(list(self.enumerate()))[indices]


def test_architectures_come_as_texts_numbers_and_samples_in_that_order(monkeypatch: pytest.MonkeyPatch) -> None:
    space = Numbered()
    monkeypatch.setattr(sys, "stdin", io.StringIO(" conv|skip|none \n\nskip|skip|skip\n"))
    codes = ArchitectureOptions(("conv|conv|conv", "-"), (0, 21), 2, 5).of(space)
    texts = [space.format(code) for code in codes]
    assert texts[:3] == ["conv|conv|conv", "conv|skip|none", "skip|skip|skip"]
    every = np.concatenate(list(space.enumerate()))
    np.testing.assert_array_equal(codes[3:5], every[[0, 21]])
    np.testing.assert_array_equal(codes[5:], space.sample(2, np.random.default_rng(5)))
    monkeypatch.setattr(sys, "stdin", None)
    assert len(ArchitectureOptions(sample=1).of(space)) == 1
    for index in (-1, 22, 2**70):
        with pytest.raises(InvalidArchitecture, match=f"toy has no architecture number {index}; they go from 0 to 21"):
            ArchitectureOptions(indices=(index,)).of(space)
    with pytest.raises(InvalidOption, match="toy has no official numbers"):
        ArchitectureOptions(indices=(0,)).of(Toy())
    with pytest.raises(InvalidOption, match=r"No architecture of toy was named; give its string, such as '\w+\|\w+\|"):
        ArchitectureOptions().of(Toy())
    with pytest.raises(InvalidOption, match="'nothing'"):
        ArchitectureOptions(("conv|conv|conv",), notation="nothing").of(Toy())


def test_some_of_all_are_asked_for_together_or_not_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    def options(everything: bool = False, where: tuple[str, ...] = (), distinct: bool = False, **more: Any) -> Any:
        return SelectionOptions(everything, where, distinct, more.get("top"), more.get("by"))

    assert [one.of_all(False) for one in (options(), options(True), options(top=1), options(where=("params<1",)))] == [
        False,
        True,
        True,
        True,
    ]
    assert not options(top=1).of_all(True)
    with pytest.raises(InvalidOption, match="--all is every architecture"):
        options(True).of_all(True)
    with pytest.raises(InvalidOption, match="--by ranks what --top shows"):
        options(by="params")
    found = asked_of(ToyObjective(), np.concatenate(list(Toy().enumerate())))
    best = options(top=3).of(found)
    assert best.to_dict()["valid_accuracy"] == sorted(found.to_dict()["valid_accuracy"])[::-1][:3]
    assert "By valid_accuracy, the highest first" in capsys.readouterr().err
    assert len(options(top=22, by="params", distinct=True).of(found)) == 14
    assert capsys.readouterr().err == ""
    assert len(options(where=("params>1000", "params<0")).of(found)) == 0
    assert "Of 22 architectures none keeps params>1000 and params<0." in capsys.readouterr().err
    twice = np.array([[1, 1, 1], [1, 1, 1], [2, 2, 2]])
    options().note_repeats(twice)
    assert "3 were drawn, 2 of them distinct; --distinct shows each network once" in capsys.readouterr().err
    options(distinct=True).note_repeats(twice)
    options().note_repeats(twice[1:])
    assert capsys.readouterr().err == ""


def test_words_that_are_no_values_of_options_name_space_and_architecture() -> None:
    @click.command(cls=BuilderCommand)
    @click.argument("space")
    @click.argument("architecture", required=False)
    @click.option("--seed", type=int)
    @click.option("--json", is_flag=True)
    def command(**_: Any) -> None: ...

    assert isinstance(command, BuilderCommand)
    with click.Context(command) as context:
        words = command._words(
            context, ["--seed", "3", "toy", "--json", "conv", "--side=5", "-o", "x", "-", "--", "-y"]
        )
    assert words == ["toy", "conv", "-", "-y"]
    assert not command._always
