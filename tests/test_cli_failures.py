"""How commands end: the status and the sentence of every failure, and verbs that plugins add."""

from __future__ import annotations

import errno
import io
import json
import signal
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from invoking import invoked

import nasapi
from nasapi.cli import failures, main, new, start
from nasapi.cli.lazy import LazyCommand
from nasapi.cli.plugin_verbs import plugin_verbs
from nasapi.cli.plugins import _counts, _problem
from nasapi.errors import CorruptData, PluginError, UnknownId
from nasapi.plugins.hooks import Entry
from nasapi.plugins.manager import Plugin, manager


def noted(error: OSError, note: str) -> OSError:
    error.add_note(note)
    return error


@pytest.mark.parametrize(("text", "shown"), [("'in the middle'", "does: in the middle."), ("", "does.")])
def test_a_file_that_ends_early_is_no_wish_to_stop(here: Path, text: str, shown: str) -> None:
    (here / "ends.py").write_text(
        "from nasapi.testing.toy import ToyObjective\n\n\nclass Ends(ToyObjective):\n"
        f"    def evaluate(self, codes, fidelity=None, noise=None):\n        raise EOFError({text})\n"
    )
    with pytest.raises(CorruptData, match=rf"^A file ends before what is in it {shown}$"):
        invoked("query", "ends.py:Ends", "conv|conv|conv")


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

    class Odd:
        @nasapi.hookimpl
        def nasapi_commands(self, group: click.Group) -> None:
            group.commands["odd-x"] = 7  # type: ignore[assignment]

    made = {"x-odd": Odd(), "x-wrong": Wrong(), "x-one": One(), "x-other": Other()}
    for name, plugin in made.items():
        manager().register(plugin, name)
    try:
        verbs = plugin_verbs(("taken-x",))
        output = capsys.readouterr().err
        assert "hello-x" in verbs and "taken-x" not in verbs and "Hello" not in verbs
        assert "the command 'taken-x' of x-one is left out: there is one from nasapi already" in output
        assert "the command 'hello-x' of x-other is left out: there is one from x-one already" in output
        assert "the commands of x-wrong are left out: ValueError: the verb 'Hello' is not made of" in output
        assert "x-odd are left out: TypeError: the verb 'odd-x' is 7, which is no click command" in output
    finally:
        for name in made:
            manager().unregister(name=name)
        manager().problems.pop(("x-wrong", "commands"), None)


def test_a_verb_is_imported_when_it_is_used() -> None:
    later = LazyCommand("new", "nasapi.cli.new:command", "Start a plugin.")
    assert (later.name, later.get_short_help_str()) == ("new", "Start a plugin.")
    assert later.load() is new.command
    for target, message in (
        ("no_such:x", "The verb 'new' cannot be imported from no_such:x: ModuleNotFoundError"),
        ("nasapi.cli.new:nothing", "AttributeError"),
        ("nasapi.cli.new:_KINDS", "which is no click command"),
    ):
        with pytest.raises(PluginError, match=message):
            LazyCommand("new", target, "").load()


def test_what_is_wrong_with_a_plugin_and_what_it_offers_is_reported() -> None:
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


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt(), 130, "nasapi: interrupted."),
        (click.Abort(), 130, "nasapi: interrupted."),
        (UnknownId("No such thing."), 2, "nasapi: No such thing."),
        (BrokenPipeError(), 0, ""),
        (failures.ReaderLeft(), 0, ""),
        (click.ClickException("no"), 2, "nasapi: no"),
        (click.UsageError("no"), 2, "nasapi: no"),
        (click.NoSuchOption("-x"), 2, f"nasapi: {click.NoSuchOption('-x').format_message()}"),  # click's own words
        (
            click.NoSuchOption("-1"),
            2,
            f"nasapi: {click.NoSuchOption('-1').format_message()} An argument that begins with '-', such as a number "
            "below 0, stands behind '--'.",
        ),
        (OSError(errno.ENOENT, "No such file", "a", None, "b"), 2, "nasapi: 'a' and 'b' cannot be used: No such file."),
        (OSError(errno.ENOSPC, "No space left"), 2, "nasapi: The output cannot be written: No space left."),
        (OSError(errno.EBADF, "Bad"), 2, "nasapi: The output cannot be written: Bad."),
        (OSError(errno.EPERM, "Not permitted"), 2, "nasapi: The system refused: Not permitted."),
        (OSError("odd"), 2, "nasapi: The system refused: odd."),
        (
            noted(noted(OSError("odd"), "Said of it before"), "Space 'x' could not be made"),
            2,
            "nasapi: Space 'x' could not be made. The system ref",
        ),
        (EOFError("in the middle"), 2, "nasapi: A file ends too early: in the middle."),
        (EOFError(), 2, "nasapi: A file ends too early."),
        (RecursionError("deep"), 70, "nasapi: RecursionError: deep. This is a bug in nasapi or in a plugin;"),
        (MemoryError("8 TB"), 2, "nasapi: There is not enough memory: 8 TB; ask for less at once."),
        (MemoryError(), 2, "nasapi: There is not enough memory; ask for less at once."),
        (OverflowError("1e400"), 2, "nasapi: A number is too large: 1e400."),
        (SystemExit(3), 2, "nasapi: What was loaded ended the program by itself: SystemExit(3)."),
        (ValueError("embedded null byte"), 2, "nasapi: A path or name cannot be used: embedded null byte."),
        (ValueError("a nullspace"), 70, "nasapi: ValueError: a nullspace. This is a bug in nasapi or in a plugin;"),
        (ValueError("no"), 70, "nasapi: ValueError: no. This is a bug in nasapi or in a plugin; run the same with"),
        (AssertionError("no"), 70, "nasapi: AssertionError: no. This is a bug"),
    ],
)
def test_every_failure_has_its_status_and_its_sentence(error: BaseException, status: int, message: str) -> None:
    found, sentence = failures.verdict(error)
    assert found == status
    assert sentence.startswith(message)
    assert bool(sentence) == bool(message)


def test_a_text_that_is_no_text_and_a_path_in_circles_are_no_bugs(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    for fails, message in (
        (lambda: b"\xff".decode(), "nasapi: A text or a name cannot be read or written as it is"),
        (lambda: (tmp_path / "circle").resolve(strict=True), "nasapi: "),
        (lambda: Path("a").with_suffix("no suffix"), "nasapi: A path or name cannot be used: Invalid suffix"),
    ):
        with pytest.raises((UnicodeError, OSError, RuntimeError, ValueError)) as caught:
            fails()
        status, sentence = failures.verdict(caught.value)
        assert (status, sentence.startswith(message)) == (2, True)


@pytest.mark.parametrize(("read", "begin"), [(json.loads, ""), (tomllib.loads, "a = ")])
def test_a_text_that_is_nested_too_deeply_is_its_authors_mistake(read: Callable[[str], object], begin: str) -> None:
    with pytest.raises(RecursionError) as caught:
        read(begin + "[" * 100_000)
    assert failures.verdict(caught.value) == (2, "nasapi: The input is nested too deeply to be read.")


def test_messages_need_nobody_to_read_them_and_output_can_be_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
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
    output = capsys.readouterr().err
    assert "Traceback" in output and "nasapi: No entry 'nothing'" in output
    monkeypatch.setattr(sys, "argv", ["nasapi", "list", "encoders", "--json"])
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 0
    assert {one["kind"] for one in json.loads(capsys.readouterr().out)} == {"encoder"}


def test_a_bug_is_reported_by_its_traceback_alone_to_who_debugs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(kind: Any = None) -> Any:
        raise AssertionError("no luck")

    monkeypatch.setattr("nasapi.cli.list.entries", broken)
    assert status_of("list") == 70
    assert capsys.readouterr().err.startswith("nasapi: AssertionError: no luck")
    assert status_of("list", "--debug") == 70
    assert "nasapi: AssertionError" not in capsys.readouterr().err


def test_the_installed_command_begins_and_an_interruption_is_reported(
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
