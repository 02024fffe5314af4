"""`nasapi collect`: a table of one's own by one recipe; its cost before, its shards, its merging, its plugin."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasapi.cli.console import resumable, show, show_json, show_message, show_pairs, show_table
from nasapi.words import counted

if TYPE_CHECKING:
    from nasapi_collect.collection import Progress
    from nasapi_collect.latency import Latencies

_RECIPE = click.Path(dir_okay=False, exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_DEVICE = click.option(
    "--device", default="cpu", show_default=True, help="Where networks are trained, as torch names it: cuda."
)


class _Group(click.Group):
    """A group whose first argument may be a recipe's file: then it is `run` that is meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` before a recipe."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            if not Path(args[0]).exists() and (meant := get_close_matches(args[0], self.commands)):
                raise click.UsageError(
                    f"There is no recipe and no command {args[0]!r}. Did you mean {meant[0]!r}?", ctx
                )
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group("collect", cls=_Group, no_args_is_help=True)
def command() -> None:
    """Make a table of your own: `nasapi collect RECIPE.toml -o FOLDER`.

    Every network of a recipe is trained, attacked and scored; what is done is kept, and the same command goes on.
    """


@command.command("run")
@click.argument("recipe", type=_RECIPE)
@click.option("-o", "--output", required=True, type=_FOLDER, help="The folder of the collection; is gone on with.")
@click.option("--shard", help="Do the i-th of n parts, as in 2/8.  [default: all, or the SLURM array's task]")
@click.option("-j", "--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Worker processes.")
@_DEVICE
@click.option("--from", "source", type=_FOLDER, help="Another collection, whose numbers of the same networks are kept.")
def run(recipe: Path, output: Path, shard: str | None, jobs: int, device: str, source: Path | None) -> None:
    """Measure what a collection lacks; stop it when you like, the same command goes on.

    With --from it begins with what another collection has measured in the same way: a sample is extended, or cut out of
    a whole, without measuring again.
    """
    from nasapi_collect.parallel import collect
    from nasapi_collect.shards import Shard

    part = Shard.parse(shard) if shard else Shard()
    if not shard and (scheduled := Shard.of_array(os.environ)) is not None:
        part = scheduled
        show_message(f"SLURM's array says that this is shard {part}; --shard 1/1 would do all networks.")
    for begun in (output, source):
        _show_differing(begun, device)
    kept = f"what was measured is in {str(output)!r}, and it goes on by"
    with resumable(kept), _progress() as progress:
        done = collect(recipe, output, shard=part, jobs=jobs, device=device, progress=progress, source=source)
    taken = f", {done.taken:,} taken from {source}" if source else ""
    measured = counted(done.measured, "network", "networks")
    show(
        f"{output}: {measured} measured{taken}; `nasapi collect status {shlex.quote(str(output))}` says what is there."
    )


def _show_differing(folder: Path | None, device: str) -> None:
    """Say before anything is measured what differs here from where a collection was measured, unless it is whole."""
    from nasapi_collect.collection import HEADER, Collection
    from nasapi_collect.conditions import conditions, differing

    if folder is None or not (folder / HEADER).exists():
        return
    collection = Collection.open(folder)
    measured, sessions = collection.measured()
    space = collection.name.partition("/")[0]
    if len(measured) < collection.networks and (apart := differing([*sessions, conditions(space, device)])):
        show_message(
            f"{str(folder)!r} was measured with others than are here: {'; '.join(apart)}. Trainings end elsewhere "
            "then, as with another seed, and its table will name them all; for networks that are all measured alike "
            "go on where it was begun, or collect into another folder."
        )


@command.command("status")
@click.argument("folder", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(folder: Path, as_json: bool) -> None:
    """Say what a collection has and lacks."""
    from nasapi_collect.collection import Collection
    from nasapi_collect.conditions import differing

    collection = Collection.open(folder)
    measured, sessions = collection.measured()
    seconds = sum(sum(record["log"]["seconds"].values()) for record in measured.values())
    each = seconds / len(measured) if measured else float("nan")
    progress = {
        "table": collection.name,
        "networks": collection.networks,
        "measured": len(measured),
        "measured alike": f"no: {'; '.join(apart)}" if (apart := differing(sessions)) else "yes",
        "with a failed seed": sum(any(record["errors"]) for record in measured.values()),
        "CPU seconds a network": round(each, 2),
        "CPU hours left": round((collection.networks - len(measured)) * each / 3600, 2),
    }
    if as_json:
        show_json(progress)
        return
    show_pairs(progress)


@command.command("plan")
@click.argument("recipe", type=_RECIPE)
@click.option("--tries", default=3, show_default=True, type=click.IntRange(min=1), help="Networks to time.")
@_DEVICE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(recipe: Path, tries: int, device: str, as_json: bool) -> None:
    """Say what a recipe will cost, from a few of its networks; nothing is kept."""
    from nasapi_collect.cost_estimate import plan as planned
    from nasapi_collect.recipe import read_recipe
    from nasapi_collect.workplace import Workplace

    found, measured = planned(Workplace.of(read_recipe(recipe)[0], device), tries)
    for error in dict.fromkeys(error for one in measured for error in one.errors if error):
        show_message(f"A seed failed: {error}")
    if as_json:
        show_json(
            {"networks": found.networks, "seeds": found.seeds, "seconds each": found.seconds_each, "parts": found.parts}
        )
        return
    rows = [(part, f"{seconds:.2f}", f"{found.networks * seconds / 3600:.2f}") for part, seconds in found.parts.items()]
    rows.append(("all", f"{found.seconds_each:.2f}", f"{found.total / 3600:.2f}"))
    show_table(("part", "CPU s a network", "CPU hours in all"), rows, right=("CPU s a network", "CPU hours in all"))
    show(
        f"{counted(found.networks, 'network', 'networks')} of {counted(found.seeds, 'seed', 'seeds')}, "
        f"timed on {found.tried}: {_duration(found.total)} of CPU, "
        f"on {os.cpu_count()} free cores {_duration(found.total / (os.cpu_count() or 1))}."
    )


@command.command("merge")
@click.argument("folders", nargs=-1, required=True, type=_FOLDER, metavar="FOLDER...")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The table, a folder x.zarr.")
@click.option("--partial", is_flag=True, help="Make a table of what is there.")
def merge(folders: tuple[Path, ...], output: Path, partial: bool) -> None:
    """Make one table of a collection's shards, in one folder or several."""
    from nasapi_collect.merging import LOG, mixed
    from nasapi_collect.merging import merge as merged

    instead = ", in place of the table that was there" if output.exists() else ""
    table = merged(folders, output, partial=partial)
    show(f"{output}: {counted(table.rows, 'network', 'networks')}, {len(table)} columns{instead}.")
    if apart := mixed(output.with_name(f"{output.name}.{LOG}")):
        show_message(
            f"Its networks were not all measured alike: {'; '.join(apart)}. `nasapi collect again` says whether "
            "numbers depend on that."
        )


@command.command("publish")
@click.argument("table", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--output", required=True, type=_FOLDER, help="The plugin's folder.")
@click.option("--latency", is_flag=True, help="Time the networks here, for columns and a benchmark; minutes.")
def publish(table: Path, output: Path, latency: bool) -> None:
    """Make a plugin of a merged TABLE: objective, benchmarks, anchors, licence, log; then `pip install` it."""
    from nasapi_collect.plugin_folder import publish as published
    from nasapi_collect.reliability import hardly_agreeing

    made = published(table, output, latency=latency)
    ids = [task["id"] for task in made.tasks]
    place = output if output.is_absolute() else f"./{output}"  # or pip takes it for a name of its index
    install = f"pip install {shlex.quote(str(place))}"
    show(f"{output}: {', '.join(ids)}. Install it with `{install}`, then `nasapi bench {ids[0]} -s random`.")
    if made.apart:
        show_message(f"Its networks were not all measured alike, which its README says: {'; '.join(made.apart)}.")
    if made.latencies is not None:
        _show_latencies(made.latencies)
    for each in hardly_agreeing(table):
        show_message(
            f"{each.column} hardly tells its networks apart: "
            + (
                f"its seeds' means have a reliability of {each.reliability:.2f}; train longer, on more images, or with "
                "more seeds."
                if each.within or each.between
                else f"it is {each.mean:g} for all of them."
            )
        )


def _show_latencies(times: Latencies) -> None:
    """Say what was timed, and whether it tells networks apart."""
    apart = f"rounds are {times.spread.mean():.3g} ms apart"
    show_message(f"One image takes {times.median.min():.3g} to {times.median.max():.3g} ms here; {apart}.")
    if not times.telling:
        show_message(
            "latency hardly tells its networks apart: they differ by no more than the rounds of one; time them on an "
            "idle machine."
        )


@command.command("reliability")
@click.argument("table", type=click.Path(exists=True, path_type=Path))
@click.option("--against", help="OBJECTIVE:METRIC of the same space to correlate with, nb201/cifar10:valid_accuracy.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reliability(table: Path, against: str | None, as_json: bool) -> None:
    """Say of each column of a merged TABLE how well its seeds agree, and with what else it does."""
    from nasapi_collect.reliability import reliabilities

    found = reliabilities(table, against)
    if as_json:
        from attrs import asdict

        show_json([asdict(each) for each in found])
        return
    columns = ["column", "mean", "cells / seeds, sd", "variance ratio", "reliability", "Spearman of seeds"]
    columns += [f"Spearman with {against}"] if against else []
    rows = [
        [each.column, f"{each.mean:.3f}", f"{each.between:.3f} / {each.within:.3f}", f"{each.ratio:.1f}"]
        + [f"{each.reliability:.3f}", f"{each.agreement:.2f}"]
        + ([f"{each.with_other:.2f}"] if against else [])
        for each in found
    ]
    show_table(columns, rows, right=columns[1:])


@command.command("again")
@click.argument("folder", type=_FOLDER)
@click.option("-n", "--networks", default=3, show_default=True, type=click.IntRange(min=1), help="How many.")
@click.option("--device", help="Where they are trained; by default where they were.")
def again(folder: Path, networks: int, device: str | None) -> None:
    """Measure some networks of a collection again, and say whether they are the same to the last digit."""
    from nasapi_collect.remeasuring import again as measured_again

    different = measured_again(folder, networks, device)
    if different:
        raise click.ClickException("; ".join(different))
    show(f"{counted(networks, 'network', 'networks')} measured again: every number is the same.")


@contextmanager
def _progress() -> Iterator[Progress]:
    """What tells of progress on stderr: one line that changes at a terminal, a line a minute elsewhere."""
    from time import monotonic

    start = last = monotonic()
    terminal = sys.stderr.isatty()

    def received(done: int, networks: int, before: int) -> None:
        nonlocal last
        now = monotonic()
        if done < networks and now - last < (1 if terminal else 60):
            return
        last = now
        left = (now - start) / max(done - before, 1) * (networks - done)
        show_message(f"{done:,} of {counted(networks, 'network', 'networks')}, {_duration(left)} left")

    yield received


def _duration(seconds: float) -> str:
    """Seconds, minutes, or hours and minutes."""
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 100 else f"{minutes} min"
