"""Parts of studies on the command line: seeds, shards, SLURM's variables and its script, digests and merges."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from stores import change

from nasapi.cli.main import cli
from nasapi.cli.numbers import Number
from nasapi.cli.seeds import Seeds
from nasapi.cli.shards import Shard
from nasapi.errors import CorruptData, InvalidOption, NotAvailable, StoreError
from nasapi.running import scheduled_shard
from nasapi.running.study import Study
from nasapi.storage import Store, digest

TOY = "toy/formula-v1[budget=4]"


@pytest.fixture
def nasapi(here, monkeypatch):
    """Run a command in a working folder with a strategy in it; gives what it prints."""
    for name in [name for name in os.environ if name.startswith("SLURM_")]:
        monkeypatch.delenv(name)

    def call(*words):
        result = CliRunner().invoke(cli, words, standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return result.stdout

    return call


def bench(nasapi, *words, store="s"):
    return nasapi("bench", TOY, "-s", "mine.py:Mine", "--backend", "inline", "--store", store, *words)


@pytest.mark.parametrize(
    ("text", "seeds"), [("30", 30), ("10-12", (10, 11, 12)), ("0,3,7-9", (0, 3, 7, 8, 9)), ("5-5", (5,)), ("7,", None)]
)
def test_seeds_are_a_number_or_the_seeds_themselves(text, seeds):
    if seeds is None:
        with pytest.raises(click.BadParameter, match="is no number of seeds, as 30, and no seeds, as 10-19"):
            Seeds().convert(text, None, None)
    else:
        assert Seeds().convert(text, None, None) == seeds


@pytest.mark.parametrize("text", ["0", "-3", "3-1", "0-10000000", "x", "1.5", ""])
def test_seeds_that_are_none_are_refused(text):
    with pytest.raises(click.BadParameter, match=r"no number of seeds|no range of"):
        Seeds().convert(text, None, None)


@pytest.mark.parametrize("text", ["3", "0/20", "21/20", "a/b", "1/0"])
def test_shards_that_are_none_are_refused(text):
    with pytest.raises(click.BadParameter, match="is no shard; 3/20 is the third of twenty"):
        Shard().convert(text, None, None)


def slurm(task, count, least="", most="", step="1"):
    names = [f"SLURM_ARRAY_TASK_{name}" for name in ("ID", "COUNT", "MIN", "MAX", "STEP")]
    return dict(zip(names, map(str, (task, count, least, most, step)), strict=True))


def test_the_shard_of_a_slurm_array_is_its_task():
    assert scheduled_shard(slurm(0, 20, 0, 19)) == (1, 20)
    assert scheduled_shard(slurm(20, 20, 1, 20)) == (20, 20)
    assert scheduled_shard(slurm(14, 5, 10, 18, 2)) == (3, 5)
    assert scheduled_shard({"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "4"}) == (3, 4)
    assert scheduled_shard({}) is None


@pytest.mark.parametrize(
    "environment", [slurm(7, 2, 3, 7), slurm(0, 3, 0, 8), slurm(9, 2, 0, 1), slurm("x", 2, 0, 1), slurm(1, "")]
)
def test_an_array_that_does_not_say_its_parts_is_refused(environment):
    with pytest.raises(InvalidOption, match=r"with gaps, so that it does not say|wanted whole numbers"):
        scheduled_shard(environment)


def test_shards_in_any_order_are_the_study(nasapi):
    for shard in ("3/3", "1/3", "2/3"):
        completed = bench(nasapi, "--seeds", "5", "--shard", shard)
    assert "5 runs are in s" in completed
    bench(nasapi, "--seeds", "5", store="whole")
    assert nasapi("digest", "s") == nasapi("digest", "whole")


def test_a_task_of_an_array_does_its_part_and_says_so(nasapi, monkeypatch):
    for name, value in slurm(1, 2, 0, 1).items():
        monkeypatch.setenv(name, value)
    assert "Shard 2/2 is done: 3 of 5 runs are in s" in bench(nasapi, "--seeds", "5")


def test_a_task_of_an_array_may_decide_if_it_does_all(nasapi, monkeypatch):
    pytest.importorskip("nasapi_report")
    for name, value in slurm(1, 2, 0, 1).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidOption, match="it cannot be done in shards; --shard 1/1 does all runs"):
        bench(nasapi, "--until-decided", "--seeds", "6")
    assert "There is nothing to decide" in bench(nasapi, "--until-decided", "--seeds", "6", "--shard", "1/1")


def test_parts_with_seeds_of_their_own_are_merged(nasapi):
    bench(nasapi, "--seeds", "3-4", store="a")
    bench(nasapi, "--seeds", "0-3", store="b")
    assert "5 runs are in c" in nasapi("merge", "a", "b", "-o", "c")
    assert nasapi("digest", "a", "b") == nasapi("digest", "c")
    assert Study.open("a", "b").seeds == (3, 4, 0, 1, 2)
    assert [history.seed for history in Study.open("b", "a").histories()] == [0, 1, 2, 3, 4]
    with pytest.raises(StoreError, match="A study of several stores is read alone; make one store of them with"):
        Study.open("a", "b").run()


def test_damaged_runs_that_a_merge_leaves_out_are_named(nasapi):
    bench(nasapi, "--seeds", "2", store="a")
    change(Path("a", "shard-0000.sqlite"), "UPDATE runs SET trials = 3 WHERE seed = 0")
    with pytest.raises(CorruptData, match=r"Run 0 of 'mine\.py:Mine'"):
        nasapi("merge", "a", "-o", "c")
    result = CliRunner().invoke(cli, ["merge", "a", "-o", "c", "--skip-damaged"])
    assert result.stdout == "1 run is in c.\n"
    assert result.stderr.startswith(f"nasapi: left out: Run 0 of 'mine.py:Mine' on {TOY!r} in 'a' is damaged: ")


def test_seeds_are_not_decided_on_without_the_report(nasapi, monkeypatch):
    monkeypatch.setitem(sys.modules, "nasapi_report.terminal", None)
    with pytest.raises(NotAvailable, match="--until-decided needs the tests of nasapi-report, which is not installed"):
        bench(nasapi, "--until-decided", "--seeds", "6")


def test_seeds_are_decided_on_among_two_hundred_unless_others_are_given(nasapi, monkeypatch):
    terminal = pytest.importorskip("nasapi_report.terminal")
    given = []

    def shown(study_of, seeds, perform):
        given.append(list(seeds))
        return study_of(seeds[:1])

    monkeypatch.setattr(terminal, "show_until_decided", shown)
    bench(nasapi, "--until-decided")
    bench(nasapi, "--until-decided", "--seeds", "3,9")
    assert given == [list(range(200)), [3, 9]]


def test_the_script_of_an_array_does_the_study(nasapi, tmp_path):
    words = ["--seeds", "4-9", "--batch", "2", "--task-minutes", "2", "--run-seconds", "60", "--array-cap", "2"]
    script = bench(nasapi, *words, "--print-slurm")
    assert "# 6 runs of about 60 s in 3 tasks of about 2 min each." in script
    assert "#SBATCH --array=1-3%2\n" in script and "#SBATCH --requeue\n" in script
    assert not (tmp_path / "s").exists()
    command = script.splitlines()[-1].removeprefix("exec ")
    for task in (1, 2, 3):
        found = shlex.split(command.replace("$SLURM_ARRAY_TASK_ID", str(task)))
        assert nasapi(*found[1:])
    assert Store(tmp_path / "s").batch == 2
    assert Store(tmp_path / "s").verify() == 6
    assert subprocess.run(["bash", "-n"], input=script, text=True).returncode == 0


def test_without_a_duration_one_seed_is_run_to_know_it(nasapi, tmp_path):
    script = nasapi("bench", TOY, "-s", "mine.py:Mine", "--store", "s", "--seeds", "3", "--print-slurm")
    assert re.search(r"^# 2 runs of about 0\.\d+ s in 1 task of about 0\.\d+ s\.$", script, re.MULTILINE)
    assert Store(tmp_path / "s").keys() == [(TOY, "mine.py:Mine", 0)]


def test_an_array_with_nothing_to_do_is_refused(nasapi):
    bench(nasapi, "--seeds", "2")
    with pytest.raises(InvalidOption, match="All 2 runs are in s; there is nothing left for an array to do"):
        bench(nasapi, "--seeds", "2", "--print-slurm")


def test_options_of_the_script_are_refused_without_it_and_a_shard_with_it(nasapi, tmp_path):
    for words in (["--task-minutes", "2"], ["--run-seconds", "60"], ["--array-cap", "2"]):
        with pytest.raises(InvalidOption, match=f"{words[0]} is about the script of --print-slurm; give that too"):
            bench(nasapi, *words)
    with pytest.raises(InvalidOption, match="--print-slurm divides the runs among its tasks; leave --shard out"):
        bench(nasapi, "--print-slurm", "--shard", "1/2")
    assert not (tmp_path / "s").exists()


def test_the_script_of_one_task_says_so(nasapi):
    words = ["--seeds", "0-0", "--run-seconds", "1", "--print-slurm"]
    assert "# 1 run of about 1 s in 1 task of about 1 s.\n" in nasapi("bench", TOY, "-s", "mine.py:Mine", *words)


def test_an_array_has_as_many_tasks_as_slurm_takes_where_nobody_set_it(nasapi):
    words = ["--seeds", "1200", "--run-seconds", "600", "--array-cap", "2000", "--print-slurm"]
    script = nasapi("bench", TOY, "-s", "mine.py:Mine", *words)
    assert "# 1,200 runs of about 10 min in 1,000 tasks of about 12 min each.\n" in script
    assert "#SBATCH --array=1-1000%1000\n" in script and "#SBATCH --time=00:48:00\n" in script


@pytest.mark.skipif(shutil.which("sbatch") is None, reason="SLURM is not here")
def test_a_slurm_array_whose_tasks_are_killed_loses_no_run():
    attack = Path(__file__).parent / "torture" / "slurm.py"
    done = subprocess.run([sys.executable, attack, "--tasks", "3", "--strikes", "1"], capture_output=True, text=True)
    assert done.stdout.startswith("held"), done.stdout + done.stderr


def test_workers_write_their_own_shards(tmp_path):
    study = Study([TOY], ["random"], 4, tmp_path / "s").run()
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == ["shard-0000.sqlite"]
    assert digest([tmp_path / "s"]) == digest([Study([TOY], ["random"], 4, tmp_path / "t").run(backend="inline").path])
    assert len(study.histories()) == 4


def numbers(command):
    """Every option of a command and of those below it that is a number with a point."""
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                yield from numbers(command.get_command(context, name))
    for one in command.params:
        if isinstance(one.type, (click.types.FloatParamType, click.FloatRange)):
            yield command, one


def test_every_number_refuses_nan_or_is_checked_where_it_is_used():
    checked = {"budget", "ask_seconds", "evaluate_seconds"}
    found = [(command, one) for command, one in numbers(cli) if one.name not in checked]
    assert {"task_minutes", "run_seconds", "seconds"} <= {one.name for _, one in found}
    for _, one in found:
        with pytest.raises(click.BadParameter, match=r"'nan' is no number; give one such as 12 or 0\.5"):
            one.type.convert("nan", one, None)


def test_a_number_is_within_its_range():
    assert Number(0, 1).convert("0.5", None, None) == 0.5
    with pytest.raises(click.BadParameter, match="not in the range 0<=x<=1"):
        Number(0, 1).convert("2", None, None)
