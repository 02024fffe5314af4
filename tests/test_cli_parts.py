"""What commands are made of: how they print, read their words, and decide on a status; each alone, in one process."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Literal

import attrs
import click
import numpy as np
import pytest
from click.testing import CliRunner
from own_strategies import MINE
from stores import Drawing

import nasapi
from nasapi.cli import bench, check, console, failures, info, leaderboards, main, new, query, slurm, start
from nasapi.cli.architectures import chosen
from nasapi.cli.arguments import BuilderCommand
from nasapi.cli.lazy import LazyCommand
from nasapi.cli.list import kind_named
from nasapi.cli.numbers import Number, byte_count
from nasapi.cli.plugins import _counts, _problem
from nasapi.cli.progress import Lines, study_progress
from nasapi.cli.seeds import Seeds
from nasapi.cli.selection_options import SelectionOptions
from nasapi.cli.shards import Shard
from nasapi.cli.verbs import plugin_verbs
from nasapi.errors import InvalidArchitecture, InvalidOption, PluginError, UnknownId
from nasapi.plugins.hooks import Entry
from nasapi.plugins.manager import Plugin, manager
from nasapi.problem import Fidelity, Metric
from nasapi.running.isolation import Limits
from nasapi.running.study import Study
from nasapi.strategy import Paper
from nasapi.tables.selection import query as asked_of
from nasapi.testing.toy import Toy, ToyObjective, toy_v1

# Printing


def test_columns_are_as_wide_as_their_widest_cell_and_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_table(("name", "n"), [("a", 1.0), ("longer", 1234567.0), (None, float("nan"))], right=("n",))
    assert capsys.readouterr().out == "name            n\na               1\nlonger  1,234,567\n-               -\n"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_at_a_terminal_a_table_is_fitted_unless_colours_are_unwanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("NO_COLOR", raising=False)
    rows = [("[b]a[/b] " + "word " * 12, 5), ("b", 1234)]
    monkeypatch.setattr(sys, "stdout", Terminal())
    console.show_table(("name", "n"), rows, right=("n",))
    lines = click.unstyle(sys.stdout.getvalue()).splitlines()  # type: ignore[attr-defined]
    assert 30 < max(map(len, lines)) <= 40
    assert "[b]a[/b] word" in sys.stdout.getvalue()  # type: ignore[attr-defined]
    [five] = [line for line in lines if line.rstrip().endswith(" 5")]
    [many] = [line for line in lines if line.rstrip().endswith("1234")]
    assert len(five.rstrip()) == len(many.rstrip())
    assert len(lines) > 5
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    console.show_table(("name", "n"), rows, right=("n",))
    assert len(sys.stdout.getvalue().splitlines()) == 3  # type: ignore[attr-defined]


def test_pairs_stand_one_a_line_and_empty_ones_are_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = {"a": "one\ntwo", "name": 0, "none": None, "text": "", "list": [], "no": False, "flag": 1.5}
    console.show_pairs(pairs)
    assert click.unstyle(capsys.readouterr().out) == "a     one\n      two\nname  0\nno    False\nflag  1.5\n"
    monkeypatch.setenv("NO_COLOR", "1")
    console.show_pairs({"a": 1})
    assert capsys.readouterr().out == "a  1\n"
    monkeypatch.delenv("NO_COLOR")
    assert console._styled("a") == click.style("a", fg="cyan")
    console.show_pairs({})
    assert capsys.readouterr().out == ""


def test_numbers_are_shown_as_people_read_them() -> None:
    shown = [console._text(value) for value in (5.0, -1234.0, 1e15, 123456.7, 99999.5, 1e12 + 0.5, 0.1234567, 1e-9, 7)]
    assert shown == ["5", "-1,234", "1e+15", "123,457", "99,999.5", "1e+12", "0.123457", "1e-09", "7"]
    assert console._text(99_999.123) == "99,999.1"
    assert console._text(-123456.7) == "-123,457"
    assert console._text("a\tb\nc\x1b") == "a\\tb\\nc\\x1b"


def test_json_has_null_for_nan_at_any_depth_and_letters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_json({"é": [float("nan"), (1.5, {"x": float("nan")})], "text": "nan", "none": None})
    out = capsys.readouterr().out
    assert '"é"' in out
    assert json.loads(out) == {"é": [None, [1.5, {"x": None}]], "text": "nan", "none": None}
    assert out.startswith('{\n  "é"')


def test_messages_go_to_stderr_without_what_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_message("a\x1b[31m")
    console.show_csv(("a", "b"), [(1, "x,y")])
    told = capsys.readouterr()
    assert (told.out, told.err) == ('a,b\n1,"x,y"\n', "a\\x1b[31m\n")
    assert console.first_paragraph("\n  One\n  two.\n\n  Three.") == "One two."
    assert console.first_paragraph(None) == ""


def test_progress_is_told_in_about_ten_lines_with_the_time_that_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([100.0, 110.0, 130.0, 150.0])
    lines = Lines(lambda: next(times))
    lines(10, 50, None)
    for done in range(11, 20):
        lines(done, 50, object())  # type: ignore[arg-type]
    lines(49, 50, object())  # type: ignore[arg-type]
    lines(50, 50, object())  # type: ignore[arg-type]
    assert capsys.readouterr().err.splitlines() == [
        "10 of 50 runs are done already.",
        "15 of 50 runs after 10.0 s, 70.0 s left.",
        "49 of 50 runs after 30.0 s, 0.8 s left.",
        "50 of 50 runs after 50.0 s, 0.0 s left.",
    ]
    Lines(lambda: 0.0)(0, 1, None)
    assert capsys.readouterr().err == "1 run to do.\n"
    with study_progress(3) as progress:
        progress(0, 3, None)
    assert capsys.readouterr().err == "3 runs to do.\n"


def test_at_a_terminal_progress_is_a_bar_that_names_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "120")
    history = nasapi.run("toy/formula-v1[budget=2]", Drawing, seed=0)
    with study_progress(4) as progress:
        progress(1, 4, None)
        progress(2, 4, history)
    shown = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "toy/formula-v1[budget=2] Drawing" in shown
    assert "2/4" in shown
    assert "runs" in shown and "left" in shown


# Words


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
    told = [byte_count(size) for size in ("7", "500M", "4g", "1.5K", "2T")]
    assert told == [7, 500 * 2**20, 4 * 2**30, 1536, 2 * 2**40]
    for size in ("", "G", "4X", "infG", "nan"):
        with pytest.raises(InvalidOption, match=f"'{size}' is no size of memory"):
            byte_count(size)
    assert Number(0).convert("1e3", None, None) == 1000.0


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
    codes = chosen(space, ["conv|conv|conv", "-"], [0, 21], 2, 5, None)
    texts = [space.format(code) for code in codes]
    assert texts[:3] == ["conv|conv|conv", "conv|skip|none", "skip|skip|skip"]
    every = np.concatenate(list(space.enumerate()))
    np.testing.assert_array_equal(codes[3:5], every[[0, 21]])
    np.testing.assert_array_equal(codes[5:], space.sample(2, np.random.default_rng(5)))
    monkeypatch.setattr(sys, "stdin", None)
    assert len(chosen(space, [], [], 1, 0, None)) == 1
    for index in (-1, 22, 2**70):
        with pytest.raises(InvalidArchitecture, match=f"toy has no architecture number {index}; they go from 0 to 21"):
            chosen(space, [], [index], 0, 0, None)
    with pytest.raises(InvalidOption, match="toy has no official numbers"):
        chosen(Toy(), [], [0], 0, 0, None)
    with pytest.raises(InvalidOption, match=r"No architecture of toy was named; give its string, such as '\w+\|\w+\|"):
        chosen(Toy(), [], [], 0, 0, None)
    with pytest.raises(InvalidOption, match="'nothing'"):
        chosen(Toy(), [], [], 1, 0, "nothing")


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
        told = command._words(context, ["--seed", "3", "toy", "--json", "conv", "--side=5", "-o", "x", "-", "--", "-y"])
    assert told == ["toy", "conv", "-", "-y"]
    assert not command._always


# Verbs


def test_a_verb_of_a_plugin_is_left_out_where_it_is_taken_or_none(capsys: pytest.CaptureFixture[str]) -> None:
    class One:
        @nasapi.hookimpl
        def nasapi_commands(self, group: click.Group) -> None:
            group.command("hello-x")(lambda: None)
            group.command("taken-x")(lambda: None)

    class Other:
        @nasapi.hookimpl
        def nasapi_commands(self, group: click.Group) -> None:
            group.command("hello-x")(lambda: None)

    class Wrong:
        @nasapi.hookimpl
        def nasapi_commands(self, group: click.Group) -> None:
            group.command("Hello")(lambda: None)

    for name, plugin in (("x-wrong", Wrong()), ("x-one", One()), ("x-other", Other())):
        manager().register(plugin, name)
    try:
        verbs = plugin_verbs(("taken-x",))
        said = capsys.readouterr().err
        assert "hello-x" in verbs and "taken-x" not in verbs and "Hello" not in verbs
        assert "the command 'taken-x' of x-one is left out: there is one from nasapi already" in said
        assert "the command 'hello-x' of x-other is left out: there is one from x-one already" in said
        assert "the commands of x-wrong are left out: ValueError: the verb 'Hello' is not made of" in said
    finally:
        for name in ("x-one", "x-other", "x-wrong"):
            manager().unregister(name=name)
        manager().problems.pop(("x-wrong", "commands"), None)


def test_a_verb_is_imported_when_it_is_used() -> None:
    later = LazyCommand("new", "nasapi.cli.new:command", "Start a plugin.")
    assert (later.name, later.get_short_help_str()) == ("new", "Start a plugin.")
    assert later.load() is new.command
    for target, said in (
        ("no_such:x", "The verb 'new' cannot be imported from no_such:x: ModuleNotFoundError"),
        ("nasapi.cli.new:nothing", "AttributeError"),
        ("nasapi.cli.new:_KINDS", "which is no click command"),
    ):
        with pytest.raises(PluginError, match=said):
            LazyCommand("new", target, "").load()


def test_what_is_wrong_with_a_plugin_and_what_it_offers_is_told() -> None:
    def entry(kind: Any, name: str) -> Entry:
        return Entry(kind, name, "a:b", "c")

    one = Plugin("x-one", "1", (entry("space", "a"), entry("strategy", "b"), entry("strategy", "c")))
    twice = Plugin("x-twice", "1", (entry("space", "d"), entry("space", "d")))
    same = Plugin("x-same", "1", (entry("strategy", "b"), entry("encoder", "a")))
    broken = Plugin("x-broken", "1", (), "no luck")
    every = [one, twice, same, broken]
    assert _problem(one, [one, twice]) is None
    assert _problem(one, every) == "strategy 'b' is offered by x-same too"
    assert _problem(twice, every) == "it offers space 'd' twice"
    assert _problem(broken, every) == "left out: no luck"
    manager().problems["x-one", "tables"] = "no rows"
    try:
        assert _problem(one, every) == "its tables are left out: no rows"
    finally:
        del manager().problems["x-one", "tables"]
    assert [_counts(plugin) for plugin in every] == [
        "1 space, 2 strategies",
        "2 spaces",
        "1 encoder, 1 strategy",
        "hooks only",
    ]


# Failures


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (KeyboardInterrupt(), 130, "nasapi: interrupted."),
        (click.Abort(), 130, "nasapi: interrupted."),
        (UnknownId("No such thing."), 2, "nasapi: No such thing."),
        (BrokenPipeError(), 0, ""),
        (failures.ReaderLeft(), 0, ""),
        (click.ClickException("no"), 2, "nasapi: no"),
        (click.UsageError("no"), 2, "nasapi: no"),
        (OSError(errno.ENOENT, "No such file", "a", None, "b"), 2, "nasapi: 'a' and 'b' cannot be used: No such file."),
        (OSError(errno.ENOSPC, "No space left"), 2, "nasapi: The output cannot be written: No space left."),
        (OSError(errno.EBADF, "Bad"), 2, "nasapi: The output cannot be written: Bad."),
        (OSError(errno.EPERM, "Not permitted"), 2, "nasapi: The system refused: Not permitted."),
        (OSError("odd"), 2, "nasapi: The system refused: odd."),
        (EOFError("in the middle"), 2, "nasapi: A file ends too early: in the middle."),
        (EOFError(), 2, "nasapi: A file ends too early."),
        (RecursionError(), 2, "nasapi: The input is nested too deeply to be read."),
        (MemoryError("8 TB"), 2, "nasapi: There is not enough memory: 8 TB; ask for less at once."),
        (MemoryError(), 2, "nasapi: There is not enough memory; ask for less at once."),
        (OverflowError("1e400"), 2, "nasapi: A number is too large: 1e400."),
        (SystemExit(3), 2, "nasapi: What was loaded ended the program by itself: SystemExit(3)."),
        (ValueError("embedded null byte"), 2, "nasapi: A path or name cannot be used: embedded null byte."),
        (ValueError("no"), 70, "nasapi: ValueError: no. This is a bug in nasapi or in a plugin; run the same with"),
        (AssertionError("no"), 70, "nasapi: AssertionError: no. This is a bug"),
    ],
)
def test_every_failure_has_its_status_and_its_sentence(error: BaseException, status: int, said: str) -> None:
    found, sentence = failures.verdict(error)
    assert found == status
    assert sentence.startswith(said)
    assert bool(sentence) == bool(said)


def test_a_text_that_is_no_text_and_a_path_in_circles_are_no_bugs(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    for fails, said in (
        (lambda: b"\xff".decode(), "nasapi: A text or a name cannot be read or written as it is"),
        (lambda: (tmp_path / "circle").resolve(strict=True), "nasapi: "),
        (lambda: Path("a").with_suffix("no suffix"), "nasapi: A path or name cannot be used: Invalid suffix"),
    ):
        with pytest.raises((UnicodeError, OSError, RuntimeError, ValueError)) as caught:
            fails()
        status, sentence = failures.verdict(caught.value)
        assert (status, sentence.startswith(said)) == (2, True)


def test_messages_need_nobody_to_hear_them_and_output_can_be_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    failures.show_message("unheard")
    monkeypatch.setattr(sys, "stdout", closed)
    failures.flush()
    failures.give_up_output()
    monkeypatch.setattr(sys, "stdout", None)
    failures.flush()
    failures.give_up_output()
    with pytest.raises(failures.ReaderLeft), failures.noticing_readers():
        raise BrokenPipeError


def status_of(*arguments: str) -> int:
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            main.main(arguments)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_program_exits_with_the_status_of_its_command(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status_of("list", "spaces") == 0
    assert "toy" in capsys.readouterr().out
    assert status_of("check", "strategy", "greedy.py:Mine", "--rule", "strategy/ask-at-most-n", "--debug") == 1
    assert status_of("lst") == 2
    assert "nasapi: There is no command 'lst'. Did you mean 'list'?" in capsys.readouterr().err
    assert status_of("list", "a\0b") == 2
    assert "An argument has a NUL character" in capsys.readouterr().err
    assert status_of("picture", "toy", "--", "--debug") == 2
    assert "Traceback" not in capsys.readouterr().err
    assert status_of("--debug", "info", "nothing") == 2
    told = capsys.readouterr().err
    assert "Traceback" in told and "nasapi: No entry 'nothing'" in told
    monkeypatch.setattr(sys, "argv", ["nasapi", "list", "encoders", "--json"])
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 0
    assert {one["kind"] for one in json.loads(capsys.readouterr().out)} == {"encoder"}


def test_a_bug_is_told_by_its_traceback_alone_to_who_debugs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(kind: Any = None) -> Any:
        raise AssertionError("no luck")

    monkeypatch.setattr("nasapi.cli.list.entries", broken)
    assert status_of("list") == 70
    assert capsys.readouterr().err.startswith("nasapi: AssertionError: no luck")
    assert status_of("list", "--debug") == 70
    assert "nasapi: AssertionError" not in capsys.readouterr().err


def test_the_installed_command_begins_and_an_interruption_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []
    monkeypatch.setattr("nasapi.cli.main.main", lambda: ran.append(True))
    start.main()
    assert ran == [True]

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nasapi.cli.main.main", interrupted)
    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as ended:
            start.main()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "nasapi: interrupted.\n"


# Single verbs


def invoked(*arguments: str) -> Any:
    result = CliRunner().invoke(main.cli, arguments, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


def test_a_study_is_kept_in_a_place_named_after_its_benchmarks() -> None:
    assert bench.default_store(["a/b-v1", "mine.py:c"]) == Path("runs/a-b-v1+mine.py-c")
    assert len(bench.default_store(["x" * 200]).name) == 100


def test_limits_of_memory_are_for_isolated_strategies() -> None:
    assert bench._isolation(False, None) is False
    assert bench._isolation(True, None) == Limits()
    assert bench._isolation(True, "1G") == Limits(memory=2**30)
    with pytest.raises(InvalidOption, match="give --isolate too"):
        bench._isolation(False, "1G")
    assert bench._distinct(("a", "b")) == ["a", "b"]
    with pytest.raises(InvalidOption, match="Strategy 'a' is given twice; more runs of it come from --seeds"):
        bench._distinct(("a", "b", "a"))
    assert (bench._in_order(3), bench._in_order((9, 2, 4))) == ([0, 1, 2], [2, 4, 9])


def test_an_interrupted_study_is_told_by_the_words_that_were_given(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Study, "run", interrupted)
    words = ["bench", "toy/formula-v1", "-s", "mine.py:Mine", "--store", "a b"]
    result = CliRunner().invoke(main.cli, words, obj=tuple(words))
    assert result.exit_code == 130
    assert "the study resumes where it stopped: nasapi bench toy/formula-v1 -s mine.py:Mine --store 'a b'" in (
        result.stderr
    )
    monkeypatch.setattr(sys, "argv", ["nasapi", "bench", "given elsewhere"])
    result = CliRunner().invoke(main.cli, words)
    assert "where it stopped: nasapi bench 'given elsewhere'\n" in result.stderr


def test_leaderboards_are_shown_without_the_report_as_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nasapi_report.terminal", None)
    study = Study(["toy/formula-v1[budget=3]"], [Drawing], 2).run(backend="inline")
    leaderboards.show_leaderboards(study)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "toy/formula-v1[budget=3]: valid_accuracy at the end of a run"
    assert lines[2].split() == ["strategy", "mean", "sd", "best", "runs"]
    finals = [float(run.curve()[-1]) for run in study.histories()]
    assert lines[3].split() == [
        "Drawing",
        *(console._text(float(value)) for value in (np.mean(finals), np.std(finals, ddof=1), max(finals))),
        "2",
    ]
    assert lines[4] == "Intervals and a verdict come with nasapi-report: pip install nasapi-report"


class Brief(Drawing):
    """Asks for its seed and one, and then for nothing."""

    left = 0

    def ask(self, n: int) -> Any:
        type(self).left -= 1
        return super().ask(n) if type(self).left >= 0 else []


def test_runs_that_ended_early_are_told_with_the_longest_and_the_least_that_was_spent() -> None:
    study = Study(["toy/formula-v1"], [Brief, Drawing], [0])
    histories = []
    for left in (2, 5):
        Brief.left = left
        histories.append(nasapi.run("toy/formula-v1", Brief, seed=left))
    study._kept = {("toy/formula-v1", "Brief", 0): histories[0]}
    [line] = leaderboards.ended_early(study)
    said = "1 of 1 runs of Brief on toy/formula-v1 ended after 2 trials because it asked for nothing more; of 10 trials"
    assert said in line
    study.seeds = (0, 1)
    study._kept["toy/formula-v1", "Brief", 1] = histories[1]
    [line] = leaderboards.ended_early(study)
    assert "2 of 2 runs of Brief on toy/formula-v1 ended after 5 trials" in line
    assert line.endswith("of 10 trials it had 2.")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.25, "0.25 s"),
        (9.96, "10 s"),
        (10.4, "10 s"),
        (119.0, "119 s"),
        (120.0, "2 min"),
        (630.0, "10 min"),
        (7199.0, "120 min"),
        (7200.0, "2 h"),
        (36_000.0, "10 h"),
    ],
)
def test_durations_are_said_in_two_digits(seconds: float, shown: str) -> None:
    assert slurm._duration(seconds) == shown


def test_a_script_has_as_many_tasks_as_the_work_needs() -> None:
    study = Study(["toy/formula-v1"], [Drawing, Brief], 50)

    def made(**given: Any) -> str:
        settings: dict[str, Any] = {"seconds": 60.0, "minutes": 10.0, "cap": 5, "jobs": 1, "parallel": None}
        return slurm.script(study, ["bench", "a b"], **settings | given)

    script = made()
    assert "# 100 runs of about 60 s in 10 tasks of about 10 min each." in script
    assert "#SBATCH --array=1-10%5\n" in script
    assert "#SBATCH --time=00:40:00\n" in script
    assert "#SBATCH --cpus-per-task=1\n" in script
    assert "#SBATCH --job-name=nasapi-toy-formula-v1\n" in script
    assert script.endswith("nasapi bench 'a b' --shard \"$SLURM_ARRAY_TASK_ID/10\"")
    assert "in 5 tasks of about 10 min each." in made(jobs=2) and "--time=00:40:00" in made(jobs=2)
    assert "--array=1-5%5" in made(jobs=2) and "--cpus-per-task=2" in made(jobs=2)
    assert "--cpus-per-task=4" in made(parallel=4)
    assert "--array=1-100%5" in made(minutes=0.1)
    assert "in 1 task of about" in made(seconds=0.01) and "--array=1-1%1" in made(seconds=0.01)
    assert "--time=00:10:00" in made(seconds=0.01)
    assert "--time=04:00:00" in made(minutes=60.0, seconds=3600.0)


def test_seeds_in_a_row_are_written_as_a_range() -> None:
    assert [slurm._word(value) for value in ((4, 5, 6), (1,), (0, 2, 3, 9), 7, "x")] == [
        "4-6",
        "1",
        "0,2-3,9",
        "7",
        "x",
    ]


# What info says


def test_options_are_described_by_their_type_their_default_and_what_they_are_for() -> None:
    assert info._type(Literal["a", "b"]) == "'a' or 'b'"
    assert info._type(int | None) == "int or none"
    assert info._type(float) == "float"
    assert info._levels(None) == ""
    assert info._levels(Fidelity("epochs", (1, 4))) == "epochs: 1, 4"
    assert info._levels(Fidelity("epochs", (1, 4), True)) == (
        "epochs: 1, 4; a level goes on from a lower one and is charged the difference"
    )


def test_a_metric_is_described_by_unit_split_words_and_origin() -> None:
    whole = Metric("a", "max", "%", "valid", None, "accuracy.", "measured")
    assert info._metric(whole) == "%, on validation data, accuracy [measured]"
    assert info._metric(attrs.evolve(whole, split="test")) == "%, on test data, accuracy [measured]"
    assert info._metric(Metric("a", "min", "1")) == "a plain number"


def test_a_paper_is_described_with_its_departures_by_number() -> None:
    paper = Paper("Title", "Venue 2020", ("2", "3.1"), ("One.", "Two."))
    assert info.paper_pairs(paper) == {
        "paper": "Title, Venue 2020",
        "sections": "2, 3.1",
        "departures": {"1": "One.", "2": "Two."},
    }
    assert info.paper_pairs(attrs.evolve(paper, departures=()))["departures"] == "none"
    assert info.paper_pairs(None) == {}


def test_a_space_says_what_it_is_part_of_and_whether_it_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.loads(invoked("info", "toy", "--json").stdout)
    assert (told["part of"], told["valid codes"], told["reads graphs back"]) == ("", "22", "yes")
    assert told["genes"] == "3, of 3, 3, 3 values"
    monkeypatch.setattr(Toy, "size", None)
    monkeypatch.setattr(Toy, "reads_graphs", False)
    told = json.loads(invoked("info", "toy", "--json").stdout)
    assert (told["valid codes"], told["reads graphs back"]) == ("not counted", "no")


def test_a_benchmark_says_its_noise_goal_and_options_in_its_spec() -> None:
    told = json.loads(invoked("info", "toy/formula-v1[noise=true,budget=7]", "--json").stdout)
    assert (told["noise"], told["budget"]) == ("one draw an evaluation", "7 trials")
    assert told["goal"]["valid_accuracy"].startswith("maximise; %, on validation data")
    assert told["fidelity"] == "epochs: 1, 4, 16"
    assert told["values are"] == "derived: by a formula of the network"
    assert list(told["report metrics"]) == ["test_accuracy", "params"]
    assert "not here" not in told or not told["not here"]
    assert (told["optimum"], told["licence"]) == ({"valid_accuracy": "99"}, "Apache-2.0")
    assert list(told["options"]) == ["budget", "unit", "noise", "workers"]
    assert json.loads(invoked("info", "toy/formula-v1", "--json").stdout)["noise"] == "none: expected values"
    objective = json.loads(invoked("info", "toy/formula", "--json").stdout)
    assert (objective["noise"], objective["values belong to"]) == (
        "yes, each evaluation can be one draw",
        "a network",
    )


def test_a_name_of_several_kinds_is_described_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry("encoder", "toy", "nasapi.testing.search:ToyEncoder", "another toy")
    monkeypatch.setattr(manager(), "plugins", [*manager().plugins, Plugin("x", "1", (entry,))])
    told = json.loads(invoked("info", "toy", "--json").stdout)
    assert [one["kind"] for one in told] == ["space", "encoder"]
    text = click.unstyle(invoked("info", "toy").stdout)
    assert text.count("\n\nkind") == 1
    assert json.loads(invoked("info", "toy", "--kind", "encoders", "--json").stdout)["plugin"] == "x 1"


def test_a_given_option_is_told_as_given(here: Path) -> None:
    (here / "mine.py").write_text(MINE.format(extra="width: int = nasapi.options.count(3, 'How many.')", n="n"))
    told = json.loads(invoked("info", "mine.py:Mine[width=5]", "--json").stdout)["options"]
    assert told == {"width": "a whole number from 1, given 5. How many."}
    with pytest.raises(InvalidOption, match="is no id but a place in a file or module; say of which kind, by --kind"):
        invoked("info", "mine.py")


# check, query, picture, new


def test_a_plugin_is_checked_by_its_name_and_what_is_none_is_said() -> None:
    assert check._plugin("nasapi").name == "nasapi"
    with pytest.raises(UnknownId, match=r"No plugin 'toy'\. There is a space of that name: `nasapi check space toy`\."):
        check._plugin("toy")
    with pytest.raises(UnknownId, match=r"No plugin 'nasapy'\. Did you mean 'nasapi"):
        check._plugin("nasapy")
    with pytest.raises(InvalidOption, match="is a place in a file; say of which kind"):
        check._plugin("mine.py:Mine")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Name what to check: KIND ID, or a plugin, or --all"),
        (("nasapi", "--all"), "Name what to check"),
        (("nasapi", "--rule", "space/size"), "--rule is for one entry"),
        (("space", "toy", "--on", "toy"), "--on is a space to try an encoder on; a space has its own"),
    ],
)
def test_what_cannot_be_checked_together_is_refused(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(InvalidOption, match=said):
        invoked("check", *words)


def test_what_rules_came_to_is_told_by_one_line_and_more_where_it_is_asked_for() -> None:
    plain = invoked("check", "encoder", "genes", "--rule", "encoder/fit-rng").stdout
    assert plain == "encoder genes: not checked: the encoder does not learn\n"
    two = ("check", "encoder", "genes", "--rule", "encoder/fit-rng", "--rule", "encoder/shape")
    assert invoked(*two).stdout == "encoder genes: ok: 2 rules: 1 passed, 1 skipped\n"
    assert "since: the encoder does not learn" in invoked(*two, "-v").stdout
    assert "(on nothing)" not in invoked(*two, "--on", "toy").stdout


def test_how_long_all_take_is_said_where_they_are_computed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 1.0, 10.0, 13.0, 20.0, 20.5, 30.0, 30.001])
    monkeypatch.setattr("time.perf_counter", lambda: next(times))
    codes = np.repeat(np.array([[1, 1, 1]]), 100, axis=0)
    query._tell_duration(ToyObjective(), codes, None)
    said = "All 100 architectures are computed, which takes 5 minutes at most; --sample N asks some alone.\n"
    assert capsys.readouterr().err == said
    query._tell_duration(ToyObjective(), codes, None)
    assert capsys.readouterr().err == ""


def test_several_pictures_need_a_place_and_a_name_of_theirs(here: Path) -> None:
    with pytest.raises(InvalidOption, match=r"2 pictures need a place to go; give --output cell\.svg"):
        invoked("picture", "toy", "--sample", "2")
    with pytest.raises(InvalidOption, match=r"'cell\.png' is not the name of an SVG file; end it in '\.svg'"):
        invoked("picture", "toy", "--sample", "1", "-o", "cell.png")
    assert invoked("picture", "toy", "--sample", "1", "-o", "CELL.SVG").stdout == "CELL.SVG\n"
    assert invoked("picture", "toy", "--sample", "1").stdout.count("<svg") == 1


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("space", "My", "cannot be a name; use small letters"),
        ("space", "a--b", "cannot be a name"),
        ("space", "class", "cannot be a name"),
        ("encoder", "none", "is read as None, no text"),
        ("plugin", "list", "There is a command 'list' already"),
        ("space", "toy", "There is a space 'toy' already, in nasapi"),
        ("space", "search", "would make a class 'SearchSpace', which nasapi has"),
    ],
)
def test_a_name_that_a_new_plugin_cannot_have_is_refused(here: Path, kind: str, name: str, said: str) -> None:
    with pytest.raises(InvalidOption, match=said):
        invoked("new", kind, name)
    assert not (here / name).exists()


def test_what_a_new_plugin_is_called_is_made_of_its_name() -> None:
    words = new._words("space", "my-own2")
    assert {key: words[key] for key in ("distribution", "package", "constant", "class_name", "summary")} == {
        "distribution": "nasapi-my-own2",
        "package": "nasapi_my_own2",
        "constant": "MY_OWN2",
        "class_name": "MyOwn2Space",
        "summary": "The search space `my-own2`",
    }
    assert words["dependencies"] == '"nasapi>=0.1", "numpy>=2.0"'
    assert words["example"].splitlines()[0] == "    nasapi info my-own2"
    assert new._words("strategy", "hill-strategy")["class_name"] == "HillStrategy"
    assert new._renamed("package/tests/test_plugin.py.tmpl", "nasapi_x") == "nasapi_x/tests/test_nasapi_x.py"
    assert toy_v1().id == "toy/formula-v1"


def test_a_new_plugin_has_every_template_and_nothing_else(here: Path) -> None:
    said = invoked("new", "space", "mine", "-o", "deep/folder").stdout
    assert said.startswith("deep/folder: install it with `pip install -e './deep/folder[testing]'`, test it with")
    made = sorted(str(path.relative_to(here / "deep" / "folder")) for path in (here / "deep").rglob("*.*"))
    assert "pyproject.toml" in made
    assert any(name.endswith("tests/test_nasapi_mine.py") for name in made)
    assert not [name for name in made if name.endswith(".tmpl")]
    assert os.listdir(here / "deep") == ["folder"]
