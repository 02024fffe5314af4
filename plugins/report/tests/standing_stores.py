"""Stores of small real studies, and their standings."""

from pathlib import Path

from nasapi_report.standings import Standings, standings
from stores import Drawing

from nasapi import Study
from nasapi.storage import Store
from nasapi.testing.toy import toy_v1


def kept(path: Path, *strategies, seeds=3, benchmark=None, batch=1) -> Store:
    """A store with a study on the toy benchmark in it."""
    benchmarks = [toy_v1() if benchmark is None else benchmark]
    Study(benchmarks, strategies or [Drawing], seeds, path, batch).run(backend="inline")
    return Store(path)


def only(*stores, at=(), metric=None) -> Standings:
    """The standings of stores that hold runs on one benchmark."""
    (table,) = standings(stores, at, metric)
    return table
