"""`nasapi hardware`: the published search within a latency run again, and figures of searches for both goals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasapi.cli.console import resumable, show, show_message
from nasapi.cli.numbers import Number
from nasapi_latency.devices import DATASETS, DEVICES

if TYPE_CHECKING:
    from nasapi_latency.reproduction import Line

_PLAIN = (
    "This is not the published setting, which has accuracies and latencies on ImageNet16-120 on the Edge GPU; import "
    "the official table (`nasapi data import hw-nas-bench HW-NAS-Bench-v1_0.pickle`) for that."
)


@click.group("hardware", no_args_is_help=True)
def command() -> None:
    """Search for accurate networks that are fast on a device.

    HW-NAS-Bench must be here: `nasapi data import hw-nas-bench HW-NAS-Bench-v1_0.pickle`.
    """


@command.command("table")
@click.option("--dataset", type=click.Choice(list(DATASETS)), help="By default ImageNet16-120 where it is here.")
@click.option("--device", type=click.Choice(list(DEVICES)), default="edgegpu", show_default=True)
@click.option("--limit", "limits", multiple=True, type=Number(), help="In ms; repeatable.  [default: 2, 4, 6, 8]")
@click.option("-s", "--strategy", "strategies", multiple=True, help="In place of the default ones; repeatable.")
@click.option("--joint", type=click.Choice(["0", "1"]), help="Accuracy alone, or latency too; by default both tables.")
@click.option("--seeds", default=30, show_default=True, type=click.IntRange(min=2), help="Runs of each strategy.")
@click.option("-j", "--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Worker processes.")
@click.option("--store", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept; is gone on with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def table(**given: Any) -> None:
    """Accuracy found and share of feasible queries within each limit, beside the published numbers."""
    store = given["store"]
    kept = f"runs that ended are in {str(store)!r}, and it goes on by"
    with resumable(kept if store else "nothing was kept without --store; again"):
        _table(**given)


def reproduce(
    *, strategies: tuple[str, ...], benchmarks: tuple[str, ...], seeds: int, jobs: int, store: Path, as_json: bool
) -> None:
    """`nasapi reproduce hardware`: the published table, AG-Net in it where it is installed."""
    from nasapi.errors import InvalidOption

    if benchmarks:
        raise InvalidOption("'hardware' has its own benchmarks; use `nasapi hardware table --limit` for some.")
    more = () if strategies else installed_agnet()
    _table(strategies=strategies, seeds=seeds, jobs=jobs, store=store, as_json=as_json, more=more)


def figure4(
    *, strategies: tuple[str, ...], benchmarks: tuple[str, ...], seeds: int, jobs: int, store: Path, as_json: bool
) -> None:
    """`nasapi reproduce figure4`: the table on the Pixel 3, then what AG-Net's rounds generate."""
    from nasapi.errors import InvalidOption
    from nasapi_latency.published import FIGURE_4_DEVICE, LIMITS_OF_FIGURE_4

    if benchmarks:
        raise InvalidOption("'figure4' has its own benchmarks; use `nasapi hardware table --limit` for some.")
    named = strategies or ("random", *installed_agnet())
    limits = LIMITS_OF_FIGURE_4
    _table(
        device=FIGURE_4_DEVICE,
        limits=limits,
        strategies=named,
        seeds=seeds,
        jobs=jobs,
        store=store,
        as_json=as_json,
    )
    if as_json:
        show_message("What the rounds generated: nasapi hardware generated --json.")
        return
    for strategy in named:
        if strategy.startswith("agnet"):
            _show_generated(
                dataset=None,
                device=FIGURE_4_DEVICE,
                limits=limits,
                strategy=strategy,
                joint=None,
                seeds=seeds,
                store=store / "generated.json",
                as_json=as_json,
            )


def installed_agnet() -> tuple[str, ...]:
    """`agnet`, the published strategy, where it is installed."""
    from nasapi.plugins import entries

    return tuple(entry.id for entry, _ in entries("strategy") if entry.id == "agnet")


@command.command("generated")
@click.option("--dataset", type=click.Choice(list(DATASETS)), help="By default ImageNet16-120 where it is here.")
@click.option("--device", type=click.Choice(list(DEVICES)), default="pixel3", show_default=True)
@click.option("--limit", "limits", multiple=True, type=Number(), help="In ms; repeatable.  [default: 2, 4, 6, 8]")
@click.option("-s", "--strategy", default="agnet", show_default=True, help="One that generates candidates.")
@click.option("--joint", type=click.Choice(["0", "1"]), help="Accuracy alone, or latency too; by default both.")
@click.option("--seeds", default=10, show_default=True, type=click.IntRange(min=2), help="Runs.")
@click.option("--store", type=click.Path(dir_okay=False, path_type=Path), help="A file of runs; is gone on with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def generated(**options: Any) -> None:
    """How many of the candidates that a strategy generates keep the limit, asked for or not, round by round."""
    _show_generated(**options)


def _show_generated(
    *,
    dataset: str | None,
    device: str,
    limits: tuple[float, ...],
    strategy: str,
    joint: str | None,
    seeds: int,
    store: Path | None,
    as_json: bool,
) -> None:
    from attrs import asdict
    from nasapi_report.words import interval

    from nasapi.cli.console import show_json, show_table
    from nasapi_latency.generated import by_round, generated_feasible
    from nasapi_latency.reproduction import LIMITS, best_dataset, hardware_benchmark

    chosen = dataset or best_dataset()
    rows, runs = [], []
    for limit in limits or LIMITS:
        for mode in [0, 1] if joint is None else [int(joint)]:
            found = generated_feasible(hardware_benchmark(chosen, device, limit, mode), strategy, range(seeds), store)
            runs += found
            rows += [(f"{limit:g}", mode, number, many, interval(share, 3)) for number, many, share in by_round(found)]
    if as_json:
        show_json([asdict(run) for run in runs])
        return
    show(f"Candidates of {strategy} that the {DEVICES[device].title} runs within the limit ({DATASETS[chosen].title}).")
    columns = ["limit, ms", "joint", "round", "runs", "feasible share [95% interval]"]
    show_table(columns, rows, right=columns)


def _table(
    *,
    dataset: str | None = None,
    device: str = "edgegpu",
    limits: tuple[float, ...] = (),
    strategies: tuple[str, ...] = (),
    joint: str | None = None,
    seeds: int,
    jobs: int,
    store: Path | None,
    as_json: bool,
    more: tuple[str, ...] = (),
) -> None:
    """Run what is missing and print the table; `more` strategies follow the default ones."""
    from nasapi.cli.console import show_json, show_table
    from nasapi.cli.progress import study_progress
    from nasapi_latency.published import PUBLISHED_DATASET, PUBLISHED_DEVICE
    from nasapi_latency.reproduction import LIMITS, STRATEGIES, best_dataset, hardware_table

    chosen = dataset or best_dataset()
    modes = [0, 1] if joint is None else [int(joint)]
    with study_progress() as progress:
        lines = hardware_table(
            chosen,
            device=device,
            limits=limits or LIMITS,
            strategies={mode: strategies or (*STRATEGIES[mode], *more) for mode in modes},
            seeds=seeds,
            jobs=jobs,
            store=store,
            progress=progress,
        )
    if as_json:
        from attrs import asdict

        show_json([asdict(line) for line in lines])
        return
    published = (chosen, device) == (PUBLISHED_DATASET, PUBLISHED_DEVICE)
    show(f"Validation accuracy (%) on {DATASETS[chosen].title} within a latency on the {DEVICES[device].title}.")
    show("Published: Lukasik, Jung & Keuper, ECCV 2022, 10 searches." if published else _PLAIN)
    columns = ["limit, ms", "joint", "strategy", f"accuracy, {seeds} runs [95% interval]", "feasible", "runs with one"]
    columns += ["published", "verdict"] if published else []
    show_table(columns, [_row(line, published) for line in lines], right=columns[:2] + columns[3:6])


@command.command("figures")
@click.option("--dataset", type=click.Choice(list(DATASETS)), default="cifar10", show_default=True)
@click.option("--device", type=click.Choice(list(DEVICES)), default="edgegpu", show_default=True)
@click.option("--limit", default=4.0, show_default=True, type=Number(), help="In ms; inf for none.")
@click.option("-s", "--strategy", "strategies", multiple=True, help="In place of the default ones; repeatable.")
@click.option("--seeds", default=30, show_default=True, type=click.IntRange(min=2), help="Runs of each strategy.")
@click.option("-j", "--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Worker processes.")
@click.option("-o", "--output", default="hardware", show_default=True, type=click.Path(file_okay=False, path_type=Path))
def figures(
    dataset: str, device: str, limit: float, strategies: tuple[str, ...], seeds: int, jobs: int, output: Path
) -> None:
    """The exact Pareto front with what runs attained, and hypervolume and feasibility by queries, as PNG and SVG."""
    import numpy as np

    from nasapi.cli.progress import study_progress
    from nasapi.files import require_outputs, write_outputs
    from nasapi.running import Study
    from nasapi_latency.figures import FRONT, PROGRESS, front_figure, progress_figure
    from nasapi_latency.reproduction import STRATEGIES, hardware_benchmark

    benchmark = hardware_benchmark(dataset, device, limit, 1)
    study = Study([benchmark], strategies or STRATEGIES[1], seeds)
    files = [f"{name}.{kind}" for name in (FRONT, PROGRESS) for kind in ("svg", "png")]
    require_outputs(output, files)  # before hours of runs
    with study_progress() as progress:
        study.run(jobs=jobs, progress=progress)
    runs = {name: study.histories(strategy=name) for name in study.strategies}
    figures = (front_figure(benchmark, runs), progress_figure(benchmark, runs, np.random.default_rng(0)))
    contents: list[str | bytes] = [content for drawn in figures for content in (drawn.svg, drawn.png)]
    write_outputs(output, dict(zip(files, contents, strict=True)))
    for drawn in figures:  # once all are there, for who reads the output may leave early
        show(f"{output / drawn.name}.png: {drawn.caption}")


def _row(line: Line, published: bool) -> list[str]:
    from nasapi_report.words import interval, number, share

    from nasapi_latency.reproduction import OPTIMUM

    optimum = line.strategy == OPTIMUM
    cells = [
        f"{line.limit:g}",
        "" if optimum else str(line.joint),
        line.strategy,
        interval(line.accuracy, 2),
        number(line.feasible.value, 2) if optimum else interval(line.feasible, 2),
        "" if optimum else share(line.found),
    ]
    if published:
        printed = "" if line.published is None else f"{line.published[0]:.1f} / {line.published[1]:.2f}"
        cells += [printed, line.verdict]
    return cells
