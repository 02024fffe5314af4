"""`nasapi collect` as it is typed: options before the recipe, a verb with a slip, an interruption, one network."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import nasapi_collect.parallel
import pytest
from click.testing import CliRunner
from nasapi_collect.commands import command

Write = Callable[..., Path]


def invoked(*words: str) -> Any:
    return CliRunner().invoke(command, list(words), standalone_mode=False)


def test_options_may_stand_before_the_recipe(tiny: Path, collected: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(collected, tmp_path / "copy")
    for words in (
        (str(tiny), "-o", str(folder)),
        ("-o", str(folder), str(tiny)),
        ("run", str(tiny), "-o", str(folder)),
    ):
        assert "0 networks measured; " in invoked(*words).output


def test_commands_that_are_named_take_folders_with_blanks(tiny: Path, collected: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(collected, tmp_path / "of my own")
    shown = invoked("run", str(tiny), "-o", str(folder)).output
    assert shlex.split(shown.split("`")[1]) == ["nasapi", "collect", "status", str(folder)]
    invoked("merge", str(folder), "-o", str(tmp_path / "x.zarr"))
    shown = invoked("publish", str(tmp_path / "x.zarr"), "-o", str(tmp_path / "my plugin")).output
    assert shlex.split(shown.split("`")[1]) == ["pip", "install", str(tmp_path / "my plugin")]


def test_a_verb_with_a_slip_is_not_taken_for_a_recipe(tmp_path: Path) -> None:
    for word, meant in (("statsu", "status"), ("publsh", "publish")):
        raised = invoked(word, str(tmp_path)).exception
        assert isinstance(raised, click.UsageError)
        assert raised.message == f"There is no recipe and no command {word!r}. Did you mean {meant!r}?"
    assert "File 'pets.toml' does not exist" in invoked("pets.toml").exception.format_message()
    assert "Make a table of your own" in invoked("--help").output


def test_an_interruption_says_where_things_are_and_how_to_go_on(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(nasapi_collect.parallel, "collect", interrupted)
    ended = CliRunner().invoke(command, [str(tiny), "-o", str(tmp_path / "c")], obj=("collect", "tiny.toml", "-o", "c"))
    assert ended.exit_code == 130
    assert ended.stderr == (
        f"Interrupted; what was measured is in {str(tmp_path / 'c')!r}, and it goes on by: "
        "nasapi collect tiny.toml -o c\n"
    )


def test_a_task_of_an_array_says_which_shard_it_does(
    tiny: Path, collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ID", "2"), ("COUNT", "3"), ("MIN", "1"), ("MAX", "3")):
        monkeypatch.setenv(f"SLURM_ARRAY_TASK_{name}", value)
    folder = shutil.copytree(collected, tmp_path / "copy")
    shown = invoked(str(tiny), "-o", str(folder)).stderr
    assert shown == "SLURM's array says that this is shard 2/3; --shard 1/1 would do all networks.\n"
    assert invoked(str(tiny), "-o", str(folder), "--shard", "1/1").stderr == ""


def test_one_network_of_one_seed_is_told_in_the_singular(write_recipe: Write, tmp_path: Path) -> None:
    recipe, folder = write_recipe(("sample = 6", "sample = 1"), ("seeds = [0, 1]", "seeds = [4]")), tmp_path / "one"
    shown = invoked("plan", str(recipe)).output
    assert "1 network of 1 seed, timed on 1: " in shown
    parts, whole = [], 0.0
    for name, seconds, _ in (row.rsplit(maxsplit=2) for row in shown.splitlines()[1:-1]):
        if name == "all":
            whole = float(seconds)
        else:
            parts.append(float(seconds))
    assert whole > 0 and sum(parts) == pytest.approx(whole, abs=0.01 * len(parts))
    assert f"{folder}: 1 network measured; " in invoked(str(recipe), "-o", str(folder)).output
    assert invoked("again", str(folder), "-n", "1").output == "1 network measured again: every number is the same.\n"
    assert "1 network, " in invoked("merge", str(folder), "-o", str(tmp_path / "one.zarr")).output
    assert invoked("again", str(folder)).exception.args == (f"{str(folder)!r} has 1 network yet; ask for as many.",)
