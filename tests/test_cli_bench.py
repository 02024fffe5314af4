"""What `nasapi bench` is made of: its store, limits, leaderboards, and scripts for SLURM."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import attrs
import click
import numpy as np
import pytest
from click.testing import CliRunner
from stores import Drawing

from nasapi.cli import bench, console, leaderboards, main, slurm
from nasapi.codes import Codes
from nasapi.errors import InvalidOption
from nasapi.plugins import load_benchmark
from nasapi.running.isolation import Limits
from nasapi.running.study import Study
from nasapi.testing.toy import ToyObjective


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


@pytest.mark.parametrize("during", ["__init__", "run"])  # before anything is run, and after
def test_an_interrupted_study_is_reported_by_the_words_that_were_given(
    during: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Study, during, interrupted)
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
    assert lines[4].startswith("Intervals and a verdict come with nasapi-report: `pip install nasapi-report`")


class Brief(Drawing):
    """Asks for its seed and one, and then for nothing."""

    left = 0

    def ask(self, n: int) -> Any:
        type(self).left -= 1
        return super().ask(n) if type(self).left >= 0 else []


def test_runs_that_ended_early_are_reported_with_what_was_spent() -> None:
    Brief.left = 2
    study = Study(["toy/formula-v1"], [Brief, Drawing], [0])
    study.run(backend="inline")
    [line] = leaderboards.ended_early(study)
    assert line.endswith(
        "1 of 1 run of Brief on toy/formula-v1 stopped early, after 2 of 10 trials: the strategy asked for no more "
        "trials."
    )


class Failing(ToyObjective):
    """Cannot evaluate code 000, and has no value of others that begin with 0."""

    def evaluate(self, codes: Codes, fidelity: int | None = None, noise: Any = None) -> Any:
        if not codes.any(axis=1).all():
            raise RuntimeError("out of memory")
        found = super().evaluate(codes, fidelity, noise)
        return {**found, "valid_accuracy": np.where(codes[:, 0] == 0, np.nan, found["valid_accuracy"])}


def test_evaluations_that_failed_are_counted_and_the_first_is_quoted() -> None:
    whole = load_benchmark("toy/formula-v1")
    failing = attrs.evolve(whole, objective=Failing(), id="toy/failing-v1", spec="")
    study = Study([whole, failing], [Drawing], 4).run(backend="inline")
    failed = [error for run in study.histories("toy/failing-v1") for _, error in sorted(run.errors.items())]
    assert 0 < len(failed) < 40
    assert leaderboards.failed_evaluations(study) == [
        f"nasapi: {len(failed)} of 40 evaluations on toy/failing-v1 failed, the first with {failed[0]}; each was "
        "charged, and its strategy told."
    ]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.25, "0.25 s"),
        (9.96, "10 s"),
        (10.4, "10 s"),
        (119.0, "119 s"),
        (120.0, "2 min"),
        (150.0, "2.5 min"),
        (630.0, "10 min"),
        (7199.0, "120 min"),
        (7200.0, "2 h"),
        (36_000.0, "10 h"),
    ],
)
def test_durations_are_reported_in_two_digits(seconds: float, shown: str) -> None:
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


@pytest.mark.parametrize("seeds", ["5", "5-5", "0-0", "4-6", "0,2,3,9", "9,2-4", "7,7", "10-19,40"])
def test_a_script_runs_the_command_that_was_given(seeds: str) -> None:
    given = ["a/b-v1", "c/d-v1", "-s", "evolution[population=5]", "-s", "random", "--seeds", seeds, "--budget", "9.5"]
    given += ["--no-noise", "--workers", "2", "--workers", "8", "--memory", "4G", "--isolate", "--store", "s"]

    def context(words: list[str]) -> click.Context:
        return bench.command.make_context("bench", list(words))

    asked = context([*given, "--print-slurm", "--task-minutes", "3"])
    verb, *written = slurm.arguments(asked)
    assert verb == "bench"
    about_the_script = {"print_slurm": False, "task_minutes": 10.0}
    assert context([*written, "--store", "s"]).params == asked.params | about_the_script
