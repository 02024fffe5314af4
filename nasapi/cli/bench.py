"""`nasapi bench`: runs a study and says how its strategies did."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasapi.cli.console import resumable, show, show_message
from nasapi.cli.leaderboards import ended_early, failed_evaluations, show_leaderboards, without_levels
from nasapi.cli.numbers import Number, byte_count
from nasapi.cli.progress import study_progress
from nasapi.cli.seeds import Seeds
from nasapi.cli.shards import Shard
from nasapi.errors import InvalidOption, NotAvailable, StudyError, how_to_install
from nasapi.words import counted

if TYPE_CHECKING:
    from nasapi.running.isolation import Limits
    from nasapi.running.study import Study

_SEEDS, _MOST_SEEDS = 30, 200


@click.command("bench")
@click.argument("benchmarks", nargs=-1, required=True, metavar="BENCHMARK...")
@click.option("-s", "--strategy", "strategies", multiple=True, required=True, help="One of them; repeatable.")
@click.option(
    "--seeds",
    type=Seeds(),
    help="Runs of each pair: so many (30 unless given), or 10-19, or 0,3,7-9; with --until-decided the most there may "
    "be, 200 unless given.",
)
@click.option(
    "--until-decided",
    is_flag=True,
    help="Add seeds until strategies are told apart or practically equal, by tests that allow for looking on.",
)
@click.option("--budget", type=float, help="What a run may spend; by default the benchmark's own.")
@click.option("--unit", type=click.Choice(["trials", "unique", "seconds"]), help="What the budget counts.")
@click.option("--noise/--no-noise", default=None, help="Whether an evaluation is one draw, such as one training.")
@click.option(
    "--workers",
    multiple=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Workers of the simulated clock, which evaluate at a time; repeatable, to compare.",
)
@click.option("--batch", default=1, show_default=True, type=click.IntRange(min=1), help="Trials asked for at once.")
@click.option("-j", "--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Worker processes.")
@click.option(
    "--parallel",
    type=click.IntRange(min=1),
    help="Evaluate so many trials of a batch at a time, in processes of their own; for objectives that really train.",
)
@click.option(
    "--backend",
    type=click.Choice(["loky", "dask", "ray", "inline"]),
    default="loky",
    show_default=True,
    help="Where workers are: on this machine, on a dask or ray cluster, or this process, for a debugger.",
)
@click.option("--address", help="The scheduler of a dask or ray cluster.")
@click.option("--isolate", is_flag=True, help="Give each run's strategy a process of its own, which has no table.")
@click.option("--memory", metavar="SIZE", help="What a strategy's process may use, 4G or 500M; with --isolate.")
@click.option(
    "--ask-seconds", type=float, metavar="S", help="End a run whose strategy takes longer to be made, asked or told."
)
@click.option("--evaluate-seconds", type=float, metavar="S", help="End a run one of whose evaluations takes longer.")
@click.option("--store", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept; is gone on with.")
@click.option(
    "--shard",
    type=Shard(),
    metavar="I/N",
    help="Do the I-th of N parts of the runs; by default what SLURM says.",
)
@click.option("--print-slurm", is_flag=True, help="Print the script of a SLURM array that does the runs.")
@click.option(
    "--task-minutes",
    default=10.0,
    show_default=True,
    type=Number(0.1, 10_000),
    help="How long a task of that array is to last.",
)
@click.option(
    "--run-seconds",
    type=Number(1e-6, 1e8),
    help="How long a run lasts, for that script; by default one seed is run to see.",
)
@click.option(
    "--array-cap",
    default=50,
    show_default=True,
    type=click.IntRange(min=1, max=100_000),
    help="How many tasks of that array run at once.",
)
@click.pass_context
@resumable("the study resumes where it stopped")
def command(
    context: click.Context,
    benchmarks: tuple[str, ...],
    strategies: tuple[str, ...],
    seeds: int | tuple[int, ...] | None,
    until_decided: bool,
    budget: float | None,
    unit: Any,
    noise: bool | None,
    workers: tuple[int, ...],
    batch: int,
    jobs: int,
    parallel: int | None,
    backend: str,
    address: str | None,
    isolate: bool,
    memory: str | None,
    ask_seconds: float | None,
    evaluate_seconds: float | None,
    store: Path | None,
    shard: tuple[int, int] | None,
    print_slurm: bool,
    task_minutes: float,
    run_seconds: float | None,
    array_cap: int,
) -> None:
    """Run every strategy on every BENCHMARK with seeds 0, 1, …, and say how they did.

    Benchmarks and strategies are ids, with options where wanted: -s 'evolution[population=100]'; or a class in a file:
    -s mine.py:Mine. Runs that the store holds already are not done again, so an interrupted study goes on where it
    stopped, and strategies or seeds can be added to it. A run that fails, whatever it does to its process, is named and
    harms no other; the same command tries it again. The status is then 2.

    Any number of these commands may work on one store at a time, on machines that share its disk: each does a part with
    --shard, or the tasks of a SLURM array that --print-slurm writes. Each writes a file of its own, and what two of
    them did is the same or refused.
    """
    from nasapi.cli.slurm import require_script
    from nasapi.plugins.loading import load_benchmark
    from nasapi.running.arrays import scheduled_shard
    from nasapi.running.study import Study

    require_script(context, print_slurm, shard)
    isolation = _isolation(isolate, memory)
    part = shard
    if part is None and not print_slurm and (part := scheduled_shard(os.environ)) is not None:
        show_message(
            f"nasapi: SLURM's array says that this is shard {part[0]}/{part[1]}; --shard 1/1 would do all runs."
        )
    if part == (1, 1):
        part = None  # all runs
    if budget is not None and budget.is_integer():
        budget = int(budget)  # 64, not 64.0, in specs
    loaded = [
        load_benchmark(spec, budget=budget, unit=unit, noise=noise, workers=many)
        for spec in benchmarks
        for many in dict.fromkeys(workers or (None,))
    ]
    place = store or default_store(list(dict.fromkeys(benchmark.id for benchmark in loaded)))
    names = _distinct(strategies)

    def study_of(chosen: int | Sequence[int]) -> Study:
        return Study(loaded, names, chosen, place, batch)

    study = study_of(seeds or _SEEDS)
    if until_decided and (part or print_slurm):
        raise InvalidOption(
            "--until-decided looks at all runs after each few seeds; it cannot be done in shards; --shard 1/1 does all "
            "runs."
        )
    if print_slurm:
        from nasapi.cli.slurm import show_script

        show_script(
            context,
            study,
            place,
            seconds=run_seconds,
            minutes=task_minutes,
            cap=array_cap,
            jobs=jobs,
            parallel=parallel,
        )
        return

    for line in without_levels(loaded, names):
        show_message(line)

    def perform(study: Study) -> None:
        with study_progress() as progress:
            study.run(
                jobs=jobs,
                backend=backend,
                address=address,
                progress=progress,
                isolate=isolation,
                ask_seconds=ask_seconds,
                evaluate_seconds=evaluate_seconds,
                shard=part,
                parallel=parallel,
            )

    try:
        if until_decided:
            study = _decided(study_of, _in_order(seeds or _MOST_SEEDS), perform)
        else:
            perform(study)
    except StudyError:
        if part is None and study.histories():
            show_leaderboards(study)
        raise
    left = len(study.missing()) if part else 0
    if part and left:
        there = f"{len(study) - left} of {counted(len(study), 'run is', 'runs are')} in {place}."
        show(f"Shard {part[0]}/{part[1]} is done: {there}")
        return
    if not until_decided:
        show_leaderboards(study)
    for line in [*failed_evaluations(study), *ended_early(study)]:
        show_message(line)
    show(f"\n{counted(len(study), 'run is', 'runs are')} in {place}. Next: nasapi report {shlex.quote(str(place))}")


def default_store(ids: Sequence[str]) -> Path:
    """Where a study on these benchmarks is kept if nobody says otherwise: one place for each set of benchmarks."""
    return Path("runs") / f"{'+'.join(name.replace('/', '-').replace(':', '-') for name in ids)[:100]}"


def _in_order(seeds: int | tuple[int, ...]) -> list[int]:
    """The seeds, rising."""
    return list(range(seeds)) if isinstance(seeds, int) else sorted(seeds)


def _decided(
    study_of: Callable[[Sequence[int]], Study], seeds: Sequence[int], perform: Callable[[Study], None]
) -> Study:
    """The study whose strategies are decided, and shown; raises NotAvailable without nasapi-report."""
    try:
        from nasapi_report.terminal import show_until_decided
    except ImportError as error:
        raise NotAvailable(
            "--until-decided needs the tests of nasapi-report, which is not installed: "
            f"{how_to_install('nasapi-report')}."
        ) from error
    study: Study = show_until_decided(study_of, seeds, perform)
    return study


def _isolation(isolate: bool, memory: str | None) -> bool | Limits:
    """The limits of isolated strategies; raises InvalidOption for memory limited without isolation."""
    from nasapi.running.isolation import Limits

    if not isolate:
        if memory is not None:
            raise InvalidOption("--memory limits a strategy in a process of its own; give --isolate too.")
        return False
    return Limits(memory=None if memory is None else byte_count(memory))


def _distinct(strategies: Sequence[str]) -> list[str]:
    for spec in strategies:
        if strategies.count(spec) > 1:
            raise InvalidOption(f"Strategy {spec!r} is given twice; more runs of it come from --seeds.")
    return list(strategies)
