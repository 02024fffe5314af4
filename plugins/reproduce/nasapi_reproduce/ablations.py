"""What a paper's own part is worth: each strategy with and without it, on six tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from attrs import asdict, evolve, frozen
from nasapi_report.stats.intervals import Estimate, mean_interval
from nasapi_report.stats.paired import holm
from nasapi_report.stats.signs import mean_test
from numpy.typing import NDArray

from nasapi import Study, load_benchmark, load_strategy
from nasapi.errors import InvalidOption, NasapiError, NotAvailable, near
from nasapi.running import Progress
from nasapi_reproduce.published import TRIALS, ablation_table

TABLES = (
    "nb201/cifar10-v1",
    "nb201/cifar100-v1",
    "nb201/imagenet16-120-v1",
    "nb101/cifar10-30k-v1",
    "graph/cora-v1",
    "graph/arxiv-v1",
)
"""Those of NAS-Bench-101 need a table that is imported; the others come with their plugins."""
LEVEL = 0.05


@frozen
class Part:
    """One part of one paper's own."""

    name: str
    whole: str
    """The strategy's spec."""
    without: str
    """The same with something plainer in the part's place."""
    instead: str
    """What stands in its place."""


PARTS = (
    Part("AG-Net: the generator", "agnet", "agnet[generator=false]", "uniform draws"),
    Part("AG-Net: weights by rank", "agnet", "agnet[weighting=false]", "equal weights"),
    Part("AG-Net: coupling", "agnet", "agnet[backprop=false]", "a surrogate that learns the data"),
    Part("BANANAS: path encoding", "bananas", "bananas[encoder=adjacency]", "adjacency"),
    Part("BANANAS: the ensemble", "bananas", "bananas[model=ensemble[members=1]]", "one network"),
    Part("arch2vec: the latent space", "arch2vec-bo", "arch2vec-bo[encoder=adjacency]", "adjacency"),
    Part("WeakNAS: the draw from the top 100", "weaknas-small", "weaknas-small[shortlist=none]", "the ten best"),
    Part(
        "NPENAS: the graph network",
        "npenas",
        "npenas[encoder=adjacency,model=mlp[layers=2,width=64]]",
        "a perceptron on adjacency",
    ),
)
"""WeakNAS is taken with its small network, for its own costs a minute a search."""


@frozen
class Effect:
    """A strategy with and without a part on one table."""

    part: str
    benchmark: str
    whole: Estimate
    without: Estimate
    difference: Estimate
    """Of runs with one seed, with minus without, the sign such that more is better."""
    p: float
    """Of the exact sign-flip test that the mean difference is 0, corrected by Holm over the whole table."""

    @property
    def makes_a_difference(self) -> bool:
        """Whether the corrected test says so."""
        return self.p <= LEVEL


def effects(
    parts: Sequence[Part],
    tables: Sequence[str],
    seeds: int,
    store: Path | None,
    jobs: int = 1,
    progress: Progress | None = None,
    trials: int = TRIALS,
    backend: str = "loky",
) -> tuple[list[Effect], list[str]]:
    """The effects, and a sentence for each part and table that cannot be had.

    Runs that `store`, a folder, holds are not done again; the others are done by `jobs` workers of a `backend`.
    Raises InvalidOption for fewer than two seeds.
    """
    if seeds < 2:
        raise InvalidOption(f"A comparison needs at least 2 seeds, not {seeds!r}.")
    found: list[Effect] = []
    left_out: list[str] = []
    for table in tables:
        try:
            benchmark = load_benchmark(table, budget=float(trials))
        except NotAvailable as error:
            left_out.append(f"{table} is left out: {error}")
            continue
        fit = []
        for part in parts:
            try:
                for spec in (part.whole, part.without):
                    load_strategy(spec)(benchmark.problem, np.random.default_rng(0))
                fit.append(part)
            except NasapiError as error:
                left_out.append(f"{part.name} is left out on {table}: {error}")
        if not fit:
            continue
        specs = list(dict.fromkeys(spec for part in fit for spec in (part.whole, part.without)))
        place = None if store is None else store / table.replace("/", "-")
        study = Study([benchmark], specs, seeds, place).run(jobs, backend, progress=progress)
        sign = -benchmark.problem.goals[0].sign
        ends = {spec: np.array([run.curve()[-1] for run in study.histories(strategy=spec)]) for spec in specs}
        found += [_effect(part, table, ends[part.whole], ends[part.without], sign) for part in fit]
    adjusted = holm([effect.p for effect in found]).tolist() if found else []
    return [evolve(effect, p=p) for effect, p in zip(found, adjusted, strict=True)], left_out


def sentences(found: Sequence[Effect]) -> Iterator[str]:
    """One sentence a part."""
    for name in dict.fromkeys(effect.part for effect in found):
        own = [effect for effect in found if effect.part == name]
        better = [effect.benchmark for effect in own if effect.makes_a_difference and effect.difference.value > 0]
        worse = [effect.benchmark for effect in own if effect.makes_a_difference and effect.difference.value < 0]
        if not better and not worse:
            yield f"{name} makes no difference that these runs show on any of {len(own)} tables."
            continue
        effects = [f"{word} on {', '.join(names)}" for word, names in (("helps", better), ("harms", worse)) if names]
        yield f"{name} makes a difference: it {' and it '.join(effects)}, of {len(own)} tables."


def run(
    *,
    strategies: Sequence[str],
    benchmarks: Sequence[str],
    seeds: int,
    jobs: int,
    store: Path,
    as_json: bool,
) -> None:
    """Print the table for `nasapi reproduce ablations`; `strategies` are some of the whole ones."""
    from nasapi_report.words import interval

    from nasapi.cli.console import show, show_json, show_message, show_table
    from nasapi.cli.progress import study_progress

    for given, known in ((strategies, {part.whole for part in PARTS}), (benchmarks, set(TABLES))):
        for name in given:
            if name not in known:
                raise InvalidOption(f"No ablation is of {name!r}. {near(name, sorted(known))}")
    parts = [part for part in PARTS if not strategies or part.whole in strategies]
    tables = [table for table in TABLES if not benchmarks or table in benchmarks]
    with study_progress() as progress:
        found, left_out = effects(parts, tables, seeds, store, jobs, progress=progress)
    for sentence in left_out:
        show_message(sentence)
    if as_json:
        show_json([asdict(effect) | {"makes_a_difference": effect.makes_a_difference} for effect in found])
        return
    item = ablation_table()
    show(f"{item.title}\n{item.notes}")
    columns = ("part", "table", "with", "without", f"difference, {seeds} seeds [95% interval]", "p, corrected")
    rows = [
        (
            effect.part,
            effect.benchmark,
            interval(effect.whole, 3),
            interval(effect.without, 3),
            interval(effect.difference, 3),
            f"{effect.p:.3f}",
        )
        for effect in found
    ]
    show_table(columns, rows, right=columns[2:])
    for sentence in sentences(found):
        show(sentence)


def _effect(part: Part, table: str, whole: NDArray[np.float64], without: NDArray[np.float64], sign: float) -> Effect:
    difference = sign * (whole - without)
    return Effect(
        part.name, table, mean_interval(whole), mean_interval(without), mean_interval(difference), mean_test(difference)
    )
