"""Searches that documents report: runs by the recipes of searches.toml, resumable, and their means kept as a result.

    python benchmarks/searches.py NAME [--into FOLDER]

Runs lie in build/searches/NAME, or in the folder given; those that are there are not made again. What a recipe
`renews` are the rows of its strategies in another result, which take the place of those that are kept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen
from claims.kept import RESULTS, ROOT, every, head, keep, made_here, read
from claims.program import end, reader
from claims.spent import SpentSeconds
from nasapi_report.standings import Standings, standings
from nasapi_report.stats.paired import compare
from nasapi_report.words import probability_cell

from nasapi import Study
from nasapi.errors import UnknownId, near
from nasapi.plugins.loading import load_benchmark
from nasapi.storage import Store

RECIPES = ROOT / "benchmarks" / "searches.toml"


@frozen(kw_only=True)
class Recipe:
    """A grid of runs, and the numbers of trials, or of simulated seconds, after which their means are kept."""

    what: str
    benchmarks: tuple[str, ...] = field(converter=tuple)
    strategies: tuple[str, ...] = field(converter=tuple)
    seeds: tuple[int, int] = field(converter=tuple)
    """The first seed, and the one after the last."""
    budget: int
    unit: Literal["trials", "seconds"] = "trials"
    at: tuple[int, ...] = field(converter=tuple)
    batch: int = 1
    digits: int = 3
    quick: bool = False
    tolerance: float | None = None
    needs: tuple[str, ...] = field(default=(), converter=tuple)
    renews: str = ""
    pair: tuple[str, ...] = field(default=(), converter=tuple)
    """Two strategies whose runs are compared at the end, seed by seed."""
    beside: str = ""
    """The table of `nasapi reproduce` whose means stand beside these."""


def recipes() -> Mapping[str, Recipe]:
    """Every recipe by its name."""
    parsed = tomllib.loads(RECIPES.read_text(encoding="utf-8"))
    return {name: Recipe(**options) for name, options in parsed.items()}


def study_of(recipe: Recipe, store: Path) -> Study:
    """The recipe's grid of runs; loads its benchmarks."""
    loaded = [load_benchmark(name, budget=recipe.budget, unit=recipe.unit) for name in recipe.benchmarks]
    return Study(loaded, recipe.strategies, seeds=range(*recipe.seeds), store=store, batch=recipe.batch)


def runs_made(study: Study, spent: Path) -> float:
    """Do what is missing in this process; the CPU seconds of all its runs, which are kept as each ends."""
    meter = SpentSeconds(spent)
    study.run(backend="inline", progress=meter.note)
    return meter.total


def rows_of(tables: list[Standings]) -> list[list[Any]]:
    """A row for each strategy on each benchmark: its seeds, its means with 95 % intervals, its share at the optimum."""
    return [
        [
            table.benchmark,
            f"`{row.strategy}`",
            len(row.seeds),
            *([round(each, 6) for each in (mean.value, mean.low, mean.high)] for mean in row.means),
            None if row.share_at_optimum is None else round(row.share_at_optimum.value, 4),
        ]
        for table in tables
        for row in table.rows
    ]


def table_of(recipe: Recipe, tables: list[Standings]) -> dict[str, Any]:
    """The means as a result keeps them."""
    numbers = [str(number) if recipe.unit == "trials" else f"{number:,} s" for number in recipe.at]
    means: dict[str, Any] = {
        "columns": ["benchmark", "strategy", "seeds", *numbers, "optimum"],
        "digits": {**dict.fromkeys(numbers, recipe.digits), "optimum": 2},
        "rows": rows_of(tables),
    }
    if recipe.beside:
        means = with_published(means, recipe)
    return {"means": means, "pair": pair_of(recipe, tables)} if recipe.pair else means


def with_published(means: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """The means with those that a paper publishes behind them, of the same goal after as many trials."""
    from nasapi_reproduce.comparison import reproductions  # which no other recipe needs

    rows = reproductions()[recipe.beside].rows
    given = {(row.benchmark, row.strategy, row.trials): row.value for row in rows if not row.metric}
    names = {f"published, {number}": number for number in recipe.at}
    published_rows = [
        [given.get((row[0], row[1].strip("`"), number)) for number in names.values()] for row in means["rows"]
    ]
    shown = [name for name, column in zip(names, zip(*published_rows, strict=True), strict=True) if any(column)]
    return {
        "columns": [*means["columns"], *shown],
        "digits": {**means["digits"], **dict.fromkeys(shown, 2)},
        "rows": [
            [*row, *(value for name, value in zip(names, values, strict=True) if name in shown)]
            for row, values in zip(means["rows"], published_rows, strict=True)
        ],
    }


def pair_of(recipe: Recipe, tables: list[Standings]) -> dict[str, Any]:
    """By how much the first of a pair is ahead of the second at the last number, on each benchmark."""
    rows = []
    for table in tables:
        finals = {row.strategy: row.final_values for row in table.rows}
        scored = {
            name: {seed: table.measure.score(value) for seed, value in finals[name].items()} for name in recipe.pair
        }
        (found,) = compare(scored)
        estimates = (found.difference, found.improvement)
        intervals = [[round(each, 6) for each in (one.value, one.low, one.high)] for one in estimates]
        rows.append([table.benchmark, *intervals, probability_cell(found.means.p)])
    names = ["ahead in the mean", "the better run", "p"]
    return {"columns": ["benchmark", *names], "digits": {names[0]: 3, names[1]: 2}, "rows": rows}


def renewed(kept: Mapping[str, Any], made: Mapping[str, Any]) -> list[list[Any]]:
    """The rows of a table with those of another in the place of its rows of the same benchmark and strategy.

    New ones stand behind the others of their benchmark.
    """
    columns = kept["columns"]
    new = {tuple(row[:2]): dict(zip(made["columns"], row, strict=True)) for row in made["rows"]}
    rows = {tuple(row[:2]): row for row in kept["rows"]}
    rows |= {key: [row.get(name) for name in columns] for key, row in new.items()}
    order = list(dict.fromkeys(benchmark for benchmark, _ in rows))
    return sorted(rows.values(), key=lambda row: order.index(row[0]))


def renew(name: str, made: Mapping[str, Any], folder: Path) -> None:
    """Put rows that were measured again into the result that has the earlier ones, and take their marks away."""
    kept = {field.name: getattr(read(name, folder), field.name) for field in type(read(name, folder)).__attrs_attrs__}
    fresh = {row[1].strip("`") for row in made["found"]["rows"]}
    kept["found"] = {**kept["found"], "rows": renewed(kept["found"], made["found"])}
    kept["marks"] = {of: why for of, why in kept["marks"].items() if of not in fresh}
    both = {key: ", ".join(dict.fromkeys([*kept[key].split(", "), made[key]])) for key in ("commit", "seeds")}
    keep(name, {**kept, **both, "date": made["date"]}, folder)


def main() -> None:
    """Make the runs of the recipe that is named, and keep their means."""
    parser = reader(__doc__, None)
    parser.add_argument("name", nargs="?", help="a recipe; without one, all are listed")
    given = parser.parse_args()
    known, done = recipes(), {name for name, _ in every()}
    if given.name is None:
        for name, recipe in known.items():
            print(f"{'kept' if name in done else 'to be measured':15} {name}: {recipe.what}")
        return
    if given.name not in known:
        raise UnknownId(f"There is no recipe {given.name!r}. {near(given.name, list(known))}")
    recipe, commit = known[given.name], head()
    place = (given.into or ROOT / "build" / "searches") / f"{given.name}.runs"
    place.parent.mkdir(parents=True, exist_ok=True)
    study = study_of(recipe, place)
    seconds = runs_made(study, place.with_suffix(".spent"))
    found = table_of(recipe, standings([Store(place)], recipe.at, by=recipe.unit))
    command = f"python benchmarks/searches.py {given.name}"
    made = {
        "what": recipe.what,
        **made_here(command, seeds=f"{recipe.seeds[0]} to {recipe.seeds[1] - 1}", cpu_seconds=seconds),
        "commit": commit,
        "quick": recipe.quick,
        "tolerance": recipe.tolerance,
        "needs": list(recipe.needs),
        "found": found,
    }
    keep(given.name, made, given.into or RESULTS)
    if recipe.renews and given.into is None:
        renew(recipe.renews, made, RESULTS)
    print(f"{given.name}: {seconds:.0f} CPU s")


if __name__ == "__main__":
    end(main)
