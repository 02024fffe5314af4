"""What commands say beside their output: on stderr, at a terminal or not, and of options that do not go together."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import nasapi
from nasapi.cli import data
from nasapi.cli.main import cli
from nasapi.cli.plugin_verbs import plugin_verbs
from nasapi.errors import InvalidOption
from nasapi.plugins.manager import manager

TASK = {"SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "2"}
BENCH = "bench toy/formula-v1 -s mine.py:Mine --seeds 2 --budget 2 --backend inline --store s".split()


def invoked(*words: str, **environment: str) -> Any:
    return CliRunner().invoke(cli, [*words], standalone_mode=False, env=environment)


def test_a_part_that_a_scheduler_names_is_reported_and_one_that_is_given_is_not(here: Path) -> None:
    completed = invoked(*BENCH, **TASK)
    assert "nasapi: SLURM's array says that this is shard 2/2; --shard 1/1 would do all runs." in completed.stderr
    assert completed.stdout.startswith("Shard 2/2 is done: 1 of 2 runs are in s")
    completed = invoked(*BENCH, "--shard", "1/1", **TASK)
    assert "SLURM" not in completed.stderr
    assert "2 runs are in s. Next: nasapi report s" in completed.stdout


@pytest.mark.parametrize("words", [["--shard", "1/2"], ["--print-slurm"]])
def test_what_looks_at_all_runs_is_not_done_in_parts(here: Path, words: list[str]) -> None:
    raised = invoked(*BENCH, "--until-decided", *words).exception
    assert isinstance(raised, InvalidOption)
    assert "--until-decided looks at all runs after each few seeds; it cannot be done in shards" in str(raised)
    assert not (here / "s").exists()


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_download_has_a_bar_on_stderr_at_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with data._bar("numbers") as progress:
        assert progress is None
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("COLUMNS", "120")
    with data._bar("numbers") as progress:
        assert progress is not None
        progress(1_000_000, 4_000_000)
    assert "numbers" in shown.getvalue()
    assert "1.0/4.0 MB" in shown.getvalue()
    assert capsys.readouterr().out == ""


class Mute(click.Command):
    """A verb that cannot say what it does."""

    def get_short_help_str(self, limit: int = 45) -> str:
        raise SystemExit("nothing to say")


def test_a_verb_that_cannot_say_what_it_does_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    class Plugin:
        @nasapi.hookimpl
        def nasapi_commands(self, group: click.Group) -> None:
            group.add_command(Mute("mute-x"))

    manager().register(Plugin(), "x-mute")
    try:
        assert "mute-x" not in plugin_verbs(())
        assert "the commands of x-mute are left out: SystemExit: nothing to say" in capsys.readouterr().err
    finally:
        manager().unregister(name="x-mute")
        manager().problems.pop(("x-mute", "commands"), None)
