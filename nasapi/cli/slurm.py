"""The script of a SLURM array that does a study: so many tasks, each of some minutes, sent again where a node fails."""

from __future__ import annotations

import math
import shlex
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasapi.cli.console import show
from nasapi.cli.progress import study_progress
from nasapi.errors import InvalidOption
from nasapi.words import counted, seeds_option

if TYPE_CHECKING:
    from nasapi.running.study import Progress, Study

_MOST_TASKS = 1000  # SLURM's own MaxArraySize is 1001 where nobody set it
_LEAST_LIMIT = 600  # seconds, for nodes that are slower and disks that are busy
_SLACK = 4
OWN = {"print_slurm", "task_minutes", "run_seconds", "array_cap", "shard"}
"""Options of `nasapi bench` that are about the script and not in it."""


def require_script(context: click.Context, wanted: bool, part: object) -> None:
    """Raise InvalidOption where options are about a script that is not asked for, or divide what it divides itself."""
    if wanted and part is not None:
        raise InvalidOption("--print-slurm divides the runs among its tasks; leave --shard out.")
    for option in context.command.params if not wanted else ():
        name = option.name or ""
        if name in OWN - {"print_slurm", "shard"}:
            if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
                raise InvalidOption(f"{option.opts[-1]} is about the script of --print-slurm; give that too.")


def show_script(
    context: click.Context,
    study: Study,
    place: Path,
    *,
    seconds: float | None,
    minutes: float,
    cap: int,
    jobs: int,
    parallel: int | None,
) -> None:
    """Print the script of an array that does what is missing; the runs of one seed are done first to time them."""
    words = [*arguments(context), "--store", str(place.absolute())]
    if seconds is None and study.missing():
        with study_progress() as progress:
            seconds = seconds_of_a_run(study, progress, parallel)
    if not study.missing():
        every = "The one run is" if len(study) == 1 else f"All {len(study)} runs are"
        raise InvalidOption(f"{every} in {place}; there is nothing left for an array to do.")
    show(script(study, words, seconds=seconds or 1.0, minutes=minutes, cap=cap, jobs=jobs, parallel=parallel))


def script(
    study: Study, words: Sequence[str], *, seconds: float, minutes: float, cap: int, jobs: int, parallel: int | None
) -> str:
    """The script for the runs of a study that are missing, where one takes so many seconds.

    `words` are the command's arguments after `nasapi`; a task is to last so many minutes; at most `cap` run at once.
    """
    left = len(study.missing())
    tasks = max(1, min(_MOST_TASKS, left, math.ceil(left * seconds / jobs / (60 * minutes))))
    tasks_of, each = counted(tasks, "task", "tasks"), " each" if tasks > 1 else ""
    expected = left * seconds / jobs / tasks
    limit = math.ceil(max(_LEAST_LIMIT, _SLACK * expected) / 60)
    name = "nasapi-" + "".join(c if c.isalnum() or c in "-_." else "-" for c in study.benchmarks[0].id)[:60]
    command = shlex.join([_program(), *words])
    return f"""#!/bin/bash
# {counted(left, "run", "runs")} of about {_duration(seconds)} in {tasks_of} of about {_duration(expected)}{each}.
# Send it with sbatch. What is done is kept whatever happens: sent again, it does what is missing and nothing else.
#SBATCH --job-name={name}
#SBATCH --array=1-{tasks}%{min(cap, tasks)}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --time={limit // 60:02}:{limit % 60:02}:00
#SBATCH --cpus-per-task={parallel or jobs}
#SBATCH --output={name}-%A_%a.log
export OMP_NUM_THREADS=1
cd {shlex.quote(str(Path.cwd()))} || exit 2
exec {command} --shard "$SLURM_ARRAY_TASK_ID/{tasks}"
""".rstrip()


def seconds_of_a_run(study: Study, progress: Progress, parallel: int | None) -> float:
    """How long a run takes here: those of the first seed that is missing are done, and kept with the others."""
    missing = study.missing()
    place = study.seeds.index(missing[0][2]) + 1
    ticks: list[float] = []

    def clock(done: int, total: int, history: Any) -> None:
        ticks.append(time.perf_counter())
        progress(done, total, history)

    study.run(progress=clock, shard=(place, len(study.seeds)), parallel=parallel)
    return max((ticks[-1] - ticks[0]) / (len(ticks) - 1), 1e-3)


def arguments(context: click.Context) -> list[str]:
    """The words of the command that was given, but for what is about the script, with the store where it is."""
    words = ["bench", *context.params["benchmarks"]]
    for option in context.command.params:
        value: Any = context.params.get(option.name or "")
        if not isinstance(option, click.Option) or option.name in OWN or option.name == "store":
            continue
        if context.get_parameter_source(option.name or "") is click.core.ParameterSource.DEFAULT:
            continue
        if option.is_flag:
            words.append(option.opts[0] if value else option.secondary_opts[0])
        else:
            for each in value if option.multiple else [value]:
                words += [option.opts[-1], _word(each)]
    return words


def _word(value: Any) -> str:
    """A value as the command takes it; seeds in a row as a range."""
    return seeds_option(value) if isinstance(value, tuple) else str(value)


def _program() -> str:
    """The `nasapi` of this environment by its whole path, for nodes whose shells have another."""
    beside = Path(sys.executable).with_name("nasapi")
    return str(beside if beside.exists() else shutil.which("nasapi") or "nasapi")


def _duration(seconds: float) -> str:
    """Seconds in words, with two digits."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.2g} {unit}" if seconds / size < 10 else f"{seconds / size:.0f} {unit}"
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
